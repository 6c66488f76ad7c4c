"""Passages that a question prefers come first, and nothing is cut off."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pytest

from index.store.filters import Filter
from index.store.store import Passage, Store
from rag.answer import Question
from rag.assistant import Assistant
from rag.retrieve.preferred import with_places_for
from tests.rag.retrieve.conftest import Articles, MakeArchive

FIRE: Articles = {
    "gazette": ("Hill Gazette", "2019-10-16", "The mill burned down. The fire at the mill took the roof."),
    "lantern": (
        "Daily Lantern",
        "2019-10-15",
        "Fire at the mill. The fire at the mill took the roof and the barn.",
    ),
    "post": (
        "Harbour Post",
        "2021-03-02",
        "Mill rebuilt. The fire at the mill is told of at the new mill still.",
    ),
    "other": ("Harbour Post", "2020-01-05", "Trains are late. The trains of the coast were late again."),
}


def found(assistant: Assistant, question: str, where: Filter | None = None) -> list[str]:
    """Names of the articles of the passages found, in their order, each once."""
    passages = assistant.retriever.retrieve(question, where).passages
    assert [one.rank for one in passages] == list(range(1, len(passages) + 1))
    scores = [one.score for one in passages]
    assert scores == sorted(scores, reverse=True) and all(0 <= score <= 1 for score in scores)
    return list(
        dict.fromkeys(one.passage.article_id.rpartition("/")[2].removesuffix(".md") for one in passages)
    )


def test_an_outlet_that_is_named_is_lifted_and_others_stay(archive: MakeArchive) -> None:
    assistant = archive(FIRE)
    plain = found(assistant, "What did they report about the fire at the mill?")
    assert plain[0] in ("gazette", "lantern")
    for outlet, name in (("Harbour Post", "post"), ("Lantern", "lantern"), ("Gazette", "gazette")):
        order = found(assistant, f"What did the {outlet} report about the fire at the mill?")
        assert order[0] == name and {*order} == {*FIRE}


def test_a_filter_still_cuts_off(archive: MakeArchive) -> None:
    asked = "What did the Lantern report about the fire at the mill on 15 October 2019?"
    assert found(archive(FIRE), asked, Filter(sources=("Hill Gazette",))) == ["gazette"]


def test_an_explicit_date_leans_to_what_tells_of_it_or_was_published_then(archive: MakeArchive) -> None:
    later = "Look back. The fire at the mill of 4 June 2018 is not forgotten."
    assistant = archive({**FIRE, "later": ("Harbour Post", "2022-05-01", later)})
    plain = found(assistant, "What about the fire at the mill?")
    for date, name in (
        ("in March 2021", "post"),
        ("on 15 October 2019", "lantern"),
        ("on 4 June 2018", "later"),
    ):
        order = found(assistant, f"What about the fire at the mill {date}?")
        assert {*order} == {*plain} and order.index(name) <= plain.index(name) // 2, date


def test_quoted_words_come_first_whatever_their_marks(archive: MakeArchive) -> None:
    said = "The mill. Nobody had thought of the mill’s — “old roof” that night, and no fire took it."
    assistant = archive({**FIRE, "said": ("Harbour Post", "2019-10-20", said)})
    assert found(assistant, 'Which fire at the mill took the "mill\'s old roof"?')[0] == "said"
    assert found(assistant, "Which fire at the mill took the mill's old roof?")[0] != "said"


def test_quoted_words_that_no_passage_has_are_said(archive: MakeArchive) -> None:
    assistant = archive(FIRE)
    answer = assistant.ask(Question("Who said “the fire took the mill” of the mill?"))
    assert "No passage has the quoted words “the fire took the mill”." in answer.notices
    assert answer.passages
    assert not assistant.ask(Question("Who said “took the roof” of the mill?")).notices


def test_the_newest_is_lifted_only_where_asked_for(archive: MakeArchive) -> None:
    assistant = archive(
        {
            str(year): (
                "Harbour Post",
                f"{year}-05-01",
                f"Count {year}. The count of seals was {year - 1000}.",
            )
            for year in range(2015, 2021)
        }
    )
    plain = found(assistant, "What was the count of seals?")
    newest = found(assistant, "What was the latest count of seals?")
    assert newest[0] == "2020" and {*plain} == {*newest}
    assert plain == found(assistant, "What was the count of seals then?")
    assert plain[0] != "2020"


def test_each_side_of_a_comparison_is_among_the_first(archive: MakeArchive) -> None:
    many = {
        f"oslo{n}": (
            "Harbour Post",
            f"2020-01-{n + 1:02}",
            f"Oslo {n}. The harbour of Oslo took {n} ships of cod.",
        )
        for n in range(24)
    }
    lima = {"lima": ("Harbour Post", "2020-02-01", "Lima. In Lima boats came in, and nobody counted.")}
    order = found(archive(many | lima), "Compare the ships of cod in the harbour of Oslo with those of Lima")
    assert "lima" in order[:2]


def test_outlets_that_are_compared_are_among_the_first(archive: MakeArchive) -> None:
    many = {
        f"p{n}": ("Harbour Post", "2020-01-01", f"Storm {n}. The storm took {n} boats.") for n in range(24)
    }
    other = {"lantern": ("Daily Lantern", "2020-01-02", "Wind. Boats went down.")}
    order = found(archive(many | other), "How do the Harbour Post and the Daily Lantern differ on the storm?")
    assert "lantern" in order[:2]


def test_one_story_stands_once_with_its_earliest_telling_in_ask_and_search(archive: MakeArchive) -> None:
    words = (
        "Divers found the bell. On Friday divers of the harbour guard found the bell of the Corvo below the "
        "old pier, where it had lain for ninety years. The bell weighs forty kilograms and bears the name of "
        "its maker. It will hang in the town hall, said the mayor, who had come to the pier in the rain."
    )
    articles = {
        "second": ("Hill Gazette", "2020-03-09", words),
        "first": ("Harbour Post", "2020-03-07", words),
        "third": ("Daily Lantern", "2020-03-11", words),
        "other": ("Daily Lantern", "2020-03-12", "Rain. It rained on the pier all week."),
    }
    assistant = archive(articles)
    question = "Where did divers find the bell of the Corvo?"
    searched = found(assistant, question)
    assert searched[0] == "first" and not {"second", "third"} & {*searched}
    answer = assistant.ask(Question(question))
    asked = [one.passage.article_id.rpartition("/")[2] for one in answer.passages]
    assert asked[0] == "first.md" and not {"second.md", "third.md"} & {*asked}


def test_preferred_passages_take_the_last_places_of_those_that_are_read() -> None:
    fused = [(key, 1.0 / key) for key in range(1, 9)]
    order = [key for key, _ in with_places_for(fused, [3, 8, 20], 5)]
    assert order == [1, 2, 3, 8, 20, 4, 5, 6, 7]
    assert with_places_for(fused, [], 5) == fused


def test_quoted_words_are_looked_up_once_and_each_analysis_is_read_once(
    archive: MakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = archive(FIRE)
    asked = Counter[str]()
    read = Counter[int]()
    lexical, analyses = Store.lexical, Store.analyses

    def searching(store: Store, terms: Sequence[str], k: int, where: Filter | None = None) -> object:
        asked.update(terms)
        return lexical(store, terms, k, where)

    def reading(store: Store, passages: Iterable[Passage]) -> object:
        wanted = list(passages)
        read.update(one.id for one in wanted)
        return analyses(store, wanted)

    monkeypatch.setattr(Store, "lexical", searching)
    monkeypatch.setattr(Store, "analyses", reading)
    assistant.retriever.retrieve("Who said “took the roof” of the mill on 15 October 2019?")
    assert asked["took the roof"] == 1
    assert read and set(read.values()) == {1}


LATER: Articles = {
    **FIRE,
    "bell": ("Hill Gazette", "2021-03-04", "Bell found. Divers found the bell of the Corvo. It is heavy."),
    "old": ("Hill Gazette", "2018-01-01", "Fair opens. The spring fair opened with a parade of boats."),
}


@pytest.mark.parametrize(
    ("question", "leads"),
    [
        ("What happened on 15 October 2019?", ["lantern", "gazette"]),
        ("What did the Daily Lantern report on 15 October 2019?", ["lantern"]),
        ("What did the Hill Gazette report?", ["bell", "gazette", "old"]),
        ("what did the hill gazette and the harbour post say in March 2021", ["bell", "post"]),
        ("What happened on 13 October 2019?", ["lantern", "gazette"]),
    ],
)
def test_what_was_reported_is_answered_with_the_leads(
    archive: MakeArchive, question: str, leads: list[str]
) -> None:
    assistant = archive(LATER)
    assert found(assistant, question)[: len(leads)] == leads
    answer = assistant.ask(Question(question))
    assert answer.status == "answered"
    names = [one.article_id.rpartition("/")[2].removesuffix(".md") for one in answer.citations]
    assert names == leads[:3]
    assert all(LATER[name][2].split(". ")[1].rstrip(".") in answer.text for name in names)


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("What happened on 9 June 2020?", "not_in_archive"),
        ("What did the Hill Gazette report on 9 June 1999?", "outside_coverage"),
        ("What did the Hill Gazette report on whales?", "not_in_archive"),
        ("Who steered the parade of boats on 1 January 2018?", "not_stated"),
    ],
)
def test_where_nothing_of_it_was_reported_no_lead_is_quoted(
    archive: MakeArchive, question: str, status: str
) -> None:
    assert archive(LATER).ask(Question(question)).status == status


def test_two_outlets_are_answered_with_words_of_each_and_of_no_other(archive: MakeArchive) -> None:
    told = {
        "zo": ("Zell Observer", "2021-03-27", "Road shut. The flood shut the mill road for nine days."),
        "at": (
            "Alder Times",
            "2021-03-28",
            "Road closed. The mill road is shut for six days.",
        ),
        "ao": (
            "Alder Observer",
            "2021-03-29",
            "Mill road. For how long the flood shut the mill road is known: eleven days.",
        ),
        "zt": ("Zell Times", "2021-03-29", "Mill road. The flood shut the mill road long: two weeks."),
    }
    assistant = archive(told)
    for question in (
        "According to the Zell Observer and the Alder Times, for how long was the mill road shut?",
        "What did the Zell Observer and the Alder Times report on the flood of the mill road?",
    ):
        answer = assistant.ask(Question(question))
        assert answer.status == "answered"
        assert {one.source for one in answer.citations} == {"Zell Observer", "Alder Times"}
    one = assistant.ask(Question("According to the Alder Times, for how long was the mill road shut?"))
    assert {each.source for each in one.citations} == {"Alder Times"} and "six days" in one.text


def test_outlets_that_an_article_reports_on_are_not_taken_for_others_of_like_names(
    archive: MakeArchive,
) -> None:
    papers = [f"The {town} {name}" for town in ("Alder", "Zell", "Birch") for name in ("Times", "Observer")]
    told = " ".join(
        f"{paper} says of the eclipse that it lasted {60 + n} seconds." for n, paper in enumerate(papers)
    )
    assistant = archive({"review": ("Press Review", "2024-04-09", f"Papers on it. {told}")})
    answer = assistant.ask(Question("What does the Zell Observer and the Alder Times say of the eclipse?"))
    assert "The Zell Observer says of the eclipse that it lasted 63" in answer.text
    assert "The Alder Times says of the eclipse that it lasted 60" in answer.text
    assert "Alder Observer" not in answer.text and "Zell Times" not in answer.text
    absent = assistant.ask(Question("What does the Birch Herald say of the eclipse?"))
    assert not absent.citations
