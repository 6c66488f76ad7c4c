"""From a question to ranked passages: dense and BM25 candidates, fused, then scored sentence by sentence.

`Retriever` is the engine; `rag.llama.PassageRetriever` is the same behind llama-index's `BaseRetriever`.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.language.names import DIVIDED, figure
from index.language.quantities import spelled
from index.language.sentence import Sentence
from index.language.words import is_stopword, stem, stems, words
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

K = 60
"""The constant of reciprocal rank fusion: it keeps one ranker's first places from deciding alone."""
_NUMBER = re.compile(
    rf"{DIVIDED.pattern}|(?<![\w.,])(?:\d{{1,3}}(?:[.,]\d{{3}})+\b|\d{{2,3}}\b(?![.,]\d)|\d{{4,}}\b)"
)
"""A whole number of two digits or more, in any writing."""
_LEAST_SPELLED, _MOST_SPELLED = 13, 999_999
"""Numbers that are looked for in words too; smaller ones are too common."""
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

    def retrieve(
        self, query: str | AnalysedQuestion, where: Filter | None = None, k: int | None = None
    ) -> Retrieved:
        """The best `k` passages (default: the budget's) and their scored sentences."""
        question = analysed(query) if isinstance(query, str) else query
        where = where or Filter()
        fused = self._fused(question, where, max(self._budget.ranked, k or 0))
        if not fused:
            return Retrieved(question)
        shown = k or self._budget.passages
        passages = self._without_copies(fused, max(shown, self._budget.passages))
        rivals = passages[: self._budget.passages]
        before = self._store.preceding(rivals)
        analyses = self._store.analyses({one.id: one for one in (*rivals, *before.values())}.values())
        groups = [candidates(passage, before.get(passage.id), analyses) for passage in rivals]
        chosen = self._preselect(question, groups)
        texts = [_as_asked(legible(candidate.in_context), question) for candidate in chosen]
        logits = self.scorer.scores(legible(question.text), texts)
        scored = [ScoredSentence(candidate, logit) for candidate, logit in zip(chosen, logits, strict=True)]
        scored.sort(key=lambda item: -item.logit)
        return Retrieved(question, tuple(_rank(passages, scored)[:shown]), tuple(scored), analyses)

    def _fused(self, question: AnalysedQuestion, where: Filter, depth: int) -> list[tuple[int, float]]:
        dense = self._vectors.search(self._embedder.query(legible(question.text)), depth, where)
        terms = [*query_terms(question.text), *map(str, _spelled_numbers(question).values())]
        lexical = self._store.lexical(terms, depth, where)
        return reciprocal_rank_fusion([[key for key, _ in dense], [key for key, _ in lexical]])

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


def query_terms(query: str) -> list[str]:
    """The query's content words as written, once each; all its words when it has no content word."""
    every = [*(word for word, _, _ in words(DIVIDED.sub(" ", query))), *DIVIDED.findall(query)]
    content = [word for word in every if not is_stopword(word)]
    return list(dict.fromkeys(content or every))


def _spelled_numbers(question: AnalysedQuestion) -> dict[str, int]:
    """The whole numbers that the question has in words, from thirteen on, by how it writes them."""
    found: dict[str, int] = {}
    for one in question.sentence.quantities:
        if _LEAST_SPELLED <= one.low == one.high <= _MOST_SPELLED and one.low == int(one.low):
            found |= {way: int(one.low) for way in _in_words(int(one.low)) if way in one.text.lower()}
    return found


def _in_words(number: int) -> tuple[str, ...]:
    """How a number is written in words: two hundred and fifty, two hundred fifty."""
    words = spelled(number)
    return words, words.replace(" and ", " ")


def _as_asked(text: str, question: AnalysedQuestion) -> str:
    """The text for the cross-encoder, with numbers as the question writes them: to it 2,300 is not 2300."""
    asked = {figure(number): number for number in _NUMBER.findall(question.text)}
    asked |= {str(number): way for way, number in _spelled_numbers(question).items()}
    if not asked:
        return text
    for number, written in asked.items():
        if number.isdecimal() and len(number) < 7 and int(number) >= _LEAST_SPELLED:
            ways = "|".join(sorted(_in_words(int(number)), key=len, reverse=True)).replace("-", "[- ]")
            text = re.sub(rf"(?<![\w-])(?:{ways})(?![\w-])", written, text, flags=re.IGNORECASE)
    return _NUMBER.sub(lambda match: asked.get(figure(match[0]), match[0]), text)


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
