"""Measures of retrieval: recall@k, MRR, nDCG@10.

Relevant is, in a case with evidence, the first passage that holds any of it; in one without, the first
passage of each article of `must_cite`. A later passage with the same is a duplicate: it takes a rank and
earns nothing. What no passage holds counts as relevant and not found. So the number of relevant passages is
the same in every run, and the archive need not be judged as a whole.
"""

from collections.abc import Mapping
from typing import Any

import ir_measures
import numpy as np
from ir_measures import RR, R, nDCG

from rag.evals.cases.case import Case
from rag.evals.metrics.citations import is_of, is_relevant

MEASURES = {"recall@1": R @ 1, "recall@5": R @ 5, "recall@10": R @ 10, "mrr": RR, "ndcg@10": nDCG @ 10}
"""Each 0 to 1, computed by ir_measures (MacAvaney, Macdonald and Ounis 2022) through trec_eval's own code."""


def retrieval(case: Case, answer: Mapping[str, Any]) -> dict[str, float | None]:
    """The measures over the passages in their order; None when the case has no gold or should abstain."""
    gains = gold(case, answer)
    if not gains:
        return dict.fromkeys(MEASURES)
    passages = answer.get("passages") or ()
    run = {"q": {f"p{place}": float(-place) for place in range(len(passages))} or {"nothing": 0.0}}
    found = ir_measures.calc_aggregate(MEASURES.values(), {"q": gains}, run)
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
