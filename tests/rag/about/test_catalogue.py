"""The catalogue: outlets, days, and articles about something, from the store and never from a claim."""

import json
import re
from collections.abc import Iterator

import pytest

from index.store.filters import Filter
from index.store.store import Store
from index.sync.run import sync
from rag.answer import Answer, Question
from rag.assistant import Assistant
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import assistant_over_words

FIRE = "Flames rose over the Kestrel Harbour on Monday night. Nobody was hurt, the fire brigade said."
ARTICLES = [
    ("a1", "Fire at Kestrel Harbour", FIRE, "The Courier", "2021-05-03", ["Ines Marlow"]),
    ("a2", "Fire at Kestrel Harbour", FIRE, "The Echo", "2021-05-04", []),
    ("a3", "What burned", "The Kestrel Harbour burned for nine hours.", "The Echo", "2021-05-06", []),
    ("a4", "A new tram", "The tram line opens in June. It cost much.", "The Courier", "2021-06-01", ["Jo X"]),
    ("a5", "Kestrels", "A kestrel hunts by day. It nests in towers.", None, None, ["Ines Marlow"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("catalogue")
    keys = ("id", "title", "text", "source", "published_at", "authors")
    lines = [json.dumps(dict(zip(keys, one, strict=True))) for one in ARTICLES]
    (folder / "feed.jsonl").write_text("\n".join(lines), encoding="utf-8")
    sync([folder / "feed.jsonl"], folder / "store", WordOverlapEmbedding(), vector_cache=False)
    with Store.open(folder / "store") as store:
        yield assistant_over_words(folder, store)


def test_outlets_are_named_with_their_number_of_articles(assistant: Assistant) -> None:
    answer = assistant.ask(Question("Which outlets do you have?"))
    assert (answer.status, answer.intent, answer.searched) == ("listed", "catalogue", ())
    assert answer.text == "2 outlets: The Courier (2), The Echo (2)."


def test_the_period_names_undated_articles_too(assistant: Assistant) -> None:
    answer = assistant.ask(Question("What period does the archive cover?"))
    assert (
        answer.text
        == "This archive has 5 articles; one has no date, the others are from 3 May to 1 June 2021."
    )


def test_articles_about_something_are_listed_newest_first_and_a_story_once(assistant: Assistant) -> None:
    answer = assistant.ask(Question("List articles about Kestrel Harbour"))
    assert ids(answer) == ["a3", "a1"] and answer.status == "listed"
    assert answer.text.startswith("2 articles of 2 outlets tell about Kestrel Harbour, 3 to 6 May 2021: ")
    assert not answer.citations and all(one.role == "notice" for one in answer.sentences)


def test_where_none_is_about_it_those_that_mention_it_are_listed(samples: Assistant) -> None:
    answer = samples.ask(Question("articles about apples"))
    assert answer.text == "No article in this archive is about apples; 1 article mentions it."
    assert ids(answer) == ["https://parallaxweekly.example/columns/comment-box"]


def test_names_that_articles_have_are_counted_by_article(samples: Assistant) -> None:
    countries = samples.ask(Question("Which countries are mentioned in the articles about Syria?"))
    assert countries.status == "listed"
    assert re.search(
        r"Countries named in 9 articles found for Syria.*: Turkey \(9\), Syria \(9\)", countries.text
    )
    people = samples.ask(Question("which people are quoted about the Suez Canal"))
    assert "Osama Rabie (" in people.text and "Rabie, " not in people.text


def test_names_are_listed_only_of_articles_and_not_of_what_happened(samples: Assistant) -> None:
    freed = samples.ask(Question("Which companies were involved in freeing the Ever Given?"))
    assert (freed.intent, freed.status) == ("question", "answered")
    assert freed.articles is None and freed.citations
    named = samples.ask(Question("Which companies are mentioned in the archive?"))
    assert named.text.startswith("Organisations named in 20 articles that are the newest, ")


def test_what_an_article_has_in_passing_it_is_not_about(samples: Assistant) -> None:
    football = samples.ask(Question("articles about football"))
    assert football.articles is not None and len(football.articles) == 1
    assert football.articles[0].title.startswith("Aldermouth Town 2-1")
    mentions = samples.ask(Question("which articles mention football"))
    assert mentions.articles is not None and len(mentions.articles) == 2


def test_all_articles_are_listed_where_all_are_asked_for(samples: Assistant) -> None:
    for question in ("List all 38 articles", "list all articles"):
        answer = samples.ask(Question(question))
        assert answer.articles is not None and len(answer.articles) == 38


def test_either_side_of_or_is_enough(assistant: Assistant) -> None:
    assert ids(assistant.ask(Question("articles about Kestrel Harbour or the tram"))) == ["a4", "a3", "a1"]


def test_outlets_that_wrote_about_something_are_counted(assistant: Assistant) -> None:
    answer = assistant.ask(Question("Which newspapers wrote about the tram line?"))
    assert answer.text == "1 outlet has 1 article about the tram line, 1 June 2021: The Courier (1)."


def test_an_outlet_and_a_day_in_the_question_limit_the_list(assistant: Assistant) -> None:
    assert ids(assistant.ask(Question("What did the Courier publish in May 2021?"))) == ["a1"]
    assert ids(assistant.ask(Question("show me articles from the Courier about the tram"))) == ["a4"]
    assert ids(assistant.ask(Question("articles about Kestrel Harbour on 6 May 2021"))) == ["a3"]


def test_the_newest_articles_are_listed_where_news_of_nothing_are_asked_for(assistant: Assistant) -> None:
    for question in ("What's new?", "any news?", "Show me the latest articles", "list all articles"):
        assert ids(assistant.ask(Question(question))) == ["a4", "a3", "a2", "a1", "a5"], question


def test_an_outlet_that_is_named_alone_is_whose_articles_are_listed(assistant: Assistant) -> None:
    assert ids(assistant.ask(Question("How many The Courier articles are there?"))) == ["a4", "a1"]
    assert ids(assistant.ask(Question("What was published on 6 May 2021?"))) == ["a3"]


def test_the_newest_and_the_oldest_article_are_named_with_their_day(assistant: Assistant) -> None:
    newest = assistant.ask(Question("when was the last article added?"))
    assert newest.text.startswith("The newest article is “A new tram” of The Courier, 1 June 2021.")
    oldest = assistant.ask(Question("whats the oldest thing u have"))
    assert oldest.text.startswith(
        "The oldest article is “Fire at Kestrel Harbour” of The Courier, 3 May 2021."
    )
    assert ids(newest) == ["a4", "a3", "a2", "a1"] and ids(oldest) == ["a1", "a2", "a3", "a4"]
    theirs = assistant.ask(Question("what is the latest article from the Echo"))
    assert theirs.text.startswith("The newest article is “What burned” of The Echo, 6 May 2021.")


def test_outlets_with_the_most_articles_are_named_together_where_they_have_as_many(
    assistant: Assistant,
) -> None:
    most = assistant.ask(Question("who published most of these articles?"))
    assert most.text.startswith("The Courier and The Echo each have the most: 2 articles of 5.")
    of_may = assistant.ask(Question("which outlet published the fewest articles in May 2021"))
    assert of_may.text.startswith("The Courier has the fewest: 1 article of 3.")


def test_authors_are_named_and_what_they_wrote_is_listed(assistant: Assistant) -> None:
    assert (
        assistant.ask(Question("who are the authors of these articles?")).text
        == "2 authors: Ines Marlow (2), Jo X (1)."
    )
    assert ids(assistant.ask(Question("do you have articles by ines marlow"))) == ["a1", "a5"]
    told = assistant.ask(Question("who wrote the article about the tram line"))
    assert told.text.endswith("Authors named: Jo X.") and ids(told) == ["a4"]


def test_outlets_and_days_in_small_letters_limit_what_is_asked_of_the_archive(assistant: Assistant) -> None:
    assert ids(assistant.ask(Question("do you have anything from the echo"))) == ["a3", "a2"]
    assert ids(assistant.ask(Question("anything by the courier from may 2021?"))) == ["a1"]
    assert ids(assistant.ask(Question("got articles from before june 2021"))) == ["a3", "a2", "a1"]


def test_where_there_is_nothing_the_answer_says_what_there_is(assistant: Assistant) -> None:
    none = assistant.ask(Question("do you have articles by the courier from april 2021"))
    assert none.articles is None
    assert none.text == (
        "No article in this archive is by The Courier from 1 to 30 April 2021; it has 2 articles by The "
        "Courier, 3 May to 1 June 2021."
    )
    other = assistant.ask(Question("do you have the evening gazette"))
    assert (other.status, other.articles) == ("not_in_archive", None)


def test_a_question_of_fact_that_sounds_like_one_about_the_archive_is_searched(assistant: Assistant) -> None:
    for question in (
        "which newspapers reported the winners first to the jury",
        "how many stories does the tram have",
    ):
        assert assistant.ask(Question(question)).intent == "question", question


def test_filters_limit_the_list_and_the_extent(assistant: Assistant) -> None:
    echo = Filter(sources=("The Echo",))
    assert ids(assistant.ask(Question("List articles about Kestrel Harbour", where=echo))) == ["a3", "a2"]
    assert (
        "2 articles, 4 to 6 May 2021"
        in assistant.ask(Question("how many articles do you have", where=echo)).text
    )


def test_nothing_found_is_an_abstention(assistant: Assistant) -> None:
    answer = assistant.ask(Question("Do you have any articles about Gandalf?"))
    assert (answer.status, answer.articles) == ("not_in_archive", None)
    assert answer.text == "No article in this archive is about Gandalf."
    later = assistant.ask(Question("What did the Courier publish in 2035?"))
    assert later.status == "outside_coverage"


def test_the_json_of_a_list_has_the_articles_as_the_contract_says(assistant: Assistant) -> None:
    written = assistant.ask(Question("articles about the tram")).to_json()
    assert written["articles"] == [
        {
            "id": "a4",
            "title": "A new tram",
            "source": "The Courier",
            "published_at": "2021-06-01",
            "url": None,
        }
    ]
    assert written["suggestions"] == [] and written["intent"] == "catalogue"
    assert "articles" not in assistant.ask(Question("How long did the harbour burn?")).to_json()


def ids(answer: Answer) -> list[str]:
    return [one.id for one in answer.articles or ()]
