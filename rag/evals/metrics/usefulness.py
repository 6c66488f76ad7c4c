"""One verdict on one answer: useful, answered without an answer, declined rightly or wrongly.

The other metrics each measure one property of an answer; this one says whether the person who asked was
served. What is right for a question is stated briefly: strings of which one must stand in a claim, the ids of
the articles that hold them, the statuses that are allowed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlsplit

from rag.evals.cases.case import ABSTENTIONS, HELP, LISTED
from rag.evals.metrics.abstention import ANSWERED
from rag.evals.metrics.answers import claims, says, says_number
from rag.evals.metrics.citations import cited_by


class Verdict(StrEnum):
    """The outcome of a question."""

    USEFUL = "useful"
    """A claim answers it; for a question about the archive the list does, for small talk the help."""
    DECLINED_RIGHTLY = "declined rightly"
    ASKED_BACK = "asked back"
    """Declined, with the right spelling of a misspelt name in `did_you_mean`."""
    WITHOUT_ANSWER = "answered without an answer"
    """Something was claimed or listed, and it does not answer the question."""
    WRONG = "answered wrongly"
    """A claim says what is known to be wrong, such as a false premise."""
    DECLINED_WRONGLY = "declined wrongly"

    @property
    def is_right(self) -> bool:
        """Whether this is the best outcome that the archive allows."""
        return self in (Verdict.USEFUL, Verdict.DECLINED_RIGHTLY, Verdict.ASKED_BACK)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is right for one question.

    `answers`: groups of alternative strings, one of which has to stand in a claim; "a & b" are two strings in
    the same claim. Every group has to be met, or the first, which is the main point, and `least` in all.
    `evidence`: ids of the articles that hold them; only claims that cite one of these count, where any is
    named. `articles` and `outlets`: how many different ones of the evidence have to be cited, or listed.
    `status`: those allowed. `must_not`: strings of a wrong answer, none of which may be claimed. `names`: the
    right spellings of a misspelt name. `intent`: what the question is to be taken for.
    """

    answers: tuple[tuple[str, ...], ...] = ()
    least: int | None = None
    evidence: tuple[str, ...] = ()
    articles: int = 0
    outlets: int = 0
    status: tuple[str, ...] = ANSWERED
    must_not: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    intent: str | None = None

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Self:
        """What a line of a question set says; other keys are not looked at."""
        several = ("evidence", "must_not", "names")
        stated: dict[str, Any] = {key: tuple(written[key]) for key in several if key in written}
        single = ("least", "articles", "outlets", "intent")
        stated |= {key: written[key] for key in single if key in written}
        groups = tuple(tuple(group) for group in written.get("answers", ()))
        return cls(groups, status=tuple(written.get("status", ANSWERED)), **stated)

    @property
    def allows_declining(self) -> bool:
        """Whether some abstention is right."""
        return any(status in ABSTENTIONS for status in self.status)


def verdict(expected: Expected, answer: Mapping[str, Any]) -> Verdict:
    """The outcome of the question, given the contract's ask object."""
    status = answer.get("status")
    if status in ANSWERED:
        return _of_claims(expected, answer)
    if status == LISTED:
        is_right = LISTED in expected.status and _lists(expected, answer)
        return Verdict.USEFUL if is_right else Verdict.WITHOUT_ANSWER
    if status == HELP and HELP in expected.status:
        return Verdict.DECLINED_RIGHTLY if expected.allows_declining else Verdict.USEFUL
    return _of_abstention(expected, answer)


def intent_match(expected: Expected, answer: Mapping[str, Any]) -> bool | None:
    """Whether the question was taken for what it is; None where either side does not say."""
    told = answer.get("intent")
    return None if told is None or expected.intent is None else told == expected.intent


def _of_claims(expected: Expected, answer: Mapping[str, Any]) -> Verdict:
    shown = claims(answer)
    if any(says(str(claim.get("text", "")), wrong) for claim in shown for wrong in expected.must_not):
        return Verdict.WRONG
    is_right = any(status in ANSWERED for status in expected.status) and _answers(expected, answer, shown)
    return Verdict.USEFUL if is_right else Verdict.WITHOUT_ANSWER


def _of_abstention(expected: Expected, answer: Mapping[str, Any]) -> Verdict:
    """A status that is not known counts as any abstention, as it does for clients."""
    status = answer.get("status")
    is_unknown = status not in ABSTENTIONS and status != HELP
    if status in expected.status or (is_unknown and expected.allows_declining):
        return Verdict.DECLINED_RIGHTLY
    asked_back = str(answer.get("did_you_mean") or "")
    if any(says(asked_back, name) for name in expected.names):
        return Verdict.ASKED_BACK
    return Verdict.DECLINED_WRONGLY


def _answers(expected: Expected, answer: Mapping[str, Any], shown: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the claims that rest on the evidence say what is expected."""
    counted, cited = [], []
    for claim in shown:
        found = [one for one in cited_by(claim, answer) if _is_evidence(expected, one.get("article_id"))]
        if found or not expected.evidence:
            counted.append(str(claim.get("text", "")))
            cited += found
    return bool(counted) and _holds(expected, counted) and _spans(expected, cited, "article_id")


def _lists(expected: Expected, answer: Mapping[str, Any]) -> bool:
    """Whether the listed articles, or the words of the answer, are what is expected."""
    listed = list(answer.get("articles") or ())
    told = [str(answer.get("answer", ""))]
    for article in listed:
        told += [str(article.get(key) or "") for key in ("title", "source", "published_at")]
    found = [article for article in listed if _is_evidence(expected, article.get("id"))]
    return _holds(expected, told) and _spans(expected, found, "id")


def _is_evidence(expected: Expected, article_id: object) -> bool:
    return not expected.evidence or article_id in expected.evidence


def _holds(expected: Expected, texts: Sequence[str]) -> bool:
    """Whether the first group and enough of all have an alternative in one of the texts."""
    met = [
        any(_says_all(text, alternative) for text in texts for alternative in group)
        for group in expected.answers
    ]
    return all(met[:1]) and sum(met) >= (len(met) if expected.least is None else expected.least)


def _says_all(text: str, alternative: str) -> bool:
    """Whether the text says every part; a part that is a lone number may be written in any way."""
    return all(says(text, part) or says_number(text, part) for part in alternative.split(" & "))


def _spans(expected: Expected, places: Sequence[Mapping[str, Any]], key: str) -> bool:
    """Whether the places are of as many articles and outlets as are asked for."""
    articles = {place.get(key) for place in places}
    return len(articles) >= expected.articles and len({*map(_outlet, places)}) >= expected.outlets


def _outlet(place: Mapping[str, Any]) -> str:
    """The outlet of a citation or a listed article: its stated source, else the site of its address."""
    return str(place.get("source") or urlsplit(str(place.get("url") or "")).netloc).casefold()
