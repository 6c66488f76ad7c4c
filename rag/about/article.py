"""Questions about one article that the archive answers, for those who are reading it elsewhere."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import zip_longest

from index.language.words import phrase
from index.store.store import Store
from rag.about.questions import as_written, is_named, is_topic, questions_of, with_article
from rag.answer import Answer, Question

MOST = 3
TRIES = 6
"""Candidates that are asked at most."""


def questions_about(store: Store, article_id: str, ask: Callable[[Question], Answer]) -> tuple[str, ...]:
    """At most three questions that `ask` answers from the article, of different kinds as far as there are.

    They are made from its own sentences by rules (`rag.about.questions`), in the order of the text; the last
    kind asks what is known about a name of its headline. At most six are asked.
    """
    chosen: list[str] = []
    for question in list(_candidates(store, article_id))[:TRIES]:
        if len(chosen) < MOST and _is_answered(article_id, ask(Question(question))):
            chosen.append(question)
    return tuple(chosen)


def _candidates(store: Store, article_id: str) -> Iterator[str]:
    """The first question of each kind, then the second of each."""
    passages = store.passages_of(article_id)
    analyses = store.analyses(passages)
    kinds: dict[str, dict[str, None]] = {}
    topics: dict[str, Counter[str]] = {}
    for passage in passages:
        for sentence in analyses[passage.id]:
            for made in questions_of(sentence, passage):
                kinds.setdefault(made.kind, {})[made.question] = None
            for name in sentence.names:
                if is_topic(name, passage.source) and is_named(name, passage.title):
                    topics.setdefault(phrase(name.text), Counter())[with_article(sentence, name)] += 1
    overviews = [f"What is known about {as_written(forms)}?" for forms in topics.values()]
    for row in zip_longest(*kinds.values(), overviews):
        yield from filter(None, row)


def _is_answered(article_id: str, answer: Answer) -> bool:
    return answer.status == "answered" and any(one.article_id == article_id for one in answer.citations)
