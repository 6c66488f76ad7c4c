"""HTML pages."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Failure
from corpus.errors import ReadError
from corpus.page.text import MAX_TAGS, fields_of
from corpus.read import read_file

BODY = """
<nav><a href="/">Home</a> <a href="/news">News</a></nav>
<article>
  <h1>Riverton closes its old bridge</h1>
  <p>The council of Riverton has closed the <b>old bridge</b> over the Elm,
     its <a href="/mayor">mayor</a> said.<br>Traffic is sent through Port Elm &amp; Norbury.</p>
  <script>alert("script")</script><style>p { color: red }</style>
  <p>“It is not safe,” she told the Echo. Engineers had found three cracks, &lt;each&gt; a metre long.</p>
  <h2>What now</h2>
  <ul><li>The repair takes a year and costs four million.</li><li>A ferry runs from Monday on.</li></ul>
  <blockquote><p>“We will miss it,” a neighbour said.</p></blockquote>
  <table><tr><th>Crack</th><th>Length</th></tr><tr><td>First</td><td>1.2 m</td></tr></table>
</article>
<footer>Copyright The Echo. All rights reserved.</footer>
"""
TEXT = """The council of Riverton has closed the old bridge over the Elm, its mayor said.
Traffic is sent through Port Elm & Norbury.

“It is not safe,” she told the Echo. Engineers had found three cracks, <each> a metre long.

What now

The repair takes a year and costs four million.

A ferry runs from Monday on.

“We will miss it,” a neighbour said.

Crack\tLength

First\t1.2 m"""
HEAD = """
<title>Riverton closes its old bridge | The Echo</title>
<link rel="canonical" href="https://echo.example/2019/10/15/bridge?utm_source=mail">
<meta property="og:site_name" content="The Echo">
<meta name="author" content="Ann Lee, Bob Ray">
<meta property="article:published_time" content="2019-10-15T18:30:00+01:00">
<meta property="article:modified_time" content="2019-10-16T08:00:00Z">
"""


def page(head: str = HEAD, body: str = BODY) -> str:
    """A whole page."""
    return f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"


def one(tmp_path: Path, data: str | bytes) -> Article | Failure:
    """What a file with this page reads as."""
    path = tmp_path / "a.html"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    (found,) = read_file(path, path)
    return found


def article(tmp_path: Path, data: str | bytes) -> Article:
    """The article on the page."""
    found = one(tmp_path, data)
    assert isinstance(found, Article), found
    return found


def test_a_page_gives_its_main_text_and_what_it_states_about_itself(tmp_path: Path) -> None:
    found = article(tmp_path, page())
    assert found.text.removeprefix("Riverton closes its old bridge\n\n") == TEXT
    assert found.title == "Riverton closes its old bridge"
    assert (found.id, found.url) == ("https://echo.example/2019/10/15/bridge",) * 2
    assert found.source == "The Echo"
    assert found.authors == ("Ann Lee", "Bob Ray")
    assert found.published_at == "2019-10-15T18:30:00+01:00"
    assert found.updated_at == "2019-10-16T08:00:00Z"


def test_a_page_that_states_nothing_leaves_it_unknown(tmp_path: Path) -> None:
    found = article(tmp_path, page(head=""))
    assert (found.id, found.url, found.source, found.published_at) == ("a.html", None, None, None)
    assert found.title == "Riverton closes its old bridge"


def linked_data(**stated: object) -> str:
    """A script that describes an article with these properties."""
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **stated})}</script>'


def test_nothing_of_a_related_story_is_taken_for_the_page(tmp_path: Path) -> None:
    other = {
        "headline": "Ferry captain fined",
        "url": "https://echo.example/captain",
        "datePublished": "2018-01-05",
        "author": {"@type": "Person", "name": "Otto Lund"},
        "articleBody": "The captain of the night ferry was fined 9,000 crowns on Friday. " * 20,
    }
    own = {"@type": "NewsArticle", "headline": "Riverton closes its old bridge"}
    both = (
        f'<script type="application/ld+json">{json.dumps([{"@type": "NewsArticle", **other}, own])}</script>'
    )
    url = "<link rel=canonical href=https://echo.example/bridge>"
    for head in (url + linked_data(**other), url + both):
        found = article(tmp_path, page(head))
        assert (found.title, found.authors, found.published_at) == (
            "Riverton closes its old bridge",
            (),
            None,
        )
        assert "captain" not in found.text


def test_a_date_that_no_article_can_have_gives_way_to_the_next_one_or_is_said(tmp_path: Path) -> None:
    placeholder = linked_data(headline="Bridge closed", datePublished="0001-01-01T00:00:00Z")
    found = article(tmp_path, page(placeholder))
    assert found.published_at is None
    assert [remark.example for remark in found.remarks] == ["0001-01-01T00:00:00Z"]
    found = article(tmp_path, page('<meta name=date content="1900-01-01T00:00:00">'))
    assert (found.published_at, len(found.remarks)) == (None, 1)  # At midnight, it is a spreadsheet's.
    meta = "<meta property=article:published_time content=2019-10-15>"
    found = article(tmp_path, page(placeholder + meta))
    assert (found.published_at, found.remarks) == ("2019-10-15", ())


def test_a_byline_and_a_day_that_extraction_leaves_out_are_read(tmp_path: Path) -> None:
    line = "<p class=meta>By Ann Lee | Published March 14, 2024 8:05 am</p>"
    text = "".join(
        f"<p>The bridge over the Alder was closed to lorries on day {n}, they said.</p>" for n in "123"
    )
    made = "<html><title>Bridge closed</title><article>{}<h1>Bridge closed</h1>{}{}</article></html>"
    found = article(tmp_path, made.format("", line, text))
    assert (found.authors, found.published_at) == (("Ann Lee",), "2024-03-14")
    assert found.text.split("\n\n")[-3].startswith("The bridge")  # A short article has its paragraphs too.
    long = text + "".join(text.replace("day", f"day 1{n} or") for n in "456")
    found = article(tmp_path, made.format("", line, long))
    assert (found.authors, found.published_at) == (("Ann Lee",), "2024-03-14")
    other = made.replace("<article>", f"<div class=related>{line}</div><article>")
    found = article(tmp_path, other.format("", "", long))  # Above the headline it is another story's.
    assert (found.authors, found.published_at) == ((), None)


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252", "utf-16"])
def test_the_declared_charset_is_used(tmp_path: Path, charset: str) -> None:
    text = f"<html><head><meta charset={charset}>{HEAD}</head><body>{BODY}</body></html>"
    assert article(tmp_path, text.encode(charset)).text.endswith(TEXT)


def test_an_xml_declaration_does_not_disturb(tmp_path: Path) -> None:
    assert article(tmp_path, '<?xml version="1.0" encoding="utf-8"?>\n' + page()).text.endswith(TEXT)


def test_a_bad_byte_outside_the_article_does_no_harm(tmp_path: Path) -> None:
    data = page().encode().replace(b"All rights", b"All \xff rights")
    assert article(tmp_path, data).text.endswith(TEXT)


def test_a_bad_byte_in_the_article_is_a_failure_that_names_it(tmp_path: Path) -> None:
    found = one(tmp_path, page().encode().replace(b"three cracks", b"three \xff cracks"))
    assert isinstance(found, Failure)
    assert found.reason.startswith("it is not valid UTF-8: the byte 0xff at offset")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "the file is empty"),
        (" ", "no article is found on the page"),
        ("<html></html>", "no article is found on the page"),
        (
            "<html><body><nav><a href=/>Home</a> <a href=/n>News</a></nav></body></html>",
            "no article is found",
        ),
        ("<html><body><form><input name=q><button>Go</button></form></body></html>", "no article is found"),
        (page(body="<p>Sign in.</p>"), "no article is found"),
        ("<html><body>" + "<div>" * 50_000, "no article is found"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "it is not text: the byte at offset 8 is NUL"),
        ("<p>" * (MAX_TAGS + 1), "the HTML has 100001 tags, more than the limit of 100000"),
        ("x" * 5_000_001, "it has 5,000,001 bytes, more than the limit of 5 MB"),
    ],
)
def test_a_page_without_an_article_fails_once(tmp_path: Path, data: str | bytes, reason: str) -> None:
    found = one(tmp_path, data)
    assert isinstance(found, Failure)
    assert found.reason.startswith(reason)


def test_hostile_metadata_is_plain_short_text(tmp_path: Path) -> None:
    head = (
        f"<title>{'T' * 5000}</title><meta name=author content='{'Ann Lee, ' * 1000}'>"
        "<meta property=og:site_name content='<script>alert(1)</script>'>"
        "<link rel=canonical href='javascript:alert(1)'>"
        "<meta property=article:published_time content='soon'>"
        f"<script type=application/ld+json>{'[' * 100_000}</script>"
    )
    found = article(tmp_path, page(head))
    assert found.id == "a.html" and found.url is None and found.published_at is None
    assert len(found.title) <= 1000


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("<p>One.</p><p>Two &amp; <i>three</i>.</p>", "One.\n\nTwo & three."),
        ("plain words", "plain words"),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("<div>One<p>two</p>three</div>", "One\n\ntwo\n\nthree"),
        ("<pre>a  b\n c</pre>", "a b\nc"),
        ("a<!-- no --> b<script>no</script> c<style>no</style><iframe>no</iframe>", "a b c"),
        ("<p>a\n  b\tc</p>", "a b c"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("<table><tr><td>a</td><td> b </td></tr><tr><td>c</td></tr></table>", "a\tb\n\nc"),
    ],
)
def test_a_fragment_is_the_article_itself(fragment: str, text: str) -> None:
    assert fields_of(fragment) == {"text": text}


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="<&\ufffe\uffff"), min_size=1)
)
def test_plain_words_come_through_a_fragment_unchanged(words: str) -> None:
    flat = " ".join(words.split())
    if flat:
        assert fields_of(f"<p>{flat}</p>") == {"text": flat}


SOUP = (
    "<p>|</p>|<div|>|<html>|<body>|&#0;|&#xD800;|&amp|<!--|-->|<![CDATA[|]]>|<?x|'|a b. |<script>|</script>"
    "|<table>|<td>|\ud800|\0|<title>|<!doctype"
).split("|")


@given(st.lists(st.sampled_from(SOUP)))
def test_any_tag_soup_is_read_or_refused(soup: list[str]) -> None:
    try:
        fields = fields_of("".join(soup))
    except ReadError:
        return
    assert fields["text"]


def test_what_a_site_says_to_its_readers_is_no_part_of_an_article() -> None:
    ferry = (
        "The island ferry sailed again on Friday after six days in port, the harbour office said on Friday."
    )
    crews = "“We had bread for two days,” said the shopkeeper, who had rationed flour since Saturday's storm."
    page = f"""<html><body><div class="banner"><p>We use cookies on your device.</p></div>
    <nav><ul><li><a href="/">Home</a><li><a href="/news">News</a></ul></nav>
    <main><article><h1>Ferry returns</h1><p>Share on <a href="#">Facebook</a></p>
    <p>{ferry}</p><p>Advertisement</p><p>Read more: <a href="/wall">Harbour wall to be rebuilt</a></p>
    <p>{crews}</p><p>Story continues below advertisement</p>
    <p>Sign up for our newsletter to get stories like this in your inbox.</p>
    <div class="related"><h3>Related stories</h3><ul><li><a href="/1">Council to vote</a></ul></div>
    <p>© 2024 The Echo. All rights reserved.</p></article></main></body></html>"""
    assert fields_of(page)["text"] == f"Ferry returns\n\n{ferry}\n\n{crews}"
    fragment = f"<p>{ferry}</p><p>The post Ferry returns appeared first on The Echo.</p>"
    assert fields_of(fragment)["text"] == ferry
