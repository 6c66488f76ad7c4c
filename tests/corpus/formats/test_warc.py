"""Web archives: captures of pages, and what in them is none."""

import gzip
import zlib
from pathlib import Path

import pytest

from corpus.article import Article, Failure
from corpus.read import read
from tests.corpus.documents import docx, http_answer, pdf, warc_record

SENTENCE = "The ferry stayed in port on Monday because of the gale, the harbour master said."
INFO = warc_record("warcinfo", "", b"software: x\r\n", Content_Type="application/warc-fields")
GALE = "https://ledger.example/gale"


def page(sentence: str = SENTENCE, head: str = "") -> bytes:
    body = f"<article><h1>Gale</h1><p>{sentence}</p></article>"
    return f"<!doctype html><html><head><title>Gale</title>{head}</head><body>{body}</body></html>".encode()


CHUNKED = b"5\r\n%b\r\nfff;x=y\r\n%b\r\n0\r\n\r\n" % (page()[:5], page()[5:])
OTHER = f"{GALE}/x"


def response(url: str, body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    return warc_record("response", url, http_answer(body, status, **headers))


def entries(tmp_path: Path, *records: bytes, name: str = "news.warc") -> list[Article | Failure]:
    path = tmp_path / name
    path.write_bytes(b"".join(records))
    found = list(read(path))
    assert all(isinstance(one, Article | Failure) for one in found)
    return [one for one in found if isinstance(one, Article | Failure)]


def one(tmp_path: Path, *records: bytes) -> Article:
    [found] = entries(tmp_path, INFO, *records)
    assert isinstance(found, Article), found
    return found


def test_a_capture_is_an_article_of_its_address_with_the_moment_of_the_capture(tmp_path: Path) -> None:
    url = "http://Ledger.example:80/gale?utm_source=x#top"
    article = one(tmp_path, response(url, page()))
    assert article.id == article.url == "http://ledger.example/gale"
    assert article.seen_at == article.metadata["captured_at"] == "2024-03-04T10:15:00Z"
    assert article.published_at is None, "when it was captured is not when it was published"
    assert article.origin == str(tmp_path / "news.warc") and SENTENCE in article.text


@pytest.mark.parametrize("whole", [True, False])
def test_a_packed_archive_is_read_whether_its_records_are_packed_together_or_each(
    tmp_path: Path, whole: bool
) -> None:
    records = [INFO, response(GALE, page()), response(f"{GALE}/2", page())]
    packed = [gzip.compress(b"".join(records))] if whole else [gzip.compress(one) for one in records]
    found = entries(tmp_path, *packed, name="news.warc.gz")
    assert [one.id for one in found if isinstance(one, Article)] == [GALE, f"{GALE}/2"]


@pytest.mark.parametrize(
    "answer",
    [
        http_answer(CHUNKED, Transfer_Encoding="chunked"),
        http_answer(page(), Transfer_Encoding="chunked"),
        http_answer(gzip.compress(page()), Content_Encoding="gzip"),
        http_answer(page(), Content_Encoding="gzip"),
        http_answer(zlib.compress(page()), Content_Encoding="deflate"),
        http_answer(zlib.compress(page())[2:-4], Content_Encoding="deflate"),
        http_answer(page(), Content_Encoding="br"),
        http_answer(page(), Content_Type="application/octet-stream"),
        http_answer(page()).replace(b"\r\n", b"\n"),
        http_answer(page()).replace(b"HTTP/1.1", b"HTTP/2"),
    ],
)  # fmt: skip
def test_what_was_sent_is_unpacked_also_where_the_tool_had_done_so(tmp_path: Path, answer: bytes) -> None:
    assert SENTENCE in one(tmp_path, warc_record("response", GALE, answer)).text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (pdf([[SENTENCE]]), "application/pdf"),
        (docx("Gale", SENTENCE), "application/zip"),
        (SENTENCE.encode(), "text/plain"),
        (f'{{"title": "Gale", "text": "{SENTENCE}"}}'.encode(), "application/json"),
    ],
)
def test_documents_in_an_archive_are_read(tmp_path: Path, body: bytes, kind: str) -> None:
    article = one(tmp_path, response(GALE, body, Content_Type=kind))
    assert article.id == article.url == GALE and SENTENCE in article.text
    assert (article.origin, article.seen_at) == (str(tmp_path / "news.warc"), "2024-03-04T10:15:00Z")


def test_resources_and_extracted_texts_are_captures_too(tmp_path: Path) -> None:
    found = entries(
        tmp_path,
        warc_record("resource", f"<{GALE}>", page(), Content_Type="text/html"),
        warc_record("conversion", f"{GALE}/2", SENTENCE.encode(), Content_Type="text/plain"),
    )
    assert [one.id for one in found if isinstance(one, Article)] == [GALE, f"{GALE}/2"]


def test_what_is_no_article_is_told_once_and_is_no_failure(tmp_path: Path) -> None:
    *articles, told = entries(
        tmp_path,
        INFO,
        warc_record("request", GALE, b"GET /gale HTTP/1.1\r\n\r\n"),
        response(GALE, b"", "301 Moved", Location="/gale2"),
        response(GALE, page(), "404 Not Found"),
        response(GALE, page(), "404 Not Found"),
        warc_record("revisit", GALE, http_answer(b"")),
        response(f"{GALE}.png", b"\x89PNG\r\n\x1a\n\0", Content_Type="image/png"),
        response("https://ledger.example/feed", b"<rss><channel/></rss>", Content_Type="text/xml"),
        warc_record("response", "dns:ledger.example", b"1.2.3.4", Content_Type="text/dns"),
        response(GALE, page()),
        warc_record("metadata", GALE, b"x: y"),
    )
    assert [article.id for article in articles if isinstance(article, Article)] == [GALE]
    assert isinstance(told, Failure) and told.left_out
    assert told.reason == (
        "captures that are no articles were left out: 2 with the status 404, 1 with the status 301, "
        "1 revisits without a content of their own, 1 of the type image/png, 1 of the type text/xml, "
        "1 of other addresses than the web's"
    )


BROKEN: dict[str, tuple[bytes, str]] = {
    "no article": (response(OTHER, b"<html><body><nav>Home</nav></body></html>"), "no article is found"),
    "no date": (warc_record("response", OTHER, http_answer(page()), WARC_Date="soon"), "states no date"),
    "no length": (warc_record("response", OTHER, b"", Content_Length="many"), "does not state its length"),
    "bytes": (response(OTHER, b"\0\1" * 50, Content_Type="text/plain"), "is NUL"),
    "too large": (response(OTHER, b"x" * 11_000_000), "larger than 10 MB"),
    "a bomb": (response(OTHER, gzip.compress(b"x" * 50_000_000)), "larger than 10 MB"),
    "half a gzip body": (response(OTHER, gzip.compress(page())[:-9]), "cut off"),
    "another packing": (response(OTHER, b"\x8b\1" * 9, Content_Encoding="br"), "packed as br"),
    "no end of the headers": (warc_record("response", OTHER, b"HTTP/1.1 200 OK\r\nA: b"), "have no end"),
    "rubbish": (b"<!-- rubbish -->\r\nmore of it\r\n", "no record stands in it"),
    "a length that is too short": (warc_record("response", OTHER, page(), Content_Length="9"), ""),
    "a head without an end": (b"WARC/1.0\r\n" + b"X: y\r\n" * 50_000 + b"\r\n", "does not state its length"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_is_named_and_those_around_it_are_read(tmp_path: Path, name: str) -> None:
    record, says = BROKEN[name]
    found = entries(tmp_path, response(GALE, page()), record, response(f"{GALE}/2", page()))
    assert [one.id for one in found if isinstance(one, Article)] == [GALE, f"{GALE}/2"]
    [failure, *_] = [one for one in found if isinstance(one, Failure)]
    assert says in failure.reason and failure.reason.isprintable()


@pytest.mark.parametrize(
    ("stated", "seen_at"),
    [
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00+05:00", None),
        ("9999-12-31T23:59:59-05:00", None),
    ],
)
def test_a_moment_at_the_ends_of_the_calendar_is_read_or_refused(
    tmp_path: Path, stated: str, seen_at: str | None
) -> None:
    [found] = entries(tmp_path, INFO, warc_record("response", GALE, http_answer(page()), WARC_Date=stated))
    if seen_at is None:
        assert isinstance(found, Failure) and "its record states no date but" in found.reason
    else:
        assert isinstance(found, Article) and found.seen_at == seen_at


def test_an_archive_that_is_cut_off_gives_what_stands_before(tmp_path: Path) -> None:
    cut = (
        gzip.compress(INFO)
        + gzip.compress(response(GALE, page()))
        + gzip.compress(response(GALE, page()))[:-40]
    )
    article, failure = entries(tmp_path, cut, name="news.warc.gz")
    assert isinstance(article, Article) and isinstance(failure, Failure)
    assert "its gzip data are cut off" in failure.reason
    plain = INFO + response(GALE, page()) + response(GALE, page())[:-100]
    article, failure = entries(tmp_path, plain)
    assert isinstance(failure, Failure) and "the archive is cut off within it" in failure.reason


def test_an_archive_without_captures_is_told(tmp_path: Path) -> None:
    [failure] = entries(tmp_path, INFO)
    assert isinstance(failure, Failure) and failure.reason == "it holds no capture of a page"


def test_failures_without_end_are_counted_not_listed(tmp_path: Path) -> None:
    records = [response(f"{GALE}/{n}", b"<html><body>Menu</body></html>") for n in range(110)]
    found = entries(tmp_path, *records)
    assert len(found) == 101 and isinstance(found[-1], Failure)
    assert found[-1].reason == "10 more captures could not be read either"
