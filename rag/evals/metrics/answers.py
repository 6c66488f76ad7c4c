"""Measures of an answer's text: containment, exact match, token F1, numbers.

The text is that of the shown sentences; a claim that failed its checks is no part of it.
"""

import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import regex

from corpus.errors import UsageError
from index.language.quantities import quantities
from rag.evals.cases.case import LISTED, Case
from rag.evals.metrics.abstention import is_abstention

_QUOTES = str.maketrans("‘’‚‛´`“”„‟«»‐‑‒–—―−", "''''''\"\"\"\"\"\"-------")
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|%")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese."""
_ARTICLES = {"a", "an", "the"}
REGEX_SECONDS = 1.0
"""Seconds that a case's regex may look for its match in one answer."""


def claims(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sentences that the answer claims and shows; none in an abstention."""
    return [sentence for sentence in shown_sentences(answer) if sentence.get("role") == "claim"]


def shown_sentences(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sentences of the answer's text: all but those that failed their checks, or are folded under it."""
    return [
        one
        for one in answer.get("sentences") or ()
        if one.get("support") != "unsupported" and not one.get("folded")
    ]


def said(answer: Mapping[str, Any], roles: Sequence[str] = ("claim", "lead")) -> str:
    """Plain words, without marks, of the shown sentences of these roles; an abstention has only notices.

    Of a list of articles all that it says, and their headlines and outlets.
    """
    if answer.get("status") == LISTED:
        told = [str(one.get("text", "")) for one in shown_sentences(answer)]
        articles = answer.get("articles") or ()
        return " ".join([*told, *(f"{one.get('title')} ({one.get('source')})" for one in articles)])
    return " ".join(str(one.get("text", "")) for one in shown_sentences(answer) if one.get("role") in roles)


def shown_text(answer: Mapping[str, Any]) -> str:
    """Everything that the answer tells the user: leads, claims, gaps, notices."""
    notices = (str(notice) for notice in answer.get("notices") or ())
    return " ".join([said(answer, ("claim", "lead", "gap", "notice")), *notices])


def folded(text: str) -> str:
    """One case, one kind of quotation mark and dash, single spaces: for comparing verbatim words."""
    return " ".join(text.translate(_QUOTES).casefold().split())


def words(text: str) -> list[str]:
    """Words and numbers in one spelling: no case, punctuation or articles, 40,746 as 40746, per cent as %."""
    text = _INITIALS.sub(lambda match: match[0].replace(".", ""), folded(text))
    text = re.sub(r"\bper\s?cent\b", "%", text)
    tokens = [one.replace(",", "") if _THOUSANDS.fullmatch(one) else one for one in _TOKEN.findall(text)]
    return [token for token in tokens if token not in _ARTICLES]


def says(text: str, expected: str) -> bool:
    """Whether the words of `expected` stand in `text` one after another.

    What has no words (signs, a lone article), or is of a script without spaces, is looked for as it is.
    """
    wanted = words(expected)
    if not wanted or _UNSPACED.search(expected):
        return bool(expected.strip()) and folded(expected) in folded(text)
    return f" {' '.join(wanted)} " in f" {' '.join(words(text))} "


def answer_contains(case: Case, answer: Mapping[str, Any]) -> float | None:
    """1 when an accepted string or the accepted pattern stands in the answer's claims and leads, else 0.

    An accepted string that is just a number (12 %, $1.7 million) may be written in any way.
    """
    if not (case.answer or case.answer_regex):
        return None
    text = said(answer)
    if is_abstention(answer.get("status")):
        return 0.0
    return float(
        _matches(case, text) or any(says(text, one) or says_number(text, one) for one in case.answer)
    )


def _matches(case: Case, text: str) -> bool:
    """Whether the accepted pattern is in the text. Raises UsageError when looking for it takes too long."""
    if case.answer_regex is None:
        return False
    try:
        return regex.search(case.answer_regex, text, timeout=REGEX_SECONDS) is not None
    except TimeoutError as error:
        raise UsageError(
            f"the regex of the case {case.id!r}{f' ({case.origin})' if case.origin else ''} took longer than "
            f"{REGEX_SECONDS:g} s on its answer; write it without repetitions inside repetitions"
        ) from error


def exact_match(case: Case, answer: Mapping[str, Any]) -> float | None:
    """1 when the claims' text is an accepted string after SQuAD's normalisation, else 0.

    Source: Rajpurkar et al., SQuAD (2016), section 6.1. An answer in whole sentences seldom is.
    """
    return _best(squad_exact, case, answer)


def token_f1(case: Case, answer: Mapping[str, Any]) -> float | None:
    """Harmonic mean (0 to 1) of word precision and recall of the claims' text, best accepted string.

    Source: Rajpurkar et al., SQuAD (2016), section 6.1.
    """
    return _best(squad_f1, case, answer)


def squad_normalised(text: str) -> str:
    """Lower case, without ASCII punctuation, then without articles, single spaces, in SQuAD's order."""
    text = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def squad_exact(predicted: str, gold: str) -> float:
    """1 when both are the same after SQuAD's normalisation, else 0."""
    return float(squad_normalised(predicted) == squad_normalised(gold))


def squad_f1(predicted: str, gold: str) -> float:
    """F1 (0 to 1) over the words that both share, as often as both do; two texts without words agree."""
    ours, theirs = squad_normalised(predicted).split(), squad_normalised(gold).split()
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def numeric_match(case: Case, answer: Mapping[str, Any]) -> float | None:
    """1 when every number of one accepted string is said, however it is written, in its unit if it has one.

    0.16 million is 160,000, twelve percent is 12 %. None when no accepted string has a number.
    """
    expected = [numbers for numbers in map(quantities, case.answer) if numbers]
    if not expected:
        return None
    found = quantities(said(answer))
    return float(any(all(number.is_in(found) for number in numbers) for numbers in expected))


def must_say(case: Case, answer: Mapping[str, Any]) -> float | None:
    """The share (0 to 1) of `must_say` that stands in what the user is told."""
    return 1 - len(not_said(case, answer)) / len(case.must_say) if case.must_say else None


def must_not_say(case: Case, answer: Mapping[str, Any]) -> float | None:
    """1 when nothing of `must_not_say` stands in what the user is told, else 0."""
    return float(not wrongly_said(case, answer)) if case.must_not_say else None


def not_said(case: Case, answer: Mapping[str, Any]) -> list[str]:
    """What of `must_say` is missing."""
    return [wanted for wanted in case.must_say if not says(shown_text(answer), wanted)]


def wrongly_said(case: Case, answer: Mapping[str, Any]) -> list[str]:
    """What of `must_not_say` is said."""
    return [unwanted for unwanted in case.must_not_say if says(shown_text(answer), unwanted)]


def sentences_quoted(answer: Mapping[str, Any]) -> float | None:
    """How many claims stand word for word in an article; None for an abstention, which quotes nothing."""
    if is_abstention(answer.get("status")):
        return None
    return float(sum(claim.get("support") == "verbatim" for claim in claims(answer)))


def gaps(answer: Mapping[str, Any]) -> float:
    """How many sentences, folded ones too, say what the articles do not say."""
    kept = [one for one in answer.get("sentences") or () if one.get("support") != "unsupported"]
    return float(sum(one.get("role") == "gap" for one in kept))


def says_number(text: str, accepted: str) -> bool:
    """Whether `accepted` is one number, with its unit or without, and the text says it in any spelling."""
    numbers = quantities(accepted)
    if len(numbers) != 1 or numbers[0].low != numbers[0].high:
        return False
    around = accepted.replace(numbers[0].text, "", 1).split()
    is_bare = not around or (len(around) == 1 and numbers[0].unit is not None)
    return is_bare and numbers[0].is_in(quantities(text))


def _best(measure: Callable[[str, str], float], case: Case, answer: Mapping[str, Any]) -> float | None:
    claimed = said(answer, ("claim",))
    return max(measure(claimed, gold) for gold in case.answer) if case.answer else None
