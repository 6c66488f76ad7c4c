"""What stands above an answer: one figure, a table of figures, the days of a timeline; or nothing."""

from typing import Any

import pytest

from rag.about.figures import differ, figures
from rag.web.answers.glance import days_told, first_line, table

NOON = ("Harbour Post", "2024-01-05", "The ferry left at noon.", "noon")
MANY = ("Harbour Post", "2024-01-07", "Some 1,200 people waved.", "1,200")
FEWER = ("Coast Gazette", "2024-01-05T09:00:00Z", "She counted 900 people.", "900")
SAME = ("Coast Gazette", "2024-01-06", "There were twelve hundred people.", "twelve hundred")


def view(*said: tuple[str, str | None, str, str], **changes: object) -> dict[str, Any]:
    """The view of an answer with a sentence of each outlet and day, in which the last string is marked."""
    sentences, citations = [], []
    for n, (outlet, day, text, marked) in enumerate(said, start=1):
        at = text.find(marked)
        spans = [[at, at + len(marked)]] if marked else []
        head = {"index": 2 * n, "text": text, "role": "claim", "support": "verbatim"}
        sentences.append({**head, "citations": [n], "highlights": spans, "reason": None})
        citations.append({"n": n, "source": outlet, "title": "A title", "published_at": day})
    answer = {"status": "answered", "intent": "question", "searched": ["How many?"]}
    return answer | {"sentences": sentences, "citations": citations} | changes


def test_one_figure_is_said_with_its_outlet_and_day() -> None:
    told = figures(view(MANY))
    said = first_line(told)
    assert said and said["says"] == "some 1,200 people" and table(told) == []
    [by] = said["by"]
    assert (by["outlet"], by["published_at"], by["n"]) == ("Harbour Post", "2024-01-07", 1)


def test_what_outlets_say_alike_is_said_once_in_the_order_of_days() -> None:
    said = first_line(figures(view(MANY, SAME)))
    assert said and [(one["outlet"], one["n"]) for one in said["by"]] == [
        ("Coast Gazette", 2),
        ("Harbour Post", 1),
    ]


def test_a_name_in_full_and_a_part_of_it_are_one_and_other_words_are_not() -> None:
    full = ("Harbour Post", "2024-01-05", "Grace Hopper steered it.", "Grace Hopper")
    short = ("Coast Gazette", "2024-01-06", "Hopper was at the helm.", "Hopper")
    said = first_line(figures(view(short, full)))
    assert said and said["says"] == "Grace Hopper"
    guilty = ("Harbour Post", "2024-01-05", "He was found guilty.", "guilty")
    free = ("Coast Gazette", "2024-01-06", "He was found not guilty.", "not guilty")
    told = figures(view(free, guilty))
    assert [one["says"] for one in told] == ["guilty", "not guilty"] and not first_line(told)
    assert table(told) == []  # words may differ and tell the same


def test_a_name_is_no_figure_where_the_sentence_says_something_else_of_what_is_asked() -> None:
    asked = {"searched": ["Who owns the Arnika?"]}
    other = ("Harbour Post", "2024-01-05", "The chairs on the Arnika belong to Ann Lee.", "Ann Lee")
    owner = ("Harbour Post", "2024-01-05", "Jon Dale owns the Arnika.", "Jon Dale")
    assert figures(view(other, **asked)) == []
    assert [one["says"] for one in figures(view(owner, **asked))] == ["Jon Dale"]


def test_figures_that_differ_stand_in_a_table_in_the_order_of_days() -> None:
    told = figures(view(MANY, FEWER))
    assert first_line(told) is None
    assert [(row["outlet"], row["says"], row["n"]) for row in table(told)] == [
        ("Coast Gazette", "900 people", 2),
        ("Harbour Post", "some 1,200 people", 1),
    ]


@pytest.mark.parametrize(
    ("text", "marked", "says", "bound"),
    [
        ("The UN said that at least 160,000 people had left.", "160,000", "at least 160,000 people", "least"),
        ("More than 160,000 people had left.", "160,000", "more than 160,000 people", "over"),
        ("Well over 160,000 people had left.", "160,000", "well over 160,000 people", "over"),
        ("The number had passed 130,000 by then.", "130,000", "passed 130,000", "over"),
        ("The number had not passed 130,000 by then.", "130,000", "130,000", None),
        ("No more than 40 people came.", "40", "no more than 40 people", "most"),
        ("Up to 40 people came.", "40", "up to 40 people", "most"),
        ("It cost nearly $40.", "$40", "nearly $40", "about"),
        ("It took over three days.", "three", "three days", None),
        ("There were 40 or more.", "40", "40 or more", "least"),
        ("There were at least 40.", "at least 40", "at least 40", "least"),
        ("It cost more than $5 billion.", "$5 billion", "more than $5 billion", "over"),
        ("It came at about noon on Monday.", "noon on Monday", "noon on Monday", None),
        ("It was about Ann Lee.", "Ann Lee", "Ann Lee", None),
    ],
)
def test_a_figure_is_said_with_what_its_sentence_says_of_it(
    text: str, marked: str, says: str, bound: str | None
) -> None:
    [told] = figures(view(("Harbour Post", "2024-01-05", text, marked), searched=["Was it?"]))
    assert (told["says"], told["bound"]) == (says, bound)


LEAST = ("Harbour Post", "2024-01-05", "At least 40 people came.", "40")
OVER = ("Coast Gazette", "2024-01-05", "More than 40 people came.", "40")
PLAIN = ("Coast Gazette", "2024-01-05", "She counted 40 people.", "40")
FIFTY = ("Coast Gazette", "2024-01-05", "She counted 50 people.", "50")
THIRTY = ("Coast Gazette", "2024-01-05", "She counted 30 people.", "30")


def test_bounds_of_one_number_do_not_differ_and_the_one_that_all_say_is_said() -> None:
    for other in (OVER, PLAIN):
        told = figures(view(LEAST, other))
        said = first_line(told)
        assert table(told) == [] and said and said["says"] == "at least 40 people"
        assert [one["n"] for one in said["by"]] == [1, 2]
    told = figures(view(OVER, ("Harbour Post", *PLAIN[1:])))
    assert first_line(told) is None and table(told) == []


def test_a_bound_differs_from_a_number_that_it_does_not_hold_for_and_from_that_of_another_day() -> None:
    assert table(figures(view(LEAST, FIFTY))) == [] and first_line(figures(view(LEAST, FIFTY))) is None
    assert len(table(figures(view(LEAST, THIRTY)))) == 2
    later = (FIFTY[0], "2024-01-07", *FIFTY[2:])
    assert [row["says"] for row in table(figures(view(LEAST, later)))] == ["at least 40 people", "50 people"]


def test_an_outlet_that_gives_one_number_on_two_days_has_one_row() -> None:
    again = (LEAST[0], "2024-01-09", "Forty people came.", "Forty")
    rows = table(figures(view(again, LEAST, THIRTY)))
    assert [(row["outlet"], row["published_at"], row["says"]) for row in rows] == [
        ("Harbour Post", "2024-01-05", "at least 40 people"),
        ("Coast Gazette", "2024-01-05", "30 people"),
    ]
    said = first_line(figures(view(PLAIN, (PLAIN[0], "2024-01-09", *PLAIN[2:]))))
    assert said and len(said["by"]) == 1


def test_outlets_differ_where_one_gives_what_another_does_not() -> None:
    assert differ([("Post", 40), ("Gazette", 50)]) and differ([("Post", 40), ("Post", 50), ("Gazette", 50)])
    assert not differ([]) and not differ([("Post", 40), ("Post", 50)])
    assert not differ([("Post", 40), ("Gazette", 40), ("Gazette", 40)])


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "not_stated"},
        {"status": "listed"},
        {"searched": ["Who is she?", "When did she leave?"]},
        {"citations": []},
    ],
)
def test_nothing_is_said_of_an_answer_that_is_none_or_of_several_questions(changes: dict[str, Any]) -> None:
    assert figures(view(MANY, **changes)) == []


def test_nothing_is_said_where_it_is_not_sure() -> None:
    twice = view(MANY)
    twice["sentences"][0]["highlights"] = [[0, 4], [5, 10]]
    unconfirmed = view(MANY, FEWER)
    unconfirmed["sentences"][1]["support"] = "unconfirmed"
    first_without = view(("Harbour Post", None, "It left.", ""), MANY)
    two_sources = view(MANY)
    two_sources["sentences"][0]["citations"] = [1, 2]
    for unsure in (twice, unconfirmed, first_without, two_sources):
        assert figures(unsure) == []


def test_what_is_left_out_or_folded_says_nothing() -> None:
    struck = view(MANY, FEWER)
    struck["sentences"][1]["support"] = "unsupported"
    folded = view(MANY, FEWER)
    folded["sentences"][1]["folded"] = True
    for one in (struck, folded):
        assert [told["says"] for told in figures(one)] == ["some 1,200 people"]


def test_a_timeline_has_the_days_that_its_sentences_tell_of() -> None:
    told = view(
        ("Harbour Post", "2024-03-09", "The ferry ran aground on 5 March.", ""),
        ("Harbour Post", "2024-03-09", "It was freed on Thursday.", ""),
        ("Coast Gazette", "2024-03-08", "It will sail again on 20 March.", ""),
        ("Coast Gazette", "2024-03-08", "She was built in November.", ""),
        ("Coast Gazette", "2024-03-08", "Nobody was hurt.", ""),
        ("Yearbook", None, "Nobody knows when.", ""),
        intent="timeline",
    )
    assert days_told(told) == [
        {"day": "2023-11", "index": 8},
        {"day": "2024-03-05", "index": 2},
        {"day": "2024-03-07", "index": 4},
        {"day": "2024-03-08", "index": 6},
    ]
    assert days_told(told | {"intent": "overview"}) == []
    assert days_told(view(NOON, intent="timeline")) == []
