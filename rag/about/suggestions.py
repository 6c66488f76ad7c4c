"""Suggestions: up to three questions that the archive answers, made from what was found for an answer.

Nothing is searched. Each question is made from sentences beside those that the answer shows, by rules
(`rag.about.questions`), and is suggested only where the second reading finds that its sentence answers it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import chain, islice, starmap, zip_longest

from corpus.dates import day_of
from index.language.sentence import Name, NameKind
from index.language.words import phrase, stems
from index.models.cross_encoder import PairScorer
from index.store.filters import source_key
from index.store.store import Passage
from rag.about.figures import differ
from rag.about.questions import (
    Kind,
    Made,
    as_written,
    is_named,
    is_topic,
    key_of,
    questions_of,
    with_article,
)
from rag.answer import Answer, Intent
from rag.question.analysed import AnalysedQuestion, analysed
from rag.question.preferences import Side
from rag.quote.evidence import in_surroundings
from rag.quote.extract import Reader
from rag.retrieve.context import Candidate, candidates
from rag.retrieve.search import Retrieved, ScoredSentence

MOST = 3
MOST_TRIED = 3
"""Questions about sentences that are tried at most."""
SURE = 0.0
"""Logit of the second reading from which on a sentence answers what is asked about it. For 74
answers it makes 93 suggestions, all of which are answered when asked."""
MOST_TOPICS, MOST_READ = 1, 3
"""Questions about a whole subject that the reader tries, each with so many sentences."""
_SAME = 0.6
"""Share of the stems of the shorter of two questions from which they ask the same."""
MOST_APART = 3
"""How many times a number may be another one that is given of the same."""
_NEWS_DAYS = 14
"""Days between two articles that may tell the same news."""
_LONGEST = 120
"""Characters of a question that names two outlets."""
_FEWEST_DAYS = 3
"""Days of a timeline that is suggested."""
_NEAREST = 3
"""Passages that tell what a question without an answer is about."""

KINDS: tuple[Kind, ...] = ("differ", "said", "when", "who", "count", "where")
"""The order in which questions of each kind are tried."""

Stems = frozenset[str]
_Try = tuple[Retrieved, Sequence[Candidate], Made]


@dataclass(frozen=True, slots=True)
class _Topic:
    """A name of several articles, as a question names it, with the first sentence of each that has it."""

    text: str
    sentences: tuple[Candidate, ...]
    headlines: int
    """How many of the articles have it in the headline."""
    is_place: bool

    @property
    def days(self) -> set[str]:
        """The days on which they were published."""
        published = (one.passage.published_at for one in self.sentences)
        return set(map(day_of, filter(None, published)))


def suggestions(
    answer: Answer, found: Sequence[Retrieved], reader: Reader, scorer: PairScorer
) -> tuple[str, ...]:
    """The questions, one of a kind, best first; none where nothing good is found.

    `found` is what was found for the answer; what was asked in its conversation is not suggested.
    """
    making = _Making(answer, found, reader, scorer)
    tries = making.tries()
    with ThreadPoolExecutor(MOST_TRIED + MOST_TOPICS, thread_name_prefix="suggest") as pool:
        whole = pool.submit(lambda: next(making.of_topics(), None))
        facts = list(making.facts(tries, pool))
        topic = whole.result()
    chosen = [*facts[: MOST - 1], *([topic] if topic else []), *facts[MOST - 1 :]]
    return tuple(chosen[:MOST])


class _Making:
    """Makes the suggestions of one answer."""

    def __init__(
        self, answer: Answer, found: Sequence[Retrieved], reader: Reader, scorer: PairScorer
    ) -> None:
        self._answer = answer
        self._found = found
        self._reader = reader
        self._scorer = scorer
        asked = [answer.question.text, answer.standalone or "", *answer.searched]
        asked += [turn.content for turn in answer.question.history if turn.role == "user"]
        self._taken: list[Stems] = [frozenset(stems(text)) for text in asked if text]

    # Questions about what sentences tell

    def tries(self) -> list[_Try]:
        """Questions that sentences suggest, which may be tried."""
        return list(islice(self._distinct(), MOST_TRIED))

    def facts(self, tries: Sequence[_Try], pool: Executor) -> Iterator[str]:
        """Those that are answered, one of each kind; the pool tries them at the same time."""
        kinds: set[str] = set()
        for (_, _, made), is_answered in zip(tries, pool.map(self._is_answered, tries), strict=True):
            if is_answered and made.kind not in kinds:
                kinds.add(made.kind)
                yield made.question

    def _distinct(self) -> Iterator[_Try]:
        """Those that ask what neither the conversation nor one before asks, one of each kind first."""
        taken = list(self._taken)
        for one in _in_turns(self._made()):
            words = frozenset(stems(one[2].question))
            if not any(_is_same(words, other) for other in taken):
                taken.append(words)
                yield one

    def _made(self) -> Iterator[_Try]:
        """Each question with the search and the sentences that it was made from, the nearest first."""
        for one in self._found:
            near = sorted(self._candidates(one), key=lambda here: not self._is_cited(here))
            for here in near:
                for made in questions_of(here.sentence, here.passage, self._names):
                    if made.kind == "count" and (other := _differing(here, made, near)):
                        yield one, (here, other[0]), other[1]
                    if not self._is_shown(here):
                        yield one, (here,), made

    def _candidates(self, found: Retrieved) -> Iterator[Candidate]:
        """The sentences found that are of an article which the answer cites, or name what it is about."""
        for here in self._sentences[id(found)]:
            if self._is_cited(here) or not self._names.isdisjoint(map(key_of, here.sentence.names)):
                yield here

    @cached_property
    def _sentences(self) -> dict[int, list[Candidate]]:
        """The sentences of each search's passages, the best passages first."""
        return {
            id(one): [
                here
                for ranked in one.passages
                if ranked.passage.id in one.analyses
                for here in candidates(ranked.passage, None, one.analyses)
            ]
            for one in self._found
        }

    def _is_cited(self, here: Candidate) -> bool:
        """Whether the answer cites the article."""
        return any(here.passage.article_id == one.article_id for one in self._answer.citations)

    def _is_shown(self, here: Candidate) -> bool:
        """Whether the answer shows the sentence."""
        return any(
            here.passage.article_id == one.article_id and one.start <= here.start < one.end
            for one in self._answer.citations
        )

    @cached_property
    def _names(self) -> set[str]:
        """What the question and the sentences that the answer shows name."""
        named = [name for one in self._found for name in one.question.sentence.names]
        for one in self._found:
            shown = (item.candidate for item in one.sentences if self._is_shown(item.candidate))
            named += (name for here in shown for name in here.sentence.names)
        return set(map(key_of, named))

    def _is_answered(self, tried: _Try) -> bool:
        """Whether the sentences alone answer the question."""
        found, sentences, made = tried
        question = analysed(made.question)
        if question.sentence.dates:
            return False
        if made.kind == "differ":
            return self._is_compared(tried, question)
        [logit] = self._scorer.answering(made.question, [in_surroundings(here, found) for here in sentences])
        return logit >= SURE

    def _is_compared(self, tried: _Try, question: AnalysedQuestion) -> bool:
        """Whether the reader quotes a sentence of each outlet, given these alone."""
        found, sentences, made = tried
        logits = self._scorer.scores(made.about, [here.in_context for here in sentences])
        given = tuple(starmap(ScoredSentence, zip(sentences, logits, strict=True)))
        sources = [here.passage.source or "" for here in sentences]
        sides = tuple(Side(one, source_key(one)) for one in sources)
        question = replace(question, intent="comparison")
        told = Retrieved(question, sentences=given, analyses=found.analyses, subject=made.about, sides=sides)
        return len(self._reader.read(told).quotes) == len(sides)

    # Questions about a whole subject

    def of_topics(self) -> Iterator[str]:
        """Questions about names of several articles found, in whose answer more than one is quoted."""
        for topic in self._topics()[:MOST_TOPICS]:
            intent, asked = _about(topic, self._answer.intent)
            question = replace(analysed(asked), intent=intent)
            told = topic.sentences[:MOST_READ]
            logits = self._scorer.scores(topic.text, [one.in_context for one in told])
            given = sorted(map(ScoredSentence, told, logits), key=lambda one: -one.logit)
            analyses = {key: each for one in self._found for key, each in one.analyses.items()}
            found = Retrieved(question, sentences=tuple(given), analyses=analyses, subject=topic.text)
            reading = self._reader.read(found)
            if reading.in_order and len(reading.quotes) > 1:
                yield asked

    def _topics(self) -> list[_Topic]:
        """Names of several articles found, one of which the answer is about, and of a headline of these.

        Those that most headlines have come first.
        """
        first: dict[str, dict[str, Candidate]] = {}
        titled: dict[str, set[str]] = {}
        written: dict[str, Counter[str]] = {}
        places: set[str] = set()
        for here, name in self._named():
            key, article = phrase(name.text), here.passage.article_id
            written.setdefault(key, Counter())[with_article(here.sentence, name)] += 1
            first.setdefault(key, {}).setdefault(article, here)
            if name.kind is NameKind.PLACE:
                places.add(key)
            if is_named(name, here.passage.title):
                titled.setdefault(key, set()).add(article)
        topics = [
            _Topic(as_written(written[key]), tuple(first[key].values()), len(headlines), key in places)
            for key, headlines in titled.items()
            if len(first[key]) > 1 and not self._articles.isdisjoint(first[key])
        ]
        return sorted(topics, key=lambda one: (-one.headlines, -len(one.sentences)))

    def _named(self) -> Iterator[tuple[Candidate, Name]]:
        """The names that may be asked about in the sentences found, best passages first."""
        for here in chain(*self._sentences.values()):
            outlet = here.passage.source
            yield from ((here, name) for name in here.sentence.names if is_topic(name, outlet))

    @cached_property
    def _articles(self) -> frozenset[str]:
        """The articles that the answer cites, else those of the nearest passages."""
        cited = frozenset(one.article_id for one in self._answer.citations)
        return cited or frozenset(one.passage.article_id for one in self._answer.passages[:_NEAREST])


def _is_same(one: Stems, other: Stems) -> bool:
    """Whether two questions ask the same, nearly in the same words."""
    return len(one & other) >= _SAME * max(1, min(len(one), len(other)))


def _about(topic: _Topic, intent: Intent) -> tuple[Intent, str]:
    """A question about it that its articles may answer, of another intent than the one asked.

    What happened in a place need not belong together.
    """
    days = len(topic.days)
    if days >= _FEWEST_DAYS and not topic.is_place and intent != "timeline":
        return "timeline", f"What is the timeline of {topic.text}?"
    if days > 1 and intent != "latest":
        return "latest", f"What is the latest on {topic.text}?"
    return "overview", f"What is known about {topic.text}?"


def _in_turns(tries: Iterable[_Try]) -> Iterator[_Try]:
    """One of each kind in the order of `KINDS`, then the next of each."""
    lines: dict[Kind, list[_Try]] = {kind: [] for kind in KINDS}
    for one in tries:
        lines[one[2].kind].append(one)
    for row in zip_longest(*lines.values()):
        yield from (one for one in row if one)


def _differing(here: Candidate, made: Made, near: Sequence[Candidate]) -> tuple[Candidate, Made] | None:
    """A sentence of another outlet that gives another number of the same, and a question about both."""
    figure, counted = Decimal(made.answer.replace(",", "")), frozenset(stems(made.counted))
    for other in near:
        if not _tell_the_same(here.passage, other.passage) or not counted <= set(other.sentence.stems):
            continue
        numbers = [
            one.low for one in other.sentence.quantities if one.counts in counted and one.low == one.high
        ]
        near_it = (one for one in numbers if max(one, figure) <= MOST_APART * min(one, figure))
        given = ((other.passage.source, number) for number in near_it)
        if differ([(here.passage.source, figure), *given]):
            about = f"the number of {made.counted}"
            question = f"How do {here.passage.source} and {other.passage.source} differ on {about}?"
            if len(question) <= _LONGEST:
                return other, replace(made, kind="differ", question=question, about=about)
    return None


def _tell_the_same(one: Passage, other: Passage) -> bool:
    """Whether two outlets may tell the same news: within some days, with a word of the headline in common."""
    if not one.source or not other.source or source_key(one.source) == source_key(other.source):
        return False
    if one.published_at and other.published_at:
        days = [date.fromisoformat(day_of(day)) for day in (one.published_at, other.published_at)]
        if abs((days[0] - days[1]).days) > _NEWS_DAYS:
            return False
    return not set(stems(one.title)).isdisjoint(stems(other.title))
