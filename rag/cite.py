"""Numbered citations: quotes in, citations and the answer's sentences out. No other module numbers them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from corpus.article import Article
from corpus.dates import instant_of
from corpus.errors import Busy
from corpus.page.corrections import Correction, find_corrections
from index.store.filters import Filter
from index.store.store import Store
from rag.answer import Citation, Copy, Notice, Sentence
from rag.quote.quotes import Quote, merged_spans
from rag.quote.shown import shown
from rag.render import byline, written_when

MOST_COPIES = 20
"""Other articles of the same story that a citation names at most."""
_Where = tuple[str, str | None, str | None, str | None]
"""Title, outlet, day and address of an article."""


class Quotable(Protocol):
    """Decides what of an article may be quoted to whoever asks."""

    def __call__(self, article_id: str, revision: str, text: str, start: int, end: int, /) -> bool:
        """Whether `text[start:end]` of the revision may be quoted; then it counts as quoted."""


class Citations:
    """The citations of one answer, numbered from 1 in the order of first use, one for each span.

    Every quote is cut from the article's own text, so `text[start:end] == quote` holds by construction. Each
    article is read from the store once. Copies and correction notices are those that `where` lets through.
    `withheld` has the titles of articles, by id, of which `quotable` let something not be quoted.
    """

    def __init__(self, store: Store, where: Filter | None = None, quotable: "Quotable | None" = None) -> None:
        self._store = store
        self._where = where or Filter()
        self._quotable = quotable
        self.withheld: dict[str, str] = {}
        self._articles: dict[tuple[str, str], Article] = {}
        self._made: dict[tuple[str, str, int, int], Citation] = {}

    @property
    def made(self) -> tuple[Citation, ...]:
        """All so far, by number."""
        return tuple(self._made.values())

    def number(self, quote: Quote) -> int:
        """The number of the quote's span. Raises Busy when its revision has left the store meanwhile."""
        span = (quote.passage.article_id, quote.passage.revision, quote.start, quote.end)
        if span not in self._made:
            self._made[span] = self._citation(len(self._made) + 1, quote)
        return self._made[span].n

    def again(self, n: int, article_id: str, revision: str, start: int, end: int) -> Citation | None:
        """The citation that an earlier answer made of a span; None where the store has no words there."""
        stored = self._store.article(article_id, revision)
        if stored is None or not stored.article.text[start:end].strip():
            return None
        article = self._articles[article_id, revision] = stored.article
        where = (article.title, article.source, article.published_at, article.url)
        return self._made_of(n, article, revision, start, end, where)

    def permitted(self, quote: Quote) -> Quote | None:
        """The quote's best sentence with as many around it as may be quoted; None where it may not."""
        if self._quotable is None:
            return quote
        wanted = [n for n, part in enumerate(quote.sentences) if part.answers] or [0]
        first = last = wanted[0]
        allowed = self._may_quote(quote, first, first)
        while allowed and first > 0 and self._may_quote(quote, first - 1, first - 1):
            first -= 1
        while allowed and last + 1 < len(quote.sentences) and self._may_quote(quote, last + 1, last + 1):
            last += 1
        if not allowed or last < wanted[-1]:
            self.withheld[quote.passage.article_id] = quote.passage.title
        return replace(quote, sentences=quote.sentences[first : last + 1]) if allowed else None

    def permits(self, quotes: Sequence[Quote]) -> bool:
        """Whether all of these may be quoted whole: a sentence in other words rests on all of them."""
        for quote in quotes:
            if not self._may_quote(quote, 0, len(quote.sentences) - 1):
                self.withheld[quote.passage.article_id] = quote.passage.title
                return False
        return True

    def _may_quote(self, quote: Quote, first: int, last: int) -> bool:
        """Whether these sentences of the quote may be quoted."""
        if self._quotable is None:
            return True
        passage, start, end = quote.passage, quote.sentences[first].start, quote.sentences[last].end
        text = self._article(passage.article_id, passage.revision).text
        return self._quotable(passage.article_id, passage.revision, text, start, end)

    def _citation(self, n: int, quote: Quote) -> Citation:
        passage = quote.passage
        article = self._article(passage.article_id, passage.revision)
        where = (passage.title, passage.source, passage.published_at, passage.url)
        return self._made_of(n, article, passage.revision, quote.start, quote.end, where)

    def _made_of(
        self, n: int, article: Article, revision: str, start: int, end: int, where: _Where
    ) -> Citation:
        words = article.text[start:end]
        return Citation(
            *(n, article.id, revision, start, end, words, *where),
            corrections=tuple(one for one in find_corrections(article.text) if self._is_known(one, article)),
            also_in=tuple(self._copies(article.id, words)),
            article_text=article.text,
        )

    def _article(self, article_id: str, revision: str) -> Article:
        key = (article_id, revision)
        if key not in self._articles:
            stored = self._store.article(article_id, revision)
            if stored is None:
                raise Busy("the archive changed while this was being answered; ask again")
            self._articles[key] = stored.article
        return self._articles[key]

    def _is_known(self, notice: Correction, article: Article) -> bool:
        return is_out(notice, article.updated_at, self._where)

    def _copies(self, article_id: str, quote: str) -> Iterator[Copy]:
        """The other articles of the same story that hold the quote, however their lines are broken."""
        sought = " ".join(quote.split())
        for one in self._store.copies_of(article_id, self._where)[:MOST_COPIES]:
            if one.revision and sought in " ".join(self._article(one.id, one.revision).text.split()):
                yield Copy(one.id, one.revision, one.title or "", one.source, one.published_at, one.url)


def is_out(notice: Correction, updated_at: str | None, where: Filter) -> bool:
    """Whether a notice was out at the question's moment; undated, it counts as of the last update."""
    moment, out = where.as_of_instant, notice.date or updated_at
    return moment is None or out is None or instant_of(out) <= moment


def cite(quotes: Sequence[Quote], citations: Citations, *, in_order: bool = False) -> tuple[Sentence, ...]:
    """The quotes as sentences of an answer: a lead names outlet and date, then come the quoted sentences.

    In a timeline the lead begins with when it happened, where that is told and not the article's own day.

    A sentence that several quotes hold (those of two parts of a question, say) is given once, with the
    citations and highlights of all. What may not be quoted is left out. Quotes of one article come together
    unless their order says something (`in_order`).
    """
    sentences: list[Sentence] = []
    given: dict[str, int] = {}
    led_by: tuple[str, str | None] | None = None
    permitted = [one for one in map(citations.permitted, quotes) if one is not None]
    for quote in permitted if in_order else _by_article(permitted):
        n = citations.number(quote)
        passage = quote.passage
        name = _lead(quote)
        lead = (name, None if passage.source else passage.article_id)
        for place, whole in enumerate(quote.sentences):
            part = shown(whole, " ".join(one.text for one in quote.sentences[:place]))
            words = " ".join(part.text.split())
            if words in given:
                known = sentences[given[words]]
                marks = tuple(dict.fromkeys((*known.citations, n)))
                spans = merged_spans(known.highlights, part.highlights if known.text == part.text else ())
                sentences[known.index] = replace(known, citations=marks, highlights=spans)
                continue
            if lead != led_by:
                sentences.append(Sentence(len(sentences), name, "lead"))
                led_by = lead
            given[words] = len(sentences)
            sentences.append(Sentence(len(sentences), part.text, "claim", (n,), "verbatim", part.highlights))
    return tuple(sentences)


def _lead(quote: Quote) -> str:
    """What stands above a quote: "Meridian Wire, 3 September 2022:", in a timeline with when it happened."""
    passage, when = quote.passage, quote.when
    name = f"{byline(passage.source, passage.published_at, passage.title)}:"
    if when is None:
        return name
    told = {"first": when.first, "last": when.last}
    return Notice(f"{written_when(when)} – {name}", "lead", **told)


def _by_article(quotes: Sequence[Quote]) -> list[Quote]:
    """Quotes of one article together, in its order; articles in the order of their best quote."""
    order: dict[str, int] = {}
    for quote in quotes:
        order.setdefault(quote.passage.article_id, len(order))
    return sorted(quotes, key=lambda quote: (order[quote.passage.article_id], quote.start))
