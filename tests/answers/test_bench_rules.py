"""What each rule and list of the language layer earns on questions nobody tuned on: `make bench-rules`.

RULES=lists runs the word lists alone, RULES=all the expressions too (some 100 and some 250 runs of a quarter
of a minute). ABLATION names a folder that keeps the stores and what the models said.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from pathlib import Path

import pytest

from index.models.bge import BgeSmall
from index.sync.run import sync
from tests.answers import natural
from tests.answers.cases import archive, folder
from tests.answers.claims import has_claims
from tests.answers.rules import Rule, expressions, table, word_lists, worth

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2


@pytest.mark.bench_rules
def test_what_each_rule_earns(tmp_path: Path) -> None:
    if not has_claims():
        pytest.skip("the labelled sentences are not here (set ONRECORD_CASES to the folder that has claims/)")
    kept = Path(os.environ.get("ABLATION") or tmp_path)
    for corpus in natural.CORPORA:
        sync([archive(corpus)], kept / corpus, BgeSmall(), vector_cache=False)
    whole = _rights(kept, None)
    assert whole, "the run with all rules failed"
    print(f"\n{sum(whole.values())} of {len(whole)} items are right with every rule.\n", flush=True)
    rules = word_lists() + (expressions() if os.environ.get("RULES") == "all" else [])
    with ThreadPoolExecutor(WORKERS) as pool:
        without = list(pool.map(lambda rule: _rights(kept, rule), rules))
    found = [worth(rule, whole, rights) for rule, rights in zip(rules, without, strict=True)]
    print(table(found))


def _rights(kept: Path, rule: Rule | None) -> Mapping[str, bool] | None:
    """Which items are right in a run without the rule; None if nothing runs without it."""
    written = json.dumps(None if rule is None else astuple(rule))
    command = [sys.executable, "-m", "tests.answers.ablation", str(kept), written]
    environment = os.environ | {
        "ONRECORD_CASES": str(folder()),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{rule.name if rule else 'all rules'}: {done.stderr.strip().splitlines()[-1:]}", flush=True)
        return None
    rights: dict[str, bool] = json.loads(done.stdout)
    return rights
