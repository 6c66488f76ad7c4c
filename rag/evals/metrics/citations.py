"""Measures of citations: quotes true to the article, claims held by their quotes, expected evidence cited.

ALCE (Gao et al., Enabling Large Language Models to Generate Text with Citations, 2023) asks a model whether a
claim follows from its citations. Here everything is computed from words and offsets.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rag.check.claim import without_outlet
from rag.evals.cases.case import Case
from rag.evals.metrics.answers import claims, folded, said, shown_sentences, words
from rag.evals.metrics.statistics import mean
from rag.render import written_date

ArticleText = Callable[[str, str], str | None]
"""The text of an article, by its id, at a revision; None when there is none."""

_WORD = re.compile(r"\w+")
_MARK = re.compile(r"(?<!\\)\[(\d+)\]")


def quote_fidelity(answer: Mapping[str, Any], article_text: ArticleText | None = None) -> float | None:
    """The share (0 to 1) of citations whose quote is the article's text at their offsets, to the letter.

    Without `article_text` the answer's own passages are compared with, and a citation outside all of those
    that have their text is left out. An article that `article_text` does not know makes a citation wrong.
    None when nothing is left.
    """
    return mean(is_true(one, answer, article_text) for one in citations(answer))


def is_true(
    citation: Mapping[str, Any], answer: Mapping[str, Any], article_text: ArticleText | None = None
) -> bool | None:
    """Whether the quote stands at its offsets; None when no text is there to compare with."""
    start, end = citation["start"], citation["end"]
    if article_text is not None:
        text = article_text(citation["article_id"], citation["revision"])
        return text is not None and 0 <= start < end and text[start:end] == citation["quote"]
    for passage in answer.get("passages") or ():
        is_whole = len(passage["text"]) == passage["end"] - passage["start"]
        is_inside = passage["start"] <= start < end <= passage["end"]
        if is_whole and is_inside and _same_article(passage, citation):
            held = passage["text"][start - passage["start"] : end - passage["start"]]
            return bool(held == citation["quote"])
    return None


def marks_agree(answer: Mapping[str, Any]) -> float | None:
    """The share (0 to 1) of citation numbers known to sentences, list and rendered text alike.

    Less than 1: a mark dangles, a citation is used by no sentence, or the text shows other marks than the
    sentences. None when nothing is cited anywhere.
    """
    listed, used, written = _numbers(answer)
    everywhere = listed | used | written
    return len(listed & used & written) / len(everywhere) if everywhere else None


def marks_that_disagree(answer: Mapping[str, Any]) -> list[int]:
    """The numbers that are not known everywhere."""
    listed, used, written = _numbers(answer)
    return sorted((listed | used | written) - (listed & used & written))


def claim_overlap(answer: Mapping[str, Any]) -> float | None:
    """The share (0 to 1) of a claim's words that stand in the quotes it cites, as a mean over shown claims.

    1 for an answer in the articles' words whose marks are right; numbers mixed up bring it down. ROUGE-1
    precision of the claim against its quotes (Lin 2004). None without a claim.
    """
    return mean([_overlap(claim, answer) for claim in claims(answer)])


def verbatim_held(answer: Mapping[str, Any]) -> float | None:
    """The share (0 to 1) of claims called verbatim whose words stand in one of the quotes that they cite."""
    return mean([is_held(claim, answer) for claim in claims(answer) if claim.get("support") == "verbatim"])


def is_held(claim: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Whether the claim's words stand one after another in the quotes it cites, case and punctuation aside.

    The name of the cited outlet ("The Echo reported that ...") need not stand there.
    """
    behind, text = cited_by(claim, answer), str(claim.get("text", ""))
    readings = {text, *(without_outlet(text, one.get("source")) for one in behind)}
    quotes = _bare(" ".join(str(one["quote"]) for one in behind))
    return any(_bare(one) in quotes for one in readings)


def dates_told(answer: Mapping[str, Any]) -> float | None:
    """The share (0 to 1) of citations of dated articles that keep their date and whose day the answer names.

    An article is dated when a citation or passage of it is. The day stands in a lead or claim as
    "15 October 2019" or "2019-10-15". None without such a citation.
    """
    found = [*citations(answer), *(answer.get("passages") or ())]
    dated = {one["article_id"] for one in found if one.get("published_at")}
    days = [str(one.get("published_at") or "") for one in cited(answer) if one["article_id"] in dated]
    text = said(answer)
    return mean([bool(day) and (f"{written_date(day)}" in text or day[:10] in text) for day in days])


def unsupported_rate(answer: Mapping[str, Any]) -> float | None:
    """The share (0 to 1) of all claims, struck ones too, that failed the checks or cite nothing listed.

    None without a claim, as in every abstention.
    """
    listed = {one["n"] for one in citations(answer)}
    return mean(
        [
            one.get("support") == "unsupported" or not listed & set(one.get("citations") or ())
            for one in _made(answer, ("claim",))
        ]
    )


def unconfirmed_rate(answer: Mapping[str, Any]) -> float | None:
    """The share (0 to 1) of claims in the model's words that nobody confirmed, folded ones too.

    Of the claims that were not left out; None without one.
    """
    kept = [one for one in _made(answer, ("claim",)) if one.get("support") != "unsupported"]
    return mean([one.get("support") == "unconfirmed" for one in kept])


def left_out_rate(answer: Mapping[str, Any]) -> float | None:
    """The share (0 to 1) of claims and gaps that were left out because they failed their check."""
    return mean([one.get("support") == "unsupported" for one in _made(answer, ("claim", "gap"))])


def citation_precision(case: Case, answer: Mapping[str, Any]) -> float | None:
    """The share (0 to 1) of the citations behind the claims that rest on what was expected.

    Such a citation overlaps a place where the evidence stands; in a case without evidence it is of an article
    of `must_cite`. None when the case names neither, or nothing is cited.
    """
    if not (case.evidence or case.must_cite):
        return None
    return mean([is_relevant(case, one, answer) for one in cited(answer)])


def citation_recall(case: Case, answer: Mapping[str, Any]) -> float | None:
    """The share (0 to 1) of what must be cited that is: the evidence (any of it), and each of `must_cite`.

    None when the case names neither; 0 when nothing is cited.
    """
    missing = not_cited(case, answer)
    met = [holds_evidence(case, answer)] if case.evidence else []
    return mean(met + [wanted not in missing for wanted in case.must_cite])


def evidence_cited(case: Case, answer: Mapping[str, Any]) -> float | None:
    """1 when a citation's quote holds one of the case's evidence whole, else 0; None without evidence."""
    return float(holds_evidence(case, answer)) if case.evidence else None


def must_cite(case: Case, answer: Mapping[str, Any]) -> float | None:
    """The share (0 to 1) of `must_cite` that is cited."""
    return 1 - len(not_cited(case, answer)) / len(case.must_cite) if case.must_cite else None


def not_cited(case: Case, answer: Mapping[str, Any]) -> list[str]:
    """What of `must_cite` no claim cites; a list of articles cites these."""
    listed = [{**one, "article_id": one.get("id")} for one in answer.get("articles") or ()]
    named = [*cited(answer), *listed]
    return [wanted for wanted in case.must_cite if not any(is_of(one, wanted) for one in named)]


def holds_evidence(case: Case, answer: Mapping[str, Any]) -> bool:
    """Whether a citation behind a claim holds one of the case's evidence."""
    return any(find(evidence, one["quote"]) for one in cited(answer) for evidence in case.evidence)


def is_relevant(case: Case, found: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Whether a citation or passage overlaps the case's evidence, or else is of an article of `must_cite`."""
    if not case.evidence:
        return any(is_of(found, wanted) for wanted in case.must_cite)
    own = str(found.get("quote") or found.get("text") or "")
    if any(find(evidence, own) for evidence in case.evidence):
        return True
    places = (
        (passage["start"] + span[0], passage["start"] + span[1])
        for passage in answer.get("passages") or ()
        if _same_article(passage, found)
        for evidence in case.evidence
        if (span := find(evidence, passage["text"]))
    )
    return any(start < found["end"] and found["start"] < end for start, end in places)


def is_of(found: Mapping[str, Any], wanted: str) -> bool:
    """Whether a citation or passage is of `wanted`: an id, the end of an id that is a path, a URL, title."""
    identity, name = str(found.get("article_id") or ""), wanted.strip()
    addresses = {str(found.get("url") or "").rstrip("/"), identity.rstrip("/")} - {""}
    return (
        name.rstrip("/") in addresses
        or ("://" not in identity and identity.endswith("/" + name))
        or (bool(found.get("title")) and folded(str(found["title"])) == folded(name))
    )


def find(evidence: str, text: str) -> tuple[int, int] | None:
    """Where the evidence stands in the text; case and kinds of quotation mark, dash and space aside."""
    pattern = r"\s+".join(
        "".join(_ANY_OF.get(character, re.escape(character)) for character in word)
        for word in evidence.split()
    )
    match = re.search(pattern, text, re.IGNORECASE) if pattern else None
    return match.span() if match else None


_ANY_OF = {
    character: f"[{re.escape(kind)}]" for kind in ("'‘’‚‛´`", '"“”„‟«»', "-‐‑‒–—―−") for character in kind
}


def citations(answer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The answer's list of citations."""
    return answer.get("citations") or ()


def cited(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The citations that shown claims name, each once."""
    named = {n for claim in claims(answer) for n in claim.get("citations") or ()}
    return [one for one in citations(answer) if one["n"] in named]


def cited_by(claim: Mapping[str, Any], answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The citations that one claim names, in its order, each once."""
    by_number = {one["n"]: one for one in citations(answer)}
    return [by_number[n] for n in dict.fromkeys(claim.get("citations") or ()) if n in by_number]


def _made(answer: Mapping[str, Any], roles: Sequence[str]) -> list[Mapping[str, Any]]:
    """The sentences of these roles, left out and folded ones too."""
    return [one for one in answer.get("sentences") or () if one.get("role") in roles]


def _bare(text: str) -> str:
    return f" {' '.join(_WORD.findall(folded(text)))} "


def _overlap(claim: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    own = Counter(words(str(claim.get("text", ""))))
    there = Counter(word for one in cited_by(claim, answer) for word in words(str(one["quote"])))
    return (own & there).total() / own.total() if own else 1.0


def _numbers(answer: Mapping[str, Any]) -> tuple[set[int], set[int], set[int]]:
    """Numbers of the list, of the shown sentences, of the rendered text (the sentences' if there is none).

    A folded sentence has its citations in the list and is no part of the text.
    """
    used = {n for sentence in shown_sentences(answer) for n in sentence.get("citations") or ()}
    folded = {
        n
        for sentence in answer.get("sentences") or ()
        if sentence.get("folded")
        for n in sentence.get("citations") or ()
    }
    rendered = answer.get("answer")
    written = {int(n) for n in _MARK.findall(rendered)} if isinstance(rendered, str) else used
    return {one["n"] for one in citations(answer)} - (folded - used), used, written


def _same_article(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one.get(key) == other.get(key) for key in ("article_id", "revision"))
