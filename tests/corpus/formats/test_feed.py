"""Feeds: what entries state, from a file or as fetched; nothing is expanded and nothing is fetched."""

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from corpus.article import Article, Failure
from corpus.errors import ReadError
from corpus.formats.feed import parse
from corpus.read import read, read_file

LONG = "".join(
    f"<p>Paragraph {n} tells what the harbour master said of the gale on that day.</p>" for n in range(40)
)
RSS = f"""<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>The Harbour Ledger</title>
<item><title>Gale &amp;amp; ferry</title><link>https://ledger.example/gale?utm_source=rss</link>
  <dc:creator>Ann Lee</dc:creator>
  <pubDate>Mon, 04 Mar 2024 10:15:00 GMT</pubDate><guid>g1</guid>
  <content:encoded><![CDATA[{LONG}<script>x</script>]]></content:encoded></item>
<item><title>Coins</title><guid>g2</guid>
  <description>The museum opens a show of &lt;b&gt;coins&lt;/b&gt; on Friday.</description></item>
<item><title>Empty</title><link>https://ledger.example/empty</link></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title><entry><title>Peace</title><id>urn:1</id>
<link href="/peace"/><published>2024-03-04</published><updated>2024-03-05T08:00:00+01:00</updated>
<summary>Talks go on in the capital.</summary><source><title>The Coast Post</title></source></entry></feed>"""


def test_entries_of_rss_become_articles(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(RSS)
    gale, coins, failure = read(path)
    assert isinstance(gale, Article) and isinstance(coins, Article) and isinstance(failure, Failure)
    assert (gale.id, gale.title, gale.source) == (
        "https://ledger.example/gale",
        "Gale & ferry",
        "The Harbour Ledger",
    )
    assert (gale.authors, gale.published_at) == (("Ann Lee",), "2024-03-04T10:15:00+00:00")
    assert gale.text.count("\n\n") == 39 and "script" not in gale.text
    assert (coins.id, coins.text, coins.url) == ("g2", "The museum opens a show of coins on Friday.", None)
    assert failure.reason == "entry 3: it has neither content nor a summary"


def test_atom_keeps_the_precision_of_its_dates_and_resolves_links() -> None:
    [entry] = parse(ATOM.encode(), url="https://wire.example/feed").entries
    assert entry.link == "https://wire.example/peace" and not entry.is_full
    assert entry.fields["published_at"] == "2024-03-04"
    assert entry.fields["updated_at"] == "2024-03-05T08:00:00+01:00"
    assert entry.fields["source"] == "The Coast Post"


def first_fields(item: str, *, rdf: bool = False) -> Mapping[str, object]:
    """The fields of the one entry of an RSS feed with these elements."""
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
    entry = f"<item><title>T</title><link>https://ledger.example/t</link>{item}</item>"
    feed = f'<rss version="2.0" {spaces}><channel><title>Ledger</title>{entry}</channel></rss>'
    if rdf:
        rdf_space = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        feed = f"<rdf:RDF {rdf_space} {spaces}><channel><title>Ledger</title></channel>{entry}</rdf:RDF>"
    return parse(feed.encode()).entries[0].fields


@pytest.mark.parametrize(
    ("item", "day"),
    [
        ("<pubDate>Thu, 14 Mar 24 18:00:00 +0100</pubDate>", "2024-03-14"),
        ("<pubDate>14 Mar 24 18:00 GMT</pubDate>", "2024-03-14"),
        ("<pubDate>Thu, 14 Mar 2024 8:05 +01:00</pubDate>", "2024-03-14"),
        ("<pubDate>Thu, 14 Mar 2024 18:00 GMT+1</pubDate>", "2024-03-14"),
        ("<pubDate>2024-03-14T18:00:00+01:00</pubDate>", "2024-03-14"),
        ("<pubDate>1710432000</pubDate>", "2024-03-14"),
        ("<dc:date>2024-03-14T18:00:00+01:00</dc:date>", "2024-03-14"),
        ("<dc:date>2024-03-14</dc:date>", "2024-03-14"),
        ("<dcterms:issued>2024-03-14</dcterms:issued>", "2024-03-14"),
        ("<pubDate>soon</pubDate><dc:date>2024-03-14</dc:date>", "2024-03-14"),
        ("<pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate><dc:date>2024-03-14</dc:date>", "2024-03-14"),
        ("<pubDate>soon</pubDate>", None),
    ],
)
def test_an_entry_has_its_day_in_every_form_that_feeds_give_it(item: str, day: str | None) -> None:
    for rdf in (False, True):
        fields = first_fields(item, rdf=rdf)
        assert str(fields.get("published_at", ""))[:10] == (day or "")
        assert "updated_at" not in fields


@pytest.mark.parametrize("name", ["author", "dc:creator", "itunes:author", "dc:publisher"])
def test_the_library_looks_for_an_address_only_in_the_beginning_of_an_author(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[int] = []
    search = re.search

    def counting(pattern: Any, text: str, flags: int = 0) -> object:
        searched.append(len(text) if "@" in str(pattern) else 0)
        return search(pattern, text, flags)

    monkeypatch.setattr("feedparser.mixin.re.search", counting)
    first_fields(f"<{name}>{'a' * 5_000}</{name}>")
    assert 0 < max(searched) <= 400


@pytest.mark.parametrize("content", ["<!--a--" * 2_000, f"<p style='{'url(' * 2_000}'>a</p>"])
def test_the_library_does_not_look_far_ahead_from_each_place(
    content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    class Watched:
        def __init__(self, pattern: str) -> None:
            self._pattern = re.compile(pattern)

        def sub(self, instead: str, text: str) -> str:
            looked.append(len(text))
            return self._pattern.sub(instead, text)

        def search(self, text: str, start: int) -> object:
            looked.append(len(text))
            return self._pattern.search(text, start)

    first_fields("<title>a</title>")  # The library's own patterns are made.
    monkeypatch.setattr("feedparser.sanitizer.re", SimpleNamespace(**{**vars(re), "compile": Watched}))
    first_fields(f"<description>{escape(content)}</description>")
    assert max(looked, default=0) <= 1_000


@pytest.mark.parametrize(
    ("content", "left"), [("a<!--b--c>d", "ad"), ("a<!--b>d", "a"), ("a<!-->b--c", "a"), ("a<!--b--d", "a")]
)
def test_a_comment_that_is_not_closed_ends_at_the_next_bracket(content: str, left: str) -> None:
    item = f"<item><link>https://ledger.example/t</link><description>{escape(content)}</description></item>"
    feed = f"<rss version='2.0'><channel>{item}</channel></rss>"
    assert parse(feed.encode()).entries[0].html == left


@pytest.mark.parametrize(
    ("author", "authors"),
    [
        ("desk@paper.media (Mette Kvist)", ("Mette Kvist",)),
        ("Mette Kvist (mk@paper.media)", ("Mette Kvist",)),
        ("Mette Kvist &lt;mk@paper.media&gt;", ("Mette Kvist",)),
        ("desk@paper.photography (Mette Kvist, Jon Aar)", ("Mette Kvist", "Jon Aar")),
        ("desk@paper.info (Mette Kvist)", ("Mette Kvist",)),
        ("desk@paper.media", ()),
        ("Reuters", ()),
        ("By Toby Halvorsen and Ruby Lind", ("Toby Halvorsen", "Ruby Lind")),
        ("a@p.media (Mette Kvist)</author><author>b@p.media (Jon Aar)", ("Mette Kvist", "Jon Aar")),
        ("a@p.media (Mette Kvist)</author><author>Jon Aar", ("Mette Kvist", "Jon Aar")),
        ("a@p.media (Mette Kvist)</author><author>Mette Kvist", ("Mette Kvist",)),
    ],
)
def test_an_author_with_an_address_is_a_name(tmp_path: Path, author: str, authors: tuple[str, ...]) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(
        "<rss version='2.0'><channel><title>Ledger</title><item><title>T</title>"
        f"<author>{author}</author><description>The ferry sails.</description></item></channel></rss>"
    )
    (found,) = read(path)
    assert isinstance(found, Article) and found.authors == authors


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            '<!DOCTYPE rss [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><rss><channel>&b;</channel></rss>',
            "declares entities",
        ),
        (
            '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel>&x;</channel></rss>',
            "entities",
        ),
        ("<urlset><url/></urlset>", "no RSS or Atom feed"),
        ("<rss></rss>", "no"),
        (
            "<rss><channel>" + "<item><title>x</title></item>" * 6_000 + "</channel></rss>",
            "more than the limit of 5000",
        ),
        ("<rss>" + "<a>" * 600_000, "more than 500000 tags"),
    ],
)
def test_what_is_no_feed_or_a_trap_is_one_sentence(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "feed.rss"
    path.write_text(content)
    [failure] = read_file(path, path)
    assert isinstance(failure, Failure) and says in failure.reason and "\n" not in failure.reason


def test_ten_thousand_levels_are_refused(tmp_path: Path) -> None:
    data = (
        b"<rss><channel><item><description>"
        + b"&lt;div&gt;" * 10_000
        + b"</description></item></channel></rss>"
    )
    with pytest.raises(ReadError):
        feed = parse(data)
        path = tmp_path / "a.rss"
        path.write_bytes(data)
        [entry] = read_file(path, path)
        assert feed.entries and isinstance(entry, Failure)
        raise ReadError(entry.reason)


def test_folders_are_full_of_other_xml_which_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "sitemap.xml").write_text("<urlset/>")
    (tmp_path / "feed.xml").write_text(ATOM.replace("<summary>", "<summary>Full: "))
    [entry] = read(tmp_path)
    assert isinstance(entry, Article) and entry.text.startswith("Full:")


ITEM = (
    "<item><title>{}</title><link>{}</link><guid isPermaLink='false'>{}</guid>"
    "<description>{}</description>{}</item>"
)


def rss(*items: str) -> bytes:
    names = "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:dcterms='http://purl.org/dc/terms/'"
    channel = f"<title>Wire</title><pubDate>Fri, 01 Jan 2021 00:00:00 GMT</pubDate>{''.join(items)}"
    return f"<rss version='2.0' {names}><channel>{channel}</channel></rss>".encode()


def articles(tmp_path: Path, data: bytes) -> list[Article]:
    path = tmp_path / "feed.xml"
    path.write_bytes(data)
    found = list(read_file(path, path))
    assert all(isinstance(one, Article) for one in found), found
    return [one for one in found if isinstance(one, Article)]


def test_entries_with_one_link_and_other_guids_are_entries_of_their_own(tmp_path: Path) -> None:
    live = "https://post.example/live"
    items = [
        ITEM.format(f"Update {n}", f"{live}#u{n}", f"g{n}", f"The office moved {n}00 stalls.", "")
        for n in "123"
    ]
    found = articles(
        tmp_path, rss(*items, ITEM.format("Other", "https://post.example/o", "o", "It rained.", ""))
    )
    assert [one.id for one in found] == [*(f"{live}#g{n}" for n in "123"), "https://post.example/o"]
    assert {one.url for one in found[:3]} == {live} and found[0].metadata["feed_guid"] == "g1"
    backwards = articles(tmp_path, rss(*reversed(items)))
    assert {one.id: one.title for one in backwards} == {one.id: one.title for one in found[:3]}


def test_entries_with_one_link_and_no_guid_are_told_by_their_place_on_the_page_or_their_title(
    tmp_path: Path,
) -> None:
    def item(title: str, link: str) -> str:
        told = f"<description>{title} was said.</description>"
        return f"<item><title>{title}</title><link>{link}</link>{told}</item>"

    page = "https://post.example/live"
    found = articles(tmp_path, rss(item("One", f"{page}#1"), item("Two", f"{page}#2")))
    assert [one.id for one in found] == [f"{page}#1", f"{page}#2"]
    permalinks = [
        f"<item><title>{n}</title><link>{page}</link><guid>{page}#u{n}</guid><description>So "
        f"{n}.</description></item>"
        for n in "12"
    ]
    assert [one.id for one in articles(tmp_path, rss(*permalinks))] == [f"{page}#u1", f"{page}#u2"]
    site = articles(tmp_path, rss(item("One", page), item("Two", page), item("Two", page)))
    assert len({one.id for one in site}) == len(site) == 2
    said = [item("Update", page).replace("Update was", f"{what} was") for what in ("A gale", "A calm")]
    updates = articles(tmp_path, rss(*said))
    assert len({one.id for one in updates}) == len(updates) == 2


def test_a_guid_that_all_entries_have_names_none_of_them(tmp_path: Path) -> None:
    items = [
        ITEM.format(f"Story {n}", f"https://post.example/{n}", "1", f"Story {n} was told.", "") for n in "12"
    ]
    found = articles(tmp_path, rss(*items))
    assert [one.id for one in found] == ["https://post.example/1", "https://post.example/2"]
    assert not any("feed_guid" in one.metadata for one in found)


def test_the_edited_one_of_two_versions_of_an_entry_is_read(tmp_path: Path) -> None:
    old, new = (f"<pubDate>Thu, 14 Mar 2024 {hour}:00:00 GMT</pubDate>" for hour in (10, 12))
    link = "https://post.example/quay"
    items = [
        ITEM.format("Quay", link, "q", f"The quay costs {n} crowns.", at) for n, at in ((1, old), (2, new))
    ]
    for both in (items, items[::-1]):
        [found] = articles(tmp_path, rss(*both))
        assert "costs 2 crowns" in found.text and found.id == link


@pytest.mark.parametrize(
    ("dates", "published", "updated"),
    [
        ("<pubDate>Thu, 14 Mar 2024 18:00:00 +0100</pubDate>", "2024-03-14T18:00:00+01:00", None),
        ("<pubDate>Thu, 14 Mar 24 18:00:00 GMT</pubDate>", "2024-03-14", None),
        ("<pubDate>14 Mar 24 18:00 GMT</pubDate>", "2024-03-14", None),
        ("<dc:date>2024-03-14T18:00:00+01:00</dc:date>", "2024-03-14T18:00:00+01:00", None),
        ("<date>2024-03-14</date>", "2024-03-14", None),
        ("<dcterms:issued>2024-03-14</dcterms:issued>", "2024-03-14", None),
        ("<dcterms:created>2024-03-14</dcterms:created>", "2024-03-14", None),
        ("<updated>2024-03-14</updated>", "2024-03-14", None),
        ("<pubDate>soon</pubDate><dc:date>2024-03-14</dc:date>", "2024-03-14", None),
        (
            "<dc:date>2024-03-14</dc:date><dcterms:modified>2024-03-16</dcterms:modified>",
            "2024-03-14",
            "2024-03-16",
        ),
        (
            "<pubDate>Thu, 14 Mar 2024 18:00:00 GMT</pubDate><dc:date>2024-03-15</dc:date>",
            "2024-03-14T18:00:00+00:00",
            None,
        ),
        ("<pubDate>2024</pubDate>", None, None),
        ("<pubDate>2024年3月14日 18:00</pubDate>", "2024-03-14", None),
        ("<pubDate>2024年13月14日 18:00</pubDate>", None, None),
        ("<pubDate>03/04/2024</pubDate>", None, None),
        ("", None, None),
    ],
)
def test_an_entry_of_rss_has_the_day_that_it_states(
    dates: str, published: str | None, updated: str | None
) -> None:
    [entry] = parse(rss(ITEM.format("Quay", "https://post.example/q", "q", "It was said.", dates))).entries
    found = entry.fields.get("published_at")
    assert (found if published is None or len(published) > 10 else str(found)[:10]) == published
    assert entry.fields.get("updated_at") == updated


def test_an_entry_of_atom_that_states_only_its_last_change_has_that_day() -> None:
    atom = ATOM.replace("<published>2024-03-04</published>", "")
    [entry] = parse(atom.encode()).entries
    assert entry.fields["published_at"] == entry.fields["updated_at"] == "2024-03-05T08:00:00+01:00"


@pytest.mark.parametrize(
    "content",
    [
        "<content:encoded><![CDATA[<!DOCTYPE html><html><body><p>It rained in "
        "Sandvig.</p></body></html>]]></content:encoded>",
        "<description>&lt;!DOCTYPE html&gt;&lt;p&gt;It rained in Sandvig.&lt;/p&gt;</description>",
        "<!-- <!DOCTYPE html> <!ENTITY a 'b'> --><description>It rained in Sandvig.</description>",
        "<description><![CDATA[<p>It rained in Sandvig.</p><!-- <!DOCTYPE x [<!ENTITY y 'z'>]> "
        "-->]]></description>",
    ],
)
def test_a_document_type_in_the_content_is_no_reason_to_refuse_a_feed(tmp_path: Path, content: str) -> None:
    item = f"<item><title>Rain</title><link>https://post.example/r</link>{content}</item>"
    root = "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
    [found] = articles(tmp_path, f"{root}<channel><title>Wire</title>{item}</channel></rss>".encode())
    assert found.text == "It rained in Sandvig."


@pytest.mark.parametrize(
    "prolog",
    [
        "<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' "
        "'http://my.netscape.com/rss-0.91.dtd'>",
        "<?xml version='1.0'?>\n<!-- a comment > -->\n<!DOCTYPE rss SYSTEM \"rss.dtd\">\n<!-- another -->",
        "<!DOCTYPE rss [ <!ELEMENT rss ANY> <!-- it's said --> ]>",
        "<!doctype html>",
    ],
)
def test_a_document_type_that_declares_no_entity_is_passed_over(tmp_path: Path, prolog: str) -> None:
    item = ITEM.format("Rain", "https://post.example/r", "r", "It rained.", "")
    data = f"{prolog}<rss version='0.91'><channel><title>Wire</title>{item}</channel></rss>".encode()
    [found] = articles(tmp_path, data)
    assert (found.title, found.text) == ("Rain", "It rained.")


@pytest.mark.parametrize(
    "prolog",
    [
        "<!DOCTYPE rss [<!ENTITY % x SYSTEM 'http://evil.example/x.dtd'> %x;]>",
        "<!-- <rss> --><!DOCTYPE rss [<!ENTITY a 'aaaa'>]>",
        "<!DOCTYPE rss [<!ELEMENT rss ANY><!-- ]> --><!ENTITY a 'aaaa'>]>",
        "<!DOCTYPE rss SYSTEM 'a'><!DOCTYPE rss [<!ENTITY a 'aaaa'>]>",
        "<!DOCTYPE rss [<!ENTITY a 'aaaa'>",
        "<!-- not closed <!DOCTYPE rss [<!ENTITY a 'aaaa'>]>",
    ],
)
def test_a_document_type_that_declares_something_is_refused(prolog: str) -> None:
    with pytest.raises(ReadError):
        parse(
            f"{prolog}<rss><channel><title>Wire</title><item><title>&a;</title></item></channel></rss>".encode()
        )
