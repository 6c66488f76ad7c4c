"""The articles that carry a correction notice, and the words of the notices as quotes."""

from collections.abc import Container, Iterator
from dataclasses import dataclass

from corpus.page.corrections import Correction, find_corrections
from index.store.filters import Filter
from index.store.store import Passage, Store
from rag.cite import is_out
from rag.quote.quotes import Quote, QuotedSentence

MOST_QUOTED = 5
"""Notices that are quoted, of the newest articles."""
_MOST = 1_000
"""Passages that are looked through for each of these words."""
_OF_NOTICES = """
correction corrected corrects clarification clarified clarifies retraction retracted erratum amended misstated
misspelled misidentified misattributed misquoted incorrectly wrongly erroneously mistakenly inaccurately
withdrawn regret
""".split()
"""A notice has one of these words, or an "earlier version"."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A passage with the sentences of a notice in it."""

    passage: Passage
    quote: Quote


def corrected(store: Store, where: Filter, among: Container[str] | None = None) -> list[Corrected]:
    """The articles that pass the filter and carry a notice, the newest first, each with its first one.

    `among`: ids of the articles that are asked for, None for all. A notice counts from its own day on, or
    from the article's last update.
    """
    ids = dict.fromkeys(key for word in _OF_NOTICES for key in store.holding_all((word,), _MOST, where))
    ids |= dict.fromkeys(store.holding_all(("earlier", "version"), _MOST, where))
    found: dict[str, Corrected] = {}
    for passage in store.passages(ids):
        if among is None or passage.article_id in among:
            for one in _noticed(store, passage, where):
                known = found.get(passage.article_id)
                if known is None or one.quote.start < known.quote.start:
                    found[passage.article_id] = one
    return sorted(found.values(), key=lambda one: one.passage.published_at or "", reverse=True)


def _noticed(store: Store, passage: Passage, where: Filter) -> Iterator[Corrected]:
    for notice in find_corrections(passage.text):
        quote = _quote(passage, notice)
        if notice.kind != "note" and quote and _is_known(store, passage, notice, where):
            yield Corrected(passage, quote)


def _is_known(store: Store, passage: Passage, notice: Correction, where: Filter) -> bool:
    """Whether the notice was out at the question's moment."""
    if where.as_of_instant is None:
        return True
    stored = store.article(passage.article_id, passage.revision)
    return stored is not None and is_out(notice, stored.article.updated_at, where)


def _quote(passage: Passage, notice: Correction) -> Quote | None:
    """The passage's sentences that the notice is made of."""
    first, last = passage.start + notice.start, passage.start + notice.end
    spans = zip(passage.sentences, passage.sentence_texts, strict=True)
    inside = [
        QuotedSentence(start, end, text) for (start, end), text in spans if start < last and first < end
    ]
    return Quote(passage, tuple(inside)) if inside else None
