"""Bringing a store up to date with its sources: new texts are embedded, unchanged ones are kept."""

import hashlib
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from corpus.article import Article, Failure
from corpus.errors import IdentityError, ReadError
from corpus.outlets import Outlets
from corpus.read import Untouched, read, read_upload
from corpus.sources import Address, Notice, Source, Upload, Visit, is_upload, is_web, reason
from index.models.embedder import Embedder
from index.store.filters import source_key
from index.store.records import STOPPED, Progress, SyncReport
from index.store.schema import FILE_NAME
from index.store.write import Writer, writing
from index.sync.batch import Batch, EmbedAhead, Prepared, Vectors, prepared
from index.sync.boilerplate import Boilerplate
from index.sync.compare import Change, Comparison, Held
from index.sync.copies import Copies
from index.sync.interrupt import Aside, RunStopped, Stopped
from index.sync.listed import Listing
from index.sync.rebuild import Build, begin_build, older_analyses
from index.sync.remove import prune as delete_what_is_gone
from index.sync.remove import wipe
from index.sync.seen import FileRead, SeenSources, stamp_of
from index.vectors.address import ChromaAddress
from index.vectors.chroma import EXPECTED, ChromaVectors

if TYPE_CHECKING:
    from corpus.web.fetch import Fetcher

__all__ = ["Progress", "SyncReport", "sync"]

_SECONDS_BETWEEN_REPORTS = 0.1
_MOST_NOTICES = 50
_MOST_REMARKS = 20
"""Different remarks on how articles were read that a report holds."""
_FIRST_LOOK = 50
"""Articles after which a run looks for boilerplate, again after twice as many, and so on: what is known early
need not be embedded first. What counts is what is learned at the end."""


def sync(
    sources: Sequence[Source],
    store_path: Path,
    embedder: Embedder,
    *,
    prune: bool = False,
    rebuild: bool = False,
    progress: Callable[[Progress], None] | None = None,
    vector_cache: bool = True,
    analyses: bool = True,
    chroma: ChromaAddress | None = None,
    fetcher: "Fetcher | None" = None,
    stopped: Stopped | None = None,
) -> SyncReport:
    """Read these files, folders, addresses and uploads into the store, which is made when missing.

    What cannot be read is in the report, and the rest goes on. Each small group of articles is committed by
    itself, so that a run that was stopped is taken up by the next. `prune` deletes articles that came from
    under the given paths and are not there any more, never one from the web or an upload; `rebuild` splits
    and embeds all stored texts anew. `vector_cache` is to be unset by a process that has the store's
    `ChromaVectors` open, and refreshes it; the cache is on the server `chroma`, if there is one. With
    `analyses`, those of stored passages that are missing or of another version are made at the end. Addresses
    are fetched by `fetcher`. Once `stopped` says so the run ends, within an article too: what was committed
    stays, nothing is pruned, and a notice says so.

    Raises StoreOwned, StoreMismatch (another embedding model, without `rebuild`), StoreUnwritable,
    StoreDamaged, ModelError; UsageError for a broken `outlets.txt`; ReadError if there is no store yet and
    all sources are paths that do not exist.
    """
    paths = [source for source in sources if isinstance(source, Path)]
    nothing = len(paths) == len(sources) and not any(os.path.exists(path) for path in paths)
    if nothing and not (store_path / FILE_NAME).exists():
        read(paths[0])
    with writing(store_path) as writer:
        outlets = Outlets.of(store_path)
        wipe(writer, vector_cache=vector_cache, chroma=chroma)
        build = begin_build(writer, embedder.embedder_id, anew=rebuild)
        Copies(writer).put_missing()
        run = _Run(writer, build, progress or (lambda _: None), fetcher, stopped, outlets)
        run.rename_outlets()
        try:
            with run.aside, EmbedAhead(embedder, run.write, stopped) as ahead:
                run.remake(ahead)
                for source in sources:
                    run.read(source, ahead)
                run.flush(ahead)
                ahead.drain()
                if prune:
                    run.counts["removed"] = delete_what_is_gone(writer, paths, run.ids, run.failed)
                run.learn_boilerplate(ahead)
                if analyses:
                    run.analyse_again()
        except RunStopped:
            run.notices.append(STOPPED)
        run.tidy()
        if vector_cache:
            run.refresh_cache(chroma)
        return run.report()


@dataclass
class _Run:
    """The state of one run: `ids` are the articles met so far, each with the place where it was first met."""

    writer: Writer
    build: Build
    progress: Callable[[Progress], None]
    fetcher: "Fetcher | None"
    stopped: Stopped | None
    outlets: Outlets
    stage: str = "reading"
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[Failure] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    ids: "dict[str, _Entry]" = field(default_factory=dict)
    remarks: "dict[str, _Remarked]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = self.writer.store
        self.comparison = Comparison(self.store)
        self.boilerplate = Boilerplate(self.writer)
        self.seen = SeenSources(self.store)
        self.aside = Aside(self.stopped)
        self._batch = Batch()
        self._under_way: deque[Batch] = deque()
        self._broken: set[str] = set()
        self._next_look = _FIRST_LOOK
        self._file = _File("", visit=0)
        self._listings: dict[str, Listing] = {}
        self._renamed: dict[str, str] = {}
        self._started = self._reported = time.monotonic()

    # Reading

    def read(self, source: Source, ahead: "EmbedAhead[Batch]") -> None:
        """Read one of the given sources."""
        self.stage = "reading"
        for entry in self.aside.each(self._entries(source)):
            self._go_on()
            if isinstance(entry, Failure):
                self._fail(entry)
                current = entry.path
            elif isinstance(entry, Untouched):
                self._leave_file(ahead)
                self._pass_over(self.seen.ids_from(entry.origin), entry.origin)
                current = entry.origin
            elif isinstance(entry, Visit):
                self._record_visit(entry, ahead)
                current = entry.url
            elif isinstance(entry, Notice):
                self._note(entry)
                current = entry.url
            else:
                self._enter_file(entry.origin, source, ahead)
                self._take(entry, ahead)
                current = entry.origin
            self._tell(current)
        self._leave_file(ahead)
        self._settle(self._listings.values(), ahead)

    def _entries(self, source: Source) -> "Iterator[Article | Failure | Untouched | Visit | Notice]":
        """What is read from a source; whatever ends its reading is a failure of that source alone."""
        try:
            yield from self._unguarded(source)
        except (ReadError, IdentityError, OSError) as error:
            place = source.url if isinstance(source, Address) else str(source)
            origin = place if isinstance(source, Address) else os.path.abspath(place)
            yield Failure(place, reason(error), origin)

    def _unguarded(self, source: Source) -> "Iterator[Article | Failure | Untouched | Visit | Notice]":
        if isinstance(source, Path):
            return read(source, self.seen.is_untouched)
        if isinstance(source, Upload):
            return read_upload(source)
        if self.fetcher is None:
            raise ValueError(f"{source} needs a fetcher")
        from corpus.web.address import read_address

        return read_address(source, self.fetcher, self.seen.known, self.seen.stored)

    def _take(self, read: Article, ahead: "EmbedAhead[Batch]") -> None:
        """Take an article in, under the id that the store has for it."""
        if read.number is None:
            self._put(read, self.comparison.known_as(read), ahead, reread=self._file.reread)
            return
        listing = self._listings.get(read.origin)
        if listing is None:
            name = read.id.rpartition("#")[0]
            same = self._file.reread and not is_web(read.origin)
            listing = self._listings[read.origin] = Listing(self.store, read.origin, name, same)
        settled = listing.settle(read)
        if settled is not None:
            self._put(read, settled, ahead, reread=self._file.reread)
        elif listing.is_full:
            self._settle([listing], ahead)

    def _settle(self, listings: "Iterable[Listing]", ahead: "EmbedAhead[Batch]") -> None:
        """Take in the entries of lists that waited for the end of their list."""
        for listing in listings:
            for entry, settled in listing.rest():
                self._put(entry, settled, ahead, reread=listing.reread)

    def _put(self, read: Article, article: Article, ahead: "EmbedAhead[Batch]", *, reread: bool) -> None:
        if read.id != article.id:
            self._renamed[read.id] = article.id
        if article.seen_at is not None:
            self._file.is_archive = True
            if article.id in self.ids:  # An earlier capture has to be stored before this one is compared.
                self.flush(ahead)
                ahead.drain()
                del self.ids[article.id]
        article = self.outlets.named(article)
        self._remark(article)
        content = hash((article.title, article.text, article.published_at))
        entry = _Entry(article.origin, article.line, self._file.visit, content)
        first = self.ids.setdefault(article.id, entry)
        if first is not entry:
            again = first.visit != entry.visit and (first.origin, first.line) == (entry.origin, entry.line)
            # Read a second time, by another of the given sources; or the same content twice in one list.
            if not again and (first.origin, first.content) != (entry.origin, entry.content):
                self._refuse(article, Held(first.origin, first.line))
            return
        self._file.entries += 1
        change = self.comparison.change(article, reread=reread)
        if isinstance(change, Held):
            self._refuse(article, change)
        elif change.writes:
            self._add(change, ahead)
        else:
            self.counts[change.kind] += 1

    def rename_outlets(self) -> None:
        """Give stored articles that state no outlet the one that their address has now."""
        rows = self.store.rows("SELECT DISTINCT host, source FROM articles WHERE host IS NOT NULL")
        names = [(self.outlets.name(host), host, source) for host, source in rows]
        if changed := [
            (name, source_key(name), host, source) for name, host, source in names if name != source
        ]:
            with self.writer.transaction():
                self.writer.executemany(
                    "UPDATE articles SET source = ?, source_key = ? WHERE host = ? AND source = ?", changed
                )

    def _remark(self, article: Article) -> None:
        """Count what is to be said of how articles were read."""
        for remark in article.remarks:
            where = article.origin if article.line is None else f"{article.origin}, line {article.line}"
            first = _Remarked(f"{where}: {remark.example}" if remark.example else where)
            self.remarks.setdefault(remark.sentence, first).articles += 1

    def _pass_over(self, ids: Iterable[str], origin: str) -> None:
        """Count articles as unchanged whose file or address was not read again."""
        visit = self._file.visit = self._file.visit + 1
        for article_id in ids:
            if article_id not in self.ids:
                self.ids[article_id] = _Entry(origin, None, visit, 0)
                self.counts["unchanged"] += 1

    def _record_visit(self, visit: Visit, ahead: "EmbedAhead[Batch]") -> None:
        """Record a visit to an address, with the articles that were read from it."""
        self._leave_file(ahead)
        if listing := self._listings.get(visit.url):
            self._settle([listing], ahead)
        ids = tuple(dict.fromkeys(self._renamed.get(one, one) for one in visit.article_ids))
        visit = replace(visit, article_ids=ids)
        if visit.unchanged and (known := self.seen.known(visit.url)):
            self._pass_over(known.article_ids, visit.url)
        self._batch.visits.append(visit)

    def _refuse(self, article: Article, held: Held) -> None:
        def place(origin: str, line: int | None) -> str:
            return origin if line is None else f"{origin}, line {line}"

        reason = (
            f"the id {article.id!r} of {place(article.origin, article.line)} is already held by "
            f"{place(held.origin, held.line)}; give one of them another id"
        )
        self._fail(Failure(article.origin, reason, article.origin))

    def _note(self, notice: Notice) -> None:
        """Put a notice into the report; of very many only the first."""
        if len(self.notices) < _MOST_NOTICES:
            self.notices.append(notice.sentence)
        elif len(self.notices) == _MOST_NOTICES:
            self.notices.append("more notices of this kind are left out")

    def _fail(self, failure: Failure) -> None:
        if failure.left_out:
            self.notices.append(f"{failure.path}: {failure.reason}")
            return
        self.failed.append(failure)
        self._broken.add(failure.origin)

    def _enter_file(self, origin: str, source: Source, ahead: "EmbedAhead[Batch]") -> None:
        """Note the content of the file or page that begins, unless it goes on."""
        if origin == self._file.origin:
            return
        self._leave_file(ahead)
        file = _File(origin, visit=self._file.visit + 1)
        if is_web(origin):
            file.reread = self.seen.was_read_otherwise(origin)
        else:
            file.stamp = None if is_upload(origin) else stamp_of(origin)
            file.sha256 = _content(source.path if isinstance(source, Upload) else origin)
            file.reread = self.seen.has_content(origin, file.sha256)
        self._file = file

    def _leave_file(self, ahead: "EmbedAhead[Batch]") -> None:
        """Record the file that has been read to its end."""
        if (listing := self._listings.get(self._file.origin)) and not is_web(self._file.origin):
            self._settle([listing], ahead)
        file, self._file = self._file, _File("", visit=self._file.visit)
        if file.sha256:
            stamp = None if file.origin in self._broken else file.stamp
            entries = None if file.is_archive else file.entries
            self._batch.files.append(FileRead(file.origin, file.sha256, stamp, entries))

    def remake(self, ahead: "EmbedAhead[Batch]") -> None:
        """Make the passages anew that an older splitter, another model or a rebuild asks for."""
        self._remake(self.build.pending(self.store), ahead)

    def learn_boilerplate(self, ahead: "EmbedAhead[Batch]") -> None:
        """Learn from what the run changed, and make the passages anew to which that makes a difference."""
        self.boilerplate.learn()
        self._remake(self.boilerplate.pending(), ahead)
        self.flush(ahead)
        ahead.drain()
        self.boilerplate.settle()

    def _remake(self, articles: "Iterable[Article]", ahead: "EmbedAhead[Batch]") -> None:
        """Split and embed stored articles again."""
        self.stage = "rebuilding"
        for article in articles:
            self._go_on()
            self._add(Change(article, "remade", writes=True, splits=True), ahead)
            self._tell(article.origin)

    def analyse_again(self) -> None:
        """Analyse the passages that have no analysis of the present version; nothing is embedded."""
        for _, made in self.aside.each(older_analyses(self.store)):
            self._go_on()
            self.stage = "analysing"
            with self.writer.transaction(articles=False):
                self.writer.put_analyses(made)
            self.counts["analysed"] += len(made)
            self._tell("")

    # Embedding and writing

    def _go_on(self) -> None:
        """Raise RunStopped if the run has to end."""
        if self.stopped is not None and self.stopped():
            raise RunStopped

    def _add(self, change: Change, ahead: "EmbedAhead[Batch]") -> None:
        def prepare() -> Prepared:
            plan = self.boilerplate.plan(change.article, splits=change.splits)
            return prepared(change.article, plan, splits=change.splits)

        self._batch.add(change, self.aside.result(prepare), self.writer, self.build, self._under_way)
        if self._batch.is_full:
            self.flush(ahead)

    def flush(self, ahead: "EmbedAhead[Batch]") -> None:
        """Submit the open batch for embedding, unless it is empty."""
        batch, self._batch = self._batch, Batch()
        if not batch.is_empty:
            self._under_way.append(batch)
            ahead.submit(batch, list(batch.texts.values()))

    def write(self, batch: Batch, vectors: Vectors) -> None:
        """Commit a batch whose texts have been embedded."""
        batch.write(vectors, self.writer, self.build, self.boilerplate)
        self._under_way.popleft()
        self.counts.update(change.kind for change, _ in batch.changes)
        self.counts["passages"] += batch.passages
        self.counts["written"] += len(batch.changes)
        if self.counts["written"] >= self._next_look:
            self._next_look *= 2
            self.boilerplate.learn()
        self._tell(batch.changes[-1][0].article.origin if batch.changes else "")

    # The end

    def tidy(self) -> None:
        """Overwrite what deleted articles left in the store's file, and empty its log."""
        if self.counts["removed"] and (unfinished := wipe(self.writer, vector_cache=False)):
            self.notices.append(unfinished)
        self.writer.checkpoint()

    def refresh_cache(self, chroma: ChromaAddress | None) -> None:
        """Bring the vector cache up to date."""
        self.stage = "caching"
        self._tell("", at_once=True)
        with ChromaVectors(self.store, chroma) as cache:
            because = cache.sync().rebuilt_because
        if cache.problem:
            self.notices.append(cache.problem)
        elif because not in (None, *EXPECTED):
            self.notices.append(f"{cache.name} was made anew: {because}")

    def _tell(self, current: str, *, at_once: bool = False) -> None:
        moment = time.monotonic()
        if not at_once and moment - self._reported < _SECONDS_BETWEEN_REPORTS:
            return
        self._reported = moment
        articles = self.counts["remade"] if self.stage == "rebuilding" else len(self.ids)
        counts = (articles, self.counts["passages"], len(self.failed))
        self.progress(Progress(self.stage, *counts, moment - self._started, current))

    def report(self) -> SyncReport:
        """The report of the run."""
        self.stage = "done"
        self._tell("", at_once=True)
        kinds = ("added", "updated", "unchanged", "removed")
        return SyncReport(
            **{kind: self.counts[kind] for kind in kinds},
            failed=tuple(self.failed),
            articles=self.store.archive().articles,
            passages=self.store.passage_count(),
            seconds=time.monotonic() - self._started,
            notices=(*self.notices, *_remarks(self.remarks)),
        )


@dataclass
class _File:
    """The file or page being read.

    `reread`: its content is what it was when last read to its end, so that a text that differs is our
    reader's doing. `is_archive`: its entries are captures, of which several may be of one article.
    """

    origin: str
    visit: int
    sha256: bytes = b""
    stamp: str | None = None
    reread: bool = False
    entries: int = 0
    is_archive: bool = False


@dataclass
class _Remarked:
    """A remark of this run: where it was first made, and of how many articles."""

    first: str
    articles: int = 0


def _remarks(made: "Mapping[str, _Remarked]") -> Iterator[str]:
    for sentence, remarked in islice(made.items(), _MOST_REMARKS):
        count = "1 article" if remarked.articles == 1 else f"{remarked.articles:,} articles"
        yield f"{sentence} ({count}, first {remarked.first})"
    if len(made) > _MOST_REMARKS:
        yield f"{len(made) - _MOST_REMARKS} more remarks of this kind are left out"


class _Entry(NamedTuple):
    """Where in this run an id was first seen."""

    origin: str
    line: int | None
    visit: int
    content: int


def _content(origin: str | Path) -> bytes:
    try:
        with open(origin, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").digest()
    except OSError:
        return b""
