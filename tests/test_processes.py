"""What only a process of its own can show: cold starts, pipes, interrupts, terminals."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_app import ARTICLES

HEAVY = (
    "chromadb",
    "trafilatura",
    "nltk",
    "llama_index",
    "gradio",
    "openai",
    "tiktoken",
    "httpx",
    "pydantic",
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two articles."""
    folder = tmp_path_factory.mktemp("processes")
    (folder / "news").mkdir()
    for name, text in ARTICLES.items():
        (folder / "news" / name).write_text(text)
    done = onrecord("index", str(folder / "news"), "--store", str(folder / "store"))
    assert done.returncode == 0, done.stderr
    return folder / "store"


def onrecord(*words: str, cwd: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the installed command to its end."""
    command = [str(Path(sys.executable).with_name("onrecord")), *words]
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=120)


def imported_by(*words: str) -> set[str]:
    """The top-level packages that a command has imported when it ends."""
    script = "import sys, app; app.main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stderr.split()}


def test_asking_imports_nothing_heavy_that_it_does_not_use(asked: Path) -> None:
    imported = imported_by("ask", "How many people were treated for cuts?", "--store", str(asked), "--json")
    assert not imported & set(HEAVY)
    assert {"onnxruntime", "numpy"} <= imported


def test_listing_articles_loads_no_model(asked: Path) -> None:
    assert not imported_by("articles", "list", "--store", str(asked)) & {*HEAVY, "onnxruntime", "tokenizers"}


def test_help_loads_next_to_nothing() -> None:
    script = (
        "import sys, app\ntry: app.main(['--help'])\nexcept SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    imported = {name.split(".")[0] for name in done.stderr.split()}
    assert not imported & {*HEAVY, "onnxruntime", "tokenizers", "numpy", "sqlite3", "platformdirs", "dotenv"}


def test_a_reader_that_goes_away_is_no_error(asked: Path) -> None:
    command = f"{sys.executable} -m app articles list --store {asked} | head -c 0; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stderr == "" and done.stdout.strip() in ("0", "141")


def test_a_batch_is_answered_line_by_line(asked: Path) -> None:
    command = [sys.executable, "-m", "app", "search", "-", "--store", str(asked), "--json"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as batch:
        assert batch.stdin is not None and batch.stdout is not None
        for n in range(2):
            print(json.dumps({"id": n, "query": "earthquake"}), file=batch.stdin, flush=True)
            assert json.loads(batch.stdout.readline())["id"] == n
        batch.stdin.close()
        assert batch.wait(timeout=30) == 0


def test_an_interrupt_is_one_line_and_130(asked: Path) -> None:
    command = [sys.executable, "-m", "app", "search", "-", "--store", str(asked), "--json"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as batch:  # type: ignore[call-overload]
        print('{"query": "earthquake"}', file=batch.stdin, flush=True)
        batch.stdout.readline()
        batch.send_signal(signal.SIGINT)
        _, said = batch.communicate(timeout=30)
    assert (batch.returncode, said) == (130, "onrecord: stopped\n")


def test_an_interrupted_indexing_says_what_stands_and_goes_on(tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    text = "The council met on Monday to discuss item {n} of the harbour plan. Nobody objected to it. "
    lines = [json.dumps({"id": str(n), "text": text.format(n=n) * 8}) for n in range(400)]
    feed.write_text("\n".join(lines))
    command = [sys.executable, "-m", "app", "index", str(feed), "--store", str(tmp_path / "store")]
    master, slave = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=slave) as run:
        os.close(slave)
        shown = b""
        while not re.search(rb"[1-9]\d* passages", shown):
            shown += os.read(master, 4096)
        run.send_signal(signal.SIGINT)
        rest = read_all(master)
        assert run.wait(timeout=60) == 130
    assert b"\r\x1b[KIndexing: " in shown
    assert "the same command goes on from there" in rest
    stored = json.loads(onrecord("articles", "list", "--store", str(tmp_path / "store"), "--json").stdout)[
        "articles"
    ]
    assert 0 < len(stored) < 400


def read_all(terminal: int) -> str:
    """What a terminal shows until nobody writes to it."""
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # how Linux says that the other side is closed
        pass
    finally:
        os.close(terminal)
    return shown.decode()


def test_an_answer_has_colour_on_a_terminal_only(asked: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "app",
        "ask",
        "How many people were treated for cuts?",
        "--store",
        str(asked),
    ]
    shown = {}
    for no_colour in ("", "1"):
        master, slave = pty.openpty()
        with subprocess.Popen(
            command, stdout=slave, env=os.environ | {"TERM": "xterm", "NO_COLOR": no_colour}
        ) as run:
            os.close(slave)
            shown[no_colour] = read_all(master)
            assert run.wait(timeout=60) == 0
    assert "\x1b[1m" in shown[""] and "\x1b" not in shown["1"]


@dataclass(frozen=True)
class Visit:
    """A tour without a terminal: in which folder it was taken, by whom, and how it ended."""

    folder: Path
    home: Path
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Visit:
    folder, home = tmp_path_factory.mktemp("tour"), tmp_path_factory.mktemp("home")
    command = [sys.executable, str(ROOT / "app.py")]
    environment = os.environ | {"HOME": str(home), "XDG_DATA_HOME": "", "XDG_CACHE_HOME": ""}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    done = subprocess.run(command, cwd=folder, env=environment, input="", capture_output=True, text=True)
    return Visit(folder, home, done)


def test_the_tour_ends_after_its_examples_without_a_terminal(visit: Visit) -> None:
    assert (visit.done.returncode, visit.done.stderr) == (0, "")
    said = visit.done.stdout
    assert said.count("\n> ") == 4 and "Sources" in said and "Nearest" in said
    assert [path.name for path in visit.folder.iterdir()] == [".samples-store"]
    assert not any(visit.home.iterdir())


def test_the_tour_takes_questions_that_follow_each_other(visit: Visit) -> None:
    command = [sys.executable, str(ROOT / "app.py")]
    master, slave = pty.openpty()
    os.write(master, b"Who is Russia's envoy for Syria?\nWhere was he?\n\n")
    with subprocess.Popen(command, cwd=visit.folder, stdin=slave, stdout=slave, stderr=slave) as tour:
        os.close(slave)
        shown = read_all(master)
        assert tour.wait(timeout=120) == 0
    assert "an empty line ends" in shown
    assert "Lavrentyev" in shown.rsplit("Where was he?", 1)[1]
