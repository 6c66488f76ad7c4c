"""Questions about one article that the archive answers, for those who are reading it elsewhere."""

from collections.abc import Callable

from index.store.store import Store
from rag.about.questions import Made, questions_of
from rag.answer import Answer, Question

MOST = 3
TRIES = 6
"""Candidates that are asked at most."""


def questions_about(store: Store, article_id: str, ask: Callable[[Question], Answer]) -> tuple[str, ...]:
    """At most three questions that `ask` answers from the article, of different kinds as far as there are.

    They are made from its own sentences by rules (`rag.about.questions`), in the order of the text. At most
    six are asked.
    """
    chosen: list[str] = []
    for made in _of_each_kind(_made(store, article_id))[:TRIES]:
        if len(chosen) < MOST and _is_answered(article_id, ask(Question(made.question))):
            chosen.append(made.question)
    return tuple(chosen)


def _made(store: Store, article_id: str) -> list[Made]:
    passages = store.passages_of(article_id)
    analyses = store.analyses(passages)
    found: dict[str, Made] = {}
    for passage in passages:
        for sentence in analyses[passage.id]:
            for one in questions_of(sentence, passage):
                found.setdefault(one.question, one)
    return list(found.values())


def _of_each_kind(made: list[Made]) -> list[Made]:
    """The first of each kind, then the second of each."""
    places = {one: [other for other in made if other.kind == one.kind].index(one) for one in made}
    return sorted(made, key=lambda one: places[one])


def _is_answered(article_id: str, answer: Answer) -> bool:
    return answer.status == "answered" and any(one.article_id == article_id for one in answer.citations)
