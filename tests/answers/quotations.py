"""Scores the quotations found in articles against those that a reader marked: their spans and their speakers.

`quotations_{tuning,reporting}.jsonl`: an article a line, chosen by the hash of its id among those of 1,500 to
5,000 characters of the earlier and the later half of `realtimeqa` by date. Each quotation has a span and a
speaker ("a/b" where two are right). Marked before the rules were run on these articles:

- words in quotation marks that somebody is told to have said or written, fragments too; no titles, scare
  quotes and headings that repeat a quotation
- clauses with a subject and a verb of their own beside a verb of saying or "according to"; in one that holds
  quoted words, both, unless more than half of it is quoted; what is reported within a direct quotation is
  a part of that

`reversed_{tuning,reporting}.jsonl`: claims and sources, and whether the claim exchanges the two sides.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.article import Article
from corpus.read import read
from index.language.analysis import analyse
from index.language.quotations import whole
from index.language.relations import reversed_roles
from index.language.sentence import Quotation
from index.language.words import fold, is_stopword, words
from index.passages.sentences import sentence_spans

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Marked:
    """A quotation that a reader marked: offsets of the article's text, and who says it."""

    start: int
    end: int
    speaker: str


@dataclass(frozen=True, slots=True)
class Result:
    """How many quotations were marked, found and right, and what went wrong, a line each."""

    marked: int
    found: int
    right: int
    errors: tuple[str, ...]

    @property
    def precision(self) -> float:
        """Right ones among those found."""
        return self.right / max(1, self.found)

    @property
    def recall(self) -> float:
        """Right ones among those marked."""
        return self.right / max(1, self.marked)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / max(1, self.marked + self.found)


def marked(part: str) -> dict[str, list[Marked]]:
    """The quotations of `quotations_<part>.jsonl` by article."""
    lines = (HERE / f"quotations_{part}.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        (one := json.loads(line))["article"]: [
            Marked(quote["start"], quote["end"], quote["speaker"]) for quote in one["quotations"]
        ]
        for line in lines
    }


def found_in(text: str) -> list[Quotation]:
    """The quotations of a text that have a speaker, in its offsets."""
    spans = sentence_spans(text)
    analysed = analyse([text[start:end] for start, end in spans])
    placed = [(span[0], one.text, one.quotations) for span, one in zip(spans, analysed, strict=True)]
    return [one for one in whole(placed) if one.speaker]


def score(path: Path, part: str) -> Result:
    """Precision, recall and F1 over the articles of one part; `path` is the archive that holds them."""
    expected = marked(part)
    texts = {one.id: one.text for one in read(path) if isinstance(one, Article) and one.id in expected}
    total = found = right = 0
    errors: list[str] = []
    for article, quotes in expected.items():
        given = found_in(texts[article])
        wrong = list(_errors(texts[article], quotes, given))
        errors += [f"{article} {line}" for line in wrong]
        total, found = total + len(quotes), found + len(given)
        right += sum(any(is_right(one, quote) for one in given) for quote in quotes)
    return Result(total, found, right, tuple(errors))


def is_right(found: Quotation, quote: Marked) -> bool:
    """Whether it is the one marked: more than half of the longer span is shared, and the speaker."""
    return _overlaps(found, quote) and any(
        _same(found.speaker or "", one) for one in quote.speaker.split("/")
    )


def score_reversed(part: str) -> Result:
    """Which reversed claims of `reversed_<part>.jsonl` are seen, and which others are taken for one."""
    total = found = right = 0
    errors: list[str] = []
    for line in (HERE / f"reversed_{part}.jsonl").read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        claim, source = analyse([pair["claim"]])[0], analyse([pair["source"]])[0]
        is_seen = reversed_roles(claim, source)
        total, found, right = (
            total + pair["reversed"],
            found + is_seen,
            right + (is_seen and pair["reversed"]),
        )
        if is_seen != pair["reversed"]:
            errors.append(f"{'wrong' if is_seen else 'missed'}: {pair['claim']} | {pair['source']}")
    return Result(total, found, right, tuple(errors))


def _overlaps(found: Quotation, quote: Marked) -> bool:
    shared = min(found.end, quote.end) - max(found.start, quote.start)
    return 2 * shared > max(found.end - found.start, quote.end - quote.start)


def _same(one: str, other: str) -> bool:
    """Whether two namings of a speaker agree: the last word of either is in the other."""
    first, second = _words(one), _words(other)
    return bool(first and second) and (first[-1] in second or second[-1] in first)


def _words(speaker: str) -> list[str]:
    return [fold(word) for word, _, _ in words(speaker) if not is_stopword(word)] or [fold(speaker)]


def _errors(text: str, quotes: Sequence[Marked], given: Sequence[Quotation]) -> Iterator[str]:
    for quote in quotes:
        if not any(is_right(one, quote) for one in given):
            near = [one.speaker for one in given if _overlaps(one, quote)]
            yield f"missed {quote.speaker!r} (found {near}): {text[quote.start : quote.end]!r}"
    for one in given:
        if not any(is_right(one, quote) for quote in quotes):
            yield f"wrong {one.speaker!r} {one.verb!r}: {text[one.start : one.end]!r}"
