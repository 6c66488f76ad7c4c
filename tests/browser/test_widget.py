"""The embeddable chat, and the widget that opens it on another site."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

Shot = Callable[[Page, str], None]


def test_the_embed_answers_and_its_source_opens_the_article_at_the_quote(
    server: str, page: Page, shot: Shot
) -> None:
    page.goto(f"{server}/embed")
    page.keyboard.type("When was the Ever Given refloated?")
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_attribute("data-status", "answered")
    shot(page, "embed-1440-light")
    with page.expect_popup() as popup:
        page.locator("a.source").first.click()
    reader = popup.value
    expect(reader.locator("#quote")).to_be_in_viewport()
    shot(reader, "reader-1440-light")
