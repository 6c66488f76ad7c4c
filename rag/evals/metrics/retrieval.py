"""Whether the passages that were found hold what was asked for, and how high: recall@k, MRR, nDCG@10.

What is asked for ("gold"): of a case with evidence, that evidence, any of it, once; of one without, each
article of `must_cite`. The first passage that brings one of these is relevant. One that brings the same again
is a duplicate: it takes up a rank and earns nothing. What no passage brings counts as relevant and not found.
So the number of relevant passages is known and the same in every run, and no archive need be judged whole.
"""

import math
from collections.abc import Mapping
from typing import Any

import ir_measures
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
    return {name: _finite(float(found[measure])) for name, measure in MEASURES.items()}


def gold(case: Case, answer: Mapping[str, Any]) -> dict[str, int]:
    """The relevant passages, `p0` the first in rank, and `missing0`... for what none brings; all 1.

    Empty where there is nothing to judge by, as with evidence and a server that gives passages without text.
    """
    passages = answer.get("passages") or ()
    is_withheld = bool(passages) and not any(passage.get("text") for passage in passages)
    if case.expects_abstention or (case.evidence and is_withheld):
        return {}
    if case.evidence:
        firsts = [next((at for at, one in enumerate(passages) if is_relevant(case, one, answer)), None)]
    else:
        firsts = [
            next((at for at, one in enumerate(passages) if is_of(one, wanted)), None)
            for wanted in dict.fromkeys(case.must_cite)
        ]
    return {f"missing{n}" if at is None else f"p{at}": 1 for n, at in enumerate(firsts)}


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
