"""Bylines: who is named as an author, and who or what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.page.bylines import MAX_CHARACTERS, authors_in, byline_in


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("By Toby Halvorsen", ["Toby Halvorsen"]),
        ("Toby Halvorsen", ["Toby Halvorsen"]),
        ("Ruby Lind", ["Ruby Lind"]),
        ("Reporting by Mette Kvist", ["Mette Kvist"]),
        ("By Mette Kvist, Harbour Correspondent", ["Mette Kvist"]),
        ("BY METTE KVIST", ["METTE KVIST"]),
        ("by: Mette Kvist", ["Mette Kvist"]),
        ("By Byrne Abby", ["Byrne Abby"]),
        ("Abby Goodnough and Darby Byron", ["Abby Goodnough", "Darby Byron"]),
        ("Written by Bytes Lee", ["Bytes Lee"]),
        ("Gabby By", ["Gabby By"]),
        ("Reuters", []),
        ("AFP", []),
        ("By Reuters Staff", []),
        ("our correspondent", []),
        ("Our Special Correspondent", []),
        ("Staff", []),
        ("Newsroom", []),
        ("Editor", []),
        ("From our own correspondent", []),
        ("Guardian staff and agencies", []),
        ("Associated Press", []),
        ("The Associated Press", []),
        ("jane@x.org (Jane Doe)", ["Jane Doe"]),
        ("Jane Doe <jane@x.org>", ["Jane Doe"]),
        ("jane@x.org", []),
        ("Jane Doe (jane@x.org)", ["Jane Doe"]),
        ("https://x.example/jane", []),
        ("Jane Doe @janedoe", ["Jane Doe"]),
        ("@janedoe", []),
        ("Jane Doe (@janedoe)", ["Jane Doe"]),
        ("Jane Doe/AP", ["Jane Doe"]),
        ("Jane Doe, Associated Press", ["Jane Doe"]),
        ("Jane Doe | Reuters", ["Jane Doe"]),
        ("By Mette Kvist in Brenholm and Jon Aar in Oslo", ["Mette Kvist", "Jon Aar"]),
        ("By Mette Kvist; Editing by Jon Aar", ["Mette Kvist"]),
        (
            "Reporting by Mette Kvist in Oslo; additional reporting by Jon Aar; editing by Bob Ray",
            ["Mette Kvist", "Jon Aar"],
        ),
        ("Von Anna Schmidt und Jan Holz", ["Anna Schmidt", "Jan Holz"]),
        ("Von Miller", ["Von Miller"]),
        ("Par Marie Dupont", ["Marie Dupont"]),
        ("Martin Ray, Jr. and Ann Lee", ["Martin Ray, Jr.", "Ann Lee"]),
        ("Martin Ray Jr.", ["Martin Ray Jr."]),
        ("By Ann Lee and Martin Ray, Sr.", ["Ann Lee", "Martin Ray, Sr."]),
        ("Ann Lee, Investigations Lead", ["Ann Lee"]),
        ("Ann Lee, Correspondante à Lyon", ["Ann Lee"]),
        ("Ann Lee, Korrespondentin", ["Ann Lee"]),
        ("Kvist, Mette", ["Mette Kvist"]),
        ("Mette Kvist, Jon Aar and Bob Ray", ["Mette Kvist", "Jon Aar", "Bob Ray"]),
        ("Staff Writer Mette Kvist", ["Mette Kvist"]),
        ("Mette Kvist Staff Writer", ["Mette Kvist"]),
        ("Mette Kvist Harbour Correspondent", ["Mette Kvist"]),
        ("Political Editor Jon Aar", ["Jon Aar"]),
        ("Mette Kvist | March 14, 2024", ["Mette Kvist"]),
        ("Mette Kvist, 14 March 2024", ["Mette Kvist"]),
        ("[Mette Kvist](https://x.example/mk)", ["Mette Kvist"]),
        ("[[Mette Kvist]]", ["Mette Kvist"]),
        ("Photographs by Bob Ray", []),
        ("Words by Ann Lee, photographs by Bob Ray", ["Ann Lee"]),
        ("Frank Press", ["Frank Press"]),
        ("Seán O'Brien and Mary D'Arcy", ["Seán O'Brien", "Mary D'Arcy"]),
        ("J. K. Rowling", ["J. K. Rowling"]),
        ("bell hooks", ["bell hooks"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Madonna", ["Madonna"]),
        ("Ann Lee with Bob Ray", ["Ann Lee", "Bob Ray"]),
        ("AFP and Mette Kvist", ["Mette Kvist"]),
        ("Mette Kvist, Chief Political Correspondent, and Jon Aar", ["Mette Kvist", "Jon Aar"]),
        ("admin", []),
        ("BBC News", []),
        ("Editorial Board", []),
        ("The Editorial Board", []),
        ("Web Desk", []),
        ("Express News Service", []),
        ("By", []),
        ("By the Newsroom", []),
        ("Mette Kvist for Brenholm Post", ["Mette Kvist"]),
        ("Alan Stafford", ["Alan Stafford"]),
        ("Mary Deskin", ["Mary Deskin"]),
        ("Ann Lee, special to the Post", ["Ann Lee"]),
        ("Jane Doe, Professor of Law, University of Oslo", ["Jane Doe"]),
        ("John Smith (Brenholm)", ["John Smith"]),
        ("Dr Ann Lee", ["Dr Ann Lee"]),
        ("Ann Lee, MD", ["Ann Lee, MD"]),
        ("von Karl Marx", ["Karl Marx"]),
        ("Ursula von der Leyen", ["Ursula von der Leyen"]),
        ("Story by Ann Lee, Video by Bob Ray", ["Ann Lee"]),
        ("Post Staff Report", []),
        ("A Correspondent", []),
        ("Correspondent", []),
        ("Mette Kvist and our foreign staff", ["Mette Kvist"]),
        ("CNN Wire", []),
        ("Anders Andersand", ["Anders Andersand"]),
        ("Text: Mette Kvist; Photo: Jon Aar", ["Mette Kvist"]),
        ("Ann Lee & Bob Ray", ["Ann Lee", "Bob Ray"]),
        ("Ap Rhys", ["Ap Rhys"]),
        ("Anonymous", []),
        ("李明", ["李明"]),
        ("Published by Ann Lee", ["Ann Lee"]),
        ("Analysis by Ann Lee, BBC News", ["Ann Lee"]),
        ("Guest Contributor", []),
        ("Ann Lee – Brenholm", ["Ann Lee"]),
        ("By Ann Lee | The Echo", ["Ann Lee"]),
        ("Reuters - Ann Lee", ["Ann Lee"]),
        ("Mette Kvist, Harbour Correspondent, in Brenholm", ["Mette Kvist"]),
        ("By Mette Kvist, Brenholm", ["Mette Kvist"]),
        ("Jane Doe, USA TODAY", ["Jane Doe"]),
        ("Jane Doe, New York Times", ["Jane Doe"]),
        ("Mette Kvist, Brenholm Post", ["Mette Kvist"]),
        ("Emily Post and Ann Lee", ["Emily Post", "Ann Lee"]),
        ("Mette Kvist (text) and Jon Aar (photos)", ["Mette Kvist"]),
        ("As told to Mette Kvist", ["Mette Kvist"]),
        ("Journalist: Mette Kvist", ["Mette Kvist"]),
        ("by Mette Kvist on March 14, 2024", ["Mette Kvist"]),
        ("Mette Kvist March 14, 2024", ["Mette Kvist"]),
        ("Published: 14 March 2024 by Mette Kvist", ["Mette Kvist"]),
        ("Mette Kvist Published 14 March 2024", ["Mette Kvist"]),
        ("Text Mette Kvist, Foto Jon Aar", ["Mette Kvist"]),
        ("['Mette Kvist', 'Jon Aar']", ["Mette Kvist", "Jon Aar"]),
        ('["Mette Kvist"]', ["Mette Kvist"]),
        ("By Mette Kvist\nHarbour Correspondent", ["Mette Kvist"]),
        ("By Mette Kvist and\nJon Aar", ["Mette Kvist", "Jon Aar"]),
        ("Staff and wire reports", []),
        ("From staff reports", []),
        ("Ann Lee and Madonna", ["Ann Lee", "Madonna"]),
        ("Kvist, Aar and Ray", ["Kvist", "Aar", "Ray"]),
        ("Posted by admin", []),
        ("Edited by Jon Aar", []),
        ("April May", ["April May"]),
        ("Choi In Ho and Junior Holt", ["Choi In Ho", "Junior Holt"]),
        ("BY ANN LEE IN OSLO", ["ANN LEE"]),
        ("June Marsh and May Augustin", ["June Marsh", "May Augustin"]),
        ("Sean O'Hara", ["Sean O'Hara"]),
        ("By ANN LEE, BRENHOLM POST", ["ANN LEE"]),
        ("Ann Lee, Bob Ray, Brenholm Post", ["Ann Lee", "Bob Ray"]),
        ("Ann Lee For The Echo", ["Ann Lee"]),
        ("By Ann Lee, Staff Writer, and Bob Ray, Photographer", ["Ann Lee", "Bob Ray"]),
    ],
)
def test_a_byline_names_its_authors_in_their_order(byline: str, authors: list[str]) -> None:
    assert list(authors_in(byline)) == authors


@given(st.text())
def test_any_text_is_a_byline_or_names_nobody(text: str) -> None:
    for name in authors_in(text):
        assert name == name.strip() and name and "\n" not in name


@pytest.mark.parametrize(
    "unit", ["by ", "a@b.", "(", "[[", "and ", "Ann Lee, ", "@a", "staff ", "https://", "- "]
)
def test_a_byline_without_end_is_cut(unit: str) -> None:
    assert sum(map(len, authors_in(unit * 100_000))) <= MAX_CHARACTERS


@pytest.mark.parametrize(
    ("line", "is_byline"),
    [
        ("By Jon Aar, Political Editor", True),
        ("BY JON AAR", True),
        ("by Jon Aar and Mette van Kvist", True),
        ("Reporting by Jon Aar in Oslo", True),
        ("Von Anna Schmidt", True),
        ("By Reuters", False),
        ("By Monday the storm had passed over Sandvig.", False),
        ("By the Numbers", False),
        ("By Sunday", False),
        ("Stand by Me and Other Songs", False),
    ],
)
def test_a_byline_is_a_line_of_its_own_at_the_head(line: str, is_byline: bool) -> None:
    text = f"Ice closes the fjord\n\n{line}\n\nIce has closed the fjord of Sandvig."
    assert byline_in(text) == (line if is_byline else None)
    assert byline_in("Ice has closed the fjord.\n\n" * 20 + line) is None
