"""Batches of changes that are embedded and committed together, in a pipeline.

One batch is embedded in a thread while the next is read and split and the previous one is written.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from corpus.article import Article
from corpus.errors import ModelError, OnrecordError
from corpus.sources import Visit
from index.models.embedder import Embedder
from index.passages.split import NewPassage, new_passages
from index.store.analyses import analysed, encode
from index.store.write import Writer
from index.sync.boilerplate import Boilerplate, Plan
from index.sync.compare import Change
from index.sync.copies import Copies, told
from index.sync.interrupt import RunStopped, Stopped, Worker, result_of
from index.sync.rebuild import Build
from index.sync.seen import FileRead, record_file, record_visit

Work = TypeVar("Work")
Vectors = NDArray[np.float32]

_DEPTH = 2
"""Batches waiting or being embedded: one of each keeps the model busy."""
_SLICE = 64
"""Texts given to the model at a time; an interrupt waits for at most so many."""


class EmbedAhead(Generic[Work]):
    """Embeds the texts of batches in a thread of its own and hands each batch back, in order, to `write`.

    `write` runs in the thread that calls `submit` and `drain`. When the block is left by an exception, what
    has not been written is dropped. Raises ModelError when the model fails or returns no proper vectors, and
    RunStopped once `stopped` says so, without waiting for the model.
    """

    def __init__(
        self, embedder: Embedder, write: Callable[[Work, Vectors], None], stopped: Stopped | None = None
    ) -> None:
        self._embedder = embedder
        self._write = write
        self._stops = stopped
        self._worker = Worker("embed-ahead")
        self._waiting: deque[tuple[Work, Future[Vectors]]] = deque()
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopped.set()
        self._worker.close(0.0 if exception[0] is RunStopped else None)

    def submit(self, batch: Work, texts: Sequence[str]) -> None:
        """Queue a batch; blocks while enough are waiting."""
        if len(self._waiting) >= _DEPTH:
            self._write_first()
        self._waiting.append((batch, self._worker.submit(lambda: self._embed(texts))))

    def drain(self) -> None:
        """Write everything that was submitted."""
        while self._waiting:
            self._write_first()

    def _write_first(self) -> None:
        batch, vectors = self._waiting[0]
        self._write(batch, result_of(vectors, self._stops))
        self._waiting.popleft()

    def _embed(self, texts: Sequence[str]) -> Vectors:
        parts = []
        for first in range(0, len(texts), _SLICE):
            if self._stopped.is_set():
                break
            parts.append(embed(self._embedder, texts[first : first + _SLICE]))
        return np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)


def embed(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """The vectors of some texts, one row each. Raises ModelError."""
    try:
        vectors = embedder.texts(texts)
    except OnrecordError:
        raise
    except Exception as error:
        raise ModelError(
            f"the embedding model {embedder.embedder_id} failed ({type(error).__name__}: {error}); "
            "what is indexed is kept, run the command again"
        ) from error
    if vectors.ndim != 2 or len(vectors) != len(texts) or not vectors.size or not np.isfinite(vectors).all():
        raise ModelError(
            f"the embedding model {embedder.embedder_id} returned no finite vectors of one length; check it"
        )
    return vectors


TEXTS = 64
"""Passages to embed in a batch of whole articles: a killed run loses a few seconds of work."""
_ARTICLES = 256
_CHARACTERS = 4_000_000
"""Characters of the articles' texts in a batch, which bounds its memory."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is stored of an article beside its text.

    Its blocks, and those that are boilerplate; its new passages, none if it is not split, and the analysis of
    each as it is stored.
    """

    plan: Plan
    passages: list[NewPassage] = field(default_factory=list)
    analyses: list[bytes] = field(default_factory=list)


def prepared(article: Article, plan: Plan, *, splits: bool) -> Prepared:
    """The article split, if it `splits`, and analysed."""
    if not splits:
        return Prepared(plan)
    passages = new_passages(article, plan.left_out or ())
    texts = tuple(
        tuple(article.text[start:end] for start, end in passage.span.sentences) for passage in passages
    )
    made = zip(analysed(texts, article.published_at), passages, strict=True)
    return Prepared(plan, passages, [encode(analysis, passage.text) for analysis, passage in made])


@dataclass
class Batch:
    """Changes in order, the texts to embed for them, and the files and addresses read to their end.

    `made` holds the vectors of `texts` once the batch is written.
    """

    changes: list[tuple[Change, Prepared]] = field(default_factory=list)
    texts: dict[bytes, str] = field(default_factory=dict)
    files: list[FileRead] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    made: dict[bytes, Vectors] = field(default_factory=dict)
    _characters: int = 0
    _known: dict[bytes, Vectors] = field(default_factory=dict)
    _awaited: dict[bytes, Mapping[bytes, Vectors]] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        """Whether the batch has reached one of its limits."""
        many = len(self.texts) >= TEXTS or len(self.changes) >= _ARTICLES
        return many or self._characters >= _CHARACTERS

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it to commit."""
        return not (self.changes or self.files or self.visits)

    @property
    def passages(self) -> int:
        """How many passages it will store."""
        return sum(len(made.passages) for _, made in self.changes)

    def add(
        self,
        change: Change,
        made: Prepared,
        writer: Writer,
        build: Build,
        under_way: "Iterable[Batch]" = (),
    ) -> None:
        """Add a change. A passage is embedded only if no stored passage has the same text.

        Texts of this batch, and of those `under_way` (which are written before it), count as stored.
        """
        self.changes.append((change, made))
        self._characters += len(change.article.text)
        self._known.update(writer.known_vectors([one.sha256 for one in made.passages], build.reuse_from))
        new = {one.sha256: one.embedded for one in made.passages if one.sha256 not in self._known}
        for batch in under_way:
            self._awaited.update((sha256, batch.made) for sha256 in new if sha256 in batch.texts)
        self.texts.update((sha256, text) for sha256, text in new.items() if sha256 not in self._awaited)

    def write(self, vectors: Vectors, writer: Writer, build: Build, boilerplate: Boilerplate) -> None:
        """Commit all of it, given one vector for each of `texts`."""
        self.made.update(zip(self.texts, vectors, strict=True))
        known = self._known | self.made | {sha256: made[sha256] for sha256, made in self._awaited.items()}
        copies = Copies(writer)
        with writer.transaction(articles=bool(self.changes)):
            for change, made in self.changes:
                if change.past_of is not None:
                    writer.put_revision(change.past_of, change.article, change.cause or "changed")
                    continue
                key = writer.put_article(change.article, change.cause, build.number)
                if change.kind != "remade":
                    writer.put_dropped(key, change.article.dropped)
                if change.cause is not None:
                    copies.put(key, told(change.article.title, change.article.text))
                boilerplate.put(key, made.plan)
                if change.splits:
                    found = [known[passage.sha256] for passage in made.passages]
                    build.check_dimensions(writer, found)
                    writer.put_passages(key, change.article.title, made.passages, found, made.analyses)
            for file in self.files:
                record_file(writer, file)
            for visit in self.visits:
                record_visit(writer, visit)
