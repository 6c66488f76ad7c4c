"""Preselection: which sentences of the best passages are worth a pair of the cross-encoder.

Twenty passages have some 150 sentences, and each pair takes about 7 ms. They are ordered by the rank of their
passage, the question's words in them by inverse document frequency (Spärck Jones, A statistical
interpretation of term specificity, 1972), and words of the kind that is asked for. Of 60 tuning cases the
evidence is among all sentences (148 in the mean) for 59, among 48 preselected for 58, and among the first 48
for 58 too.
"""

import math
from collections.abc import Mapping, Sequence

from index.language.words import stem, stems
from index.store.store import Store
from rag.question.analysed import AnalysedQuestion
from rag.question.answer_type import Kind
from rag.question.spans import answering_spans, likely_spans
from rag.retrieve.context import Candidate
from rag.retrieve.wording import query_terms

_DATED = 0.3
"""What a date is worth where dates are wanted, as words of the kind that is asked for are."""


def preselected(
    store: Store,
    question: AnalysedQuestion,
    rivals: Sequence[Sequence[Candidate]],
    most: int,
    *,
    dated: bool = False,
) -> list[Candidate]:
    """At most `most` sentences of the passages, which come best first; all of them if there are no more.

    `dated`: those with dates are wanted.
    """
    everything = [(rank, candidate) for rank, group in enumerate(rivals) for candidate in group]
    if len(everything) <= most:
        return [candidate for _, candidate in everything]
    weights = rarity(store, question.text)

    def score(item: tuple[int, Candidate]) -> float:
        rank, one = item
        return _cheap_score(one, rank, weights, question) + _DATED * (dated and bool(one.sentence.dates))

    everything.sort(key=score, reverse=True)
    return [candidate for _, candidate in everything[:most]]


def rarity(store: Store, query: str) -> Mapping[str, float]:
    """Inverse document frequency of the query's stems, scaled to sum to 1."""
    by_stem = {stem(term): term for term in query_terms(query)}
    frequency = store.document_frequency(list(by_stem.values()))
    total = store.passage_count()
    idf = {key: math.log(1 + total / (frequency.get(term, 0) + 0.5)) for key, term in by_stem.items()}
    scale = sum(idf.values()) or 1.0
    return {key: value / scale for key, value in idf.items()}


def _cheap_score(
    candidate: Candidate, rank: int, weights: Mapping[str, float], question: AnalysedQuestion
) -> float:
    said = {*candidate.sentence.stems, *stems(candidate.antecedent or "")}
    shared = sum(weight for key, weight in weights.items() if key in said)
    told = likely_spans if question.expected.is_naming else answering_spans
    fits = question.expected.kind is not Kind.ANY and bool(told(candidate.sentence, question))
    return shared + 0.3 * fits + 1.5 / (3 + rank)
