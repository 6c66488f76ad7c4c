"""What open tabs may make the server keep, and which of Gradio's addresses are open."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from gradio.blocks import Blocks
from starlette.routing import BaseRoute, Mount

from rag.web.archive import LiveArchive
from rag.web.bounds.guard import LARGEST_TO_PAGE
from rag.web.page import tabs as bounds
from rag.web.page.chat import Page
from rag.web.page.tabs import JOIN, PAGE, READ, PageGate, Tab, Tabs
from rag.web.settings import WebSettings
from tests.rag.web.conftest import app_over

QUESTION = json.dumps({"mark": "m1", "question": "Who steered?"})
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


@pytest.fixture(scope="module")
def app(word_store: Path) -> FastAPI:
    """An application with the page that serves no queue: events are kept and never answered."""
    return app_over(word_store, WebSettings(), page=True)


def gate_of(app: FastAPI) -> PageGate:
    mounted = next(route for route in app.routes if isinstance(route, Mount) and route.path == "")
    assert isinstance(mounted.app, PageGate)
    return mounted.app


@pytest.fixture
def gate(app: FastAPI) -> Iterator[PageGate]:
    """The gate of that page, with nothing kept."""
    gate = gate_of(app)
    yield gate
    queue = gate._blocks._queue
    queue.event_ids_to_events.clear()
    queue.pending_event_ids_session.clear()
    queue.pending_messages_per_session.clear()
    for one in queue.event_queue_per_concurrency_id.values():
        one.queue.clear()
    gate._visitors.clear()


def number_of(gate: PageGate, name: str) -> int:
    """The number by which Gradio calls a function of the page."""
    return next(n for n, fn in gate._blocks.fns.items() if getattr(fn.fn, "__name__", "") == name)


def event(gate: PageGate, name: str = "ask", **changed: Any) -> dict[str, Any]:
    """An event as the page sends it."""
    values: dict[str, list[Any]] = {"ask": [QUESTION], "refresh": []}
    return {
        "data": values[name],
        "event_data": None,
        "fn_index": number_of(gate, name),
        "trigger_id": 9,
        "session_hash": "abc123",
    } | changed


def requests(app: FastAPI, *made: tuple[str, str, Any], address: str = "192.0.2.1") -> list[httpx.Response]:
    """The answers to requests from one address: method, path, and JSON or bytes."""

    async def send() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, client=(address, 4000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            told = []
            for method, path, content in made:
                body = {"content": content} if isinstance(content, bytes) else {"json": content}
                told.append(await client.request(method, path, **(body if content is not None else {})))
            return told

    return asyncio.run(send())


def routes_of(routes: list[BaseRoute]) -> Iterator[tuple[str, set[str]]]:
    """The address and methods of every route, in routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner.routes)
        else:
            yield getattr(route, "path", ""), set(getattr(route, "methods", None) or {"GET"})


def test_every_address_of_gradio_that_the_page_does_not_use_is_closed(app: FastAPI, gate: PageGate) -> None:
    gradio: Any = gate._app
    every = {
        (method, re.sub(r"\{[^}]*\}", "x", path))
        for path, methods in routes_of(gradio.router.routes)
        for method in methods
    }
    paths = {path for _, path in every}
    for name in (
        "deep_link",
        "call/x",
        "run/x",
        "info",
        "upload",
        "file=x",
        "component_server",
        "api/x",
        "cancel",
        "reset",
    ):
        assert f"/gradio_api/{name}" in paths, "this test no longer sees all of Gradio's routes"
    assert {"/monitoring", "/login", "/manifest.json", "/openapi.json"} <= paths
    closed = sorted(one for one in every if not PAGE.fullmatch(one[1]))
    assert len(closed) > 40
    told = requests(app, *((method, path, None) for method, path in closed))
    answers = {one: answer.status_code for one, answer in zip(closed, told, strict=True)}
    assert set(answers.values()) <= {404, 405, 415}, answers


def test_no_part_of_the_page_tells_an_address_in_memory(app: FastAPI, gate: PageGate) -> None:
    event_of_nobody = event(gate, fn_index=99)
    told = requests(
        app,
        ("GET", "/", None),
        ("GET", "/config", None),
        ("POST", JOIN, {}),
        ("POST", JOIN, event_of_nobody),
        ("POST", JOIN, event(gate, data=[[1]])),
        ("GET", "/gradio_api/queue/data", None),
    )
    assert [one.status_code for one in told] == [200, 200, 422, 422, 422, 422]
    for one in told:
        assert not ADDRESS.search(one.text)
    assert all("detail" not in one.json() for one in told[2:])


def test_a_tab_that_is_not_known_is_told_and_leaves_no_traceback(app: FastAPI, gate: PageGate) -> None:
    (told,) = requests(app, ("GET", f"{READ}?session_hash=nobody", None))
    assert told.status_code == 200 and '"session_not_found":true' in told.text


def test_the_page_lives_where_it_was_asked_for(app: FastAPI) -> None:
    async def get(path: str) -> str:
        headers = {"X-Forwarded-Host": "strange.example", "X-Gradio-Server": "http://strange.example"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return (await client.get(path, headers=headers)).text

    for path in ("/", "/config"):
        assert "strange.example" not in asyncio.run(get(path))


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"session_hash": "x" * 65}, 422),
        ({"session_hash": "../x"}, 422),
        ({"session_hash": None}, 422),
        ({"fn_index": 99}, 422),
        ({"fn_index": True}, 422),
        ({"data": []}, 422),
        ({"data": [None] * 2}, 422),
        ({"data": ["x" * 16_385]}, 422),
        ({"data": [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}]}, 422),
        ({"data": [["x"]]}, 422),
        ({"data": [1]}, 422),
        ({"event_data": {"x": "y"}}, 422),
        ({"more": "x" * LARGEST_TO_PAGE}, 413),
        ({"data": ["x" * 16_000]}, 200),
    ],
)
def test_an_event_is_looked_at_before_anything_of_it_is_kept(
    app: FastAPI, gate: PageGate, changed: dict[str, Any], status: int
) -> None:
    told = requests(app, ("POST", JOIN, event(gate, **changed)))[0]
    assert told.status_code == status, told.text
    queue = gate._blocks._queue
    assert len(queue.event_ids_to_events) == (status == 200)
    assert len(queue.pending_messages_per_session) == (status == 200)


@pytest.mark.parametrize("content", [b"[" * 30_000, b"{", b"\xff", b"1"])
def test_an_event_that_is_no_json_object_is_refused(app: FastAPI, content: bytes) -> None:
    assert requests(app, ("POST", JOIN, content))[0].status_code in (400, 422)


def test_one_tab_has_few_events_at_work(app: FastAPI, gate: PageGate) -> None:
    many = [("POST", JOIN, event(gate)) for _ in range(bounds.MOST_AT_WORK + 2)]
    told = requests(app, *many, ("POST", JOIN, event(gate, session_hash="other")))
    assert [one.status_code for one in told] == [200] * bounds.MOST_AT_WORK + [429, 429, 200]
    assert told[-2].headers["retry-after"] and told[-2].json()["error"]["code"] == "busy"


def test_a_tab_that_does_not_read_its_messages_may_not_ask_on(app: FastAPI, gate: PageGate) -> None:
    first = requests(app, ("POST", JOIN, event(gate)))[0]
    assert first.status_code == 200
    queue = gate._blocks._queue
    for _ in range(bounds.MOST_UNREAD):
        queue.pending_messages_per_session["abc123"].put_nowait(object())  # type: ignore[arg-type]
    assert requests(app, ("POST", JOIN, event(gate)))[0].status_code == 429


def test_of_too_many_unread_messages_the_greediest_visitor_loses_the_oldest(
    app: FastAPI, gate: PageGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_UNREAD_OF_ALL", 100)
    queue = gate._blocks._queue
    for address, session in [("192.0.2.9", "honest"), *(("192.0.2.1", f"greedy{n}") for n in range(4))]:
        requests(app, ("POST", JOIN, event(gate, session_hash=session)), address=address)
        for _ in range(30):
            queue.pending_messages_per_session[session].put_nowait(object())  # type: ignore[arg-type]
    requests(app, ("POST", JOIN, event(gate, session_hash="new")), address="192.0.2.8")
    assert {*queue.pending_messages_per_session} == {"honest", "greedy2", "greedy3", "new"}
    gone = [one for one in queue.event_ids_to_events.values() if one.session_hash in ("greedy0", "greedy1")]
    assert len(gone) == 2 and not any(one.alive for one in gone)


def test_of_too_many_tabs_the_visitor_with_the_most_loses_the_oldest(
    app: FastAPI, gate: PageGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_SESSIONS", 5)
    honest = ("POST", JOIN, event(gate, session_hash="honest"))
    requests(app, honest, address="192.0.2.9")
    requests(app, *(("POST", JOIN, event(gate, session_hash=f"greedy{n}")) for n in range(8)))
    kept = {"honest", *(f"greedy{n}" for n in range(4, 8))}
    queue = gate._blocks._queue
    assert set(queue.pending_event_ids_session) == kept
    assert {one for one in queue.pending_messages_per_session} == kept


@pytest.fixture(scope="module")
def blocks() -> Blocks:
    """The page's components, which Gradio makes inside an event loop."""

    async def make() -> Blocks:
        return Page(LiveArchive(lambda: None, settings=WebSettings()), WebSettings()).blocks()

    return asyncio.run(make())


def test_gradio_keeps_no_copy_of_what_a_tab_shows(blocks: Blocks) -> None:
    tab = Tab(blocks)
    shown = next(number for number, one in blocks.blocks.items() if getattr(one, "elem_id", "") == "carrier")
    tab._update_value_in_config(shown, "words of an article")
    tab[shown] = blocks.blocks[shown]
    tab._update_config(shown)
    assert not list(tab.components) and "words of an article" not in json.dumps(tab.config_values)


def holder(blocks: Blocks) -> Tabs:
    made = Tabs()  # type: ignore[no-untyped-call]
    made.set_blocks(blocks)
    return made


def test_gradios_state_of_the_latest_tabs_is_kept(blocks: Blocks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_TABS", 3)
    tabs = holder(blocks)
    for name in ("one", "two", "three", "one", "four"):
        tabs[name]
    assert list(tabs.session_data) == ["three", "one", "four"]
