"""Checking calls: which claims go together, how many run at a time, and what becomes of calls that fail."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache

import pytest

from rag.answer import Stage
from rag.check.meaning import ClaimToCheck, Verdict
from rag.prompt.passages import PromptPassages
from rag.usage import Usage
from rag.write.checking import Checking
from rag.write.limits import Limits
from tests.rag.write.fakes import YES, Check
from tests.rag.write.material import BRIDGE, shown


@cache
def bridge() -> PromptPassages:
    """The article as a prompt shows it."""
    return shown(BRIDGE)


def claim(text: object, *, is_gap: bool = False) -> ClaimToCheck:
    """A claim on the first sentence."""
    return ClaimToCheck(str(text), bridge().cited([1]), is_gap)


def checked(
    check: Check | None, work: Callable[[Checking], Awaitable[object]], limits: Limits | None = None
) -> tuple[Checking, list[str]]:
    """The calls after some work, and what was said of them."""
    said: list[str] = []

    def listen(stage: Stage) -> None:
        assert stage.stage == "checking"
        said.append(stage.says)

    async def run() -> Checking:
        async with asyncio.TaskGroup() as group:
            checking = Checking(check, "Why?", bridge(), Usage(), limits or Limits(), group, listen)
            await work(checking)
        return checking

    return asyncio.run(run()), said


async def ask(checking: Checking, *texts: object) -> list[Verdict | None]:
    """The verdicts on claims that come one right after the other."""
    return await asyncio.gather(*(checking.verdict(claim(text)) for text in texts))


def test_the_first_claim_goes_at_once_and_later_ones_together() -> None:
    check = Check(pause=lambda: 0.001)
    _, said = checked(check, lambda checking: ask(checking, *range(8)))
    assert check.asked == [["0"], ["1", "2", "3", "4"], ["5", "6", "7"]] and check.most_open == 2
    assert said == ["Checking 1 sentence", "Checking 4 sentences", "Checking 3 sentences"]


def test_a_few_claims_wait_for_the_call_that_runs() -> None:
    check = Check(pause=lambda: 0.001)
    checked(check, lambda checking: ask(checking, *range(4)))
    assert check.asked == [["0"], ["1", "2", "3"]] and check.most_open == 1


@pytest.mark.parametrize("hurries", ["all is written", "at once"])
def test_claims_that_nothing_will_join_do_not_wait(hurries: str) -> None:
    check = Check(pause=lambda: 0.001)

    async def work(checking: Checking) -> None:
        tasks = [asyncio.create_task(checking.verdict(claim(n))) for n in range(2)]
        await asyncio.sleep(0)
        if hurries == "at once":
            tasks.append(asyncio.create_task(checking.verdict(claim(2), at_once=True)))
        else:
            checking.gather_no_more()
        await asyncio.gather(*tasks)

    checked(check, work)
    assert check.most_open == 2 and check.asked[0] == ["0"]


def test_each_claim_gets_its_own_verdict() -> None:
    def says(one: ClaimToCheck) -> Verdict:
        return Verdict("not_stated", one.text)

    async def work(checking: Checking) -> None:
        found = await ask(checking, *range(20))
        assert [one and one.missing for one in found] == [str(n) for n in range(20)]

    checking, _ = checked(Check(says), work)
    assert checking.checked_by == "checker" and checking.fallbacks == 0 and checking.problem is None


def test_a_check_that_fails_twice_is_asked_no_more() -> None:
    check = Check(fails="The model “x” is asleep.")

    async def work(checking: Checking) -> None:
        assert await ask(checking, *range(20)) == [None] * 20
        assert await checking.answers(["It opened."]) is None

    checking, _ = checked(check, work)
    assert len(check.asked) == 2 and checking.fallbacks == 2 and checking.checked_by is None
    assert checking.problem == "The model “x” is asleep"


def test_a_check_that_is_late_is_stopped() -> None:
    check = Check(pause=lambda: 60)

    async def work(checking: Checking) -> None:
        assert await ask(checking, "It opened.") == [None]

    checking, _ = checked(check, work, Limits(check_seconds=0.01))
    assert check.open == 0 and checking.problem == "it took longer than 0.01 s"


def test_a_claim_without_a_verdict_is_told_of_and_a_gap_is_not() -> None:
    async def gap(checking: Checking) -> None:
        assert await checking.verdict(claim("Why?", is_gap=True)) is None

    checking, _ = checked(Check(lambda one: None), gap)
    assert checking.problem is None and checking.fallbacks == 0

    async def some(checking: Checking) -> None:
        assert await ask(checking, 1, 2, 3) == [YES, None, YES]

    checking, _ = checked(Check(lambda one: None if one.text == "2" else YES), some)
    assert checking.problem == "it gave no verdict on 1 sentence" and checking.fallbacks == 1
    assert checking.checked_by == "checker"


class Short(Check):
    """Gives a verdict on the first claim of a call alone."""

    async def verdicts(self, *arguments: object) -> list[Verdict | None]:
        return [YES]


def test_verdicts_too_few_are_none_for_the_others() -> None:
    async def work(checking: Checking) -> None:
        assert await ask(checking, *range(5)) == [YES, YES, None, None, None]

    checking, _ = checked(Short(), work)
    assert checking.problem == "it gave no verdict on 3 sentences"


def test_who_gives_up_waiting_is_not_asked_about() -> None:
    check = Check(pause=lambda: 0.001)

    async def work(checking: Checking) -> None:
        tasks = [asyncio.create_task(checking.verdict(claim(n))) for n in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    checked(check, work)
    assert check.asked == [["0"], ["2"]]


def test_without_a_check_nothing_is_asked() -> None:
    async def work(checking: Checking) -> None:
        assert await ask(checking, 1, 2) == [None, None]
        assert await checking.answers(["It opened."]) is None

    for check, limits in ((None, Limits()), (Check(), Limits(check=False))):
        checking, said = checked(check, work, limits)
        assert not said and checking.problem is None and not checking.is_trusted
