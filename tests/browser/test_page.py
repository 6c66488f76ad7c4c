"""The chat page in Chromium: asking, reading, stopping, and what a stranger's text may not do."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from rag.answer import Event as Happening
from rag.answer import Question, Stage
from rag.assistant import Assistant
from rag.cite import Quotable
from rag.request_queue import Line
from rag.web.archive import OpenArchive
from rag.web.settings import WebSettings
from tests.browser.conftest import PATIENCE, NewPage, close_by
from tests.browser.serving import index_articles, serving

Shot = Callable[[Page, str], None]

ENVOY = "Who is Russia's envoy for Syria?"
HOSTILE = {
    "id": "hostile",
    "title": "</div><script>alert('title')</script> **bold** $$x$$ <b>ferry</b>",
    "source": "<img src=x onerror=alert('source')> Post",
    "url": "javascript:alert('url')",
    "published_at": "2020-01-02",
    "text": "Captain Grace Hopper <img src=http://evil.example/x.png onerror=alert('text')> steered the ferry"
    " with ![](http://evil.example/y.png) and $$ and ** and `code` and [a](javascript:alert(2)).\n\n"
    "<script>alert('more')</script>\n\n# A heading\n\nNobody else came.",
}


def ask(page: Page, question: str) -> None:
    """Ask as people do, and wait until the latest exchange is over."""
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator("#latest .asked")).to_have_text(" ".join(question.split()))
    expect(page.locator("#latest .row")).to_be_attached()


def opened(page: Page, address: str) -> Page:
    """The page, ready for a question."""
    page.goto(address)
    expect(page.get_by_label("Your question")).to_be_visible()
    return page


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)])
def test_an_answer_is_cited_and_its_source_opens_the_article_at_the_quote(
    server: str, new_page: NewPage, shot: Shot, width: int, dark: bool
) -> None:
    page = opened(new_page(width, 900 if width > 600 else 844, dark=dark), server)
    scheme = "dark" if dark else "light"
    expect(page.locator(".example").first).to_be_visible()
    shot(page, f"page-start-{width}-{scheme}")
    ask(page, ENVOY)
    expect(page.locator(".status")).to_have_text("● Answered.")
    expect(page.locator(".said mark").first).to_have_text("Alexander Lavrentyev")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_label("Your question")).to_be_in_viewport()
    shot(page, f"page-answer-{width}-{scheme}")
    quote = page.locator("a.source q").inner_text()
    with page.expect_popup() as popup:
        page.locator("a.source").click()
    marked = popup.value.locator("#quote")
    expect(marked).to_be_in_viewport()
    assert " ".join(marked.inner_text().split()) == " ".join(quote.strip("“”").split())


def test_back_to_the_answer_closes_the_article_and_shows_the_answer(server: str, page: Page) -> None:
    ask(opened(page, server), ENVOY)
    said = page.locator(".said").inner_text()
    source = page.locator("a.source")
    assert source.get_attribute("rel") == "noopener"
    with page.expect_popup() as popup:
        source.click()
    close_by(popup.value.get_by_role("link", name="Back to the answer"))
    assert page.context.pages == [page]
    expect(page.locator(".said")).to_have_text(said)


def test_an_article_in_a_tab_without_a_conversation_leads_to_the_chat_page(server: str, page: Page) -> None:
    ask(opened(page, server), ENVOY)
    article = page.locator("a.source").get_attribute("href")
    fresh = page.context.new_page()
    fresh.goto(f"{server}{article}")
    fresh.get_by_role("link", name="Back to the answer").click()
    fresh.wait_for_url(f"{server}/")
    expect(fresh.get_by_label("Your question")).to_be_visible()


def test_an_example_asks_and_a_follow_up_knows_what_was_asked(server: str, page: Page) -> None:
    opened(page, server)
    expect(page.locator("#masthead")).to_contain_text("38 articles, 9 Oct 2019 to 16 May 2023")
    example = page.locator(".example").first
    question = example.inner_text()
    example.click()
    expect(page.locator("#latest .asked")).to_have_text(question)
    expect(page.locator("#latest .status")).to_have_text("● Answered.")
    expect(page.locator(".example")).to_have_count(0)
    ask(page, ENVOY)
    ask(page, "Where did he speak?")
    expect(page.locator("#latest .status + .searched")).to_contain_text("Lavrentyev")
    expect(page.locator("#earlier .exchange")).to_have_count(2)


def test_the_filter_shows_what_is_set_and_holds_for_the_question(
    server: str, new_page: NewPage, shot: Shot
) -> None:
    page = opened(new_page(390, 844), server)
    control = page.locator("#filters summary")
    expect(control).to_have_text("Filter")
    control.click()
    page.get_by_label("The Northern Ledger").check()
    page.get_by_label("To", exact=True).fill("2019-10-12")
    expect(control).to_have_text("Filter: The Northern Ledger, to 12 Oct 2019")
    assert page.url.endswith("?source=The+Northern+Ledger&before=2019-10-13")
    shot(page, "page-filter-390-light")
    ask(page, "How many people were displaced by the offensive?")
    expect(page.get_by_label("The Northern Ledger")).to_be_hidden()
    expect(page.locator(".within")).to_have_text("Filter: The Northern Ledger, to 12 Oct 2019")
    assert set(page.locator(".source .where").all_inner_texts()) == {"The Northern Ledger, 12 October 2019"}
    page.get_by_role("button", name="Copy link").scroll_into_view_if_needed()
    shared = page.locator(".to-share").text_content() or ""
    assert "source=The+Northern+Ledger" in shared and "before=2019-10-13" in shared
    control.click()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(control).to_have_text("Filter")
    assert "source" not in page.url


def test_what_the_filter_keeps_from_view_can_be_asked_without_it(server: str, page: Page) -> None:
    page.goto(f"{server}/?after=2023-01-01&q=Who+is+Russia%27s+envoy+for+Syria%3F")
    expect(page.locator("#latest .within")).to_have_text("Filter: from 1 Jan 2023")
    page.get_by_role("button", name="Ask without the filter").click()
    expect(page.locator("#latest .status")).to_have_text("● Answered.")
    expect(page.locator("#latest .within")).to_have_count(0)
    expect(page.locator("#filters summary")).to_have_text("Filter")
    assert "after" not in page.url


def test_days_the_wrong_way_round_are_said_and_nothing_is_sent(server: str, page: Page) -> None:
    opened(page, f"{server}/?after=2020-01-02&before=2020-01-01")
    page.get_by_label("Your question").fill(ENVOY)
    page.keyboard.press("Enter")
    expect(page.locator("#filters .wrong")).to_have_text("No day lies between these two: swap them.")
    expect(page.get_by_label("Your question")).to_have_value(ENVOY)
    expect(page.locator(".exchange")).to_have_count(0)


def test_a_question_that_is_too_long_stays_in_the_box_with_a_counter(server: str, page: Page) -> None:
    box = opened(page, server).get_by_label("Your question")
    box.fill("w " * 1_100)
    expect(page.locator("#too-long")).to_contain_text("2,199 of 2,000 characters: shorten the question")
    page.keyboard.press("Enter")
    expect(box).to_have_value("w " * 1_100)
    expect(page.locator(".exchange")).to_have_count(0)
    box.fill("Why?")
    expect(page.locator("#too-long")).to_be_hidden()


@pytest.mark.parametrize(
    ("way", "says"), [("refused", "Too many <b>ask</b> now."), ("lost", "cannot be reached")]
)
def test_what_goes_wrong_is_said_in_the_exchange_and_can_be_asked_again(
    server: str, new_page: NewPage, way: str, says: str
) -> None:
    page = opened(new_page(expected="status of 429|ERR_FAILED|Failed to fetch"), server)

    def refuse(route: Route) -> None:
        if way == "lost":
            route.abort()
        else:
            route.fulfill(status=429, json={"error": {"message": says}})

    page.route("**/queue/join*", refuse)
    page.get_by_label("Your question").fill(ENVOY)
    page.keyboard.press("Enter")
    expect(page.locator("#latest .asked")).to_have_text(ENVOY)
    expect(page.locator("#latest .problem")).to_contain_text(says)
    expect(page.locator(".toast-body")).to_be_hidden()
    page.unroute("**/queue/join*")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator("#latest .status")).to_have_text("● Answered.")
    expect(page.locator(".asked")).to_have_text([ENVOY])
    page.reload()
    expect(page.locator("#latest .status")).to_have_text("● Answered.")
    expect(page.locator(".asked")).to_have_text([ENVOY])


def test_an_abstention_says_so_and_shows_the_nearest(server: str, new_page: NewPage, shot: Shot) -> None:
    page = opened(new_page(390, 844), server)
    ask(page, "Who won the football world cup in 2022?")
    expect(page.locator(".status")).to_have_text("× Not in the archive.")
    expect(page.locator(".nearest .source")).to_have_count(3)
    expect(page.locator(".searched")).to_contain_text("Searched for:")
    expect(page.locator("sup")).to_have_count(0)
    shot(page, "page-abstention-390-light")


def test_help_offers_questions_that_can_be_pressed_and_a_list_links_its_articles(
    server: str, new_page: NewPage, shot: Shot
) -> None:
    page = opened(new_page(390, 844), server)
    ask(page, "hello")
    expect(page.locator("#latest .status")).to_have_text("? About this archive.")
    expect(page.locator("#latest .suggestion")).to_have_count(3)
    question = page.locator("#latest .suggestion").first.inner_text()
    page.locator("#latest .suggestion").first.click()
    expect(page.locator("#latest .asked")).to_have_text(question)
    expect(page.locator("#latest .status")).to_be_visible()
    ask(page, "List articles about Manbij")
    expect(page.locator("#latest .status")).to_have_text("≡ What the archive holds.")
    expect(page.locator("#latest a.source").first).to_have_attribute("href", re.compile("^/articles/"))
    shot(page, "page-help-and-list-390-light")


def test_a_list_that_is_too_long_leads_to_the_rest(server: str, new_page: NewPage) -> None:
    page = opened(new_page(), server)
    ask(page, "What is in this archive?")
    listed = page.locator("#latest a.source")
    expect(listed).to_have_count(20)
    expect(page.locator("#latest").get_by_role("heading", name="More articles")).to_be_visible()
    found = set(listed.evaluate_all("all => all.map((one) => one.pathname)"))
    for question in page.locator("#latest .suggestion").all_inner_texts():
        page.locator("#log").get_by_role("button", name=question).first.click()
        expect(page.locator("#latest .asked")).to_have_text(question)
        expect(page.locator("#latest .row")).to_be_attached()
        found |= set(listed.evaluate_all("all => all.map((one) => one.pathname)"))
    assert len(found) == 37  # all that carry a date


def test_a_name_in_the_masthead_is_not_cut_by_what_stands_beside_it(server: str, new_page: NewPage) -> None:
    page = opened(new_page(390, 844), server)
    page.evaluate("localStorage.clear()")  # of other tests
    expect(opened(page, server).locator("#masthead .tools")).to_be_hidden()
    ask(page, "hello")
    expect(page.locator("#masthead .tools")).to_be_visible()
    page.locator("#masthead h1").evaluate("name => (name.textContent = 'Correspondences')")
    lines = page.locator("#masthead h1").evaluate(
        "name => { const all = document.createRange(); all.selectNodeContents(name); "
        "return new Set([...all.getClientRects()].map((one) => one.top)).size; }"
    )
    assert lines == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_keys_a_link_and_the_clipboard(server: str, new_page: NewPage) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{server}/?q=Who%20is%20Russia%27s%20envoy%20for%20Syria%3F")
    expect(page.locator("#latest .status")).to_have_text("● Answered.")
    page.get_by_role("button", name="Copy with citations").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "[1]" in copied and "Meridian Wire, 15 Oct 2019: “Russia" in copied
    page.get_by_role("button", name="Copy link").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"{server}/?q=Who+is+Russia")
    box = page.get_by_label("Your question")
    box.blur()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("One line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("and another")
    expect(box).to_have_value("One line\nand another")
    page.locator(".said a.number").click()
    expect(page.locator("a.source")).to_be_focused()
    expect(page.locator("#announcer")).to_contain_text("Answered.")


def test_two_people_at_once_do_not_see_each_other(server: str, new_page: NewPage) -> None:
    one, other = opened(new_page(), server), opened(new_page(390, 844), server)
    ship = "When was the Ever Given refloated?"
    for page, question in ((one, ENVOY), (other, ship)):
        page.get_by_label("Your question").fill(question)
        page.keyboard.press("Enter")
    for page, question, answer, of_the_other in (
        (one, ENVOY, "Lavrentyev", "Ever Given"),
        (other, ship, "Ever Given", "Lavrentyev"),
    ):
        expect(page.locator("#latest .row")).to_be_attached()
        expect(page.locator(".asked")).to_have_text([question])
        expect(page.locator("#latest .answer")).to_contain_text(answer)
        expect(page.locator(".exchange")).not_to_contain_text(of_the_other)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an archive of one hostile article."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "feed.jsonl").write_text(json.dumps(HOSTILE), encoding="utf-8")
    opening = index_articles(folder / "feed.jsonl", folder / "store")
    with serving(opening, WebSettings(name="<i>Archive</i> $$ & **", port=0)) as address:
        yield address


def test_the_page_works_where_storage_throws(hostile: str, page: Page) -> None:
    refused = "() => { throw new DOMException('refused', 'SecurityError') }"
    page.add_init_script(
        f"for (const name of ['localStorage', 'sessionStorage'])"
        f" Object.defineProperty(window, name, {{get: {refused}, configurable: true}})"
    )
    opened(page, hostile)
    ask(page, "Who steered the ferry with code?")
    expect(page.locator(".source")).to_have_count(1)


def test_text_of_strangers_stays_text(hostile: str, page: Page) -> None:
    opened(page, hostile)
    expect(page.locator("#masthead h1")).to_have_text("<i>Archive</i> $$ & **")
    ask(page, "Who steered the ferry with code?")
    expect(page.locator(".headline")).to_have_text(HOSTILE["title"])
    expect(page.locator(".source .where")).to_contain_text(HOSTILE["source"])
    expect(page.locator(".said")).to_contain_text("![](http://evil.example/y.png) and $$ and ** and `code`")
    question = "</h2></div><img src=x onerror=alert(1)> **you** $$y$$ ![](http://evil.example/z.png) ferry?"
    ask(page, question)
    expect(page.locator("#latest .asked")).to_have_text(question)
    inside = page.locator("#log, #masthead, #conversations")
    for made in (
        "img",
        "script",
        ".said b",
        ".asked b",
        "strong",
        ".katex",
        "code",
        "pre",
        "a[href^='javascript']",
        "h1 i",
    ):
        assert inside.locator(made).count() == 0, made


class Endless(Assistant):
    """An assistant that begins to search and never ends; `ended` is set when its stream is closed."""

    def __init__(self, ended: Event) -> None:
        self._ended = ended

    async def stream(
        self, question: Question, queue: Line | None = None, quotable: Quotable | None = None
    ) -> AsyncGenerator[Happening, None]:
        try:
            yield Stage("searching", "Searching 3 passages")
            await asyncio.get_running_loop().create_future()
        finally:
            self._ended.set()

    def without_model(self) -> Assistant:
        raise LookupError("it has no examples")


def test_stop_ends_the_question_and_the_work(tmp_path: Path, new_page: NewPage, shot: Shot) -> None:
    (tmp_path / "feed.jsonl").write_text(json.dumps(HOSTILE), encoding="utf-8")
    opening, ended = index_articles(tmp_path / "feed.jsonl", tmp_path / "store"), Event()

    def open_archive() -> OpenArchive:
        archive = opening()
        return OpenArchive(archive.store, Endless(ended), archive.retriever)

    with serving(open_archive, WebSettings(port=0)) as address:
        page = opened(new_page(), address)
        for way in ("button", "key"):
            ended.clear()
            page.get_by_label("Your question").fill(f"Who is at work, {way}?")
            page.keyboard.press("Enter")
            expect(page.locator("#latest .stage")).to_have_text("Searching 3 passages")
            expect(page.get_by_role("button", name="Ask", exact=True)).to_be_hidden()
            shot(page, "page-at-work-1440-light")
            if way == "button":
                page.get_by_role("button", name="Stop").click()
            else:
                page.keyboard.press("Escape")
            expect(page.locator("#latest .status")).to_have_text("– Stopped.")
            assert ended.wait(PATIENCE / 1000)
            expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
        ended.clear()
        page.get_by_label("Your question").fill("Who closes the tab?")
        page.keyboard.press("Enter")
        expect(page.locator("#latest .stage")).to_have_text("Searching 3 passages")
        page.close()
        assert ended.wait(PATIENCE / 1000)


class Lingering(Endless):
    """An endless assistant whose work goes on after a Stop until `release` is set."""

    def __init__(self, ended: Event, release: Event) -> None:
        super().__init__(ended)
        self._release = release

    async def stream(
        self, question: Question, queue: Line | None = None, quotable: Quotable | None = None
    ) -> AsyncGenerator[Happening, None]:
        try:
            async with aclosing(super().stream(question, queue, quotable)) as events:
                async for event in events:
                    yield event
        finally:
            await asyncio.to_thread(self._release.wait, PATIENCE / 1000)


def test_a_question_right_after_a_stop_is_asked_and_can_be_stopped(tmp_path: Path, new_page: NewPage) -> None:
    """While the browser waits for what the server answers to Stop, and the work has not ended."""
    (tmp_path / "feed.jsonl").write_text(json.dumps(HOSTILE), encoding="utf-8")
    opening, ended, release = index_articles(tmp_path / "feed.jsonl", tmp_path / "store"), Event(), Event()
    held: list[tuple[Route, APIResponse]] = []

    def open_archive() -> OpenArchive:
        archive = opening()
        return OpenArchive(archive.store, Lingering(ended, release), archive.retriever)

    def hold_the_answer_to_stop(route: Route) -> None:
        if "Who is at work?" in (route.request.post_data or ""):
            route.continue_()
        else:
            held.append((route, route.fetch()))

    with serving(open_archive, WebSettings(port=0)) as address:
        page = opened(new_page(), address)
        page.get_by_label("Your question").fill("Who is at work?")
        page.keyboard.press("Enter")
        expect(page.locator("#latest .stage")).to_have_text("Searching 3 passages")
        page.route(re.compile("/gradio_api/(queue/join|cancel|reset)"), hold_the_answer_to_stop)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#latest .status")).to_have_text("– Stopped.")
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
        page.get_by_role("button", name="Ask again").click()
        expect(page.locator("#latest .stage")).to_have_text("Searching 3 passages")
        for route, answer in held:
            route.fulfill(response=answer)
        page.unroute_all()
        release.set()
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_hidden()
        assert ended.wait(PATIENCE / 1000)
        ended.clear()
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#latest .status")).to_have_text("– Stopped.")
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
        assert ended.wait(PATIENCE / 1000)
        expect(page.locator(".exchange")).to_have_count(1)
        page.close()  # Before the server ends, which the page looks at every other second.


def test_enter_that_is_held_down_asks_once(hostile: str, page: Page) -> None:
    sent: list[str] = []
    opened(page, hostile).get_by_label("Your question").fill("Who steered the ferry with code?")
    page.on("request", lambda request: sent.append(request.url))
    for _ in range(12):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.locator("#latest .row")).to_be_attached()
    assert sum("queue/join" in url for url in sent) == 1


def test_an_empty_archive_says_how_to_begin_and_begins(tmp_path: Path, new_page: NewPage, shot: Shot) -> None:
    (tmp_path / "feed.jsonl").write_text(json.dumps(HOSTILE), encoding="utf-8")
    ready: list[Callable[[], OpenArchive]] = []
    with serving(lambda: ready[0]() if ready else None, WebSettings(port=0)) as address:
        page = new_page(390, 844)
        page.goto(address)
        expect(page.locator("#empty")).to_contain_text("onrecord index PATH")
        expect(page.get_by_label("Your question")).to_be_hidden()
        shot(page, "page-empty-390-light")
        ready.append(index_articles(tmp_path / "feed.jsonl", tmp_path / "store"))
        expect(page.locator("#masthead")).to_contain_text("1 article, 2 Jan 2020")
        ask(page, "Who steered the ferry with code?")
        expect(page.locator(".source")).to_have_count(1)
        page.close()  # Before the server ends, which the page looks at every other second.
