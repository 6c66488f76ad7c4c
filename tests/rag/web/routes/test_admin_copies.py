"""After a takedown no file outside the store has a word of the article either: a real server and its page."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ADMIN = "an admin token of ours"
WORDS = "Warden Ann Lee counted forty quokkas on Rottnest Island on Monday."


@contextmanager
def serving(root: Path, folder: Path) -> Iterator[httpx.Client]:
    """A client of a server whose user, temporary folder and store are all in this folder."""
    for name in ("home", "temporary"):
        (folder / name).mkdir()
    environment = os.environ | {"HOME": str(folder / "home"), "TMPDIR": str(folder / "temporary")}
    environment |= {"XDG_DATA_HOME": "", "XDG_CACHE_HOME": "", "ONRECORD_ADMIN_TOKEN": ADMIN}
    command = [sys.executable, str(root / "app.py"), "serve", "--store", str(folder / "store"), "--port", "0"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = re.search(r"at (http://\S+)", process.stdout.readline())
            assert found
            headers = {"Authorization": f"Bearer {ADMIN}"}
            with httpx.Client(base_url=found[1], timeout=300, headers=headers, trust_env=False) as client:
                yield client
        finally:
            process.terminate()
            process.wait(timeout=300)


def ask_on_the_page(client: httpx.Client, question: str) -> str:
    """What the page sends for a question; Gradio's own routes carry it."""
    events = client.get("/config").json()["dependencies"]
    [asks] = [one for one in events if one["inputs"] and one["outputs"]]
    sent = json.dumps({"mark": "m1", "question": question})
    body = {"data": [sent], "fn_index": asks["id"], "session_hash": "tab"}
    body |= {"trigger_id": asks["targets"][0][0], "event_data": None}
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "tab"}) as told:
        return "".join(told.iter_text())


@pytest.mark.attack
def test_no_file_of_the_machine_has_a_word_of_a_removed_article(root: Path, tmp_path: Path) -> None:
    article = {"id": "wardens", "title": "The count", "text": f"{WORDS} The count took nine days."}
    with serving(root, tmp_path) as client:
        files = {"file": ("count.json", json.dumps([article]), "application/json")}
        assert client.post("/api/articles", files=files).json()["added"] == 1
        answer = client.post("/api/ask", json={"question": "Who counted forty quokkas?"}).json()
        assert "quokkas" in answer["answer"]
        assert "quokkas" in ask_on_the_page(client, "Who counted forty quokkas?")
        marked = {"verdict": "up", "question": "Who counted?", "answer": answer["answer"]}
        assert client.post("/api/feedback", json=marked).status_code == 200
        assert "feedback.sqlite-wal" in holders(tmp_path) or "feedback.sqlite" in holders(tmp_path)
        assert client.delete("/api/articles/wardens").json()["removed"] == ["wardens"]
        assert holders(tmp_path) == []
        assert client.post("/api/feedback", json=marked).json()["error"]["code"] == "removed"
    assert holders(tmp_path) == []


def holders(folder: Path) -> list[str]:
    """The names of the files that have a word of the article."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if b"quokka" in path.read_bytes().lower())
