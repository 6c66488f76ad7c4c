"""Copies of one story count once and are named; corrections ride along; neither says more than it may."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.store.store import Store
from rag.answer import Question
from rag.render import to_terminal
from rag.web.answers.shown import html_line, view_of, view_shown
from rag.web.bounds.exposure import EVERYTHING, Rights, Viewer
from rag.web.settings import Exposure, WebSettings
from tests.index.newsroom import long_text
from tests.rag.conftest import assistant_over_words
from tests.rag.web.conftest import app_over, indexed, running

STORY = f"Captain Grace Hopper steered the Kittiwake through the storm. {long_text('the harbour of Lowtown')}"
QUESTION = "Who steered the Kittiwake through the storm?"
NOTICE = "Correction, Oct. 20, 2019: An earlier version of this report misstated the name of the ship."
UPDATED = "Clarification: This report was updated to clarify who had been on the bridge."
ARTICLES: list[dict[str, object]] = [
    {
        "id": "post",
        "title": "Repost <b>of</b> the storm",
        "source": "Coast <i>Gazette</i>",
        "published_at": "2019-10-17",
        "text": STORY,
    },
    {
        "id": "wire",
        "title": "Kittiwake rides out the storm",
        "source": "Harbour Wire",
        "published_at": "2019-10-15",
        "updated_at": "2019-10-25",
        "text": f"{STORY}\n\n{NOTICE}\n\n{UPDATED}",
    },
    {
        "id": "late",
        "title": "From the archive",
        "source": "Yearbook",
        "published_at": "2020-01-02",
        "text": STORY,
    },
    {
        "id": "other",
        "title": "A bridge opens",
        "source": "Harbour Wire",
        "published_at": "2019-10-16",
        "text": f"Mayor Ann Lee opened a bridge. {long_text('a bridge over the Low')}",
    },
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which three outlets tell one story, the first of them with corrections."""
    return indexed(tmp_path_factory.mktemp("copies"), ARTICLES)


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[httpx.Client]:
    with running(app_over(folder)) as url, httpx.Client(base_url=url, timeout=300, trust_env=False) as client:
        yield client


def cited(client: httpx.Client, **where: object) -> Any:
    """The one citation of the answer."""
    told = client.post("/api/ask", json={"question": QUESTION} | where).json()
    assert told["status"] == "answered", told
    (citation,) = told["citations"]
    return citation


def test_a_story_is_cited_once_by_its_first_outlet_and_the_others_are_named(client: httpx.Client) -> None:
    citation = cited(client)
    assert (citation["article_id"], citation["source"]) == ("wire", "Harbour Wire")
    assert [(one["article_id"], one["source"], one["published_at"]) for one in citation["also_in"]] == [
        ("post", "Coast <i>Gazette</i>", "2019-10-17"),
        ("late", "Yearbook", "2020-01-02"),
    ]
    for one in citation["also_in"]:
        assert client.get(one["href"]).status_code == 200 and one["date"]
        assert client.get(f"/api/articles/{one['article_id']}").json()["revision"] == one["revision"]


def test_a_search_counts_a_story_once(client: httpx.Client) -> None:
    found = client.post("/api/search", json={"query": "Kittiwake storm"}).json()["passages"]
    told = [one["article_id"] for one in found if "Kittiwake" in one["text"]]
    assert told == ["wire"]


@pytest.mark.parametrize(
    ("where", "cites", "also"),
    [
        ({"source": "Coast <i>Gazette</i>"}, "post", []),
        ({"source": ["yearbook", "Coast <i>Gazette</i>"]}, "post", ["late"]),
        ({"after": "2019-10-16"}, "post", ["late"]),
        ({"before": "2019-10-17"}, "wire", []),
        ({"as_of": "2019-10-18"}, "wire", ["post"]),
        ({"as_of": "2019-10-15"}, "wire", []),
    ],
)
def test_a_copy_that_the_question_leaves_out_neither_answers_nor_is_named(
    client: httpx.Client, where: dict[str, object], cites: str, also: list[str]
) -> None:
    citation = cited(client, **where)
    assert citation["article_id"] == cites
    assert [one["article_id"] for one in citation["also_in"]] == also


@pytest.mark.parametrize(
    ("where", "kinds"),
    [
        ({}, ["correction", "clarification"]),
        ({"as_of": "2019-10-26"}, ["correction", "clarification"]),
        ({"as_of": "2019-10-21"}, ["correction"]),
        ({"as_of": "2019-10-19"}, []),
    ],
)
def test_a_correction_is_told_from_the_day_that_it_was_out(
    client: httpx.Client, where: dict[str, object], kinds: list[str]
) -> None:
    notices = cited(client, **where)["corrections"]
    assert [one["kind"] for one in notices] == kinds
    text = client.get("/api/articles/wire").json()["text"]
    assert all(text[one["start"] : one["end"]] == one["text"] for one in notices)
    assert all(one["says"] == one["text"] for one in notices)


@pytest.mark.parametrize("exposure", ["excerpt", "link"])
def test_a_server_that_only_links_names_copies_and_tells_no_words_of_corrections(
    folder: Path, exposure: Exposure
) -> None:
    with (
        running(app_over(folder, WebSettings(exposure=exposure))) as url,
        httpx.Client(base_url=url, timeout=300, trust_env=False) as client,
    ):
        citation = cited(client)
        assert [one["article_id"] for one in citation["also_in"]] == ["post", "late"]
        assert "text" not in citation["also_in"][0]
        assert bool(citation["corrections"]) == (exposure == "excerpt")
        page = client.get("/articles/wire").text
        assert "Coast &lt;i&gt;Gazette&lt;/i&gt;, 17 October 2019" in page and "Yearbook" in page
        assert ("misstated" in page) == (exposure == "excerpt")


def test_page_terminal_and_copied_text_name_copies_and_corrections_and_escape_them(folder: Path) -> None:
    with Store.open(folder) as store:
        answer = assistant_over_words(folder, store).ask(Question(QUESTION))
        viewers = [EVERYTHING, Viewer(Rights("link", lambda: store), "somebody")]
        shown = [view_shown(view_of(answer, viewer)) for viewer in viewers]
    page, linked = (
        html_line("answers/answer.html", **values, number=1, stage=None, problem=None, stopped=False)
        for values in shown
    )
    assert "also in Coast &lt;i&gt;Gazette&lt;/i&gt;, 17 October 2019; Yearbook, 2 January 2020" in page
    assert page.count(NOTICE) == 2 and f'<p class="corrected" dir="auto">{NOTICE}</p>' in page
    assert "also in" in linked and "misstated" not in linked
    said = " ".join(to_terminal(answer, width=200).split())
    assert "also in Coast <i>Gazette</i>, 17 October 2019; Yearbook, 2 January 2020" in said
    assert NOTICE in said and "Corrected:" not in said


def test_the_article_page_of_a_copy_names_the_first_and_the_others(client: httpx.Client) -> None:
    page = client.get("/articles/late").text
    assert page.index("Harbour Wire, 15 October 2019") < page.index("Coast &lt;i&gt;Gazette")
    assert "Also in" not in client.get("/articles/other").text
