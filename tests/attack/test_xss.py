"""No text of an article, a visitor or an address becomes an element, an attribute or a scheme in a browser.

Each page is read by a real parser and compared with the same page over harmless words: it holds nothing more.
"""

import json
import re
from urllib.parse import quote

import httpx
import pytest

from tests.attack.conftest import fresh_address
from tests.attack.documents import addresses, elements, is_inert, wrong_addresses
from tests.attack.page import Tab
from tests.attack.payloads import MARKUP, PLAIN, URLS, article_of
from tests.attack.target import Target

pytestmark = pytest.mark.attack

NUMBERED = list(enumerate(MARKUP))
HTML = {"Accept": "text/html"}


def page_of(client: httpx.Client, id: str, **query: str) -> httpx.Response:
    """The page of an article."""
    return client.get(f"/articles/{quote(id, safe='')}", params=query, headers=HTML)


@pytest.mark.parametrize(("number", "payload"), NUMBERED)
def test_an_articles_page_holds_what_the_template_holds(
    client: httpx.Client, number: int, payload: str
) -> None:
    id = str(article_of(number, payload)["id"])
    for query in (
        {},
        {"start": "0", "end": "30"},
        {"revision": payload},
        {"since": payload},
        {"start": payload, "end": payload},
    ):
        shown, plain = page_of(client, id, **query), page_of(client, "plain", **query)
        assert shown.status_code == plain.status_code < 500
        assert not elements(shown.text).keys() - elements(plain.text).keys(), query
        assert not wrong_addresses(shown.text)
        assert (
            "evil.example" not in "".join(value for _, value in addresses(shown.text))
            or "evil" in payload + URLS[number % len(URLS)]
        )


@pytest.mark.parametrize("number", range(len(URLS)))
def test_an_articles_own_address_is_a_link_of_the_web_or_none(client: httpx.Client, number: int) -> None:
    shown, plain = page_of(client, f"url-{number}"), page_of(client, "urls-plain")
    assert shown.status_code == 200
    assert not elements(shown.text) - elements(plain.text)
    assert not wrong_addresses(shown.text)


@pytest.mark.parametrize(("number", "payload"), NUMBERED[::3])
def test_answers_are_data_and_their_marks_are_ours(client: httpx.Client, number: int, payload: str) -> None:
    asked: dict[str, object] = {
        "question": f"Who steered the ferry {payload}?",
        "history": [{"role": "user", "content": payload}],
    }
    bodies: list[tuple[str, dict[str, object], dict[str, str]]] = [
        ("/api/ask", asked, {}),
        ("/api/search", {"query": payload or "ferry"}, {}),
        ("/api/ask", asked | {"source": payload}, {}),
        ("/api/ask", asked | {"after": payload}, {}),
        ("/api/ask", asked | {"as_of": payload}, {}),
        ("/api/ask", {payload: payload, "question": {payload: 1}}, {}),
        ("/api/feedback", {"verdict": payload, "question": payload}, {}),
        ("/api/answers", {"answers": [{"question": payload}], "lang": payload, "marks": [payload]}, {}),
        ("/api/answers", {"answers": [{"question": payload, "seal": payload}]}, {}),
        ("/api/share", {"question": payload, "seal": payload}, {}),
    ]
    for route, body, headers in bodies:
        reply = client.post(route, json=body, headers={**headers, "Accept": "text/html, */*"})
        assert reply.status_code < 500 and is_inert(reply), (route, body)
    del number


@pytest.mark.parametrize(("number", "payload"), NUMBERED[1::3])
def test_the_marks_in_an_answers_markdown_are_ours(client: httpx.Client, number: int, payload: str) -> None:
    answer = client.post("/api/ask", json={"question": f"Who steered the ferry {payload}?"}).json()
    if "answer" not in answer:
        assert answer["error"]["message"]
        return
    assert not re.search(r"(?<!\\)<[a-zA-Z/!?]", answer["answer"]), answer["answer"]
    assert not re.search(r"(?<!\\)\]\(", answer["answer"]), answer["answer"]
    del number


@pytest.mark.parametrize(("number", "payload"), NUMBERED[::4])
def test_what_the_chat_page_shows_holds_what_its_template_holds(
    target: Target, source: str, number: int, payload: str
) -> None:
    question = "How many people stood on the pier {} and waved?"
    with target.client(source) as client:
        shown = Tab(client).ask(question.format(payload))
        plain = Tab(client).ask(question.format(PLAIN))
    allowed = {pair for html in plain for pair in elements(html)} | {
        ("a", name) for name in ("", "href", "class", "target", "rel", "id")
    }
    allowed |= {
        (tag, name)
        for tag in (
            "details",
            "summary",
            "ul",
            "li",
            "ol",
            "cite",
            "span",
            "p",
            "q",
            "blockquote",
            "button",
            "mark",
            "i",
        )
        for name in ("", "class", "dir", "id", "type", "hidden")
    }
    for html in shown:
        assert not {pair for pair in elements(html) if pair not in allowed}
        assert not wrong_addresses(html)
    del number


@pytest.mark.parametrize(("number", "payload"), NUMBERED[::4])
def test_a_shared_answers_page_holds_what_its_template_holds(
    target: Target, number: int, payload: str
) -> None:
    shown: list[str] = []
    for asked in (payload, PLAIN):
        with target.client(fresh_address()) as client:
            body = {"question": f"How many people stood on the pier {asked} and waved?"}
            told = client.post("/api/share", json=client.post("/api/ask", json=body).json())
            assert told.status_code == 201, told.text
            path = f"/shared/{told.json()['id']}"
            shown.append(client.get(path, headers=HTML).text)
            saved = client.get(path, params={"as": "markdown"})
            assert is_inert(saved) and not re.search(r"(?<!\\)<[a-gi-zA-Z!?]", saved.text)
            assert is_inert(client.get(path, headers={"Accept": "application/json"}))
    more = elements(shown[0]).keys() - elements(shown[1]).keys()
    assert not [(tag, name) for tag, name in more if tag not in TAGS or name not in ATTRIBUTES]
    assert not wrong_addresses(shown[0])
    del number


TAGS = set(
    "a b button details div h3 i li mark ol p q s span summary sup table tbody td th thead tr ul".split()
)
ATTRIBUTES = {"", "class", "data-as", "data-status", "dir", "hidden", "href", "id", "rel", "role", "scope"}
ATTRIBUTES |= {"aria-hidden", "aria-label", "aria-pressed", "target", "title", "type"}
"""What a fragment may hold that the one of another question does not."""


@pytest.mark.parametrize(
    "address",
    [
        "/shared/{}",
        "/shared/{}?lang={}&as={}",
        "/?q={}",
        "/?__theme={}",
        "/?view={}",
        "/?deep_link={}",
        "/?{}={}",
        "/embed?title={}",
        "/embed?accent={}&paper={}",
        "/embed?greeting={}&lang={}&theme={}",
        "/embed?source={}&after={}&before={}",
        "/embed?about={}",
        "/embed/questions?about={}",
        "/embed?{}",
        "/add?{}",
        "/nothing/{}",
        "/static/{}",
        "/articles/{}",
        "/{}",
        "/articles/plain?revision={}",
        "/articles/plain?since={}",
        "/articles/plain?start={}&end={}",
        "/gradio_api/{}",
        "/gradio_api/file={}",
        "/v1/{}",
        "/api/{}",
        "/api/articles/{}",
        "/embed/theme.css?accent={}&paper={}",
        "/static/base.css?v={}",
        "/widget.js?{}",
        "/widget-panel.js?{}",
    ],
)
def test_an_address_is_not_part_of_the_page(client: httpx.Client, address: str) -> None:
    plain = client.get(address.replace("{}", "harmless"), headers=HTML)
    for payload in (*MARKUP, *URLS):
        reply = client.get(address.replace("{}", quote(payload, safe="")), headers=HTML)
        assert reply.status_code < 500, payload
        kind = reply.headers.get("content-type", "")
        assert (
            reply.headers.get("x-content-type-options") == "nosniff"
            and "content-security-policy" in reply.headers
        )
        if kind.startswith("text/html"):
            assert not elements(reply.text) - elements(plain.text), payload
            assert not wrong_addresses(reply.text), payload
        else:
            assert is_inert(reply) or "'self'" in reply.headers["content-security-policy"]


def test_headers_and_methods_are_not_part_of_a_page(client: httpx.Client) -> None:
    for payload in MARKUP:
        plain_ascii = payload.encode("ascii", "ignore").decode()
        headers = {
            name: plain_ascii
            for name in ("Referer", "User-Agent", "Accept-Language", "Cookie", "X-Forwarded-For")
        }
        for route in ("/", "/embed", "/nothing", "/articles/unknown"):
            reply = client.get(route, headers=headers | HTML)
            assert "alert(" not in reply.text, route
        assert "alert(" not in client.request("BREW", "/nothing", headers=headers | HTML).text


def test_uploads_are_data_whatever_their_names_and_fields(admin: httpx.Client) -> None:
    text = "The mayor {} opened the bridge on Sunday, the council said."
    files: list[tuple[str, tuple[str, str]]] = []
    for number, payload in NUMBERED:
        quoted, named = json.dumps(payload), payload.replace("/", "").replace("\\", "")
        front = f"---\ntitle: {quoted}\nsource: {quoted}\n---\n"
        page = f"<html><head><title>{payload}</title></head><body><article><p>{text.format(payload)}</p>"
        files.append(("files", (f"{number} {named}.md", front + text.format(payload))))
        files.append(("files", (f"{number}.html", page)))
        files.append(("files", (f"{number} {named}.exe", "MZ")))
    reply = admin.post("/api/articles", files=files)
    assert reply.status_code == 200 and is_inert(reply), reply.text
    for payload in MARKUP[::5]:
        named_so = {"title": payload, "source": payload, "published_at": payload}
        reply = admin.post("/api/articles", data={"text": text.format(payload), **named_so})
        assert reply.status_code < 500 and is_inert(reply)


def test_an_uploaded_articles_page_holds_what_the_template_holds(
    admin: httpx.Client, client: httpx.Client
) -> None:
    payload = "<img src=x onerror=alert(1)>"
    article = {
        "id": f"sent/{payload}",
        "title": payload,
        "source": payload,
        "url": "javascript:alert(1)",
        "text": f"A mayor {payload} spoke.",
    }
    assert admin.post("/api/articles", json=article).json()["added"] == 1
    shown = page_of(client, f"sent/{payload}")
    assert shown.status_code == 200 and payload not in shown.text
    assert not [pair for pair in elements(shown.text) if pair[0] == "img" or pair[1].startswith("on")]
    assert not wrong_addresses(shown.text)
