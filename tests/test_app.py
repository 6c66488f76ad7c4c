"""The commands as users and their scripts meet them: what is printed where, and the exit codes."""

import io
import json
import os
import pty
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app import main, open_archive
from corpus.errors import StoreMismatch
from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder
from index.store.lock import locked
from index.store.store import Store
from index.sync.run import sync
from rag.answer import Turn
from rag.feedback import Cited, Feedback, FeedbackStore
from rag.terminal.settings import Settings
from tests.embeddings import embeddings
from tests.fakes import WordOverlapEmbedding
from tests.scripted import ScriptedModel, error

OWNING = """
import sys
from pathlib import Path
from index.store.lock import locked

with locked(Path(sys.argv[1])):
    print("owned", flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON line of stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON lines of stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


Onrecord = Callable[..., Ran]
embedder, cross_encoder = cache(BgeSmall), cache(CrossEncoder)


@pytest.fixture
def onrecord(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Onrecord]:
    """Runs a command line in this process, in a folder of its own; `stdin` is what it reads.

    All commands share the bundled models: loading them is most of what a command takes.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("index.models.bge.BgeSmall", embedder)
    monkeypatch.setattr("index.models.cross_encoder.CrossEncoder", cross_encoder)

    def run(*words: str | Path, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = main([str(word) for word in words])
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    yield run


@pytest.fixture
def store(prepared: Path, tmp_path: Path) -> Path:
    """A copy of the prepared store that the test may change."""
    shutil.copytree(prepared / "store", tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def asked(prepared: Path) -> Path:
    """The prepared store itself, for commands that only read."""
    return prepared / "store"


def one_line(text: str) -> bool:
    return text.startswith("onrecord: ") and text.count("\n") == 1


# index


def test_indexing_twice_in_a_row_changes_nothing(onrecord: Onrecord, prepared: Path, store: Path) -> None:
    again = onrecord("index", prepared / "news", "--store", store, "--json").json
    assert {"added": 0, "updated": 0, "unchanged": 2, "removed": 0, "failed": []}.items() <= again.items()
    assert (again["schema"], again["articles"], again["passages"]) == (1, 2, 2)


def test_index_says_in_words_what_it_did(onrecord: Onrecord, prepared: Path, store: Path) -> None:
    ran = onrecord("index", prepared / "news", "--store", store)
    assert ran.out.startswith("2 unchanged in ") and "2 articles, 2 passages in" in ran.out
    assert (ran.code, ran.err) == (0, "")


def test_bad_files_are_named_and_the_rest_is_read(onrecord: Onrecord, store: Path, tmp_path: Path) -> None:
    news = tmp_path / "mixed"
    news.mkdir()
    (news / "empty.txt").write_bytes(b"")
    (news / "rubbish.txt").write_bytes(bytes(range(256)) * 40)
    (news / "latin.md").write_bytes(
        b"# Caf\xe9 closes\n\n" + b"It closed on Monday after 40 years. " * 4 + b"\xff\xfe"
    )
    (news / "page.html").write_text("<html><head><title>Login</title></head><body></body></html>")
    good = json.dumps({"id": "good", "text": "The bridge at Osmund opened on Friday, a year late."})
    (news / "feed.jsonl").write_text(
        "\n".join([good, *[f'{{"id": "x{n}", "text": "Fine."}}' for n in range(5)], "{"])
    )
    ran = onrecord("index", news, "--store", store, "--json")
    reasons = {Path(failure["path"]).name: failure["reason"] for failure in ran.json["failed"]}
    assert ran.code == 1
    assert {"empty.txt", "rubbish.txt", "page.html"} <= set(reasons)
    assert any("line 7" in f"{path} {reason}" for path, reason in reasons.items() if path.startswith("feed"))
    assert onrecord("articles", "show", "good", "--store", store, "--json").code == 0
    assert onrecord("articles", "list", "--store", store, "--json").json["articles"][0]["state"] == "live"


def test_an_overlong_line_is_a_failure_and_its_neighbours_are_read(
    onrecord: Onrecord, store: Path, tmp_path: Path
) -> None:
    feed = tmp_path / "feed.jsonl"
    with feed.open("w") as file:
        file.write('{"id": "before", "text": "The library opened at nine."}\n{"text": "')
        for _ in range(50):
            file.write("x" * 1_000_000)
        file.write('"}\n{"id": "after", "text": "The library closed at five."}\n')
    ran = onrecord("index", feed, "--store", store, "--json")
    assert (ran.code, ran.json["added"], len(ran.json["failed"])) == (1, 2, 1)
    assert "line 2" in json.dumps(ran.json["failed"])


def test_failures_are_said_on_stderr_a_line_each(onrecord: Onrecord, store: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    ran = onrecord(
        "index", tmp_path / "empty.txt", tmp_path / "nowhere", "https://example.org/a", "--store", store
    )
    assert ran.code == 1 and "3 failed" in ran.out
    assert [line.split(": ")[0] for line in ran.err.splitlines()] == ["onrecord"] * 3
    assert "empty.txt" in ran.err and "nowhere" in ran.err and "https://example.org/a" in ran.err


def test_indexing_nothing_that_exists_makes_no_store(onrecord: Onrecord, tmp_path: Path) -> None:
    ran = onrecord("index", tmp_path / "nowhere", "--store", tmp_path / "store", "--json")
    assert (ran.code, ran.out) == (1, "") and one_line(ran.err) and "nowhere" in ran.err
    assert not (tmp_path / "store").exists()


def test_a_folder_without_an_article_is_said_to_be_one(onrecord: Onrecord, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    done = onrecord("index", tmp_path, "--store", tmp_path / "store")
    assert done.code == 0
    assert done.err.startswith("onrecord: no article is there; the formats are .txt, .md,")


def test_a_store_that_cannot_be_written_is_one_sentence(
    onrecord: Onrecord, prepared: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    ran = onrecord("index", prepared / "news", "--store", tmp_path / "file" / "store")
    assert ran.code == 1 and one_line(ran.err) and "file/store" in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_sentence(onrecord: Onrecord, prepared: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    ran = onrecord("index", prepared / "news", "--store", locked / "store")
    assert ran.code == 1 and one_line(ran.err)


def test_a_store_in_use_by_another_process_names_it(onrecord: Onrecord, prepared: Path, store: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNING, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "owned\n"
        ran = onrecord("index", prepared / "news", "--store", store)
        listed = onrecord("articles", "list", "--store", store)
        holder.communicate("")
    assert ran.code == 1 and one_line(ran.err) and str(holder.pid) in ran.err
    assert listed.code == 0


def test_another_embedding_models_store_is_refused_and_kept(
    onrecord: Onrecord, prepared: Path, store: Path
) -> None:
    with sqlite3.connect(store / "onrecord.sqlite") as database:
        database.execute("UPDATE meta SET value = 'other-model:1' WHERE name = 'embedder_id'")
    database.close()
    for words in (["index", prepared / "news"], ["ask", "Who is the mayor?"], ["search", "mayor"]):
        ran = onrecord(*words, "--store", store)
        assert ran.code == 1 and one_line(ran.err)
        assert "other-model:1" in ran.err and "bge-small" in ran.err and "--rebuild" in ran.err
    assert len(onrecord("articles", "list", "--store", store, "--json").json["articles"]) == 2


# ask


def test_an_answer_quotes_the_article_where_it_says_so(onrecord: Onrecord, asked: Path) -> None:
    answer = onrecord("ask", "How many people were treated for cuts?", "--store", asked, "--json").json
    assert answer["status"] == "answered" and "14 people" in answer["answer"]
    for cited in answer["citations"]:
        shown = onrecord(
            "articles",
            "show",
            cited["article_id"],
            "--revision",
            cited["revision"],
            "--store",
            asked,
            "--json",
        ).json
        assert shown["text"][cited["start"] : cited["end"]] == cited["quote"]
    assert answer["id"] is None and answer["as_of"] is None and answer["schema"] == 1
    assert set(answer["archive"]) == {"articles", "undated", "from", "through"}


@pytest.mark.parametrize(("no_colour", "is_coloured"), [("", True), ("1", False)])
def test_an_answer_has_colour_on_a_terminal_only(
    asked: Path, no_colour: str, is_coloured: bool, onrecord: Onrecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = ("ask", "How many people were treated for cuts?", "--store", asked)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_colour)
    assert "\x1b" not in onrecord(*question).out
    master, slave = pty.openpty()
    with open(master, encoding="utf-8") as shown, open(slave, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert onrecord(*question).code == 0
        first = shown.readline()
    assert first.strip() and ("\x1b[" in first) == is_coloured


def test_an_answer_in_words_has_marks_and_sources(onrecord: Onrecord, asked: Path) -> None:
    ran = onrecord("ask", "How many people were treated for cuts?", "--store", asked)
    assert "14 people" in ran.out and "[1]" in ran.out and "Sources" in ran.out
    assert (ran.code, ran.err) == (0, "") and "\x1b" not in ran.out


def test_an_abstention_is_no_failure(onrecord: Onrecord, asked: Path) -> None:
    ran = onrecord("ask", "Who painted the Mona Lisa?", "--store", asked, "--json")
    assert ran.code == 0
    assert ran.json["status"] in ("not_in_archive", "not_stated") and ran.json["citations"] == []


def test_filters_narrow_what_may_answer(onrecord: Onrecord, asked: Path) -> None:
    flags = ("--store", asked, "--json")
    for filters in (["--source", "harbour courier"], ["--after", "2021-05-05"]):
        found = onrecord("search", "Veldmark earthquake", *flags, *filters).json["passages"]
        assert {passage["source"] for passage in found} == {"Harbour Courier"}
    for filters in (["--before", "2021-05-05"], ["--as-of", "2021-05-08T12:00:00Z"]):
        found = onrecord("search", "Veldmark earthquake", *flags, *filters).json["passages"]
        assert {passage["source"] for passage in found} == {"Meridian Wire"}


@pytest.mark.parametrize("question", ["", "  \n ", "why " * 25_000])
@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_that_is_none_is_one_sentence(
    onrecord: Onrecord, asked: Path, command: str, question: str
) -> None:
    ran = onrecord(command, question, "--store", asked, "--json")
    assert (ran.code, ran.out) == (1, "") and one_line(ran.err) and len(ran.err) < 200


def test_a_batch_answers_in_order_with_a_bad_lines_error_in_its_place(
    onrecord: Onrecord, asked: Path
) -> None:
    batch = b"""{"id": "a", "question": "How many people were treated for cuts?"}
nonsense
{"id": 3, "question": "How long does the crossing take?", "source": "Harbour Courier", "as_of": "2021-06-01"}
{"id": "d", "question": "When?", "after": "some day"}

{"id": "e", "question": ""}
{"id": "f", "question": "What did she open?", "history": [{"role": "user", "content": "Who is Ilse Brandt?"}]}
"""
    ran = onrecord("ask", "-", "--store", asked, "--json", stdin=batch)
    assert ran.code == 1
    assert [line["id"] for line in ran.lines] == ["a", None, 3, "d", "e", "f"]
    assert ["error" in line for line in ran.lines] == [False, True, False, True, True, False]
    assert [line["line"] for line in ran.lines if "error" in line] == [2, 4, 6]
    assert ran.lines[2]["as_of"] == "2021-06-01" and "50 minutes" in ran.lines[2]["answer"]
    assert "Brandt" in ran.lines[5]["searched"][0]
    assert all(line["schema"] == 1 for line in ran.lines)


def test_a_lines_filters_stand_in_for_the_flags(onrecord: Onrecord, asked: Path) -> None:
    batch = b'{"query": "Veldmark"}\n{"query": "Veldmark", "source": ["Meridian Wire"], "k": 1}\n'
    ran = onrecord("search", "-", "--store", asked, "--json", "--source", "Harbour Courier", stdin=batch)
    assert ran.code == 0
    assert [[p["source"] for p in line["passages"]] for line in ran.lines] == [
        ["Harbour Courier"],
        ["Meridian Wire"],
    ]
    assert all("id" not in line for line in ran.lines)


def test_a_batch_in_words_says_what_is_wrong_on_stderr(onrecord: Onrecord, asked: Path) -> None:
    batch = b'{"question": "How many people were treated for cuts?"}\nnonsense\n'
    ran = onrecord("ask", "-", "--store", asked, stdin=batch)
    assert ran.code == 1 and "14 people" in ran.out and ran.err.startswith("onrecord: line 2: ")


def test_lone_surrogates_come_back_as_they_went_in(onrecord: Onrecord, asked: Path) -> None:
    ran = onrecord(
        "ask", "-", "--store", asked, "--json", stdin=b'{"id": "\\ud800", "question": "Who \\ud800?"}\n'
    )
    assert ran.json["id"] == "\ud800"


# search


def test_search_prints_passages_best_first(onrecord: Onrecord, asked: Path) -> None:
    found = onrecord("search", "ferry crossing time", "-k", "1", "--store", asked, "--json").json
    assert [passage["rank"] for passage in found["passages"]] == [1]
    assert found["passages"][0]["title"] == "Ferry resumes"
    assert found["query"] == "ferry crossing time" and set(found["timing_ms"]) == {"retrieve", "total"}
    assert "Ferry resumes (Harbour Courier, 9 May 2021)" in onrecord("search", "ferry", "--store", asked).out


# articles


def test_articles_are_listed_and_shown(onrecord: Onrecord, asked: Path) -> None:
    listed = onrecord("articles", "list", "--store", asked, "--json").json["articles"]
    assert [article["id"] for article in listed] == ["news/ferry.md", "news/quake.md"]
    assert {"id", "revision", "title", "source", "published_at", "state"} <= set(listed[0])
    shown = onrecord("articles", "show", "news/quake.md", "--store", asked, "--json").json
    assert (shown["source"], shown["published_at"]) == ("Meridian Wire", "2021-05-04")
    assert [one["cause"] for one in shown["revisions"]] == ["added"]
    assert shown["text"].startswith("A magnitude 6.1 earthquake")
    in_words = onrecord("articles", "show", "news/quake.md", "--store", asked).out
    assert in_words.startswith("Quake shakes Veldmark\nsource:    Meridian Wire\n")
    assert (
        "news/ferry.md  Ferry resumes (Harbour Courier, 9 May 2021)"
        in onrecord("articles", "list", "--store", asked).out
    )


def test_a_removed_article_stays_away_until_it_is_restored(
    onrecord: Onrecord, prepared: Path, store: Path
) -> None:
    removed = onrecord("articles", "remove", "news/quake.md", "--store", store, "--json")
    assert (removed.code, removed.json) == (0, {"schema": 1, "removed": ["news/quake.md"]})
    assert onrecord("index", prepared / "news", "--store", store, "--json").json["articles"] == 1
    assert onrecord("articles", "show", "news/quake.md", "--store", store).code == 1
    states = {
        a["id"]: a["state"] for a in onrecord("articles", "list", "--store", store, "--json").json["articles"]
    }
    assert states == {"news/ferry.md": "live", "news/quake.md": "removed"}
    assert "news/quake.md  (removed)" in onrecord("articles", "list", "--store", store).out
    restored = onrecord("articles", "restore", "news/quake.md", "--store", store, "--json")
    assert (restored.code, restored.json) == (0, {"schema": 1, "restored": ["news/quake.md"]})
    assert onrecord("index", prepared / "news", "--store", store, "--json").json["added"] == 1


def test_a_takedown_reaches_what_people_said_of_answers(
    onrecord: Onrecord, prepared: Path, store: Path
) -> None:
    listed = onrecord("articles", "list", "--store", store, "--json").json["articles"]
    quake, ferry = (next(one["id"] for one in listed if name in one["id"]) for name in ("quake", "ferry"))
    kept = FeedbackStore(store)
    words = "14 people were treated for cuts"
    history = (Turn("user", "Who was hurt?"), Turn("assistant", words))
    for cited, quote in ((quake, words), (ferry, "the crossing now takes 50 minutes")):
        citations = (Cited(cited, "0" * 12, 0, len(quote), quote),)
        kept.add(Feedback("up", f"What of {quote[:2]}?", history=history, answer=quote, citations=citations))
    assert onrecord("articles", "remove", quake, "--store", store).code == 0
    [left] = kept.rows()
    assert left.citations[0].article_id == ferry and [turn.role for turn in left.history] == ["user"]
    held = [path for path in store.rglob("*") if path.is_file() and words.encode() in path.read_bytes()]
    assert not held


def test_an_unknown_article_is_one_sentence(onrecord: Onrecord, store: Path) -> None:
    for words in (["show", "nope"], ["show", "news/quake.md", "--revision", "000000000000"]):
        ran = onrecord("articles", *words, "--store", store, "--json")
        assert (ran.code, ran.out) == (1, "") and one_line(ran.err)
    for verb, known in {"remove": "removed", "restore": "restored"}.items():
        ran = onrecord("articles", verb, "nope", "--store", store, "--json")
        assert (
            (ran.code, ran.json) == (1, {"schema": 1, known: []}) and one_line(ran.err) and "nope" in ran.err
        )


# an embedding model of one's own


def test_a_store_is_made_and_asked_with_the_endpoint_that_is_set(
    onrecord: Onrecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ferry.txt").write_text("The ferry stayed in port on Monday. Ann Lee blamed the gale.")
    store = tmp_path / "store"
    with ScriptedModel(embeddings) as server:
        monkeypatch.setenv("ONRECORD_EMBED_MODEL", "overlap")
        half = onrecord("ask", "Who?", "--store", store)
        assert half.code == 2 and one_line(half.err) and "set both" in half.err
        monkeypatch.setenv("ONRECORD_EMBED_BASE_URL", server.base_url)
        assert onrecord("index", tmp_path / "ferry.txt", "--store", store).code == 0
        asked = onrecord("ask", "Who blamed the gale?", "--store", store, "--json").json
        assert asked["status"] == "answered" and asked["passages"][0]["text"].startswith("The ferry stayed")
        assert [one.body["input"] for one in server.requests][-1] == ["Who blamed the gale?"]
        server.script(error(401))
        refused = onrecord("ask", "Who blamed the gale?", "--store", store)
        assert refused.code == 1 and one_line(refused.err) and "refused the key (401)" in refused.err
    for name in ("ONRECORD_EMBED_MODEL", "ONRECORD_EMBED_BASE_URL"):
        monkeypatch.delenv(name)
    other = onrecord("ask", "Who blamed the gale?", "--store", store)
    assert other.code == 1 and "was made with the embedding model openai:overlap, not with bge" in other.err


# doctor


def test_doctor_examines_every_part(onrecord: Onrecord, store: Path) -> None:
    ran = onrecord("doctor", "--store", store, "--json")
    states = {finding["part"]: finding["state"] for finding in ran.json["findings"]}
    assert ran.code == 0 and ran.json["ok"] is True and set(states.values()) == {"ok"}, ran.out
    assert "2 articles (0 undated), 2021-05-04 to 2021-05-09" in ran.out


def test_doctor_says_what_to_do_without_a_store(
    onrecord: Onrecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_LLM_API_KEY", "hunter2")
    ran = onrecord("doctor", "--store", tmp_path / "none")
    assert "ONRECORD_LLM_API_KEY (set in the environment) is sent nowhere" in ran.out
    assert ran.code == 0 and "onrecord index PATH" in ran.out
    assert "without effect" in ran.out and "ONRECORD_LLM_API_KEY" in ran.out and "hunter2" not in ran.out


def test_doctor_asks_the_model_for_a_word(onrecord: Onrecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_LLM_MODEL", "some-model")
    monkeypatch.setattr("rag.terminal.doctor.PATIENCE", 600)  # a busy machine takes long to import the client
    with socket.socket() as nobody:  # bound and not listening: connections are refused
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ONRECORD_LLM_BASE_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}/v1")
        ran = onrecord("doctor")
    assert ran.code == 0
    assert "No connection to the model" in ran.out and "extractive reader answers" in ran.out


def test_doctor_says_how_many_tokens_of_the_day_are_used(
    onrecord: Onrecord, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_LLM_MODEL", "scripted")
    monkeypatch.setenv("ONRECORD_LLM_DAILY_TOKENS", "90000")
    monkeypatch.setattr("rag.terminal.doctor.PATIENCE", 300.0)  # of a machine that may be busy
    with ScriptedModel("ready") as server:
        monkeypatch.setenv("ONRECORD_LLM_BASE_URL", server.base_url)
        ran = onrecord("doctor", "--store", store)
        assert "18 of 90,000 used today (UTC)" in ran.out
        (store / "model_tokens.json").write_text("damaged")
        ran = onrecord("doctor", "--store", store)
    assert ran.code == 0 and "is used up" in ran.out and "90,000 of 90,000 used today" in ran.out


def test_doctor_finds_a_damaged_database(onrecord: Onrecord, store: Path) -> None:
    (store / "onrecord.sqlite").write_bytes(b"not a database" * 1_000)
    for suffix in ("-wal", "-shm"):
        (store / f"onrecord.sqlite{suffix}").unlink(missing_ok=True)
    ran = onrecord("doctor", "--store", store)
    assert ran.code == 1 and "broken  store" in ran.out
    asked = onrecord("ask", "Who?", "--store", store)
    assert asked.code == 1 and one_line(asked.err)


# the command line itself


@pytest.mark.parametrize(
    "words",
    [[], ["frobnicate"], ["ask"], ["ask", "Who?", "--colour"], ["ask", "Who?", "--after", "soon"], ["index"]],
)
def test_wrong_usage_is_one_line_and_exit_code_2(onrecord: Onrecord, words: list[str]) -> None:
    ran = onrecord(*words)
    assert (ran.code, ran.out) == (2, "") and one_line(ran.err)


def test_an_unknown_setting_is_wrong_usage(onrecord: Onrecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_STOER", "x")
    ran = onrecord("doctor")
    assert ran.code == 2 and one_line(ran.err) and "ONRECORD_STOER" in ran.err


@pytest.mark.parametrize(
    "words", [["ask", "Who?"], ["search", "who"], ["articles", "list"], ["articles", "remove", "a"]]
)
def test_without_a_store_every_command_says_how_to_make_one(
    onrecord: Onrecord, tmp_path: Path, words: list[str]
) -> None:
    ran = onrecord(*words, "--store", tmp_path / "none", "--json")
    assert (ran.code, ran.out) == (1, "") and one_line(ran.err) and "onrecord index" in ran.err
    assert not (tmp_path / "none").exists()


def test_the_version_is_printed(onrecord: Onrecord) -> None:
    ran = onrecord("--version")
    assert ran.code == 0 and ran.out.startswith("onrecord 0.")


def test_an_owned_store_still_answers(onrecord: Onrecord, store: Path) -> None:
    with locked(store):
        assert (
            onrecord("ask", "How many people were treated for cuts?", "--store", store, "--json").json[
                "status"
            ]
            == "answered"
        )


def test_a_store_that_cannot_be_served_is_not_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server tries again every few seconds; each time one more store would stay open."""
    article = {"text": "The ferry left at noon on Monday."}
    (tmp_path / "a.json").write_text(json.dumps(article), encoding="utf-8")
    sync([tmp_path / "a.json"], tmp_path / "store", WordOverlapEmbedding(), vector_cache=False)
    opened: list[Store] = []
    closed: list[Store] = []
    entered, left = Store.__enter__, Store.__exit__

    def enter(self: Store) -> Store:
        opened.append(self)
        return entered(self)

    def leave(self: Store, *error: object) -> None:
        closed.append(self)
        left(self, *error)

    monkeypatch.setattr(Store, "__enter__", enter)
    monkeypatch.setattr(Store, "__exit__", leave)
    settings = Settings.read({"ONRECORD_STORE": str(tmp_path / "store")}, tmp_path)
    with ExitStack() as held:
        with pytest.raises(StoreMismatch):
            open_archive(settings, held)
        assert opened and len(opened) == len(closed)
