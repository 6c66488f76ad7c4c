"""The embeddable chat by itself, as it is in its frame."""

import json
import re
from collections.abc import Callable
from typing import Literal

import httpx
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PATIENCE, close_by
from tests.browser.test_widget import QUESTION, TO_A_QUOTE

NewPage = Callable[..., Page]
Shot = Callable[[Page, str], None]

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
UNANSWERED = "Who won the chess world championship?"


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


def test_a_connection_that_breaks_while_an_answer_comes_is_said(server: str, page: Page) -> None:
    page.goto(f"{server}/embed")
    page.evaluate(
        """() => {
            const begun = new TextEncoder().encode("event: status\\ndata: {}\\n\\n");
            const fail = (stream) => stream.error(new TypeError("network error"));
            const breaks = { start: (stream) => stream.enqueue(begun), pull: fail };
            window.fetch = async () => new Response(new ReadableStream(breaks), { status: 200 });
        }"""
    )
    ask(page, QUESTION)
    expect(page.locator(".problem")).to_have_text("The connection was lost before the answer was complete.")


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
