"""The `index` command: one run over files and addresses, or run after run with --watch and --every."""

import os
import re
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from corpus.errors import OnrecordError, StoreOwned, UsageError
from corpus.read import SUFFIXES
from corpus.sources import Address, Source
from index.sync.run import Progress, SyncReport, sync
from rag.answer import SCHEMA
from rag.terminal.console import ProgressLine, complain, emit, say
from rag.terminal.flags import add_store_and_json
from rag.terminal.settings import Settings

if TYPE_CHECKING:
    from index.models.embedder import Embedder

VERBS = {"waiting": "Waiting", "rebuilding": "Rebuilding", "done": "Checking"}
"""What the progress line says in a stage of a run; in every other stage "Indexing"."""
SHORTEST = 60.0
"""Shortest time between two rounds of --every, in seconds."""
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
        help="a folder, a file (.txt, .md, .html, .pdf, .docx, .json, .jsonl, .rss, .atom, .xml), "
        "or the URL of an article or a feed",
    )
    add("--prune", action="store_true", help="remove articles whose files under PATH are gone")
    add("--rebuild", action="store_true", help="cut and embed every stored article anew")
    add("--watch", action="store_true", help="go on, and index whatever changes under PATH")
    add("--every", metavar="TIME", help="go on, and look again every 15m, 2h or 1d")
    add("--allow-private", action="store_true", help="fetch from private networks and this machine too")


def index(arguments: Namespace, settings: Settings, embedder: "Embedder") -> int:
    """Read files and addresses into the store. 1 if any could not be read; the others are in it anyway."""
    every = parse_interval(arguments.every) if arguments.every else None
    sources = parse_sources(arguments.paths)

    def run() -> int:
        with IndexingProgress() as progress:
            report = index_once(arguments, settings, sources, embedder, progress.show)
        return show_report(report, settings.store, as_json=arguments.json)

    if not (arguments.watch or every):
        return run()
    paths = [source for source in sources if isinstance(source, Path)]
    if arguments.watch and not paths:
        raise UsageError("--watch needs a file or folder; for addresses there is --every 15m")
    follow(run, paths, watch=arguments.watch, every=every)
    return 0


def parse_sources(written: Iterable[str]) -> list[Source]:
    """What the PATHs as written stand for: addresses on the web, and files or folders."""
    return [
        Address(path) if path.lower().startswith(("http://", "https://")) else Path(path).expanduser()
        for path in written
    ]


def index_once(
    arguments: Namespace,
    settings: Settings,
    sources: Sequence[Source],
    embedder: "Embedder",
    progress: Callable[[Progress], None],
) -> SyncReport:
    """One run; through the server that holds the store, if one does."""
    from corpus.web.fetch import Fetcher

    how = {"prune": arguments.prune, "rebuild": arguments.rebuild}
    try:
        with Fetcher(allow_private=arguments.allow_private) as fetcher:
            return sync(
                sources,
                settings.store,
                embedder,
                **how,
                progress=progress,
                chroma=settings.chroma,
                fetcher=fetcher,
            )
    except StoreOwned:
        from rag.terminal.remote import Remote

        if (server := Remote.of(settings.store)) is None:
            raise
        return server.index(sources, **how, allow_private=arguments.allow_private, progress=progress)


class IndexingProgress:
    """Shows the progress of a run on a terminal; raises an interrupt again with what is in the store."""

    def __init__(self) -> None:
        self._line = ProgressLine()
        self._last: Progress | None = None

    def show(self, progress: Progress) -> None:
        """The `progress` that a run of `sync` reports."""
        self._last = progress
        verb = VERBS.get(progress.stage, "Indexing")
        failed = f", {progress.failed:,} failed" if progress.failed else ""
        speed = f", {progress.passages / progress.seconds:.0f}/s" if progress.seconds > 1 else ""
        self._line.show(
            f"{verb}: {progress.articles:,} articles, {progress.passages:,} passages{speed}{failed}"
            f"  {Path(progress.current).name}"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.clear()
        if isinstance(error, KeyboardInterrupt):
            stored = self._last.passages if self._last else 0
            raise KeyboardInterrupt(
                f"stopped; {stored:,} new passages are in the store, the same command goes on from there"
            ) from error


def show_report(report: SyncReport, store: Path, *, as_json: bool) -> int:
    """What a run did. Returns the exit code: 1 if anything could not be read."""
    failed = report.failed
    if as_json:
        emit({"schema": SCHEMA} | report.to_json())
        return int(bool(failed))
    for sentence in [*(f"{failure.path}: {failure.reason}" for failure in failed), *report.notices]:
        complain(sentence)
    counts = {name: getattr(report, name) for name in ("added", "updated", "unchanged", "removed")}
    counts["failed"] = len(failed)
    done = ", ".join(f"{count:,} {verb}" for verb, count in counts.items() if count) or "nothing to do"
    held = f"{report.articles:,} articles, {report.passages:,} passages in {store}"
    say(f"{done} in {report.seconds:.1f} s; {held}")
    return int(bool(failed))


def parse_interval(written: str) -> float:
    """Seconds of `90s`, `15m`, `2h` or `1d`. Raises UsageError for anything else, and for under a minute."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", written.strip())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if seconds < SHORTEST:
        raise UsageError(f"--every takes a time such as 15m, 2h or 1d, of at least a minute, not {written!r}")
    return float(seconds)


def follow(run: Callable[[], object], paths: Sequence[Path], *, watch: bool, every: float | None) -> None:
    """Call `run` at once, then whenever files under the paths change (`watch`) and every so many seconds.

    A round that fails is told and the next goes on. Returns when it is interrupted while it waits; an
    interrupt of a round is raised.
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
                    complain(mistake)
            try:
                _say_what_is_next(watch, every)
                next(rounds)
            except KeyboardInterrupt:
                return
    finally:
        stopped.set()
        rounds.close()


def _rounds(
    paths: Sequence[Path], every: float | None, stopped: threading.Event
) -> Generator[None, None, None]:
    """Yields when it is time for a round; the first as soon as changes are watched for."""
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
    next(changes)  # From here on none is missed, not even during the first round.
    yield
    due = None if every is None else time.monotonic() + every
    for changed in changes:
        is_due = due is not None and time.monotonic() >= due
        if changed or is_due:
            yield
        if is_due and every is not None:
            due = time.monotonic() + every


def _watchable(path: Path) -> Path:
    """The folder, or the nearest one above: of a file that is replaced, or not there yet, nothing is told."""
    path = path.absolute()
    return path if path.is_dir() or path == path.parent else _watchable(path.parent)


def _matters(changed: str, paths: Sequence[Path]) -> bool:
    """Whether a change may be one of an article: a file of a known format, or a folder."""
    name = os.path.basename(changed)
    if name.startswith((".", "~")) or name.endswith("~"):
        return False
    suffix = os.path.splitext(name)[1].lower()
    if suffix and suffix not in SUFFIXES:
        return False
    roots = [str(path.absolute()) for path in paths]
    return any(changed == root or changed.startswith(root.rstrip("/") + "/") for root in roots)


def _say_what_is_next(watch: bool, every: float | None) -> None:
    parts = ["a change of the files"] if watch else []
    if every is not None:
        parts.append(time.strftime("%H:%M:%S", time.localtime(time.time() + every)))
    complain(f"waiting for {' or '.join(parts)}; Ctrl-C ends")
