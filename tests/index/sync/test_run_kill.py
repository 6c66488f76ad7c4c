"""An indexing process killed again and again: nothing is lost, nothing is stored twice.

`make test` kills it at given SQL statements, `make storm` at random moments.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from index.store.filters import Filter
from index.store.store import Store
from index.vectors.chroma import ChromaVectors
from index.vectors.exact import ExactVectors
from tests.fakes import WordOverlapEmbedding
from tests.forked import run_script
from tests.index.newsroom import Newsroom, check_agreement, check_whole

INDEX = """
import os, signal, sys, time
from pathlib import Path
import index.store.store as opened
from index.sync.run import sync
if sys.argv[3] == "real":
    from index.models.bge import BgeSmall
    embedder = BgeSmall()
else:
    from tests.fakes import WordOverlapEmbedding
    embedder = WordOverlapEmbedding(lambda: time.sleep(0.02))
left = int(sys.argv[4])
connect = opened.connect_to_write

def step(statement):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def counting(folder):
    connection = connect(folder)
    connection.set_trace_callback(step)
    return connection

if left:
    opened.connect_to_write = counting
print("started", flush=True)
report = sync([Path(sys.argv[1])], Path(sys.argv[2]), embedder)
print(report.added, report.unchanged, report.updated, len(report.failed), flush=True)
"""


class Storm:
    """Kills indexing processes of one newsroom."""

    def __init__(self, newsroom: Newsroom, root: Path, kind: str, seed: int) -> None:
        self.newsroom = newsroom
        self.random = random.Random(seed)
        self._root = root
        self._words = [str(newsroom.folder), str(newsroom.store_path), kind]

    def kill_at(self, statement: int) -> None:
        """Start indexing, which is killed before it runs its SQL statement of this number, from 1."""
        done = run_script(INDEX, *self._words, str(statement))
        assert done.returncode == -signal.SIGKILL, done.stderr

    def kill_one(self, longest: float) -> bool:
        """Start indexing and kill it within that many seconds of its start; whether it was still running."""
        with subprocess.Popen(
            [sys.executable, "-c", INDEX, *self._words, "0"],
            cwd=self._root,
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as child:
            assert child.stdout and child.stdout.readline() == b"started\n"
            time.sleep(self.random.uniform(0, longest))
            running = child.poll() is None
            os.killpg(child.pid, signal.SIGKILL) if running else None
            child.wait()
        return running

    def run(self) -> tuple[int, ...]:
        """Index to the end; what was added, unchanged, updated and failed."""
        done = run_script(INDEX, *self._words, "0")
        assert done.returncode == 0, done.stderr
        return tuple(int(number) for number in done.stdout.splitlines()[1].split())

    def check_store(self) -> int:
        """What is committed is whole, whatever moment the process was killed at; the number of articles."""
        if not (self.newsroom.store_path / "onrecord.sqlite").exists():
            return 0
        try:
            store = Store.open(self.newsroom.store_path)
        except Exception as error:
            assert "not set up yet" in str(error)
            return 0
        with store:
            check_whole(store)
            return store.archive().articles

    def check_agreement(self, dimensions: int) -> None:
        """Chroma's folder holds just the store's passages, and answers as exact search does."""
        dice = np.random.default_rng(7)
        with (
            Store.open(self.newsroom.store_path) as store,
            ChromaVectors(store, fewest=0) as chroma,
        ):
            done = chroma.sync()
            assert (done.added, done.deleted) == (0, 0) and chroma.is_current and not chroma.problem
            exact = ExactVectors(store)
            ids, vectors = store.vectors()
            assert ids.tolist() == store.passage_ids(Filter()).tolist()
            queries = [
                *vectors[:: max(1, len(ids) // 20)],
                *dice.normal(size=(20, dimensions)).astype(np.float32),
            ]
            for query in queries:
                check_agreement(chroma.search(query, 10), exact.search(query, 10))


def own_words(seed: str, sentences: int = 30) -> str:
    """An article unlike the others, as news is: two dozen near-copies of it would be another test."""
    dice = random.Random(seed)
    words = [f"{dice.choice('bdfgklmnprst')}{dice.choice('aeiou')}{dice.randrange(400)}" for _ in range(80)]
    lines = [" ".join(dice.choices(words, k=12)).capitalize() + "." for _ in range(sentences)]
    return "\n\n".join(lines)


def write_articles(newsroom: Newsroom, count: int) -> None:
    for number in range(count):
        newsroom.write(f"{number:03}.md", own_words(str(number)), title=f"Wall {number}")


def weather(storm: Storm, rounds: int, longest: float, articles: int, dimensions: int) -> None:
    killed = 0
    for _ in range(rounds):
        before = storm.check_store()
        killed += storm.kill_one(longest)
        assert storm.check_store() >= before
        if (
            storm.random.random() < 0.3
        ):  # Something to do for those that come after a run that got to its end.
            number = storm.random.randrange(articles)
            storm.newsroom.write(f"{number:03}.md", own_words(str(storm.random.random())), title="New")
    assert killed
    check_end(storm, articles, dimensions)


def check_end(storm: Storm, articles: int, dimensions: int) -> None:
    """One run completes the store, and the next finds nothing to do."""
    storm.run()
    assert storm.run() == (0, articles, 0, 0)
    assert storm.check_store() == articles
    storm.check_agreement(dimensions)


def test_an_indexing_process_killed_three_times_loses_nothing(newsroom: Newsroom, root: Path) -> None:
    write_articles(newsroom, 40)
    storm = Storm(newsroom, root, "fake", 1)
    held = []
    for statement in (150, 3_000, 1_500):  # Of 5,800: in the first batch, then within later transactions.
        storm.kill_at(statement)
        held.append(storm.check_store())
    assert held == sorted(held) and 0 < held[1] < 40
    check_end(storm, 40, WordOverlapEmbedding().dimensions)


@pytest.mark.storm
@pytest.mark.parametrize("seed", [1, 2])
def test_an_indexing_process_killed_twenty_times_loses_nothing(
    newsroom: Newsroom, root: Path, seed: int
) -> None:
    write_articles(newsroom, 120)
    weather(Storm(newsroom, root, "fake", seed), 20, 4, 120, WordOverlapEmbedding().dimensions)


@pytest.mark.storm
def test_an_indexing_process_with_the_real_model_killed_twenty_times_loses_nothing(
    newsroom: Newsroom, root: Path
) -> None:
    write_articles(newsroom, 40)
    weather(Storm(newsroom, root, "real", 4), 20, 8, 40, 384)
