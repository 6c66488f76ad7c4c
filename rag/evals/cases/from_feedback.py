"""Drafts cases from feedback: answers that readers marked as helpful or not, for a person to finish."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from index.language.words import fold
from rag.evals.cases.case import ABSTENTIONS, STATUSES, Case
from rag.evals.cases.starter import to_mapping
from rag.feedback import Feedback

MOST_CHARACTERS = 1_000_000
"""Most characters of all drafts together, approximately; a case file may hold twice as many."""
NOT_HELPFUL = "marked as not helpful"
REMOVED = "an article that it cited is no longer in the archive"

HEADER = """\
# Drafted by onrecord from what people marked on the page. Review every case before you trust it:
# - `up`: somebody found the answer helpful. Is it right? Add `answer`, and other articles that say the same.
# - `down`: somebody did not. Write what is right (`answer`, `must_cite`, `status`) and take `known_gap` out:
#   until then the case is reported and gates nothing.
# - What was asked may name people who asked, or hold what they would not publish: take that out.
# Take the tag `draft` off what you have reviewed, and delete the rest. All keys: docs/evaluation.md
"""


@dataclass(slots=True)
class Drafts:
    """The drafts, latest feedback last; `left_out` counts older ones that did not fit."""

    cases: list[Case] = field(default_factory=list)
    left_out: int = 0


def drafts(rows: Iterable[Feedback], has: Callable[[str], bool] = lambda _: True) -> Drafts:
    """One case for each question with its filters and conversation, by the latest verdict on it.

    Helpful: a later answer has to have its status, articles and quotes. Not helpful: a known gap, in the
    words of the comment. `rows` come oldest first. Citations of an article that the archive no longer `has`
    are left out, with their quotes.
    """
    latest: dict[tuple[object, ...], Feedback] = {}
    comments: dict[tuple[object, ...], str] = {}
    for row in rows:
        key = _asked(row)
        previous = latest.pop(key, None)
        if previous is None or previous.verdict != row.verdict:
            comments.pop(key, None)
        latest[key] = row
        if row.comment:
            comments[key] = row.comment
    room, chosen = MOST_CHARACTERS, list[Case]()
    for key in reversed(latest):
        case = _case(latest[key], comments.get(key, ""), has)
        room -= len(json.dumps(to_mapping(case)))
        if room < 0:
            break
        chosen.append(case)
    return Drafts(chosen[::-1], len(latest) - len(chosen))


def _asked(row: Feedback) -> tuple[object, ...]:
    """What makes two questions the same: words, filters, and what was asked before them."""
    asked = [row.question, *(turn.content for turn in row.history if turn.role == "user")]
    return tuple(" ".join(fold(text).split()) for text in asked), row.where


def _case(row: Feedback, comment: str, has: Callable[[str], bool]) -> Case:
    made = Case(
        f"feedback-{row.id}",
        row.question,
        history=row.history,
        where=row.where,
        tags=("draft", "feedback", row.verdict),
    )
    if row.verdict == "down":
        return replace(made, known_gap=" ".join(comment.split()) or NOT_HELPFUL)
    status = (row.status,) if row.status in STATUSES else ()
    if row.status in ABSTENTIONS:
        return replace(made, status=status)
    cited = [one for one in row.citations if has(one.article_id)]
    return replace(
        made,
        status=status,
        must_cite=_each(one.article_id for one in cited),
        evidence=_each(one.quote for one in cited),
        known_gap=None if len(cited) == len(row.citations) else REMOVED,
    )


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts that say something, each once."""
    return tuple(dict.fromkeys(text for text in texts if text.strip()))
