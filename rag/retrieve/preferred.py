"""Passages that a question prefers: found beside the others, and lifted in the ranking; none is cut off.

Preferred passages take some of the places among those whose sentences compete, so that they are read at all.
In the ranking a preference divides a passage's place: the sixth of all, from the outlet that is asked for its
words, becomes the second. Places do not depend on what a score means; taking a root of the score instead kept
the evidence of 33 of 40 questions among the first ten passages, and this 35. Only words in quotation marks
come first whatever the rest. In the fused order of 222 tuning questions, which seldom name an outlet or a
day, preferences find .781 instead of .772 (+.009, 95% interval -.002 to +.024).

A question that names nothing but outlets or a date is for the leads of what was published.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from itertools import zip_longest

from corpus.dates import day_of
from index.language.analysis import analyse_question
from index.language.asked_dates import years_of
from index.language.sentence import Sentence, ToldDate
from index.language.words import phrase, stems, words
from index.store.filters import Filter, source_key
from index.store.store import Passage, Store
from rag.answer import RankedPassage
from rag.question.preferences import Days, Preferences, Side
from rag.retrieve.fair import alternating, in_order

Find = Callable[[str, Filter, int], Sequence[int]]
"""Ids of the best passages for a text under a filter, best first."""
Analyses = Mapping[int, Sequence[Sentence]]

_OF_EACH, _MOST = 5, 10
"""Passages taken in for each thing that is preferred, and for all together, beside those found anyway."""
_QUOTED, _BESIDE = 50, 30
"""Passages in which quoted words, or one side of a comparison, are looked for."""
_OUTLET, _DAYS, _YEAR = 3.0, 2.0, 1.25
"""By what a passage's place is divided that is of an outlet, or tells of days or a year, asked for."""
_LONGEST_SPAN = 100
"""Days up to which a span is one of days; a longer one is a year."""
_NEWS_OF_A_DAY = 3
"""News of a day is published up to three days after it."""
_ROUGH = 7
"""Days that a told date may span and still be the day that is asked for: "last week"."""
_NEWEST_AMONG, _MATCHING = 10, 0.1
"""Of so many first passages, those with this share of the best score, the newest are lifted."""


def found_for(
    wanted: Preferences, quoted_in: Mapping[str, Sequence[Passage]], where: Filter, find: Find, store: Store
) -> list[int]:
    """Ids of passages that the question prefers, each once, in turns.

    `quoted_in` are the best passages that have the words of each quotation, as `quoting` finds them.
    """
    text = wanted.subject
    lists = [[one.id for one in quoted_in[quoted][:_OF_EACH]] for quoted in wanted.quoted]
    lists.extend(_of_side(side, wanted, where, find, store) for side in wanted.sides)
    if wanted.outlets and not where.sources:
        lists.append(list(find(text, replace(where, sources=tuple(sorted(wanted.outlets))), _OF_EACH)))
    if wanted.days and _is_short(wanted.days) and (narrowed := _within(wanted.days, where)):
        lists.append(list(find(text, narrowed, _OF_EACH)))
    turns = (key for turn in zip_longest(*lists) for key in turn if key is not None)
    return list(dict.fromkeys(turns))[:_MOST]


def leads_for(wanted: Preferences, where: Filter, store: Store) -> list[int]:
    """Ids of the leads for a question that asks for no more than what was reported; else none.

    They are of what the outlets asked for, in turns, published on the days, then up to three days after.
    """
    is_unknown_day = wanted.is_dated and wanted.days is None and not where.has_dates
    if not wanted.asks_for_reports or is_unknown_day:
        return []
    outlets = () if where.sources else tuple(wanted.outlets)
    wheres = [replace(where, sources=(outlet,)) for outlet in outlets] or [where]
    if wanted.days is None:
        found = [store.leads(one, _OF_EACH) for one in wheres]
    else:
        found = [
            [key for narrowed in _by_day(wanted.days, one) for key in store.leads(narrowed, _OF_EACH)]
            for one in wheres
        ]
    turns = (key for turn in zip_longest(*found) for key in turn if key is not None)
    return list(dict.fromkeys(turns))[:_MOST]


def _by_day(days: Days, where: Filter) -> Iterator[Filter]:
    """The filter narrowed to articles of these days, and to those of one more day each."""
    for behind in range(_NEWS_OF_A_DAY + 1):
        if narrowed := _within(days, where, behind):
            yield narrowed


def with_places_for(
    fused: Sequence[tuple[int, float]], preferred: Sequence[int], read: int
) -> list[tuple[int, float]]:
    """The fused ids, with those preferred among the first `read`, at their end where they are not before."""
    chosen = set(preferred)
    others = [key for key, _ in fused[:read] if key not in chosen][: read - len(preferred)]
    kept = chosen.union(others)
    placed = [one for one in fused[:read] if one[0] in kept]
    scores, lowest = dict(fused), fused[-1][1] if fused else 0.0
    standing = {key for key, _ in placed}
    placed.extend((key, scores.get(key, lowest)) for key in preferred if key not in standing)
    standing |= chosen
    return [*placed, *(one for one in fused if one[0] not in standing)]


def lifted(
    ranked: Sequence[RankedPassage], wanted: Preferences, analyses: Analyses, leads: Sequence[int] = ()
) -> list[RankedPassage]:
    """The passages in the order that the preferences make of their ranking; these leads come first."""
    if not wanted:
        return list(ranked)
    if leads:
        places_of = {key: place for place, key in enumerate(leads)}
        return in_order(sorted(ranked, key=lambda one: places_of.get(one.passage.id, len(leads))))
    if wanted.is_newest:
        ranked = _newest_first(ranked)
    places = [place / _lift(one.passage, wanted, analyses) for place, one in enumerate(ranked, start=1)]
    # Of equal places that of a lifted passage comes first.
    order = [ranked[at] for at in sorted(range(len(ranked)), key=lambda at: (places[at], -at))]
    if wanted.sides:
        order = alternating(order, [partial(speaks_of, side) for side in wanted.sides])
    if wanted.quoted:
        order.sort(key=lambda one: -sum(has_words(one.passage, quoted) for quoted in wanted.quoted))
    return in_order(order)


def covers(passage: Passage, wanted: Preferences, analyses: Analyses) -> bool:
    """Whether a passage of an outlet or days asked for shares another word with the question."""
    if _lift(passage, wanted, analyses) == 1.0:
        return False
    return not wanted.rest.isdisjoint(stems(f"{passage.title} {passage.text}"))


def quoting(quoted: str, where: Filter, store: Store) -> list[Passage]:
    """The best passages by BM25 that have these words, one behind the other."""
    keys = [key for key, _ in store.lexical([quoted], _QUOTED, where)]
    return [one for one in store.passages(keys) if has_words(one, quoted)]


def has_words(passage: Passage, quoted: str) -> bool:
    """Whether passage or headline has these words, whatever quotation marks, dashes, capitals and breaks."""
    asked = f" {phrase(quoted)} "
    return asked in f" {phrase(passage.text)} " or asked in f" {phrase(passage.title)} "


def speaks_of(side: Side, passage: Passage) -> bool:
    """Whether a passage is of the outlet or the year, or has all words, of one side of a comparison."""
    if side.outlet is not None:
        return passage.source is not None and source_key(passage.source) == side.outlet
    if side.year is not None:
        return side.year in years_of("", passage.title, passage.published_at)
    return side.words <= {phrase(word) for word, _, _ in words(f"{passage.title} {passage.text}")}


def _of_side(side: Side, wanted: Preferences, where: Filter, find: Find, store: Store) -> list[int]:
    """The best passages of articles that speak of it, for the question as it would be put about one side."""
    if side.outlet is not None:
        if where.sources:
            return []
        of_outlet = replace(where, sources=(side.outlet,))
        of_days = _within(wanted.days, of_outlet) if wanted.days and _is_short(wanted.days) else None
        of_its_days = find(_without_dates(wanted.subject), of_days, _OF_EACH) if of_days else ()
        return list(dict.fromkeys([*of_its_days, *find(wanted.subject, of_outlet, _OF_EACH)]))[:_OF_EACH]
    alone = wanted.subject
    for other in wanted.sides:
        if other is not side:
            alone = alone.replace(other.text, " ")
    alone = " ".join(alone.split())
    of_year = _within((date(side.year, 1, 1), date(side.year, 12, 31)), where) if side.year else None
    if of_year:
        return list(find(alone, of_year, _OF_EACH))
    passages = store.passages(find(alone, where, _BESIDE))
    articles = {one.article_id for one in passages if speaks_of(side, one)}
    return [one.id for one in passages if one.article_id in articles][:_OF_EACH]


def _without_dates(text: str) -> str:
    """A question among articles of the days that it names, which then say nothing of its subject."""
    for told in reversed(analyse_question(text).dates):
        text = f"{text[: told.start]}{text[told.end :]}"
    return text


def _is_short(days: Days) -> bool:
    """Whether they are days, a month or a season, rather than a year, of which too much is told."""
    return (days[1] - days[0]).days <= _LONGEST_SPAN


def _within(days: Days, where: Filter, behind: int = _NEWS_OF_A_DAY) -> Filter | None:
    """The filter narrowed to articles of these days and of `behind` more; None where it excludes them."""
    after, before = days[0].isoformat(), _shifted(days[1], behind + 1).isoformat()
    after = max(after, where.after or after)
    before = min(before, where.before or before)
    return replace(where, after=after, before=before) if after < before else None


def _shifted(day: date, days: int) -> date:
    return day + timedelta(days=min(days, (date.max - day).days))


def _lift(passage: Passage, wanted: Preferences, analyses: Analyses) -> float:
    """By what the passage's place is divided: 1 where it is not preferred."""
    lift = 1.0
    if passage.source is not None and source_key(passage.source) in wanted.outlets:
        lift *= _OUTLET
    if wanted.days and _is_of(wanted.days, passage, analyses.get(passage.id, ())):
        lift *= _DAYS if _is_short(wanted.days) else _YEAR
    return lift


def _is_of(days: Days, passage: Passage, sentences: Sequence[Sentence]) -> bool:
    """Whether a passage tells of the days, or was published in or shortly after them."""
    if passage.published_at:
        published = date.fromisoformat(day_of(passage.published_at))
        if days[0] <= published <= _shifted(days[1], _NEWS_OF_A_DAY):
            return True
    return any(_tells(told, days) for one in sentences for told in one.dates)


def _tells(told: ToldDate, days: Days) -> bool:
    if told.first is None or told.last is None:
        return False
    first, last = date.fromisoformat(told.first), date.fromisoformat(told.last)
    widest = max((days[1] - days[0]).days, _ROUGH)
    return first <= days[1] and days[0] <= last and (last - first).days <= widest


def _newest_first(ranked: Sequence[RankedPassage]) -> list[RankedPassage]:
    """The first ones that match, by the sum of their places in the ranking and by day, the newest first."""
    least = _MATCHING * ranked[0].score if ranked else 0.0
    first = [one for one in ranked[:_NEWEST_AMONG] if one.score >= least]
    by_day = sorted(first, key=lambda one: day_of(one.passage.published_at or "0001-01-01"), reverse=True)
    newness = {one.passage.id: place for place, one in enumerate(by_day)}
    places = {one.passage.id: place for place, one in enumerate(first)}
    first.sort(key=lambda one: (places[one.passage.id] + newness[one.passage.id], newness[one.passage.id]))
    return in_order([*first, *ranked[len(first) :]])
