"""One source that cannot be read never ends a run: it is named, and all before and after it is stored."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import corpus.web.address
from corpus.sources import Address, Source
from corpus.web.fetch import Fetched, Fetcher, Limits
from index.store.records import SyncReport
from index.store.store import Store
from index.sync.run import sync
from tests.corpus.serving import Page, Site, serving
from tests.index.newsroom import COINS, FERRY, Newsroom

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        for name, text in {"/can": FERRY, "/eok": COINS}.items():
            body = f"<body><article><p>{text}</p></article></body>"
            made.html(name, f"<html><head><title>{name}</title></head>{body}</html>")
        yield made


def index(newsroom: Newsroom, *sources: Source) -> SyncReport:
    with Fetcher(allow_private=True, limits=Limits(seconds=30)) as fetcher:
        return sync(sources, newsroom.store_path, newsroom.embedder, vector_cache=False, fetcher=fetcher)


def titles(newsroom: Newsroom) -> list[str]:
    with Store.open(newsroom.store_path) as store:
        return sorted(str(article.title) for article in store.articles())


@pytest.mark.parametrize(
    "page",
    [
        Page(PNG, headers={"Content-Type": "image/png"}),
        Page(PNG, headers={"Content-Type": "text/html"}),
        Page(PNG, headers={}),
        Page(b"\0" * 5_000, headers={"Content-Type": "text/html"}),
        Page(b"\xff\xfe\0", headers={"Content-Type": "text/html; charset=utf-16"}),
        Page(b"%PDF-1.7 \0", headers={"Content-Type": "application/pdf"}),
        Page(b"PK\x03\x04word/", headers={"Content-Type": "application/zip"}),
        Page(b"<rss><channel><item></rss", headers={"Content-Type": "application/rss+xml"}),
        Page(b"<html>" + b"<div>" * 20_000, headers={"Content-Type": "text/html"}),
        Page(b"x" * 11_000_000, headers={"Content-Type": "text/html"}),
        Page(b"gone", 410),
        Page(b"", 302, headers={"Location": "http://[broken"}),
        Page(raw=b"no HTTP at all\r\n\r\n"),
        Page(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
    ],
)
def test_one_address_that_cannot_be_read_does_not_end_the_run(
    newsroom: Newsroom, site: Site, page: Page
) -> None:
    site.pages["/pic.png"] = page
    report = index(newsroom, *(Address(f"{site.url}{path}") for path in ("/can", "/pic.png", "/eok")))
    [failure] = report.failed
    assert "pic.png" in failure.path and report.added == 2
    assert titles(newsroom) == ["/can", "/eok"]


@pytest.mark.parametrize(
    "written", ["http://", "http://[::1", "http://a.example:99999/", "https://ex\u00adample..", "http://x y/"]
)
def test_an_address_that_is_none_does_not_end_the_run(newsroom: Newsroom, site: Site, written: str) -> None:
    report = index(newsroom, Address(f"{site.url}/can"), Address(written), Address(f"{site.url}/eok"))
    assert report.added == 2 and len(report.failed) == 1


@pytest.mark.parametrize(
    "error", [ValueError("odd"), RecursionError(), UnicodeError("x"), KeyError("k"), OSError(5, "I/O")]
)
def test_whatever_reading_an_address_raises_is_a_failure_of_that_address(
    newsroom: Newsroom, site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    whole = corpus.web.address._articles

    def breaks(found: Fetched, *more: object) -> object:
        if found.url.endswith("/odd"):
            raise error
        return whole(found, *more)  # type: ignore[arg-type]

    site.html("/odd", "<html></html>")
    monkeypatch.setattr(corpus.web.address, "_articles", breaks)
    report = index(newsroom, *(Address(f"{site.url}{path}") for path in ("/can", "/odd", "/eok")))
    assert report.added == 2 and [failure.path for failure in report.failed] == [f"{site.url}/odd"]


@pytest.mark.parametrize("error", [ValueError("odd"), RecursionError(), UnicodeError("x"), KeyError("k")])
def test_whatever_reading_a_file_or_a_line_raises_is_a_failure_of_that_one(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    import corpus.formats.fields as fields

    whole = fields._text_of

    def breaks(given: dict[str, object]) -> object:
        if "odd" in str(given.get("text")):
            raise error
        return whole(given)

    monkeypatch.setattr(fields, "_text_of", breaks)
    newsroom.write("a.txt", FERRY)
    newsroom.write("b.txt", "odd")
    newsroom.write_lines(
        "c.jsonl", [{"id": "one", "text": COINS}, {"text": "odd"}, {"id": "three", "text": FERRY}]
    )
    report = newsroom.sync()
    assert report.added == 3 and [Path(failure.path).name for failure in report.failed] == [
        "b.txt",
        "c.jsonl",
    ]
    assert report.failed[1].reason.startswith("line 2: ")
    assert all(failure.reason.isprintable() for failure in report.failed)


def test_a_folder_that_cannot_be_listed_does_not_end_the_run(newsroom: Newsroom, site: Site) -> None:
    newsroom.write("a.txt", FERRY)
    nowhere = newsroom.folder / "gone"
    report = index(newsroom, nowhere, Path("a\0b"), newsroom.folder, Address(f"{site.url}/eok"))
    assert report.added == 2 and len(report.failed) == 2
