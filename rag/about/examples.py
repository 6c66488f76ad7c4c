"""Example questions of an archive, of six kinds, each asked before it is shown.

They are made from the archive's own sentences by rules: a number that outlets give differently, what somebody
said, an overview, something of an article that was corrected, a timeline, and a question that the archive
honestly does not answer. What an archive does not have is left out; who, when and how many fill the places.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, get_args

from corpus.dates import day_of
from corpus.page.corrections import find_corrections
from index.language.sentence import Sentence
from index.language.words import fold, phrase, words
from index.store.filters import Filter, source_key
from index.store.store import Passage, Store
from rag.about.figures import compared, differ, figures
from rag.about.questions import Made, as_written, is_named, is_topic, questions_of, with_article
from rag.answer import Answer, Question

MOST = 6
TRIES = 3
"""Candidates of a kind that are asked at most."""
_LOOKED_AT = 240
"""Passages read for candidates, spread over the archive."""
_NOTICES = 40
"""Passages that are looked at for a notice of a correction."""
_OF_NOTICES = ("correction", "corrected", "clarification", "earlier", "version", "misstated")
_FEWEST_DAYS = 3
"""Days of a timeline."""

ExampleKind = Literal["figure", "quotation", "overview", "correction", "timeline", "unanswered", "fact"]
KINDS: tuple[ExampleKind, ...] = get_args(ExampleKind)
"""In the order in which they are looked for; facts fill the places of those that an archive does not have."""


Told = Mapping[Passage, Sequence[Sentence]]
"""Passages with their analyses."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A name, as a question has it, and a passage under each headline with it."""

    text: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class _Try:
    """A question to ask, the article it was made from if it was one, and what story it is of."""

    question: str
    story: str
    made: Made | None = None


def examples(store: Store, ask: Callable[[Question], Answer]) -> tuple[tuple[ExampleKind, str], ...]:
    """At most six questions with their kinds, of different stories as far as there are any.

    Each was asked, and `ask` answers it as its kind promises. Of each kind at most three are asked, of facts
    twice as many; the same store gives the same ones.
    """
    tries = _tries(store)
    chosen: dict[str, ExampleKind] = {}
    stories: set[str] = set()
    for kind in KINDS:
        wanted, most = (MOST - len(chosen), 2 * TRIES) if kind == "fact" else (1, TRIES)
        new = [one for one in tries[kind] if one.question not in chosen]
        for one in sorted(new, key=lambda one: one.story in stories)[:most]:
            if wanted and _shows(kind, one, ask(Question(one.question))):
                chosen[one.question] = kind
                stories.add(one.story)
                wanted -= 1
    return tuple((kind, question) for question, kind in chosen.items())


def candidates(store: Store) -> list[Made]:
    """Questions that the sampled passages suggest, those about what the archive mentions most first."""
    return _made(store, sampled(store))


def in_turns(found: Sequence[Made]) -> Iterator[Made]:
    """One of each kind, then the next of each."""
    kinds = dict.fromkeys(one.kind for one in found)
    lines = ([one for one in found if one.kind == kind] for kind in kinds)
    yield from (one for row in zip_longest(*lines) for one in row if one)


def sampled(store: Store) -> Told:
    """Passages spread over the archive, at most 240."""
    ids = store.passage_ids(Filter()).tolist()
    return _told(store, ids[:: max(1, len(ids) // _LOOKED_AT)][:_LOOKED_AT])


def _told(store: Store, ids: Iterable[int]) -> Told:
    passages = store.passages(ids)
    analyses = store.analyses(passages)
    return {passage: analyses[passage.id] for passage in passages}


def _made(store: Store, told: Told) -> list[Made]:
    found: dict[str, Made] = {}
    for passage, sentences in told.items():
        for sentence in sentences:
            for one in questions_of(sentence, passage):
                found.setdefault(one.question, one)
    mentions = store.document_frequency({one.about for one in found.values()})
    return sorted(found.values(), key=lambda one: (-mentions.get(one.about, 0), one.question))


# Candidates of each kind


def _tries(store: Store) -> dict[ExampleKind, list[_Try]]:
    """What may be asked, the likeliest of each kind first."""
    told = sampled(store)
    made = _made(store, told)
    subjects = [one.text for one in topics(told)]
    # Events and people, whose names mostly have several words, have a timeline rather than places have.
    happening = sorted(subjects, key=lambda one: len(one.removeprefix("the ").split()) == 1)
    corrected = [one.text for one in topics(_corrected(store), fewest=1)]
    people = [one.question.removeprefix("Who is ").rstrip("?") for one in made if one.kind == "who"]
    tries: dict[ExampleKind, list[_Try]] = {
        "figure": [_of(one) for one in made if one.kind == "count"],
        "quotation": [_of(one) for one in made if one.kind == "said"],
        "overview": [_Try(f"What is known about {one}?", one) for one in subjects],
        "correction": [
            *(_Try(f"What was corrected about {one}?", one) for one in corrected[: TRIES - 1]),
            _Try("Which articles were corrected?", ""),
        ],
        "timeline": [_Try(f"What is the timeline of {one}?", one) for one in happening],
        "unanswered": [_Try(f"Where was {one} born?", one) for one in people],
        "fact": [_of(one) for one in in_turns(made)],
    }
    return tries


def _of(made: Made) -> _Try:
    return _Try(made.question, made.article_id, made)


def topics(told: Told, fewest: int = 2) -> list[Topic]:
    """Names that so many headlines have, in most of them first."""
    held: dict[str, dict[str, Passage]] = {}
    written: dict[str, Counter[str]] = {}
    for passage, sentences in told.items():
        for sentence in sentences:
            for name in sentence.names:
                key = phrase(name.text)
                if is_topic(name, passage.source) and is_named(name, passage.title):
                    held.setdefault(key, {}).setdefault(passage.title, passage)
                    written.setdefault(key, Counter())[with_article(sentence, name)] += 1
    several = [key for key, headlines in held.items() if len(headlines) >= fewest]
    several.sort(key=lambda key: (-len(held[key]), key))
    return [Topic(as_written(written[key]), tuple(held[key].values())) for key in several]


def _corrected(store: Store) -> Told:
    """The passages of articles that have a notice, the first and those beside the notice."""
    ids = [key for key, _ in store.lexical(_OF_NOTICES, _NOTICES)]
    noticed = [one for one in store.passages(ids) if find_corrections(one.text)]
    beside = [*store.openings(noticed), *store.preceding(noticed).values(), *noticed]
    beside += store.following(store.openings(noticed)).values()
    return _told(store, dict.fromkeys(one.id for one in beside))


# Whether an answer is of its kind


def _shows(kind: ExampleKind, tried: _Try, answer: Answer) -> bool:
    """Whether the answer is what the kind promises."""
    if kind == "unanswered":
        return answer.status == "not_stated"
    if answer.status != ("listed" if kind == "correction" else "answered"):
        return False
    match kind:
        case "figure":
            return _differ(answer)
        case "overview":
            return answer.intent == kind and len({one.article_id for one in answer.citations}) > 1
        case "timeline":
            days = {day_of(one.published_at) for one in answer.citations if one.published_at}
            return answer.intent == kind and len(days) >= _FEWEST_DAYS
        case "correction":
            return any(one.corrections for one in answer.citations)
        case _:
            return tried.made is not None and _is_answered(tried.made, answer)


def _differ(answer: Answer) -> bool:
    """Whether two outlets give other numbers."""
    told = [one for one in figures(answer.to_json()) if isinstance(one["value"], float)]
    outlets = (source_key(one["outlet"]) for one in told)
    return differ((outlet, value) for outlet, (_, value) in zip(outlets, compared(told), strict=True))


def _is_answered(made: Made, answer: Answer) -> bool:
    """Whether the answer has the expected word in a citation of the article it comes from."""
    return any(
        citation.article_id == made.article_id
        and set(map(fold, made.answer.split())) <= {fold(word) for word, _, _ in words(citation.quote)}
        for citation in answer.citations
    )
