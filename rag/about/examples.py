"""Example questions, made from an archive's own sentences by rules: grammatical English, or none at all.

Three kinds: who somebody is (a sentence gives the role), how many there were (a sentence counts), what
somebody said about something (a sentence quotes). Each is asked before it is shown.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from corpus.words.lists import one_of
from index.language.names import is_person_like
from index.language.sentence import Name, Sentence
from index.language.words import STOPWORDS, fold, stems, words
from index.store.filters import Filter
from index.store.store import Passage, Store
from rag.answer import Answer, Question

MOST = 4
TRIES = 12
"""Candidates that are asked at most."""
_LOOKED_AT = 240
"""Passages read for candidates, spread over the archive."""
_LONGEST = 80

_PERSON = (
    r"[A-ZÀ-Þ][a-zà-ÿ’'-]+(?: [A-Z]\.)?"
    r"(?: (?:al-|bin |van |von |de |del |da )?[A-ZÀ-Þ][\w’'-]*[a-zà-ÿ]){1,2}"
)
_OFFICE = one_of(
    """spokes\\w+ envoy minister president director secretary mayor captain commander professor analyst
    chair\\w* chief coach founder senator governor ambassador head leader judge author researcher curator
    engineer"""
)
_ROLE_AFTER = re.compile(
    rf"(?P<person>{_PERSON}), (?:the |an? |its |their )?(?P<role>(?:[\w’'-]+ ){{0,5}}?{_OFFICE}"
    r"(?: (?:of|for|at|to|in)(?: the)?(?: [\w’'-]+){1,4})?)(?=[,.])"
)
_ROLE_BEFORE = re.compile(
    rf"(?P<role>(?:[\w’'-]+ ){{1,4}}{_OFFICE}(?: (?:of|for|at|to)(?: the)? [A-Z][\w’'-]+)?),? "
    rf"(?P<person>{_PERSON})"
)
_COUNTED = one_of(
    """people civilians soldiers troops children women men residents families passengers workers students
    homes houses ships vessels buildings schools patients prisoners fighters migrants refugees demonstrators
    protesters volunteers customers containers jobs employees"""
)
_DONE = one_of(
    """displaced killed wounded injured arrested evacuated rescued detained destroyed damaged cancelled
    closed hurt stranded delayed affected lost sold built born cut freed released"""
)
_WHERE = (
    r"(?P<where>(?: (?:in|at|by|on|from|during|near|after)(?: the| an?)?(?: [\w’'-]+){1,3})?)"
    r"(?=[,.;]| since| after| when| and| while)"
)
_COUNT = re.compile(
    r"\b(?P<figure>\d{1,3}(?:,\d{3})+|\d+) "
    rf"(?P<noun>(?:[a-z]+ )?{_COUNTED}) "
    rf"(?:(?:had been|have been|were|are) (?P<done>{_DONE})|(?:had |have )?(?P<did>died|fled)){_WHERE}"
)
_SAID = one_of("said says told added warned wrote explained")
_SPEAKER = re.compile(rf"[”\"’]?,? (?:{_SAID} (?P<after>{_PERSON})|(?P<before>{_PERSON}) {_SAID})\b")
_SUBJECT = re.compile(r"\bthe (?P<noun>[a-z]{4,})\b")
_VAGUE = frozenset(
    """time times year years day days week weeks month months people thing things way world country end
    rest same first last next other others part side moment night morning whole number point question
    answer reason result case fact man woman beginning middle start new old best worst most more hour hours
    minute minutes second third only house people public group team company truth idea""".split()
)

_PLACES = frozenset("Port Mount Lake Fort Cape San Santa Saint St New Los Las El Great Upper Lower".split())

Kind = Literal["who", "count", "quote"]


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the article it was made from, a word its answer has to hold, and the word it turns on."""

    kind: Kind
    question: str
    article_id: str
    answer: str
    about: str


def examples(store: Store, ask: Callable[[Question], Answer]) -> tuple[str, ...]:
    """At most four questions that `ask` answers from the very articles they were made from.

    They come from different articles, and from different kinds as far as there are any. At most twelve are
    asked; the same store gives the same ones.
    """
    chosen: list[Example] = []
    tried = 0
    for example in in_turns(candidates(store)):
        if tried == TRIES or len(chosen) == MOST:
            break
        if any(example.article_id == other.article_id for other in chosen):
            continue
        tried += 1
        if _is_answered(example, ask(Question(example.question))):
            chosen.append(example)
    return tuple(example.question for example in chosen)


def candidates(store: Store) -> list[Example]:
    """Questions that the sampled passages suggest, those about what the archive mentions most first."""
    ids = store.passage_ids(Filter()).tolist()
    stride = max(1, len(ids) // _LOOKED_AT)
    found: dict[str, Example] = {}
    passages = store.passages(ids[::stride][:_LOOKED_AT])
    analyses = store.analyses(passages)
    for passage in passages:
        for sentence in analyses[passage.id]:
            for example in (*_who(sentence, passage), *_count(sentence, passage), *_quote(sentence, passage)):
                if len(example.question) <= _LONGEST:
                    found.setdefault(example.question, example)
    mentions = store.document_frequency({example.about for example in found.values()})
    return sorted(found.values(), key=lambda one: (-mentions.get(one.about, 0), one.question))


def _who(sentence: Sentence, passage: Passage) -> Iterator[Example]:
    for pattern in (_ROLE_AFTER, _ROLE_BEFORE):
        match = pattern.search(sentence.text)
        if match and is_person(match["person"], sentence.names):
            person, role = match["person"], match["role"].split()[-1]
            yield Example("who", f"Who is {person}?", passage.article_id, role, person.split()[-1])


def _count(sentence: Sentence, passage: Passage) -> Iterator[Example]:
    match = _COUNT.search(sentence.text)
    if not match or any(told.start <= match.start("figure") < told.end for told in sentence.dates):
        return
    if match["did"] and not match["where"]:
        return
    done = f"were {match['done']}" if match["done"] else match["did"]
    question = f"How many {match['noun']} {done}{match['where']}?"
    about = (match["where"] or match["noun"]).split()[-1]
    yield Example("count", question, passage.article_id, match["figure"], about)


def _quote(sentence: Sentence, passage: Passage) -> Iterator[Example]:
    match = _SPEAKER.search(sentence.text)
    speaker = (match["after"] or match["before"]) if match else ""
    if not speaker or not is_person(speaker, sentence.names):
        return
    titled = set(stems(passage.title))
    nouns = [found["noun"] for found in _SUBJECT.finditer(sentence.text)]
    for noun in nouns:
        if noun not in _VAGUE and noun not in STOPWORDS and set(stems(noun)) <= titled:
            question = f"What did {speaker} say about the {noun}?"
            yield Example("quote", question, passage.article_id, speaker.split()[-1], noun)
            return


def is_person(person: str, named: Iterable[Name]) -> bool:
    """Whether the words are one whole name of those of a sentence, and may be a person's."""
    return person.split()[0] not in _PLACES and any(
        name.text == person and is_person_like(name) for name in named
    )


def in_turns(found: Sequence[Example]) -> Iterator[Example]:
    """One of each kind, then the next of each."""
    lines = [[one for one in found if one.kind == kind] for kind in ("quote", "count", "who")]
    for place in range(max(map(len, lines))):
        yield from (line[place] for line in lines if place < len(line))


def _is_answered(example: Example, answer: Answer) -> bool:
    """Whether the answer has the expected word in a citation of the article it comes from."""
    return answer.status == "answered" and any(
        citation.article_id == example.article_id
        and set(map(fold, example.answer.split())) <= {fold(word) for word, _, _ in words(citation.quote)}
        for citation in answer.citations
    )
