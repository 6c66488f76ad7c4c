"""What `make bench-index` prints of the analysis of sentences: its time beside embedding, and its bytes.

The analysis and the embedding model have the machine in turn, an article each, so that noise hits both.
"""

import shutil
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from corpus.article import Article
from corpus.read import read
from index.language import analysis
from index.models.bge import BgeSmall
from index.passages.split import NewPassage, new_passages
from index.store.analyses import analysed, decode, encode
from index.store.filters import Filter
from index.store.schema import FILE_NAME
from index.store.store import Store
from tests.bench.archive import earlier_articles, variations, write_jsonl
from tests.bench.large import load, run
from tests.bench.test_bench import show, timed
from tests.bench.test_bench_index import Bare, embedded_texts

pytestmark = pytest.mark.bench_index

ARTICLES = 300
TIME_GOAL, SPEED_GOAL, BYTES_GOAL = 0.08, 0.85, 0.25
"""Of the time of embedding; of the bare embedder's speed; of the store's bytes without analyses."""
FINDERS = ("article_names", "quotations", "resolve", "quantities", "told_dates", "relations", "reached")
"""What `index.language.analysis` calls."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real articles as one file, or such as are made of the samples."""
    records = earlier_articles(ARTICLES) or list(variations(ARTICLES))
    return write_jsonl(tmp_path_factory.mktemp("source") / "articles.jsonl", records)


def test_analysing_takes_a_small_part_of_the_time_of_embedding(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bge = BgeSmall()
    seconds: dict[str, float] = defaultdict(float)
    busy: dict[str, float] = defaultdict(float)
    for finder in FINDERS:
        monkeypatch.setattr(analysis, finder, clocked(getattr(analysis, finder), finder, seconds))
    articles = [(one, new_passages(one)) for one in read(source) if isinstance(one, Article)]
    bge.texts(["warm up"] * 4)
    for article, passages in articles:
        begun = time.process_time()
        seconds["embedding"] += timed(partial(bge.texts, [one.embedded for one in passages]))
        embedded = time.process_time()
        seconds["analysis"] += timed(partial(analyse_and_encode, article, passages))
        busy["embedding"] += embedded - begun
        busy["analysis"] += time.process_time() - embedded
    sentences = sum(len(one.span.sentences) for _, passages in articles for one in passages)
    each = {finder: seconds[finder] / sentences * 1e6 for finder in ("analysis", *FINDERS)}
    share = seconds["analysis"] / seconds["embedding"]
    show(
        f"{load()}; {sentences:,} sentences of {len(articles)} articles, analysed and embedded in turn",
        f"analysis: {share:.1%} of the time of embedding (goal {TIME_GOAL:.0%})",
        f"by processor time {busy['analysis'] / busy['embedding']:.1%} (embedding uses all cores)",
        "us a sentence: " + ", ".join(f"{name} {spent:.0f}" for name, spent in each.items()),
    )
    assert share <= TIME_GOAL


def test_the_store_grows_little_and_indexing_keeps_its_speed(source: Path, tmp_path: Path) -> None:
    texts = [text for one in embedded_texts(source) for text in one]
    bare = Bare(BgeSmall(), texts)
    ran = run(source, tmp_path / "store", "bundled", between=bare.take_a_turn)
    speed = len(texts) / ran.seconds / bare.per_second
    busy = (bare.busy / bare.count) / (ran.said["busy"] / len(texts))
    with Store.open(tmp_path / "store") as store:
        passages = store.passages(store.passage_ids(Filter()).tolist())
        assert store.unanalysed() == 0
        stored = {row[0]: row[1] for row in store.rows("SELECT passage_id, data FROM analyses")}
    ready = [(stored[one.id], one.text, one.sentence_texts) for one in passages]
    decoding = timed(lambda: [decode.__wrapped__(*one) for one in ready])
    whole, without = sizes(tmp_path / "store" / FILE_NAME, tmp_path / "without.sqlite")
    growth = whole / without - 1
    show(
        f"{load()}; {len(passages):,} passages",
        f"indexing, analyses included: {speed:.1%} of the bare embedder's speed (goal {SPEED_GOAL:.0%}), "
        f"{busy:.1%} by processor time",
        f"analyses: {sum(map(len, stored.values())) / len(stored):.0f} bytes a passage, "
        f"{decoding / len(ready) * 1e6:.0f} us to decode",
        f"store: {without / len(passages):,.0f} bytes a passage without analyses, "
        f"{growth:.1%} more with them (goal {BYTES_GOAL:.0%})",
    )
    assert growth <= BYTES_GOAL and speed >= SPEED_GOAL


def clocked(find: Callable[..., Any], name: str, seconds: dict[str, float]) -> Callable[..., Any]:
    """The finder, its time counted under that name."""

    def counting(*arguments: Any) -> Any:
        started = time.perf_counter()
        found = find(*arguments)
        seconds[name] += time.perf_counter() - started
        return found

    return counting


def analyse_and_encode(article: Article, passages: Sequence[NewPassage]) -> None:
    """What indexing does."""
    texts = tuple(tuple(article.text[start:end] for start, end in one.span.sentences) for one in passages)
    for made, one in zip(analysed(texts, article.published_at), passages, strict=True):
        encode(made, one.text)


def sizes(file: Path, without: Path) -> tuple[int, int]:
    """Bytes of a store, written anew, and of the same without analyses."""
    shutil.copy(file, without)
    for path, statement in ((file, "VACUUM"), (without, "DROP TABLE analyses")):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint (TRUNCATE)")
    return file.stat().st_size, without.stat().st_size
