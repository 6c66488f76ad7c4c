"""The article's text, identity and revision."""

import hashlib
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, canonical_url, check_id, normalise_text, one_line
from corpus.errors import IdentityError

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates included


@given(ANY_TEXT)
def test_a_normalised_text_is_fit_for_offsets(text: str) -> None:
    normal = normalise_text(text)
    assert unicodedata.is_normalized("NFC", normal)
    assert not set(normal) & {"\r", "\0", "\x1b", "\u2028", "\u2029", "\ufeff"}
    assert normal.encode("utf-8").decode("utf-8") == normal


@given(ANY_TEXT)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise_text(normalise_text(text)) == normalise_text(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], max_codepoint=0x10FFFF)))
def test_a_composed_text_of_printable_characters_stays_as_it_is(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert normalise_text(composed) == composed


@pytest.mark.parametrize(
    ("given_text", "normal"),
    [
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("Kızıltepe e\u0301", "Kızıltepe é"),
        ("a\0b\x1b[31mc\x9b", "ab[31mc"),
        ("a\u2028b\u2029c\x85d\x0ce", "a\nb\n\nc\nd\ne"),
        ("\ufeffa\tb", "a\tb"),
        ("\ud83d\ude00 \ud800 \udc00", "😀 \ufffd \ufffd"),
        ("  spaces stay  ", "  spaces stay  "),
    ],
)
def test_normal_text_by_example(given_text: str, normal: str) -> None:
    assert normalise_text(given_text) == normal


def test_a_title_is_one_line() -> None:
    assert one_line(" Envoy:\r\n\t talks  go on ") == "Envoy: talks go on"


def test_a_revision_is_the_start_of_the_hash_of_title_and_text() -> None:
    article = Article(id="a", title="Bridge closed", text="The bridge is closed – for good. 😀")
    whole = hashlib.sha256("Bridge closed\nThe bridge is closed – for good. 😀".encode()).hexdigest()
    assert article.revision == whole[:12]


def test_other_metadata_makes_no_new_revision() -> None:
    plain = Article(id="a", title="t", text="x")
    assert (
        plain.revision
        == Article(id="a", title="t", text="x", source="Echo", url="https://a.example/").revision
    )


@pytest.mark.parametrize(
    "good", ["a", "seeds/a.txt", "feed.jsonl#7", "https://a.example/x?y=1", "ü😀", "x" * 512]
)
def test_an_id_may_hold_slashes_and_any_script(good: str) -> None:
    assert check_id(good) == good


@pytest.mark.parametrize("bad", ["", "  ", "x" * 513, "a\nb", "a\0", "\x7f", "a\x9b", "\udcff", "a\u2028b"])
def test_an_id_is_refused_if_blank_long_or_holding_control_characters(bad: str) -> None:
    with pytest.raises(IdentityError) as refused:
        check_id(bad)
    message = str(refused.value)
    assert message.isprintable() and len(message) < 500
    json.dumps(message).encode("utf-8")


@given(ANY_TEXT)
def test_an_id_that_passes_fits_a_database_and_a_url(article_id: str) -> None:
    try:
        check_id(article_id)
    except IdentityError:
        return
    assert article_id.encode("utf-8")
    assert 0 < len(article_id) <= 512


@pytest.mark.parametrize(
    ("stated", "canonical"),
    [
        ("HTTPS://News.Example.COM/A/b", "https://news.example.com/A/b"),
        ("http://a.example:80/x#part", "http://a.example/x"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
        ("https://a.example", "https://a.example/"),
        (
            "https://a.example/x?utm_source=n&id=3&fbclid=9&b=a%20b&gclid=1",
            "https://a.example/x?id=3&b=a%20b",
        ),
        ("https://a.example/x?UTM_Campaign=n", "https://a.example/x"),
        ("https://a.example/x?utmost=1", "https://a.example/x?utmost=1"),
        ("https://user:secret@a.example/x", "https://a.example/x"),
        (" https://a.example/two words ", "https://a.example/two%20words"),
        ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
        ("https://müller.example/ü", "https://müller.example/ü"),
    ],
)
def test_a_url_has_one_canonical_form(stated: str, canonical: str) -> None:
    assert canonical_url(stated) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "a.txt",
        "//a.example/x",
        "javascript:alert(1)",
        "ftp://a.example/x",
        "file:///x",
        "https://",
        "http://[::1",
        "https://a.example:port/",
        "https://a.example:99999/",
        "https://a.example/\nx",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_what_is_no_web_address_has_no_canonical_form(stated: str) -> None:
    assert canonical_url(stated) is None


@given(st.from_regex(r"(?i)https?://[a-z0-9.:@\[\]-]{1,30}[/?#]?[\w?&=;#%./ -]{0,60}", fullmatch=True))
def test_canonical_is_a_fixed_point(stated: str) -> None:
    canonical = canonical_url(stated)
    assert canonical is None or canonical_url(canonical) == canonical


def longest_run_of_marks(text: str) -> int:
    """How many characters in a row are combining marks, at most."""
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    return longest


@pytest.mark.parametrize(
    "marks", ["\u0323\u0301", "\u0301\u0323", "\u0f71\u0f72", "\u0344\u0323", "\u05b0\u0591"]
)
def test_combining_marks_in_a_row_are_divided_so_that_sorting_them_stays_cheap(marks: str) -> None:
    normal = normalise_text(f"a{marks * 500} b")
    assert longest_run_of_marks(unicodedata.normalize("NFD", normal)) <= 31
    assert unicodedata.is_normalized("NFC", normal) and normalise_text(normal) == normal
    assert normal.replace("\u034f", "")[0] in "aạá" and normal.endswith(" b")


@given(
    st.lists(st.sampled_from(["a", "\u0323", "\u0301", "\u0344", "\u1161", "—", "\u034f", " "]), max_size=120)
)
def test_dividing_marks_is_done_once_and_leaves_fewer_alone(pieces: list[str]) -> None:
    text = "".join(pieces)
    normal = normalise_text(text)
    assert normalise_text(normal) == normal
    if longest_run_of_marks(unicodedata.normalize("NFD", text)) <= 30:
        assert normal == unicodedata.normalize("NFC", text)
