"""Real articles, read from a folder that is not part of this repository."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from corpus.article import Article, Failure, normalise_text
from corpus.dates import day_of
from corpus.read import read
from index.passages import tokens

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


def test_each_article_of_a_feed_of_12_mb_has_an_address_and_a_day(root: Path) -> None:
    path = case(root, FEEDS[0])
    articles = [entry for entry in read(path) if isinstance(entry, Article)]
    assert len(articles) > 1_000
    assert all(article.url and day_of(article.published_at or "") for article in articles)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.cases
@pytest.mark.parametrize("section", ["culture", "technology"])
def test_pages_full_of_menus_become_articles_and_keep_what_answers_need(root: Path, section: str) -> None:
    folder = case(root, f"wildgraph/{section}")
    pages = {page["id"]: page for page in lines(folder / "docs.jsonl")}
    articles = {one.id: one for one in read(folder / "docs.jsonl") if isinstance(one, Article)}
    before = sum(tokens.count(page["text"]) for page in pages.values())
    after = sum(tokens.count(article.text) for article in articles.values())
    kept = []
    for asked in lines(folder / "questions.jsonl"):
        gold = [article_id for article_id in asked["gold_doc_ids"] if article_id in articles]
        wanted = _words(asked["answer"] or " ".join(asked["gold_statements"]))
        said = set().union(
            *(_words(pages[one]["title"] + _ADDRESS.sub("", pages[one]["text"])) for one in gold)
        )
        left = set().union(*(_words(pages[one]["title"] + " " + articles[one].text) for one in gold))
        if wanted & said:
            kept.append(len(wanted & left) / len(wanted & said))
    share = sum(kept) / len(kept)
    print(f"{section}: {before:,} tokens before, {after:,} after; {share:.1%} of the answers' words kept")
    assert after < 0.22 * before
    assert share > 0.93


_ADDRESS = re.compile(r"\]\([^)\s]*")


def _words(text: str) -> set[str]:
    """The stems, roughly, of the words that an answer is recognised by."""
    return {word[:6] for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) > 3 or word.isdigit()}


def test_every_sample_article_is_read(root: Path) -> None:
    found = list(read(root / "corpus" / "samples"))
    articles = [entry for entry in found if isinstance(entry, Article)]
    assert len(articles) == len(found) >= 24
    assert all(article.source and article.authors for article in articles)
