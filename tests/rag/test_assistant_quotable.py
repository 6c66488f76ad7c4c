"""Answers where not everything may be quoted to whoever asks: what is left out, and what is said of it."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from index.store.store import Store
from rag.answer import Answer, Done, Question, Released
from rag.assistant import Assistant
from rag.cite import Citations, Quotable, cite
from rag.quote.quotes import Quote, QuotedSentence
from tests.rag.conftest import assistant_over_words
from tests.rag.test_assistant_answering import COMPLETE, Scripted, unsupported
from tests.rag.web.conftest import indexed

STORY = "Grace Hopper steered the ferry. Ada Byron sold the tickets. The harbour was quiet."
ASKED = "Who steered the ferry?"
ARTICLES: list[dict[str, object]] = [
    {"id": "wire", "title": "A ferry", "source": "Harbour Wire", "published_at": "2020-01-01", "text": STORY},
    {
        "id": "post",
        "title": "A second ferry",
        "source": "Coast Post",
        "published_at": "2020-01-02",
        "text": "On Sunday Grace Hopper steered the ferry again. The market sold apples.",
    },
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = indexed(tmp_path_factory.mktemp("quotable"), ARTICLES)
    with Store.open(folder) as store:
        yield assistant_over_words(folder, store)


def only(*article_ids: str) -> Quotable:
    """Lets these articles be quoted, and no others."""
    return lambda article_id, revision, text, start, end: article_id in article_ids


def ask(assistant: Assistant, quotable: Quotable) -> tuple[Answer, list[Released]]:
    async def events() -> tuple[Answer, list[Released]]:
        released = []
        async with aclosing(assistant.stream(Question(ASKED), None, quotable)) as told:
            async for event in told:
                if isinstance(event, Released):
                    released.append(event)
                if isinstance(event, Done):
                    return event.answer, released
        raise AssertionError

    return asyncio.run(events())


def test_another_article_answers_where_the_best_may_not_be_quoted(assistant: Assistant) -> None:
    assert {one.article_id for one in assistant.ask(Question(ASKED)).citations} == {"post"}
    answer, released = ask(assistant, only("wire"))
    assert {one.article_id for one in answer.citations} == {"wire"} and answer.status == "partial"
    assert answer.withheld == ("A second ferry",) and "“A second ferry”" in answer.notices[0]
    assert tuple(one.sentence for one in released) == answer.sentences


def test_where_nothing_may_be_quoted_a_notice_says_so(assistant: Assistant) -> None:
    answer, _ = ask(assistant, only())
    assert answer.status == "not_stated" and not answer.citations
    [sentence] = answer.sentences
    assert sentence.role == "notice" and "“A ferry”" in sentence.text and "“A second ferry”" in sentence.text
    assert "steered" not in answer.text


def test_a_models_sentence_is_left_out_with_its_quote_and_so_is_a_struck_one(assistant: Assistant) -> None:
    quoted = assistant.ask(Question(ASKED))
    passage = next(one for one in quoted.passages if one.passage.article_id == "wire")
    told = (Quote(passage.passage, (QuotedSentence(0, 31, STORY[:31]),)),)
    claims = [
        replace(unsupported(""), text="The ferry was steered by Hopper.", support="supported", quotes=told),
        unsupported("Ada Byron sold the tickets."),
    ]
    writing = replace(assistant, generative=Scripted(COMPLETE, claims))
    answer, _ = ask(writing, only("post"))
    assert "steered by Hopper" not in answer.text and {one.article_id for one in answer.citations} == {"post"}
    assert not [one for one in answer.sentences if one.support == "unsupported"]
    whole, _ = ask(writing, only("wire"))
    assert whole.status == "partial" and "steered by Hopper" in whole.text
    assert [one.text for one in whole.sentences] == ["The ferry was steered by Hopper."]


def test_of_a_quote_its_best_sentence_goes_first_and_neighbours_as_far_as_they_may(
    assistant: Assistant,
) -> None:
    passage = next(
        p for one in assistant.ask(Question(ASKED)).passages if (p := one.passage).article_id == "wire"
    )
    parts = tuple(
        QuotedSentence(start, end, STORY[start:end], answers=n == 1)
        for n, (start, end) in enumerate(passage.sentences)
    )
    asked: list[str] = []

    def two(article_id: str, revision: str, text: str, start: int, end: int) -> bool:
        asked.append(text[start:end])
        return len(asked) < 3

    citations = Citations(assistant.store, None, two)
    said = cite([Quote(passage, parts)], citations)
    assert asked == [
        "Ada Byron sold the tickets.",
        "Grace Hopper steered the ferry.",
        "The harbour was quiet.",
    ]
    assert [one.text for one in said if one.role == "claim"] == [parts[0].text, parts[1].text]
    [citation] = citations.made
    assert citation.quote == STORY[: parts[1].end] and not citations.withheld
