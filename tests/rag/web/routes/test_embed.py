"""The framed chat, the widget and the files: who may frame them, what they load, how long they are kept."""

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.store.store import Store
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from rag.retrieve.search import Retriever
from rag.web.archive import LiveArchive, OpenArchive
from rag.web.errors import handle_errors
from rag.web.routes.embed import router
from rag.web.settings import WebSettings
from rag.web.templates import assets
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import SharedWords, assistant_over_words

HOSTILE = "\"><script>alert(1)</script>'{{ 7 * 191 }}"


def client(
    open_archive: Callable[[], OpenArchive | None] = lambda: None, settings: WebSettings | None = None
) -> TestClient:
    """A client of an application that has these routes alone."""
    settings = settings or WebSettings(name="The Kittiwake", allowed_origins=("https://a.example",))
    app = FastAPI()
    handle_errors(app)
    app.include_router(router(LiveArchive(open_archive, settings=settings), settings))
    return TestClient(app)


def test_an_empty_archive_tells_readers_so_and_the_operator_how_to_fill_it() -> None:
    page = client().get("/embed")
    assert page.status_code == 200
    assert "The archive is not ready yet." in page.text
    problem = re.search(r'data-problem="([^"]*)"', page.text)
    assert problem and "The archive is empty" in problem[1] and "onrecord index PATH" in problem[1]
    assert re.search(r'<form id="ask"[^>]* hidden>', page.text)


ARTICLE = "---\npublished_at: 2024-03-01\nurl: https://www.ferry.example/left/\n---\nThe ferry left."


@pytest.fixture
def of_one_article(tmp_path: Path) -> Iterator[TestClient]:
    """A client of the routes over an archive of one article."""
    (tmp_path / "a.md").write_text(ARTICLE, encoding="utf-8")
    sync([tmp_path / "a.md"], tmp_path / "store", WordOverlapEmbedding(), vector_cache=False)
    with Store.open(tmp_path / "store") as store:
        retriever = Retriever(store, ExactVectors(store), WordOverlapEmbedding(), SharedWords())
        archive = OpenArchive(store, assistant_over_words(tmp_path, store), retriever)
        yield client(lambda: archive)


def test_the_masthead_names_the_archive_and_its_extent(of_one_article: TestClient) -> None:
    page = of_one_article.get("/embed").text
    assert '<h1 dir="auto">The Kittiwake</h1>' in page and "1 article, 1 Mar 2024" in page


def test_a_site_gives_its_words_and_they_stay_text_and_short(of_one_article: TestClient) -> None:
    examples = f"Who?| |{HOSTILE}" + "|More?" * 9
    asked = {"greeting": HOSTILE, "examples": examples, "lang": "it", "theme": "dark"}
    page = of_one_article.get("/embed", params=asked).text
    assert "<script>alert" not in page and "1337" not in page
    assert page.startswith('<!DOCTYPE html>\n<html lang="it" class="dark">') and "La sua domanda" in page
    assert page.count('class="example"') == 6
    assert "1 articolo, 1º mar 2024" in page
    plain = of_one_article.get("/embed", params={"lang": "xx", "theme": "pink"}).text
    assert '<html lang="en">' in plain


def test_filters_are_said_in_words_and_given_to_the_script(of_one_article: TestClient) -> None:
    asked = {"source": "The Ferry | Post", "before": "2024-05-01"}
    page = of_one_article.get("/embed", params=asked).text
    assert "Only: The Ferry, Post, before 1 May 2024" in page
    script = re.search(r'data-frame="([^"]+)"', page)
    assert script and json.loads(html.unescape(script[1])) == {
        "where": {"source": ["The Ferry", "Post"], "before": "2024-05-01"},
        "examples": False,
        "article": None,
    }


@pytest.mark.parametrize(
    "asked", [{"after": "soon"}, {"after": "2024-01-02", "before": "2024-01-01"}, {"before": "\0"}]
)
def test_filters_that_cannot_be_used_leave_nothing_to_ask(
    of_one_article: TestClient, asked: dict[str, str]
) -> None:
    page = of_one_article.get("/embed", params=asked)
    problem = re.search(r'data-problem="([^"]*)"', page.text)
    assert page.status_code == 200 and problem and "data-" in problem[1] and "--" not in problem[1]
    assert "This chat is not set up correctly." in page.text
    assert re.search(r'<form id="ask"[^>]* hidden>', page.text)


@pytest.mark.parametrize(
    ("address", "is_known"),
    [
        ("http://ferry.example/left?utm_source=x#top", True),
        ("https://www.ferry.example/left/", True),
        ("https://ferry.example/", False),
        ("javascript:alert(1)", False),
        ("\0" * 9000, False),
    ],
)
def test_the_article_of_a_page_is_found_by_its_address(
    of_one_article: TestClient, address: str, is_known: bool
) -> None:
    page = of_one_article.get("/embed", params={"about": address[:2000]}).text
    script = re.search(r'data-frame="([^"]+)"', page)
    assert script
    found = json.loads(html.unescape(script[1]))["article"]
    assert (found is not None) is is_known
    if is_known:
        assert found["title"] and found["href"].startswith("/articles/")


def frame_of(**asked: str) -> str:
    """The page of a frame, over no archive."""
    return client().get("/embed", params=asked).text


def test_the_loader_is_small_and_so_is_all_that_is_loaded_before_the_first_question() -> None:
    served = client()
    loader = served.get("/widget.js").content
    assert len(loader) < 8_000
    page = served.get("/embed", params={"accent": "#a00", "examples": "|".join(["x" * 200] * 6)})
    needed = [html.unescape(one) for one in re.findall(r'(?:href|src)="(/(?:static|embed)[^"]*)"', page.text)]
    parts = [served.get(address).content for address in ("/widget-panel.js", *needed)]
    assert len(needed) > 5 and all(parts)
    assert sum(map(len, [loader, page.content, *parts])) < 100_000


def test_only_ourselves_and_the_allowed_sites_may_frame_it() -> None:
    policy = client().get("/embed").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self' https://a.example")
    assert "default-src 'none'" in policy and "unsafe" not in policy and "x-frame-options" not in policy
    alone = client(settings=WebSettings()).get("/embed").headers["content-security-policy"]
    assert alone.endswith("frame-ancestors 'self'")


def test_a_site_gives_its_title_and_colours_and_nothing_else() -> None:
    page = client().get("/embed", params={"title": HOSTILE, "accent": "#a00", "paper": HOSTILE}).text
    assert "<script>" not in page and "1337" not in page and "&lt;script&gt;" in page
    assert 'href="/embed/theme.css?accent=%23aa0000"' in page
    assert "theme.css" not in client().get("/embed", params={"accent": "red;}"}).text
    assert '<h1 dir="auto">' + "x" * 80 + "</h1>" in client().get("/embed", params={"title": "x" * 500}).text


def test_a_theme_holds_whatever_the_system_prefers() -> None:
    def css(**asked: str) -> str:
        return client().get("/embed/theme.css", params={"accent": "#0000aa", **asked}).text

    assert css().startswith("@media not all and (prefers-color-scheme: dark)")
    assert css(theme="light").startswith(":root:root:root {\n  --accent: #0000aa;")
    assert css(theme="dark") == ""
    assert "theme=dark" in frame_of(theme="dark", accent="#00a")


def test_the_style_sheet_of_a_site_is_a_style_sheet() -> None:
    sheet = client().get("/embed/theme.css?accent=%23aa0000&paper=%23ffffff")
    assert sheet.headers["content-type"].startswith("text/css")
    assert "--accent: #aa0000;" in sheet.text and "--paper: #ffffff;" in sheet.text
    assert client().get("/embed/theme.css?accent=}body{").text == ""


@pytest.mark.parametrize("name", sorted(assets()))
def test_files_are_kept_for_ever_under_the_hash_of_their_content(name: str) -> None:
    served = client().get(f"/static/{name}?v={assets()[name].version}")
    assert served.content == assets()[name].content
    assert "immutable" in served.headers["cache-control"]
    assert served.headers["content-type"].split(";")[0] in ("text/css", "text/javascript", "image/svg+xml")
    stale = client().get(f"/static/{name}?v=0", headers={"If-None-Match": served.headers["etag"]})
    assert stale.status_code == 304 and stale.headers["cache-control"] == "no-cache" and not stale.content


@pytest.mark.parametrize("name", ["no.css", "..%2ftemplates.py", "%2e%2e/archive.py", "tokens.css%00", ""])
def test_nothing_else_is_served(name: str) -> None:
    assert client().get(f"/static/{name}").status_code == 404


def test_the_widget_is_looked_at_anew_within_the_hour_and_may_be_loaded_by_any_site() -> None:
    script = client().get("/widget.js", headers={"Origin": "https://b.example"})
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["cache-control"] == "public, max-age=3600"
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    again = client().get("/widget.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304


def test_no_script_makes_markup_out_of_data_and_only_the_frame_keeps_anything_for_its_tab() -> None:
    markup = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|"
        r"localStorage|indexedDB|document\.cookie"
    )
    page = client().get("/embed").text
    scripts = {"widget.js", "widget-panel.js", "reader.js", *re.findall(r"/static/([a-z-]+\.js)", page)}
    assert len(scripts) > 8
    for name in scripts - {"conversations.js"}:  # It names the storages that it may be given.
        code = assets()[name].content.decode()
        assert not markup.search(code), name
        assert name == "embed.js" or "sessionStorage" not in code, name


def snippet_attributes(markdown: str) -> set[str]:
    """The data attributes that the documentation's snippets and table speak of."""
    return set(re.findall(r"\bdata-([a-z]+)\b", markdown))


def test_the_documentation_speaks_of_the_attributes_that_the_widget_reads(root: Path) -> None:
    scripts = "".join(assets()[name].content.decode() for name in ("widget.js", "widget-panel.js"))
    code = re.sub(r"^ *//.*$", "", scripts, flags=re.M)
    read = set(re.findall(r'\b(?:given|colour)\("(\w+)"', code))
    listed = re.search(r"for \(const name of (\[.+?\])\) set\[name\] = given\(name", code)
    read |= set(json.loads(listed[1])) if listed else set()
    assert snippet_attributes((root / "docs" / "widget.md").read_text(encoding="utf-8")) == read


def test_the_documentation_names_the_setting_and_both_directives(root: Path) -> None:
    text = (root / "docs" / "widget.md").read_text(encoding="utf-8")
    assert all(
        name in text for name in ("ONRECORD_ALLOWED_ORIGINS", "script-src", "frame-src", "/embed?title=")
    )
