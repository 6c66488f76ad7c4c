"""Example questions, made from an archive's own sentences by rules: grammatical English, or none at all.

Three kinds: who somebody is (a sentence gives the role), how many there were (a sentence counts), what
somebody said about something (a sentence quotes). Each is asked before it is shown.
"""

from collections.abc import Callable, Iterator, Sequence

from index.language.words import fold, words
from index.store.filters import Filter
from index.store.store import Store
from rag.about.questions import Made, questions_of
from rag.answer import Answer, Question

MOST = 4
TRIES = 12
"""Candidates that are asked at most."""
_LOOKED_AT = 240
"""Passages read for candidates, spread over the archive."""


def examples(store: Store, ask: Callable[[Question], Answer]) -> tuple[str, ...]:
    """At most four questions that `ask` answers from the very articles they were made from.

    They come from different articles, and from different kinds as far as there are any. At most twelve are
    asked; the same store gives the same ones.
    """
    chosen: list[Made] = []
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


def candidates(store: Store) -> list[Made]:
    """Questions that the sampled passages suggest, those about what the archive mentions most first."""
    ids = store.passage_ids(Filter()).tolist()
    stride = max(1, len(ids) // _LOOKED_AT)
    found: dict[str, Made] = {}
    passages = store.passages(ids[::stride][:_LOOKED_AT])
    analyses = store.analyses(passages)
    for passage in passages:
        for sentence in analyses[passage.id]:
            for example in questions_of(sentence, passage):
                found.setdefault(example.question, example)
    mentions = store.document_frequency({example.about for example in found.values()})
    return sorted(found.values(), key=lambda one: (-mentions.get(one.about, 0), one.question))


def in_turns(found: Sequence[Made]) -> Iterator[Made]:
    """One of each kind, then the next of each."""
    lines = [[one for one in found if one.kind == kind] for kind in ("said", "count", "who")]
    for place in range(max(map(len, lines))):
        yield from (line[place] for line in lines if place < len(line))


def _is_answered(example: Made, answer: Answer) -> bool:
    """Whether the answer has the expected word in a citation of the article it comes from."""
    return answer.status == "answered" and any(
        citation.article_id == example.article_id
        and set(map(fold, example.answer.split())) <= {fold(word) for word, _, _ in words(citation.quote)}
        for citation in answer.citations
    )
