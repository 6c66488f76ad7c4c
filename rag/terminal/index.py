"""The `index` command: one run over files and addresses, or run after run with --watch and --every."""

import re
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from corpus.errors import OnrecordError, StoreOwned, UsageError
from corpus.read import SUFFIXES
from corpus.sources import Address, Source
from index.models.embedder import Embedder
from index.sync.run import Progress, SyncReport, sync
from rag.answer import SCHEMA
from rag.terminal.arguments import add_store_and_json
from rag.terminal.console import ProgressLine, print_json, print_notice, print_text
from rag.terminal.settings import Settings

VERBS = {"waiting": "Waiting", "rebuilding": "Rebuilding", "analysing": "Analysing", "done": "Checking"}
"""What the progress line says in a stage of a run; in every other stage "Indexing"."""
SHORTEST, LONGEST = 60.0, 366 * 86_400.0
"""Shortest and longest time between two rounds of --every, in seconds; threads cannot wait for 300 years."""
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DEBOUNCE = 400
"""Milliseconds that changes are collected for: an editor writes a file in several steps."""
_WAIT = 250
"""Milliseconds to wait for changes before the clock is read again."""


def add_index_arguments(parser: ArgumentParser) -> None:
    """The flags of `index`."""
    add_store_and_json(parser)
    add = parser.add_argument
    add(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a folder, a file (.txt, .md, .html, .pdf, .docx, .json, .jsonl, .rss, .atom, .xml, .warc, "
        "each also as .gz), or the URL of an article, a feed or a sitemap",
    )
    add("--prune", action="store_true", help="remove articles whose files under PATH are gone")
    add("--rebuild", action="store_true", help="cut and embed every stored article anew")
    add("--watch", action="store_true", help="go on, and index whatever changes under PATH")
    add("--every", metavar="TIME", help="go on, and look again every 15m, 2h or 1d")
    add("--allow-private", action="store_true", help="fetch from private networks and this machine too")


def index(arguments: Namespace, settings: Settings, embedder: Embedder) -> int:
    """Read files and addresses into the store. 1 if any could not be read; the others are in it anyway."""
    every = parse_interval(arguments.every) if arguments.every else None
    sources = parse_sources(arguments.paths)

    def run() -> int:
        with show_progress() as progress:
            report = index_once(arguments, settings, sources, embedder, progress)
        only_files = all(isinstance(source, Path) for source in sources)
        return show_report(report, settings.store, as_json=arguments.json, only_files=only_files)

    if not (arguments.watch or every):
        return run()
    paths = [source for source in sources if isinstance(source, Path)]
    if arguments.watch and not paths:
        raise UsageError("--watch needs a file or folder; for addresses there is --every 15m")
    follow(run, paths, watch=arguments.watch, every=every)
    return 0


def parse_sources(written: Iterable[str]) -> list[Source]:
    """The PATHs of the command line as addresses on the web, and as files or folders."""
    return [
        Address(path) if path.lower().startswith(("http://", "https://")) else Path(path).expanduser()
        for path in written
    ]


def index_once(
    arguments: Namespace,
    settings: Settings,
    sources: Sequence[Source],
    embedder: Embedder,
    progress: Callable[[Progress], None],
) -> SyncReport:
    """One run; through the server that holds the store, if one does."""
    from corpus.web.fetch import Fetcher
    from index.store.files import kept_private

    how = {"prune": arguments.prune, "rebuild": arguments.rebuild}
    try:
        with Fetcher(allow_private=arguments.allow_private) as fetcher:
            store, chroma = settings.store, settings.chroma
            with kept_private(store):
                return sync(
                    sources, store, embedder, chroma=chroma, fetcher=fetcher, progress=progress, **how
                )
    except StoreOwned:
        from rag.terminal.remote import Remote

        if (server := Remote.of(settings.store)) is None:
            raise
        return server.index(sources, **how, allow_private=arguments.allow_private, progress=progress)


@contextmanager
def show_progress() -> Iterator[Callable[[Progress], None]]:
    """Gives a function that shows the progress of a run on a terminal.

    An interrupt of the run is raised again with a message that says what is stored.
    """
    stored = 0

    def show(progress: Progress) -> None:
        nonlocal stored
        stored = progress.passages
        verb = VERBS.get(progress.stage, "Indexing")
        failed = f", {progress.failed:,} failed" if progress.failed else ""
        speed = f", {progress.passages / progress.seconds:.0f}/s" if progress.seconds > 1 else ""
        counts = f"{progress.articles:,} articles, {progress.passages:,} passages{speed}{failed}"
        line.show(f"{verb}: {counts}  {Path(progress.current).name}")

    try:
        with closing(ProgressLine()) as line:
            yield show
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt(
            f"stopped; {stored:,} new passages are in the store, the same command goes on from there"
        ) from interrupt


def show_report(report: SyncReport, store: Path, *, as_json: bool, only_files: bool) -> int:
    """Print what a run did. Returns the exit code: 1 if anything could not be read, or it was stopped.

    A run over files and folders (`only_files`) that met no article says which files are read; one over
    addresses has nothing to do where a feed says that it has not changed.
    """
    failed = report.failed
    code = int(bool(failed) or report.was_stopped)
    if as_json:
        print_json({"schema": SCHEMA} | report.to_json())
        return code
    for sentence in [*(f"{failure.path}: {failure.reason}" for failure in failed), *report.notices]:
        print_notice(sentence)
    counts = {name: getattr(report, name) for name in ("added", "updated", "unchanged", "removed")}
    counts["failed"] = len(failed)
    done = ", ".join(f"{count:,} {verb}" for verb, count in counts.items() if count) or "nothing to do"
    if only_files and not any(counts.values()):
        print_notice(f"no article is there; the formats are {', '.join(SUFFIXES)}")
    held = f"{report.articles:,} articles, {report.passages:,} passages in {store}"
    print_text(f"{done} in {report.seconds:.1f} s; {held}")
    return code


def parse_interval(written: str) -> float:
    """Seconds of `90s`, `15m`, `2h` or `1d`. Raises UsageError for others, or if not a minute to 366 days."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", written.strip())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not SHORTEST <= seconds <= LONGEST:
        bounds = "from a minute to 366 days"
        raise UsageError(f"--every takes a time such as 15m, 2h or 1d, {bounds}, not {written!r}")
    return float(seconds)


def follow(run: Callable[[], object], paths: Sequence[Path], *, watch: bool, every: float | None) -> None:
    """Call `run` now, then whenever files under the paths change (`watch`) and every `every` seconds.

    An error of a round is printed, and the next round goes on. Returns when it is interrupted while it waits;
    an interrupt of a round is raised.
    """
    stopped = threading.Event()
    rounds = _rounds(paths if watch else [], every, stopped)
    try:
        next(rounds)
        while True:
            try:
                run()
            except OnrecordError as error:
                for mistake in error.mistakes:
                    print_notice(mistake)
            try:
                print_notice(f"waiting for {_next_round(watch, every)}; Ctrl-C ends")
                next(rounds)
            except KeyboardInterrupt:
                return
    finally:
        stopped.set()
        rounds.close()


def _rounds(
    paths: Sequence[Path], every: float | None, stopped: threading.Event
) -> Generator[None, None, None]:
    """Yields when a round is due; the first time as soon as changes are watched for."""
    if not paths:
        yield
        while not stopped.wait(every):
            yield
        return
    from watchfiles import watch

    changes = watch(
        *{str(_watchable(path)) for path in paths},
        watch_filter=lambda change, path: _matters(path, paths),
        debounce=_DEBOUNCE,
        rust_timeout=_WAIT,
        yield_on_timeout=True,
        raise_interrupt=True,
        stop_event=stopped,
        recursive=not all(path.is_file() for path in paths),
    )
    next(changes)  # The watch has begun: no change is missed from here on, not even during the first round.
    yield
    due = None if every is None else time.monotonic() + every
    for changed in changes:
        is_due = due is not None and time.monotonic() >= due
        if changed or is_due:
            yield
        if is_due and every is not None:
            due = time.monotonic() + every


def _watchable(path: Path) -> Path:
    """The nearest folder that exists: a watch on a file would end when the file is replaced."""
    path = path.absolute()
    return path if path.is_dir() or path == path.parent else _watchable(path.parent)


def _matters(changed: str, paths: Sequence[Path]) -> bool:
    """Whether a changed path may be an article: a folder or a file of a known format under `paths`."""
    path = Path(changed)
    if path.name.startswith((".", "~")) or path.name.endswith("~"):
        return False
    if path.suffix and path.suffix.lower() not in SUFFIXES:
        return False
    return any(path.is_relative_to(root.absolute()) for root in paths)


def _next_round(watch: bool, every: float | None) -> str:
    starts = ["a change of the files"] if watch else []
    if every is not None:
        starts.append(time.strftime("%H:%M:%S", time.localtime(time.time() + every)))
    return " or ".join(starts)
