"""All measures of an answer by name, the expectations that it does not meet, and the means of a run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from textwrap import shorten
from typing import Any, get_args

from rag.evals.cases.case import HELP, Case
from rag.evals.cases.record import Record
from rag.evals.metrics import answers, citations, retrieval
from rag.evals.metrics.abstention import (
    accepts,
    aurc,
    curve,
    intent_match,
    is_abstention,
    precision_and_recall,
    status_match,
)
from rag.evals.metrics.citations import ArticleText
from rag.evals.metrics.statistics import Interval as Interval
from rag.evals.metrics.statistics import bootstrap, percentile_of
from rag.usage import CallKind

_OF_CASE: tuple[Callable[[Case, Mapping[str, Any]], float | None], ...] = (
    *(answers.answer_contains, answers.exact_match, answers.token_f1, answers.numeric_match),
    *(answers.must_say, answers.must_not_say, citations.must_cite, citations.evidence_cited),
    *(citations.citation_precision, citations.citation_recall, status_match),
    intent_match,
)
_OF_ANSWER: tuple[Callable[[Mapping[str, Any]], float | None], ...] = (
    *(answers.sentences_quoted, citations.marks_agree, citations.verbatim_held),
    *(citations.claim_overlap, citations.dates_told, citations.unsupported_rate),
    *(citations.unconfirmed_rate, citations.left_out_rate, answers.gaps),
)
"""Measures by their function's name: of an answer to a case, and of an answer alone."""
JUDGED = ("judged_citation_recall", "judged_citation_precision", "judged_assertions", "not_judged")
"""What only a judge measures (rag/evals/judge.py); it is advisory."""
LOWER_IS_BETTER = tuple(
    "unsupported_rate unconfirmed_rate left_out_rate latency_ model_calls prompt_tokens completion_tokens"
    " tokens_ cost aurc not_judged".split()
)
"""Beginnings of the names of measures of which less is better."""
NEITHER_IS_BETTER = ("abstained", "sentences_quoted", "gaps")
_SHORT = 120


def scores(
    case: Case, answer: Mapping[str, Any], article_text: ArticleText | None = None
) -> dict[str, float | None]:
    """Every measure of one answer by name; None where the case asks nothing of it, and never NaN.

    Shares and marks are 0 to 1, `latency_*` milliseconds, `*_tokens`, `tokens_*`, `model_calls`, `gaps` and
    `sentences_quoted` counts. `tokens_*` (by what a call is for) are there where a model was called.
    `abstained` is 1 for an abstention, wanted or not, and None for help. Where a case accepts the abstention
    or the help that came, nothing is asked of its words but `must_say` and `must_not_say`.
    """
    asked = _asked(case, answer)
    measured = retrieval.retrieval(case, answer)
    measured |= {measure.__name__: measure(asked, answer) for measure in _OF_CASE}
    measured |= {measure.__name__: measure(answer) for measure in _OF_ANSWER}
    measured["quote_fidelity"] = citations.quote_fidelity(answer, article_text)
    status = answer.get("status")
    measured["abstained"] = None if status == HELP else float(is_abstention(status))
    timing, usage = answer.get("timing_ms") or {}, answer.get("usage") or {}
    measured |= {f"latency_{stage}": float(value) for stage, value in timing.items() if value is not None}
    measured |= {name: float(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens")}
    return measured | _calls(usage)


def failures(
    case: Case, answer: Mapping[str, Any], article_text: ArticleText | None = None
) -> tuple[str, ...]:
    """One sentence for each expectation that is not met; what no answer may do is expected of every one."""
    return (*_unexpected(_asked(case, answer), answer), *_broken(answer, article_text))


def aggregate(records: Sequence[Record]) -> dict[str, Interval]:
    """The mean of every measure with its 95 % interval, and what only a whole run has; n counts cases.

    A case asked several times counts once, with its mean. `passed` is over all cases, an errored item failed;
    every other measure leaves errored items out. Besides the means, over all answers: `abstention_precision`
    and `abstention_recall`, also by kind, `latency_*_p50` and `_p95`, and `aurc`. A measure that no case asks
    for is there with n = 0.
    """
    graded = [one for one in records if one.error is None and one.answer is not None]
    names = dict.fromkeys(name for one in graded for name in one.scores)
    found = {"passed": passed(records)}
    for name in names:
        values = [(one.case.id, value) for one in graded if (value := one.scores.get(name)) is not None]
        found[name] = bootstrap(case_means(values))
        if name.startswith("latency_"):
            each = [value for _, value in values]
            found |= {f"{name}_p{share}": bootstrap(each, percentile_of(share)) for share in (50, 95)}
    points = curve(records)
    return found | precision_and_recall(records) | {"aurc": Interval(aurc(points), None, None, len(points))}


def passed(records: Sequence[Record]) -> Interval:
    """The share of cases that passed; a case asked several times counts once, with its mean."""
    return bootstrap(case_means([(one.case.id, float(one.passed)) for one in records]))


def verdict_on(name: str, change: float) -> str:
    """Whether a measure that changed by so much is better or worse; more or less where neither is better."""
    if name.startswith(NEITHER_IS_BETTER):
        return "more" if change > 0 else "less"
    return "better" if (change > 0) is not name.startswith(LOWER_IS_BETTER) else "worse"


def case_means(values: Sequence[tuple[str, float]]) -> list[float]:
    """The mean of the values of each case, from pairs of its id and a value, in the order of first ids."""
    grouped: dict[str, list[float]] = {}
    for key, value in values:
        grouped.setdefault(key, []).append(value)
    return [sum(each) / len(each) for each in grouped.values()]


def _calls(usage: Mapping[str, Any]) -> dict[str, float | None]:
    """How many calls to models an answer took, and the tokens that each kind of call read and wrote."""
    calls, tokens = usage.get("calls") or {}, usage.get("tokens") or {}
    by_kind = {kind: sum((tokens.get(kind) or {}).values()) for kind in get_args(CallKind)}
    made = {f"tokens_{kind}": float(used) if calls else None for kind, used in by_kind.items()}
    return {"model_calls": float(sum(calls.values()))} | made


def _asked(case: Case, answer: Mapping[str, Any]) -> Case:
    """The case, without what it asks of an answer when it accepts the abstention that came."""
    status = answer.get("status")
    if not (case.status and (is_abstention(status) or status == HELP) and accepts(case, status)):
        return case
    return replace(case, answer=(), answer_regex=None, evidence=(), must_cite=())


def _unexpected(case: Case, answer: Mapping[str, Any]) -> Iterator[str]:
    status = answer.get("status")
    got = _short(answers.said(answer)) or f"no claim, status {status}"
    if not accepts(case, status):
        yield f"expected the status {_any(case.status)}, got {status}: {_short(answers.shown_text(answer))}"
    if intent_match(case, answer) == 0:
        yield f"expected the intent {_any(case.intent)}, got {answer.get('intent')}"
    if answers.answer_contains(case, answer) == 0:
        pattern = [f"/{case.answer_regex}/"] if case.answer_regex else []
        yield f"expected {_any([*map(_quoted, case.answer), *pattern])} in the answer, got {got}"
    quotes = _any([_short(str(one["quote"])) for one in citations.cited(answer)]) or "no citation"
    if case.evidence and not citations.holds_evidence(case, answer):
        yield f"expected a citation that holds {_any([_short(one) for one in case.evidence])}, got {quotes}"
    ids = ", ".join(dict.fromkeys(str(one["article_id"]) for one in citations.cited(answer))) or "none"
    for wanted in citations.not_cited(case, answer):
        yield f"expected a citation of {wanted}, got {ids}"
    for wanted in answers.not_said(case, answer):
        yield f"expected the answer to say {_quoted(wanted)}, got {_short(answers.shown_text(answer))}"
    for unwanted in answers.wrongly_said(case, answer):
        yield f"expected the answer not to say {_quoted(unwanted)}, got {_short(answers.shown_text(answer))}"


def _broken(answer: Mapping[str, Any], article_text: ArticleText | None) -> Iterator[str]:
    for number in citations.marks_that_disagree(answer):
        yield f"expected mark [{number}] in a sentence, the text and the list of citations, got only some"
    for one in citations.citations(answer):
        if citations.is_true(one, answer, article_text) is False:
            place = f"{one['article_id']} {one['start']}-{one['end']}"
            yield f"expected the article's own words at {place}, got {_short(str(one['quote']))}"
    for claim in answers.claims(answer):
        marks = claim.get("citations") or ()
        if claim.get("support") == "verbatim" and not citations.is_held(claim, answer):
            yield f"expected {_short(str(claim.get('text')))} in what {list(marks)} quotes, got other words"
        elif not marks:
            yield f"expected a citation for {_short(str(claim.get('text')))}, got none"


def _any(options: Sequence[str]) -> str:
    return " or ".join(options)


def _quoted(text: str) -> str:
    return f"“{text}”"


def _short(text: str) -> str:
    return _quoted(shorten(text, _SHORT, placeholder=" ...")) if text.strip() else ""
