"""From a question to ranked passages: dense and BM25 candidates, fused, ranked by what is known of each.

`Retriever` is the engine: `search` gives the passages, `retrieve` their scored sentences too.
`rag.llama.PassageRetriever` is the same behind llama-index's `BaseRetriever`.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.language.sentence import Sentence
from index.language.words import stem, stems
from index.models.cross_encoder import PairScorer
from index.store.filters import Filter
from index.store.forms import legible
from index.store.store import Passage, Store
from index.vectors.exact import VectorIndex
from rag.answer import RankedPassage
from rag.question.analysed import AnalysedQuestion, analysed
from rag.question.answer_type import Kind
from rag.question.spans import answering_spans
from rag.retrieve.context import Candidate, candidates
from rag.retrieve.ranking import Standing, dated
from rag.retrieve.wording import query_terms, spelled_numbers, with_numbers_as_asked

K = 60
"""The constant of reciprocal rank fusion: it keeps one ranker's first places from deciding alone."""
BEST = 2 / (K + 1)
"""The sum of reciprocal ranks of what both rankers put first."""
_SPARE = 20
"""Fused passages fetched beyond those that are wanted: copies leave places open."""


class QueryEmbedder(Protocol):
    """What a search needs of an embedding model, such as `index.models.bge.BgeSmall`."""

    def query(self, text: str) -> NDArray[np.float32]:
        """The query's unit vector, of the dimensions the store was made with."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one search may look at. Cost grows with `pairs`: about 5 ms each on two cores."""

    ranked: int = 50
    """Passages taken from each of the two rankers."""
    passages: int = 20
    """Passages whose sentences compete."""
    read: int = 12
    """Fused passages that the cross-encoder reads whole, about 17 ms each on two idle cores."""
    pairs: int = 48
    """Sentences that the cross-encoder reads."""


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A candidate sentence with its cross-encoder logit."""

    candidate: Candidate
    logit: float


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What one search found: `sentences` and `passages`, best first.

    `analyses` are those of the passages whose sentences competed, by their ids.
    """

    question: AnalysedQuestion
    passages: tuple[RankedPassage, ...] = ()
    sentences: tuple[ScoredSentence, ...] = ()
    analyses: Mapping[int, Sequence[Sentence]] = field(default_factory=dict, repr=False)


class Retriever:
    """Finds the passages of a store that bear on a query."""

    def __init__(
        self,
        store: Store,
        vectors: VectorIndex,
        embedder: QueryEmbedder,
        scorer: PairScorer,
        budget: Budget | None = None,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._embedder = embedder
        self.scorer = scorer
        self._budget = budget or Budget()

    def over(self, store: Store, budget: Budget) -> "Retriever":
        """The same search with the same models and vectors, reading another opening of the store."""
        return Retriever(store, self._vectors, self._embedder, self.scorer, budget)

    def search(
        self, query: str | AnalysedQuestion, where: Filter | None = None, k: int | None = None
    ) -> tuple[RankedPassage, ...]:
        """The best `k` passages (default: the budget's), as `retrieve` ranks them; no sentence is scored."""
        question = analysed(query) if isinstance(query, str) else query
        shown = k or self._budget.passages
        return tuple(self._ranked(question, where or Filter(), shown)[:shown])

    def retrieve(
        self, query: str | AnalysedQuestion, where: Filter | None = None, k: int | None = None
    ) -> Retrieved:
        """The best `k` passages (default: the budget's) and the scored sentences of the best ones."""
        question = analysed(query) if isinstance(query, str) else query
        shown = k or self._budget.passages
        ranked = self._ranked(question, where or Filter(), shown)
        if not ranked:
            return Retrieved(question)
        rivals = [one.passage for one in ranked[: self._budget.passages]]
        before = self._store.preceding(rivals)
        analyses = self._store.analyses({one.id: one for one in (*rivals, *before.values())}.values())
        groups = [candidates(passage, before.get(passage.id), analyses) for passage in rivals]
        chosen = self._preselect(question, groups)
        logits = self._logits(question, [candidate.in_context for candidate in chosen])
        scored = [ScoredSentence(candidate, logit) for candidate, logit in zip(chosen, logits, strict=True)]
        scored.sort(key=lambda item: -item.logit)
        return Retrieved(question, tuple(ranked[:shown]), tuple(scored), analyses)

    def standings(
        self, question: AnalysedQuestion, where: Filter | None = None, shown: int = 0
    ) -> tuple[list[tuple[Passage, Standing]], list[Passage]]:
        """The fused passages that the cross-encoder reads, with what is known of each, and those after them.

        Both in fused order; together at least `shown` if there are as many.
        """
        fused = self._fused(question, where or Filter(), max(self._budget.ranked, shown))
        passages = self._without_copies(fused, max(shown, self._budget.passages))
        read, rest = passages[: self._budget.read], passages[self._budget.read :]
        logits = self._logits(question, [f"{one.title}. {one.text}" for one in read])
        sums = dict(fused)
        told = [
            Standing(sums[one.id] / BEST, logit, dated(question.years, one))
            for one, logit in zip(read, logits, strict=True)
        ]
        return list(zip(read, told, strict=True)), rest

    def _fused(self, question: AnalysedQuestion, where: Filter, depth: int) -> list[tuple[int, float]]:
        dense = self._vectors.search(self._embedder.query(legible(question.text)), depth, where)
        terms = [*query_terms(question.text), *map(str, spelled_numbers(question).values())]
        lexical = self._store.lexical(terms, depth, where)
        return reciprocal_rank_fusion([[key for key, _ in dense], [key for key, _ in lexical]])

    def _ranked(self, question: AnalysedQuestion, where: Filter, shown: int) -> list[RankedPassage]:
        """At least `shown` passages if there are as many, best first.

        Those that the cross-encoder does not read follow in fused order, with score 0.
        """
        read, rest = self.standings(question, where, shown)
        scored = sorted(((one, told.relevance) for one, told in read), key=lambda item: -item[1])
        scored += [(passage, 0.0) for passage in rest]
        return [RankedPassage(rank, *item) for rank, item in enumerate(scored, start=1)]

    def _logits(self, question: AnalysedQuestion, texts: Sequence[str]) -> list[float]:
        """What the cross-encoder says of each text."""
        asked = [with_numbers_as_asked(legible(text), question) for text in texts]
        return self.scorer.scores(legible(question.text), asked)

    def _without_copies(self, fused: Sequence[tuple[int, float]], most: int) -> list[Passage]:
        """The best passages, without those that only repeat another one of the same story.

        Of copies the earliest published one stands for all, at the best place that any of them has.
        """
        keys = [key for key, _ in fused[: most + _SPARE]]
        stories = self._store.stories(keys)
        passages = self._store.passages(keys)
        kept: list[Passage] = []
        for passage in passages:
            story = stories.get(passage.id)
            rivals = [
                place
                for place, other in enumerate(kept)
                if story is not None
                and other.article_id != passage.article_id
                and stories.get(other.id, (None,))[0] == story[0]
                and _repeats(passage, other)
            ]
            if not rivals:
                kept.append(passage)
            elif story is not None and story[1:] < stories[kept[rivals[0]].id][1:]:
                kept[rivals[0]] = passage
        return kept[:most]

    def _preselect(
        self, question: AnalysedQuestion, rivals: Sequence[Sequence[Candidate]]
    ) -> list[Candidate]:
        """The sentences worth a pair, by the rank of their passage, shared words and kind of answer."""
        everything = [(rank, candidate) for rank, group in enumerate(rivals) for candidate in group]
        if len(everything) <= self._budget.pairs:
            return [candidate for _, candidate in everything]
        weights = self._weights(question.text)
        everything.sort(key=lambda item: -_cheap_score(item[1], item[0], weights, question))
        return [candidate for _, candidate in everything[: self._budget.pairs]]

    def _weights(self, query: str) -> Mapping[str, float]:
        """Inverse document frequency of the query's stems, scaled to sum to 1."""
        by_stem = {stem(term): term for term in query_terms(query)}
        frequency = self._store.document_frequency(list(by_stem.values()))
        total = self._store.passage_count()
        idf = {key: math.log(1 + total / (frequency.get(term, 0) + 0.5)) for key, term in by_stem.items()}
        scale = sum(idf.values()) or 1.0
        return {key: value / scale for key, value in idf.items()}


def reciprocal_rank_fusion(rankings: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """Ids of several rankings (best first), fused, best first (Cormack, Clarke and Büttcher, SIGIR 2009).

    The score is the sum of 1 / (K + rank), rank from 1. Ties are broken by id so that the order never depends
    on the rankers' internals.
    """
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, key in enumerate(dict.fromkeys(ranking), start=1):
            scores[key] += 1 / (K + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def _repeats(one: Passage, other: Passage) -> bool:
    """Whether most of the shorter passage's sentences stand in the longer one too."""
    mine, others = (
        {" ".join(passage.text[a - passage.start : b - passage.start].split()) for a, b in passage.sentences}
        for passage in (one, other)
    )
    return 2 * len(mine & others) > min(len(mine), len(others))


def best_passages(searches: Sequence[Retrieved], most: int) -> tuple[RankedPassage, ...]:
    """The best passages over all parts, each once, ranked anew."""
    best: dict[int, RankedPassage] = {}
    for found in searches:
        for ranked in found.passages:
            known = best.get(ranked.passage.id)
            if known is None or ranked.score > known.score:
                best[ranked.passage.id] = ranked
    order = sorted(best.values(), key=lambda ranked: (-ranked.score, ranked.rank))[:most]
    return tuple(replace(ranked, rank=rank) for rank, ranked in enumerate(order, start=1))


def _cheap_score(
    candidate: Candidate, rank: int, weights: Mapping[str, float], question: AnalysedQuestion
) -> float:
    said = {*candidate.sentence.stems, *stems(candidate.antecedent or "")}
    shared = sum(weight for key, weight in weights.items() if key in said)
    fits = question.expected.kind is not Kind.ANY and bool(answering_spans(candidate.sentence, question))
    return shared + 0.3 * fits + 1.5 / (3 + rank)
