"""Sentences that tell of a subject, for answers of several: overview, timeline, the latest, a comparison.

Each may be one development of the subject; `distinct` takes the best, no two of them alike.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from corpus.dates import day_of
from index.language.analysis import analyse_question
from index.language.asked_dates import asked_years, years_of
from index.language.sentence import day_told, first_day
from index.language.words import fold, stems
from rag.quote.quotes import Quote, QuotedSentence
from rag.retrieve.context import Candidate
from rag.retrieve.search import Retrieved

SHORTEST, LONGEST = 6, 60
"""Words of a sentence that is worth quoting alone."""
FURTHEST = 7.0
"""How far below the best logit a sentence may lie that tells of the subject."""
RELEVANT = -2.0
"""Logit that the best sentence has at least where the archive tells of the subject."""
COVERED = 0.6
"""Share of the subject's words that an article's passage and headline hold at least."""
LEAD, DANGLING = 2.0, 3.0
"""What a first sentence of an article is worth in logits, and what one loses that goes on about another."""
ALIKE = 0.5
"""Share of the shorter sentence's stems, beside the subject's, from which two tell the same."""
_POINTS_BACK = frozenset(
    "he she they it his her their its this that these those there then also but and so such".split()
)
_ENDS = frozenset(".!?…\"”’')")


@dataclass(frozen=True, slots=True)
class Telling:
    """A sentence that tells of the subject; `score` is its logit with what its place and form are worth."""

    candidate: Candidate
    score: float
    is_first: bool

    @property
    def article(self) -> str:
        """The id of its article."""
        return self.candidate.passage.article_id

    @property
    def published(self) -> str:
        """The article's day (`YYYY-MM-DD`), empty if not known."""
        published = self.candidate.passage.published_at
        return day_of(published) if published else ""

    @property
    def happened(self) -> str | None:
        """The first day of what it tells; None where no date in it is precise enough."""
        return first_day(self.candidate.sentence.dates)

    @property
    def day(self) -> str:
        """Its day in a timeline, empty if not known."""
        return day_told(self.candidate.sentence.dates, self.published) or ""

    @property
    def quote(self) -> Quote:
        """The sentence as a quote."""
        one = self.candidate
        return Quote(one.passage, (QuotedSentence(one.start, one.end, one.text),))


def tellings(found: Retrieved) -> list[Telling]:
    """The sentences that tell of the subject, best first; [] where the archive hardly tells of it."""
    if not found.sentences or found.sentences[0].logit < RELEVANT:
        return []
    subject, years = frozenset(stems(found.subject)), asked_years(found.subject)
    best = found.sentences[0].logit
    told = []
    for item in found.sentences:
        one = item.candidate
        if item.logit < best - FURTHEST or not _is_whole(one) or not _is_about(one, subject, years):
            continue
        is_first = _is_first(one, found)
        score = item.logit + LEAD * is_first - DANGLING * _dangles(one)
        told.append(Telling(one, score, is_first))
    told.sort(key=lambda one: -one.score)
    days = [(one.first, one.last) for one in analyse_question(found.subject).dates if one.first and one.last]
    return [one for one in told if _is_of_days(one, days)] or told


def _is_of_days(one: Telling, days: Sequence[tuple[str, str]]) -> bool:
    """Whether it tells of one of the spans of days, if any are asked for, or was published in one."""
    return not days or any(
        first <= day <= last for first, last in days for day in (one.happened, one.published) if day
    )


def _is_whole(one: Candidate) -> bool:
    """Whether it is a sentence: not a heading, a caption without an end, a list of everything."""
    return SHORTEST <= len(one.sentence.words) <= LONGEST and one.text.rstrip()[-1:] in _ENDS


def _is_about(one: Candidate, subject: frozenset[str], years: frozenset[int]) -> bool:
    """Whether its passage and headline hold enough of the subject's words, and speak for one of its years."""
    passage = one.passage
    if years and years.isdisjoint(years_of(one.text, passage.title, passage.published_at)):
        return False
    held = frozenset(stems(f"{passage.title} {passage.text}")).union(map(str, years))
    return len(subject & held) >= COVERED * len(subject)


def _is_first(one: Candidate, found: Retrieved) -> bool:
    """Whether it is the first whole sentence of its article."""
    if one.passage.id not in found.openings:
        return False
    return not any(
        before.passage.id == one.passage.id and len(before.sentence.words) >= SHORTEST
        for before in one.preceding
    )


def _dangles(one: Candidate) -> bool:
    """Whether it goes on about what the sentence before names."""
    opening = next((fold(word) for word, _, _ in one.sentence.words), "")
    return one.antecedent is not None or opening in _POINTS_BACK


def distinct(
    told: Iterable[Telling], subject: str, most: int, of_article: int = 2, known: Sequence[Telling] = ()
) -> list[Telling]:
    """Those known, then the first ones that are like none before, `most` in all and so many of an article."""
    words = frozenset(stems(subject))
    chosen = list(known)
    for one in told:
        if len(chosen) >= most:
            break
        same = sum(other.article == one.article for other in chosen)
        if same < of_article and not any(alike(one, other, words) for other in chosen):
            chosen.append(one)
    return chosen


def alike(one: Telling, other: Telling, subject: frozenset[str]) -> bool:
    """Whether two sentences tell the same: most of the shorter one's words beside the subject's."""
    first = frozenset(one.candidate.sentence.stems) - subject
    second = frozenset(other.candidate.sentence.stems) - subject
    return len(first & second) >= ALIKE * max(1, min(len(first), len(second)))


def in_order(chosen: Sequence[Telling], day: Callable[[Telling], str]) -> Iterator[Quote]:
    """Their quotes by day, the undated last; those of one day in the order of their articles and places."""
    for one in sorted(chosen, key=lambda one: (not day(one), day(one), one.article, one.candidate.start)):
        yield one.quote
