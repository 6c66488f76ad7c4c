"""Answers of several quotations: an overview, a timeline, the latest, a comparison.

Each takes sentences that tell of the subject (`rag.quote.telling`) and gives quotes in an order that says
something. Where there are too few, None: the question is then read as one that asks for a fact.
"""

from collections.abc import Sequence
from dataclasses import replace

from rag.question.analysed import Subject
from rag.question.intent import is_bare_subject, matched
from rag.question.preferences import Side
from rag.quote.compared import across_outlets
from rag.quote.quotes import Quote
from rag.quote.telling import Telling, distinct, focused, in_order, saying, tellings
from rag.retrieve.preferred import speaks_of
from rag.retrieve.search import Retrieved

MOST = 8
"""Sentences of an overview or a timeline. Of 48 by which was tuned 41 are right with 8, 38 with 6."""
MOST_LEADS = 3
"""First sentences of articles about the subject that an overview has before all others."""
FEWEST = 3
"""Sentences that stand alone, from which on none is quoted that goes on about another."""
FEWEST_DAYS = 2
"""Days of a timeline, at least."""
NEWEST = 3
"""Articles that say the latest."""
OF_SIDE = 2
"""Sentences of each side of a comparison."""
SURE = 0.0
"""The logit from which on a sentence of an article about something else tells of a bare subject."""
DATED = 2.5
"""What a date of its own is worth to a sentence of a timeline, in logits."""


OF_FIRST = 4
"""First reports that are quoted, of each outlet one before further ones."""
TELLS = 3.0
"""How far below the best score a sentence may lie that reports it first, in logits."""


def read_form(found: Retrieved) -> list[Quote] | None:
    """The quotes of the form that is asked for, in order; None where there are too few."""
    told = tellings(found)
    match found.question.intent:
        case "overview" if is_of_first_reports(found):
            quotes = first_reports([*saying(found), *_leads_of_name(told, found.subject)])
        case "overview" if is_bare_subject(found.question) and not any(map(_is_about, told)):
            return None
        case "overview":
            quotes = overview(told, found.subject)
        case "timeline":
            quotes = timeline(told, found.subject)
        case "latest":
            quotes = latest(told, found.subject)
        case "comparison":
            quotes = comparison(told, found.subject, found.sides)
            if len({side.outlet for side in found.sides if side.outlet}) < 2:
                quotes = quotes or across_outlets(saying(found), found.subject)
            if not quotes and not found.sides:  # Only one outlet tells of it.
                quotes = overview(saying(found), found.subject)
            if not quotes:
                quotes = overview(_of_one_side(told, found.sides), found.subject)
        case _:
            return None
    return quotes or None


def _of_one_side(told: Sequence[Telling], sides: Sequence[Side]) -> list[Telling]:
    """What the only one of several outlets says that tells of it at all; [] where another does too."""
    of_outlets = [side for side in sides if side.outlet]
    said = [[one for one in told if speaks_of(side, one.candidate.passage)] for side in of_outlets]
    telling = list(filter(None, said))
    return telling[0] if len(telling) == 1 else []


def _is_about(one: Telling) -> bool:
    """Whether it tells of a subject of one word rather than having the word in passing."""
    return one.is_central or one.score >= SURE


def overview(told: Sequence[Telling], subject: str) -> list[Quote]:
    """Leads and the best sentences of several articles, one development each, in the order of publication.

    Articles about the subject come before such as mention it, and have more sentences.
    """
    about = focused(told, subject)
    settled = [one for one in about if not one.dangles]
    about = settled if len(settled) >= FEWEST else about
    leads = (one for one in about if one.is_lead and one.is_central)
    chosen = distinct(leads, subject, MOST_LEADS)
    for ranked, of_article in ((about, OF_SIDE), (about, MOST)):
        chosen = distinct(ranked, subject, MOST, of_article, known=chosen)
    return [one.quote for one in in_order(chosen, lambda one: one.published)]


def timeline(told: Sequence[Telling], subject: str) -> list[Quote]:
    """Sentences that may be of different days, in the order of what they tell, before that of publication.

    Each says when it happened, where that is sure. An overview where all are of one day.
    """
    about = focused(told, subject)
    ranked = sorted(about, key=lambda one: -(one.score + DATED * (one.dated is not None)))
    ranked = distinct(ranked, subject, 3 * MOST, of_article=MOST)
    first: dict[str, Telling] = {}
    for one in ranked:
        first.setdefault(one.day, one)
    chosen = [one for day, one in first.items() if day][:MOST]
    if len(chosen) < FEWEST_DAYS:
        return overview(told, subject)
    chosen = distinct(ranked, subject, MOST, of_article=MOST, known=chosen)
    return [replace(one.quote, when=one.happened) for one in in_order(chosen, lambda one: one.time)]


def latest(told: Sequence[Telling], subject: str) -> list[Quote]:
    """The best sentences of the newest articles that tell of the subject, the newest first."""
    days = {one.article: one.published for one in told}
    newest = sorted(days, key=lambda article: days[article], reverse=True)[:NEWEST]
    chosen = distinct((one for one in told if one.article in newest), subject, 2 * NEWEST)
    chosen.sort(key=lambda one: (newest.index(one.article), one.candidate.start))
    return [one.quote for one in chosen]


def comparison(told: Sequence[Telling], subject: str, sides: Sequence[Side]) -> list[Quote]:
    """The best sentences of each side, side by side; [] where fewer than two sides have one."""
    taken: set[int] = set()
    columns: list[list[Quote]] = []
    for side in sides:
        of_side = [one for one in told if speaks_of(side, one.candidate.passage) and id(one) not in taken]
        chosen = distinct(of_side, subject, OF_SIDE)
        taken.update(map(id, chosen))
        columns.append([one.quote for one in chosen])
    return [quote for column in columns for quote in column] if sum(map(bool, columns)) > 1 else []


# First reports


def is_of_first_reports(found: Retrieved) -> bool:
    """Whether it is asked who told something first: "which outlet first reported the fire"."""
    match = matched(found.question, "overview", tuple)
    return match is not None and match.section == "overview: first reports"


def first_reports(told: Sequence[Telling]) -> list[Quote]:
    """The sentence of each outlet that tells it first, in the order of publication; [] where none is dated.

    The first of all opens its article or tells it best: what stands further down in an earlier article mostly
    speaks of what is yet to come.
    """
    dated = [one for one in told if one.published]
    if not dated:
        return []
    best = max(dated, key=lambda one: one.score)
    near = [one for one in dated if one.score >= best.score - TELLS]
    begins = min(one.published for one in near if one.is_lead or one is best)
    later = [one for one in near if one.published > begins or one.is_lead or one is best]
    later = [one for one in later if one.published >= begins]
    by_day = sorted(later, key=lambda one: (one.candidate.passage.published_at or "", -one.score))
    of_outlets = {one.candidate.passage.source or one.article: one for one in reversed(by_day)}
    of_articles = {one.article: one for one in reversed(by_day)}
    first = [one for one in by_day if one in of_outlets.values()]
    others = [one for one in by_day if one in of_articles.values() and one not in first]
    chosen = [*first, *others][:OF_FIRST]
    return [one.quote for one in by_day if one in chosen]


def _leads_of_name(told: Sequence[Telling], subject: str) -> list[Telling]:
    """What opens an article about the subject and names it, where that is a name and nothing more."""
    asked = Subject.of(subject)
    if not asked.words <= asked.names:
        return []
    return [one for one in told if one.is_lead and one.is_central and asked.is_of(one.candidate.text)]
