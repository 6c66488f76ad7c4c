"""Adding and removing articles while people read: the form, other tabs, and answers that are taken back."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from corpus.sources import Visit
from index.store.store import Store
from index.store.write import Writer
from index.sync.seen import record_visit
from rag.web.settings import WebSettings
from tests.browser.conftest import PATIENCE, NewPage
from tests.browser.serving import index_articles, serving
from tests.browser.test_page import ask, opened
from tests.corpus.documents import docx, pdf
from tests.fakes import WordOverlapEmbedding

Shot = Callable[[Page, str], None]

ADMIN = "an admin token of ours"
WELL = "The well of Lowtown ran dry on Sunday, and the council sent for water from the next valley. " * 3
FERRY = {
    "id": "ferry",
    "title": "Ferry leaves the harbour",
    "source": "Harbour Post",
    "published_at": "2019-10-15",
    "text": "The harbour was quiet. Captain Grace Hopper steered the ferry. Forty people waved.",
}


@dataclass
class Archive:
    """A server whose archive may be written; its embedder goes on only while `going_on` is set."""

    url: str
    store: Path
    going_on: threading.Event

    def remove(self, article_id: str) -> None:
        """Take an article down."""
        headers = {"Authorization": f"Bearer {ADMIN}"}
        told = httpx.delete(
            f"{self.url}/api/articles/{article_id}", headers=headers, timeout=300, trust_env=False
        )
        assert told.status_code == 200

    def add(self, *articles: dict[str, str]) -> None:
        """Add articles as another program would."""
        headers = {"Authorization": f"Bearer {ADMIN}"}
        told = httpx.post(
            f"{self.url}/api/articles", json=articles, headers=headers, timeout=300, trust_env=False
        )
        assert told.status_code == 200 and not told.json()["failed"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive of one article, and whatever the tests add."""
    folder, going_on = tmp_path_factory.mktemp("written"), threading.Event()
    going_on.set()
    (folder / "feed.jsonl").write_text(json.dumps(FERRY), encoding="utf-8")

    def embedder() -> WordOverlapEmbedding:
        def wait() -> None:
            assert going_on.wait(PATIENCE / 1000)

        return WordOverlapEmbedding(wait)

    settings = WebSettings(name="The Harbour Archive", port=0, admin_token=ADMIN)
    opening = index_articles(folder / "feed.jsonl", folder / "store")
    with serving(opening, settings, written=folder / "store", embedder=embedder) as url:
        yield Archive(url, folder / "store", going_on)


def add_page(page: Page, archive: Archive, token: str = ADMIN) -> Page:
    """The page that takes articles, with the token typed."""
    page.goto(f"{archive.url}/add")
    page.get_by_label("Token").fill(token)
    return page


def choose(page: Page, files: Mapping[str, bytes]) -> None:
    """Choose files, by name and content."""
    chosen: list[FilePayload] = [
        {"name": name, "mimeType": "", "buffer": content} for name, content in files.items()
    ]
    page.locator("#files").set_input_files(chosen)


def send(page: Page) -> None:
    page.get_by_role("button", name="Add to the archive").click()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_files_of_several_kinds_are_read_and_the_others_told_one_line_each(
    archive: Archive, new_page: NewPage, shot: Shot, width: int, dark: bool
) -> None:
    page = add_page(new_page(width, 900 if width > 600 else 844, dark=dark), archive)
    shot(page, f"add-{width}-{'dark' if dark else 'light'}")
    kinds = {
        f"notes-{width}.txt": f"The mill was sold for {width} pounds. Ann Lee bought the mill.".encode(),
        f"report-{width}.pdf": pdf([[f"The quarry of {width} men closed in May, the owner told the paper."]]),
        f"minutes-{width}.docx": docx("Minutes", f"The council gave {width} for the bridge."),
        f"page-{width}.html": f"<article><h1>The well of {width}</h1><p>{WELL}</p></article>".encode(),
        "<b>broken.pdf": b"%PDF-1.4 broken",
        "tool.exe": b"MZ",
    }
    choose(page, kinds)
    page.get_by_label("An address").fill("http://127.0.0.1/private")
    send(page)
    lines = page.locator("#failed li")
    expect(lines).to_have_count(3)
    told = "\n".join(lines.all_inner_texts())
    assert "tool.exe: .exe files are not read" in told and "<b>broken.pdf: it is no PDF" in told
    assert "127.0.0.1/private" in told and "is not on the public internet" in told
    assert not [line for line in lines.all_inner_texts() if "\n" in line]
    stage = page.get_by_role("status")
    expect(stage).to_contain_text("3 things could not be read:")
    expect(stage).to_contain_text("4 articles added.")
    # What failed can be corrected and sent again.
    expect(page.get_by_label("An address")).to_have_value("http://127.0.0.1/private")
    assert page.locator("#files").evaluate("field => field.files.length") == len(kinds)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"added-{width}-{'dark' if dark else 'light'}")
    send(page)
    expect(stage).to_contain_text("4 articles already there.")


def test_a_wrong_token_is_said_before_anything_is_sent_and_keeps_what_was_typed(
    archive: Archive, page: Page
) -> None:
    add_page(page, archive, "a token of somebody else")
    choose(page, {"large.txt": b"The mill. " * 200_000})
    page.get_by_label("A text").fill("A text that took an hour to write.")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    send(page)
    expect(page.get_by_role("status")).to_have_text("The token is wrong.")
    expect(page.get_by_label("Token")).to_be_focused()
    expect(page.get_by_label("A text")).to_have_value("A text that took an hour to write.")
    assert not sent and page.locator("#files").evaluate("field => field.files.length") == 1


def test_what_can_be_said_without_the_server_is(archive: Archive, page: Page) -> None:
    add_page(page, archive)
    status = page.get_by_role("status")
    send(page)
    expect(status).to_have_text("Choose a file, give an address, or write a text.")
    choose(page, {f"{n}.txt": b"x" for n in range(201)})
    send(page)
    expect(status).to_have_text("At most 200 files at a time; send the others after these.")
    page.reload()
    assert page.get_by_label("Token").input_value() == "", "a token that was never right is not remembered"


def test_a_text_is_added_with_the_keyboard_alone(archive: Archive, page: Page, shot: Shot) -> None:
    page.goto(f"{archive.url}/add")
    page.get_by_label("Token").focus()
    for typed in (ADMIN, None, None, "Inspector Noor Haddad found a crack in the dam.", "A crack in the dam"):
        if typed:
            page.keyboard.type(typed)
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Tab")
    page.keyboard.type("Valley Post")
    page.get_by_label("Published on").fill("2020-03-04")
    page.locator("#title").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 article added. The archive holds")
    expect(page.get_by_role("button", name="Add to the archive")).to_be_focused()
    expect(page.get_by_label("A text")).to_have_value("")
    expect(page.get_by_label("Token")).to_have_value(ADMIN)
    page.reload()
    expect(page.get_by_label("Token")).to_have_value(ADMIN)
    reader = httpx.get(f"{archive.url}/api/search", trust_env=False)
    assert reader.status_code == 405
    found = httpx.post(
        f"{archive.url}/api/search", json={"query": "crack dam", "source": "Valley Post"}, trust_env=False
    ).json()["passages"]
    assert [(one["title"], one["published_at"]) for one in found] == [("A crack in the dam", "2020-03-04")]


def test_progress_is_shown_while_it_reads_and_stop_ends_it(archive: Archive, page: Page, shot: Shot) -> None:
    add_page(page, archive)
    page.get_by_label("A text").fill("The tower was painted. " * 200)
    archive.going_on.clear()
    try:
        send(page)
        expect(page.get_by_role("progressbar")).to_be_in_viewport()
        expect(page.get_by_role("status")).to_contain_text("Reading")
        expect(page.get_by_role("button", name="Add to the archive")).to_be_disabled()
        expect(page.get_by_label("A text")).to_be_disabled()
        shot(page, "adding-1440-light")
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("status")).to_have_text(
            "Stopped. What had been read by then is in the archive."
        )
        expect(page.get_by_role("progressbar")).to_be_hidden()
        expect(page.get_by_label("A text")).to_have_value("The tower was painted. " * 200)
    finally:
        archive.going_on.set()


def test_a_server_that_is_gone_is_one_sentence(archive: Archive, new_page: NewPage) -> None:
    page = add_page(new_page(expected="ERR_"), archive)
    page.get_by_label("A text").fill("The tower was painted.")
    page.route("**/api/articles", lambda route: route.abort())
    send(page)
    expect(page.get_by_role("status")).to_contain_text("The connection broke off.")
    page.route("**/api/token", lambda route: route.abort())
    send(page)
    expect(page.get_by_role("status")).to_have_text("The server cannot be reached.")
    expect(page.get_by_label("A text")).to_have_value("The tower was painted.")


def test_a_dropped_file_is_chosen(archive: Archive, page: Page) -> None:
    add_page(page, archive)
    page.evaluate(
        """() => {
            const files = new DataTransfer();
            files.items.add(new File(["The gate is open."], "gate.txt", { type: "text/plain" }));
            for (const kind of ["dragenter", "dragover", "drop"]) {
                const event = new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true });
                document.getElementById("files").dispatchEvent(event);
            }
        }"""
    )
    send(page)
    expect(page.get_by_role("status")).to_contain_text("1 article added.")


def test_an_open_page_shows_what_is_added_elsewhere_and_answers_from_it(
    archive: Archive, new_page: NewPage
) -> None:
    reading, adding = opened(new_page(), archive.url), add_page(new_page(390, 844), archive)
    extent = reading.locator("#masthead .extent")
    expect(extent).to_have_text(re.compile(r"^\d+ articles?, "))
    before = int(extent.inner_text().split()[0])
    adding.get_by_label("A text").fill("Pilot Nan Okafor flew the balloon over Marrakesh.")
    adding.get_by_label("Its outlet").fill("Sky")
    adding.get_by_label("Published on").fill("2021-05-06")
    send(adding)
    expect(adding.get_by_role("status")).to_contain_text("1 article added.")
    expect(extent).to_have_text(f"{before + 1} articles, 15 Oct 2019 to 6 May 2021")
    ask(reading, "Who flew the balloon?")
    expect(reading.locator("#latest .source .where")).to_have_text("Sky, 6 May 2021")
    reading.locator("#filters summary").click()
    expect(reading.get_by_label("Sky")).to_be_visible()


def test_an_open_page_looks_for_changes_at_least_every_two_seconds(
    archive: Archive, new_page: NewPage
) -> None:
    """By the page's clock, which stands still until the test sets it forward; looks get other words.

    The clock is that of the context, which no other test shares, by an option of its own.
    """
    page = new_page(timezone_id="UTC")
    looks = count(1)

    def tell(route: Route) -> None:
        route.fulfill(json={"says": f"Look {next(looks)}", "late": "", "generation": 1})

    page.route("**/api/archive", tell)
    page.clock.install()
    extent = opened(page, archive.url).locator("#masthead .extent")
    expect(extent).to_contain_text("Look")
    page.clock.pause_at(page.evaluate("Date.now() + 5_000"))
    for _ in range(4):
        before = extent.inner_text()
        page.clock.run_for(2_000)
        expect(extent).not_to_have_text(before)


def test_an_open_page_says_that_a_feed_has_not_been_read(archive: Archive, page: Page, shot: Shot) -> None:
    opened(page, archive.url)
    late = page.locator("#masthead .late")
    expect(late).to_be_hidden()
    with Store.open(archive.store, write=True) as store, Writer(store).transaction(articles=False):
        record_visit(Writer(store), Visit("https://wire.example/feed", "feed", problem="x"))
        Writer(store).execute("UPDATE addresses SET failing_since = '2026-02-03T04:05:06+00:00'")
    expect(late).to_have_text("wire.example has not been read since 3 February 2026.")
    shot(page, "page-late-1440-light")
    with Store.open(archive.store, write=True) as store, Writer(store).transaction(articles=False):
        Writer(store).execute("DELETE FROM addresses")
    expect(late).to_be_hidden()


def test_an_answer_is_taken_back_when_what_it_quotes_is_removed(archive: Archive, new_page: NewPage) -> None:
    archive.add(FERRY | {"id": "glider", "text": "Ida Rolf steered the glider. It landed in a field."})
    page = opened(new_page(), archive.url)
    ask(page, "Who steered the glider?")
    expect(page.locator("#latest .said")).to_contain_text("Ida Rolf")
    ask(page, "Who steered the ferry?")
    expect(page.locator("#latest .said")).to_contain_text("Grace Hopper")
    extent = page.locator("#masthead .extent").inner_text()
    archive.remove("glider")
    gone = page.locator("#earlier .status")
    expect(gone).to_contain_text("has been removed from the archive")
    expect(page.locator("#masthead .extent")).not_to_have_text(extent)
    assert "Ida Rolf" not in page.content()
    expect(page.locator("#earlier .asked")).to_have_text("Who steered the glider?")
    expect(page.locator("#latest .said")).to_contain_text("Grace Hopper")
    ask(page, "Who steered the glider?")
    expect(page.locator("#latest .asked")).to_have_text("Who steered the glider?")
    expect(page.locator("#latest .row")).to_be_attached()
    assert "Ida Rolf" not in page.content()


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_nothing_is_wider_than_the_window(archive: Archive, new_page: NewPage, width: int) -> None:
    page = new_page(width, 800)
    for path in ("/add", "/articles/ferry"):
        page.goto(archive.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    opened(page, archive.url)
    expect(page.get_by_role("link", name="Add articles")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
