"""JSON-LD of a page: its forms, and which node is about the page."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.page.linked import Linked, linked
from corpus.page.text import _library

HERE = "https://post.example/news/fish-market"
OWN = {
    "@type": "NewsArticle",
    "headline": "Fish market to move",
    "datePublished": "2024-03-14",
    "author": {"@type": "Person", "name": "Mette Kvist"},
    "publisher": {"@type": "Organization", "name": "Brenholm Post"},
}
OTHER = {
    "@type": "NewsArticle",
    "headline": "Ferry captain fined for drink",
    "url": "https://post.example/news/captain",
    "datePublished": "2019-01-05",
    "author": {"name": "Otto Lund"},
}


def script(value: object, kind: str = "application/ld+json") -> str:
    """A script with this value as JSON, or with this text."""
    return f'<script type="{kind}">{value if isinstance(value, str) else json.dumps(value)}</script>'


def read(scripts: str, addresses: tuple[str, ...] = (HERE,), titles: tuple[str, ...] = ()) -> Linked:
    """What a page with these scripts states."""
    page = f"<html><head>{scripts}</head><body><p>Text.</p></body></html>"
    return linked(_library().load_html(page), addresses, titles)


@pytest.mark.parametrize(
    "address",
    [
        HERE,
        f"{HERE}/",
        "http://post.example/news/fish-market",
        "https://www.post.example/news/fish-market",
        "https://m.post.example/news/fish-market",
        "https://amp.post.example/news/fish-market",
        "https://POST.example/news/fish-market",
        "/news/fish-market",
        "//post.example/news/fish-market",
        f"{HERE}#article",
        f"{HERE}?utm_source=mail&fbclid=x",
        f"{HERE}/amp/",
        f"{HERE}?outputType=amp",
        "https://post-example.cdn.ampproject.org/c/s/post.example/news/fish-market",
    ],
)
@pytest.mark.parametrize("key", ["url", "mainEntityOfPage", "@id"])
def test_an_address_is_the_pages_own_as_a_browser_sees_it(key: str, address: str) -> None:
    for value in (address, {"@type": "WebPage", "@id": address}):
        if key != "@id" or isinstance(value, str):
            found = read(script({**OTHER, "headline": "Another"}) + script({**OWN, key: value}))
            assert (found.title, found.published) == ("Fish market to move", ("2024-03-14",))


@pytest.mark.parametrize("addresses", [(HERE,), ()])
def test_a_node_without_address_comes_before_one_that_names_another_page(addresses: tuple[str, ...]) -> None:
    for scripts in (script(OTHER) + script(OWN), script([OTHER, OWN]), script({"@graph": [OTHER, OWN]})):
        assert read(scripts, addresses).authors == ("Mette Kvist",)


def test_a_node_that_names_another_page_is_not_the_pages_own() -> None:
    found = read(script(OTHER))
    assert (found.title, found.published, found.authors) == (None, (), ())
    assert [kept for _, kept in found.others] == [""]


def test_of_a_script_that_describes_others_too_only_the_own_article_is_to_be_kept() -> None:
    ((_, kept),) = read(script([OTHER, OWN])).others
    assert json.loads(kept) == OWN
    assert read(script(OWN)).others == ()


def test_a_node_with_the_pages_headline_is_its_own_whatever_address_it_names() -> None:
    own = {**OWN, "url": "https://cdn.post.example/99887"}
    found = read(script(OTHER) + script(own), titles=("Fish market to move | Brenholm Post",))
    assert found.title == "Fish market to move"


def test_without_an_address_of_the_page_its_headline_decides() -> None:
    own = {**OWN, "url": "https://post.example/fish"}
    title = "Fish market to move - Brenholm Post"
    assert read(script(OTHER) + script(own), (), (title,)).published == ("2024-03-14",)
    assert read(script(OTHER), (), (title,)).published == ()
    assert read(script(OTHER), (), ()).published == ("2019-01-05",)


def test_a_node_without_address_that_has_another_headline_is_another_story() -> None:
    title = "Fish market to move - Brenholm Post"
    other = {key: value for key, value in OTHER.items() if key != "url"}
    assert read(script(other), titles=(title,)).published == ()
    assert read(script([other, OWN]), titles=(title,)).published == ("2024-03-14",)
    assert read(script({**OWN, "headline": "Brenholm Post"}), titles=("Fish market to move",)).published


def test_a_headline_that_the_page_does_not_show_is_not_its_title() -> None:
    own = {**OWN, "url": HERE, "headline": "News from the coast"}
    found = read(script(own), titles=("Fish market to move", "Fish market to move | Brenholm Post"))
    assert (found.title, found.published) == ("Fish market to move", ("2024-03-14",))


def test_another_sites_front_page_as_address_says_nothing() -> None:
    assert read(script({**OWN, "mainEntityOfPage": "https://post.example/"})).title == "Fish market to move"


TEXT = json.dumps(OWN)


@pytest.mark.parametrize(
    "form",
    [
        TEXT,
        f"//<![CDATA[\n{TEXT}\n//]]>",
        f"/*<![CDATA[*/{TEXT}/*]]>*/",
        f"<![CDATA[{TEXT}]]>",
        f"<!-- {TEXT} -->",
        f"<!-- metadata of the page -->{TEXT}",
        f"// metadata of the page\n{TEXT}",
        f"/* metadata of the page */\n{TEXT}",
        f"\n<!--//\n{TEXT}\n//-->\n",
        f"{TEXT};",
        f" {TEXT} ; \n",
        f"\ufeff{TEXT}",
        f"[[{TEXT}]]",
        f"[null, 5, {TEXT}]",
        f'{{"@type": "Organization", "name": "x"}}{TEXT}',
        f"{TEXT[:-1]}, }}",
        TEXT.replace("Fish market to move", "Fish\nmarket\tto\x01 move"),
        TEXT.replace('"', "&quot;"),
        TEXT.replace("Fish market", "Fish&nbsp;market"),
        f'{{"@graph": [{{"@type": "WebPage", "mainEntity": {TEXT}}}]}}',
        f'{{"@type": "WebPage", "mainEntity": {{"@type": "ItemPage", "mainEntity": [{TEXT}]}}}}',
        json.dumps({**OWN, "headline": ["Fish market to move"], "datePublished": ["2024-03-14"]}),
        json.dumps({**OWN, "headline": {"@value": "Fish market to move"}, "author": [[OWN["author"]]]}),
        json.dumps({**OWN, "@type": ["Thing", "https://schema.org/NewsArticle"]}),
        json.dumps({**OWN, "author": "Mette Kvist", "publisher": "Brenholm Post"}),
        json.dumps({**OWN, "headline": "Fish <i>market</i> to&nbsp;move<br/>"}),
        json.dumps({**OWN, "author": {"@type": "Person", "name": ["Mette Kvist"]}}),
        json.dumps({**OWN, "author": {"@type": "Person", "givenName": "Mette", "familyName": "Kvist"}}),
    ],
)
def test_json_is_read_in_the_forms_that_sites_give_it(form: str) -> None:
    found = read(script(form))
    assert (found.title, found.outlet, found.authors) == (
        "Fish market to move",
        "Brenholm Post",
        ("Mette Kvist",),
    )
    assert found.published == ("2024-03-14",)


@pytest.mark.parametrize(
    "kind",
    [
        "application/ld+json; charset=utf-8",
        "APPLICATION/LD+JSON",
        " application/ld+json ",
        "application/ld+json;charset=UTF-8",
    ],
)
def test_the_type_of_the_script_may_state_a_charset(kind: str) -> None:
    assert read(script(OWN, kind)).outlet == "Brenholm Post"


def test_references_within_a_graph_are_followed() -> None:
    graph = [
        {
            "@type": "Article",
            "headline": "Fish market to move",
            "author": {"@id": "#mk"},
            "publisher": {"@id": "#bp"},
        },
        {"@type": "Person", "@id": "#mk", "name": "Mette Kvist"},
        {"@type": "Organization", "@id": "#bp", "name": "Brenholm Post"},
    ]
    found = read(script({"@graph": graph}))
    assert (found.authors, found.outlet) == (("Mette Kvist",), "Brenholm Post")


def test_organisations_are_no_authors_and_people_stand_in_order() -> None:
    authors = [
        {"name": "Jon Aar"},
        {"@type": "NewsMediaOrganization", "name": "Brenholm Post"},
        "Mette Kvist",
    ]
    assert read(script({**OWN, "author": authors})).authors == ("Jon Aar", "Mette Kvist")


def test_a_job_a_comment_or_an_embedded_video_is_not_the_article() -> None:
    job = {"@type": "JobPosting", "title": "Editor", "datePosted": "2020-01-01"}
    video = {"@type": "VideoObject", "name": "The captain in court", "uploadDate": "2018-01-01"}
    comment = {"@type": "DiscussionForumPosting", "headline": "Re: Fish", "datePublished": "2020-01-01"}
    found = read(script([job, video, comment]), titles=("Fish market to move",))
    assert (found.title, found.published) == (None, ())


def test_a_video_or_recipe_is_what_its_own_page_is_about() -> None:
    video = {
        "@type": "VideoObject",
        "name": "The market at dawn",
        "uploadDate": "2024-03-14",
        "embedUrl": "x",
    }
    assert read(script(video), titles=("The market at dawn",)).published == ("2024-03-14",)
    assert read(script({**video, "@id": HERE})).title == "The market at dawn"


def test_the_name_of_a_web_page_is_no_outlet_and_that_of_a_web_site_is() -> None:
    page = {"@type": "WebPage", "name": "Fish market to move", "url": HERE, "datePublished": "2024-03-14"}
    assert read(script(page)).outlet is None and read(script(page)).published == ("2024-03-14",)
    site = {"@type": "WebSite", "name": "Brenholm Post"}
    assert read(script([page, site])).outlet == "Brenholm Post"
    assert read(script({**page, "isPartOf": site})).outlet == "Brenholm Post"
    item = {**page, "@type": "ItemPage", "publisher": {"@type": "Organization", "name": "Brenholm Post"}}
    assert read(script(item)).outlet == "Brenholm Post"


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"@type": "NewsArticle"', "{}" * 10_000, "var x = 1;", "//" * 50_000, "{" * 5]
)
def test_a_broken_script_states_nothing(text: str) -> None:
    assert read(script(text)) == Linked()


@given(st.text(alphabet='{}[]",:;/*<!->@typeNwsArilc \\\n', max_size=200))
def test_any_script_is_read_or_passed_over(text: str) -> None:
    assert isinstance(read(script(text)), Linked)
