"""Subjects of an archive: what most headlines name, of several stories, from the store alone."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from index.store.filters import Filter
from index.store.store import Passage, Store
from index.sync.run import sync
from rag.about import subjects
from rag.about.subjects import subjects_of
from rag.answer import Question
from rag.assistant import Assistant
from tests.fakes import WordOverlapEmbedding

Told = tuple[str, str, str | None]
"""Headline, text and outlet."""
TRAM = "The city opened the Kestrel Harbour tram line on Monday."
TALKS = "Turkey said on Monday that Mevlana Arslan would go. Turkish officials and Arslan met in Ankara."


def test_the_samples_are_about_their_stories(samples: Assistant) -> None:
    answer = samples.ask(Question("What is this archive about?"))
    assert (answer.status, answer.intent) == ("listed", "catalogue")
    assert answer.text.startswith(
        "This archive has 38 articles; one has no date, the others are from 9 October 2019 to 16 May 2023. "
        "Most often in the headlines: Syria (8), Artemis (4), Ever Given (3), Aldermouth (3), "
        "Suez Canal (3), Turkey (3). 6 outlets: "
    )
    assert "headlines" not in samples.ask(Question("How many articles do you have?")).text


def test_the_subjects_of_an_outlet_or_of_some_days_are_those_of_their_headlines(samples: Assistant) -> None:
    for question in ("What topics does the Meridian Wire cover?", "what does the Meridian Wire cover"):
        answer = samples.ask(Question(question))
        assert answer.text == (
            "9 articles, 9 October 2019 to 16 November 2022: Meridian Wire (9). "
            "Most often in the headlines: Syria (3), Suez Canal (2)."
        )
        assert answer.articles is not None and {one.source for one in answer.articles} == {"Meridian Wire"}
    of_2022 = samples.ask(Question("what topics did you cover in 2022"))
    assert of_2022.text.endswith("Most often in the headlines: Artemis (4).")


def test_a_country_and_a_person_count_in_all_forms(tmp_path: Path) -> None:
    told = [
        ("Turkey waits", TALKS, None),
        ("Turkish ferries late", TALKS, None),
        ("Mevlana Arslan resigns", TALKS, None),
        ("Why Arslan had to go", TALKS, None),
        ("Arslan and the harbour", TALKS, None),
    ]
    assert subjects_in(tmp_path, told) == [("Mevlana Arslan", 3), ("Turkey", 2)]


def test_articles_under_one_headline_count_once(tmp_path: Path) -> None:
    copies = [("Kestrel Harbour burns", TRAM, outlet) for outlet in ("Echo", "Courier", "Herald")]
    assert subjects_in(tmp_path, copies) == []
    assert subjects_in(tmp_path, [*copies, ("Kestrel Harbour opens", TRAM, "Echo")]) == [
        ("Kestrel Harbour", 2)
    ]


def test_names_of_the_same_headlines_are_one_subject(tmp_path: Path) -> None:
    text = "The crew of the Halvorsen left Brelvik at noon. The Halvorsen is old."
    told = [(f"Halvorsen leaves Brelvik on {day}", text, None) for day in ("Monday", "Tuesday", "Friday")]
    assert len(subjects_in(tmp_path, told)) == 1


def test_what_a_headline_says_of_its_outlet_is_no_subject(tmp_path: Path) -> None:
    told = [(f"{what} | CNN Business", f"(CNN) The {what} came to Brelvik.", "cnn.com") for what in "ab"]
    assert subjects_in(tmp_path, told) == []


def test_a_word_that_is_mostly_written_small_is_no_name(tmp_path: Path) -> None:
    text = "Officials marked the Day with flags. All day long the day was sunny, a day to keep."
    told = [("Mother's Day in rain", text, None), ("Labor Day is over", text, None)]
    assert "Day" not in dict(subjects_in(tmp_path, told))


def test_a_hidden_article_gives_no_headline(tmp_path: Path) -> None:
    told = [("Kestrel Harbour burns", TRAM, None), ("Kestrel Harbour opens", TRAM, None)]
    with store_of(tmp_path, told) as store:
        assert len(store.headlines(Filter())) == 2
        store.hidden = frozenset(["0"])
        assert [title for _, title, _ in store.headlines(Filter())] == ["Kestrel Harbour opens"]
        assert subjects_of(store, Filter()) == []


def test_an_empty_archive_has_no_subject(tmp_path: Path) -> None:
    with store_of(tmp_path, [("Kestrel Harbour burns", TRAM, None)]) as store:
        assert subjects_of(store, Filter(sources=("Nobody",))) == []


def test_of_many_articles_some_openings_are_read_and_all_headlines_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subjects, "READ", 4)
    read: list[int] = []

    def analyses(store: Store, passages: Iterable[Passage]) -> dict[int, object]:
        passages = list(passages)
        read.append(len(passages))
        return dict(analyses_of(store, passages))

    analyses_of = Store.analyses
    monkeypatch.setattr(Store, "analyses", analyses)
    told = [(f"Kestrel Harbour, part {n}", TRAM, None) for n in range(30)]
    assert subjects_in(tmp_path, told) == [("Kestrel Harbour", 30)]
    assert read == [4]


def subjects_in(folder: Path, told: Sequence[Told]) -> list[tuple[str, int]]:
    with store_of(folder, told) as store:
        return subjects_of(store, Filter())


def store_of(folder: Path, told: Sequence[Told]) -> Store:
    lines = [
        json.dumps({"id": str(n), "title": title, "text": text, "source": source})
        for n, (title, text, source) in enumerate(told)
    ]
    (folder / "feed.jsonl").write_text("\n".join(lines), encoding="utf-8")
    sync([folder / "feed.jsonl"], folder / "store", WordOverlapEmbedding(), vector_cache=False)
    return Store.open(folder / "store")
