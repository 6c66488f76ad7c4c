"""A question as it is searched: spelled as the archive spells, analysed, with the days that it asks for."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from index.language.asked_dates import asked
from index.store.filters import Filter
from index.store.store import Archive, Store
from index.store.vocabulary import Vocabulary
from rag.abstain import outside
from rag.question.analysed import AnalysedQuestion, analysed
from rag.question.intent import intent_of, is_of_a_name
from rag.question.spelling import (
    Spelling,
    spelled,
    with_apostrophes,
    with_capitals,
    with_common_names,
    with_numerals,
)

_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>[^<]*</\1\s*>", re.I)
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|<!--[^<>]*-->", re.I)


@dataclass(frozen=True, slots=True)
class SearchDates:
    """The days that a question asks for, and what follows for the search."""

    where: Filter
    """The question's filters; for "yesterday" and the like narrowed to articles of that time."""
    outside_archive: bool
    """Whether the days asked for lie outside the archive."""
    unanswerable: bool
    """Whether, beyond them, nothing in the archive can answer."""
    is_earlier: bool = False
    """Whether an answer is of an earlier time than "this summer", which the archive does not reach."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question that stands alone, how its words were spelled, and the days that it asks for."""

    question: AnalysedQuestion
    spelling: Spelling
    dates: SearchDates

    @property
    def text(self) -> str:
        """The question as it is searched."""
        return self.question.text


def without_tags(text: str) -> str:
    """The text without HTML tags and scripts, which ask for nothing; unchanged where no word is left."""
    bare = _TAG.sub(" ", _SCRIPT.sub(" ", text))
    if bare == text or not any(map(str.isalnum, bare)):
        return text
    return re.sub(r"\s+(?=[?!.,;:])", "", " ".join(bare.split()))


def as_searched(complete: str, store: Store, given: Filter, archive: Archive, today: date) -> AskedQuestion:
    """A complete question; the other parameters are those of `search_dates`.

    What kind of words answers it is told by its names, also where they are typed in small letters; so is
    whether it asks what happened to somebody.
    """
    vocabulary = Vocabulary(store)
    written = with_numerals(with_common_names(with_apostrophes(complete), vocabulary), vocabulary)
    spelling = spelled(written, vocabulary)
    dates = search_dates(spelling.question, given, archive, today, store.sources)
    question, named = analysed(spelling.question), analysed(with_capitals(spelling.question, vocabulary))
    intent = intent_of(question, store.sources)
    if intent == "question" and is_of_a_name(named):
        intent = "overview"
    return AskedQuestion(replace(question, intent=intent, expected=named.expected), spelling, dates)


def search_dates(
    question: str, given: Filter, archive: Archive, today: date, outlets: Callable[[], Iterable[str]]
) -> SearchDates:
    """The days asked for; `given` are the question's filters, and "yesterday" counts from `today`.

    `outlets` are the archive's, whose names may hold days; they are asked for only where that matters.
    """
    where = given
    told = asked(question, today, outlets)
    relative = told is not None and told.is_relative
    days = (told.first, told.last) if told and told.is_sure else None
    outside_archive = outside(archive, days, given)
    ended = told is not None and told.first.isoformat() > (archive.last or "9999")
    if told and told.is_present and ended and not given.has_dates:
        # No moment is given to count from, and articles say "this summer" of their own time.
        return SearchDates(given, outside_archive, unanswerable=False, is_earlier=True)
    if told and relative:
        after, before = told.after.isoformat(), told.before.isoformat() if told.before else given.before
        where = replace(
            given,
            after=max(after, given.after or after),
            before=min(before, given.before or before) if before else None,
        )
    return SearchDates(where, outside_archive, unanswerable=outside_archive and (relative or given.has_dates))
