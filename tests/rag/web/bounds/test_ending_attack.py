"""A server process that is told to end while many people ask, by every way of asking."""

import json
import os
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.rag.web.bounds.test_connections_attack import victim
from tests.rag.web.conftest import ANSWERED

pytestmark = pytest.mark.attack

ASKED = {"question": ANSWERED}
EVENTS = {"Accept": "text/event-stream"}


def test_a_server_that_ends_answers_everybody_or_says_that_it_stops(word_store: Path) -> None:
    ended = threading.Event()
    told: Counter[str] = Counter()

    def ask(url: str, headers: dict[str, str]) -> None:
        with httpx.Client(trust_env=False, timeout=60) as client:
            while not ended.is_set():
                try:
                    response = client.post(f"{url}/api/ask", json=ASKED, headers=headers)
                except httpx.ConnectError:
                    return  # It is gone.
                except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
                    told["closed before it was read"] += 1
                    return
                told[outcome(response)] += 1
                if response.status_code == 503:
                    return

    with victim(word_store, ends=True) as server, ThreadPoolExecutor(40) as pool:
        url = f"http://127.0.0.1:{server.port}"
        asking = [pool.submit(ask, url, EVENTS if n % 2 else {}) for n in range(40)]
        threading.Event().wait(3)
        os.kill(server.pid, signal.SIGTERM)
        threading.Event().wait(6)
        ended.set()
        for one in asking:
            one.result()
    print(told)
    assert set(told) <= {"answered", "503 stopping", "error event stopping", "closed before it was read"}
    assert told["answered"] and told["503 stopping"] + told["error event stopping"]
    assert (
        told["closed before it was read"] <= told.total() // 20
    )  # A request that crosses the end of an idle connection.


def outcome(response: httpx.Response) -> str:
    """What a client was told: an answer, or an error that says why there is none."""
    if "event-stream" in response.headers["content-type"]:
        event, data = response.text.strip().split("\n\n")[-1].split("\n")[-2:]
        if event == "event: done":
            return "answered"
        return f"error event {json.loads(data.removeprefix('data: '))['error']['code']}"
    if response.status_code == 200:
        return "answered"
    return f"{response.status_code} {response.json()['error']['code']}"
