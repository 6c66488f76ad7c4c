"""Changes that are embedded and committed together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from corpus.sources import Looked
from index.ahead import Vectors
from index.build import Build
from index.compare import Change
from index.copies import Copies, told
from index.drafts import Draft, drafts
from index.memory import FileRead, record_file, record_look
from index.write import Writer

TEXTS = 64
"""Passages to embed in a batch, in whole articles: what a kill costs is a few seconds' work."""
_ARTICLES = 256
_CHARACTERS = 4_000_000
"""Of the articles' texts: what a batch holds in memory is bounded."""


@dataclass
class Batch:
    """Changes in order, the texts to embed for them, and the files and addresses that were read whole.

    `made`: once it is written, the vectors of `texts`.
    """

    changes: list[tuple[Change, list[Draft]]] = field(default_factory=list)
    texts: dict[bytes, str] = field(default_factory=dict)
    files: list[FileRead] = field(default_factory=list)
    looks: list[Looked] = field(default_factory=list)
    made: dict[bytes, Vectors] = field(default_factory=dict)
    _characters: int = 0
    _known: dict[bytes, Vectors] = field(default_factory=dict)
    _awaited: dict[bytes, Mapping[bytes, Vectors]] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        """Whether it is time to hand it over."""
        many = len(self.texts) >= TEXTS or len(self.changes) >= _ARTICLES
        return many or self._characters >= _CHARACTERS

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it to commit."""
        return not (self.changes or self.files or self.looks)

    @property
    def passages(self) -> int:
        """How many passages it will store."""
        return sum(len(made) for _, made in self.changes)

    def add(self, change: Change, writer: Writer, build: Build, under_way: "Iterable[Batch]" = ()) -> None:
        """Take a change in; a passage whose text is known is not embedded again.

        It is if the store has it, or this batch, or one that is `under_way`: these are written before.
        """
        made = drafts(change.article) if change.splits else []
        self.changes.append((change, made))
        self._characters += len(change.article.text)
        self._known.update(writer.known_vectors([draft.sha256 for draft in made], build.reuse_from))
        new = {draft.sha256: draft.embedded for draft in made if draft.sha256 not in self._known}
        for batch in under_way:
            self._awaited.update((sha256, batch.made) for sha256 in new if sha256 in batch.texts)
        self.texts.update((sha256, text) for sha256, text in new.items() if sha256 not in self._awaited)

    def write(self, vectors: Vectors, writer: Writer, build: Build) -> None:
        """Commit all of it, given one vector for each of `texts`."""
        self.made.update(zip(self.texts, vectors, strict=True))
        known = self._known | self.made | {sha256: made[sha256] for sha256, made in self._awaited.items()}
        copies = Copies(writer)
        with writer.transaction(articles=bool(self.changes)):
            for change, made in self.changes:
                key = writer.put_article(change.article, change.cause, build.number)
                if change.cause is not None:
                    copies.put(key, told(change.article.title, change.article.text))
                if change.splits:
                    found = [known[draft.sha256] for draft in made]
                    build.check_dimensions(writer, found)
                    writer.put_passages(key, change.article.title, made, found)
            for file in self.files:
                record_file(writer, file)
            for looked in self.looks:
                record_look(writer, looked)
