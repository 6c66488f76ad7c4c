"""The widget that opens the embeddable chat on another site."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, Route, expect

from tests.browser.conftest import FLAGS, PATIENCE, Sites, Watch, chromium, close_by

NewPage = Callable[..., Page]
Shot = Callable[[Page, str], None]

QUESTION = "When was the Ever Given refloated?"
TO_A_QUOTE = re.compile(r"^/articles/.+\?revision=[0-9a-f]{12}&start=\d+&end=\d+#quote$")
BUTTON = "Ask the Courier"


HEARS = """></script><script defer src="data:text/javascript,
    var kinds = window.heard ? [] : ['ready', 'open', 'close', 'ask', 'answer', 'error'];
    window.heard ??= [];
    for (const kind of kinds) Onrecord.on(kind, (event) => heard.push(event));
" """
"""Behind the widget's script: keeps its events in `heard`."""


def host_page(server: str, attributes: str = "", head: str = "") -> str:
    """A newspaper's page that includes the widget, twice, as happens."""
    script = f'<script src="{server}/widget.js" data-title="{BUTTON}" defer {attributes}></script>'
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The Courier</title>{head}
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,"></head>
        <body><h1>The Courier</h1><p>A page of another site.</p>{script}{script}</body></html>"""


def ask_in(frame: FrameLocator, question: str = QUESTION) -> None:
    """Type the question and wait for an answer with sources."""
    frame.get_by_label("Your question").fill(question)
    frame.get_by_label("Your question").press("Enter")
    expect(frame.locator(".turn").last).to_have_attribute("data-status", "answered")
    expect(frame.locator("a.source").first).to_have_attribute("href", TO_A_QUOTE)


STRICT = "default-src 'none'; img-src data:; script-src {server}; frame-src {server}"


@pytest.mark.parametrize("policy", ["", STRICT], ids=["plain", "under a strict policy"])
def test_an_allowed_site_gets_answers_with_their_sources(
    server: str, sites: Sites, new_page: NewPage, shot: Shot, policy: str
) -> None:
    page = new_page(dark=bool(policy))
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy.format(server=server)}">'
    colours = 'data-accent="#8a1f11" ' + ('data-paper="#fff3e0" data-side="left"' if policy else "")
    sites.pages["/"] = host_page(server, colours, head if policy else "")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{sites.allowed}/")
    launcher = page.get_by_role("button", name=BUTTON)
    expect(launcher).to_have_count(1)
    assert not [url for url in asked if url.startswith(server) and not url.endswith("/widget.js")]
    launcher.click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label("Your question")).to_be_focused()
    ask_in(frame)
    with page.expect_popup() as popup:
        frame.locator("a.source").first.click()
    expect(popup.value.locator("#quote")).to_be_in_viewport()
    close_by(popup.value.get_by_role("link", name="Back to the answer"))
    expect(frame.locator(".turn")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).position") == "static"
    assert page.context.cookies() == []
    shot(page, f"widget-1440-{'strict' if policy else 'light'}")


def test_the_panel_opens_and_closes_by_keyboard_and_gives_the_focus_back(
    server: str, sites: Sites, new_page: NewPage, shot: Shot
) -> None:
    page = new_page(390, 844, dark=True)
    sites.pages["/"] = host_page(server)
    page.goto(f"{sites.allowed}/")
    launcher = page.get_by_role("button", name=BUTTON)
    shot(page, "widget-closed-390-dark")
    page.keyboard.press("Tab")
    expect(launcher).to_be_focused()
    expect(launcher).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name=BUTTON)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label("Your question")).to_be_focused()
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    ask_in(frame)
    shot(page, "widget-390-dark")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(launcher).to_be_focused()
    page.keyboard.press("Enter")
    expect(frame.locator(".turn")).to_have_count(1)
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_be_hidden()


def test_a_site_that_is_not_on_the_list_tells_readers_so_and_the_operator_in_the_console(
    server: str, sites: Sites, new_page: NewPage, shot: Shot
) -> None:
    page = new_page(expected="frame-ancestors|ERR_BLOCKED_BY_RESPONSE|chrome-error|onrecord:")
    sites.pages["/"] = host_page(server, HEARS)
    page.goto(f"{sites.denied}/")
    with page.expect_console_message(lambda told: told.text.startswith("onrecord:")) as told:
        page.get_by_role("button", name=BUTTON).click()
    assert f"ONRECORD_ALLOWED_ORIGINS={sites.denied}" in told.value.text
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The archive cannot be opened here.")
    assert "ONRECORD" not in notice.inner_text() and sites.denied not in notice.inner_text()
    expect(notice.get_by_role("link")).to_have_attribute("href", f"{server}/")
    expect(page.locator("iframe")).to_be_hidden()
    assert {"type": "error", "reason": "refused"} in page.evaluate("heard")
    page.evaluate("question => Onrecord.open(question)", "What & why?")
    expect(notice).to_contain_text("What & why?")
    expect(notice.get_by_role("link")).to_have_attribute("href", f"{server}/?q=What+%26+why%3F")
    shot(page, "widget-denied-1440-light")


def test_messages_of_strangers_are_not_heeded(server: str, sites: Sites, page: Page) -> None:
    sites.pages["/"] = host_page(server)
    page.goto(f"{sites.allowed}/")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.frame_locator("iframe").get_by_label("Your question")).to_be_focused()
    # The page's listener is the last one: once it is called, the widget's has been.
    page.evaluate(
        """() => new Promise((done) => {
            addEventListener("message", done, { once: true });
            postMessage({ type: "onrecord:close" }, "*");
        }).then(() => null)"""
    )
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_site_opens_the_panel_with_a_question_and_hears_what_happens_but_no_words(
    server: str, sites: Sites, page: Page
) -> None:
    sites.pages["/"] = host_page(server, HEARS).replace("<h1>", '<button id="own">Ask us</button><h1>')
    page.goto(f"{sites.allowed}/")
    page.evaluate("Onrecord.on('open', () => { throw 'a handler of the site' })")
    page.locator("#own").focus()
    page.evaluate("question => Onrecord.open(question)", QUESTION)
    frame = page.frame_locator("iframe")
    expect(frame.locator(".turn")).to_have_attribute("data-status", "answered")
    expect(frame.locator(".asked")).to_have_text(QUESTION)
    page.evaluate("Onrecord.close()")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#own")).to_be_focused()
    heard = page.evaluate("heard")
    types = ("open", "ready", "ask", "answer", "close")
    assert heard == [{"type": one} | ({"status": "answered"} if one == "answer" else {}) for one in types]


def test_questions_of_the_site_wait_for_one_another_and_none_is_asked_twice(
    server: str, sites: Sites, page: Page
) -> None:
    sites.pages["/"] = host_page(server)
    page.goto(f"{sites.allowed}/")
    held: list[Route] = []
    page.route("**/api/ask", lambda route: held.append(route))
    questions = ["Who left?", "Who came?", "Who stayed?"]
    opens = "questions => questions.forEach((one) => Onrecord.open(one))"
    page.evaluate(opens, [questions[0], *questions])  # The frame is not there yet.
    asked = page.frame_locator("iframe").locator(".asked")
    expect(asked).to_have_text(questions[:1])
    page.evaluate(opens, questions)  # One is at work, and the others wait.
    for n in range(len(questions)):
        expect(asked).to_have_text(questions[: n + 1])
        while not held:
            page.wait_for_timeout(20)
        html = f'<div class="answer"><p class="said">{n}</p></div>'
        done = json.dumps({"status": "answered", "html": html})
        held.pop().fulfill(body=f"event: done\ndata: {done}\n\n", content_type="text/event-stream")
    expect(page.frame_locator("iframe").locator(".said")).to_have_text(["0", "1", "2"])
    assert not held


def test_two_archives_on_one_page_do_not_clash(server: str, sites: Sites, new_page: NewPage) -> None:
    page = new_page(expected="frame-ancestors|ERR_BLOCKED|chrome-error|onrecord:")
    other = server.replace("127.0.0.1", "localhost")
    sites.pages["/"] = host_page(
        server, f'></script><script src="{other}/widget.js" data-label="Other" defer'
    )
    page.goto(f"{sites.allowed}/")
    first, second = page.get_by_role("button", name=BUTTON), page.get_by_role("button", name="Other")
    below, above = first.bounding_box(), second.bounding_box()
    assert below and above and above["y"] + above["height"] < below["y"]
    assert page.evaluate("Object.keys(Onrecord.archives)") == [f"{server}/", f"{other}/"]
    first.click()
    expect(page.frame_locator("iframe").get_by_label("Your question")).to_be_focused()
    page.evaluate("address => Onrecord.archives[address].open()", f"{other}/")
    expect(page.get_by_role("dialog", name=BUTTON)).to_be_hidden()
    expect(page.get_by_role("dialog", name="Ask the archive")).to_be_visible()
    frames = page.locator("iframe")
    expect(frames).to_have_count(2)
    expect(frames.last).to_have_attribute("src", re.compile(f"^{other}/embed"))
    expect(page.frame_locator("iframe >> nth=1").get_by_label("Your question")).to_be_focused()


def test_an_icon_a_theme_a_size_and_a_language_are_the_sites_choice(
    server: str, sites: Sites, new_page: NewPage, shot: Shot
) -> None:
    page = new_page()
    chosen = 'data-icon="speech" data-theme="dark" data-size="large" data-lang="de" data-label=""'
    sites.pages["/"] = host_page(server, chosen)
    page.goto(f"{sites.allowed}/")
    launcher = page.get_by_role("button", name=BUTTON)
    expect(launcher.locator("svg path")).to_have_attribute("d", re.compile("^M"))
    shot(page, "widget-closed-1440-dark-icon")
    launcher.click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label("Ihre Frage")).to_be_focused()
    expect(frame.locator("html")).to_have_css("color-scheme", "dark")
    expect(frame.locator(".extent")).to_contain_text(" Artikel, ")
    box = page.get_by_role("dialog").bounding_box()
    assert box and box["width"] == 640
    expect(page.get_by_role("dialog").get_by_role("button", name="Schließen")).to_be_visible()
    shot(page, "widget-1440-large-dark-de")


def test_the_language_is_that_of_the_page_and_its_greeting_and_examples_the_sites(
    server: str, sites: Sites, page: Page, shot: Shot
) -> None:
    own = f'data-greeting="Guten Tag & willkommen" data-examples="Wer?|{QUESTION}| |&lt;b>Was?"'
    sites.pages["/"] = host_page(server, own).replace('lang="en"', 'lang="de-AT"')
    page.goto(f"{sites.allowed}/")
    page.get_by_role("button", name=BUTTON).click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Guten Tag & willkommen")).to_be_visible()
    expect(frame.locator(".example")).to_have_text(["Wer?", QUESTION, "<b>Was?"])
    shot(page, "widget-greeting-1440-light-de")
    frame.get_by_role("button", name=QUESTION).click()
    expect(frame.locator(".turn")).to_have_attribute("data-status", "answered")
    expect(frame.get_by_text("Guten Tag & willkommen")).to_be_hidden()


def test_attributes_that_are_too_long_together_are_left_out_one_by_one(
    server: str, sites: Sites, page: Page
) -> None:
    long = f'data-examples="{"Хтокудийшов? |" * 120}" data-greeting="{"Вітання " * 40}"'
    sites.pages["/"] = host_page(server, long)
    page.goto(f"{sites.allowed}/")
    with page.expect_console_message(lambda told: "data-examples was left out" in told.text):
        page.get_by_role("button", name=BUTTON).click()
    expect(page.frame_locator("iframe").get_by_text("Вітання").first).to_be_visible()


def test_a_kept_answer_is_drawn_again_when_the_panel_is_opened_after_a_while(
    server: str, sites: Sites, page: Page
) -> None:
    sites.pages["/"] = host_page(server)
    page.goto(f"{sites.allowed}/")
    page.get_by_role("button", name=BUTTON).click()
    frame = page.frame_locator("iframe")
    ask_in(frame)
    withdrawn = (
        '<div class="answer" data-status="answered"><p class="notice withdrawn">Withdrawn: gone.</p></div>'
    )
    again = {"html": withdrawn, "given": {"question": QUESTION, "sentences": []}, "seal": "0" * 64}
    page.route("**/api/answers", lambda route: route.fulfill(json={"answers": [again]}))
    page.keyboard.press("Escape")
    (framed,) = (one for one in page.frames if one.url.startswith(f"{server}/embed"))
    framed.evaluate("const now = Date.now; Date.now = () => now() + 61_000; null")
    page.get_by_role("button", name=BUTTON).click()
    expect(frame.locator(".withdrawn")).to_have_text("Withdrawn: gone.")
    expect(frame.locator("a.source")).to_have_count(0)
    with page.expect_request("**/api/ask") as asked:
        frame.get_by_label("Your question").fill("Who operated it?")
        frame.get_by_label("Your question").press("Enter")
    history = json.loads(asked.value.post_data or "")["history"]
    assert [turn["content"] for turn in history] == [QUESTION, ""]


def test_filters_of_the_site_are_shown_and_kept_to(server: str, sites: Sites, page: Page) -> None:
    sites.pages["/"] = host_page(server, 'data-source="Harbour Courier|Nobody" data-after="2019-10-01"')
    page.goto(f"{sites.allowed}/")
    page.get_by_role("button", name=BUTTON).click()
    frame = page.frame_locator("iframe")
    expect(frame.locator(".limits")).to_have_text("Only: Harbour Courier, Nobody, from 1 Oct 2019")
    with page.expect_request("**/api/ask") as asked:
        frame.get_by_label("Your question").fill(QUESTION)
        frame.get_by_label("Your question").press("Enter")
    sent = json.loads(asked.value.post_data or "")
    assert sent["source"] == ["Harbour Courier", "Nobody"] and sent["after"] == "2019-10-01"


def test_a_filter_that_cannot_be_used_is_told_to_the_operator(server: str, sites: Sites, page: Page) -> None:
    sites.pages["/"] = host_page(server, 'data-after="last week"')
    page.goto(f"{sites.allowed}/")
    with page.expect_console_message(lambda told: told.text.startswith("onrecord:")) as told:
        page.get_by_role("button", name=BUTTON).click()
    assert "data-after" in told.value.text and "last week" in told.value.text
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("This chat is not set up correctly.")).to_be_visible()
    expect(frame.get_by_label("Your question")).to_be_hidden()


@contextmanager
def profile(api: Any, folder: Path, *, blocked: bool) -> Iterator[BrowserContext]:
    """Chromium with a profile of its own, in which frames of other sites have their storage or have not.

    Contexts without a profile are like private windows: they block it.
    """
    (folder / "Default").mkdir()
    settings = {"block_third_party_cookies": blocked, "cookie_controls_mode": int(blocked)}
    (folder / "Default" / "Preferences").write_text(json.dumps({"profile": settings}), encoding="utf-8")
    context = api.chromium.launch_persistent_context(folder, executable_path=chromium(), args=FLAGS)
    context.set_default_timeout(PATIENCE)
    watch = Watch()
    watch.follow(context)
    yield context
    context.close()
    assert not watch.problems


@pytest.fixture
def without_storage(playwright_api: Any, tmp_path: Path) -> Iterator[BrowserContext]:
    """Chromium with third-party cookies and storage blocked, as in its settings."""
    with profile(playwright_api, tmp_path, blocked=True) as context:
        yield context


@pytest.fixture
def with_storage(playwright_api: Any, tmp_path: Path) -> Iterator[BrowserContext]:
    """Chromium as it is installed."""
    with profile(playwright_api, tmp_path, blocked=False) as context:
        yield context


def test_the_conversation_goes_on_on_the_next_page_of_the_site_until_a_new_one_is_begun(
    server: str, sites: Sites, with_storage: BrowserContext, shot: Shot
) -> None:
    page = with_storage.new_page()
    sites.pages["/"] = sites.pages["/next"] = host_page(server)
    page.goto(f"{sites.allowed}/")
    page.get_by_role("button", name=BUTTON).click()
    frame = page.frame_locator("iframe")
    ask_in(frame)
    said = frame.locator(".said").first.inner_text()
    page.goto(f"{sites.allowed}/next")
    page.get_by_role("button", name=BUTTON).click()
    expect(frame.locator(".asked")).to_have_text(QUESTION)
    expect(frame.locator(".turn")).to_have_attribute("data-status", "answered")
    expect(frame.locator(".said").first).to_have_text(said)
    shot(page, "widget-kept-1440-light")
    with page.expect_request("**/api/ask") as asked:
        ask_in(frame, "Who operated it?")
    history = json.loads(asked.value.post_data or "")["history"]
    assert [turn["role"] for turn in history] == ["user", "assistant"] and history[0]["content"] == QUESTION
    frame.get_by_role("button", name="New conversation").click()
    expect(frame.locator(".turn")).to_have_count(0)
    expect(frame.get_by_label("Your question")).to_be_focused()
    expect(frame.locator(".hint")).to_be_visible()
    page.reload()
    page.get_by_role("button", name=BUTTON).click()
    expect(frame.get_by_label("Your question")).to_be_focused()
    expect(frame.locator(".turn")).to_have_count(0)


ARTICLE = "https://www.meridianwire.example/business/2021/03/29/ever-given-afloat/?utm_source=mail#top"


def test_a_page_that_is_an_article_of_the_archive_can_be_asked_about(
    server: str, sites: Sites, page: Page, shot: Shot
) -> None:
    sites.pages["/"] = host_page(server, 'data-about="page"', f'<link rel="canonical" href="{ARTICLE}">')
    page.goto(f"{sites.allowed}/")
    page.get_by_role("button", name=BUTTON).click()
    frame = page.frame_locator("iframe")
    about = frame.locator("#context")
    headline = about.get_by_role("link").inner_text()
    expect(about.get_by_role("link")).to_have_attribute("href", re.compile("^/articles/"))
    shot(page, "widget-about-1440-light")
    with page.expect_request("**/api/ask") as asked:
        ask_in(frame, "When was it refloated?")
    assert json.loads(asked.value.post_data or "")["history"][0] == {"role": "user", "content": headline}
    about.get_by_role("button").click()
    expect(about).to_be_hidden()


def test_it_works_where_the_frames_storage_throws(
    server: str, sites: Sites, without_storage: BrowserContext
) -> None:
    page = without_storage.new_page()
    sites.pages["/"] = host_page(server)
    page.goto(f"{sites.allowed}/")
    page.get_by_role("button", name=BUTTON).click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label("Your question")).to_be_focused()
    (framed,) = (one for one in page.frames if one.url.startswith(f"{server}/embed"))
    for storage in ("localStorage", "sessionStorage"):
        throws = f"() => {{ try {{ {storage}; return null }} catch (error) {{ return error.name }} }}"
        assert framed.evaluate(throws) == "SecurityError"
    ask_in(frame)


def test_a_plain_frame_needs_no_script_of_the_site(server: str, sites: Sites, page: Page) -> None:
    sites.pages["/frame"] = f"""<!DOCTYPE html><title>Framed</title><link rel="icon" href="data:,">
        <iframe src="{server}/embed?title=Plain" title="Plain" width="430" height="640"></iframe>"""
    page.goto(f"{sites.allowed}/frame")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", name="Plain")).to_be_visible()
    ask_in(frame)
