"""From a question to ranked passages: dense and BM25 candidates, fused, ranked by what is known of each.

`Retriever` is the engine: `search` gives the passages, `retrieve` their scored sentences too.
`rag.llama.PassageRetriever` is the same behind llama-index's `BaseRetriever`.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.language.sentence import Sentence
from index.models.cross_encoder import PairScorer
from index.store.filters import Filter
from index.store.forms import legible
from index.store.store import Passage, Store
from index.store.vocabulary import Vocabulary
from index.vectors.exact import VectorIndex
from rag.answer import Intent, Notice, RankedPassage
from rag.question.analysed import AnalysedQuestion, Subject, analysed
from rag.question.intent import intent_of, subject_of
from rag.question.preferences import Preferences, Side, preferences
from rag.question.spelling import with_capitals
from rag.retrieve.context import Candidate, candidates
from rag.retrieve.copies import without_copies
from rag.retrieve.fusion import BEST, reciprocal_rank_fusion
from rag.retrieve.preferred import covers, found_for, leads_for, lifted, quoting, with_places_for
from rag.retrieve.preselect import preselected
from rag.retrieve.ranking import Standing, dated
from rag.retrieve.variants import Variants, variants
from rag.retrieve.wording import as_asked, query_terms, spelled_numbers

_SPARE = 20
"""Fused passages fetched beyond those that are wanted: copies leave places open."""


FORMS: tuple[Intent, ...] = ("overview", "timeline", "latest", "comparison")
"""What is asked for besides one fact; the subject alone is searched then."""
_OPENINGS = 12
"""Articles whose first sentences are read too, where such a form is asked for."""
_OPENING_SENTENCES = 2
_ABOUT = 3
"""Articles about the subject whose first passage is read whole: news says at once what matters most."""
_FIRST = _OPENINGS * _OPENING_SENTENCES
_SHORTEST = 5
"""Words of a sentence that is no heading, place or byline."""


class QueryEmbedder(Protocol):
    """What a search needs of an embedding model, such as `index.models.bge.BgeSmall`."""

    def query(self, text: str) -> NDArray[np.float32]:
        """The query's unit vector, of the dimensions the store was made with."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one search may look at: a passage costs about 25 ms on two idle cores, a sentence 7 ms."""

    ranked: int = 50
    """Passages taken from each of the two rankers."""
    passages: int = 20
    """Passages whose sentences compete."""
    read: int = 12
    """Fused passages that the cross-encoder reads whole."""
    pairs: int = 24
    """Sentences that the cross-encoder reads for one fact.

    With 48, 32 and 24 (and 12, 8 and 6 of them read again) 223, 222 and 222 of 281 natural tuning questions
    were served right, with 16 (and 5) 219.
    """
    form_pairs: int = 48
    """Sentences that it reads for another form: an overview, a timeline, the latest, a comparison."""


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A candidate sentence with its cross-encoder logit.

    It is read under the headline of its article where one fact is asked for: "Arson was ruled out" alone does
    not say what burnt. For other forms all sentences of an article would be alike under it.
    """

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
    other_speakers: tuple[str, ...] = ()
    """Outlets whose words are asked for and of which the archive has no article."""
    unquoted: tuple[str, ...] = ()
    """What the question has in quotation marks and no passage that passes the filters has in these words."""
    leads: tuple[Passage, ...] = ()
    """Leads that are what is asked for, where the question names nothing but outlets or a date."""
    is_covered: bool = False
    """Whether a passage of an outlet or of days asked for shares another word with the question."""
    subject: str = ""
    """What was searched for, where another form than one fact is asked for."""
    sides: tuple[Side, ...] = ()
    """The sides of a comparison."""
    openings: frozenset[int] = frozenset()
    """Ids of passages that begin an article."""
    about: frozenset[str] = frozenset()
    """Ids of articles whose headline and first passage are about the subject."""
    asks_newest: bool = False
    """Whether the newest of several numbers or names is asked for: "the latest number of cases"."""
    archive_passages: int = 1
    """How many passages the archive has."""

    @property
    def notices(self) -> list[Notice]:
        """What is said of the search with the answer."""
        also = [
            Notice(f"Searched for “{form}” beside “{name}”.", "beside", form=form, name=name)
            for name, forms in self.variants.items()
            for form in forms
            if not name.isupper() and not form.isupper()
        ]
        no = "No passage has the quoted words"
        return [*also, *(Notice(f"{no} “{one}”.", "unquoted", words=one) for one in self.unquoted)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one search is for: the question, what it prefers, and other forms of its names."""

    question: AnalysedQuestion
    where: Filter
    wanted: Preferences
    others: Variants
    quoting: Mapping[str, Sequence[Passage]]
    """The best passages that have the words of each of its quotations."""
    leads: Sequence[int]
    """Leads that are what it asks for, where it asks for no more than what was reported."""

    @property
    def text(self) -> str:
        """What is searched."""
        if self.question.intent not in FORMS:
            return self.wanted.subject
        text = self.wanted.subject
        for side in self.wanted.sides:
            if side.outlet is not None:
                text = text.replace(side.text, "they")
        return subject_of(text)

    @property
    def terms(self) -> list[str]:
        """The words for BM25: those of the text, its spelled numbers in digits, other forms of its names."""
        numbers = spelled_numbers(self.question).values()
        forms = (form for forms in self.others.values() for form in forms)
        return [*query_terms(self.text), *map(str, numbers), *forms]


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
        shown = k or self._budget.passages
        return tuple(self._ranked(self._asked(query, where), shown)[0][:shown])

    def retrieve(
        self, query: str | AnalysedQuestion, where: Filter | None = None, k: int | None = None
    ) -> Retrieved:
        """The best `k` passages (default: the budget's) and the scored sentences of the best ones."""
        asked = self._asked(query, where)
        question, wanted = asked.question, asked.wanted
        shown = k or self._budget.passages
        ranked, known = self._ranked(asked, shown)
        if not ranked:
            return Retrieved(question, unquoted=wanted.quoted)
        rivals = [one.passage for one in ranked[: self._budget.passages]]
        opening = self._store.openings(rivals)[:_OPENINGS] if asked.question.intent in FORMS else []
        rivals += [one for one in opening if one not in rivals]
        before = self._store.preceding(rivals)
        needed = {one.id: one for one in (*rivals, *before.values())}
        new = self._store.analyses(one for key, one in needed.items() if key not in known)
        analyses = {key: known[key] if key in known else new[key] for key in needed}
        groups = [candidates(passage, before.get(passage.id), analyses) for passage in rivals]
        is_form = asked.question.intent in FORMS
        named = with_capitals(asked.text, Vocabulary(self._store)) if is_form else ""
        subject = Subject.of(named)
        about = [one for one in opening if subject.is_of(f"{one.title} {one.text}")]
        chosen = self._chosen(asked, groups, {one.id for one in opening}, {one.id for one in about[:_ABOUT]})
        read = [one.in_context if is_form else one.under_headline for one in chosen]
        logits = self._logits(asked, read)
        scored = [ScoredSentence(candidate, logit) for candidate, logit in zip(chosen, logits, strict=True)]
        scored.sort(key=lambda item: -item.logit)
        return Retrieved(
            question,
            tuple(ranked[:shown]),
            tuple(scored),
            analyses,
            asked.others,
            wanted.outlets,
            wanted.others,
            tuple(one for one in wanted.quoted if not asked.quoting[one]),
            tuple(one for one in rivals if one.id in asked.leads),
            any(covers(one, wanted, analyses) for one in rivals),
            named,
            wanted.sides,
            frozenset(one.id for one in opening),
            frozenset(one.article_id for one in about),
            wanted.is_newest,
            self._store.passage_count(),
        )

    def _chosen(
        self,
        asked: _Asked,
        groups: Sequence[Sequence[Candidate]],
        openings: Container[int],
        about: Container[int],
    ) -> list[Candidate]:
        """The sentences that are scored: the first ones of these openings, then the preselected.

        Of openings about the subject it is all of them.
        """
        if not openings:
            most = self._budget.form_pairs if asked.question.intent in FORMS else self._budget.pairs
            return preselected(self._store, asked.question, groups, most)
        first = [
            candidate
            for group in groups
            if group and group[0].passage.id in openings
            for candidate in [one for one in group if len(one.sentence.words) >= _SHORTEST][
                : None if group[0].passage.id in about else _OPENING_SENTENCES
            ]
        ]
        rest = [[one for one in group if one not in first] for group in groups]
        subject = analysed(asked.text)
        more, dated = self._budget.form_pairs - _FIRST, asked.question.intent == "timeline"
        return [*first, *preselected(self._store, subject, rest, more, dated=dated)]

    def standings(
        self, query: str | AnalysedQuestion, where: Filter | None = None, shown: int = 0
    ) -> tuple[list[tuple[Passage, Standing]], list[Passage]]:
        """The fused passages that the cross-encoder reads, with what is known of each, and those after them.

        Both in fused order; together at least `shown` if there are as many.
        """
        return self._standings(self._asked(query, where), shown)

    def _asked(self, query: str | AnalysedQuestion, where: Filter | None) -> _Asked:
        question = self._with_intent(query) if isinstance(query, str) else query
        where = where or Filter()
        wanted = preferences(question, self._store.sources, lambda: self._last_day(where))
        others = variants(question, Vocabulary(self._store))
        quoted = {one: quoting(one, where, self._store) for one in wanted.quoted}
        compared = sum(side.outlet is not None or side.year is not None for side in wanted.sides) > 1
        if compared:
            question = replace(question, intent="comparison")
        leads = leads_for(wanted, where, self._store)
        return _Asked(question, where, wanted, others, quoted, leads)

    def _with_intent(self, query: str) -> AnalysedQuestion:
        question = analysed(query)
        return replace(question, intent=intent_of(question, self._store.sources))

    def _standings(self, asked: _Asked, shown: int) -> tuple[list[tuple[Passage, Standing]], list[Passage]]:
        vector = self._embedder.query(legible(asked.text))
        fused = self._fused(vector, asked.terms, asked.where, max(self._budget.ranked, shown))

        def find(text: str, where: Filter, most: int) -> list[int]:
            nearest = vector if text == asked.text else self._embedder.query(legible(text))
            return [key for key, _ in self._fused(nearest, query_terms(text), where, most)[:most]]

        preferred = asked.leads or found_for(asked.wanted, asked.quoting, asked.where, find, self._store)
        fused = with_places_for(fused, preferred, self._budget.passages)
        most = max(shown, self._budget.passages)
        passages = without_copies(self._store, [key for key, _ in fused[: most + _SPARE]], most)
        # What is preferred may stand anywhere among the rivals, and has to be read.
        depth = self._budget.passages if preferred else self._budget.read
        read, rest = passages[:depth], passages[depth:]
        logits = self._logits(asked, [f"{one.title}. {one.text}" for one in read])
        sums = dict(fused)
        told = [
            Standing(sums[one.id] / BEST, logit, dated(asked.question.years, one))
            for one, logit in zip(read, logits, strict=True)
        ]
        return list(zip(read, told, strict=True)), rest

    def _ranked(
        self, asked: _Asked, shown: int
    ) -> tuple[list[RankedPassage], Mapping[int, Sequence[Sentence]]]:
        """At least `shown` passages if there are as many, best first, and the analyses read on the way.

        Those that the cross-encoder does not read follow in fused order, with score 0, unless the question
        prefers them.
        """
        read, rest = self._standings(asked, shown)
        scored = sorted(((one, told.relevance) for one, told in read), key=lambda item: -item[1])
        scored += [(passage, 0.0) for passage in rest]
        ranked = [RankedPassage(rank, *item) for rank, item in enumerate(scored, start=1)]
        told = self._store.analyses(one for one, _ in read) if asked.wanted.days else {}
        return lifted(ranked, asked.wanted, told, asked.leads), told

    def _fused(
        self, vector: NDArray[np.float32], terms: Sequence[str], where: Filter, depth: int
    ) -> list[tuple[int, float]]:
        dense = self._vectors.search(vector, depth, where)
        lexical = self._store.lexical(terms, depth, where)
        return reciprocal_rank_fusion([[key for key, _ in dense], [key for key, _ in lexical]])

    def _logits(self, asked: _Asked, texts: Sequence[str]) -> list[float]:
        """What the cross-encoder says of each text."""
        written = [as_asked(legible(text), asked.question, asked.others) for text in texts]
        return self.scorer.scores(legible(asked.text), written)

    def _last_day(self, where: Filter) -> date | None:
        """The day from which dates without a year count back: that of `as_of`, or of the newest article."""
        last = where.as_of or self._store.archive().last
        return date.fromisoformat(last[:10]) if last else None
