"""The archives of the recorded questions: the sample articles, and the earlier half of `realtimeqa`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder, PairScorer
from index.store.store import Store
from index.sync.run import sync
from index.vectors.exact import ExactVectors
from rag.retrieve.search import Retriever
from tests.answers.cases import archive
from tests.answers.embedded import Remembered, RememberedPairs, folder

ARCHIVES = ("samples", "realtimeqa")


def earlier_half(into: Path) -> Path:
    """A file with the articles of `realtimeqa` that belong to questions of its earlier half by date alone.

    Skips the test where they are not here.
    """
    articles = archive("realtimeqa")
    rows = [json.loads(line) for line in _lines(articles.with_name("questions.jsonl"))]
    rows.sort(key=lambda row: (row["date"], row["id"]))
    early, late = (
        {id for row in half for id in row["gcs_doc_ids"]}
        for half in (rows[: len(rows) // 2], rows[len(rows) // 2 :])
    )
    kept = [line for line in _lines(articles) if json.loads(line)["id"] in early - late]
    path = into / "earlier_half.jsonl"
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return path


@contextmanager
def opened(name: str, into: Path) -> Iterator[tuple[Store, Retriever, PairScorer]]:
    """The archive, indexed into a folder in `into`, its retriever and the cross-encoder.

    What the models made of a text or a pair once is kept (`embedded.py`)."""
    embedder = Remembered(BgeSmall(), folder())
    scorer = RememberedPairs(CrossEncoder(workers=1), folder())
    try:
        source = archive("samples") if name == "samples" else earlier_half(into)
        sync([source], into / name, embedder, vector_cache=False)
        with Store.open(into / name) as store:
            yield store, Retriever(store, ExactVectors(store), embedder, scorer), scorer
    finally:
        embedder.close()


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
