"""Revisions of an article: its versions, the differences between two of them, and its correction notices.

Differences are found paragraph by paragraph, then word by word. Both steps are longest common subsequences
(Hunt and Szymanski 1977), whose work is known beforehand. Where it would exceed the budget, only words that
occur once in each text are matched, so the result never depends on time. diff-match-patch 20241021 is bounded
by seconds only, quadratic in texts that share nothing, and cuts words ("A minister" to "An engineer").
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from index.passages.sentences import paragraph_spans
from index.store.store import Store, StoredArticle
from rag.render import HEADING, LABELS, is_labelled, written_date
from rag.web.bounds.exposure import Viewer
from rag.web.present import WORDS_WITHHELD, article_path
from rag.web.settings import WebSettings

MOST_PAIRS = 1_000_000
"""Pairs of equal words that one comparison considers, at most: about a second of work."""
LONGEST = 500_000
"""Characters that one comparison reads word by word; longer paragraphs are shown as removed and added."""
MOST_PARAGRAPHS = 20_000
"""Paragraphs of either text; a text with more is compared as a single paragraph."""
_WORD = re.compile(r"\d+(?:[.,:]\d+)+|\w+|[^\w\s]")
_NEAR = 6
"""How many paragraphs ahead another version of a paragraph is looked for."""
_ALIKE = 0.4
"""Dice coefficient of the words below which two paragraphs are not versions of one another."""
_ISLAND = 3
"""An unchanged run of at most this many letters between two changes is shown as changed too."""

Fate = Literal["same", "del", "ins"]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Version:
    """A revision as shown to users: first seen when, why, its address and the address of what it changed."""

    revision: str
    day: str | None
    cause: str
    href: str
    shown: bool
    changes: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A correction notice of an article; `since` if only a later version than the one shown has it.

    `label` is empty where the text has one of its own.
    """

    label: str
    text: str
    since: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is in both texts, only in the older (`del`) or only in the newer (`ins`)."""

    fate: Fate
    text: str


@dataclass(frozen=True, slots=True)
class ComparedParagraph:
    """A paragraph of either text or both, in pieces."""

    pieces: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        """Whether any piece was removed or added."""
        return any(piece.fate != "same" for piece in self.pieces)


@dataclass(slots=True)
class Budget:
    """Work that is left to one comparison: pairs of equal words, and characters read word by word."""

    pairs: int = MOST_PAIRS
    characters: int = LONGEST


def versions_of(store: Store, stored: StoredArticle, settings: WebSettings) -> list[Version]:
    """Newest first; one that brought a correction notice is `corrected`."""
    found: list[Version] = []
    before: str | None = None
    noticed: set[str] = set()
    days = Counter(written_date(one.seen_at) for one in stored.revisions)
    for one in stored.revisions:
        read = store.article(stored.article.id, one.revision) if len(stored.revisions) > 1 else None
        says = {notice.text for notice in read.corrections} if read else set()
        alone = days[written_date(one.seen_at)] == 1
        compared = before if settings.exposure == "full" else None
        found.append(
            Version(
                one.revision,
                written_moment(one.seen_at, beside=None if alone else one.seen_at),
                "corrected" if one.cause == "changed" and says - noticed else one.cause,
                article_path(stored.article.id, one.revision),
                one.revision == stored.revision,
                changes_path(stored.article.id, compared, one.revision) if compared else None,
            )
        )
        before, noticed = one.revision, says
    return found[::-1]


def notices(stored: StoredArticle, newest: StoredArticle | None, viewer: Viewer) -> list[Notice]:
    """The notices of the newest version, then those that only the shown one has.

    Without their words where the viewer may not see these.
    """
    if viewer.exposure == "link":
        return []
    own = {one.text: (one, stored) for one in stored.corrections}
    later = {one.text: (one, newest) for one in newest.corrections} if newest else {}
    found = []
    for text, (one, holder) in (later | own).items():
        label = LABELS.get(one.kind, "Correction")
        name = (holder.article.id, holder.revision)
        if viewer.take(*name, holder.article.text, one.start, one.end):
            found.append(Notice("" if is_labelled(one) else label, text, since=text not in own))
        else:
            found.append(Notice(label, f"{WORDS_WITHHELD}.".capitalize(), since=text not in own))
    return found


def changes_path(article_id: str, since: str, until: str) -> str:
    """The address of the article page that shows the differences between two revisions."""
    return f"{article_path(article_id, until)}&since={since}"


def written_moment(at: str | None, *, beside: str | None = None) -> str | None:
    """The date written out, with the time of day where `beside` falls on the same day."""
    day = written_date(at)
    if day is None or at is None or beside is None or "T" not in at or written_date(beside) != day:
        return day
    return f"{day}, {at[11:16]}"


def changes(before: str, after: str) -> list[ComparedParagraph]:
    """The paragraphs of both versions, headings without Markdown's signs."""
    found = []
    for one in compare_paragraphs(before, after):
        first, *rest = one.pieces
        sign = HEADING.match(first.text)
        heading = Piece(first.fate, first.text[sign.end() if sign else 0 :])
        found.append(ComparedParagraph((heading, *rest)))
    return found


def compare_paragraphs(before: str, after: str) -> list[ComparedParagraph]:
    """The paragraphs of both: without `ins` they are those of `before`, without `del` of `after`."""
    old, new = ([text[start:end] for start, end in paragraph_spans(text)] for text in (before, after))
    budget = Budget()
    if max(len(old), len(new)) > MOST_PARAGRAPHS:
        return [ComparedParagraph(compare_words(before, after, budget))]
    found: list[ComparedParagraph] = []
    i = j = 0
    for k, m in [*_common(old, new, budget), (len(old), len(new))]:
        found += _replaced(old[i:k], new[j:m], budget)
        found += [_whole("same", one) for one in old[k : k + 1]]
        i, j = k + 1, m + 1
    return found


def compare_words(before: str, after: str, budget: Budget | None = None) -> tuple[Piece, ...]:
    """Two versions of one paragraph, or of a title, word by word; the pieces add up to both."""
    # What both begin and end with is set aside, so that only the middle costs work.
    begun = _shared(before, after)
    ended = _shared(before[begun:][::-1], after[begun:][::-1])
    first, last = before[:begun], before[len(before) - ended :]
    old, new = before[begun : len(before) - ended], after[begun : len(after) - ended]
    budget = budget or Budget()
    length = max(len(old), len(new))
    if length > budget.characters:
        middle = iter((Piece("del", old), Piece("ins", new)))
    else:
        budget.characters -= length
        middle = _between(old, new, budget)
    # Empty pieces are dropped and neighbours of one fate joined.
    pieces: list[Piece] = []
    for piece in (Piece("same", first), *middle, Piece("same", last)):
        if pieces and pieces[-1].fate == piece.fate:
            pieces[-1] = Piece(piece.fate, pieces[-1].text + piece.text)
        elif piece.text:
            pieces.append(piece)
    return tuple(pieces)


def _between(before: str, after: str, budget: Budget) -> Iterator[Piece]:
    """The words that both have, and what stands between them."""
    old, new = ([word.span() for word in _WORD.finditer(text)] for text in (before, after))
    pairs = _common([before[a:b] for a, b in old], [after[a:b] for a, b in new], budget)
    at = there = 0
    for i, j in _without_islands(pairs, old, len(new)):
        yield from _gap(before[at : old[i][0]], after[there : new[j][0]])
        yield Piece("same", before[slice(*old[i])])
        at, there = old[i][1], new[j][1]
    yield from _gap(before[at:], after[there:])


def _gap(before: str, after: str) -> Iterator[Piece]:
    """The text between two words that stayed: white space at either end that both have is unchanged."""
    start = min(len(before) - len(before.lstrip()), len(after) - len(after.lstrip()))
    if before[:start] == after[:start]:
        yield Piece("same", before[:start])
        before, after = before[start:], after[start:]
    end = min(len(before) - len(before.rstrip()), len(after) - len(after.rstrip()))
    same = before[len(before) - end :]
    if same != after[len(after) - end :]:
        end, same = 0, ""
    yield Piece("del", before[: len(before) - end])
    yield Piece("ins", after[: len(after) - end])
    yield Piece("same", same)


def _common(old: Sequence[str], new: Sequence[str], budget: Budget) -> list[Pair]:
    """The index pairs of a longest common subsequence; over budget, of the items that occur once in each."""
    places: dict[str, list[int]] = {}
    for j, one in enumerate(new):
        places.setdefault(one, []).append(j)
    counts = Counter(old)
    pairs = sum(counts[one] * len(at) for one, at in places.items())
    if pairs > budget.pairs:
        places = {one: at for one, at in places.items() if len(at) == 1 == counts[one]}
    else:
        budget.pairs -= pairs
    # tails[k]: the smallest end in `new` of a common subsequence of length k + 1; ends[k] leads back on it.
    tails: list[int] = []
    ends: list[tuple[int, int, object]] = []
    for i, one in enumerate(old):
        for j in reversed(places.get(one, ())):
            length = bisect_left(tails, j)
            tails[length : length + 1] = [j]
            ends[length : length + 1] = [(i, j, ends[length - 1] if length else None)]
    found: list[Pair] = []
    node: object = ends[-1] if ends else None
    while isinstance(node, tuple):
        i, j, node = node
        found.append((i, j))
    return found[::-1]


def _without_islands(pairs: Sequence[Pair], old: Sequence[Pair], others: int) -> list[Pair]:
    """The pairs without runs of a few letters between two changes."""
    runs: list[list[Pair]] = []
    for i, j in pairs:
        if runs and runs[-1][-1] == (i - 1, j - 1):
            runs[-1].append((i, j))
        else:
            runs.append([(i, j)])
    kept: list[Pair] = []
    for run in runs:
        (first, there), (last, end) = run[0], run[-1]
        inside = first and there and last + 1 < len(old) and end + 1 < others
        if not inside or sum(old[i][1] - old[i][0] for i, _ in run) > _ISLAND:
            kept += run
    return kept


def _replaced(old: Sequence[str], new: Sequence[str], budget: Budget) -> Iterator[ComparedParagraph]:
    """Paragraphs in the place of others; each is compared with the likeliest of the next few, if any is."""
    theirs = [frozenset(_WORD.findall(one)) for one in new]
    at = 0
    for paragraph in old:
        mine = frozenset(_WORD.findall(paragraph))
        near = [(_likeness(mine, theirs[n]), -n) for n in range(at, min(at + _NEAR, len(new)))]
        likeness, place = max(near, default=(0.0, 0))
        if likeness < _ALIKE:
            yield _whole("del", paragraph)
            continue
        yield from (_whole("ins", one) for one in new[at:-place])
        yield ComparedParagraph(compare_words(paragraph, new[-place], budget))
        at = 1 - place
    yield from (_whole("ins", one) for one in new[at:])


def _likeness(mine: frozenset[str], theirs: frozenset[str]) -> float:
    """The share of words in common (Dice's coefficient)."""
    return 2 * len(mine & theirs) / (len(mine) + len(theirs) or 1)


def _shared(one: str, other: str) -> int:
    """How many characters both begin with, up to the end of a word."""
    pairs = enumerate(zip(one, other, strict=False))
    length = next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
    if length == len(one) == len(other):
        return length
    while length and not one[length - 1].isspace():
        length -= 1
    return length


def _whole(fate: Fate, text: str) -> ComparedParagraph:
    return ComparedParagraph((Piece(fate, text),))
