"""An article from named fields."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import MAX_TEXT_CHARACTERS, Article
from corpus.errors import IdentityError, OnrecordError, ReadError
from corpus.formats.fields import MAX_METADATA_CHARACTERS, MAX_METADATA_VALUES, article_from, json_metadata
from corpus.sources import MAX_ARTICLE_BYTES, SourceFile

FEED = SourceFile("data/feed.jsonl", "feed.jsonl")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
KEYS = st.sampled_from(
    [
        "id",
        "title",
        "text",
        "source",
        "url",
        "urls",
        "authors",
        "byline",
        "published_at",
        "updated_at",
        "topic",
    ]
)


def article(**fields: object) -> Article:
    """The article on line 7 of a feed with these fields."""
    return article_from({"text": "The bridge is closed.", **fields}, FEED, 7)


def test_only_text_is_required() -> None:
    found = article()
    assert (found.id, found.title, found.line) == ("feed.jsonl#7", "The bridge is closed.", 7)
    assert (found.source, found.authors, found.url, found.published_at, found.updated_at) == (
        None,
        (),
        None,
        None,
        None,
    )


def test_every_field_is_read_and_the_others_are_kept() -> None:
    found = article(
        id="x1",
        title=" Bridge\nclosed ",
        source="The Echo",
        url="https://Echo.example/a?utm_source=x",
        authors=["Ann Lee", "Bob Ray"],
        published_at="2022/04/07",
        updated_at="2022-04-08T10:00:00Z",
        topic={"tags": ["bridges"], "words": 310, "paid": False, "score": 0.5, "note": None},
    )
    assert (found.id, found.title, found.source) == ("x1", "Bridge closed", "The Echo")
    assert found.url == "https://echo.example/a"
    assert found.authors == ("Ann Lee", "Bob Ray")
    assert (found.published_at, found.updated_at) == ("2022-04-07", "2022-04-08T10:00:00Z")
    assert found.metadata == {
        "topic": {"tags": ["bridges"], "words": 310, "paid": False, "score": 0.5, "note": None}
    }


@pytest.mark.parametrize(
    ("fields", "article_id"),
    [
        ({"id": "x1", "url": "https://a.example/x"}, "x1"),
        ({"id": 17}, "17"),
        ({"id": None, "url": "https://a.example/x#part"}, "https://a.example/x"),
        ({"id": " ", "urls": ["https://a.example/x", "https://b.example/y"]}, "https://a.example/x"),
        ({"urls": ["no address", "https://b.example/y"]}, "https://b.example/y"),
        ({"url": "no address"}, "feed.jsonl#7"),
        ({"url": "https://a.example/" + "x" * 600}, "feed.jsonl#7"),
        ({}, "feed.jsonl#7"),
    ],
)
def test_the_id_is_the_given_one_else_the_url_else_the_place(
    fields: dict[str, object], article_id: str
) -> None:
    assert article(**fields).id == article_id


@pytest.mark.parametrize("bad", [True, 1.5, ["x"], {"a": 1}, "a\nb", "x" * 513])
def test_an_id_that_cannot_be_used_is_refused(bad: object) -> None:
    with pytest.raises(IdentityError):
        article(id=bad)


def test_all_urls_are_kept_where_there_are_several() -> None:
    found = article(url="https://a.example/x", urls=["https://b.example/y", "https://a.example/x"])
    assert found.url == "https://a.example/x"
    assert found.metadata == {"urls": ["https://a.example/x", "https://b.example/y"]}


def test_an_address_that_is_none_is_kept_as_metadata_and_never_as_the_url() -> None:
    found = article(url="javascript:alert(1)")
    assert found.url is None and found.metadata == {"url": "javascript:alert(1)"}


@pytest.mark.parametrize(
    ("given_authors", "names"),
    [
        ("By Ann Lee and Bob Ray", ("Ann Lee", "Bob Ray")),
        ("by Ann Lee, Bob Ray, and Cy Orr", ("Ann Lee", "Bob Ray", "Cy Orr")),
        ("Ann Lee; Bob Ray & Cy Orr", ("Ann Lee", "Bob Ray", "Cy Orr")),
        ("Martin Ray, Jr. and Ann Lee", ("Martin Ray, Jr.", "Ann Lee")),
        ("Anders Andersand", ("Anders Andersand",)),
        (["Ann Lee", {"name": "Bob Ray"}, "Ann Lee"], ("Ann Lee", "Bob Ray")),
        ([], ()),
        ("", ()),
        (" ", ()),
    ],
)
def test_authors_are_a_list_of_names(given_authors: object, names: tuple[str, ...]) -> None:
    assert article(authors=given_authors).authors == names


def test_a_byline_counts_where_there_are_no_authors() -> None:
    assert article(byline="By Ann Lee").authors == ("Ann Lee",)
    assert article(byline="By Ann Lee", authors=["Bob Ray"]).authors == ("Bob Ray",)


def test_dates_may_come_as_objects() -> None:
    found = article(published_at=date(2019, 10, 15), updated_at=datetime(2019, 10, 16, 8, tzinfo=UTC))
    assert (found.published_at, found.updated_at) == ("2019-10-15", "2019-10-16T08:00:00+00:00")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": None}, 'the article has no text: give it a "text" or "html" key'),
        ({"text": " \n\t\ufeff\0"}, "the article has no text: it is blank"),
        ({"text": ["a"]}, '"text" must be a string, not a list'),
        ({"text": {"a": 1}}, '"text" must be a string, not an object'),
        ({"text": 5}, '"text" must be a string, not a number'),
        ({"text": True}, '"text" must be a string, not true or false'),
        ({"text": None, "html": 5}, '"html" must be a string, not a number'),
        (
            {"text": "x" * (MAX_TEXT_CHARACTERS + 1)},
            "the text has 2000001 characters, more than the limit of",
        ),
        ({"text": "x" * (MAX_ARTICLE_BYTES + 1)}, "the text has 10000001 characters, more than the limit"),
        ({"title": ["a"]}, '"title" must be a string, not a list'),
        ({"title": "x" * 1001}, '"title" has 1001 characters, more than the limit of 1000'),
        ({"source": {"name": "Echo"}}, '"source" must be a string, not an object'),
        ({"url": 5}, '"url" and "urls" must hold strings, not a number'),
        ({"authors": [5]}, '"authors" must hold names, not a number'),
        ({"published_at": "03/04/2019"}, """"published_at" is '03/04/2019', which is no full date"""),
        ({"published_at": 5}, '"published_at" must be a date written as YYYY-MM-DD, not a number'),
        ({"updated_at": "soon"}, "\"updated_at\" is 'soon', which is no full date"),
        ({"x": b"bytes"}, '"x" holds a bytes, which is no metadata'),
        ({"x": float("inf")}, '"x" holds a number, which is no metadata'),
    ],
)
def test_a_field_of_the_wrong_shape_is_named(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ReadError) as refused:
        article(**fields)
    assert str(refused.value).startswith(message)


def test_metadata_is_bounded_in_number_size_and_depth() -> None:
    deep: object = "x"
    for _ in range(40):
        deep = [deep]
    for value in ([0] * MAX_METADATA_VALUES, "x" * (MAX_METADATA_CHARACTERS + 1), deep):
        with pytest.raises(ReadError, match='the metadata is too large at "key"'):
            json_metadata({"key": value})


def test_values_that_hold_themselves_do_not_hang() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(ReadError, match="too large"):
        json_metadata({"key": loop})


@pytest.mark.parametrize("seconds", [1571097600, 1571097600000, 1571097600.25, "1571097600", "1571097600000"])
def test_a_date_may_come_as_seconds_or_milliseconds_since_1970(seconds: object) -> None:
    assert article(published_at=seconds).published_at == "2019-10-15T00:00:00+00:00"


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1604-12-31", "9999-12-31"])
def test_a_date_that_no_article_can_have_is_left_out_and_said(date: str) -> None:
    found = article(published_at=date, updated_at="2019-10-15")
    assert (found.published_at, found.updated_at) == (None, "2019-10-15")
    (remark,) = found.remarks
    assert remark.example == date and "the article counts as undated" in remark.sentence


@pytest.mark.parametrize(
    ("fields", "outlet", "host"),
    [
        ({"url": "https://news.echo.co.uk/a"}, "echo.co.uk", "news.echo.co.uk"),
        ({"url": "https://www.echo.example/a"}, "echo.example", "echo.example"),
        ({"url": "https://anns-notes.blogspot.com/a"}, "anns-notes.blogspot.com", "anns-notes.blogspot.com"),
        (
            {"url": "https://web.archive.org/web/2019/https://www.echo.example/a"},
            "echo.example",
            "echo.example",
        ),
        ({"domain": "www.echo.example"}, "echo.example", "echo.example"),
        ({"url": "https://echo.example/a", "source": "The Echo"}, "The Echo", None),
        ({"url": "https://www.echo.example/a", "source": "echo.example"}, "echo.example", "echo.example"),
        ({"url": "https://www.echo.example/a", "source": "www.echo.example"}, "www.echo.example", None),
        (
            {"url": "https://echo.example/a", "source": "https://www.echo.example"},
            "echo.example",
            "echo.example",
        ),
        ({"source": "http://www.echo.example/"}, "echo.example", "echo.example"),
        ({"url": "http://127.0.0.1/a"}, None, None),
        ({"url": "http://intranet/a"}, None, None),
        ({"url": "no address", "domain": "science"}, None, None),
        ({}, None, None),
    ],
)
def test_where_no_outlet_is_stated_the_site_of_the_address_is_it(
    fields: dict[str, object], outlet: str | None, host: str | None
) -> None:
    found = article(**fields)
    assert (found.source, found.host) == (outlet, host)


def test_an_outlet_is_no_author_of_its_own_articles() -> None:
    assert article(source="The Echo", authors=["The Echo", "Ann Lee"]).authors == ("Ann Lee",)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_metadata_survives_a_round_trip_through_json(metadata: dict[str, object]) -> None:
    kept = json_metadata(metadata)
    assert json.loads(json.dumps(kept)) == kept
    assert json.dumps(kept, ensure_ascii=False).encode("utf-8")


@given(st.dictionaries(KEYS, JSON | st.just("2019-10-15") | st.just("https://a.example/x")))
def test_any_fields_make_an_article_or_one_printable_sentence(fields: dict[str, object]) -> None:
    try:
        found = article_from(fields, FEED, 7)
    except OnrecordError as error:
        assert str(error).isprintable()
        return
    assert found.title and found.text.strip() and found.id
    assert found.metadata == json.loads(json.dumps(found.metadata))
