"""Endpoints that fail while sentences are checked and put right: the answer goes on, and says so."""

import asyncio
from collections.abc import Callable

import pytest

from rag.answer import Draft
from rag.chat import OpenAIChat
from rag.write.generate import GenerativeReader
from rag.write.limits import Limits
from rag.write.written import WrittenSentence
from tests.rag.write.fakes import EndpointCheck, words_say
from tests.rag.write.material import BRIDGE, FERRY, shown
from tests.rag.write.test_generate import PATIENT, read
from tests.scripted import Asked, Reply, ScriptedModel, error, page

WRITTEN = "The bridge opened [1]. The bridge is impossible [2]. The ferry stopped literally [3]."
CORRECTED = "The bridge cost money [2]."
CONFIRMED = "1: yes\n2: yes\n3: yes\n4: yes"
SHORT = 0.3
"""Seconds for a call that never ends; every other call of the test has all the time that it needs."""

FAILURES = {
    "slow": Reply(hangs=True),
    "stalls": Reply("1: yes or no", stall_after=2),
    "broken": Reply("1: yes and so on", break_after=2),
    "without an end": Reply("1: yes", finish=None),
    "too long": Reply("1: yes", finish="length"),
    "HTML": page(),
    "401": error(401),
    "429": error(429, retry_after="0.01"),
    "500": error(500, retry_after="0.01"),
    "empty": Reply(""),
    "endless": Reply(["yes " * 2_000] * 6),
    "garbage": Reply(raw="data: {broken\n\n"),
    "unknown numbers": Reply("77: yes\nThe bridge cost money [999]."),
}
NEVER_ENDS = ("slow", "stalls")


@pytest.fixture(autouse=True)
def scripted_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Word rules that go by words of the sentence itself."""
    monkeypatch.setattr("rag.write.generate.check_words", words_say)


def by_kind(write: str, check: str | Reply, repair: str | Reply) -> Callable[[Asked], str | Reply]:
    """A server that answers by what is asked of it."""

    def reply(asked: Asked) -> str | Reply:
        if asked.prompt.endswith("or DROP:"):
            return repair
        return check if asked.prompt.startswith("CHECK") else write

    return reply


def answered(
    check: str | Reply,
    repair: str | Reply,
    *,
    check_seconds: float = PATIENT,
    repair_seconds: float = PATIENT,
) -> tuple[list[tuple[str, str | None]], list[WrittenSentence], Draft]:
    """Text and support of each sentence, the sentences, and the draft."""
    with ScriptedModel(by_kind(WRITTEN, check, repair)) as server:
        chat = OpenAIChat(
            server.base_url, "scripted", "sk-secret", connect=PATIENT, first=PATIENT, read=PATIENT, retries=1
        )
        limits = Limits(write_seconds=PATIENT, check_seconds=check_seconds, repair_seconds=repair_seconds)
        reader = GenerativeReader(chat, limits=limits, check=EndpointCheck(chat, check_seconds))
        written, draft = asyncio.run(read(reader, shown(BRIDGE, FERRY)))
    assert draft.outcome == "complete" and draft.problem is None
    return [(one.text, one.support) for one in written], written, draft


def test_where_nothing_fails_all_is_confirmed() -> None:
    found, _, draft = answered(CONFIRMED, CORRECTED)
    assert found == [
        ("The bridge opened.", "supported"),
        ("The bridge cost money.", "supported"),
        ("The ferry stopped literally.", "verbatim"),
    ]
    assert (draft.answers, draft.checked_by, draft.repaired, draft.fallbacks) == ("wholly", "scripted", 1, 0)
    assert {kind: tokens.calls for kind, tokens in draft.usage.by_kind.items()} == {
        "write": 1,
        "check": 3,
        "repair": 1,
    }
    assert draft.usage.prompt_tokens == 5 * 11 and draft.usage.completion_tokens == 5 * 7


@pytest.mark.parametrize("failure", FAILURES)
def test_where_the_check_fails_words_decide_and_a_notice_says_so(failure: str) -> None:
    seconds = SHORT if failure in NEVER_ENDS else PATIENT
    found, _, draft = answered(FAILURES[failure], CORRECTED, check_seconds=seconds)
    assert found == [
        ("The bridge opened.", "unconfirmed"),
        ("The bridge cost money.", "unconfirmed"),
        ("The ferry stopped literally.", "verbatim"),
    ]
    [notice] = draft.notices
    assert notice.startswith("The check of meaning failed (") and "sk-secret" not in notice
    assert notice.endswith("): word rules checked instead.") and draft.fallbacks >= 1
    assert draft.checked_by is None and draft.answers in (None, "wholly")


@pytest.mark.parametrize("failure", FAILURES)
def test_where_a_repair_fails_the_sentence_is_left_out_and_the_answer_goes_on(failure: str) -> None:
    seconds = SHORT if failure in NEVER_ENDS else PATIENT
    found, written, draft = answered(CONFIRMED, FAILURES[failure], repair_seconds=seconds)
    assert found == [
        ("The bridge opened.", "supported"),
        ("The bridge is impossible.", "unsupported"),
        ("The ferry stopped literally.", "verbatim"),
    ]
    assert written[1].reason == "“impossible” stands in none of the articles shown."
    assert draft.repaired == 0 and not draft.notices
    gave_nothing = failure not in ("empty", "unknown numbers")
    assert draft.fallbacks == int(gave_nothing) and draft.checked_by == "scripted"


def test_a_verdict_for_one_claim_is_none_for_another() -> None:
    found, _, draft = answered("2: yes", CORRECTED)
    assert [support for _, support in found] == ["unconfirmed", "unconfirmed", "verbatim"]
    assert draft.notices
