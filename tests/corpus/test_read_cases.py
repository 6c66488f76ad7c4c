"""Real articles, read from a folder that is not part of this repository."""

import os
import time
from pathlib import Path

import pytest

from corpus.article import Article, Failure, normalise_text
from corpus.dates import day_of
from corpus.read import read

FEEDS = ["realtimeqa/docs.jsonl", "wildgraph/culture/docs.jsonl", "wildgraph/technology/docs.jsonl"]


def case(root: Path, name: str) -> Path:
    """The path of a case, or the test is skipped."""
    folder = Path(os.environ.get("ONRECORD_CASES", root.parent / "shared" / "data"))
    if not (folder / name).exists():
        pytest.skip(f"the real case {name} is not here; set ONRECORD_CASES to the folder that holds it")
    return folder / name


@pytest.mark.parametrize("name", ["seeds", *FEEDS])
def test_every_real_article_is_read(root: Path, name: str) -> None:
    found = list(read(case(root, name)))
    assert not [entry for entry in found if isinstance(entry, Failure)]
    articles = [entry for entry in found if isinstance(entry, Article)]
    assert len({article.id for article in articles}) == len(articles) > 0
    assert all(article.title and article.text == normalise_text(article.text) for article in articles)


def test_the_seed_reports_have_headlines_of_their_own_and_no_invented_date(root: Path) -> None:
    first, second = read(case(root, "seeds"))
    assert isinstance(first, Article) and isinstance(second, Article)
    assert first.text.startswith(first.title.removesuffix("…")) and first.title.endswith("…")
    assert second.title in second.text.splitlines()[3:7]
    assert not second.text.startswith(second.title)
    assert (first.published_at, second.published_at) == (None, None)
    assert [first.id, second.id] == [f"seeds/{Path(article.origin).name}" for article in (first, second)]


def test_a_feed_of_12_mb_reads_at_hundreds_of_articles_a_second(root: Path) -> None:
    path = case(root, FEEDS[0])
    started = time.perf_counter()
    articles = [entry for entry in read(path) if isinstance(entry, Article)]
    assert len(articles) / (time.perf_counter() - started) > 300
    assert all(article.url and day_of(article.published_at or "") for article in articles)


def test_every_sample_article_is_read(root: Path) -> None:
    found = list(read(root / "corpus" / "samples"))
    articles = [entry for entry in found if isinstance(entry, Article)]
    assert len(articles) == len(found) >= 24
    assert all(article.source and article.authors for article in articles)
