"""Vocabulary of an archive: which words it holds, in how many passages, and how they are written there.

The postings are the vocabulary: SQLite's fts5vocab reads terms and their counts from them. So there is
nothing to build or keep current, it takes no byte of the store, and a word goes with the last article that
has it. Terms are stemmed and folded, so how a word is written is read in passages that have it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from index.language.words import fold, words
from index.store.store import Store

_READ = 12
"""Passages read for how a word is written."""
_LOOKED_THROUGH = 2_000
"""Passages with a word that are looked through for what stands beside it."""
_NEAR = 1
"""Words that may stand between two words of one name."""


@dataclass(slots=True)
class Written:
    """How often a word stands in each spelling, and how often with a capital within a sentence."""

    spellings: Counter[str] = field(default_factory=Counter)
    inside: int = 0
    capitals: int = 0

    def add(self, word: str, *, is_inside: bool) -> None:
        """Count the word as it stands in a text; `is_inside`: it does not begin a sentence."""
        self.spellings[word[:-2] if word[-2:] in ("'s", "’s") else word] += 1
        self.inside += is_inside
        self.capitals += is_inside and word[0].isupper()

    @property
    def usual(self) -> str:
        """The spelling that most passages have."""
        return min(self.spellings, key=lambda one: (-self.spellings[one], one))

    @property
    def is_name(self) -> bool:
        """Whether it has a capital more often than not where it does not begin a sentence."""
        return self.capitals * 2 > self.inside


class Vocabulary:
    """The words of one store, as they are at each call."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def missing(self, asked: Sequence[str]) -> list[str]:
        """Those of the words that no passage holds in any form: one statement for all of them."""
        found = self._store.queries(asked)
        if not found:
            return []
        exists = "EXISTS (SELECT 1 FROM passages_fts WHERE passages_fts MATCH ?)"
        rows = self._store.rows(f"SELECT {', '.join([exists] * len(found))}", list(found.values()))
        return [word for word, is_held in zip(found, rows[0], strict=True) if not is_held]

    def counts(self, asked: Sequence[str]) -> dict[str, int]:
        """How many passages have each word, in any form."""
        return self._store.document_frequency(asked)

    def beginning_with(self, letters: Iterable[str]) -> Iterator[tuple[str, int]]:
        """The terms that begin with one of the letters, and how many passages have each.

        Terms are stemmed as the postings hold them. 2 ms for a letter at 1,600 passages.
        """
        self._open()
        sql = "SELECT term, doc FROM temp.vocabulary WHERE term >= ? AND term < ?"
        for letter in letters:
            yield from self._store.rows(sql, (letter, chr(ord(letter) + 1)))

    def written(self, terms: Iterable[str], is_wanted: Callable[[str], bool]) -> dict[str, Written]:
        """How the wanted words, folded, are written in some passages that have one of the terms.

        Headlines are not read: they may have capitals throughout.
        """
        self._open()
        sql = f"SELECT DISTINCT doc FROM temp.places WHERE term = ? AND col = 'text' LIMIT {_READ}"
        ids = {row[0] for term in terms for row in self._store.rows(sql, (term,))}
        found: dict[str, Written | None] = {}
        for passage in self._store.passages(sorted(ids)):
            starts = {start - passage.start for start, _ in passage.sentences}
            for word, start, _ in words(passage.text):
                folded = fold(word)
                if folded not in found:
                    found[folded] = Written() if is_wanted(folded) else None
                if one := found[folded]:
                    one.add(word, is_inside=start not in starts)
        return {word: one for word, one in found.items() if one}

    def together(self, names: Sequence[str]) -> bool:
        """Whether a passage has all of the words close together, as the parts of one name."""
        parts = " ".join('"' + name.replace('"', "") + '"' for name in names)
        sql = "SELECT EXISTS (SELECT 1 FROM passages_fts WHERE passages_fts MATCH ?)"
        return bool(self._store.rows(sql, (f"NEAR({parts}, {_NEAR})",))[0][0])

    def in_one_passage(self, names: Sequence[str]) -> bool:
        """Whether a passage has all of the words."""
        parts = " AND ".join('"' + name.replace('"', "") + '"' for name in names)
        sql = "SELECT EXISTS (SELECT 1 FROM passages_fts WHERE passages_fts MATCH ?)"
        return bool(self._store.rows(sql, (parts,))[0][0])

    def holding(self, words: str, mark: str) -> list[str]:
        """The texts of some passages that have the words side by side in any form, and `mark` as it stands.

        Of a word that most passages have not all are looked through: 3 ms for the first 2,000.
        """
        query = next(iter(self._store.queries([words]).values()), "")
        if not query:
            return []
        matching = f"SELECT rowid FROM passages_fts WHERE passages_fts MATCH ? LIMIT {_LOOKED_THROUGH}"
        sql = f"""
            SELECT p.id FROM ({matching}) f JOIN passages p ON p.id = f.rowid
            WHERE instr(p.text, ?) LIMIT {_READ}
        """
        found = self._store.rows(sql, (query, mark))
        return [one.text for one in self._store.passages(row[0] for row in found)]

    def _open(self) -> None:
        """Name the views of the postings in this connection; they are temporary and hold nothing."""
        for name, kind in (("vocabulary", "row"), ("places", "instance")):
            view = f"temp.{name} USING fts5vocab('main', 'passages_fts', '{kind}')"
            self._store.rows(f"CREATE VIRTUAL TABLE IF NOT EXISTS {view}")
