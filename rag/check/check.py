"""The first check of a sentence against what it cites: quoted words, numbers, names, negations, shared words.

What is asked is what ALCE calls citation recall and precision (Gao et al., "Enabling Large Language Models to
Generate Text with Citations", EMNLP 2023): does the cited text carry the whole sentence, and does each
citation help? ALCE asks an entailment model; this check compares words, exactly where exactness counts, and
would rather leave a true sentence out than let a false one pass.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.language.analysis import analyse_question
from index.language.sentence import Sentence
from index.language.words import stems, words
from rag.answer import Support
from rag.check.claim import Claim, Source, without_outlet
from rag.prompt.prompt_passages import PromptPassage
from rag.quote.extract import Quote, QuotedSentence

SHARE = 0.85
"""Of a sentence's content words, names and numbers aside, how many must stand in the span that carries it.

High on purpose: where one word of five may be new, "fought a fire" passes as "caused a fire".
"""
OWN_SHARE = 0.5
"""How many of them must stand in the one sentence that says it, where the one before names its subject."""
MOST_SENTENCES = 4
"""Neighbouring sentences that one citation may span."""
_FEWEST_WORDS = 4
"""Words of a sentence without marks that must stand in a passage as they are for it to be credited."""

_CLAUSES = re.compile(r";\s+|,?\s+(?:while|whereas|but)\s+", re.IGNORECASE)
_PARTS = re.compile(r"(?<=;)\s+")
_POINTS_BACK = re.compile(
    r"^[“\"‘']|\b(?:he|she)\b|^(?:\W*\w+\W+){0,3}(?:his|her|they|their|them|it|its)\b", re.IGNORECASE
)
_LEAD_IN = re.compile(
    r"^(?:(?:based on|according to|as (?:stated|reported|mentioned) in|from|per|in)\s+)"
    r"(?:(?:the|these|this)\s+)?(?:(?:provided|given|cited|numbered|available|above)\s+)*"
    r"(?:passages?|articles?|sources?|context|documents?|archive|information)"
    r"(?:\s+(?:provided|given|above|\d+))*\s*[,:]\s*",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"^(?:here (?:is|are)|here's|sure|certainly|of course|i hope|let me know|you asked|your question"
    r"|the question|to answer|in answer to|the following|below (?:is|are)|sources?|references?"
    r"|note that the passages)\b",
    re.IGNORECASE,
)
_SAYS_NOT = (
    r"\b(?:do|does|did|can|could|is|are|am|was|were|have|has)(?:\s+not\b|n['’]t\b)|\bcannot\b|\bunable\b"
)
_REFUSAL = re.compile(
    rf"(?:^|\b(?:the|these|this|provided|given|available|any|our|my)\s+(?:\w+\s+)?)"
    rf"(?:passages?|articles?|sources?|archive|context|documents?|excerpts?|information|material|text)\b.{{0,60}}"
    rf"(?:{_SAYS_NOT}|\b(?:no|nothing|neither|lacks?|insufficient)\b)"
    rf"|^(?:sorry|unfortunately|i)\b.{{0,60}}(?:{_SAYS_NOT}|\bno\b)"
    r"|\b(?:not|n['’]t|never|no (?:information|mention|answer|details?))\b.{0,60}"
    r"\b(?:in|by|from) (?:any of )?(?:the|these) (?:\w+ )?"
    r"(?:passages?|articles?|sources?|archive|context|documents?|excerpts?|information|material|text)\b"
    r"|^there is (?:no|not enough) (?:information|mention|answer)\b",
    re.IGNORECASE,
)


QuoteRun = tuple[QuotedSentence, ...]
"""Neighbouring sentences of a passage."""


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of a model, plain text without marks: its support and the quotes that carry it.

    `reason` says in one sentence why an unsupported one is unsupported.
    """

    text: str
    support: Support
    quotes: tuple[Quote, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Match:
    """The run of sentences that carries a text, or what is wrong with the one that comes nearest."""

    quote: Quote | None
    reason: str
    is_verbatim: bool = False


def check(
    text: str, marks: Sequence[int], shown: Sequence[PromptPassage], antecedent: str | None = None
) -> CheckedSentence:
    """Whether the passages with these marks carry the sentence; `shown` are all that the model was given.

    Each citation that carries the whole sentence is kept. Where none does alone, its clauses may rest on one
    citation each. `antecedent` is the person that "he" or "she" in the sentence goes back to.
    """
    if not marks:
        return _uncited(text, shown)
    cited = [one for one in shown if one.n in marks]
    if not cited:
        return CheckedSentence(text, "unsupported", (), "It cites a passage that there is not.")
    found = [_carried(text, one, antecedent) for one in cited]
    if quotes := tuple(one.quote for one in found if one.quote):
        is_verbatim = all(one.is_verbatim for one in found if one.quote)
        return CheckedSentence(text, "verbatim" if is_verbatim else "supported", quotes)
    if len(cited) > 1 and (quotes := _clause_by_clause(text, cited, antecedent)):
        return CheckedSentence(text, "supported", quotes)
    return CheckedSentence(text, "unsupported", (), found[0].reason)


def is_refusal(text: str) -> bool:
    """Whether a sentence says that the passages do not tell."""
    return _REFUSAL.search(text) is not None


def is_filler(text: str, question: str) -> bool:
    """Whether a sentence says nothing: an introduction, a "Yes.", or the question over again."""
    if text.endswith((":", "?")) or _FILLER.match(text) or not stems(text):
        return True
    return _folded(text) == _folded(question) or set(stems(text)) <= {"yes", "no", "ye"}


def without_lead_in(text: str) -> str:
    """The sentence without a "Based on the passages," in front."""
    rest = _LEAD_IN.sub("", text, count=1)
    return rest[:1].upper() + rest[1:] if rest != text else text


def _uncited(text: str, shown: Sequence[PromptPassage]) -> CheckedSentence:
    """A sentence without marks is credited to the passage that holds it word for word."""
    if len(words(text)) >= _FEWEST_WORDS:
        for one in shown:
            found = _carried(text, one, None)
            if found.quote and found.is_verbatim:
                return CheckedSentence(text, "verbatim", (found.quote,))
    return CheckedSentence(text, "unsupported", (), "It cites no passage.")


def _clause_by_clause(text: str, cited: Sequence[PromptPassage], antecedent: str | None) -> tuple[Quote, ...]:
    """One quote for each clause that one of the passages carries; none when a clause is left over.

    Each clause needs a name of its own: without one it would say of the first's subject what the passage says
    of another.
    """
    borders = [0, *(match.end() for match in _CLAUSES.finditer(text)), len(text)]
    said = analyse_question(text)
    clauses = [clause for start, end in pairwise(borders) if (clause := said.part(start, end)).stems]
    if len(clauses) < 2 or any(len(clause.stems) < 2 or not clause.names for clause in clauses):
        return ()
    quotes: dict[tuple[str, int, int], Quote] = {}
    for clause in clauses:
        carried = (_carried(clause.text, one, antecedent).quote for one in cited)
        quote = next((quote for quote in carried if quote), None)
        if quote is None:
            return ()
        quotes[(quote.passage.article_id, quote.start, quote.end)] = quote
    return tuple(quotes.values())


def _carried(text: str, one: PromptPassage, antecedent: str | None) -> _Match:
    """The shortest run of the passage's sentences that carries the text, the most alike of equal ones.

    One sentence has to say it; those in front of it may only name whom its pronouns point back to. Words
    gathered from several sentences would carry almost anything.
    """
    claim = Claim(analyse_question(without_outlet(text, one.passage.source)))
    around = Source(one.shown)
    told = set(claim.said.stems)
    content, said = claim.content, _folded(claim.said.text)
    if not said:
        return _Match(None, "It says nothing that could be looked up.")
    nearest, reason = (-1.0, -1), "The cited passage says something else."
    for length in range(1, MOST_SENTENCES + 1):
        best: tuple[float, QuoteRun] | None = None
        for run in _runs(one, length):
            *before, last = (one.analysis_of(sentence) for sentence in run)
            if ";" not in text:
                *front, last = _likest(_clauses(last), content)
                before += front
            if before and not _POINTS_BACK.search(last.text):
                continue
            own = _share(content, last)
            share = _share(content, before[-1], last) if before and own >= OWN_SHARE else own
            wrong = claim.missing_from(last, before, around, antecedent)
            if wrong is None and (
                share < SHARE or (claim.is_bare and f" {said} " not in f" {_folded(last.text)} ")
            ):
                wrong = "The cited passage says something else."
            if wrong is None and (best is None or share > best[0]):
                best = (share, run)
            likeness = share, len(told.intersection(last.stems))
            if wrong is not None and likeness > nearest:
                nearest, reason = likeness, wrong
        if best is not None:
            is_verbatim = f" {said} " in f" {_folded(best[1][-1].text)} "
            return _Match(Quote(one.passage, best[1]), "", is_verbatim)
    return _Match(None, reason)


def _clauses(sentence: Sentence) -> list[Sentence]:
    """The parts of a sentence between its semicolons."""
    borders = [0, *(match.end() for match in _PARTS.finditer(sentence.text)), len(sentence.text)]
    return [sentence.part(start, end) for start, end in pairwise(borders)]


def _likest(parts: Sequence[Sentence], content: Sequence[str]) -> Sequence[Sentence]:
    """The parts of a sentence with semicolons up to the one most like the text: it has to say it all."""
    shares = [_share(content, part) for part in parts]
    return parts[: shares.index(max(shares)) + 1]


def _runs(one: PromptPassage, length: int) -> Iterator[QuoteRun]:
    for run in one.runs:
        for first in range(len(run) - length + 1):
            yield run[first : first + length]


def _share(content: Sequence[str], *sentences: Sentence) -> float:
    held = {stem for one in sentences for stem in one.stems}
    return sum(stem in held for stem in content) / len(content) if content else 1.0


def _folded(text: str) -> str:
    """The words alone: what is left when case, quotation marks and punctuation are put aside."""
    return " ".join(word.casefold().replace("’", "'") for word, _, _ in words(text))
