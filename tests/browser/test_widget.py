"""The embeddable chat, and the widget that opens it on another site."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, Route, expect

from tests.browser.conftest import FLAGS, Sites, Watch, chromium, close_by

NewPage = Callable[..., Page]
Shot = Callable[[Page, str], None]

QUESTION = "When was the Ever Given refloated?"
UNANSWERED = "Who won the chess world championship?"
TO_A_QUOTE = re.compile(r"^/articles/.+\?revision=[0-9a-f]{12}&start=\d+&end=\d+#quote$")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
BUTTON = "Ask the Courier"


def host_page(server: str, attributes: str = "", head: str = "") -> str:
    """A newspaper's page that includes the widget, twice, as happens."""
    script = f'<script src="{server}/widget.js" data-title="{BUTTON}" {attributes} defer></script>'
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


def test_a_site_that_is_not_on_the_list_is_told_so(
    server: str, sites: Sites, new_page: NewPage, shot: Shot
) -> None:
    page = new_page(expected="frame-ancestors|ERR_BLOCKED_BY_RESPONSE|chrome-error")
    sites.pages["/"] = host_page(server)
    page.goto(f"{sites.denied}/")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.get_by_role("alert")).to_contain_text(
        f"this site ({sites.denied}) is not on the archive’s list"
    )
    expect(page.locator("iframe")).to_be_hidden()
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


@pytest.fixture
def without_storage(playwright_api: Any, tmp_path: Path) -> Iterator[BrowserContext]:
    """Chromium with third-party cookies and storage blocked, as in its settings."""
    (tmp_path / "Default").mkdir()
    blocked = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(blocked), encoding="utf-8")
    context = playwright_api.chromium.launch_persistent_context(
        tmp_path, executable_path=chromium(), args=FLAGS
    )
    watch = Watch()
    watch.follow(context)
    yield context
    context.close()
    assert not watch.problems


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
