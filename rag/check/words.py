"""What words alone can decide of a written sentence: exact parts, close wording, order and direction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.answer import Support
from rag.prompt.passages import PromptPassages, PromptSentence


@dataclass(frozen=True, slots=True)
class WordCheck:
    """A written sentence, plain text without marks, and what words alone say of it.

    `support` is what it has if nothing else reads it. `cited` are the sentences that it rests on, which may
    be others than those the model named: a citation moves to where an exact part stands. `reason` says, in
    one sentence that is literally true of the articles shown, why it is `unsupported`, or why it stays
    `unconfirmed` whatever a check of meaning says (`is_capped`).
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
    cited = shown.cited(marks)
    if not cited and 0 in marks:
        return WordCheck(text, "unconfirmed", role="gap")
    if not cited:
        return WordCheck(text, "unsupported", reason="It cites no sentence.")
    is_verbatim = any(" ".join(text.split()) == " ".join(one.text.split()) for one in cited)
    return WordCheck(text, "verbatim" if is_verbatim else "unconfirmed", cited)
