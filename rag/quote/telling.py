"""Sentences that tell of a subject, for answers of several: overview, timeline, the latest, a comparison.

Each may be one development of the subject; `distinct` takes the best, no two of them alike.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from corpus.dates import day_of
from index.language.asked_dates import years_of
from index.language.sentence import first_day
from index.language.words import fold, stems
from rag.question.analysed import Subject
from rag.quote.happened import COMPARED, When, happened
from rag.quote.quotes import Quote, QuotedSentence
from rag.quote.shown import shown
from rag.retrieve.context import Candidate
from rag.retrieve.search import Retrieved, ScoredSentence

SHORTEST, LONGEST = 6, 60
"""Words of a sentence that is worth quoting alone."""
FURTHEST = 7.0
"""How far below the best logit a sentence may lie that tells of the subject."""
RELEVANT = -2.0
"""Logit that the best sentence has at least where the archive tells of the subject."""
COVERED = 0.6
"""Share of the subject's words that a sentence's passage and headline hold at least."""
NEAR, HEADED = 5.5, 0.75
"""How far below the best logit the best sentence of an article lies at most that is about the subject, unless
its headline has this share of the subject's words."""
LEAD, CENTRAL, DANGLING = 2.0, 2.0, 3.0
"""What a lead and a sentence of an article about the subject are worth in logits, and what one loses that
goes on about another."""
OPENING, STEP = 3.0, 0.5
"""How far below the best logit a sentence counts at most that opens an article about the subject, and by how
much more with each sentence before it: there it need not name the subject."""
FEWEST_ARTICLES = 3
"""Articles about the subject that a timeline has; where fewer are near the best, those further away count."""
ALIKE = 0.5
"""Share of the shorter sentence's stems, beside the subject's, from which two tell the same."""
_POINTS_BACK = frozenset(
    "he she they it his her their its this that these those there then also but and so such".split()
)
_PRONOUNS = frozenset("he she him his her hers".split())
_ENDS = frozenset(".!?…\"”’')")


@dataclass(frozen=True, slots=True)
class Telling:
    """A sentence that tells of the subject; `score` is its logit with what its place and form are worth.

    `is_lead`: it opens its article, and says what that is about; `is_central`: its article is about the
    subject, which others may only mention.
    """

    candidate: Candidate
    score: float
    is_lead: bool
    is_central: bool
    dangles: bool
    """Whether it goes on about what the sentence before names."""

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
    def dated(self) -> str | None:
        """The first day of the first date in it; None where none is precise enough.

        An earlier year than that of publication is.
        """
        dates = [one for one in self.candidate.sentence.dates if not COMPARED.search(one.text)]
        if day := first_day(dates):
            return day
        earlier = (one.first for one in dates if one.first and one.first[:4] < self.published[:4])
        return next(earlier, None)

    @property
    def day(self) -> str:
        """The day it may be of, empty if not known; what lies ahead is news of the day that tells it."""
        told = self.dated
        return min(told, self.published) if told and self.published else told or self.published

    @property
    def happened(self) -> When | None:
        """When what it tells happened, by the words that are shown of it; None where that is not sure."""
        sentence = self.candidate.sentence
        if not sentence.dates:
            return None
        words = shown(self.quote.sentences[0]).text
        cut = self.candidate.text.find(words)
        moved = [
            replace(one, start=one.start - cut, end=one.end - cut)
            for one in sentence.dates
            if one.start >= cut
        ]
        return happened(words, moved, self.published or None)

    @property
    def time(self) -> str:
        """Its place in a timeline: when it happened, else when it was told; empty if neither is known."""
        told = self.happened
        return told.first if told else self.published

    @property
    def quote(self) -> Quote:
        """The sentence as a quote."""
        one = self.candidate
        return Quote(one.passage, (QuotedSentence(one.start, one.end, one.text),))


def tellings(found: Retrieved) -> list[Telling]:
    """The sentences that tell of the subject, best first; [] where the archive hardly tells of it."""
    subject = Subject.of(found.subject)
    sentences = [item for item in found.sentences if _is_of_years(item.candidate, subject)]
    best = max((item.logit for item in sentences), default=RELEVANT - 1)
    headed = {item.candidate.passage.article_id for item in sentences if _is_headed(item, subject)}
    near = {item.candidate.passage.article_id for item in sentences if item.logit >= best - NEAR}
    if best < RELEVANT and not headed:
        return []
    # What one side of a comparison tells need not score as well as what the other does.
    match found.question.intent:
        case "comparison":
            about = found.about
        case "latest":
            about = frozenset()  # The newest articles are told whatever they are about beside.
        case "timeline" if len(found.about & (headed | near)) < FEWEST_ARTICLES:
            about = found.about
        case _:
            about = found.about & (headed | near)
    leads, is_timeline = _leads(sentences, found, subject), found.question.intent == "timeline"
    told = []
    for item in sentences:
        one, logit = item.candidate, item.logit
        is_central = one.passage.article_id in about
        if is_central and _opens(one, subject, found):
            logit = max(logit, best - OPENING - STEP * len(one.preceding))
        elif is_central and is_timeline and one.sentence.dates:
            logit = max(logit, best - FURTHEST)
        is_told = is_central or _covers(one, subject)
        if logit < best - FURTHEST or not (is_told and _is_whole(one)):
            continue
        is_lead, dangles = one.start == leads.get(one.passage.article_id), _dangles(one)
        score = logit + LEAD * is_lead + CENTRAL * is_central - DANGLING * dangles
        told.append(Telling(one, score, is_lead, is_central, dangles))
    told.sort(key=lambda one: -one.score)
    return [one for one in told if _is_of_days(one, subject.days)] or told


def saying(found: Retrieved) -> list[Telling]:
    """The sentences that say themselves what is asked for, by their logits alone, best first.

    Their passages or headlines have all names of the subject.
    """
    subject = Subject.of(found.subject)
    best = max((item.logit for item in found.sentences), default=RELEVANT)
    leads = _leads(found.sentences, found, subject)
    return [
        Telling(one, item.logit, one.start == leads.get(one.passage.article_id), True, _dangles(one))
        for item in found.sentences
        if item.logit >= max(RELEVANT, best - FURTHEST)
        and _is_whole(one := item.candidate)
        and subject.names <= frozenset(stems(f"{one.passage.title} {one.passage.text}"))
        and _names_more(one, subject)
    ]


def focused(told: Sequence[Telling], subject: str) -> list[Telling]:
    """Those of articles that are about the subject, if any are, and others that name it themselves."""
    asked = Subject.of(subject)
    is_any = any(one.is_central for one in told)
    return [one for one in told if not is_any or one.is_central or asked.is_of(one.candidate.in_context)]


def _opens(one: Candidate, subject: Subject, found: Retrieved) -> bool:
    """Whether it opens its article, and has a word of the headline or the subject, or a day."""
    told = subject.words.union(stems(one.passage.title))
    is_told = not told.isdisjoint(one.sentence.stems) or first_day(one.sentence.dates) is not None
    return is_told and one.passage.id in found.openings


def _is_headed(item: ScoredSentence, subject: Subject) -> bool:
    """Whether its article has a headline about the subject, by names and words."""
    return bool(subject.names) and subject.is_of(item.candidate.passage.title, HEADED)


def _leads(sentences: Iterable[ScoredSentence], found: Retrieved, subject: Subject) -> dict[str, int]:
    """By article the place of its lead: the first whole sentence about its headline or the subject."""
    first: dict[str, int] = {}
    for one in (item.candidate for item in sentences):
        if one.passage.id not in found.openings or not _is_whole(one) or _dangles(one):
            continue
        if subject.words.union(stems(one.passage.title)).isdisjoint(one.sentence.stems):
            continue
        article = one.passage.article_id
        first[article] = min(one.start, first.get(article, one.start))
    return first


def _is_of_days(one: Telling, days: Sequence[tuple[str, str]]) -> bool:
    """Whether it tells of one of the spans of days, if any are asked for, or was published in one."""
    return not days or any(
        first <= day <= last for first, last in days for day in (one.dated, one.published) if day
    )


def _is_whole(one: Candidate) -> bool:
    """Whether it is a sentence: not a heading, a caption without an end, a list of everything."""
    return SHORTEST <= len(one.sentence.words) <= LONGEST and one.text.rstrip()[-1:] in _ENDS


def _covers(one: Candidate, subject: Subject) -> bool:
    """Whether its passage and headline hold enough of the subject's words."""
    held = frozenset(stems(f"{one.passage.title} {one.passage.text}")).union(map(str, subject.years))
    return len(subject.words & held) >= COVERED * len(subject.words)


def _names_more(one: Candidate, subject: Subject) -> bool:
    """Whether its passage or headline has a word of the subject beside names, if that has one."""
    more = subject.words - subject.names
    return not more or not more.isdisjoint(stems(f"{one.passage.title} {one.passage.text}"))


def _is_of_years(one: Candidate, subject: Subject) -> bool:
    """Whether it speaks for one of the subject's years, if it has any."""
    told = years_of(one.text, one.passage.title, one.passage.published_at)
    return not subject.years or not subject.years.isdisjoint(told)


def _dangles(one: Candidate) -> bool:
    """Whether it goes on about what the sentence before names: by a pronoun, or as words of who said that.

    "The region" and the like can be read alone.
    """
    opening = next((fold(word) for word, _, _ in one.sentence.words), "")
    if opening in _POINTS_BACK or one.antecedent is None:
        return opening in _POINTS_BACK
    references = one.sentence.references
    return not references or any(fold(each.text) in _PRONOUNS for each in references)


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


def in_order(chosen: Sequence[Telling], day: Callable[[Telling], str]) -> list[Telling]:
    """Those by day, the undated last; those of one day in the order of their articles and places."""
    return sorted(chosen, key=lambda one: (not day(one), day(one), one.article, one.candidate.start))
