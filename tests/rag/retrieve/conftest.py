"""Small archives of a few articles each, searched without a model."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from index.store.store import Store
from index.sync.run import sync
from rag.assistant import Assistant
from tests.fakes import WordOverlapEmbedding
from tests.rag.conftest import assistant_over_words

Articles = Mapping[str, tuple[str, str, str]]
"""By name: outlet, day, and text; the headline is its first sentence."""
MakeArchive = Callable[[Articles], Assistant]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[MakeArchive]:
    """Makes an assistant over these articles; what it opened is closed at the end."""
    with ExitStack() as opened:

        def make(articles: Articles) -> Assistant:
            folder = tmp_path / "articles"
            folder.mkdir()
            for name, (source, day, text) in articles.items():
                title = text.split(".")[0]
                head = f"---\ntitle: '{title}'\nsource: {source}\npublished_at: {day}\n---\n\n"
                (folder / f"{name}.md").write_text(head + text, encoding="utf-8")
            sync([folder], tmp_path / "store", WordOverlapEmbedding(), vector_cache=False)
            return assistant_over_words(tmp_path, opened.enter_context(Store.open(tmp_path / "store")))

        yield make
