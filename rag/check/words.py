"""What words alone can decide of a written sentence: exact parts, close wording, order and direction."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from index.language.analysis import analyse_question
from index.language.order import predicates
from index.language.relations import DETERMINERS
from index.language.sentence import Sentence
from index.language.words import stem, words
from rag.answer import Notice, Support
from rag.check.claim import content, folded, without_outlet
from rag.check.exact import ExactParts, Placed, Standing
from rag.check.gaps import gap_of, is_fixed_gap
from rag.check.lookups import Material, material_of
from rag.check.wording import Claim, Wording, wording
from rag.prompt.passages import PromptPassages, PromptSentence

_FEWEST_WORDS = 4
"""Words of a sentence without numbers that must stand in one of the material for it to be credited to it."""
_MOST_CITED = 3
"""Sentences that one without numbers is taken to rest on."""
_FOUND_SHARE = 0.6
"""Of the content words of a sentence without numbers, how many those sentences must hold."""
_CLAUSES = re.compile(r";\s+|,?\s+(?:while|whereas|but)\s+|,\s+and\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WordCheck:
    """A written sentence, plain text without marks, and what words alone say of it.

    `support` is what it has if nothing else reads it. `cited` are the sentences that it rests on, which may
    be others than those the model named: a citation moves to where an exact part stands. `reason` says, in
    one sentence that is literally true of the articles shown, why it is `unsupported`, or why it stays
    `unconfirmed` whatever a check of meaning says (`is_capped`). A gap of no fixed form is `unsupported`
    without being capped: a check may confirm it.
    """

    text: str
    support: Support
    cited: tuple[PromptSentence, ...] = ()
    reason: str | None = None
    is_capped: bool = False
    role: Literal["claim", "gap"] = "claim"


def check_words(
    text: str,
    marks: Sequence[int],
    shown: PromptPassages,
    question: str,
    antecedent: str | None = None,
) -> WordCheck:
    """What the sentences with these numbers hold of the written sentence. A mark 0 says that it is a gap.

    `antecedent` is the person that "he" or "she" in the sentence goes back to.
    """
    material = material_of(shown)
    cited = shown.cited(marks)
    if not cited and (0 in marks or is_fixed_gap(text)):
        return _gap(text, question, material)
    if not cited:
        return _uncited(text, bool(marks), material, question, antecedent)
    return _claim(text, cited, material, question, antecedent)


def _gap(text: str, question: str, material: Material) -> WordCheck:
    gap = gap_of(text, question, material)
    if gap.wrong is not None:
        return WordCheck(text, "unsupported", (), gap.wrong, True, "gap")
    if gap.contradicted is not None:
        return WordCheck(
            text, "unconfirmed" if gap.is_fixed else "unsupported", (), gap.contradicted, True, "gap"
        )
    if gap.is_fixed:
        return WordCheck(text, "unconfirmed", role="gap")
    reason = Notice("Words alone do not tell that the articles leave this open.", "reason_words_alone")
    return WordCheck(text, "unsupported", (), reason, role="gap")


def _claim(
    text: str, cited: tuple[PromptSentence, ...], material: Material, question: str, antecedent: str | None
) -> WordCheck:
    said = analyse_question(text)
    placed = ExactParts(said, cited, material).placed()
    absent = next((one for one in placed if one.standing is Standing.NOWHERE), None)
    if absent is not None and not _is_denied(absent, said, question):
        return WordCheck(text, "unsupported", cited, absent.reason)
    found = _wording(text, cited, material, antecedent)
    elsewhere = next((one for one in placed if one.standing is Standing.ELSEWHERE), None)
    if elsewhere is not None:
        return WordCheck(text, "unconfirmed", cited, elsewhere.reason, is_capped=True)
    moved = [one for each in placed if each.standing is Standing.MOVED for one in each.sentences]
    if found.carriers and not moved and absent is None:
        return WordCheck(text, "verbatim" if found.is_verbatim else "supported", found.carriers)
    rests_on = tuple({one.n: one for one in (*cited, *moved)}.values())
    if found.turned is not None:
        return WordCheck(text, "unconfirmed", rests_on, found.turned, is_capped=True)
    return WordCheck(text, "unconfirmed", rests_on)


def _is_denied(absent: Placed, said: Sentence, question: str) -> bool:
    """Whether a part that no article has is asked about, and the sentence denies it."""
    parts = {stem(word) for word, _, _ in words(absent.part.text)}
    asked = {stem(word) for word, _, _ in words(question)}
    return bool(said.negated) and parts <= asked


def _wording(
    text: str, cited: Sequence[PromptSentence], material: Material, antecedent: str | None
) -> Wording:
    """The sentences that carry the whole text, else those that carry its clauses, one each."""
    whole = _by_outlet(text, cited, material, antecedent)
    if whole.carriers:
        return whole
    for clauses in (_clauses(text), predicates(text)):
        carriers: dict[int, PromptSentence] = {}
        for clause in clauses:
            part = _by_outlet(clause, cited, material, antecedent)
            if not part.carriers:
                whole = replace(whole, turned=whole.turned or part.turned)
                break
            carriers |= {one.n: one for one in part.carriers}
        else:
            if carriers:
                return Wording(tuple(carriers[n] for n in sorted(carriers)))
    return whole


def _clauses(text: str) -> list[str]:
    """The clauses of a sentence that name what they are about; none where one of them does not.

    Without a name of its own, a clause would say of the first's subject what the source says of another.
    """
    said = analyse_question(text)
    borders = [0, *(match.end() for match in _CLAUSES.finditer(text)), len(text)]
    clauses = [clause for start, end in pairwise(borders) if (clause := said.part(start, end)).stems]
    if len(clauses) < 2 or not all(map(_has_subject, clauses)):
        return []
    return [clause.text.rstrip(" ,;") for clause in clauses]


def _has_subject(clause: Sentence) -> bool:
    """Whether a clause names what it is about: a name, or a noun with an article at its head."""
    first = clause.text.split(None, 1)[0].lower()
    return len(clause.stems) > 1 and (bool(clause.names) or (first in DETERMINERS and len(clause.stems) > 2))


def _by_outlet(
    text: str, cited: Sequence[PromptSentence], material: Material, antecedent: str | None
) -> Wording:
    """The wording against what is cited, each article's outlet put aside: it need not stand in its words."""
    best = Wording()
    carriers: dict[int, PromptSentence] = {}
    verbatim = False
    for article in material.articles_of(cited):
        of_it = [one for one in cited if one.article_id == article.id]
        claim = _claim_of(without_outlet(text, article.outlet), antecedent)
        found = wording(claim, of_it, material)
        carriers |= {one.n: one for one in found.carriers}
        verbatim = verbatim or found.is_verbatim
        best = max(best, found, key=lambda one: one.likeness)
    return Wording(tuple(carriers[n] for n in sorted(carriers)), verbatim) if carriers else best


@lru_cache(maxsize=256)
def _claim_of(text: str, antecedent: str | None) -> Claim:
    return Claim(analyse_question(text), antecedent)


def _uncited(
    text: str, has_marks: bool, material: Material, question: str, antecedent: str | None
) -> WordCheck:
    """A sentence without numbers: one that holds it word for word, else those that hold its parts."""
    none = "It cites a sentence that there is not." if has_marks else "It cites no sentence of the articles."
    plain = folded(text)
    if len(words(text)) >= _FEWEST_WORDS:
        holding = [one for one in material.sentences if plain in material.folded[one.n - 1]]
        for one in holding:
            found = _claim(text, (one,), material, question, antecedent)
            if found.support in ("verbatim", "supported"):
                return found
    said = analyse_question(text)
    wanted = set(content(said)) | {stem(word) for name in said.names for word, _, _ in words(name.text)}
    if has_marks or len(wanted) < _FEWEST_WORDS:
        return WordCheck(text, "unsupported", (), none)
    chosen: list[PromptSentence] = []
    left = set(wanted)
    while left and len(chosen) < _MOST_CITED:
        best = max(material.sentences, key=lambda one: len(left & material.stems_of(one)), default=None)
        if best is None or not left & material.stems_of(best):
            break
        chosen.append(best)
        left -= material.stems_of(best)
    if not chosen or len(left) > (1 - _FOUND_SHARE) * len(wanted):
        return WordCheck(text, "unsupported", (), none)
    placed = ExactParts(said, chosen, material).placed()
    if any(one.standing is not Standing.CITED for one in placed):
        return WordCheck(text, "unsupported", (), none)
    rests_on = tuple(sorted(chosen, key=lambda one: one.n))
    return WordCheck(text, "unconfirmed", rests_on)
