"""Exports of other tools, read by their own keys; each entry is as its tool gives it, its text is ours."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article
from corpus.formats.exports import unified
from corpus.read import read_file

TEXT = "The council of Brenholm voted on Thursday to close the old fish market, the mayor Else Brandt said."
URL = "https://www.brenholmpost.example/fish"
TITLE = "Fish market to move"
BODY = f"<p>{TEXT}</p><p>“We were not asked,” a trader said.</p>"

NEWSAPI = {
    "source": {"id": None, "name": "Brenholm Post"},
    "author": "Mette Kvist",
    "title": TITLE,
    "description": "Traders protest.",
    "url": URL,
    "urlToImage": None,
    "publishedAt": "2024-03-14T17:00:00Z",
    "content": f"{TEXT}… [+2345 chars]",
}
NEWS_PLEASE = {
    "authors": ["Mette Kvist"],
    "date_download": "2024-05-01 10:00:00",
    "date_modify": "2024-03-15 09:00:00",
    "date_publish": "2024-03-14 18:00:00",
    "description": "Traders protest.",
    "language": "en",
    "maintext": TEXT,
    "source_domain": "www.brenholmpost.example",
    "title": TITLE,
    "title_page": None,
    "url": URL,
}
NEWSPAPER4K = {
    "url": URL,
    "title": TITLE,
    "text": TEXT,
    "authors": ["Mette Kvist"],
    "publish_date": "2024-03-14T18:00:00+01:00",
    "source_url": "https://www.brenholmpost.example",
    "meta_site_name": "Brenholm Post",
    "summary": "",
}
TRAFILATURA = {
    "title": TITLE,
    "author": "Mette Kvist; Jon Aar",
    "hostname": "brenholmpost.example",
    "date": "2024-03-14",
    "id": None,
    "raw_text": TEXT,
    "text": TEXT,
    "filedate": "2026-01-01",
    "source": URL,
    "source-hostname": "Brenholm Post",
    "excerpt": "Traders protest.",
}
CC_NEWS = {
    "title": TITLE,
    "text": TEXT,
    "domain": "www.brenholmpost.example",
    "date": "2024-03-14 18:00:00",
    "description": "Traders protest.",
    "url": URL,
    "image_url": "",
}
GUARDIAN = {
    "id": "harbour/2024/mar/14/fish-market",
    "type": "article",
    "sectionName": "Harbour",
    "webPublicationDate": "2024-03-14T17:00:00Z",
    "webTitle": TITLE,
    "webUrl": URL,
    "apiUrl": "https://content.brenholmpost.example/fish",
    "fields": {
        "headline": TITLE,
        "byline": "Mette Kvist and agencies",
        "body": BODY,
        "bodyText": TEXT,
        "publication": "Brenholm Post",
        "lastModified": "2024-03-15T08:00:00Z",
        "wordcount": "16",
    },
}
NYT = {
    "_id": "nyt://article/0b1c",
    "web_url": URL,
    "abstract": "Traders protest.",
    "snippet": "Traders protest.",
    "lead_paragraph": TEXT,
    "source": "Brenholm Post",
    "headline": {"main": TITLE, "kicker": None, "print_headline": "Market Moves"},
    "pub_date": "2024-03-14T17:00:00+0000",
    "byline": {
        "original": "By Mette Kvist and Jon Aar",
        "person": [{"firstname": "Mette", "lastname": "Kvist"}],
    },
    "word_count": 16,
}
WORDPRESS = {
    "id": 17,
    "date": "2024-03-14T18:00:00",
    "modified": "2024-03-15T08:00:00",
    "link": URL,
    "title": {"rendered": TITLE},
    "content": {"rendered": BODY, "protected": False},
    "excerpt": {"rendered": "<p>Traders protest.</p>"},
    "author": 12,
}
SCHEMA = {
    "@type": "NewsArticle",
    "headline": TITLE,
    "articleBody": TEXT,
    "datePublished": "2024-03-14T18:00:00+01:00",
    "dateModified": "2024-03-15",
    "author": [{"@type": "Person", "name": "Mette Kvist"}, {"name": "Jon Aar"}],
    "publisher": {"@type": "Organization", "name": "Brenholm Post"},
    "url": URL,
}
JSON_FEED = {
    "id": "x1",
    "url": URL,
    "title": TITLE,
    "content_html": BODY,
    "date_published": "2024-03-14T18:00:00+01:00",
    "authors": [{"name": "Mette Kvist", "url": "https://brenholmpost.example/mk"}],
}
EVENT_REGISTRY = {
    "uri": "8100",
    "url": URL,
    "title": TITLE,
    "body": TEXT,
    "date": "2024-03-14",
    "dateTimePub": "2024-03-14T17:00:00Z",
    "source": {"uri": "brenholmpost.example", "title": "Brenholm Post"},
    "authors": [{"uri": "mette_kvist@brenholmpost.example", "name": "Mette Kvist"}],
}


LANGCHAIN = {
    "page_content": TEXT,
    "metadata": {"source": URL, "title": TITLE, "date": "2024-03-14", "author": "By Mette Kvist"},
}
MONGODB = {
    "_id": {"$oid": "65f2"},
    "Title": TITLE,
    "Body": TEXT,
    "URL": URL,
    "Date": {"$date": {"$numberLong": "1710432000000"}},
    "Author": "['Mette Kvist', 'Jon Aar']",
    "SiteName": "Brenholm Post",
}
FACTIVA = {
    "headline": TITLE,
    "body": TEXT,
    "publication_date": 1710432000000,
    "byline": "By Mette Kvist\nHarbour Correspondent",
    "source_name": "Brenholm Post",
    "link": URL,
}
HEADLINES = {
    "link": URL,
    "headline": TITLE,
    "short_description": TEXT,
    "authors": "Mette Kvist, AP",
    "date": "2024-03-14",
}


def articles(tmp_path: Path, document: object, name: str = "export.json") -> list[Article]:
    """The articles of a file with this JSON."""
    path = tmp_path / name
    path.write_text(json.dumps(document))
    found = list(read_file(path, path))
    assert all(isinstance(one, Article) for one in found), found
    return [one for one in found if isinstance(one, Article)]


@pytest.mark.parametrize(
    ("entry", "authors", "outlet"),
    [
        (NEWSAPI, ("Mette Kvist",), "Brenholm Post"),
        (NEWS_PLEASE, ("Mette Kvist",), "brenholmpost.example"),
        (NEWSPAPER4K, ("Mette Kvist",), "Brenholm Post"),
        (TRAFILATURA, ("Mette Kvist", "Jon Aar"), "Brenholm Post"),
        (CC_NEWS, (), "brenholmpost.example"),
        (GUARDIAN, ("Mette Kvist",), "Brenholm Post"),
        (NYT, ("Mette Kvist", "Jon Aar"), "Brenholm Post"),
        (WORDPRESS, (), "brenholmpost.example"),
        (SCHEMA, ("Mette Kvist", "Jon Aar"), "Brenholm Post"),
        (JSON_FEED, ("Mette Kvist",), "brenholmpost.example"),
        (EVENT_REGISTRY, ("Mette Kvist",), "Brenholm Post"),
        (LANGCHAIN, ("Mette Kvist",), "brenholmpost.example"),
        (MONGODB, ("Mette Kvist", "Jon Aar"), "Brenholm Post"),
        (FACTIVA, ("Mette Kvist",), "Brenholm Post"),
        (HEADLINES, ("Mette Kvist",), "brenholmpost.example"),
        ({"article": {**FACTIVA}}, ("Mette Kvist",), "Brenholm Post"),
        ({"_index": "news", "_source": NEWS_PLEASE}, ("Mette Kvist",), "brenholmpost.example"),
    ],
)
@pytest.mark.parametrize("name", ["export.json", "export.jsonl"])
def test_an_export_is_read_by_its_own_keys(
    tmp_path: Path, entry: dict[str, object], authors: tuple[str, ...], outlet: str, name: str
) -> None:
    (found,) = articles(tmp_path, entry, name)
    assert found.title == TITLE and found.text.startswith(TEXT)
    assert found.url == URL and (found.published_at or "")[:10] == "2024-03-14"
    assert (found.authors, found.source) == (authors, outlet)
    assert "chars]" not in found.text and "<p>" not in found.text


@pytest.mark.parametrize(
    "document",
    [
        {"status": "ok", "totalResults": 1, "articles": [NEWSAPI]},
        {"articles": {"results": [EVENT_REGISTRY], "totalResults": 1}},
        {"response": {"status": "ok", "results": [GUARDIAN]}},
        {"response": {"status": "ok", "content": GUARDIAN}},
        {"status": "OK", "response": {"docs": [NYT], "meta": {"hits": 1}}},
        {"hits": {"total": 1, "hits": [{"_source": CC_NEWS}]}},
        {"version": "https://jsonfeed.org/version/1.1", "title": "Brenholm Post", "items": [JSON_FEED]},
        {"data": [NEWSPAPER4K], "pagination": {}},
        {"results": [NEWS_PLEASE]},
        [WORDPRESS],
    ],
)
def test_the_answer_of_an_api_is_a_list_of_articles(tmp_path: Path, document: object) -> None:
    (found,) = articles(tmp_path, document)
    assert (found.title, found.url) == (TITLE, URL)


def test_a_json_feed_names_the_outlet_of_its_items(tmp_path: Path) -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Brenholm Post"}
    (found,) = articles(tmp_path, {**feed, "items": [JSON_FEED]})
    (other,) = articles(tmp_path, {**feed, "items": [{**JSON_FEED, "source": "Kolmar Ledger"}]})
    assert (found.source, other.source) == ("Brenholm Post", "Kolmar Ledger")


def test_articles_in_a_graph_of_linked_data_are_read(tmp_path: Path) -> None:
    node = {key: value for key, value in SCHEMA.items() if key != "url"}
    graph = [{"@type": "WebSite", "name": "Brenholm Post"}, {**node, "mainEntityOfPage": {"@id": URL}}]
    (found,) = articles(tmp_path, {"@context": "https://schema.org", "@graph": graph})
    assert (found.title, found.url) == (TITLE, URL)


SECTION = {"headline": ["Traders protest"], "paragraphs": [TEXT, "The quay is to be paved."]}


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"content": [TEXT, "The quay is to be paved."]}, f"{TEXT}\n\nThe quay is to be paved."),
        (
            {"body": {"summary": ["Short."], "sections": [SECTION]}},
            f"Traders protest\n\n{TEXT}\n\nThe quay is to be paved.",
        ),
        ({"blocks": {"body": [{"id": "b", "bodyHtml": f"<p>{TEXT}</p>", "attributes": {}}]}}, TEXT),
        ({"summary": {"direction": "ltr", "content": f"<p>{TEXT}</p>"}}, TEXT),
        ({"cleaned_text": TEXT, "meta": {"description": "Traders protest."}}, TEXT),
        ({"snippet": "The council of…", "description": TEXT}, TEXT),
    ],
)
def test_a_text_in_parts_is_put_together(tmp_path: Path, entry: dict[str, object], text: str) -> None:
    (found,) = articles(tmp_path, {"title": TITLE, **entry})
    assert found.text == text


def test_articles_in_a_list_are_no_parts_of_one() -> None:
    fields, _ = unified({"content": [{"title": TITLE, "text": TEXT}, {"title": "Other", "text": TEXT}]})
    assert "text" not in fields


@pytest.mark.parametrize(
    "entry",
    [
        {"yoast_head_json": {"author": "Mette Kvist", "og_site_name": "Brenholm Post"}},
        {"_embedded": {"author": [{"name": "Mette Kvist"}]}, "opengraph": {"site_name": "Brenholm Post"}},
        {"authors": [{"firstName": "Mette", "lastName": "Kvist"}], "origin": {"title": "Brenholm Post"}},
    ],
)
def test_names_in_objects_of_their_own_are_found(tmp_path: Path, entry: dict[str, object]) -> None:
    (found,) = articles(tmp_path, {"title": {"rendered": "Market &#8211; moved"}, "text": TEXT, **entry})
    assert (found.title, found.authors, found.source) == ("Market – moved", ("Mette Kvist",), "Brenholm Post")


@pytest.mark.parametrize(
    "entry",
    [{"links": {"permalink": URL}}, {"canonical": [{"href": URL}]}, {"mainEntityOfPage": URL}],
)
def test_an_address_in_an_object_is_the_articles(tmp_path: Path, entry: dict[str, object]) -> None:
    (found,) = articles(tmp_path, {"title": TITLE, "text": TEXT, **entry})
    assert (found.title, found.url) == (TITLE, URL)


def test_our_own_keys_win_and_unknown_ones_are_kept(tmp_path: Path) -> None:
    entry = {
        "text": TEXT,
        "published_at": "2024-03-14",
        "date": "2020-01-01",
        "author": "A B",
        "authors": ["C D"],
        "topic": 5,
    }
    (found,) = articles(tmp_path, entry)
    assert (found.published_at, found.authors) == ("2024-03-14", ("C D",))
    assert found.metadata == {"date": "2020-01-01", "author": "A B", "topic": 5}


def test_values_that_do_not_fit_are_passed_over(tmp_path: Path) -> None:
    entry = {
        "text": TEXT,
        "title": "T",
        "source": {"id": None},
        "author": 12,
        "date": "soon",
        "pubDate": "2024-03-14",
    }
    (found,) = articles(tmp_path, entry)
    assert (found.source, found.authors, found.published_at) == (None, (), "2024-03-14")


@pytest.mark.parametrize(
    ("address", "url", "outlet"),
    [
        ("https://a.example/x", "https://a.example/x", "a.example"),
        ("https://www.a.example/", None, "a.example"),
    ],
)
def test_an_address_as_source_is_no_outlet(
    tmp_path: Path, address: str, url: str | None, outlet: str
) -> None:
    (found,) = articles(tmp_path, {"title": "T", "text": TEXT, "source": address})
    assert (found.url, found.source) == (url, outlet)


@pytest.mark.parametrize(
    ("more", "sentences"),
    [
        ({"erscheinungsdatum": "14.03.2024"}, ['"erscheinungsdatum" looks like a date that is not full']),
        (
            {"erscheinungstag": "2024-03-14"},
            ['"erscheinungstag" looks like a date and is not read; name it "pub'],
        ),
        ({"fecha": "2024-03-14"}, ['"fecha" looks like a date']),
        ({"created_at": "2024-03-14T18:00:00Z"}, ['"created_at" looks like a date']),
        ({"meta": {"when": "14 March 2024"}}, ['"meta.when" looks like a date']),
        ({"date": "03/04/2024"}, ['"date" looks like a date']),
        ({"byline_text": "By Mette Kvist"}, ['"byline_text" looks like an author']),
        ({"autor": ["Mette Kvist"]}, ['"autor" looks like an author']),
        ({"published_at": "2024-03-14", "crawled_date": "2024-05-01"}, []),
        ({"authors": ["A B"], "author_image": "x"}, []),
        ({"year": 2024, "score": 12345678, "views": "20240"}, []),
        ({"author_url": "https://a.example/mk", "date_url": "https://a.example/2024"}, []),
    ],
)
def test_unused_keys_that_look_like_a_date_or_an_author_are_named(
    more: dict[str, object], sentences: list[str]
) -> None:
    _, remarks = unified({"title": "T", "text": TEXT, **more})
    assert len(remarks) == len(sentences)
    assert all(sentence in remark.sentence for sentence, remark in zip(sentences, remarks, strict=True))


def test_front_matter_is_read_by_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        f"---\nheadline: {TITLE}\npublishDate: 2024-03-14\nwriter: Mette Kvist\nlink: {URL}\n---\n{TEXT}"
    )
    (found,) = read_file(path, path)
    assert isinstance(found, Article)
    assert (found.title, found.published_at, found.authors, found.url) == (
        TITLE,
        "2024-03-14",
        ("Mette Kvist",),
        URL,
    )


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["2024-03-14", URL, BODY]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "main", "rendered", "original", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    "id title text html source url urls authors byline published_at date body content headline fields "
    "_source publisher domain updated tags created".split()
)


@given(st.dictionaries(KEYS, JSON))
def test_any_entry_is_read_without_an_error(entry: dict[str, object]) -> None:
    fields, remarks = unified(entry)
    assert isinstance(fields, dict) and len(remarks) <= 5
