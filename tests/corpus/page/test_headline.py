"""A headline for a text that comes without one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.page.headline import MAX_TITLE_CHARACTERS, find_headline

BODY = (
    "The council of Riverton has closed the old bridge over the Elm after engineers found three cracks in "
    "its piers, the mayor said on Tuesday. Traffic is sent through Port Elm.\n\n"
    "The repair will take a year.\n"
)


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("Riverton closes its old bridge\n\n", "Riverton closes its old bridge"),
        ("Riverton Closes Its Old Bridge\n", "Riverton Closes Its Old Bridge"),
        ("The Old Bridge Is Closed. Now What?\n\n", "The Old Bridge Is Closed. Now What?"),
        ("The Old Bridge Is Gone. The Ferry Is Back.\n\n", "The Old Bridge Is Gone. The Ferry Is Back."),
        ("Who will pay for the bridge?\n\n", "Who will pay for the bridge?"),
        (
            "‘We heard it crack’: Riverton’s bridge is closed\n\n",
            "‘We heard it crack’: Riverton’s bridge is closed",
        ),
        # sections, bylines, dates and decks around it
        ("NEWS\n\nRiverton closes its old bridge\n\n", "Riverton closes its old bridge"),
        ("World News\n\nRiverton closes its old bridge\n\n", "Riverton closes its old bridge"),
        ("By Ann Lee\n\nRiverton closes its old bridge\n\n", "Riverton closes its old bridge"),
        (
            "Riverton closes its old bridge\nBy Ann Lee and Bob de Ray\nTuesday, October 15, 2019\n\n",
            "Riverton closes its old bridge",
        ),
        ("Published Oct. 15, 2019\n\nRiverton closes its old bridge\n\n", "Riverton closes its old bridge"),
        (
            "Riverton closes its old bridge\n\nEngineers Found Three Cracks\n\n",
            "Riverton closes its old bridge",
        ),
        # photo captions before it, once or twice
        (
            "A crane stands at the bridge in Riverton, Thursday, Sept. 26, 2019.\n\n"
            "A crane stands at the bridge in Riverton, Thursday, Sept. 26, 2019. Echo Photo/Ann Lee\n\n"
            "The Old Bridge Is Closed.\n\n“It was loud,” the mayor wrote.\n\n",
            "The Old Bridge Is Closed.",
        ),
        (
            "A crane stands at the old bridge over the river Elm\n\n"
            "A crane stands at the old bridge over the river Elm (Ann Lee)\n\n"
            "Riverton closes its old bridge\n\n",
            "Riverton closes its old bridge",
        ),
        (
            "Photo: a crane at the bridge\n\nRiverton closes its old bridge\n\n",
            "Riverton closes its old bridge",
        ),
        (
            "© Ann Lee 2019 for the Echo\n\nRiverton closes its old bridge\n\n",
            "Riverton closes its old bridge",
        ),
        # wrapped over two lines
        (
            "Riverton closes its old bridge over the Elm as\nengineers find three cracks in it\n\n",
            "Riverton closes its old bridge over the Elm as engineers find three cracks in it",
        ),
        (
            "\n\n   Riverton   closes\tits old bridge  \r\n".replace("\r", ""),
            "Riverton closes its old bridge",
        ),
    ],
)
def test_a_headline_is_found_above_the_first_paragraph(head: str, title: str) -> None:
    assert find_headline(head + BODY) == title


@pytest.mark.parametrize(
    "head",
    [
        "",
        "The bridge is closed.\n\n",
        "A crane stands at the bridge in Riverton, Thursday, Sept. 26, 2019. Echo Photo/Ann Lee\n\n",
        "Ann Lee\n\n",
        "RIVERTON (Echo) — ",
        "RIVERTON, Norland, Oct 15 (Echo) - ",
        "Riverton —\n\n",
    ],
)
def test_without_a_headline_the_first_sentence_of_the_report_stands_in(head: str) -> None:
    title = find_headline(head + BODY)
    assert title.startswith("The council of Riverton has closed the old bridge")
    assert title.endswith("…") and len(title) <= MAX_TITLE_CHARACTERS + 1
    assert BODY.startswith(title[:-1]) and BODY[len(title) - 1] in " ,"


def test_a_sentence_does_not_end_at_an_abbreviation() -> None:
    text = "On Oct. 15 Gen. A. Moor of the U.S. army met Mr. Ray in Riverton. They spoke for an hour. " * 3
    assert find_headline(text) == "On Oct. 15 Gen. A. Moor of the U.S. army met Mr. Ray in Riverton."


def test_a_hard_wrapped_report_has_no_headline_of_half_a_sentence() -> None:
    text = (
        "The council of Riverton has closed the old bridge over the Elm after\n"
        "engineers found three cracks. The mayor said so on Tuesday and added\n"
        "that traffic is sent through Port Elm.\n"
    )
    assert find_headline(text) == (
        "The council of Riverton has closed the old bridge over the Elm after engineers found three cracks."
    )


LEAD = (
    "The mayor of Ostrand resigned on Monday after the purchase of a tram that never ran, the council said."
)


@pytest.mark.parametrize(
    "dateline",
    [
        "OSTRAND, Norway (AP) — ",
        "OSTRAND (Reuters) - ",
        "OSTRAND (AFP) -- ",
        "OSTRAND, Norway, Feb. 6, 2023 (AP) – ",
        "OSTRAND, March 14 (Reuters) - ",
        "OSTRAND/OSLO, March 14 (Reuters) - ",
        "ÅLESUND, Norway (AP) — ",
        "ST. OLAV, D.C. (AP) — ",
        "Ostrand, Norway (AP) — ",
        "March 14 (Reuters) - ",
        "(Reuters) - ",
        "OSTRAND (AP)—",
        "OSTRAND, Norway, Feb 6 (AP) _ ",
        "Ostrand (dpa) – ",
        "** OSTRAND (AP) — ",
        "OSTRAND (Getty Wire) — ",
        "OSTRAND (AP): ",
        "OSTRAND (AP) -",
        "Ostrand (dpa/lno) – ",
        "Ostrand, 14 mar (EFE).- ",
        "14 March 2024 (IPS) - ",
        "OSTRAND, Norway--(BUSINESS WIRE)--",
        "Ostrand, Mar 14 (PTI) ",
        "(CNN)",
        "OSTRAND — ",
    ],
)
def test_a_wires_dateline_is_no_caption(dateline: str) -> None:
    rest = "\n\nShe gave no other reason and left the town hall by the back door, a clerk said.\n"
    assert find_headline(f"{dateline}{LEAD}{rest}") == LEAD
    if "(" not in dateline:
        return  # Without an agency a line with a full date may be a caption.
    dated = LEAD.replace("on Monday", "on Monday, Feb. 6, 2023,")
    assert find_headline(f"{dateline}{dated}\n\nShe gave no reason.\n") in (
        dated,
        dated[:117].rsplit(" ", 1)[0] + "…",
    )


@pytest.mark.parametrize(
    "caption",
    [
        "OSTRAND, Norway (AP) — The mayor leaves the town hall. (AP Photo/Ann Lee)",
        "In this photo (AP) - The mayor leaves the town hall.",
        "The mayor leaves the town hall (AP)",
        "OSTRAND (Photo by Ann Lee) - The mayor leaves the town hall.",
        "Else Brandt (left) — the mayor of Ostrand — leaves the town hall (AP)",
    ],
)
def test_a_caption_with_a_dateline_and_a_credit_stays_a_caption(caption: str) -> None:
    assert find_headline(f"{caption}\n\nMayor of Ostrand steps down over a tram\n\n{LEAD}\n") == (
        "Mayor of Ostrand steps down over a tram"
    )


@given(st.text().filter(str.strip))
def test_every_text_gets_a_title_of_one_short_line(text: str) -> None:
    title = find_headline(text)
    assert "\n" not in title and title == title.strip() and len(title) <= MAX_TITLE_CHARACTERS + 1


@given(
    st.lists(
        st.sampled_from(
            ["A.", "A", " ", "\n", "\n\n", "—", "By Ann Lee", "1", "(Photo", "Oct. 15, 2019", ","]
        )
    )
)
def test_no_arrangement_of_boilerplate_breaks_it(parts: list[str]) -> None:
    find_headline("".join(parts))


def test_a_title_is_found_in_a_long_line_at_once() -> None:
    for unit in ("A", "A.", "A ", " \n", "By A", "— ", '."', "day, x 1, "):
        find_headline(unit * (2_000_000 // len(unit)))
