"""What `make bench` prints: our own cost over the models' arithmetic. It asserts the goals that are ratios.

Machines differ and are noisy: each ratio compares two loops of the same run, each time is a median.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder
from index.store.filters import Filter
from index.store.store import Store
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from rag.answer import Question
from rag.assistant import Assistant
from rag.quote.evidence import SECOND_LOOK
from rag.quote.extract import ExtractiveReader
from rag.retrieve.search import Budget, Retriever
from tests.bench.archive import DrawnEmbedding, variations, write_jsonl

pytestmark = pytest.mark.bench

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = (
    "Who is the Russian envoy for Syria?",
    "How many people were displaced by the offensive?",
    "When did the Ever Given come off the bank?",
    "Where was the memorandum agreed?",
    "What did the council say about the canal partnership?",
    "How much compensation did the authority demand?",
    "Why was the second launch attempt called off?",
    "Which company owned the ship?",
    "How long was the pause?",
    "What did residents say about the bakery queue?",
)
REAL_ARTICLES = 400
LARGE_ARTICLES = 3_300
"""Enough for 10,000 passages."""


@pytest.fixture(scope="module")
def large_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of about 10,000 passages; its vectors are made up, its texts are prose."""
    folder = tmp_path_factory.mktemp("large")
    sync(
        [write_jsonl(folder / "large.jsonl", variations(LARGE_ARTICLES))], folder / "store", DrawnEmbedding()
    )
    return folder / "store"


def test_indexing_runs_near_the_bare_embedders_speed(tmp_path: Path) -> None:
    source = write_jsonl(tmp_path / "articles.jsonl", variations(REAL_ARTICLES))
    bge = BgeSmall()
    bge.texts(["warm up"] * 4)
    started = time.perf_counter()
    report = sync([source], tmp_path / "store", bge)
    ours = time.perf_counter() - started
    with Store.open(tmp_path / "store") as store:
        passages = store.passages(store.passage_ids(Filter()).tolist())
    texts = [f"{passage.title}\n{passage.text}" for passage in passages]
    bare = timed(lambda: bge.texts(texts))
    started = time.perf_counter()
    again = sync([source], tmp_path / "store", bge)
    unchanged = time.perf_counter() - started
    show(
        f"index: {report.passages / ours:.1f} passages/s; bare embedder {len(texts) / bare:.1f}/s",
        f"index: {bare / ours:.0%} of the bare embedder's speed (goal 85%)",
        f"index: a run without changes takes {unchanged:.2f} s, {ours / unchanged:.0f} times less",
    )
    assert again.added == again.updated == 0
    assert bare / ours > 0.85


def test_searching_and_asking_cost_little_more_than_the_models(large_store: Path) -> None:
    scorer, bge, budget = CrossEncoder(), BgeSmall(), Budget()
    with Store.open(large_store) as store:
        retriever = Retriever(store, ExactVectors(store), bge, scorer, budget)
        assistant = Assistant(store, retriever, ExtractiveReader(scorer))
        sentences = pairs(store, budget.pairs + SECOND_LOOK)

        def run_models(question: str) -> None:
            bge.query(question)
            scorer.scores(question, sentences)

        retriever.retrieve(QUESTIONS[0])
        rounds = [question for _ in range(3) for question in QUESTIONS]
        bare = [timed(partial(run_models, question)) for question in rounds]
        searches = [timed(partial(retriever.search, question, k=10)) for question in rounds]
        asks = [timed(partial(assistant.ask, Question(question))) for question in rounds]
        count = store.passage_count()
    show(
        f"at {count:,} passages, {budget.pairs} + {SECOND_LOOK} pairs:",
        f"bare models     p50 {p(bare, 50):.0f} ms  p95 {p(bare, 95):.0f} ms",
        f"search          p50 {p(searches, 50):.0f} ms  p95 {p(searches, 95):.0f} ms",
        f"ask             p50 {p(asks, 50):.0f} ms  p95 {p(asks, 95):.0f} ms  (goal: p50 under 1000 ms)",
        f"ask over bare models: {statistics.median(asks) / statistics.median(bare):.2f}",
        f"peak memory, indexing included: {mebibytes(resource.getrusage(resource.RUSAGE_SELF)):.0f} MiB",
    )
    assert p(asks, 50) < 1_000


def test_a_cold_question_is_answered_within_four_seconds(tmp_path: Path) -> None:
    sync([ROOT / "corpus" / "samples"], tmp_path / "store", BgeSmall())
    command = [sys.executable, "app.py", "ask", QUESTIONS[0], "--store", str(tmp_path / "store"), "--json"]
    runs = [run_alone(command) for _ in range(5)]
    seconds = statistics.median(run[0] for run in runs)
    show(
        f"cold `onrecord ask`: median {seconds:.2f} s of {len(runs)} (goal: under 4 s)",
        f"peak memory of a cold ask: {max(run[1] for run in runs):.0f} MiB",
    )
    assert seconds < 4


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall time."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def run_alone(command: Sequence[str]) -> tuple[float, float]:
    """Seconds and peak MiB of one process; it must succeed."""
    started = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return time.perf_counter() - started, mebibytes(usage)


def p(seconds: Sequence[float], percent: int) -> float:
    """A percentile, in milliseconds."""
    return 1000 * statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


def pairs(store: Store, count: int) -> list[str]:
    """`count` sentences of the store, as many as one question has scored."""
    found: list[str] = []
    for passage in store.passages(store.passage_ids(Filter()).tolist()[:count]):
        found += [
            passage.text[start - passage.start : end - passage.start] for start, end in passage.sentences
        ]
    return found[:count]


def mebibytes(usage: resource.struct_rusage) -> float:
    """Peak resident memory in MiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 2**20


def show(*lines: str) -> None:
    """Print measured lines; `make bench` runs pytest with -s."""
    print("", *lines, sep="\n  ")
