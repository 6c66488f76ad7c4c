"""The embeddable chat, and the widget that opens it on another site."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, Route, expect

from tests.browser.conftest import FLAGS, PATIENCE, Sites, Watch, chromium, close_by

NewPage = Callable[..., Page]
Shot = Callable[[Page, str], None]

QUESTION = "When was the Ever Given refloated?"
UNANSWERED = "Who won the chess world championship?"
TO_A_QUOTE = re.compile(r"^/articles/.+\?revision=[0-9a-f]{12}&start=\d+&end=\d+#quote$")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
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


def ask(page: Page, question: str) -> None:
    """Ask in a page that is the embed itself."""
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def test_an_answer_has_its_sources_and_each_opens_the_article_at_the_quote(server: str, page: Page) -> None:
    page.goto(f"{server}/embed")
    ask(page, QUESTION)
    turn = page.locator(".turn")
    expect(turn).to_have_attribute("data-status", "answered")
    expect(turn.locator(".status")).to_contain_text("Answered.")
    assert turn.locator(".said a.number").count() == turn.locator("a.source").count() > 0
    turn.locator(".said a.number").first.click()
    expect(turn.locator("a.source").first).to_be_focused()
    expect(turn.locator("a.source").first).to_be_in_viewport()
    assert page.url == f"{server}/embed"
    quoted = turn.locator(".source q").first.inner_text().strip("“”")
    turn.get_by_text("In context").first.click()
    expect(turn.locator(".around mark").first).to_have_text(quoted)
    with page.expect_popup() as popup:
        turn.locator("a.source").first.click()
    reader = popup.value
    expect(reader.locator("#quote")).to_be_in_viewport()
    assert " ".join(reader.locator("mark").all_inner_texts()) == quoted
    close_by(reader.get_by_role("link", name="Back to the answer"))
    expect(turn).to_be_visible()


def test_a_follow_up_is_understood_from_the_conversation(server: str, page: Page) -> None:
    page.goto(f"{server}/embed")
    ask(page, QUESTION)
    expect(page.locator(".turn").last).to_have_attribute("data-status", "answered")
    with page.expect_request("**/api/ask") as asked:
        ask(page, "Who operated it?")
    history = json.loads(asked.value.post_data or "")["history"]
    assert [turn["role"] for turn in history] == ["user", "assistant"] and history[0]["content"] == QUESTION
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last).to_have_attribute("data-status", "answered")
    expect(page.locator(".asked").last).to_be_in_viewport()


def test_an_abstention_says_so_and_shows_what_is_nearest(server: str, page: Page, shot: Shot) -> None:
    page.goto(f"{server}/embed")
    ask(page, UNANSWERED)
    expect(page.locator(".turn .sign")).to_be_visible()
    assert page.locator(".turn").get_attribute("data-status") not in ("answered", "partial")
    expect(page.get_by_role("heading", name="The closest passages")).to_be_visible()
    assert 1 <= page.locator(".nearest a.source").count() <= 3
    expect(page.get_by_role("heading", name="Sources")).to_be_hidden()
    shot(page, "embed-abstention-1440-light")


def test_help_offers_questions_that_can_be_pressed_and_a_list_links_its_articles(
    server: str, page: Page, shot: Shot
) -> None:
    page.goto(f"{server}/embed")
    ask(page, "hello")
    turns = page.locator(".turn")
    expect(turns.last).to_have_attribute("data-status", "help")
    offered = turns.last.locator("button.suggestion")
    expect(offered).to_have_count(3)
    question = offered.first.inner_text()
    offered.first.click()
    expect(turns).to_have_count(2)
    expect(turns.last.locator(".asked")).to_have_text(question)
    expect(turns.last).to_have_attribute("data-status", re.compile("answered|partial|not_stated"))
    ask(page, "List articles about Manbij")
    expect(turns.last).to_have_attribute("data-status", "listed")
    expect(turns.last.locator("a.source").first).to_have_attribute("href", re.compile("^/articles/"))
    expect(turns.last.get_by_role("heading", name="The closest passages")).to_have_count(0)
    shot(page, "embed-help-and-list-1440-light")


def stream(*events: tuple[str, object]) -> str:
    """The events as a server sends them."""
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)


def test_what_grows_keeps_its_focus_and_what_was_opened(server: str, page: Page) -> None:
    page.goto(f"{server}/embed")
    said = "<p class=stage>Reading</p><p class=said><span class=sentence id=s-1>One.</span></p>"
    first = (
        f"<div class=answer>{said}<details class=folded><summary>More</summary><p>All.</p></details></div>"
    )
    last = first.replace(
        "<p class=stage>Reading</p>", "<p class=status>Done.</p><table><tbody></tbody></table>"
    )
    last = last.replace("One.</span>", "One.</span> <span class=sentence id=s-2>Two.</span>")
    page.evaluate(
        "html => { const m = document.querySelector('main'); onrecord.answers.place(m, html); }", first
    )
    page.get_by_text("More").click()
    sentence = page.locator("#s-1").element_handle()
    spoken: list[str] = page.evaluate(
        """html => {
            const said = [];
            onrecord.answers.place(document.querySelector("main"), html, (line) => said.push(line));
            onrecord.answers.place(document.querySelector("main"), html, (line) => said.push(line));
            return said;
        }""",
        last,
    )
    assert spoken == ["Done.", "One.", "Two."]
    expect(page.get_by_text("More")).to_be_focused()
    expect(page.get_by_text("All.")).to_be_visible()
    expect(page.locator(".stage")).to_have_count(0)
    assert page.evaluate("one => one === document.getElementById('s-1')", sentence)


def test_hands_stay_on_the_keyboard(server: str, page: Page) -> None:
    page.goto(f"{server}/embed")
    question = page.get_by_label("Your question")
    expect(question).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("/")
    expect(question).to_be_focused()
    page.keyboard.type("When was")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("the ship refloated?")
    expect(question).to_have_value("When was\nthe ship refloated?")
    # What an input method is still composing is not sent.
    question.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(page.locator(".turn")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(1)
    expect(question).to_have_value("")


def test_escape_stops_and_another_question_can_be_asked(server: str, page: Page) -> None:
    page.goto(f"{server}/embed")
    held: list[Route] = []
    page.route("**/api/ask", lambda route: held.append(route))
    ask(page, QUESTION)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.locator(".stage")).to_have_text("Searching the archive")
    page.keyboard.press("Escape")
    expect(page.locator(".status")).to_have_text("– Stopped.")
    page.unroute("**/api/ask")
    ask(page, QUESTION)
    expect(page.locator(".turn").last).to_have_attribute("data-status", "answered")


FAILURES = (
    (
        429,
        '{"error": {"message": "5 people are waiting already."}}',
        "5 people are waiting already. Try again in",
    ),
    (503, "<html>no</html>", "The archive is not ready yet."),
    (200, "event: status\ndata: {}\n\n", "The connection was lost before the answer was complete."),
    (200, "event: done\ndata: {]\n\n", "The answer arrived damaged."),
    (200, 'event: error\ndata: {"error": {"message": "The model is away."}}\n\n', "The model is away."),
)


def test_a_failure_is_said_in_words(server: str, new_page: NewPage) -> None:
    page = new_page(expected="status of (429|503)")
    page.goto(f"{server}/embed")
    waiting = list(FAILURES)

    def fail(route: Route) -> None:
        status, body, _ = waiting.pop(0)
        kind = "text/event-stream" if status == 200 else "application/json"
        route.fulfill(status=status, body=body, headers={"Retry-After": "2", "Content-Type": kind})

    page.route("**/api/ask", fail)
    for n, (_, _, says) in enumerate(FAILURES):
        ask(page, QUESTION)
        expect(page.locator(".problem").nth(n)).to_contain_text(says)


def test_a_network_that_fails_is_said_and_the_question_asked_again_with_one_press(
    server: str, new_page: NewPage
) -> None:
    page = new_page(expected="ERR_CONNECTION_REFUSED")
    page.goto(f"{server}/embed")
    page.route("**/api/ask", lambda route: route.abort("connectionrefused"))
    ask(page, QUESTION)
    expect(page.locator(".problem")).to_contain_text("The archive cannot be reached.")
    page.unroute("**/api/ask")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn")).to_have_attribute("data-status", "answered")
    expect(page.locator(".turn")).to_have_count(1)


HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
FRAGMENT = f"""<div class="answer" onclick="alert(4)" style="color:red"><p class="said">{HOSTILE}Words
    <a class="source" href="javascript:alert(3)">one</a>
    <a class="source" href="//evil.example/articles/">two</a>
    <a class="source" href="/articles/x" onfocus="alert(5)">three</a><iframe src="/"></iframe><form></form>
    <button class="meant" formaction="/">{HOSTILE.replace("<", "&lt;")}</button>
    <svg onload="alert(6)"></svg></p></div>
    <style>main {{ display: none }}</style><base href="//evil.example/">"""


def test_nothing_that_is_asked_or_answered_runs(server: str, new_page: NewPage) -> None:
    page = new_page(expected="Content Security Policy")  # the browser says what it would not have run
    page.goto(f"{server}/embed")
    drawn = {"html": FRAGMENT}
    body = stream(("status", drawn), ("sentence", drawn), ("done", drawn | {"status": "constructor"}))
    page.route("**/api/ask", lambda route: route.fulfill(body=body, content_type="text/event-stream"))
    ask(page, HOSTILE)
    expect(page.locator(".asked")).to_have_text(HOSTILE)
    expect(page.locator(".meant")).to_have_text(HOSTILE)
    assert page.locator("main :is(img, script, iframe, form, svg, style, base)").count() == 0
    hrefs = page.evaluate("[...document.querySelectorAll('main a')].map((a) => a.getAttribute('href'))")
    assert hrefs == [None, None, "/articles/x"]
    odd = (
        "[...document.querySelectorAll('main .answer, main .answer *')].flatMap((e) => e.getAttributeNames())"
    )
    assert set(page.evaluate(odd)) == {"class", "href"}
    page.locator(".meant").click()
    expect(page.locator(".asked")).to_have_text([HOSTILE, HOSTILE])


def test_events_are_read_whole_whatever_the_chunks(server: str, page: Page) -> None:
    page.goto(f"{server}/embed")
    stream = '\ufeff: hello\r\nevent: a\rdata: {"x":\ndata:"🚢é"}\r\n\r\ndata\n\nid: 7\nevent: b\n'
    stream += "data:  two\r\revent: lost"
    expected = [
        {"event": "a", "data": '{"x":\n"🚢é"}'},
        {"event": "message", "data": ""},
        {"event": "b", "data": " two"},
    ]
    read = """async ([text, size]) => {
        const bytes = new TextEncoder().encode(text);
        const body = new ReadableStream({
            start(to) {
                for (let at = 0; at < bytes.length; at += size) to.enqueue(bytes.slice(at, at + size));
                to.close();
            },
        });
        const events = [];
        for await (const event of onrecord.events(new Response(body))) events.push(event);
        return events;
    }"""
    for size in (1, 2, 3, 5, 7, 1000):
        assert page.evaluate(read, [stream, size]) == expected


def test_the_embed_is_looked_at(server: str, page: Page, shot: Shot) -> None:
    page.goto(f"{server}/embed")
    for name in ("embed-empty", "embed"):
        for width, height in ((320, 640), (390, 844), (1440, 900)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                shot(page, f"{name}-{width}-{scheme}")
        if name == "embed-empty":
            page.set_viewport_size({"width": 390, "height": 844})
            ask(page, QUESTION)
            expect(page.locator(".turn")).to_have_attribute("data-status", "answered")


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


def test_enter_that_was_pressed_before_the_script_ran_asks(server: str, page: Page) -> None:
    def pressed_before(route: Route) -> None:
        typed = f"document.getElementById('question').value = {json.dumps(f'{QUESTION}{chr(10)}')};"
        route.fulfill(
            body=f"{typed}\n{httpx.get(route.request.url, timeout=PATIENCE, trust_env=False).text}",
            content_type="text/javascript",
        )

    page.route("**/embed.js*", pressed_before)
    page.goto(f"{server}/embed")
    expect(page.locator(".asked")).to_have_text(QUESTION)
    expect(page.locator(".turn")).to_have_attribute("data-status", "answered")
    expect(page.get_by_label("Your question")).to_have_value("")


def test_a_kept_answer_that_cannot_be_drawn_again_says_so_and_is_asked_again(
    server: str, new_page: NewPage
) -> None:
    page = new_page(expected="ERR_CONNECTION_REFUSED")
    page.goto(f"{server}/embed")
    ask(page, QUESTION)
    expect(page.locator(".turn")).to_have_attribute("data-status", "answered")
    page.route("**/api/answers", lambda route: route.abort("connectionrefused"))
    page.reload()
    expect(page.locator(".asked")).to_have_text(QUESTION)
    expect(page.locator(".problem")).to_contain_text("The archive cannot be reached.")
    expect(page.locator("a.source")).to_have_count(0)
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator("a.source").first).to_have_attribute("href", TO_A_QUOTE)


def test_the_whole_conversation_is_copied_with_its_citations(server: str, new_page: NewPage) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{server}/embed")
    ask(page, QUESTION)
    expect(page.locator(".turn").last).to_have_attribute("data-status", "answered")
    ask(page, UNANSWERED)
    expect(page.locator(".turn").last).to_have_attribute("data-status", re.compile("not_"))
    page.get_by_role("button", name="Copy the conversation").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{QUESTION}\n\n") and f"\n\n{UNANSWERED}\n\n" in copied and "[1]" in copied


def test_a_question_that_is_too_long_stays_in_the_box_with_a_counter(server: str, page: Page) -> None:
    page.goto(f"{server}/embed")
    question = page.get_by_label("Your question")
    question.fill("x" * 2001)
    page.keyboard.press("Enter")
    expect(page.locator("#too-long")).to_have_text("A question may have at most 2000 characters. 2001/2000")
    expect(page.locator(".turn")).to_have_count(0)
    expect(question).to_have_value("x" * 2001)
    page.keyboard.press("Backspace")
    expect(page.locator("#too-long")).to_have_text("")


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
