"""The framed chat, the widget and the files: who may frame them, what they load, how long they are kept."""

import re
from collections.abc import Callable
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


def test_an_empty_archive_says_how_to_fill_it() -> None:
    page = client().get("/embed")
    assert page.status_code == 200
    assert "The archive is empty" in page.text and "onrecord index PATH" in page.text
    assert re.search(r'<form id="ask"[^>]* hidden>', page.text)


def test_the_masthead_names_the_archive_and_its_extent(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\npublished_at: 2024-03-01\n---\nThe ferry left.", encoding="utf-8")
    sync([tmp_path / "a.md"], tmp_path / "store", WordOverlapEmbedding(), vector_cache=False)
    with Store.open(tmp_path / "store") as store:
        retriever = Retriever(store, ExactVectors(store), WordOverlapEmbedding(), SharedWords())
        archive = OpenArchive(store, assistant_over_words(tmp_path, store), retriever)
        page = client(lambda: archive).get("/embed").text
    assert '<h1 dir="auto">The Kittiwake</h1>' in page and "1 article, 1 Mar 2024" in page


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


def test_no_script_makes_markup_out_of_data_or_keeps_anything() -> None:
    unwanted = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|"
        r"localStorage|sessionStorage|indexedDB|document\.cookie"
    )
    for name in ("shared.js", "sse.js", "answer.js", "embed.js", "widget.js", "reader.js"):
        assert not unwanted.search(assets()[name].content.decode()), name


def snippet_attributes(markdown: str) -> set[str]:
    """The data attributes that the documentation's snippets and table speak of."""
    return set(re.findall(r"\bdata-([a-z]+)\b", markdown))


def test_the_documentation_speaks_of_the_attributes_that_the_widget_reads(root: Path) -> None:
    script = assets()["widget.js"].content.decode()
    code = re.sub(r"^//.*$", "", script, flags=re.M)
    read = set(re.findall(r"script\.dataset\.(\w+)", code)) | set(re.findall(r'colour\("(\w+)"\)', code))
    assert snippet_attributes((root / "docs" / "widget.md").read_text(encoding="utf-8")) == read


def test_the_documentation_names_the_setting_and_both_directives(root: Path) -> None:
    text = (root / "docs" / "widget.md").read_text(encoding="utf-8")
    assert all(
        name in text for name in ("ONRECORD_ALLOWED_ORIGINS", "script-src", "frame-src", "/embed?title=")
    )
