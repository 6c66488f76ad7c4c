"""What a language model makes of the articles: written sentences, or the wish for another search."""

from dataclasses import dataclass
from typing import Literal

from rag.answer import Support
from rag.quote.quotes import Quote


@dataclass(frozen=True, slots=True)
class WrittenSentence:
    """A sentence of a model, plain text without marks, once it was checked; it is never taken back.

    `quotes` are what it rests on; an `unsupported` one has none and is left out of the answer, and `reason`
    says why in one sentence. A gap says what the articles do not say: `support` is None where a trusted check
    of meaning confirmed that, `unconfirmed` where only its form and its exact parts were checked. `item` is
    the number of the list item that it stands in.
    """

    text: str
    role: Literal["claim", "gap"]
    support: Support | None
    quotes: tuple[Quote, ...] = ()
    reason: str | None = None
    item: int | None = None


@dataclass(frozen=True, slots=True)
class SearchWish:
    """What the model would search for, since the articles that it was given do not answer."""

    queries: tuple[str, ...]
