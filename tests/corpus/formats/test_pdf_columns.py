"""Pages set in columns are read column by column, whatever the order of the file."""

import random
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from pathlib import Path

import pytest

from corpus.article import Article
from corpus.formats.pdf import lines_by_column
from corpus.read import read
from tests.corpus.documents import placed_pdf

Piece = tuple[float, float, str]
HARBOUR = [
    "The harbour of Brenholm was closed",
    "on Monday because of a gale that had",
    "blown since Sunday, and two hundred",
    "passengers had to wait in the school",
    "until the sea was calm again, as the",
    "harbour master Ann Lee said.",
]
MARKET = [
    "Traders of the old fish market said",
    "that they had not been asked before",
    "the council voted, and that they will",
    "go to court. The chairman of their",
    "guild called the plan a theft and",
    "asked for a second vote in May.",
]
BRIDGE = [
    "Engineers found three cracks in the",
    "bridge over the Elm, each of them a",
    "metre long, and closed it for a year.",
    "Traffic is sent through Port Elm, the",
    "mayor of the town said on Tuesday, and",
    "a ferry runs from next Friday on.",
]
FACTS = [
    "Population: 31,000 people",
    "Founded as a port in 1911",
    "Mayor: Else Brandt (Greens)",
    "Budget: 14 million crowns",
    "Sister town: Kolmar, Norland",
]
LINE = 13.0


def column(x: float, y: float, lines: Sequence[str]) -> list[Piece]:
    return [(x, y - LINE * number, line) for number, line in enumerate(lines)]


def by_rows(*columns: list[Piece]) -> list[Piece]:
    """The pieces of the columns row by row."""
    return [piece for row in zip_longest(*columns) for piece in row if piece is not None]


def text_of(tmp_path: Path, pieces: Iterable[Piece]) -> str:
    path = tmp_path / "page.pdf"
    path.write_bytes(placed_pdf(*pieces))
    [entry] = read(path)
    assert isinstance(entry, Article), entry
    return entry.text


def joined(lines: Sequence[str]) -> str:
    return " ".join(lines)


def in_order(text: str, *parts: str) -> bool:
    """Whether the text holds these parts whole, one after the other."""
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


LEFT, MIDDLE, RIGHT = column(60, 700, HARBOUR), column(250, 700, MARKET), column(440, 700, BRIDGE)
TITLE = (60.0, 740.0, "Harbour closed and market to move, and all of the town of Brenholm speaks of it today")
ACROSS = "A line that runs over the whole width of the page, as the introduction of a report often does here."


@pytest.mark.parametrize("second", [240.0, 300.0])
def test_two_columns_that_the_file_gives_row_by_row(tmp_path: Path, second: float) -> None:
    text = text_of(tmp_path, by_rows(LEFT, column(second, 700, MARKET)))
    assert in_order(text, joined(HARBOUR), joined(MARKET))


def test_three_columns_that_the_file_gives_row_by_row(tmp_path: Path) -> None:
    text = text_of(tmp_path, [TITLE, *by_rows(LEFT, MIDDLE, RIGHT)])
    assert in_order(text, TITLE[2], joined(HARBOUR), joined(MARKET), joined(BRIDGE))


def test_columns_whose_lines_stand_at_other_heights(tmp_path: Path) -> None:
    text = text_of(tmp_path, by_rows(LEFT, column(300, 695.5, MARKET)))
    assert in_order(text, joined(HARBOUR), joined(MARKET))


def test_columns_of_other_lengths(tmp_path: Path) -> None:
    text = text_of(tmp_path, by_rows(column(60, 700, [*HARBOUR, *BRIDGE]), column(300, 700, MARKET[:4])))
    assert in_order(text, joined([*HARBOUR, *BRIDGE]), joined(MARKET[:4]))


def test_the_right_column_before_the_left_one(tmp_path: Path) -> None:
    assert in_order(text_of(tmp_path, [*MIDDLE, *LEFT]), joined(HARBOUR), joined(MARKET))


def test_pieces_in_no_order_at_all(tmp_path: Path) -> None:
    pieces = [*LEFT, *MIDDLE]
    random.Random(3).shuffle(pieces)
    assert in_order(text_of(tmp_path, pieces), joined(HARBOUR), joined(MARKET))


@pytest.mark.parametrize("gap", [5.0, 6.0])
def test_every_word_a_piece_of_its_own(tmp_path: Path, gap: float) -> None:
    def width(word: str) -> float:
        return sum(
            2.6 if sign in "fijlt.,'" else 3.4 if sign == "r" else 7.8 if sign in "mw" else 5.5
            for sign in word
        )

    def words(pieces: list[Piece]) -> list[Piece]:
        made = []
        for x, y, line in pieces:
            for word in line.split():
                made.append((x, y, word))
                x += width(word) + gap
        return made

    rows = [words([piece]) for piece in by_rows(LEFT, column(300, 700, MARKET))]
    text = text_of(tmp_path, chain.from_iterable(rows))
    assert in_order(text, joined(HARBOUR), joined(MARKET))


@pytest.mark.parametrize("first", [True, False])
def test_a_headline_across_comes_first_wherever_the_file_has_it(tmp_path: Path, first: bool) -> None:
    body = by_rows(LEFT, MIDDLE)
    title = [TITLE, (60.0, 728.0, ACROSS)]
    text = text_of(tmp_path, [*title, *body] if first else [*body, *title])
    assert in_order(text, TITLE[2], ACROSS, joined(HARBOUR), joined(MARKET))


def test_columns_above_and_below_a_paragraph_across(tmp_path: Path) -> None:
    across = column(60, 610, [ACROSS, ACROSS.lower()])
    below = by_rows(column(60, 584, BRIDGE), column(300, 584, MARKET))
    text = text_of(tmp_path, [*by_rows(LEFT, column(300, 700, HARBOUR[::-1])), *across, *below])
    assert in_order(text, joined(HARBOUR), joined(HARBOUR[::-1]), ACROSS, joined(BRIDGE), joined(MARKET))


def test_a_box_of_facts_beside_the_report(tmp_path: Path) -> None:
    text = text_of(tmp_path, by_rows(LEFT, column(330, 700, FACTS)))
    assert in_order(text, joined(HARBOUR), *FACTS)


def test_running_head_and_foot_stay_outside_of_the_columns(tmp_path: Path) -> None:
    head = [(60.0, 790.0, "The Brenholm Ledger"), (480.0, 790.0, "4 March 2024")]
    foot = [(60.0, 40.0, "Page seven"), (480.0, 40.0, "ledger.example")]
    text = text_of(tmp_path, [*head, *by_rows(LEFT, MIDDLE), *foot])
    assert in_order(text, "4 March 2024", joined(HARBOUR), joined(MARKET), "Page seven", "ledger.example")


def test_a_sentence_and_a_word_go_on_from_column_to_column(tmp_path: Path) -> None:
    left = [*HARBOUR[:5], "harbour master said, and the govern-"]
    text = text_of(
        tmp_path, by_rows(column(60, 700, left), column(300, 700, ["ment promised help.", *MARKET]))
    )
    assert "harbour master said, and the government promised help." in text


def test_a_sentence_goes_on_in_the_next_column_though_that_begins_with_a_name(tmp_path: Path) -> None:
    left = [*HARBOUR[:5], "harbour master of the town of Velden,"]
    text = text_of(
        tmp_path, by_rows(column(60, 700, left), column(300, 700, ["Ann Lee, said on the day.", *MARKET]))
    )
    assert "harbour master of the town of Velden, Ann Lee, said on the day." in text


@pytest.mark.parametrize(
    "rows",
    [
        [("Brenholm", "3", "1"), ("Astad", "12", "4"), ("Velden", "7", "9"), ("Kolmar", "0", "2")],
        [
            ("Petra Lindqvist", "Social Democrats"),
            ("Olaf Reis", "Free Harbour List"),
            ("Else Brandt", "Greens of Norland"),
        ],
        [
            ("10:15", "the mayor arrives at the quay and"),
            ("10:20", "the protesters gather outside of it"),
            ("10:31", "the vote is under way in the hall"),
        ],
    ],
)
def test_the_rows_of_a_table_stay_together(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    pieces = [
        (60.0 + 160 * place, 700 - LINE * number, cell)
        for number, row in enumerate(rows)
        for place, cell in enumerate(row)
    ]
    text = text_of(
        tmp_path, [*column(60, 740, [ACROSS, ACROSS]), *pieces, *column(60, 600, [ACROSS, ACROSS])]
    )
    assert in_order(text, ACROSS, *(" ".join(row) for row in rows))


def test_what_the_file_has_in_order_is_left_as_it_is() -> None:
    def places(pieces: Iterable[Piece]) -> list[tuple[float, float, float, float]]:
        return [(x, y, x + 5 * len(text), y + 9) for x, y, text in pieces]

    texts = {(x, y): text for x, y, text in [*LEFT, *MIDDLE, *RIGHT]}
    for pieces in ([*LEFT, *MIDDLE, *RIGHT], LEFT, []):
        assert lines_by_column(places(pieces), lambda place: texts[place[0], round(place[1] - 0.45)]) is None


def test_a_page_of_one_column_is_asked_for_no_text_in_places() -> None:
    def text_in(place: tuple[float, float, float, float]) -> str:
        raise AssertionError(place)

    places = [(60.0, 700 - LINE * n, 400.0 + n % 7, 709 - LINE * n) for n in range(50)]
    assert lines_by_column(places, text_in) is None
