"""The way through the page and the widget by keyboard alone: no test here points at anything."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage, Sites
from tests.browser.test_widget import BUTTON, host_page

Shot = Callable[[Page, str], None]
ENVOY = "Who is Russia's envoy for Syria?"
SIZES = [(390, 844, False), (1440, 900, True)]
MOST_STOPS = 60
ADDRESS = "() => document.querySelector('.shared a')?.href"


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab, or another key that moves the focus, until the element has it."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_STOPS):
        if wanted.evaluate(
            "element => element.getRootNode().activeElement === element && document.hasFocus()"
        ):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{wanted} is not reached by {key}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Reach the element and press Enter on it, or another key."""
    tab_to(page, wanted)
    page.keyboard.press(key)


def type_question(page: Page, question: str, key: str = "/") -> None:
    """Go to the box with the key and ask."""
    tab_to(page, page.get_by_label("Your question"), key)
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    expect(page.locator("#latest .asked")).to_have_text(question)
    expect(page.locator("#latest .row")).to_be_attached()


@pytest.mark.parametrize(("width", "height", "dark"), SIZES)
def test_the_page_is_used_from_the_first_question_to_the_list_of_conversations(
    server: str, new_page: NewPage, width: int, height: int, dark: bool
) -> None:
    page = new_page(width, height, dark=dark, permissions=["clipboard-read", "clipboard-write"])
    page.goto(server)
    expect(page.get_by_label("Your question")).to_be_focused()
    press(page, page.locator(".example").first)
    expect(page.locator("#latest .row")).to_be_attached()
    type_question(page, ENVOY)
    answer = page.locator("#latest .answer")

    page.locator("body").evaluate("() => document.activeElement.blur()")
    press(page, answer.locator("a.number").first)
    expect(answer.locator("a.source").first).to_be_focused()
    press(page, answer.locator(".around summary").first, "Space")
    expect(answer.locator(".around p").first).to_be_visible()
    tab_to(page, answer.locator("a.source").first, "Shift+Tab")
    with page.expect_popup() as popup:
        page.keyboard.press("Enter")
    expect(popup.value.locator("#quote")).to_be_in_viewport()
    popup.value.close()

    press(page, answer.get_by_role("button", name="Share"))
    expect(answer.locator(".shared a")).to_have_attribute("href", re.compile("/shared/"))
    assert page.evaluate("navigator.clipboard.readText()") == page.evaluate(ADDRESS)
    press(page, answer.get_by_text("Save", exact=True), "Space")
    tab_to(page, answer.get_by_role("button", name="Save as Markdown"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "who-is-russia-envoy-for-syria.md"

    press(page, page.locator("#filters summary"))
    press(page, page.get_by_label("Meridian Wire"), "Space")
    expect(page.locator("#filters summary")).to_have_text("Filter: Meridian Wire")
    type_question(page, "How many people were displaced by the offensive?")
    expect(page.locator("#latest .within")).to_have_text("Filter: Meridian Wire")

    press(page, page.locator("#masthead .list"))
    dialog = page.get_by_role("dialog", name="Conversations")
    press(page, dialog.get_by_role("button", name="Rename").first)
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^Mine – "))
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.evaluate("localStorage.clear()")


def test_the_days_of_the_filter_are_set_by_keyboard_and_hold_for_what_was_known_then(
    server: str, new_page: NewPage
) -> None:
    page = new_page(390, 844)
    page.goto(server)
    expect(page.get_by_label("Your question")).to_be_focused()
    press(page, page.locator("#filters summary"))
    tab_to(page, page.get_by_label("As of"))
    page.get_by_label("As of").fill("2019-10-16")  # the order of a day's parts is the browser's
    expect(page.locator("#filters summary")).to_have_text("Filter: as of 16 Oct 2019")
    assert page.url.endswith("?as_of=2019-10-16")
    type_question(page, "When was the Ever Given refloated?", "Shift+Tab")
    expect(page.locator("#latest .within")).to_have_text("Filter: as of 16 Oct 2019")
    expect(page.locator("#latest .answer")).to_have_class(re.compile("abstained"))
    press(page, page.get_by_role("button", name="Ask without the filter"))
    expect(page.locator("#latest .status")).to_have_text("● Answered.")
    expect(page.locator("#filters summary")).to_have_text("Filter")
    page.evaluate("localStorage.clear()")


@pytest.mark.parametrize(("width", "height", "dark"), SIZES)
def test_the_widget_is_opened_asked_and_closed(
    server: str, sites: Sites, new_page: NewPage, width: int, height: int, dark: bool
) -> None:
    page = new_page(width, height, dark=dark)
    sites.pages["/"] = host_page(server)
    page.goto(f"{sites.allowed}/")
    press(page, page.get_by_role("button", name=BUTTON))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label("Your question")).to_be_focused()
    page.keyboard.type(ENVOY)
    page.keyboard.press("Enter")
    expect(frame.locator(".turn")).to_have_attribute("data-status", "answered")
    tab_to(page, frame.locator("a.source").first, "Shift+Tab")
    with page.expect_popup() as popup:
        page.keyboard.press("Enter")
    expect(popup.value.locator("#quote")).to_be_in_viewport()
    popup.value.close()
    page.bring_to_front()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name=BUTTON)).to_be_focused()
