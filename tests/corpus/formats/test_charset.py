"""The bytes of a page as text."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import ReadError
from corpus.formats.charset import decode_page, decode_text

WORDS = {
    "utf-8": "Kızıltepe, Élysée, Дамаск, 大马士革",
    "iso-8859-1": "Élysée – “réunion” à 5 €",
    "windows-1252": "Élysée – “réunion” à 5 €",
    "windows-1251": "Дамаск ведёт переговоры",
    "koi8-r": "Дамаск ведёт переговоры",
    "iso-8859-9": "Kızıltepe’de saldırı",
    "windows-1256": "دمشق",
    "gb2312": "大马士革的谈判",
    "gbk": "大马士革的谈判",
    "big5": "大馬士革的談判",
    "shift_jis": "ダマスカスの交渉",
    "x-sjis": "ダマスカスの交渉",
    "euc-jp": "ダマスカスの交渉",
    "iso-2022-jp": "ダマスカスの交渉",
    "euc-kr": "다마스쿠스의 협상",
}
CODECS = {"iso-8859-1": "cp1252", "iso-8859-9": "cp1254", "x-sjis": "shift_jis"}


@pytest.mark.parametrize("charset", WORDS)
@pytest.mark.parametrize(
    "head",
    [
        '<html><head><meta charset="{}">',
        '<META http-equiv=Content-Type content="text/html; charset={}">',
        '<?xml version="1.0" encoding="{}"?><html>',
    ],
)
def test_a_page_is_decoded_by_the_charset_it_declares(charset: str, head: str) -> None:
    page = f"{head.format(charset)}<p>{WORDS[charset]}</p>"
    assert decode_page(page.encode(CODECS.get(charset, charset))) == (page, None)


def test_valid_utf_8_is_read_as_such_whatever_is_declared() -> None:
    page = "<meta charset=iso-8859-1><p>Élysée</p>"
    assert decode_page(page.encode()) == (page, None)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_byte_order_mark_rules(encoding: str) -> None:
    page = "<meta charset=koi8-r><p>Élysée</p>"
    assert decode_page(page.encode(encoding)) == (page, None)


def test_a_page_without_charset_is_utf_8() -> None:
    assert decode_page("<p>Élysée</p>".encode()) == ("<p>Élysée</p>", None)


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (b"<p>\xc9lys\xe9e</p>", "it is not valid UTF-8: the byte 0xc9 at offset 3"),
        (b"<meta charset=utf-8><p>\xc9lys\xe9e</p>", "it is not valid UTF-8: the byte 0xc9 at offset 23"),
        (b"<meta charset=no-such><p>\xc9</p>", "it is not valid UTF-8: the byte 0xc9 at offset 25"),
        (b"<meta charset=utf-7><p>\xc9</p>", "it is not valid UTF-8"),
        (b"<meta charset=rot13><p>\xc9</p>", "it is not valid UTF-8"),
        (
            b"<meta charset=windows-1252><p>\x81</p>",
            "it declares the charset cp1252, which the byte at offset 30",
        ),
    ],
)
def test_a_byte_that_does_not_fit_is_replaced_and_told(page: bytes, problem: str) -> None:
    text, told = decode_page(page)
    assert "\ufffd" in text and str(told).startswith(problem)


@pytest.mark.parametrize("data", [b"GIF89a\0\0", b"<meta charset=koi8-r>\0\xc9", b"\xff\xfe\0"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError):
        decode_page(data)


EMPTY = (b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@given(
    st.sampled_from([b"", b"<meta charset=gbk>", b"<meta charset='utf-8'>", b"<meta charset=x>"]), st.binary()
)
def test_any_bytes_are_a_page_or_a_read_error(head: bytes, data: bytes) -> None:
    try:
        text, problem = decode_page(head + data)
    except ReadError:
        return
    assert text.encode("utf-8") or problem is not None or head + data in EMPTY


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        (
            "cp1252",
            "Le président a déclaré à l’Assemblée que la réforme serait achevée “d’ici l’été”, "
            "malgré les réserves des élus de l’opposition.",
        ),
        ("cp1251", "Премьер-министр заявил во вторник, что переговоры продолжатся на следующей неделе."),
        ("koi8-r", "Премьер-министр заявил во вторник, что переговоры продолжатся на следующей неделе."),
        (
            "cp1250",
            "Předseda vlády v úterý řekl, že jednání budou pokračovat příští týden v hlavním městě. "
            "Opozice protestuje.",
        ),
        ("cp1253", "Ο πρωθυπουργός δήλωσε την Τρίτη ότι οι συνομιλίες θα συνεχιστούν την επόμενη εβδομάδα."),
        ("cp1255", "ראש הממשלה אמר ביום שלישי כי השיחות יימשכו בשבוע הבא בבירה."),
        ("shift_jis", "首相は火曜日、来週首都で協議を続けると述べた。野党は強く反発している。"),
        ("gb18030", "总理星期二表示，谈判将于下周在首都继续进行，反对党表示强烈不满。"),
        ("euc_kr", "총리는 화요일 다음 주 수도에서 협상을 계속할 것이라고 밝혔다. 야당은 반발하고 있다."),
    ],
)
def test_a_text_that_declares_nothing_is_read_by_what_its_bytes_look_like(charset: str, text: str) -> None:
    read, told = decode_text(text.encode(charset))
    assert read == text and told is not None


def test_a_few_odd_bytes_and_damaged_utf8_are_not_guessed_at() -> None:
    for data in (b"Caf\xe9 opens.", ("Élysée, été, château. " * 9).encode() + b"\xff broken"):
        with pytest.raises(ReadError, match="it is not valid UTF-8"):
            decode_text(data)


def test_a_long_text_is_told_by_its_telling_lines() -> None:
    text = (
        "Plain English goes on and on here.\n" * 20_000
        + "Der Bürgermeister sagte, größere Schäden drohten.\n" * 9
    )
    read, told = decode_text(text.encode("cp1252"))
    assert read == text and told is not None


def test_what_the_server_says_goes_before_what_the_page_declares() -> None:
    page = "<meta charset=windows-1251><p>Größe</p>".encode("cp1252")
    assert decode_page(page, "iso-8859-1")[0].endswith("<p>Größe</p>")
