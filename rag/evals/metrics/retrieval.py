"""Measures of retrieval: recall@k, MRR, nDCG@10.

Relevant is, in a case with evidence, the first passage that holds any of it; in one without, the first
passage of each article of `must_cite`. A later passage with the same is a duplicate: it takes a rank and
earns nothing. What no passage holds counts as relevant and not found. So the number of relevant passages is
the same in every run, and the archive need not be judged as a whole.

For sets of whole documents or of answer strings there are `documents` and `stands_within`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import ir_measures
import numpy as np
from ir_measures import RR, R, nDCG

from rag.evals.cases.case import Case
from rag.evals.metrics.answers import says
from rag.evals.metrics.citations import is_of, is_relevant

MEASURES = {"recall@1": R @ 1, "recall@5": R @ 5, "recall@10": R @ 10, "mrr": RR, "ndcg@10": nDCG @ 10}
"""Each 0 to 1, computed by ir_measures (MacAvaney, Macdonald and Ounis 2022) through trec_eval's own code."""


def retrieval(case: Case, answer: Mapping[str, Any]) -> dict[str, float | None]:
    """The measures over the passages in their order; None when the case has no gold or should abstain."""
    gains = gold(case, answer)
    if not gains:
        return dict.fromkeys(MEASURES)
    return {**_measured([f"p{place}" for place in range(len(answer.get("passages") or ()))], gains)}


def documents(ranking: Iterable[str], wanted: Collection[str]) -> dict[str, float]:
    """The measures over the documents of ranked passages (by id), each at the rank of its first passage.

    A passage of a document that came before takes no rank. All of `wanted`, one at least, count alike.
    """
    return _measured([*dict.fromkeys(ranking)], dict.fromkeys(wanted, 1))


def stands_within(texts: Iterable[str], expected: str, characters: int) -> float:
    """1 when the words of `expected` stand in the first `characters` of ranked passages, else 0."""
    return float(says("\n".join(texts)[:characters], expected))


def _measured(ranking: Sequence[str], gains: Mapping[str, int]) -> dict[str, float]:
    """The measures of ids, the best first."""
    run = {"q": {key: float(-place) for place, key in enumerate(ranking)} or {"nothing": 0.0}}
    found = ir_measures.calc_aggregate(MEASURES.values(), {"q": dict(gains)}, run)
    return {name: float(np.nan_to_num(found[measure])) for name, measure in MEASURES.items()}


def gold(case: Case, answer: Mapping[str, Any]) -> dict[str, int]:
    """The relevant passages, `p0` the first in rank, and `missing0`... for what none brings; all 1.

    Empty where there is nothing to judge by, as with evidence and a server that gives passages without text.
    """
    passages = answer.get("passages") or ()
    is_withheld = bool(passages) and not any(passage.get("text") for passage in passages)
    if case.expects_abstention or (case.evidence and is_withheld):
        return {}
    if case.evidence:
        brought = [[is_relevant(case, one, answer) for one in passages]]
    else:
        brought = [[is_of(one, wanted) for one in passages] for wanted in dict.fromkeys(case.must_cite)]
    return {f"p{each.index(True)}" if any(each) else f"missing{n}": 1 for n, each in enumerate(brought)}
