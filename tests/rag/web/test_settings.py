import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UsageError
from rag.web.settings import WebSettings, parse_exposure, parse_keys, parse_origins, parse_public_url


def test_origins_are_read_as_browsers_write_them() -> None:
    written = (
        "https://Paper.example/, http://127.0.0.1:8000\nhttps://bücher.example https://paper.example:443"
    )
    assert parse_origins(written) == (
        "https://paper.example",
        "http://127.0.0.1:8000",
        "https://xn--bcher-kva.example",
    )
    assert parse_origins("http://[::1]:80") == ("http://[::1]",)
    assert parse_origins(" , ") == ()


@pytest.mark.parametrize(
    "written",
    [
        *("*", "https://*.paper.example", "https://paper.example/path", "https://paper.example?x", "null"),
        *("paper.example", "ftp://paper.example", "https://a@paper.example", "https://", "https://paper:x"),
        *("https://pa;per.example", "https://paper.example:0", "javascript:alert(1)", "https://-x.example"),
    ],
)
def test_what_is_no_origin_is_refused_in_one_sentence(written: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_origins(written)
    assert repr(written)[1:-1] in str(refused.value) and "\n" not in str(refused.value)


@given(st.text(max_size=40))
def test_any_text_is_a_list_of_origins_or_refused(written: str) -> None:
    for read in (parse_origins, parse_public_url):
        try:
            origins = read(written)
        except UsageError:
            continue
        for origin in [origins] if isinstance(origins, str) else origins:
            assert parse_origins(origin) == (origin,) and not set(origin) & set("*;, '\"")


def test_keys_are_never_shown() -> None:
    keys = parse_keys("first-secret, second-secret")
    assert keys == ("first-secret", "second-secret")
    assert "secret" not in repr(WebSettings(api_keys=keys))
    with pytest.raises(UsageError) as refused:
        parse_keys("first-secret short")
    assert "short" not in str(refused.value) and "number 2" in str(refused.value)


def test_the_reader_shows_one_of_three_amounts() -> None:
    assert parse_exposure(" Excerpt") == "excerpt"
    with pytest.raises(UsageError):
        parse_exposure("half")


def test_the_public_address_ends_after_a_path_of_plain_names() -> None:
    assert parse_public_url("https://Archive.example:443/") == "https://archive.example"
    assert parse_public_url("https://Archive.example/news/archive/") == "https://archive.example/news/archive"
    for path in ("/a b", "/../x", "/a/.", "/a//b", "/%61", "/a?b", "/a#b", "/<b>", "/a\\b", "/é"):
        with pytest.raises(UsageError):
            parse_public_url(f"https://archive.example{path}")


def test_a_public_address_has_an_origin_and_a_root() -> None:
    web = WebSettings(public_url="https://archive.example:8443/news")
    assert (web.public_origin, web.root) == ("https://archive.example:8443", "/news")
    assert (WebSettings().public_origin, WebSettings().root) == (None, "")


def test_people_are_told_an_address_that_leads_somewhere() -> None:
    assert WebSettings(host="0.0.0.0", port=80).url == "http://127.0.0.1:80"
    assert WebSettings(host="::1").url == "http://[::1]:7860"
    assert WebSettings(public_url="https://archive.example").url == "https://archive.example"
