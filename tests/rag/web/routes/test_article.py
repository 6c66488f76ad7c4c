"""The article page: the text as it is, the quoted words marked by code points, never a traceback."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import StoreDamaged
from index.store.store import Store
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from rag.retrieve.search import Retriever
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.present import article_path
from rag.web.routes.article import language, marked_paragraphs, parse_span, router, surroundings
from rag.web.settings import WebSettings
from rag.web.versions import written_moment
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import SharedWords, assistant_over_words
from tests.rag.web.conftest import indexed

TEXT = (
    "The ferry left at nine 🚢. It carried 40 people.\n\n"
    "“We saw no storm,” the captain said. She has sailed since 1987.\n\n"
    "## What comes next\n\n"
    "The inquiry opens in May."
)
FERRY: dict[str, object] = {
    "id": "wire/2024/ferry #7?.html",
    "title": "Ferry “Kittiwake” overdue",
    "text": TEXT,
    "source": "Harbour Wire",
    "authors": ["Ada Moss", "Ben Oake"],
    "url": "https://wire.example/ferry?utm_source=x",
    "published_at": "2024-03-01T08:00:00+00:00",
    "updated_at": "2024-03-01T17:30:00+00:00",
}
ID = str(FERRY["id"])

Visit = Callable[..., TestClient]


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Visit]:
    """A client of the article page over articles: `visit(article, ..., exposure="excerpt")`."""
    stores: list[Store] = []

    def make(*articles: dict[str, object], exposure: str = "full") -> TestClient:
        (tmp_path / "feed.jsonl").write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
        sync([tmp_path / "feed.jsonl"], tmp_path / "store", WordOverlapEmbedding(), vector_cache=False)
        store = Store.open(tmp_path / "store")
        stores.append(store)
        return client(lambda: opened(store), replace(WebSettings(), exposure=exposure))  # type: ignore[arg-type]

    yield make
    for store in stores:
        store.close()


@pytest.fixture(scope="module")
def ferry_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of the article `FERRY`, which nobody changes."""
    with Store.open(indexed(tmp_path_factory.mktemp("ferry"), [FERRY])) as store:
        yield store


@pytest.fixture
def ferry(ferry_store: Store) -> Visit:
    """A client of the article page over that store: `ferry(exposure="excerpt")`."""

    def make(exposure: str = "full") -> TestClient:
        return client(lambda: opened(ferry_store), replace(WebSettings(), exposure=exposure))  # type: ignore[arg-type]

    return make


def opened(store: Store) -> OpenArchive:
    scorer = SharedWords()
    retriever = Retriever(store, ExactVectors(store), WordOverlapEmbedding(), scorer)
    return OpenArchive(store, assistant_over_words(store.path, store), retriever)


def client(open_archive: Callable[[], OpenArchive | None], how: WebSettings) -> TestClient:
    app = FastAPI()
    app.include_router(router(LiveArchive(open_archive, settings=how), how))
    return TestClient(app)


def marked(html: str) -> list[str]:
    return re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.S)


def test_a_link_of_a_citation_shows_the_article_with_its_span_marked(ferry: Visit) -> None:
    start = TEXT.index("It carried")
    page = ferry().get(article_path(ID, None, start, start + len("It carried 40 people.")))
    assert page.status_code == 200
    assert marked(page.text) == ["It carried 40 people."]
    assert '<mark id="quote">' in page.text and "Back to the answer" in page.text
    for said in (
        '<h1 dir="auto">Ferry “Kittiwake” overdue</h1>',
        "Harbour Wire",
        'By <span dir="auto">Ada Moss, Ben Oake</span>',
        "1 March 2024, 08:00",
        "1 March 2024, 17:30",
        'href="https://wire.example/ferry" rel="noopener noreferrer nofollow"',
        '<h2 dir="auto">What comes next</h2>',
    ):
        assert said in page.text, said


def test_a_span_over_paragraphs_is_marked_in_each_and_named_once(ferry: Visit) -> None:
    start, end = TEXT.index("40 people"), TEXT.index(" the captain")
    page = ferry().get(article_path(ID, None, start, end))
    assert marked(page.text) == ["40 people.", "“We saw no storm,”"]
    assert page.text.count('id="quote"') == 1


@pytest.mark.parametrize(
    ("start", "end"),
    [
        *(("0", "99999"), ("9", "3"), ("-4", "9"), ("a", "b"), ("1e3", "4"), ("٣", "٩")),
        *(("5", None), (None, "5"), ("0", "9" * 400), ("47", "49")),
    ],
)
def test_offsets_that_mean_nothing_leave_the_article_unmarked_and_say_so(
    ferry: Visit, start: str | None, end: str | None
) -> None:
    query = {name: value for name, value in (("start", start), ("end", end)) if value is not None}
    page = ferry().get(article_path(ID), params=query)
    assert page.status_code == 200
    assert not marked(page.text) and "nothing is marked" in page.text and "The ferry left" in page.text


def test_without_offsets_nothing_is_marked_and_nothing_is_excused(ferry: Visit) -> None:
    page = ferry().get(article_path(ID))
    assert not marked(page.text) and "nothing is marked" not in page.text and "Ask the archive" in page.text
    assert ferry().get(article_path(ID) + "?start=&end=&revision=").text == page.text


def test_an_excerpt_is_the_quote_and_one_sentence_either_side(visit: Visit) -> None:
    text = TEXT + "\n\n" + "\n\n".join(f"The log of day {n} says nothing of it." for n in range(30))
    start = text.index("“We saw")
    end = start + len("“We saw no storm,” the captain said.")
    pages = visit(FERRY | {"text": text}, exposure="excerpt")
    page = pages.get(article_path(ID, None, start, end)).text
    assert "It carried 40 people." in page and "She has sailed" in page
    assert "The ferry left" not in page and "inquiry" not in page
    assert marked(page) == ["“We saw no storm,” the captain said."]
    without = pages.get(article_path(ID)).text
    assert "Kittiwake" in without and "wire.example" in without and "ferry left" not in without


def test_only_the_link_is_shown_where_only_the_link_may_be(ferry: Visit) -> None:
    page = ferry(exposure="link").get(article_path(ID, None, 0, 9)).text
    assert "Kittiwake" in page and "https://wire.example/ferry" in page
    assert "The ferry" not in page and "nothing is marked" not in page


def test_an_earlier_version_says_that_there_is_a_newer_one(visit: Visit) -> None:
    visit(FERRY)
    pages = visit(FERRY | {"text": TEXT.replace("40 people", "41 people")})
    newest = pages.get(article_path(ID)).text
    assert "41 people" in newest and "The text has changed" in newest and "text changed, revision" in newest
    older = re.findall(r'href="(/articles/[^"]*\?revision=[0-9a-f]{12})"', newest)
    page = pages.get(older[0]).text
    assert "40 people" in page and "earlier version" in page and f'href="{article_path(ID)}"' in page


CORRECTION = "Correction: An earlier version of this article misstated how many people were on board."


def revised(visit: Visit, *, exposure: str = "full", **changed: object) -> tuple[TestClient, str, str]:
    """A client of the article page over an article with two revisions, the older first."""
    visit(FERRY)
    later = FERRY | {"text": TEXT.replace("40 people", "41 people") + f"\n\n{CORRECTION}"} | changed
    pages = visit(later, exposure=exposure)
    newest = pages.get(article_path(ID)).text
    first, second = re.findall(r"revision ([0-9a-f]{12})", newest)[::-1]
    return pages, first, second


def test_a_correction_stands_above_the_text_of_every_version(visit: Visit) -> None:
    pages, older, newer = revised(visit)
    for revision, label in ((newer, ""), (older, '<strong lang="en">Since this version</strong> ')):
        page = pages.get(article_path(ID, revision)).text
        assert f'<p class="correction" dir="auto">{label}{CORRECTION}</p>' in page
        assert page.index("misstated") < page.index("The ferry left")
    assert "corrected, revision" in page and "text changed, revision" not in page


def test_a_citation_of_an_old_version_leads_to_what_has_changed(visit: Visit) -> None:
    pages, older, newer = revised(visit)
    start = TEXT.index("It carried")
    cited = pages.get(article_path(ID, older, start, start + len("It carried 40 people."))).text
    assert marked(cited) == ["It carried 40 people."] and "This is an earlier version" in cited
    link = re.search(r'href="([^"]+)">what has changed', cited)
    assert link
    page = pages.get(link[1].replace("&amp;", "&")).text
    assert "<del>40</del><ins>41</ins> people." in page and f"<ins>{CORRECTION}</ins>" in page
    assert '<p dir="auto" class="same">The inquiry opens in May.</p>' in page
    assert ">What comes next</p>" in page and "##" not in page
    assert f"revision={newer}&amp;since={older}" in cited


@pytest.mark.parametrize("exposure", ["excerpt", "link"])
def test_what_may_not_be_shown_is_not_shown_as_a_difference_either(visit: Visit, exposure: str) -> None:
    pages, older, newer = revised(visit, exposure=exposure)
    old = pages.get(article_path(ID, older)).text
    assert "This is an earlier version" in old and "since=" not in old
    assert ("misstated" in old) == (exposure == "excerpt")
    refused = pages.get(f"{article_path(ID, newer)}&since={older}")
    assert refused.status_code == 404 and "41" not in refused.text and "cannot be compared" in refused.text


def test_a_difference_with_what_is_no_version_is_a_page_that_says_so(visit: Visit) -> None:
    pages, _, newer = revised(visit)
    for since in ("ffffffffffff", "<script>", "0" * 5000):
        page = pages.get(article_path(ID, newer), params={"revision": newer, "since": since})
        assert page.status_code == 404 and "cannot be compared" in page.text and "<script>" not in page.text


MARKUP = "<script>alert(1)</script> ‘<ins>’ </del></p><img src=x onerror=alert(1)> **bold** [a](javascript:b)"


def test_nothing_of_either_version_becomes_markup_where_they_are_compared(visit: Visit) -> None:
    pages, older, newer = revised(
        visit,
        title=f"Ferry {MARKUP}",
        text=f"{TEXT.replace('40', MARKUP)}\n\n{MARKUP}\n\nCorrection: {MARKUP}",
    )
    for path in (
        f"{article_path(ID, newer)}&since={older}",
        f"{article_path(ID, older)}&since={newer}",
        article_path(ID, older),
    ):
        page = pages.get(path).text
        assert not re.search(r"<script(?! src=\"/static/)|<img|<strong>bold|href=\"javascript", page)
        assert page.count("<ins>") == page.count("</ins>") and page.count("<del>") == page.count("</del>")
        assert "&lt;script&gt;" in page and "**bold**" in page


def test_versions_of_one_day_are_told_apart_by_the_clock(visit: Visit) -> None:
    pages, *_ = revised(visit)
    versions = pages.get(article_path(ID)).text.partition('id="versions"')[2]
    assert len(re.findall(r"\d{4}, \d\d:\d\d(?:, shown here)?<", versions)) == 2
    alone = visit(FERRY | {"id": "another"}).get(article_path("another")).text
    assert re.search(r"in the archive since \d+ \w+ \d{4}\.", alone)


def test_a_long_text_that_is_another_one_now_is_compared(visit: Visit) -> None:
    long, other = ("".join(f"{word} {n} of many.\n\n" for n in range(2_500)) for word in ("Part", "Piece"))
    pages, _, newer = revised(visit, text=long)
    visit(FERRY | {"text": other})
    newest = re.findall(r"revision ([0-9a-f]{12})", pages.get(article_path(ID)).text)[0]
    page = pages.get(f"{article_path(ID, newest)}&since={newer}")
    assert page.status_code == 200
    assert page.text.count("<del>Part</del><ins>Piece</ins>") == 2_500


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (article_path("nobody"), "No article has this address"),
        (article_path(ID, "ffffffffffff"), "Read its newest version"),
        (article_path(ID) + "?revision=%00'%20or%201", "Read its newest version"),
        ("/articles/", "No article has this address"),
        ("/articles/%00%ff", "No article has this address"),
    ],
)
def test_what_is_not_there_is_said_on_a_page(ferry: Visit, path: str, says: str) -> None:
    page = ferry().get(path)
    assert page.status_code == 404 and says in page.text
    assert page.headers["content-type"].startswith("text/html")


def test_without_a_store_the_page_says_so() -> None:
    page = client(lambda: None, WebSettings()).get("/articles/a")
    assert page.status_code == 503 and "onrecord index PATH" in page.text


def test_a_store_that_fails_is_no_bug_of_the_page(ferry: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = ferry()

    def fail(*_: object) -> None:
        raise StoreDamaged("the database /where/it/is cannot be read")

    monkeypatch.setattr(Store, "article", fail)
    page = pages.get(article_path(ID))
    assert page.status_code == 503 and "/where/it/is" not in page.text


HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7 * 191 }}"


def test_nothing_of_an_article_or_an_address_becomes_markup(visit: Visit) -> None:
    article = FERRY | {
        "id": "h<script>",
        "title": HOSTILE,
        "text": f"{HOSTILE} is a sentence. javascript:alert(1) is another.",
        "source": HOSTILE,
        "authors": [HOSTILE],
        "url": "javascript:alert(1)",
        "language": '"><script>',
    }
    pages = visit(article)
    for path in (
        article_path("h<script>", None, 3, 60),
        article_path("h<script>") + "?start=%3Cscript%3E&end=%22%3E%3Cscript%3E",
        article_path("h<script>", "<script>alert(1)</script>"),
        "/articles/<script>alert(1)</script>",
    ):
        page = pages.get(path).text
        assert not re.search(r"<script(?! src=\"/static/)|<img|href=\"javascript|1337", page)
        assert 'lang="en"' in page and page.count("</title>") == 1


def test_a_browser_may_run_and_fetch_nothing_but_our_own_files(ferry: Visit) -> None:
    page = ferry().get(article_path(ID))
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'self'" in policy
    assert page.headers["x-robots-tag"] == "noindex" and "set-cookie" not in page.headers
    assert not re.search(r"\s(?:style|on\w+)=", page.text)


def test_a_head_request_is_answered(ferry: Visit) -> None:
    assert ferry().head(article_path(ID)).status_code == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text("ab 🚢\n.“#é", max_size=30), max_size=6).map("\n\n".join),
    st.integers(0, 120),
    st.integers(0, 120),
)
def test_the_mark_holds_the_spans_words_and_no_others(text: str, start: int, end: int) -> None:
    span = parse_span(text, str(start), str(end))
    words = "".join("".join(p.text for p in one.pieces if p.marked) for one in marked_paragraphs(text, span))
    expected = text[start:end] if span else ""
    assert re.sub(r"[\s#]", "", words) == re.sub(r"[\s#]", "", expected)
    everything = "".join(piece.text for one in marked_paragraphs(text, span) for piece in one.pieces)
    assert re.sub(r"[\s#]", "", everything) == re.sub(r"[\s#]", "", text)


def test_an_excerpt_at_either_end_of_the_text_has_no_neighbour() -> None:
    text = "One ran. Two ran. Three ran."
    assert surroundings(text, (0, 8)) == (0, 17)
    assert surroundings(text, (18, 28)) == (9, 28)
    assert surroundings(text, None) == (0, 0)


def test_the_clock_is_given_only_where_two_moments_share_a_day() -> None:
    morning, evening, next_day = "2024-03-01T08:00:00Z", "2024-03-01T20:00:00Z", "2024-03-02T01:00:00Z"
    assert written_moment(morning, beside=evening) == "1 March 2024, 08:00"
    assert written_moment(morning, beside=next_day) == "1 March 2024"
    assert written_moment("2024-03-01", beside=evening) == "1 March 2024"
    assert written_moment(None) is None


def test_a_language_is_taken_only_if_it_is_one() -> None:
    assert language({"language": "tr-TR"}) == "tr-TR"
    assert language({"lang": "x y"}) is None and language({"language": 7}) is None


def test_a_long_article_is_one_page_with_its_mark(visit: Visit) -> None:
    text = "\n\n".join(f"Paragraph {i} says a few words about the ferry. " * 10 for i in range(56))
    page = visit(FERRY | {"text": text}).get(article_path(ID, None, 20_000, 20_200))
    assert page.status_code == 200 and page.text.count('<p dir="auto">Paragraph') >= 55
    assert "".join("".join(marked(page.text)).split()) == "".join(text[20_000:20_200].split())
