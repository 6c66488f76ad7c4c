"""What a scripted model does with the prompts of the check of meaning: reads their claims, gives verdicts."""

import re
from collections.abc import Callable, Mapping

from tests.scripted import Asked

_CHECK = re.compile(
    r'<check number="(\d+)">\n(.*?)\n?Claim \1(?: \(about what the articles do not say\))?: (.*?)\n</check>',
    re.DOTALL,
)
_ANSWER = re.compile(r'<answer number="(\d+)">\n(.*?)\n</answer>', re.DOTALL)


def claims_in(asked: Asked) -> dict[int, tuple[str, str]]:
    """The claims that a request asks about: by number the claim and the sentences shown with it."""
    found = _CHECK.findall(asked.messages[-1]["content"])
    return {int(number): (claim, sentences) for number, sentences, claim in found}


def answer_in(asked: Asked) -> tuple[int, str] | None:
    """Number and sentences of the answer, where a request asks whether it answers the question."""
    found = _ANSWER.search(asked.messages[-1]["content"])
    return (int(found[1]), found[2]) if found else None


def checker(
    by_claim: Mapping[str, str] | Callable[[str, str], str], answers: str = "WHOLLY"
) -> Callable[[Asked], str]:
    """A reply for the scripted server: the verdict of each claim by its text, NOT STATED for other claims.

    A function is given the claim and the sentences shown with it. `answers` is the verdict on answers.
    """

    def reply(asked: Asked) -> str:
        if judged := answer_in(asked):
            return f"{judged[0]}: {answers}"
        says = by_claim if callable(by_claim) else lambda claim, _: by_claim.get(claim, "NOT STATED")
        return "\n".join(f"{number}: {says(*given)}" for number, given in claims_in(asked).items())

    return reply
