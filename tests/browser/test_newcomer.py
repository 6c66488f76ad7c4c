"""Ten steps of somebody who sees the page for the first time, one after the other, without a dead end."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewPage, close_by
from tests.browser.test_page import opened

Shot = Callable[[Page, str], None]
ANSWERS = re.compile(r"^(● Answered|◐ Partly answered)\.$")


def answered(page: Page, question: str) -> Locator:
    """The latest answer, once it is there."""
    expect(page.locator("#latest .asked")).to_have_text(question)
    expect(page.locator("#latest .status")).to_be_visible()
    return page.locator("#latest .answer")


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1440, True)])
def test_a_newcomer_gets_from_what_it_is_to_a_saved_answer(
    server: str, new_page: NewPage, tmp_path: Path, shot: Shot, width: int, dark: bool
) -> None:
    page = new_page(width, 844, dark=dark)
    name = f"newcomer-{width}-{'dark' if dark else 'light'}"

    # 1. Read what it is.
    opened(page, server)
    expect(page.locator("#first")).to_contain_text("Ask about anything in this archive of 38 articles")
    expect(page.locator(".example").first).to_be_visible()
    shot(page, f"{name}-1")

    # 2. Ask an example.
    example = page.locator(".example").first
    question = example.inner_text()
    example.click()
    expect(answered(page, question).locator(".status")).to_have_text(ANSWERS)

    # 3. Follow up, and once more: what the page suggests, then words of one's own.
    suggested = page.locator("#latest .suggestion").first
    follow = suggested.inner_text() if suggested.count() else "Who said so?"
    if suggested.count():
        suggested.click()
    else:
        page.get_by_label("Your question").fill(follow)
        page.keyboard.press("Enter")
    answered(page, follow)
    page.get_by_label("Your question").fill("Who is Russia's envoy for Syria?")
    page.keyboard.press("Enter")
    answer = answered(page, "Who is Russia's envoy for Syria?")
    shot(page, f"{name}-3")

    # 4. Open a source: it shows the words that were quoted.
    source = answer.locator("a.source").first
    quoted = " ".join(source.locator("q").inner_text().strip("“”").split())
    with page.expect_popup() as popup:
        source.click()
    article = popup.value
    expect(article.locator("#quote")).to_be_in_viewport()
    assert " ".join(article.locator("#quote").inner_text().split()) == quoted

    # 5. Come back to the answer.
    close_by(article.get_by_role("link", name="Back to the answer"))
    expect(answer).to_be_visible()

    # 6. Load the page again: all is still there.
    asked = page.locator(".asked").all_inner_texts()
    page.reload()
    expect(page.locator(".asked")).to_have_text(asked)
    expect(page.locator("#latest .said")).to_contain_text("Lavrentyev")
    expect(page.get_by_label("Your question")).to_be_visible()

    # 7. Share the answer.
    answer = page.locator("#latest .answer")
    answer.get_by_role("button", name="Share").click()
    link = answer.locator(".shared a")
    expect(link).to_have_attribute("href", re.compile("/shared/"))

    # 8. Somebody else opens the link, in a browser that has never been here.
    other = new_page(800, 700, locale="de-DE")
    other.goto(link.get_attribute("href") or "")
    expect(other.locator(".said")).to_contain_text("Lavrentyev")
    expect(other.get_by_role("heading", level=1)).to_contain_text("Who is Russia's envoy for Syria?")
    shot(other, f"{name}-8")

    # 9. Narrow by outlet.
    page.locator("#filters summary").click()
    page.get_by_label("Meridian Wire", exact=True).check()
    page.get_by_label("Your question").fill("How many people were displaced by the offensive?")
    page.keyboard.press("Enter")
    answer = answered(page, "How many people were displaced by the offensive?")
    outlets = answer.locator(".source .where").all_inner_texts()
    assert outlets and all(outlet.startswith("Meridian Wire") for outlet in outlets)
    shot(page, f"{name}-9")

    # 10. Save the answer with its sources.
    answer.get_by_text("Save", exact=True).click()
    with page.expect_download() as download:
        answer.get_by_role("button", name="Markdown").click()
    download.value.save_as(tmp_path / "answer.md")
    saved = (tmp_path / "answer.md").read_text(encoding="utf-8")
    assert "How many people were displaced by the offensive?" in saved and "[1]" in saved
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
