"""Chromium, pages on which errors and outside requests fail the test, and the application they show.

Fixtures have the scope of this folder: playwright keeps an event loop running in the thread, in which tests
elsewhere could not start their own. With the variable SHOTS set to a folder, tests keep screenshots in it.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

from index.models.bge import BgeSmall
from index.store.store import Store
from index.vectors.exact import ExactVectors
from rag.about.examples import ExampleKind, examples
from rag.answer import Answer, Question
from rag.assistant import Assistant
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Retriever
from rag.web.archive import OpenArchive
from rag.web.settings import WebSettings
from tests.browser.serving import serving, site
from tests.rag.conftest import Remembered, SharedWords

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WITHOUT_ADDRESS = ("data", "blob", "about", "chrome-error")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Should something ask for another host all the same, it finds none.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
SHOTS = os.environ.get("SHOTS")
PATIENCE = 120_000
"""Milliseconds after which what a test waits for is given up; long, because the machine may be busy."""

expect.set_options(timeout=PATIENCE)

EVERY_RUN = """
    answer_is_cited_and_its_source_opens_the_article_at_the_quote[390-False] back_to_the_answer_closes
    example_asks_and_a_follow_up abstention_says_so_and_shows_the_nearest
    text_of_strangers_stays_text stop_ends_the_question
    filter_shows_what_is_set can_be_asked_again[lost
    answer_has_its_sources_and_each_opens allowed_site_gets_answers_with_their_sources[plain]
    site_that_is_not_on_the_list what_grows_keeps_its_focus nothing_that_is_asked_or_answered_runs
    hears_what_happens_but_no_words kept_over_a_reload
    an_article_and_a_shared_answer[390-light what_axe_finds_is_told
    quote_far_down_is_marked nothing_of_an_article_runs nothing_of_an_address_runs[address0]
    files_of_several_kinds_are_read_and_the_others_told_one_line_each[390-True]
    page_keeps_a_verdict each_sentence_is_shown_as_what_it_is[embed]
    outlets_that_differ_stand_in_a_table[390-True] answer_is_saved_with_its_numbers
    reader_shows_the_correction_first_and_leads_to_what_changed[390-False]
""".split()
"""Tests of `make test`, by a part of their names: each way through the page once. `make browser` runs all."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all but those of every run, which then are left to `make browser`."""
    for item in items:
        if item.path.parent.name == "browser" and not any(part in item.name for part in EVERY_RUN):
            item.add_marker(pytest.mark.browser)


def chromium() -> str:
    """The system's Chromium; without one the test is skipped."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium: apt-get install chromium")


@dataclass
class Watch:
    """What went wrong in a context's pages; `expected` are the console errors a test provokes."""

    expected: re.Pattern[str] | None = None
    problems: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Listen to the requests, console, exceptions and dialogs of every page of the context."""
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"exception: {error.error}"))
        context.on("dialog", self._dialog)

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in WITHOUT_ADDRESS and url.hostname not in LOOPBACK:
            self.problems.append(f"request to an outside host: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not (self.expected and self.expected.search(message.text)):
            self.problems.append(f"console: {message.text} ({message.location.get('url')})")

    def _dialog(self, dialog: Any) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def close_by(link: Locator) -> None:
    """Click a link that closes its own page, and wait until it is closed.

    A timer of the page clicks: playwright's own click would wait for a reply from a page that is gone. Before
    the page's script has run, the link would lead to the chat page.
    """
    link.page.wait_for_load_state()
    expect(link).to_be_visible()
    with link.page.expect_event("close"):
        link.evaluate("link => void setTimeout(() => link.click())")


@pytest.fixture(scope="package")
def playwright_api() -> Iterator[Any]:
    """Playwright's driver."""
    chromium()
    with sync_playwright() as api:
        yield api


@pytest.fixture(scope="package")
def browser(playwright_api: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, shared by the folder's tests."""
    home = tmp_path_factory.mktemp("chromium")
    launched: Browser = playwright_api.chromium.launch(
        executable_path=chromium(), args=FLAGS, env={**os.environ, "HOME": str(home)}
    )
    yield launched
    launched.close()


NewContext = Callable[..., tuple[BrowserContext, Watch]]
NewPage = Callable[..., Page]


@pytest.fixture(scope="package")
def context_with(browser: Browser) -> NewContext:
    """Gives the context with these options, which tests share: its cache spares them loading Gradio again."""
    made: dict[str, tuple[BrowserContext, Watch]] = {}

    def context_with(**options: Any) -> tuple[BrowserContext, Watch]:
        key = repr(sorted(options.items()))
        if key not in made:
            context, watch = browser.new_context(**options), Watch()
            context.set_default_timeout(PATIENCE)
            watch.follow(context)
            made[key] = context, watch
        return made[key]

    return context_with


@pytest.fixture
def new_page(context_with: NewContext) -> Iterator[NewPage]:
    """Makes pages: `new_page(width=390, height=844, dark=True, expected=r"...")`.

    The test fails on a console error that `expected` does not match, an exception, a dialog or an outside
    request. Further keywords go to the browser context. Cookies and pages end with the test.
    """
    used: list[tuple[BrowserContext, Watch]] = []

    def make(
        width: int = 1440,
        height: int = 900,
        *,
        dark: bool = False,
        expected: str | None = None,
        **options: Any,
    ) -> Page:
        context, watch = context_with(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            **options,
        )
        watch.expected = re.compile(expected) if expected else None
        used.append((context, watch))
        return context.new_page()

    yield make
    for context, _ in used:
        context.clear_cookies()
    # Before the pages close, at which Gradio complains of the connections that end.
    problems = [problem for _, watch in used for problem in watch.problems]
    for context, watch in used:
        for page in context.pages:
            page.close()
        watch.problems, watch.expected = [], None
    assert not problems


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page of 1440 by 900, light."""
    return new_page()


@pytest.fixture(scope="session")
def shot() -> Callable[[Page, str], None]:
    """Keeps a screenshot of what the window shows, if SHOTS is set: `shot(page, "reader-390-dark")`."""

    def keep(page: Page, name: str) -> None:
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}.png")

    return keep


@dataclass(frozen=True)
class Sites:
    """Two origins beside the archive's: `allowed` may frame it, `denied` may not. Pages by path."""

    allowed: str
    denied: str
    pages: dict[str, str]


@pytest.fixture(scope="package")
def sites() -> Iterator[Sites]:
    """Sites of other origins; tests put pages into `pages`."""
    pages: dict[str, str] = {}
    with site(pages, {}) as allowed, site(pages, {}) as denied:
        yield Sites(allowed, denied, pages)


@pytest.fixture(scope="package")
def server(sites: Sites, samples_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the application over the sample articles, with the bundled models."""
    chromium()
    folder = shutil.copytree(samples_folder, tmp_path_factory.mktemp("samples") / "store")
    store, scorer = Store.open(folder), Remembered()  # most tests ask the same
    retriever = Retriever(store, ExactVectors(store), BgeSmall(), scorer)
    archive = OpenArchive(store, Assistant(store, retriever, ExtractiveReader(scorer)), retriever)
    settings = WebSettings(name="The Sample Archive", allowed_origins=(sites.allowed,), port=0)
    words = SharedWords()
    by_words = Assistant(
        store, Retriever(store, ExactVectors(store), BgeSmall(), words), ExtractiveReader(words)
    )

    def examples_by_words(
        of: Store, ask: Callable[[Question], Answer]
    ) -> tuple[tuple[ExampleKind, str], ...]:
        """The example questions, tried without the cross-encoder: it takes ten seconds for them."""
        return examples(of, by_words.ask if of is store else ask)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.web.page.examples.examples", examples_by_words)
        with serving(lambda: archive, settings, written=folder) as address:
            yield address
