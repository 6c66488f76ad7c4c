"""The chat page as a program uses it: Gradio's queue, joined with a question, read to its end."""

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
        """The number of the event that asks: it alone has five inputs."""
        events = self.client.get("/config").json()["dependencies"]
        return next(int(one["id"]) for one in events if len(one["inputs"]) == 6)

    def join(self, question: str, **more: Any) -> httpx.Response:
        """Put a question into the queue."""
        body = {
            "data": [question, None, [], "", "", None],
            "fn_index": self.event(),
            "session_hash": self.session,
        }
        return self.client.post(JOIN, json=body | more)

    def ask(self, question: str) -> list[str]:
        """Every text that the page is given while it is answered."""
        joined = self.join(question)
        assert joined.status_code == 200, joined.text
        shown: list[str] = []
        with self.client.stream("GET", READ, params={"session_hash": self.session}) as events:
            for line in events.iter_lines():
                if line.startswith("data:"):
                    message = json.loads(line[5:])
                    shown += texts(message.get("output"))
                    if message["msg"] in ("process_completed", "close_stream"):
                        break
        return shown


def texts(value: object) -> list[str]:
    """Every string inside a JSON value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in texts(one)]
