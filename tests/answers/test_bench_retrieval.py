"""How well the ranking finds what answers, beside other rankings: `make bench-retrieval`.

HALF=tune, report (default) or both. RETRIEVAL names a folder that keeps the stores and what the models made
of the chunks; EARLIER one where commit 77ef393 is installed with its `.venv` (else it is left out).
RANKINGS="fusion,onrecord" runs these alone, by the beginnings of their names; PAIRS=kept keeps the
cross-encoder's logits too, which spoils the times.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from index.models.bge import BgeSmall
from index.models.cross_encoder import CrossEncoder, PairScorer
from index.store.store import Store
from index.sync.run import sync
from tests.answers.cases import archive, folder
from tests.answers.embedded import RememberedPairs
from tests.answers.rankers import COMMIT, OURS, Clock, Rankers, earlier
from tests.answers.retrieval import (
    ARCHIVES,
    COUNTS,
    HALVES,
    OF_DOCUMENTS,
    QUESTIONS,
    WITHIN,
    Asked,
    load,
    margins,
    table,
    within,
)

ASKED_ONE_IN = 5
"""Of so many questions one is put to `ask` too, whose passages have to be those of `search`."""
Measures = dict[str, dict[str, Mapping[str, float]]]
"""By ranking and question."""


@pytest.mark.bench_retrieval
def test_what_each_ranking_finds(tmp_path: Path) -> None:
    if not all((folder() / name).exists() for name in QUESTIONS.values()):
        pytest.skip("the question sets are not here (set ONRECORD_CASES to their folder)")
    kept = Path(os.environ.get("RETRIEVAL") or tmp_path)
    half = os.environ.get("HALF", "report")
    for each in HALVES if half == "both" else (half,):
        _report(each, kept)


def _report(half: str, kept: Path) -> None:
    clock, found, agree = Clock(), Measures(), []
    scorer: PairScorer = CrossEncoder()
    if os.environ.get("PAIRS") == "kept":
        scorer = RememberedPairs(scorer, kept)
    clock.watch(scorer, "scores", "cross-encoder")
    sets = {name: load(half, name) for name in ARCHIVES[half]}
    for name, asked in sets.items():
        sync([archive(name)], kept / name, BgeSmall(), vector_cache=False)
        with Store.open(kept / name) as store:
            rankers = Rankers(store, kept, scorer, clock)
            chosen = {ranking: rank for ranking, rank in rankers.all().items() if _is_wanted(ranking)}
            for ranking, rank in chosen.items():
                measured = {one.id: one.measured(rank(one.question)) for one in asked}
                found.setdefault(ranking, {}).update(measured)
            agree += [rankers.agree(one.question) for one in asked[::ASKED_ONE_IN]]
        try:
            if not _is_wanted(COMMIT):
                continue
            told, clock.seconds[f"search, {COMMIT}"] = earlier(kept / COMMIT / name, archive(name), asked)
            found.setdefault(COMMIT, {}).update({one.id: one.measured(told[one.id]) for one in asked})
        except LookupError as missing:
            print(f"\n{missing}")
    _print(half, sets, found)
    print(f"\nThe passages of ask are the first of search for {sum(agree)} of {len(agree)} questions.")
    print(f"\n{clock.table()}", flush=True)


def _is_wanted(ranking: str) -> bool:
    return ranking.startswith((OURS, *filter(None, os.environ.get("RANKINGS", ranking).split(","))))


def _print(half: str, sets: Mapping[str, list[Asked]], found: Measures) -> None:
    ours = found.pop(OURS)
    found[OURS] = ours  # The last line of each table.
    for name, asked in sets.items():
        measures = [within(many) for many in WITHIN] if name == "realtimeqa" else OF_DOCUMENTS
        print(f"\n## {half}: {name}, {len(asked)} questions\n\n{table(asked, found, measures)}")
        print(f"\n{COUNTS[name]}\n\n{margins(asked, found, OURS, COUNTS)}")
        for kind in sorted({one.kind for one in asked}):
            of_kind = [one for one in asked if one.kind == kind]
            if len(of_kind) < len(asked):
                print(f"\n{kind}, {len(of_kind)} questions\n\n{table(of_kind, found, measures)}")
    every = [one for asked in sets.values() for one in asked]
    print(f"\n## {half}: all {len(every)} questions\n\n{margins(every, found, OURS, COUNTS)}")
