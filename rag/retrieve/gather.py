"""Gathering what bears on one question: each part of it is searched, and further queries beside them.

What several searches found is fused by taking turns, so that each keeps its best passages.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from index.language.sentence import Sentence
from index.store.store import Store
from index.store.vocabulary import Vocabulary
from rag.abstain import RELEVANT
from rag.answer import Intent, Notice, RankedPassage
from rag.question.analysed import AnalysedQuestion, Leaning, analysed
from rag.question.asked import AskedQuestion
from rag.question.compound import split_question
from rag.question.spelling import spelled
from rag.retrieve.copies import without_copies
from rag.retrieve.fair import in_order, merged
from rag.retrieve.neighbours import with_neighbours
from rag.retrieve.search import Retrieved, Retriever

_SPARE = 20
"""Passages beyond those that are wanted: copies leave places open."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a further query found."""

    query: str
    passages: tuple[RankedPassage, ...]
    is_relevant: bool = False
    """Whether a sentence bears on the query, as far as that was looked at."""

    @classmethod
    def of(cls, found: Retrieved) -> "Beside":
        """What a search found that scored sentences."""
        return cls(found.question.text, found.passages, is_relevant(found))


@dataclass(frozen=True, slots=True)
class Gathered:
    """A question, what was found for each of the questions that it asks, and for further queries."""

    asked: AskedQuestion
    found: tuple[Retrieved, ...]
    beside: tuple[Beside, ...] = ()

    @property
    def searched(self) -> tuple[str, ...]:
        """The questions and queries that were searched for."""
        return tuple(dict.fromkeys((*self.parts, *(one.query for one in self.beside))))

    @property
    def parts(self) -> tuple[str, ...]:
        """The questions that it asks."""
        return tuple(one.question.text for one in self.found)

    def passages(self, most: int) -> tuple[RankedPassage, ...]:
        """The best passages over all searches, each once.

        The question's own and those of further queries take turns: whatever the queries find, half of the
        places are the question's.
        """
        own = [one.passages for one in self.found]
        if not self.beside:
            return merged(own, most)
        return merged([merged(own, most), merged([one.passages for one in self.beside], most)], most)

    @property
    def notices(self) -> Iterator[Notice]:
        """Which names were searched in other forms too, and which quoted words no passage has."""
        for one in self.found:
            yield from one.notices

    @property
    def is_relevant(self) -> bool:
        """Whether any sentence bears on the question: only then is a language model asked."""
        return any(map(is_relevant, self.found)) or any(one.is_relevant for one in self.beside)

    @property
    def analyses(self) -> Mapping[int, Sequence[Sentence]]:
        """The analyses of passages that were read for the searches, by their ids."""
        return {key: told for one in self.found for key, told in one.analyses.items()}

    def with_intent(self, intent: Intent) -> "Gathered":
        """The same, for a question that is to be answered in another form."""
        question = replace(self.asked.question, intent=intent)
        found = self.found
        if len(found) == 1:
            found = (replace(found[0], question=replace(found[0].question, intent=intent)),)
        return replace(self, asked=replace(self.asked, question=question), found=found)

    def without(self, article_ids: Container[str]) -> "Gathered":
        """What was found in other articles than these."""
        kept = []
        for one in self.found:
            items = (item for item in one.sentences if item.candidate.passage.article_id not in article_ids)
            leads = (lead for lead in one.leads if lead.article_id not in article_ids)
            passages = (each for each in one.passages if each.passage.article_id not in article_ids)
            kept.append(replace(one, sentences=tuple(items), leads=tuple(leads), passages=tuple(passages)))
        return replace(self, found=tuple(kept))


def is_relevant(found: Retrieved) -> bool:
    """Whether a sentence that was found bears on what was searched, or a lead is what is asked for."""
    return bool(found.leads) or any(item.logit > RELEVANT for item in found.sentences)


class Gatherer:
    """Searches a store; each search gives `most` passages, None: as many as the retriever gives."""

    def __init__(self, store: Store, retriever: Retriever, most: int | None = None) -> None:
        self._store = store
        self._retriever = retriever
        self._most = most

    def search(self, asked: AskedQuestion, beside: Sequence[Beside] = ()) -> Gathered:
        """What is found for each question that a compound question asks, with what was found before."""
        texts = split_question(asked.text)
        parts = [asked.question] if texts == [asked.text] else map(analysed, texts)
        found = tuple(self._retriever.retrieve(part, asked.dates.where, self._most) for part in parts)
        return Gathered(asked, found, tuple(beside))

    def search_beside(self, gathered: Gathered, queries: Sequence[str], lean: Leaning) -> Gathered:
        """What was gathered, and what these queries find beside it; the search leans as `lean` says.

        Queries in the same words as an earlier one are left out. Where none is left and the search leans, the
        question itself is searched in that way.
        """
        known = [analysed(text).stems for text in gathered.searched]
        new: list[AnalysedQuestion] = []
        for query in queries:
            question = analysed(spelled(query, Vocabulary(self._store)).question)
            if question.stems not in known:
                known.append(question.stems)
                new.append(question)
        if lean and not new:
            new = [gathered.asked.question]
        for question in new:
            found = self._found_beside(gathered, replace(question, leaning=lean))
            gathered = replace(gathered, beside=(*gathered.beside, found))
        return gathered

    def _found_beside(self, gathered: Gathered, question: AnalysedQuestion) -> Beside:
        where = gathered.asked.dates.where
        if not gathered.is_relevant:  # Only scored sentences tell whether the archive covers the subject.
            return Beside.of(self._retriever.retrieve(question, where, self._most))
        return Beside(question.text, self._retriever.search(question, where, self._most))

    def to_read(
        self, gathered: Gathered, most: int
    ) -> tuple[tuple[RankedPassage, ...], Mapping[int, Sequence[Sentence]]]:
        """The best passages with the neighbours that they need, and the analysis of each by its id.

        Of copies of one story, which different searches may have found, one is there.
        """
        best = gathered.passages(most)
        if gathered.beside:
            by_id = {one.passage.id: one for one in gathered.passages(most + _SPARE)}
            kept = without_copies(self._store, by_id, most)
            best = tuple(in_order([replace(by_id[one.id], passage=one) for one in kept]))
        analyses = dict(gathered.analyses)
        analyses |= self._store.analyses(one.passage for one in best if one.passage.id not in analyses)
        joined = with_neighbours(self._store, best, analyses)
        analyses |= self._store.analyses(one.passage for one in joined if one.passage.id not in analyses)
        return joined, analyses
