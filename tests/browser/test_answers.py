"""What an answer shows at a glance, and what its buttons do, as the embed places the server's fragment."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from rag.answer import Answer, Sentence
from rag.web.settings import WebSettings
from tests.browser.serving import serving
from tests.rag.web.conftest import indexed
from tests.rag.written import ANSWER, NOON, STEERED, citation, telling

NewPage = Callable[..., Page]
Shot = Callable[[Page, str], None]
Telling = Callable[[Answer], str]
QUOTES = (
    Sentence(0, "Harbour Post, 15 October 2019:", "lead"),
    Sentence(1, NOON, "claim", (1,), "verbatim", ((18, 22),)),
    Sentence(2, "Coast Gazette, 20 October 2019:", "lead"),
    Sentence(3, STEERED, "claim", (2,), "verbatim", ((8, 20),)),
)
QUOTED = replace(
    ANSWER,
    status="answered",
    searched=("Who steered the ferry?",),
    sentences=QUOTES,
    citations=(citation(1, NOON), citation(2, STEERED)),
    notices=(),
    draft=None,
    reader="extractive",
    suggestions=("When did the ferry leave?", "What is known of Grace Hopper?"),
)
GAZETTE = replace(
    citation(2, STEERED), article_id="gazette", source="Coast Gazette", published_at="2019-10-20"
)
COUNTED = (
    replace(QUOTES[1], text="Forty people waved.", highlights=((0, 5),)),
    replace(QUOTES[3], text="It was 50 who waved.", highlights=((7, 9),)),
)
DIFFERING = replace(
    QUOTED, sentences=(QUOTES[0], COUNTED[0], QUOTES[2], COUNTED[1]), citations=(citation(1, NOON), GAZETTE)
)
PLAIN = tuple(replace(one, highlights=()) for one in QUOTES)
SIZES = [(390, True), (1440, False)]


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telling]:
    """Servers that always give one answer: gives the address of the one for an answer."""
    folder = indexed(tmp_path_factory.mktemp("answers"))
    with ExitStack() as stack:
        settings = WebSettings(name="The Harbour Archive", port=0)
        yield lambda answer: stack.enter_context(
            serving(lambda: telling(folder, answer), settings, written=folder)
        )


def asked(page: Page, address: str, path: str = "/embed") -> Locator:
    """The finished answer in the embed, or on the page."""
    page.goto(f"{address}{path}")
    page.get_by_label("Your question").fill("Who steered the ferry?")
    page.keyboard.press("Enter")
    expect(page.locator(".answer .row")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return page.locator(".answer")


@pytest.mark.parametrize(("width", "dark"), SIZES)
def test_outlets_that_differ_stand_in_a_table_and_its_numbers_lead_to_the_sources(
    at: Telling, new_page: NewPage, shot: Shot, width: int, dark: bool
) -> None:
    page = new_page(width, 800, dark=dark)
    answer = asked(page, at(DIFFERING))
    rows = answer.locator(".figures tbody tr")
    expect(rows).to_have_text(["Harbour Post15 Oct 2019Forty people1", "Coast Gazette20 Oct 2019502"])
    assert [head.inner_text() for head in answer.locator(".figures thead th").all()] == [
        *("Outlet", "Day", "Figure")
    ]
    shot(page, f"answer-table-{width}-{'dark' if dark else 'light'}")
    rows.last.locator("a.number").focus()
    page.keyboard.press("Enter")
    expect(answer.locator(".cited[id$='-2'] a.source")).to_be_focused()
    expect(answer.locator(".cited[id$='-2']")).to_be_in_viewport()


LONG = (
    ("The Mediterranean Correspondent", "Some 1,234,567 inhabitants waved.", (5, 14)),
    ("news.a-long-name-of-an-outlet.example.org", "About twelve hundred thousand of them.", (6, 29)),
    ("Gazette", "It was 50 who waved.", (7, 9)),
)
MANY = replace(
    DIFFERING,
    sentences=tuple(
        replace(QUOTES[1], index=n, text=text, citations=(n,), highlights=(span,))
        for n, (_, text, span) in enumerate(LONG, start=1)
    ),
    citations=tuple(replace(GAZETTE, n=n, source=source) for n, (source, _, _) in enumerate(LONG, start=1)),
)


@pytest.mark.parametrize("path", ["/", "/embed"])
@pytest.mark.parametrize(("width", "dark"), [(320, False), (390, True), (390, False)])
def test_figures_of_outlets_with_long_names_are_not_cut_off(
    at: Telling, new_page: NewPage, shot: Shot, path: str, width: int, dark: bool
) -> None:
    page = new_page(width, 800, dark=dark)
    answer = asked(page, at(MANY), path)
    boxes = [one.bounding_box() for one in answer.locator(".figures tbody tr > *").all()]
    assert len(boxes) == 9 and all(
        box and box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes
    )
    lines = answer.locator(".figures b").evaluate_all("all => all.map((one) => one.getClientRects().length)")
    assert max(lines) <= 2
    shot(page, f"answer-long-{path.strip('/') or 'page'}-{width}-{'dark' if dark else 'light'}")
    page.evaluate("localStorage.clear()")


@pytest.mark.parametrize(("width", "dark"), SIZES)
def test_a_timeline_has_a_strip_of_days_that_lead_to_its_sentences(
    at: Telling, new_page: NewPage, shot: Shot, width: int, dark: bool
) -> None:
    page = new_page(width, 500, dark=dark)
    answer = asked(page, at(replace(DIFFERING, sentences=PLAIN, intent="timeline")))
    days = answer.get_by_role("list", name="The days").locator("a")
    expect(days).to_have_text(["14 Oct 2019", "20 Oct 2019"])  # "on Monday", and the day of the article
    shot(page, f"answer-days-{width}-{'dark' if dark else 'light'}")
    days.last.focus()
    page.keyboard.press("Enter")
    expect(answer.locator(".sentence[id$='-3']")).to_be_focused()
    expect(answer.locator(".sentence[id$='-3']")).to_be_in_viewport()


@pytest.mark.parametrize(("width", "dark"), SIZES)
def test_outlets_that_are_compared_stand_side_by_side_where_there_is_room(
    at: Telling, new_page: NewPage, shot: Shot, width: int, dark: bool
) -> None:
    page = new_page(width, 800, dark=dark)
    answer = asked(page, at(replace(DIFFERING, sentences=PLAIN, intent="comparison")))
    one, other = (column.bounding_box() for column in answer.locator(".column").all())
    assert one and other and (one["y"] == other["y"]) == (width > 1000)
    shot(page, f"answer-compared-{width}-{'dark' if dark else 'light'}")


def test_an_answer_is_saved_with_its_numbers_and_shared_at_an_address_of_its_own(
    at: Telling, new_page: NewPage, shot: Shot
) -> None:
    page = new_page(390, 844, permissions=["clipboard-read", "clipboard-write"])
    answer = asked(page, at(QUOTED))
    answer.get_by_text("Save", exact=True).press("Enter")
    saved = {}
    for kind, ending in (("Markdown", "md"), ("JSON", "json")):
        with page.expect_download() as download:
            answer.get_by_role("button", name=f"Save as {kind}").press("Enter")
        assert download.value.suggested_filename == f"who-steered-the-ferry.{ending}"
        saved[kind] = Path(download.value.path()).read_text(encoding="utf-8")
    assert NOON in saved["Markdown"] and "[2]" in saved["Markdown"]
    assert [one["n"] for one in json.loads(saved["JSON"])["citations"]] == [1, 2]
    answer.get_by_role("button", name="Share").press("Enter")
    link = answer.locator(".shared a")
    expect(link).to_be_visible()
    shot(page, "answer-shared-390-light")
    address = str(link.get_attribute("href"))
    assert page.evaluate("navigator.clipboard.readText()") == address and "/shared/" in address
    shared = new_page()
    shared.goto(address)
    expect(shared.locator(".answer .said .verbatim")).to_have_text([NOON, STEERED])


def test_what_a_button_cannot_do_is_said_below_the_answer(at: Telling, new_page: NewPage) -> None:
    page = new_page(390, 844, expected="status of 429")
    answer = asked(page, at(QUOTED))
    refusal = {"error": {"message": "Too many <b>answers</b> were shared today."}}
    page.route("**/api/share", lambda route: route.fulfill(status=429, json=refusal))
    answer.get_by_role("button", name="Share").click()
    expect(answer.locator(".shared")).to_have_text(refusal["error"]["message"])


def test_a_suggestion_is_asked_and_an_answer_is_printed_alone(at: Telling, page: Page) -> None:
    answer = asked(page, at(QUOTED))
    expect(answer.get_by_role("heading", name="Ask next")).to_be_visible()
    answer.get_by_role("button", name="When did the ferry leave?").press("Enter")
    expect(page.locator(".asked").last).to_have_text("When did the ferry leave?")
    expect(page.locator(".answer .row")).to_have_count(2)
    page.emulate_media(media="print")
    shown = "[...document.querySelectorAll('article')].map((one) => one.checkVisibility())"
    page.evaluate(f"window.print = () => (window.printed = {shown})")
    page.locator(".answer").last.locator(".print").evaluate("button => button.click()")
    assert page.evaluate("window.printed") == [False, True]
