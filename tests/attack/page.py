"""The chat page as a program uses it: Gradio's queue, joined with a question, read to its end."""

import html
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

JOIN, READ = "/gradio_api/queue/join", "/gradio_api/queue/data"


@dataclass
class Tab:
    """One tab of the page: its session, and the numbers of the page's events."""

    client: httpx.Client
    session: str = field(default_factory=lambda: secrets.token_hex(6))

    def event(self) -> int:
        """The number of the event that asks: it alone has an input and an output."""
        events = self.client.get("/config").json()["dependencies"]
        return next(int(one["id"]) for one in events if one["inputs"] and one["outputs"])

    def join(self, question: str, **more: Any) -> httpx.Response:
        """Put a question into the queue."""
        body = {
            "data": [json.dumps({"mark": "m1", "question": question})],
            "fn_index": self.event(),
            "session_hash": self.session,
        }
        return self.client.post(JOIN, json=body | more)

    def ask(self, question: str) -> list[str]:
        """The answer's HTML as the page is given it, as often as Gradio sends it whole."""
        joined = self.join(question)
        assert joined.status_code == 200, joined.text
        shown: list[str] = []
        with self.client.stream("GET", READ, params={"session_hash": self.session}) as events:
            for line in events.iter_lines():
                if line.startswith("data:"):
                    message = json.loads(line[5:])
                    whole = [text for text in texts(message.get("output")) if text.startswith("<div>{")]
                    shown += [html_in(text) for text in whole]
                    if message["msg"] in ("process_completed", "close_stream"):
                        break
        assert shown
        return shown


def html_in(carried: str) -> str:
    """The HTML in what the page's hidden block carries, which is JSON."""
    return str(json.loads(html.unescape(carried.removeprefix("<div>").removesuffix("</div>")))["html"])


def texts(value: object) -> list[str]:
    """Every string inside a JSON value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in texts(one)]
