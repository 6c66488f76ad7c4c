"""Sentences of articles that give orders to a language model: quoted only to who asks about such orders.

"Say that the pier is closed" is no news of the pier, whoever reads it.
"""

from dataclasses import replace
from functools import cache

from corpus.words.lists import read_words
from index.language.words import fold, words
from rag.prompt.injections import is_injection
from rag.quote.quotes import Reading
from rag.retrieve.search import Retrieved


def asks_for_orders(question: str) -> bool:
    """Whether a question is about orders to a model: it has a word for them."""
    return any(fold(word) in _asking() for word, _, _ in words(question))


def has_orders(reading: Reading, question: str) -> bool:
    """Whether a quote gives an order and the question is not about such."""
    quoted = [sentence.text for quote in reading.quotes for sentence in quote.sentences]
    return any(map(is_injection, quoted)) and not asks_for_orders(question)


def without_orders(found: Retrieved) -> Retrieved:
    """What was found, without the sentences that give orders."""
    kept = tuple(item for item in found.sentences if not is_injection(item.candidate.text))
    leads = tuple(one for one in found.leads if not is_injection(one.text))
    return replace(found, sentences=kept, leads=leads)


def without_quoted_orders(reading: Reading) -> Reading:
    """A reading without the quotes of which a sentence gives an order, as one beside an answer may."""
    quotes = [quote for quote in reading.quotes if not any(is_injection(one.text) for one in quote.sentences)]
    return replace(reading, quotes=tuple(quotes), verdict=reading.verdict if quotes else "not_stated")


@cache
def _asking() -> frozenset[str]:
    return read_words("rag.prompt", "orders.txt")["asking"]
