"""What the server keeps of open tabs, and what their requests may hold: bounded, and fair by visitor.

Gradio keeps a copy of the page for each session that a client names, and every message until its stream reads
it. Here a session has a bounded name, few events at work and nothing of its own that would be missed.
"""

import json
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

from gradio.blocks import Blocks
from gradio.routes import App
from gradio.state_holder import SessionState, StateHolder
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.bounds.visitors import visitor_of
from rag.web.errors import NOT_JSON, NOTHING_HERE, RETRY_AFTER, Refusal

MOST_TABS = 500
"""Tabs of which Gradio's own state is kept; it can be made anew at any time."""
MOST_SESSIONS = 1_000
"""Tabs that may have messages which they have not read yet."""
MOST_AT_WORK = 8
"""Events of one tab that may be under way together; the page itself never has more than four."""
MOST_UNREAD = 64
"""Messages that wait for one tab; one that has more must read them before it asks again."""
MOST_UNREAD_OF_ALL = 4_096
"""Messages that wait for all tabs together; most have a few thousand characters."""
LONGEST_VALUE = 16_384
"""Characters of one value that a tab sends."""
PAGE = re.compile(
    r"/|/config|/theme\.css|/favicon\.ico|/robots\.txt|/(?:assets|static|svelte)/.*"
    r"|/gradio_api/(?:queue/join|queue/data|startup-events|heartbeat/[A-Za-z0-9_-]{1,64})"
)
"""The addresses of Gradio's that our page uses; every other one is closed."""
JOIN, READ = "/gradio_api/queue/join", "/gradio_api/queue/data"
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Tab(SessionState):
    """Gradio's state of one session, without the copy of every shown value that it keeps for deep links."""

    def __init__(self, blocks: Blocks) -> None:
        # Not Gradio's own, which writes out the configuration of every component.
        self.blocks_config = copy(blocks.default_config)
        self.config_values = {}
        self.state_data = {}
        self._state_ttl = {}
        self.is_closed = False
        self.STATE_TTL_WHEN_CLOSED = 3600

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        """Keep nothing."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Keep nothing."""


class Tabs(StateHolder):
    """States of sessions, in the order of their last use; the ones used longest ago are dropped."""

    def __getitem__(self, session_id: str) -> SessionState:
        with self.lock:
            tab = self.session_data.get(session_id)
            if not isinstance(tab, Tab):
                tab = self.session_data[session_id] = Tab(self.blocks)
            self.session_data.move_to_end(session_id)
            while len(self.session_data) > MOST_TABS:
                self.session_data.popitem(last=False)
            return tab


class PageGate:
    """ASGI app before Gradio's: closes the addresses that the page does not use, and checks what a tab sends.

    An event is looked at before Gradio keeps anything of it: its size, its session's name, its values, and
    how much of the session is under way or unread.
    """

    def __init__(self, gradio: App) -> None:
        self._app: ASGIApp = gradio
        self._blocks = gradio.get_blocks()
        self._inputs = {
            number: len(fn.inputs)
            for number, fn in self._blocks.fns.items()
            if fn.fn is not None and not any(event == "unload" for _, event in fn.targets)
        }
        self._visitors: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request of our page on; raise Refusal for any other."""
        if scope["type"] == "http":
            if not PAGE.fullmatch(scope["path"]):
                raise Refusal(404, NOTHING_HERE)
            if scope["path"] == JOIN and scope["method"] == "POST":
                body = await _whole(receive)
                self._admit(_session_of(body, self._inputs), visitor_of(scope))
                receive = _again(body, receive)
        try:
            await self._app(scope, receive, send)
        except RuntimeError as error:
            # Gradio has told a tab that it does not know it, and raises in the middle of the stream.
            if scope["path"] != READ or not isinstance(error.__cause__, HTTPException):
                raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _admit(self, session: str, visitor: str) -> None:
        """Raise Refusal (429) while a tab has as much at work or unread as it may."""
        events = list(self._blocks._queue.event_ids_to_events.values())
        at_work = sum(event.session_hash == session for event in events)
        if at_work >= MOST_AT_WORK or self._unread(session) >= MOST_UNREAD:
            says = "This page has too much under way; try again in a moment."
            raise Refusal(429, says, code="busy", headers=RETRY_AFTER)
        self._visitors.pop(session, None)
        self._visitors[session] = visitor
        self._forget_excess()

    def _unread(self, session: str) -> int:
        messages = self._blocks._queue.pending_messages_per_session.get(session)
        return messages.qsize() if messages else 0

    def _forget_excess(self) -> None:
        """Drop what too many tabs have not read; the visitor with the most loses that of the oldest tab."""
        held = {session: (visitor, self._unread(session)) for session, visitor in self._visitors.items()}
        for session in _excess(held, MOST_SESSIONS, MOST_UNREAD_OF_ALL):
            self._forget(session)

    def _forget(self, session: str) -> None:
        del self._visitors[session]
        queue = self._blocks._queue
        for event in queue.event_ids_to_events.values():
            if event.session_hash == session:
                event.alive = False  # Gradio sends it no further message.
        queue.pending_messages_per_session.pop(session, None)
        queue.pending_event_ids_session.pop(session, None)


def bound_tabs(gradio: App) -> PageGate:
    """Gradio's app with bounded tabs, behind its gate."""
    tabs = Tabs()  # type: ignore[no-untyped-call]
    tabs.set_blocks(gradio.get_blocks())
    gradio.state_holder = tabs
    return PageGate(gradio)


def _excess(held: dict[str, tuple[str, int]], most: int, most_weight: int) -> list[str]:
    """The tabs to drop so that at most `most` are left, which hold no more than `most_weight` together.

    `held` has each tab's visitor and weight, the tab used least recently first. The visitor with the most
    loses the oldest tab.
    """
    left, gone = dict(held), list[str]()
    tabs, weights = Counter[str](), Counter[str]()
    for visitor, weight in left.values():
        tabs[visitor] += 1
        weights[visitor] += weight
    while len(left) > most or weights.total() > most_weight:
        greediest = (tabs if len(left) > most else weights).most_common(1)[0][0]
        name = next(name for name, (visitor, _) in left.items() if visitor == greediest)
        gone.append(name)
        tabs[greediest] -= 1
        weights[greediest] -= left.pop(name)[1]
    return gone


async def _whole(receive: Receive) -> bytes:
    """The body, which Admission bounds."""
    body = bytearray()
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body which was read, then what comes after it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> Message:
        return messages.pop() if messages else await receive()

    return given


def _session_of(body: bytes, inputs: Mapping[int, int]) -> str:
    """The session of an event of the page. Raises Refusal (422) when it is none of ours.

    `inputs` has the number of values for each function of the page.
    """
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, NOT_JSON, code="not_json") from error
    checks: dict[str, Callable[[Any], bool]] = {
        "session_hash": lambda it: isinstance(it, str) and _SESSION.fullmatch(it) is not None,
        "fn_index": lambda it: type(it) is int and it in inputs,
        "data": lambda it: (
            isinstance(it, list) and len(it) == inputs[event["fn_index"]] and all(map(_is_value, it))
        ),
        "trigger_id": lambda it: it is None or type(it) is int,
        "event_data": _is_value,
        "event_id": lambda it: it is None or (isinstance(it, str) and _SESSION.fullmatch(it) is not None),
    }
    if not isinstance(event, dict):
        raise Refusal(422, "The body must be a JSON object.", code="body")
    for name, is_right in checks.items():
        if not is_right(event.get(name)):
            raise Refusal(422, f"{name}: is not what this page sends.", param=name, code="event")
    return str(event["session_hash"])


def _is_value(value: object) -> bool:
    """Whether a hidden box of the page can hold it: words, or nothing."""
    return value is None or (isinstance(value, str) and len(value) <= LONGEST_VALUE)
