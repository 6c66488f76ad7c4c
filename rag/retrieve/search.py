"""From a question to ranked passages: dense and BM25 candidates, fused, then scored sentence by sentence.

`Retriever` is the engine; `rag.llama.PassageRetriever` is the same behind llama-index's `BaseRetriever`.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.language.names import DIVIDED, figure
from index.language.sentence import Sentence
from index.language.words import is_stopword, stem, stems, words
from index.models.cross_encoder import PairScorer
from index.store.filters import Filter
from index.store.forms import legible
from index.store.store import Passage, Store
from index.store.vocabulary import Vocabulary
from index.vectors.exact import VectorIndex
from rag.answer import RankedPassage
from rag.question.analysed import AnalysedQuestion, analysed
from rag.question.answer_type import Kind
from rag.question.preferences import preferences
from rag.question.spans import answering_spans
from rag.retrieve.context import Candidate, candidates
from rag.retrieve.preferred import found_for, lifted, quoting, with_places_for
from rag.retrieve.variants import Variants, variants

K = 60
"""The constant of reciprocal rank fusion: it keeps one ranker's first places from deciding alone."""
_LARGE_NUMBER = re.compile(rf"{DIVIDED.pattern}|(?<![\w.,])\d{{1,3}}(?:[.,]\d{{3}})+\b|(?<![\w.,])\d{{4,}}\b")
"""A number of four digits or more, in any writing."""
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
    """Fused passages whose sentences compete."""
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
    variants: Variants = field(default_factory=dict)
    """Other forms of the question's names that were searched too."""
    outlets: Mapping[str, str] = field(default_factory=dict)
    """Keys of the outlets whose words are asked for, each with its name in the question."""
    unquoted: tuple[str, ...] = ()
    """What the question has in quotation marks and no passage that passes the filters has in these words."""

    @property
    def notices(self) -> list[str]:
        """What is said of the search with the answer."""
        also = [
            f"Searched for “{form}” beside “{name}”."
            for name, forms in self.variants.items()
            for form in forms
            if not name.isupper() and not form.isupper()
        ]
        return [*also, *(f"No passage has the quoted words “{one}”." for one in self.unquoted)]


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
        self._outlets: tuple[int, tuple[str, ...]] | None = None

    def over(self, store: Store, budget: Budget) -> "Retriever":
        """The same search with the same models and vectors, reading another opening of the store."""
        return Retriever(store, self._vectors, self._embedder, self.scorer, budget)

    def retrieve(
        self, query: str | AnalysedQuestion, where: Filter | None = None, k: int | None = None
    ) -> Retrieved:
        """The best `k` passages (default: the budget's) and their scored sentences."""
        question = analysed(query) if isinstance(query, str) else query
        where = where or Filter()
        wanted = preferences(question, self._known_outlets, lambda: self._last_day(where))
        others = variants(question, Vocabulary(self._store))
        fused = self._fused(wanted.subject, where, max(self._budget.ranked, k or 0), others)
        if not fused:
            return Retrieved(question, unquoted=wanted.quoted)
        preferred = found_for(wanted, where, self._keys, self._store)
        fused = with_places_for(fused, preferred, self._budget.passages)
        shown = k or self._budget.passages
        passages = self._without_copies(fused, max(shown, self._budget.passages))
        rivals = passages[: self._budget.passages]
        before = self._store.preceding(rivals)
        analyses = self._store.analyses({one.id: one for one in (*rivals, *before.values())}.values())
        groups = [candidates(passage, before.get(passage.id), analyses) for passage in rivals]
        chosen = self._preselect(question, groups)
        texts = [as_asked(legible(one.in_context), wanted.subject, others) for one in chosen]
        logits = self.scorer.scores(legible(wanted.subject), texts)
        scored = [ScoredSentence(candidate, logit) for candidate, logit in zip(chosen, logits, strict=True)]
        scored.sort(key=lambda item: -item.logit)
        ranked = lifted(_rank(passages, scored), wanted, analyses)[:shown]
        unquoted = tuple(one for one in wanted.quoted if not quoting(one, where, self._store))
        return Retrieved(question, tuple(ranked), tuple(scored), analyses, others, wanted.outlets, unquoted)

    def _fused(
        self, query: str, where: Filter, depth: int, others: Variants | None = None
    ) -> list[tuple[int, float]]:
        dense = self._vectors.search(self._embedder.query(legible(query)), depth, where)
        terms = [*query_terms(query), *(form for forms in (others or {}).values() for form in forms)]
        lexical = self._store.lexical(terms, depth, where)
        return reciprocal_rank_fusion([[key for key, _ in dense], [key for key, _ in lexical]])

    def _keys(self, query: str, where: Filter, most: int) -> list[int]:
        return [key for key, _ in self._fused(query, where, most)[:most]]

    def _known_outlets(self) -> tuple[str, ...]:
        """The archive's outlets; they are read again when it has changed (50 ms for 100,000 articles)."""
        generation = self._store.generation
        if self._outlets is None or self._outlets[0] != generation:
            self._outlets = (generation, tuple(self._store.sources()))
        return self._outlets[1]

    def _last_day(self, where: Filter) -> date | None:
        """The day from which dates without a year count back: that of `as_of`, or of the newest article."""
        last = where.as_of or self._store.archive().last
        return date.fromisoformat(last[:10]) if last else None

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


def query_terms(query: str) -> list[str]:
    """The query's content words as written, once each; all its words when it has no content word."""
    every = [*(word for word, _, _ in words(DIVIDED.sub(" ", query))), *DIVIDED.findall(query)]
    content = [word for word in every if not is_stopword(word)]
    return list(dict.fromkeys(content or every))


def as_asked(text: str, query: str, others: Variants) -> str:
    """The text for the cross-encoder, with names and numbers of the query written as there.

    To the model 2,300 is not 2300, and "IOM" not the International Organization for Migration.
    """
    for name, forms in others.items():
        for form in forms:
            text = text.replace(form, name)
    asked = {figure(number): number for number in _LARGE_NUMBER.findall(query)}
    return _LARGE_NUMBER.sub(lambda match: asked.get(figure(match[0]), match[0]), text) if asked else text


def _cheap_score(
    candidate: Candidate, rank: int, weights: Mapping[str, float], question: AnalysedQuestion
) -> float:
    said = {*candidate.sentence.stems, *stems(candidate.antecedent or "")}
    shared = sum(weight for key, weight in weights.items() if key in said)
    fits = question.expected.kind is not Kind.ANY and bool(answering_spans(candidate.sentence, question))
    return shared + 0.3 * fits + 1.5 / (3 + rank)


def _rank(passages: Sequence[Passage], scored: Sequence[ScoredSentence]) -> list[RankedPassage]:
    """Passages by their best sentence; those without a scored sentence follow in fused order."""
    best: dict[int, float] = {}
    for item in scored:
        key = item.candidate.passage.id
        best[key] = max(best.get(key, -math.inf), item.logit)
    order = sorted(range(len(passages)), key=lambda i: (-best.get(passages[i].id, -math.inf), i))
    return [
        RankedPassage(rank, passages[i], _sigmoid(best.get(passages[i].id, -12.0)))
        for rank, i in enumerate(order, start=1)
    ]


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
