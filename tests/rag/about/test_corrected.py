"""The articles that carry a correction, asked for as people do, and the words of the notices."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.store.filters import Filter
from rag.answer import Answer, Question
from rag.assistant import Assistant
from rag.render import to_terminal
from rag.web.answers.shown import sources
from rag.web.present import citation_view
from tests.index.newsroom import Newsroom
from tests.rag.conftest import assistant_over_words

_TOWER = "The water tower of Lindholt was sold to a brewer on Friday."
_NOTICE = (
    "Correction (9 May 2021): an earlier version of this article said that the tower was 40 metres tall."
)
_SHIP = "The ferry Sanna was taken out of service after a fire in its engine room."
_SPELLED = "Correction: an earlier version of this article misspelled the name of the captain."
_ARTICLES = {
    "tower": ("The Courier", "2021-05-03", f"{_TOWER}\n\n{_NOTICE} It is 30."),
    "ferry": ("The Echo", "2021-06-01", f"{_SHIP}\n\n{_SPELLED}"),
    "market": (
        "The Echo",
        "2021-06-02",
        "Analysts said that a correction of house prices in Lindholt is due.",
    ),
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("corrected")
    newsroom = Newsroom(folder)
    lines = [
        {"id": key, "title": key, "text": text, "source": source, "published_at": day}
        for key, (source, day, text) in _ARTICLES.items()
    ]
    newsroom.write_lines("all.jsonl", lines)
    newsroom.sync()
    with newsroom.open() as store:
        yield assistant_over_words(folder, store)


def _ids(answer: Answer) -> list[str]:
    return [one.id for one in answer.articles or ()]


def test_corrected_articles_are_listed_newest_first_with_the_words_of_their_notices(
    assistant: Assistant,
) -> None:
    answer = assistant.ask(Question("which articles were corrected"))
    assert (answer.status, answer.intent, _ids(answer)) == ("listed", "catalogue", ["ferry", "tower"])
    assert answer.sentences[0].text == "2 articles in this archive carry a correction."
    claims = [one.text for one in answer.sentences if one.role == "claim"]
    assert claims == [_SPELLED, _NOTICE, "It is 30."]
    assert [one.article_id for one in answer.citations] == ["ferry", "tower"]


def test_a_notice_that_is_quoted_is_not_said_again_below_its_source(assistant: Assistant) -> None:
    answer = assistant.ask(Question("what was corrected"))
    assert to_terminal(answer, width=400).count(_SPELLED) == 2  # In the answer and among its sources.
    assert [one["corrections"] for one in sources([citation_view(one) for one in answer.citations])] == [
        [],
        [],
    ]


def test_corrections_can_be_asked_for_by_subject_and_by_outlet(assistant: Assistant) -> None:
    assert _ids(assistant.ask(Question("what has been corrected about the water tower"))) == ["tower"]
    assert _ids(assistant.ask(Question("what did the Echo correct"))) == ["ferry"]


def test_where_nothing_was_corrected_that_is_said(assistant: Assistant) -> None:
    none = assistant.ask(Question("any corrections about house prices"))
    assert (none.status, _ids(none), none.citations) == ("listed", [], ())
    assert none.text == "No article that mentions house prices carries a correction."


def test_a_notice_counts_from_its_own_day_on(assistant: Assistant) -> None:
    before = Filter(as_of="2021-05-05")
    assert _ids(assistant.ask(Question("what was corrected", where=before))) == []
    after = Filter(as_of="2021-05-10")
    assert _ids(assistant.ask(Question("what was corrected", where=after))) == ["tower"]


def test_a_mention_is_listed_or_denied(assistant: Assistant) -> None:
    assert _ids(assistant.ask(Question("is the brewer mentioned"))) == ["tower"]
    assert _ids(assistant.ask(Question("do you mention the water tower anywhere"))) == ["tower"]
    assert assistant.ask(Question("any mention of the tower water")).status == "not_in_archive"
    assert _ids(assistant.ask(Question("does the Echo mention the ferry"))) == ["ferry"]
    none = assistant.ask(Question("any mention of giraffes"))
    assert none.status == "not_in_archive" and none.text == "No article in this archive mentions giraffes."
