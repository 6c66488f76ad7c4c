"""A plan beside the search: what it adds, and that nothing depends on it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from index.store.filters import Filter
from index.store.store import Store
from rag.answer import Answer, Question, Stage, Turn
from rag.assistant import Assistant
from rag.chat import Finish, Message, ModelFailure, Stream
from rag.request_queue import RequestQueue
from rag.write.limits import Limits
from rag.write.plan import Planner
from tests.rag.conftest import assistant_over_words
from tests.rag.test_assistant_answering import COMPLETE, Scripted
from tests.rag.web.conftest import indexed

FERRY = "Who steered the ferry Linden?"
MARKET: list[dict[str, object]] = [
    {
        "id": f"market-{n}",
        "title": f"Market day {n}",
        "source": "Market News",
        "published_at": f"2020-05-{n + 1:02}",
        "text": f"The market sold {n} apples. Somebody steered a cart number {n} to the mill.",
    }
    for n in range(12)
]
ARTICLES: list[dict[str, object]] = [
    {
        "id": "ferry",
        "title": "The ferry Linden",
        "source": "Harbour Wire",
        "published_at": "2020-01-02",
        "text": "Grace Hopper steered the ferry Linden. The harbour was quiet.",
    },
    {
        "id": "tickets",
        "title": "Ada Byron of the harbour office",
        "source": "Coast Post",
        "published_at": "2020-03-05",
        "text": "Ada Byron sold tickets at the kiosk. She wore a green coat.",
    },
    {
        "id": "copy",
        "title": "Ada Byron of the harbour office",
        "source": "Second Post",
        "published_at": "2020-03-06",
        "text": "Ada Byron sold tickets at the kiosk. She wore a green coat.",
    },
    *MARKET,
]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant without a model over a few articles."""
    folder: Path = indexed(tmp_path_factory.mktemp("planning"), ARTICLES)
    with Store.open(folder) as store:
        yield assistant_over_words(folder, store)


@dataclass
class Planning:
    """A chat model that plans: it writes `plan` once `may_answer` is set; it says whether it was stopped."""

    plan: str = ""
    failure: str | None = None
    waits: bool = False
    name: str = "planning"
    told: list[str] = field(default_factory=list)
    is_open: bool = False
    was_stopped: bool = False

    async def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Stream:
        self.told.append("\n".join(message["content"] for message in messages))
        self.is_open = True
        try:
            if self.waits:
                await asyncio.Event().wait()
            if self.failure:
                raise ModelFailure(self.failure)
            yield self.plan
            yield Finish("stop", 50, 5)
        except (asyncio.CancelledError, GeneratorExit):
            self.was_stopped = True
            raise
        finally:
            self.is_open = False


def planned(
    plain: Assistant, chat: Planning, question: Question, limits: Limits | None = None
) -> tuple[Answer, Scripted]:
    """The answer to a question with this plan, and the reader with what it was given."""
    reader = Scripted(COMPLETE, limits=limits or Limits(plan_seconds=600))
    assistant = replace(plain, generative=reader, planner=Planner(chat))
    return assistant.ask(question), reader


def test_what_a_plan_says_to_search_for_is_searched_too_and_shown(plain: Assistant) -> None:
    chat = Planning("SEARCH: who sold tickets at the kiosk\nKIND: question")
    answer, reader = planned(plain, chat, Question(FERRY))
    assert answer.searched == (FERRY, "who sold tickets at the kiosk")
    assert "Ada Byron sold tickets at the kiosk." in reader.read_texts[0]
    assert reader.asked == [FERRY] and reader.read_texts[0][0] == "Grace Hopper steered the ferry Linden."
    assert answer.usage.by_kind.keys() == {"plan", "write"} and answer.draft and answer.draft.fallbacks == 0


def test_of_copies_that_two_searches_find_one_is_read(plain: Assistant) -> None:
    for search in ("who sold tickets at the kiosk", "Ada Byron green coat tickets kiosk Post"):
        chat = Planning(
            f"SEARCH: {search}\nSEARCH: green coat kiosk\nKIND: question".replace("Ada Byron ", "")
        )
        _, reader = planned(plain, chat, Question(FERRY))
        assert reader.read_texts[0].count("Ada Byron sold tickets at the kiosk.") == 1


def test_a_query_in_the_questions_words_is_not_searched_again(plain: Assistant) -> None:
    chat = Planning("SEARCH: steered the ferry Linden: who?\nKIND: question")
    answer, _ = planned(plain, chat, Question(FERRY))
    assert answer.searched == (FERRY,)


@pytest.mark.parametrize(
    "plan",
    [
        "DATES: 2020-05-01..2020-05-12\nOUTLETS: Market News\nKIND: latest",
        "SEARCH: market apples\nSEARCH: cart to the mill\nSEARCH: apples sold\nSEARCH: market day cart\n"
        "DATES: 2020-05-01..2020-05-12\nOUTLETS: Market News",
        "SEARCH: steered a cart to the mill\nOUTLETS: Market News\nDATES: 1999-01-01",
    ],
)
def test_a_plan_with_a_wrong_outlet_or_day_still_finds_what_is_asked(plain: Assistant, plan: str) -> None:
    answer, reader = planned(plain, Planning(plan), Question(FERRY))
    assert reader.read_texts[0][0] == "Grace Hopper steered the ferry Linden."
    assert answer.passages[0].passage.article_id == "ferry"


def test_the_outlets_of_a_plan_bring_their_articles_forward(
    plain: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.assistant.PASSAGES_FOR_MODEL", 10)
    monkeypatch.setattr("rag.assistant.TOKENS_OF_A_PASSAGE", 8_000)
    question = Question("What did the market sell?")
    sold = "Ada Byron sold tickets at the kiosk."
    assert sold not in planned(plain, Planning("KIND: question"), question)[1].read_texts[0]
    assert sold in planned(plain, Planning("OUTLETS: Coast Post"), question)[1].read_texts[0]


HISTORY = (
    Turn("user", "Who sold the tickets?"),
    Turn("assistant", "Ada Byron sold tickets at the kiosk. [1]"),
)


def test_a_follow_up_is_asked_as_the_plan_completes_it(plain: Assistant) -> None:
    chat = Planning("QUESTION: What coat did Ada Byron wear?\nSEARCH: Ada Byron coat")
    answer, reader = planned(plain, chat, Question("And the coat?", HISTORY))
    assert reader.asked == ["What coat did Ada Byron wear?"]
    assert answer.searched[0] == "What coat did Ada Byron wear?" and len(answer.searched) == 3
    assert answer.standalone == "What coat did Ada Byron wear?"
    assert "Reader: Who sold the tickets?" in chat.told[0] and "Question: And the coat?" in chat.told[0]
    assert reader.conversations[0].endswith("Archive: Ada Byron sold tickets at the kiosk.")


@pytest.mark.parametrize(
    "chat",
    [
        Planning("QUESTION: What did Boris Johnson wear?\nKIND: question"),
        Planning("no plan"),
        Planning(failure="The model could not be reached."),
        Planning(waits=True),
    ],
)
def test_a_follow_up_without_a_usable_plan_is_completed_by_rules(plain: Assistant, chat: Planning) -> None:
    limits = Limits(plan_seconds=0.01)
    answer, reader = planned(plain, chat, Question("What did she wear?", HISTORY), limits)
    assert reader.asked == list(answer.searched) and "Ada Byron" in reader.asked[0]


def test_without_a_conversation_the_readers_own_words_are_asked(plain: Assistant) -> None:
    chat = Planning("QUESTION: Who sold the ferry Linden?\nKIND: question")
    answer, reader = planned(plain, chat, Question(FERRY))
    assert reader.asked == [FERRY] == list(answer.searched)


@pytest.mark.parametrize(
    "chat",
    [
        Planning("no plan"),
        Planning(""),
        Planning(failure="The model could not be reached."),
        Planning(waits=True),
    ],
)
def test_where_there_is_no_plan_the_answer_is_the_same_and_that_is_counted(
    plain: Assistant, chat: Planning
) -> None:
    answer, reader = planned(plain, chat, Question(FERRY), Limits(plan_seconds=0.01))
    without, other = planned(plain, Planning(), Question(FERRY), Limits(plan=False))
    assert answer.text == without.text and reader.read_texts == other.read_texts
    assert answer.status == "answered" and not answer.notices and answer.searched == (FERRY,)
    assert answer.draft and answer.draft.fallbacks == 1
    assert without.draft and without.draft.fallbacks == 0 and "plan" not in without.usage.by_kind
    assert not chat.is_open and chat.was_stopped == chat.waits


def test_no_plan_is_made_without_a_model_or_where_nothing_can_answer(plain: Assistant) -> None:
    chat = Planning("SEARCH: tickets")
    answer, _ = planned(plain, chat, Question(FERRY, where=Filter(after="2050-01-01")))
    assert answer.status == "outside_coverage" and not chat.told
    planner = replace(plain, generative=Scripted(COMPLETE), planner=Planner(chat))
    assert planner.without_model().ask(Question(FERRY)).reader == "extractive" and not chat.told


def test_a_plan_may_find_what_the_question_does_not(plain: Assistant) -> None:
    chat = Planning("SEARCH: tickets sold at the kiosk\nKIND: question")
    answer, reader = planned(plain, chat, Question("zxqv wvut klmn?"))
    assert reader.asked and answer.status == "answered"


def test_the_tokens_of_a_plan_count_where_no_draft_follows(plain: Assistant) -> None:
    answer, reader = planned(plain, Planning("KIND: help"), Question("zxqv wvut klmn?"))
    assert not reader.asked and answer.status == "help" and answer.draft is None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (50, 5)


def test_the_plan_is_begun_before_the_search_and_others_have_their_turn_while_it_is_awaited(
    plain: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = RequestQueue(1, 0)
    chat = Planning(waits=True)
    open_at_search: list[bool] = []
    at_work: dict[str, int] = {}
    retrieve = plain.retriever.retrieve

    def watching(*arguments: object) -> object:
        open_at_search.append(chat.is_open)
        return retrieve(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(plain.retriever, "retrieve", watching)

    async def ask() -> None:
        reader = Scripted(COMPLETE, limits=Limits(plan_seconds=0.05))
        assistant = replace(plain, generative=reader, planner=Planner(chat))
        async with aclosing(assistant.stream(Question(FERRY), queue)) as events:
            async for event in events:
                if isinstance(event, Stage):
                    await asyncio.sleep(0.01)
                    at_work[event.stage] = queue.running

    asyncio.run(ask())
    assert open_at_search == [True]
    assert at_work == {"searching": 1, "reading": 1, "planning": 1, "writing": 0} and queue.running == 0


def test_who_stops_reading_stops_the_plan(plain: Assistant) -> None:
    chat = Planning(waits=True)

    async def ask() -> None:
        reader = Scripted(COMPLETE, limits=Limits(plan_seconds=600))
        events = replace(plain, generative=reader, planner=Planner(chat)).stream(Question(FERRY))
        async for event in events:
            if isinstance(event, Stage) and event.stage == "planning":
                break
        await asyncio.sleep(0)
        assert chat.is_open
        await events.aclose()

    asyncio.run(ask())
    assert chat.was_stopped and not chat.is_open


def test_an_article_does_not_reach_the_planner(plain: Assistant) -> None:
    chat = Planning("SEARCH: tickets sold at the kiosk")
    planned(plain, chat, Question(FERRY))
    told: Mapping[str, bool] = {
        text: text in chat.told[0]
        for article in ARTICLES
        for text in (str(article["title"]), str(article["text"]).split(".")[0])
    }
    assert not any(told.values()) and "Harbour Wire" in chat.told[0]


def test_the_kind_that_a_plan_names_is_the_intent(plain: Assistant) -> None:
    for kind in ("overview", "timeline", "latest", "comparison"):
        answer, reader = planned(plain, Planning(f"KIND: {kind}"), Question(FERRY))
        assert answer.intent == kind and reader.asked
    answer, _ = planned(plain, Planning("KIND: question"), Question("Tell me about the ferry Linden"))
    assert answer.intent == "question"


def test_a_plan_decides_whether_the_catalogue_is_asked(plain: Assistant) -> None:
    chat = Planning("KIND: catalogue")
    answer, reader = planned(plain, chat, Question("Is there something on the ferry Linden?"))
    assert answer.status == "listed" and answer.articles and not reader.asked
    assert answer.usage.prompt_tokens == 50
    answer, reader = planned(plain, Planning("KIND: question"), Question("List articles about the ferry"))
    assert answer.intent == "question" and reader.asked


def test_without_its_plan_the_rules_decide(plain: Assistant) -> None:
    chat = Planning(failure="The model is away.")
    answer, reader = planned(plain, chat, Question("List articles about the ferry Linden"))
    assert (answer.status, [one.id for one in answer.articles or ()]) == ("listed", ["ferry"])
    assert not reader.asked


def test_a_greeting_costs_no_call(plain: Assistant) -> None:
    chat = Planning("KIND: question")
    answer, _ = planned(plain, chat, Question("Hello!"))
    assert answer.status == "help" and not chat.told


def test_a_question_in_another_language_goes_to_the_model(plain: Assistant) -> None:
    chat = Planning("SEARCH: who steered the ferry Linden\nKIND: question")
    answer, reader = planned(plain, chat, Question("Wer hat die Fähre Linden gesteuert, und wie?"))
    assert reader.asked and answer.status == "answered"
