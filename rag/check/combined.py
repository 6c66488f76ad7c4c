"""How what words say of a sentence and what a check of meaning says of it come together."""

from dataclasses import dataclass

from rag.answer import Support
from rag.check.meaning import Verdict
from rag.check.words import WordCheck


@dataclass(frozen=True, slots=True)
class Combined:
    """The support that a sentence has, and whether it goes back to the model to be put right."""

    support: Support
    needs_repair: bool = False


def combined(words: WordCheck, verdict: Verdict | None, *, is_trusted: bool) -> Combined:
    """The support of a sentence. `verdict` is None where nothing was read; `is_trusted` is the check's.

    Exact parts cannot be overruled: what words find unsupported stays so, what they cap stays unconfirmed. A
    gap that is not of a fixed form is unsupported by words and not capped: a trusted yes makes it supported.
    """
    is_open_gap = words.role == "gap" and not words.is_capped
    if words.support == "unsupported" and not is_open_gap:
        return Combined("unsupported", needs_repair=True)
    if words.support == "verbatim":
        return Combined("verbatim")
    if verdict is None:
        return Combined(words.support, needs_repair=words.support == "unsupported")
    if verdict.says == "supported":
        is_confirmed = is_trusted and not words.is_capped
        support: Support = "supported" if is_confirmed else words.support
        return Combined(support, needs_repair=support == "unsupported")
    if is_trusted or words.support == "unsupported":
        return Combined("unsupported", needs_repair=True)
    # The no of a check that is not trusted is a reason to look again, and no proof.
    return Combined("unconfirmed", needs_repair=True)
