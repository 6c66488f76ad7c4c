"""A server of the sample articles, in a process of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.target import Target, copy_store, serving


@pytest.fixture
def target(samples_folder: Path, tmp_path: Path) -> Iterator[Target]:
    """The server, whose models are warm."""
    if sys.platform != "linux":
        pytest.skip("needs Linux: the addresses 127.0.0.0/8, and /proc")
    with serving(copy_store(samples_folder, tmp_path / "served")) as target, target.client() as client:
        for question in ("Who is Russia's envoy for Syria?", "Which ship blocked the Suez Canal?"):
            assert client.post("/api/ask", json={"question": question}).status_code == 200
        client.get("/")
        yield target
