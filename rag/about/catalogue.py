"""The catalogue: what the archive says of itself, and the articles about something, in words and as a list.

Articles about something are those of which a passage, under its headline, has every word of it, and those
that the ranking holds for relevant and that mention its names. A story is listed once, as published first.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from corpus.dates import day_of
from index.language.analysis import analyse_question
from index.language.asked_dates import asked as asked_days
from index.language.names import Mentions, missing
from index.language.words import fold, is_stopword, stem, stems, words
from index.store.filters import Filter
from index.store.store import Archive, Passage, Store
from rag.answer import Listed, RankedPassage
from rag.question.analysed import AnalysedQuestion
from rag.question.intent import Match, matched
from rag.question.preferences import outlets_in
from rag.render import written_date
from rag.retrieve.search import Retriever

MOST_LISTED = 20
MOST_OUTLETS = 8
"""Outlets that are named with their number of articles."""
_MOST_PASSAGES = 1_000
"""Passages that are looked through for what is asked for."""
_RELEVANT = 0.5
"""Probability from which the ranking holds a passage for relevant."""
_RANKED = 20
_NO_PART = frozenset("topic topics subject anything something everything me please".split())
"""Words that are no part of what is asked for."""
_OF_AN_OUTLET = frozenset("from by in of".split())
_LEFT_OVER = frozenset("the from by in of on at about during and between since until to published".split())
"""Words that lead nowhere once an outlet or a date beside them is taken away."""


_OR = re.compile(r"\s+or\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listing:
    """An answer about the archive: in words, with the articles of it, the newest first.

    `searched` is what was searched for, None where nothing was; `found` what the ranking found for it.
    `is_empty`: articles are asked for and there are none.
    """

    says: str
    articles: tuple[Listed, ...] = ()
    searched: str | None = None
    found: tuple[RankedPassage, ...] = ()
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What articles are asked for: those of a filter, about a subject, which may be empty."""

    subject: str
    where: Filter
    terms: tuple[tuple[str, ...], ...]
    """Of each side of "or" the words that an article about it has to have."""


class Catalogue:
    """Answers questions about the archive of one store."""

    def __init__(self, store: Store, retriever: Retriever) -> None:
        self._store = store
        self._retriever = retriever

    def answer(self, question: AnalysedQuestion, where: Filter, today: date) -> Listing:
        """The answer, from the articles that pass the filter; dates in the question count from `today`.

        A question that no pattern of the catalogue fits asks for articles about what it names.
        """
        found = matched(question, "catalogue", self._store.sources)
        found = found or Match("catalogue: articles", question.text)
        match found.section.removeprefix("catalogue: "):
            case "outlets":
                return Listing(self._outlets(where))
            case "period":
                return Listing(self._period(where))
            case "newest":
                return Listing(f"{self._period(where)} The newest come first.", self._newest(where))
            case "size" | "holdings":
                return Listing(f"{self._period(where)} {self._outlets(where)}", self._newest(where))
            case _:
                return self._articles(question, found, where, today)

    # The archive as a whole

    def _outlets(self, where: Filter) -> str:
        counts = self._store.outlet_counts(where)
        named = [(outlet, count) for outlet, count in counts if outlet]
        if not named:
            return "None of the articles names its outlet."
        return f"{_number(len(named), 'outlet')}: {_shares(named)}."

    def _period(self, where: Filter) -> str:
        extent = self._store.archive(where)
        articles = _number(extent.articles, "article")
        if not extent.articles:
            return "No article passes the filters." if not where.is_empty else "The archive is empty."
        if extent.first is None:
            return f"This archive has {articles}, none of which carries a date."
        undated = f"; {extent.undated:,} of them without a date" if extent.undated else ""
        return f"This archive has {articles}, {_days(extent)}{undated}."

    def _newest(self, where: Filter) -> tuple[Listed, ...]:
        return tuple(map(_listed, self._store.passages(self._store.leads(where, MOST_LISTED))))

    # Articles about something

    def _articles(self, question: AnalysedQuestion, asked: Match, where: Filter, today: date) -> Listing:
        wanted = self._wanted(question, asked, where, today)
        if not wanted.terms:
            return self._of_filter(wanted)
        ranked = self._retriever.search(wanted.subject, wanted.where, _RANKED)
        found = self._about(wanted, ranked)
        if not found and wanted.where != where:  # The date may be a part of the name: "the 1918 flu".
            wanted = replace(wanted, where=where, terms=_alternatives(asked.subject))
            found = self._about(wanted, ())
        if not found:
            says = f"No article in this archive is about {wanted.subject}."
            return Listing(says, (), wanted.subject, ranked, is_empty=True)
        listed = sorted(found[:MOST_LISTED], key=_day, reverse=True)
        says = _in_words(found, wanted.subject, by_outlet=asked.section == "catalogue: outlets about")
        return Listing(says, tuple(map(_listed, listed)), wanted.subject, ranked)

    def _of_filter(self, wanted: _Wanted) -> Listing:
        """The newest articles of an outlet or of some days."""
        extent = self._store.archive(wanted.where)
        if not extent.articles:
            return Listing("This archive has no such article.", is_empty=True)
        listed = self._newest(wanted.where)
        counts = [(outlet, n) for outlet, n in self._store.outlet_counts(wanted.where) if outlet]
        days = f", {_days(extent)}" if extent.first else ""
        says = f"{_number(extent.articles, 'article')}{days}: {_shares(counts)}{_rest(extent.articles)}."
        return Listing(says, listed)

    def _wanted(self, question: AnalysedQuestion, asked: Match, where: Filter, today: date) -> _Wanted:
        """The subject without outlets and dates that limit the articles, and the filter that these make."""
        text, limited = question.text, where
        begin = text.rfind(asked.subject) if asked.subject else len(text)
        is_theirs = asked.section == "catalogue: published by an outlet"
        gone: list[tuple[int, int]] = []
        if not where.sources:
            outlets = [
                one
                for one in outlets_in(text, self._store.sources())
                if is_theirs or one.is_cued or _is_source(text[: one.start])
            ]
            gone += [(one.start, one.end) for one in outlets]
            limited = replace(limited, sources=tuple(one.key for one in outlets))
        told = asked_days(text, today, self._store.sources)
        if told is not None:
            gone += [(one.start, one.end) for one in analyse_question(text).dates]
            limited = _within(limited, told.first, told.last)
        end = begin + len(asked.subject)
        rest = _without(text[:end], begin, [one for one in gone if one[1] <= end])
        return _Wanted(rest, limited, _alternatives(rest))

    def _about(self, wanted: _Wanted, ranked: Sequence[RankedPassage]) -> list[Passage]:
        """A passage of each article about the subject, those that say most of it first, a story once."""
        ids = [self._store.holding_all(one, _MOST_PASSAGES, wanted.where) for one in wanted.terms]
        held = self._store.passages(key for found in ids for key in found)
        counts = Counter(one.article_id for one in held)
        by_article = {one.article_id: one for one in reversed(held)}
        for one in ranked:
            if one.score >= _RELEVANT and _mentions(one.passage, wanted):
                counts[one.passage.article_id] += 1
                by_article.setdefault(one.passage.article_id, one.passage)
        sides = [{fold(term) for term in one} for one in wanted.terms]

        def says_most(passage: Passage) -> tuple[bool, int]:
            titled = {fold(word) for word, _, _ in words(passage.title)}
            return any(side <= titled for side in sides), counts[passage.article_id]

        return self._stories_once(sorted(by_article.values(), key=says_most, reverse=True))

    def _stories_once(self, passages: Sequence[Passage]) -> list[Passage]:
        """Of articles that are copies of one another the one that was published first."""
        stories = self._store.stories([one.id for one in passages])
        first: dict[object, Passage] = {}
        for passage in passages:
            key = stories[passage.id][0] if passage.id in stories else passage.article_id
            other = first.get(key)
            if other is None or stories[passage.id][1:] < stories[other.id][1:]:
                first[key] = passage
        return list(first.values())


def _alternatives(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(filter(None, map(_terms, _OR.split(text))))


def _terms(text: str) -> tuple[str, ...]:
    """The words that an article about the text has to have: its content words, and those of its names."""
    named = {part for name in analyse_question(text).names for part in name.words}
    written = [word for word, _, _ in words(text) if fold(word) not in _NO_PART]
    told = [word for word in written if not is_stopword(word) or (fold(word) in named and word[0].isupper())]
    return tuple(dict.fromkeys(told or written))


def _mentions(passage: Passage, wanted: _Wanted) -> bool:
    """Whether a passage mentions every name of the subject, or half of its words where it has no name."""
    told = f"{passage.title}. {passage.text}"
    names = analyse_question(wanted.subject).names
    if names:
        return not missing(names, Mentions(told))
    asked = {stem(term) for one in wanted.terms for term in one}
    return 2 * len(asked & set(stems(told))) >= len(asked)


def _is_source(before: str) -> bool:
    """Whether an outlet behind these words is whose articles are asked for: "articles from the Courier"."""
    last = [fold(word) for word, _, _ in words(before)][-2:]
    return bool(last) and (last[-1] in _OF_AN_OUTLET or (last[-1] == "the" and last[0] in _OF_AN_OUTLET))


def _within(where: Filter, first: date, last: date) -> Filter:
    after, behind = first.isoformat(), (last + timedelta(days=1)).isoformat()
    return replace(where, after=max(after, where.after or after), before=min(behind, where.before or behind))


def _without(text: str, begin: int, gone: Iterable[tuple[int, int]]) -> str:
    """The text from `begin` on without these spans, and without words that then lead nowhere."""
    for start, end in sorted(gone, reverse=True):
        if end > begin:
            text = f"{text[: max(start, begin)]} {text[end:]}"
    kept = [text[start:end] for _, start, end in words(text) if start >= begin]
    while kept and fold(kept[-1]) in _LEFT_OVER:
        kept.pop()
    while kept and fold(kept[0]) in _LEFT_OVER - {"the"}:
        kept.pop(0)
    if not kept:
        return ""
    tail = text[begin:]
    first, last = tail.find(kept[0]), tail.rfind(kept[-1]) + len(kept[-1])
    return " ".join(tail[first:last].split())


# In words


def _in_words(found: Sequence[Passage], subject: str, *, by_outlet: bool) -> str:
    counts = Counter(one.source for one in found if one.source)
    days = sorted(day_of(one.published_at) for one in found if one.published_at)
    dated = f", {_from_to(days[0], days[-1])}" if days else ""
    shares = f": {_shares(counts.most_common())}" if counts else ""
    articles, outlets = _number(len(found), "article"), _number(len(counts), "outlet")
    if by_outlet and counts:
        has = "has" if len(counts) == 1 else "have"
        return f"{outlets} {has} {articles} about {subject}{dated}{shares}{_rest(len(found))}."
    tell = "tells" if len(found) == 1 else "tell"
    of = f" of {outlets}" if len(counts) > 1 else ""
    return f"{articles}{of} {tell} about {subject}{dated}{shares}{_rest(len(found))}."


def _rest(articles: int) -> str:
    return f"; {MOST_LISTED} are listed" if articles > MOST_LISTED else ""


def _shares(counts: Sequence[tuple[str | None, int]]) -> str:
    named = [f"{outlet} ({count:,})" for outlet, count in counts[:MOST_OUTLETS]]
    more = len(counts) - MOST_OUTLETS
    return ", ".join([*named, *([f"and {more:,} more"] if more > 0 else [])])


def _days(extent: Archive) -> str:
    return _from_to(extent.first or "", extent.last or "")


def _from_to(first: str, last: str) -> str:
    """`2019-10-09` and `2019-10-22` as "9 to 22 October 2019"."""
    begins, ends = (written_date(first) or "").split(), (written_date(last) or "").split()
    if begins == ends:
        return " ".join(ends)
    while len(begins) > 1 and begins[-1] == ends[-1] and begins[1:] == ends[1:]:
        begins = begins[:1]
    begins = begins[:2] if len(begins) > 2 and begins[2] == ends[2] else begins
    return f"{' '.join(begins)} to {' '.join(ends)}"


def _number(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def _day(passage: Passage) -> str:
    return day_of(passage.published_at) if passage.published_at else ""


def _listed(passage: Passage) -> Listed:
    return Listed(passage.article_id, passage.title, passage.source, passage.published_at, passage.url)
