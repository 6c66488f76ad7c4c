"""A takedown killed in its steps: no word of the article is left, in feedback and shared answers neither."""

import os
import signal
from pathlib import Path

import pytest

from index.store.shares import add_share
from index.store.write import writing
from index.sync.remove import TRACES, finish
from rag.answer import Turn
from rag.feedback import Cited, Feedback, FeedbackStore
from tests.forked import run_script
from tests.index.newsroom import COINS, Newsroom, check_whole, long_text
from tests.index.store.test_shares import answer, cited, sentence

REMOVE = """
import os, signal, sys
from pathlib import Path
import index.store.schema, index.store.store, index.sync.removed
from index.sync.remove import remove
beginning, left = sys.argv[2], int(sys.argv[3])
counted = 0

def step(statement):
    global left, counted
    if statement.lstrip().startswith(beginning):
        counted += 1
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

def traced(make):
    def connect(*given):
        connection = make(*given)
        connection.set_trace_callback(step)
        return connection
    return connect

index.store.store.connect_to_write = traced(index.store.store.connect_to_write)
index.sync.removed.connected = traced(index.sync.removed.connected)
remove(Path(sys.argv[1]), ["articles/secret.md"])
print(counted)
"""
SECRET = "The quokka sanctuary opened its gates to wardens of the whole coast on Friday."


def killed_takedown(newsroom: Newsroom, beginning: str, number: int) -> bool:
    """Take the secret down, killed before the statement of this number that begins so; whether it was."""
    done = run_script(REMOVE, str(newsroom.store_path), beginning, str(number))
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def archive(newsroom: Newsroom) -> FeedbackStore:
    """An archive with a secret, a shared answer that quotes it, and feedback with its words all over."""
    newsroom.write("secret.md", f"{SECRET} {long_text('quokka sanctuary', 12)}")
    newsroom.write("coins.txt", COINS)
    newsroom.sync()
    with writing(newsroom.store_path) as writer, writer.transaction(articles=False):
        said = [sentence(0, SECRET, "claim", 1)]
        add_share(writer, answer(sentences=said, citations=[cited(1, "articles/secret.md")]), "seal")
    feedback = FeedbackStore(newsroom.store_path)
    feedback.add(
        Feedback("up", "Who?", citations=(Cited("articles/secret.md", "r", 0, len(SECRET), SECRET),))
    )
    feedback.add(Feedback("up", "Who?", answer=SECRET, history=(Turn("assistant", SECRET),)))
    feedback.add(Feedback("down", f"Is it true? {SECRET}", comment=SECRET))
    feedback.add(Feedback("up", "What opens?", answer=COINS))
    return feedback


def check(newsroom: Newsroom, feedback: FeedbackStore) -> None:
    """Nothing of the secret is left, and all else is."""
    assert finish(newsroom.store_path) is None
    with newsroom.open() as store:
        assert store.meta(TRACES) is None
        check_whole(store)
        if store.article("articles/secret.md") is not None:
            return  # Killed before anything was committed: it was never taken down.
    files = [path for path in newsroom.store_path.rglob("*") if path.is_file()]
    assert not [path for path in files if b"quokka" in path.read_bytes().lower()]
    assert [row.question for row in feedback.rows()] == ["What opens?"]


@pytest.mark.parametrize(
    ("beginning", "number"),
    [("PRAGMA secure_delete = ON", 1), ("VACUUM", 1)],  # The deletion is committed; the erasure is.
)
def test_a_killed_takedown_is_finished_in_the_feedback(
    newsroom: Newsroom, beginning: str, number: int
) -> None:
    feedback = archive(newsroom)
    assert killed_takedown(newsroom, beginning, number)
    check(newsroom, feedback)


@pytest.mark.storm
def test_a_takedown_killed_at_any_statement_is_finished(tmp_path: Path) -> None:
    for number in range(1, 400):
        folder = tmp_path / str(number)
        folder.mkdir()
        newsroom = Newsroom(folder)
        feedback = archive(newsroom)
        killed = killed_takedown(newsroom, "", number)
        check(newsroom, feedback)
        print(f"\rkilled at {number}", end="", flush=True)
        if not killed:
            assert number > 20
            break
    assert not killed, os.fspath(tmp_path)
