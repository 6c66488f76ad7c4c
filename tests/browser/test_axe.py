"""axe-core (https://github.com/dequelabs/axe-core) finds nothing on any page of ours, in any state of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage, Sites
from tests.browser.test_page import ask, opened
from tests.browser.test_shared import Shared, shared  # noqa: F401
from tests.browser.test_widget import BUTTON, ask_in, host_page

SIZES = [(390, 844, False), (390, 844, True), (1440, 900, False), (1440, 900, True)]
ENVOY, BORN = "Who is Russia's envoy for Syria?", "Where was Alexander Lavrentyev born?"
QUESTIONS = {
    "quotation": ENVOY,
    "abstention": BORN,
    "overview": "What happened to the Ever Given?",
    "timeline": "Timeline of the Ever Given",
    "figures": "How many people were displaced?",
    "list": "Which outlets are in the archive?",
    "help": "hello",
}


def findings(page: Page) -> list[str]:
    """What axe-core finds, best practices included: each rule with the elements that break it."""
    page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate("axe.run(document).then((told) => told.violations)")
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}-{'dark' if size[2] else 'light'}")
def sized(request: pytest.FixtureRequest, new_page: NewPage) -> Iterator[Page]:
    width, height, dark = request.param
    yield new_page(width, height, dark=dark)


def test_the_page_in_each_of_its_states(server: str, sized: Page) -> None:
    opened(sized, server)
    expect(sized.locator(".example").first).to_be_visible()
    assert not findings(sized), "first screen"
    for kind, question in QUESTIONS.items():
        ask(sized, question)
        assert not findings(sized), kind
    for details in sized.locator("#latest details, #earlier details").all():
        details.evaluate("details => void (details.open = true)")
    assert not findings(sized), "unfolded"
    sized.locator("#masthead .list").click()
    assert not findings(sized), "conversations"
    sized.keyboard.press("Escape")
    sized.get_by_label("Your question").fill("why " * 1_000)
    sized.keyboard.press("Enter")
    assert not findings(sized), "a question that is too long"


def test_the_embed_in_each_of_its_states(server: str, sized: Page) -> None:
    sized.goto(f"{server}/embed?lang=de")
    assert not findings(sized), "first screen"
    for kind, question in QUESTIONS.items():
        sized.locator("#question").fill(question)
        sized.keyboard.press("Enter")
        expect(sized.locator(".answer .row").last).to_be_attached()
        expect(sized.locator(".stage")).to_have_count(0)
        assert not findings(sized), kind


def test_an_article_and_a_shared_answer(
    shared: Shared,  # noqa: F811
    sized: Page,
) -> None:
    for address in (shared.address, f"{shared.url}/articles/ferry", f"{shared.url}/add"):
        sized.goto(address)
        assert not findings(sized), address


@pytest.mark.parametrize(("width", "height", "dark"), SIZES)
def test_the_widget_on_a_site_that_may_frame_it_and_on_one_that_may_not(
    server: str, sites: Sites, new_page: NewPage, width: int, height: int, dark: bool
) -> None:
    page = new_page(width, height, dark=dark, expected="frame-ancestors|ERR_BLOCKED|chrome-error|onrecord:")
    sites.pages["/"] = host_page(server).replace("<h1>", "<main><h1>").replace("</p>", "</p></main>")
    page.goto(f"{sites.allowed}/")
    page.get_by_role("button", name=BUTTON).click()
    ask_in(page.frame_locator("iframe"), ENVOY)
    assert not findings(page), "open"
    page.goto(f"{sites.denied}/")
    page.evaluate("question => Onrecord.open(question)", ENVOY)
    expect(page.get_by_role("alert")).to_contain_text(ENVOY)
    assert not findings(page), "refused"


def test_what_axe_finds_is_told(page: Page) -> None:
    page.set_content(
        "<!DOCTYPE html><html><head><title>x</title></head><body><img src='data:,'></body></html>"
    )
    assert any(one.startswith("image-alt") for one in findings(page))
