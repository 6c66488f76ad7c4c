"""Answers saved as files: what the file is called, and what is told of its sources."""

from typing import Any

import pytest

from rag.web.answers.export import file_name, to_markdown


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Who steered the Kittiwake?", "who-steered-the-kittiwake"),
        (
            "What is known about COVID-19 in Łódź and in Côte d’Ivoire?",
            "what-is-known-about-covid-19-in-lodz-and",
        ),
        ("How many of the 2,300 were in the U.S.?", "how-many-of-the-2300-were-in-the"),
        ("../../etc/passwd", "etc-passwd"),
        ('a\x00b"\r\nSet-Cookie: c', "a-b-set-cookie-c"),
        ("Кто это?", "answer"),
        ("???", "answer"),
        ("", "answer"),
        ("Con?", "answer-con"),
        ("LPT1", "answer-lpt1"),
        ("w" * 500, "w" * 60),
        ("wide " * 3 + "w" * 50, "wide-wide-wide"),
    ],
)
def test_a_file_is_called_by_the_first_words_of_its_question(question: str, name: str) -> None:
    assert file_name(question) == name


def _cited(n: int, article: str, quote: str, **more: object) -> dict[str, Any]:
    return {
        "n": n,
        "article_id": article,
        "revision": "r",
        "quote": quote,
        "title": f"The {article}",
        "source": "Harbour Post",
        "published_at": "2019-10-15",
        "url": None,
        "href": f"/articles/{article}",
        "corrections": [],
        "also_in": [],
    } | more


def test_copies_and_corrections_of_an_article_stand_once_below_what_is_cited_of_it() -> None:
    copy = {"source": "Coast_Gazette", "title": "The ferry", "published_at": "2019-10-16"}
    notice = {"kind": "correction", "text": "It was Ada.", "says": "Correction: It was Ada."}
    known = {"also_in": [copy], "corrections": [notice]}
    citations = [
        _cited(1, "ferry", "She steered it.", **known),
        _cited(2, "mill", "It burned."),
        _cited(3, "ferry", "Forty waved.", **known),
    ]
    view = {
        "question": "Who steered it?",
        "asked_at": "2024-02-01T10:00:00+00:00",
        "filters": {},
        "archive": {"articles": 2, "undated": 0, "from": "2019-10-15", "through": "2019-10-17"},
        "status": "answered",
        "status_text": "",
        "answer": "She steered it. [1] It burned. [2] Forty waved. [3]",
        "sentences": [{"support": "verbatim", "citations": [1, 2, 3]}],
        "citations": citations,
        "passages": [],
        "notices": [],
    }
    assert to_markdown(view).partition("## Sources\n\n")[2].splitlines() == [
        "- [1] [The ferry](</articles/ferry>), Harbour Post, 15 October 2019: “She steered it.”",
        "- [3] [The ferry](</articles/ferry>), Harbour Post, 15 October 2019: “Forty waved.”",
        "  - also in Coast\\_Gazette, 16 October 2019",
        "  - Correction: It was Ada.",
        "- [2] [The mill](</articles/mill>), Harbour Post, 15 October 2019: “It burned.”",
    ]
    german = to_markdown(view, "de")
    assert "auch in Coast\\_Gazette, 16. Oktober 2019" in german and "Berichtigung: It was Ada." in german
