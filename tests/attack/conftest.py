"""The server under attack, and what each attack leaves behind: a server that answers and has not grown."""

import itertools
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.attack.payloads import MARKUP, PLAIN, URLS, article, article_of
from tests.attack.target import (
    MEBIBYTE,
    TOKEN,
    Target,
    build_store,
    copy_store,
    eventually,
    serving,
    write_articles,
)
from tests.conftest import build_once

MOST_GROWTH = 300 * MEBIBYTE
"""What one attack may leave in memory, and half of what all may: models keep what the largest texts took."""
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip where other addresses of loopback or /proc are missing."""
    if sys.platform == "linux":
        return
    for item in items:
        if "attack" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="needs Linux: the addresses 127.0.0.0/8, and /proc"))


@pytest.fixture(scope="session")
def hostile_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `store` whose articles hold a payload in every field; read it, or copy it."""

    def build(folder: Path) -> None:
        articles = [article_of(n, payload, URLS[n % len(URLS)]) for n, payload in enumerate(MARKUP)]
        articles += [article("plain", PLAIN), article("urls-plain", PLAIN)]
        articles += [article(f"url-{n}", PLAIN, url) for n, url in enumerate(URLS)]
        build_store(folder / "store", [write_articles(folder / "feed.jsonl", articles)])

    return build_once(tmp_path_factory, "hostile", build)


@pytest.fixture(scope="session")
def running(hostile_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Target, int]]:
    """One server for most attacks, and the bytes of memory that it had when its models were warm."""
    folder = copy_store(hostile_store / "store", tmp_path_factory.mktemp("attacked"))
    with serving(folder) as target, target.client() as client:
        for _ in range(2):
            assert client.post("/api/ask", json={"question": "Who steered the ferry?"}).status_code == 200
        client.get("/")
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        warm = {
            "id": "warm",
            "text": "The mayor of the harbour opened the bridge on Sunday, she said. " * 1_000,
        }
        assert client.post("/api/articles", json=warm, headers=bearer).json()["added"] == 1
        yield target, target.resident()


@pytest.fixture
def target(running: tuple[Target, int]) -> Iterator[Target]:
    """The server; after each attack it still answers and its memory is within bounds."""
    target, at_start = running
    most = min(target.resident() + MOST_GROWTH, at_start + 2 * MOST_GROWTH)
    yield target
    assert target.process.poll() is None, target.log()[-4_000:]
    assert target.is_up(fresh_address())
    assert eventually(lambda: target.resident() < most, 60), target.resident() >> 20


def fresh_address() -> str:
    """An address of loopback that nobody has used, so that no visitor pays for another one."""
    number = next(_numbers)
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


@pytest.fixture
def source() -> str:
    """The address that this test asks from."""
    return fresh_address()


@pytest.fixture
def client(target: Target, source: str) -> Iterator[httpx.Client]:
    """A client with an address of its own."""
    with target.client(source) as client:
        yield client


@pytest.fixture
def admin(target: Target) -> Iterator[httpx.Client]:
    """A client with the admin token."""
    with target.client(fresh_address(), headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client


@pytest.fixture
def listening() -> Iterator[tuple[socket.socket, int]]:
    """A socket that takes connections on a port of loopback, and the port: who connects is found out."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server, server.getsockname()[1]
