"""Conversations kept in the reader's browser: found again after anything, in every tab, and nowhere else."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from index.sync.run import sync
from rag.web.settings import WebSettings
from tests.browser.conftest import NewPage, close_by
from tests.browser.serving import index_articles, serving
from tests.browser.test_page import ENVOY, ask, opened
from tests.fakes import WordOverlapEmbedding

Shot = Callable[[Page, str], None]

TOKEN = "a token of the newsroom's own"
FERRY = {
    "id": "ferry",
    "title": "Ferry leaves the harbour",
    "source": "Harbour Post",
    "published_at": "2019-10-15",
    "text": "The harbour was quiet. Captain Grace Hopper steered the Kittiwake. Forty people waved.",
}
MILL = {
    "id": "mill",
    "title": "The mill burns",
    "source": "Coast Gazette",
    "published_at": "2019-10-17",
    "text": "The mill by the weir burned all night. The miller Otto Brandt lost nine sacks of flour.",
}
NOTICE = "Correction, Oct. 20, 2019: An earlier version of this article misstated how many people waved."
WHO, SACKS = "Who steered the Kittiwake?", "How many sacks of flour did the miller lose?"


@contextmanager
def newsroom(folder: Path, name: str = "The Harbour Archive") -> Iterator[str]:
    """The address of an archive of two articles, which can be changed with the token."""
    feed = folder / "feed.jsonl"
    feed.write_text("\n".join(map(json.dumps, [FERRY, MILL])), encoding="utf-8")
    opening = index_articles(feed, folder / "store")
    settings = WebSettings(name=name, port=0, admin_token=TOKEN)
    with serving(opening, settings, written=folder / "store", embedder=WordOverlapEmbedding) as address:
        yield address


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with newsroom(tmp_path_factory.mktemp("harbour")) as address:
        yield address


@pytest.fixture
def reader(new_page: NewPage) -> Iterator[Page]:
    """A page of a reader who kept nothing yet."""
    page = new_page()
    yield page
    page.evaluate("localStorage.clear()")


def titles(page: Page) -> list[str]:
    """The titles in the list of conversations, which is opened for it."""
    page.locator("#masthead .list").click()
    shown = page.locator("#conversations li a").all_inner_texts()
    page.keyboard.press("Escape")
    return shown


def test_a_conversation_is_kept_over_a_reload_and_its_answers_are_drawn_again(
    harbour: str, reader: Page
) -> None:
    ask(opened(reader, harbour), WHO)
    ask(reader, "When did she steer it?")
    expect(reader).to_have_title(f"{WHO} – The Harbour Archive")
    said = reader.locator(".said").first.inner_text()
    assert re.fullmatch(rf"{harbour}/\?c=[a-z0-9]+", reader.url)
    reader.reload()
    expect(reader.locator(".asked")).to_have_text([WHO, "When did she steer it?"])
    expect(reader.locator(".said").first).to_have_text(said)
    expect(reader.locator("#earlier .source")).to_have_attribute("href", re.compile("^/articles/ferry"))
    expect(reader).to_have_title(f"{WHO} – The Harbour Archive")
    ask(reader, "Who waved at her?")
    expect(reader.locator(".asked")).to_have_count(3)


def test_back_and_forward_go_through_conversations_and_new_begins_one(harbour: str, reader: Page) -> None:
    ask(opened(reader, harbour), WHO)
    first = reader.url
    reader.get_by_role("button", name="New", exact=True).click()
    expect(reader.locator(".exchange")).to_have_count(0)
    expect(reader.get_by_label("Your question")).to_be_focused()
    expect(reader).to_have_title("The Harbour Archive")
    ask(reader, SACKS)
    second = reader.url
    assert first != second
    reader.go_back()
    expect(reader.locator(".exchange")).to_have_count(0)
    reader.go_back()
    expect(reader.locator(".asked")).to_have_text([WHO])
    expect(reader.locator("#latest .status")).to_have_text("● Answered.")
    assert reader.url == first
    reader.go_forward()
    reader.go_forward()
    expect(reader.locator(".asked")).to_have_text([SACKS])
    assert titles(reader) == [SACKS, WHO]


def test_the_list_leads_renames_deletes_and_clears_by_keyboard(
    harbour: str, reader: Page, shot: Shot
) -> None:
    ask(opened(reader, harbour), WHO)
    reader.get_by_role("button", name="New", exact=True).click()
    ask(reader, SACKS)
    reader.locator("#masthead .list").press("Enter")
    dialog = reader.get_by_role("dialog", name="Conversations")
    expect(dialog.get_by_role("link", name=SACKS)).to_be_focused()
    expect(dialog.locator("time").first).to_have_text(re.compile(r"^\d{1,2} [A-Z][a-z]{2} \d{4}$"))
    shot(reader, "page-conversations-1440-light")
    dialog.get_by_role("button", name=f"Rename {WHO}").press("Enter")
    reader.keyboard.type("The <b>captain</b>")
    reader.keyboard.press("Enter")
    expect(dialog.get_by_role("link", name="The <b>captain</b>")).to_be_focused()
    expect(reader).to_have_title(f"{SACKS} – The Harbour Archive")
    row = dialog.locator("li", has_text="captain")
    row.get_by_role("button", name="Rename").press("Enter")
    reader.keyboard.type("Nothing")
    reader.keyboard.press("Escape")
    expect(dialog.locator("li a")).to_have_text([SACKS, "The <b>captain</b>"])
    dialog.get_by_role("link", name="captain").press("Enter")
    expect(dialog).to_be_hidden()
    expect(reader.locator(".asked")).to_have_text([WHO])
    expect(reader).to_have_title("The <b>captain</b> – The Harbour Archive")
    reader.locator("#masthead .list").press("Enter")
    row.get_by_role("button", name="Rename").press("Enter")
    reader.keyboard.type("Grace")
    reader.keyboard.press("Enter")
    expect(reader).to_have_title("Grace – The Harbour Archive")
    delete = dialog.locator("li", has_text="Grace").get_by_role("button", name="Delete")
    delete.press("Enter")
    expect(delete).to_have_text("Delete it?")
    delete.press("Enter")
    expect(dialog.locator("li a")).to_have_text([SACKS])
    expect(reader.locator(".exchange")).to_have_count(0)
    expect(reader).to_have_title("The Harbour Archive")
    clear = dialog.get_by_role("button", name="Clear all")
    clear.press("Enter")
    clear.press("Enter")
    expect(dialog.locator("li")).to_have_text(["There are none."])
    reader.keyboard.press("Escape")
    expect(reader.locator("#below .recent")).to_be_hidden()
    assert reader.evaluate("Object.keys(localStorage).filter(k => k.startsWith('onrecord')).length") == 0


def test_ones_own_questions_stand_on_the_first_screen_and_lead_back(harbour: str, reader: Page) -> None:
    ask(opened(reader, harbour), WHO)
    ask(reader, SACKS)
    opened(reader, harbour)
    expect(reader.locator(".recent a")).to_have_text([SACKS, WHO])
    reader.locator(".recent a", has_text=WHO).click()
    expect(reader.locator(".asked")).to_have_text([WHO, SACKS])
    assert "&a=" in reader.url


def test_another_tab_sees_what_is_asked_renamed_and_deleted(harbour: str, reader: Page) -> None:
    ask(opened(reader, harbour), WHO)
    other = reader.context.new_page()
    other.goto(reader.url)
    expect(other.locator("#latest .status")).to_have_text("● Answered.")
    ask(other, SACKS)
    expect(reader.locator(".asked")).to_have_text([WHO, SACKS])
    expect(reader.locator("#latest .status")).to_have_text("● Answered.")
    ask(reader, "Who waved?")
    expect(other.locator(".asked")).to_have_text([WHO, SACKS, "Who waved?"])
    other.locator("#masthead .list").click()
    other.get_by_role("button", name="Rename").click()
    other.keyboard.type("Ours")
    other.keyboard.press("Enter")
    expect(reader).to_have_title("Ours – The Harbour Archive")
    other.get_by_role("button", name="Delete").click()
    other.get_by_role("button", name="Delete it?").click()
    expect(reader.locator(".exchange")).to_have_count(0)
    expect(reader).to_have_title("The Harbour Archive")


def test_a_server_that_starts_again_has_lost_nothing_of_a_conversation(
    tmp_path: Path, new_page: NewPage
) -> None:
    page = new_page(expected="ERR_|Unexpected error|Failed to fetch")
    with newsroom(tmp_path) as address:
        ask(opened(page, address), WHO)
        kept = page.evaluate("JSON.stringify({...localStorage})")
        query = page.url.partition("?")[2]
        page.goto("about:blank")
    with newsroom(tmp_path) as address:  # at another port, which has a storage of its own
        page.goto(f"{address}/robots.txt")
        page.evaluate(
            "kept => Object.entries(JSON.parse(kept)).forEach(e => localStorage.setItem(...e))", kept
        )
        page.goto(f"{address}/?{query}")
        expect(page.locator(".asked")).to_have_text([WHO])
        expect(page.locator("#latest .status")).to_have_text("● Answered.")
        ask(page, "When did she steer it?")
        expect(page.locator("#latest .searched")).to_contain_text("Hopper")
        page.goto("about:blank")


def test_a_question_that_failed_is_asked_again_in_its_place_with_what_was_said_before(
    harbour: str, new_page: NewPage
) -> None:
    page = opened(new_page(expected="ERR_FAILED|Failed to fetch"), harbour)
    ask(page, WHO)
    page.route("**/queue/join*", lambda route: route.abort())
    page.get_by_label("Your question").fill("When did she steer it?")
    page.keyboard.press("Enter")
    expect(page.locator("#latest .problem")).to_contain_text("cannot be reached")
    page.unroute("**/queue/join*")
    ask(page, SACKS)
    page.get_by_label("Your question").fill("A draft")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".status")).to_have_count(3)
    expect(page.locator(".searched")).to_contain_text("Hopper")
    for _ in range(2):
        expect(page.locator(".asked")).to_have_text([WHO, "When did she steer it?", SACKS])
        page.reload()
    page.evaluate("localStorage.clear()")


def test_a_question_that_one_tab_asks_again_stands_once_in_the_other(harbour: str, new_page: NewPage) -> None:
    page = opened(new_page(expected="ERR_FAILED|Failed to fetch"), harbour)
    ask(page, WHO)
    page.route("**/queue/join*", lambda route: route.abort())
    page.get_by_label("Your question").fill(SACKS)
    page.keyboard.press("Enter")
    expect(page.locator("#latest .problem")).to_be_visible()
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#latest .problem")).to_have_text("This question was not answered.")
    page.unroute("**/queue/join*")
    page.get_by_role("button", name="Ask again").click()
    for tab in (page, other):
        expect(tab.locator("#latest .status")).to_have_text("● Answered.")
        expect(tab.locator(".asked")).to_have_text([WHO, SACKS])
    page.evaluate("localStorage.clear()")


def test_blocked_storage_keeps_a_conversation_for_the_tab_and_says_so(harbour: str, page: Page) -> None:
    refused = "() => { throw new DOMException('refused', 'SecurityError') }"
    page.add_init_script(
        f"Object.defineProperty(window, 'localStorage', {{get: {refused}, configurable: true}})"
    )
    opened(page, harbour)
    expect(page.locator(".not-kept")).to_be_visible()
    ask(page, WHO)
    ask(page, "When did she steer it?")
    expect(page.locator("#latest .searched")).to_contain_text("Hopper")
    page.get_by_role("button", name="New", exact=True).click()
    assert titles(page) == [WHO]
    page.reload()
    expect(page.locator(".not-kept")).to_be_visible()
    expect(page.locator(".exchange")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_visible()  # Gradio may not be closed while it starts


def test_what_is_no_conversation_of_ours_is_left_out(harbour: str, reader: Page) -> None:
    opened(reader, harbour)
    reader.evaluate(
        """() => {
            localStorage.setItem("onrecord:/:c000000", "{");
            localStorage.setItem("onrecord:/:c111111", '{"id": "c111111", "title": 1, "records": []}');
            localStorage.setItem("onrecord:/other/:c222222", "{}");
            localStorage.setItem("else", "kept");
        }"""
    )
    reader.goto(f"{harbour}/?c=c000000")
    expect(reader.get_by_label("Your question")).to_be_visible()
    expect(reader.locator(".exchange")).to_have_count(0)
    ask(reader, WHO)
    assert titles(reader) == [WHO]
    assert reader.evaluate("localStorage.getItem('else')") == "kept"
    assert reader.evaluate("localStorage.getItem('onrecord:/other/:c222222')") == "{}"


def test_kept_conversations_are_bounded_and_the_oldest_go(harbour: str, reader: Page) -> None:
    opened(reader, harbour)
    left = reader.evaluate(
        """() => {
            const chats = onrecord.conversations(() => localStorage, "/bounds/");
            const record = (n) => ({mark: `mark00${n}`, question: `Question ${n}?`, given: null, seal: null});
            for (let n = 0; n < 70; n++) chats.keep(`conversation${n}`, record(n));
            for (let n = 0; n < 50; n++) chats.keep("conversation69", record(n));
            const large = {...record(1), given: {sentences: [{text: "x".repeat(700_000)}]}};
            const count = chats.all().length;
            const records = chats.get("conversation69").records.length;
            for (let n = 0; n < 4; n += 1) chats.keep(`large00${n}`, large);
            const size = chats.all().reduce((sum, one) => sum + JSON.stringify(one).length, 0);
            const first = chats.all().map(({id}) => id)[0];
            chats.clear();
            return {count, records, size, first};
        }"""
    )
    assert left["count"] == 60 and left["records"] == 40
    assert left["size"] <= 2_000_000 and left["first"] == "large003"


def test_a_takedown_and_a_correction_reach_what_is_shown_and_what_is_kept(
    tmp_path: Path, new_page: NewPage
) -> None:
    with newsroom(tmp_path) as address:
        one, other = opened(new_page(), address), opened(new_page(390, 844), address)
        ask(one, SACKS)
        ask(one, WHO)
        ask(other, WHO)
        changed = FERRY | {"text": FERRY["text"].replace("Forty", "Fifty") + f"\n\n{NOTICE}"}
        feed = tmp_path / "feed.jsonl"
        feed.write_text("\n".join(map(json.dumps, [changed, MILL])), encoding="utf-8")
        sync([feed], tmp_path / "store", WordOverlapEmbedding(), vector_cache=False)
        for page in (one, other):
            expect(page.locator("#latest .since")).to_contain_text("Corrected since this answer was given")
        expect(one.locator("#earlier .since")).to_have_count(0)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert httpx.delete(f"{address}/api/articles/mill", headers=headers, timeout=300).status_code == 200
        expect(one.locator("#earlier .withdrawn").first).to_be_visible()
        expect(one.locator("#earlier")).not_to_contain_text("sacks of flour.")
        expect(one.locator("#earlier .share")).to_have_count(0)
        expect(one.locator("#latest .said")).to_contain_text("Grace Hopper")
        expect(other.locator("#latest .said")).to_contain_text("Grace Hopper")
        kept = one.evaluate("JSON.stringify({...localStorage})")
        assert "Otto" not in kept and "nine sacks" not in kept and "Grace Hopper" in kept
        one.locator("#earlier").get_by_role("button", name="Ask again").click()
        expect(one.locator("#earlier .status")).to_contain_text("Not in the archive")
        expect(one.locator(".asked")).to_have_text([SACKS, WHO])
        for page in (one, other):
            page.goto("about:blank")


def test_back_to_the_answer_leads_to_its_conversation_and_to_it(server: str, new_page: NewPage) -> None:
    page = opened(new_page(390, 844), server)
    ask(page, ENVOY)
    ask(page, "When was the Ever Given refloated?")
    source = page.locator("#earlier a.source").first
    source.scroll_into_view_if_needed()
    with page.expect_popup() as popup:
        source.click()
    article = popup.value
    back = article.get_by_role("link", name="Back to the answer")
    expect(back).to_have_attribute("href", re.compile(r"\?c=[a-z0-9]+&a=[a-z0-9]+$"))
    address = back.get_attribute("href") or ""
    close_by(back)
    again = page.context.new_page()
    again.goto(address)
    expect(again.locator(".asked")).to_have_text([ENVOY, "When was the Ever Given refloated?"])
    expect(again.locator("#earlier .status")).to_have_text("● Answered.")
    expect(again.locator("#earlier .asked")).to_be_in_viewport()
    expect(again.get_by_label("Your question")).to_be_visible()
    page.evaluate("localStorage.clear()")
