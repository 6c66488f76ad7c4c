"""A folder of articles and a store made from it, for tests of indexing."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from corpus.article import Article
from index.passages.blocks import blocks_of
from index.passages.split import Span, split
from index.store.filters import Filter, source_key
from index.store.store import Store
from index.sync.run import SyncReport, sync
from index.vectors.address import ChromaAddress
from tests.fakes import WordOverlapEmbedding

FERRY = "The ferry stayed in port on Monday. The harbour master, Ann Lee, blamed the gale."
COINS = "The museum opens a show of medieval coins on Friday. Entry is free for children."


def long_text(subject: str, sentences: int = 40) -> str:
    """Enough sentences for several passages; each names its number."""
    return "\n\n".join(
        f"Paragraph {number} says of the {subject} that nobody had expected it to last. "
        f"A second sentence adds that the {subject} cost {number} thousand crowns in the year before."
        for number in range(sentences // 2)
    )


class Newsroom:
    """Articles under `folder`, indexed into `store_path` with the embedder that shares words."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "articles"
        self.folder.mkdir()
        self.store_path = root / "store"
        self.embedder = WordOverlapEmbedding()

    def write(self, name: str, text: str, **fields: object) -> Path:
        """A Markdown file with these fields as front matter."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        front = "".join(f"{key}: {json.dumps(value)}\n" for key, value in fields.items())
        path.write_text(f"---\n{front}---\n\n{text}\n" if fields else text, encoding="utf-8")
        return path

    def write_lines(self, name: str, records: Iterable[object]) -> Path:
        """A JSONL file; a str is written as it is."""
        path = self.folder / name
        lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def sync(
        self,
        *paths: Path,
        prune: bool = False,
        rebuild: bool = False,
        vector_cache: bool = False,
        chroma: ChromaAddress | None = None,
    ) -> SyncReport:
        """Index these paths (default: the folder), by default without the vector cache."""
        return sync(
            paths or (self.folder,),
            self.store_path,
            self.embedder,
            prune=prune,
            rebuild=rebuild,
            vector_cache=vector_cache or chroma is not None,
            chroma=chroma,
        )

    def open(self) -> Store:
        """The store, for reading."""
        return Store.open(self.store_path)

    def ids(self) -> list[str]:
        """The ids of the live articles."""
        with self.open() as store:
            return [article.id for article in store.articles() if article.state == "live"]


def check_agreement(one: Sequence[tuple[int, float]], other: Sequence[tuple[int, float]]) -> None:
    """Assert that two searches found the same, up to the order of what scores the same to 5 digits."""
    assert len(one) == len(other)
    assert np.allclose([score for _, score in one], [score for _, score in other], atol=1e-5)
    last = min((score for _, score in one), default=0.0) + 2e-5
    assert {key for key, score in one if score > last} <= {key for key, _ in other}
    assert {key for key, score in other if score > last} <= {key for key, _ in one}


_LEARNING = "SELECT id FROM articles JOIN block_articles ON article_key = key WHERE block_articles.state > 0"
"""Articles whose passages a run that was ended in its middle may not have made anew yet."""


def left_out(store: Store, article: Article) -> set[int]:
    """The blocks of the article that the store holds for boilerplate."""
    blocks = blocks_of(article, None if article.source is None else source_key(article.source))
    known = store.rows("SELECT block FROM boilerplate WHERE outlet = ?", (blocks.outlet,))
    return {row[0] for row in known if not blocks.repeatable.get(row[0], True)}


def check_whole(store: Store) -> None:
    """Assert that nothing is lost, twice or at odds: articles, passages, vectors, analyses and postings."""
    passages = store.passages(store.passage_ids(Filter()).tolist())
    spans: dict[str, list[Span]] = {}
    for passage in passages:
        stored = store.article(passage.article_id)
        assert stored is not None and stored.live and stored.revision == passage.revision
        assert stored.article.text[passage.start : passage.end] == passage.text
        spans.setdefault(passage.article_id, []).append(Span(passage.start, passage.end, passage.sentences))
    learning = {row[0] for row in store.rows(_LEARNING)}
    for summary in store.articles():
        if summary.state == "live":
            stored = store.article(summary.id)
            assert stored is not None
            made = sorted(spans.get(summary.id, []), key=lambda span: span.start)
            if summary.id not in learning:
                assert made == split(stored.article.text, left_out=left_out(store, stored.article))
    ids, vectors = store.vectors()
    assert ids.tolist() == [passage.id for passage in passages]
    assert store.unanalysed() == 0
    lengths = np.linalg.norm(vectors, axis=1)  # A text without a word has the zero vector here.
    assert np.allclose(lengths[lengths > 0], 1, atol=1e-4)
    assert store.rows("PRAGMA integrity_check") == [("ok",)]
    assert store.rows("PRAGMA foreign_key_check") == []
    assert sorted(row[0] for row in store.rows("SELECT rowid FROM passages_fts")) == ids.tolist()
    words = {word for passage in passages[:50] for word in passage.text.split() if word.isalpha()}
    for word in sorted(words)[:20]:
        found = {passage_id for passage_id, _ in store.lexical([word], len(passages), Filter())}
        assert {passage.id for passage in passages if word in passage.text.split()} <= found
