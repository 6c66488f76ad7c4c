"""Near-duplicates among real articles: how many planted copies are found, and what else is taken for one."""

import random
from itertools import combinations

import numpy as np
import pytest

from corpus.article import Article
from corpus.read import read
from index.sync.copies import _MIN_ESTIMATE, bands, is_copy, shingles, signature
from tests.corpus.test_read_cases import case
from tests.index.sync.test_copies import DONE

PLANTED = 300


@pytest.mark.bench
def test_planted_copies_are_found_among_real_articles(request: pytest.FixtureRequest) -> None:
    path = case(request.config.rootpath, "realtimeqa/docs.jsonl")
    articles = [one for one in read(path) if isinstance(one, Article) and len(one.text.split()) > 120]
    dice = random.Random(11)
    chosen = dice.sample(articles, min(PLANTED, len(articles)))
    signed = {one.id: signature(shingles(one.text)) for one in articles}
    banded = {key: set(enumerate(bands(made))) for key, made in signed.items()}
    print(f"\n{len(articles):,} articles; {len(chosen)} copies planted in each way")
    for change in DONE:
        found = met = 0
        for one in chosen:
            copy = change(one.text, dice)
            made = signature(shingles(copy))
            meets = bool(banded[one.id] & set(enumerate(bands(made))))
            near = float(np.mean(made == signed[one.id])) >= _MIN_ESTIMATE
            met += meets and near
            found += meets and near and is_copy(one.text, copy)
        print(f"  {change.__name__:<16} {met / len(chosen):6.1%} met, {found / len(chosen):6.1%} found")
        assert found >= 0.9 * len(chosen)
    pairs = [
        (one, other)
        for one, other in combinations(articles, 2)
        if banded[one.id] & banded[other.id] and is_copy(one.text, other.text)
    ]
    print(f"  of {len(articles) * (len(articles) - 1) // 2:,} pairs {len(pairs)} are taken for copies:")
    for one, other in pairs[:40]:
        print(f"    {one.title[:60]!r} ({one.source}) and {other.title[:60]!r} ({other.source})")
