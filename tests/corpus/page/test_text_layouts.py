"""Layouts of real news pages, rebuilt with texts of our own: what a person would read off each of them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from corpus.article import Article
from corpus.page.corrections import find_corrections
from corpus.read import read_file

LAYOUTS = Path(__file__).parent / "layouts"


@dataclass(frozen=True)
class Seen:
    """What a person sees: parts of the text in their order, and what is no part of the article."""

    title: str
    day: str | None
    authors: tuple[str, ...]
    outlet: str | None
    text: tuple[str, ...]
    not_text: tuple[str, ...] = ()


PAGES = {
    "live": Seen(
        "Storm over Sandvig: latest updates",
        "2024-03-14",
        ("Mette Kvist", "Jon Aar"),
        "Brenholm Post",
        (
            "The strongest storm in a decade",
            "Ferries stay in port",
            "No ferry will sail",
            "The wind took the roof",
        ),
        ("Home", "Contact us"),
    ),
    "gallery": Seen(
        "In pictures: the last day of the fish market",
        "2024-03-20",
        ("Otto Lund",),
        "Brenholm Post",
        (
            "after 113 years on the same quay",
            "Olaf Reis sells his last cod",
            "Three boats bring herring",
            "buys a crab",
        ),
        ("The lighthouse at night",),
    ),
    "paywall": Seen(
        "How the harbour lost its money",
        "2023-02-06",
        ("Ruby Lind",),
        "Harbour Courier",
        ("For eleven years the harbour", "two of its members sold their shares."),
        ("Subscribe", "Already a subscriber"),
    ),
    "amp": Seen(
        "Tram never ran, report finds",
        "2023-11-02",
        ("Abby Byrne",),
        "The Ostrand Times",
        ("The tram that Ostrand bought", "nobody in the town hall had measured the rails."),
        ("Home", "color"),
    ),
    "video": Seen(
        "Whale swims into the inner harbour",
        "2024-05-02",
        (),
        "Brenholm Post",
        ("A minke whale of about seven metres", "The coast guard led it back"),
        ("Ice on the fjord",),
    ),
    "press-release": Seen(
        "Nordkap Shipping orders two hydrogen ferries",
        "2023-09-12",
        (),
        "Nordkap Shipping",
        ("BRENHOLM, 12 September 2023 –", "310 million crowns each", "employs 640 people"),
    ),
    "listicle": Seen(
        "Three walks on the coast that need no car",
        "2022-06-18",
        ("Darby Holt",),
        "Sandvig Weekly",
        (
            "All three begin",
            "1. The lighthouse path",
            "Five kilometres",
            "2. The seal bay",
            "3. The old tramway",
            "prams.",
        ),
        ("Sign up", "Facebook"),
    ),
    "transcript": Seen(
        "Transcript: the mayor’s press conference on the fish market",
        "2024-03-15",
        (),
        "Coast Radio",
        (
            "MAYOR BRANDT: Good morning.",
            "QUESTION: Who pays for it?",
            "Q. When will it open?",
            "A. In the spring of 2027",
        ),
    ),
    "table": Seen(
        "Council election: the results in full",
        "2023-09-12",
        ("Jon Aar",),
        "Brenholm Post",
        (
            "The Coast List is the strongest",
            "Coast List\t8,412\t14",
            "Farmers\t2,987\t5",
            "Turnout was 71.3 percent",
        ),
    ),
    "recipe": Seen(
        "Fish soup of the quay",
        "2021-10-03",
        ("Karin Holt",),
        "Sandvig Weekly",
        (
            "The traders of Brenholm",
            "600 g of cod",
            "1 litre of stock",
            "Cut the leeks",
            "wait for five minutes",
        ),
    ),
    "opinion": Seen(
        "Leave the market where it is",
        "2024-03-16",
        ("Toby Halvorsen",),
        "Harbour Courier",
        ("A market is not a warehouse.", "I have bought my herring there for forty years."),
        ("More by",),
    ),
    "wire": Seen(
        "Mayor of Ostrand resigns over tram",
        "2023-02-06",
        ("JON AAR",),
        "North Wire",
        ("OSTRAND, Norway (NW) — The mayor of Ostrand resigned", "by the back door"),
        ("All rights reserved",),
    ),
    "live-entry": Seen(
        "Roof of the Sandvig school gone",
        "2024-03-14",
        ("Jon Aar",),
        "Brenholm Post",
        ("The wind took the roof", "The children are in the church."),
        ("Back to the live page",),
    ),
    "interview": Seen(
        "“I never wanted the tram”",
        "2023-02-11",
        ("Ann Lee", "Bob Ray"),
        "Parallax Weekly",
        (
            "The former clerk of Ostrand",
            "When did you first see the tram?",
            "I thought that it was a bridge.",
            "by whom.",
        ),
    ),
    "obituary": Seen(
        "Sverre Dahl, who drew the coast, dies at 91",
        "2023-01-30",
        ("Darby Holt",),
        "The Ostrand Times",
        ("whose maps showed every rock", "never trusted any other tool."),
        ("Remembered",),
    ),
    "correction": Seen(
        "Quay repair to cost 14 million",
        "2024-03-14",
        ("Mette Kvist",),
        "Brenholm Post",
        (
            "will cost 14 million crowns",
            "Correction, March 16, 2024: An earlier version of this article misstated",
        ),
    ),
    "multi-page": Seen(
        "The ship that nobody owned",
        "2022-08-07",
        ("Gabby Byron",),
        "Harbour Courier",
        ("On the second morning", "the last line is missing."),
        ("Next page",),
    ),
    "related-rail": Seen(
        "Fish market to move",
        "2024-03-14",
        ("Mette Kvist",),
        "Brenholm Post",
        ("The council of Brenholm voted", "expects costs of 14 million crowns."),
        ("captain", "Lighthouse"),
    ),
    "german": Seen(
        "Fischmarkt zieht um",
        "2024-03-14",
        ("Anna Schmidt", "Jan Holz"),
        "Küstenbote",
        ("Der Rat von Brenholm", "„Wir wurden nicht gefragt“", "zuletzt 1988 erneuert."),
        ("Eis auf dem Fjord", "Start"),
    ),
    "old-table": Seen(
        "Ferry Line Sold to Rival",
        "1999-10-12",
        ("Jon Aar",),
        None,
        ("The ferry line between Aldermouth and Holt", "The three ships", "sell his bread on the islands."),
        ("Weather", "Letters"),
    ),
    "graph": Seen(
        "Volunteers rebuild the slipway",
        "2021-04-03",
        (),
        "The Holt Observer",
        ("Forty volunteers have rebuilt", "The first boat was launched on Saturday."),
    ),
    "visible-date": Seen(
        "The bell under the ice",
        "2009-03-14",
        ("Darby Byron",),
        None,
        ("In the winter of 1883 the bell of Holt", "heard only the ferry."),
        ("Seals",),
    ),
    "microdata": Seen(
        "Ice closes the fjord",
        "2024-01-09",
        ("Bob Ray",),
        "Sandvig Weekly",
        ("Ice of twenty centimetres", "Their crews walk ashore for bread."),
    ),
}


def read(name: str) -> Article:
    """The article on the page."""
    (found,) = read_file(LAYOUTS / f"{name}.html", LAYOUTS)
    assert isinstance(found, Article), found
    return found


def test_every_layout_is_read() -> None:
    assert {path.stem for path in LAYOUTS.glob("*.html")} == PAGES.keys()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_a_person_reads_off_it(name: str) -> None:
    seen, found = PAGES[name], read(name)
    stated = (found.title, (found.published_at or "")[:10] or None, found.authors, found.source)
    assert stated == (seen.title, seen.day, seen.authors, seen.outlet)


@pytest.mark.parametrize("name", PAGES)
def test_a_pages_text_is_the_article_and_nothing_else(name: str) -> None:
    seen, text = PAGES[name], read(name).text
    places = [text.find(part) for part in seen.text]
    assert -1 not in places and places == sorted(places), (places, text)
    assert not [part for part in seen.not_text if part in text], text


def test_a_correction_at_the_end_is_known_as_one() -> None:
    (notice,) = find_corrections(read("correction").text)
    assert (notice.kind, notice.date) == ("correction", "2024-03-16")


def test_a_page_reads_the_same_in_every_process(root: Path) -> None:
    script = f"""
from pathlib import Path
from corpus.read import read
for article in read(Path({str(LAYOUTS)!r})):
    print(article)
"""
    said = set()
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"), ("3", "America/Los_Angeles")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        run = [sys.executable, "-c", script]
        done = subprocess.run(run, cwd=root, env=environment, capture_output=True, text=True, check=True)
        said.add(done.stdout)
    assert len(said) == 1
