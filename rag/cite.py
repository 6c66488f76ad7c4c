"""Citations are assigned here and nowhere else: quotes in, numbered citations and answer sentences out."""

from collections.abc import Callable, Sequence

from corpus.page.corrections import Correction, find_corrections
from rag.answer import Citation, Copy, Sentence
from rag.quote.extract import Quote
from rag.render import byline

ArticleText = Callable[[str, str], str]
"""(article id, revision) -> the revision's whole text."""
Copies = Callable[[str], Sequence[Copy]]
"""article id -> the other articles of its story."""
Told = Callable[[str, Correction], bool]
"""(article id, notice) -> whether the question may know of the notice."""


class Citations:
    """The citations of one answer, numbered from 1 as they are first made; one for each span of an article.

    Every quote is cut from the article's own text, so `text[start:end] == quote` holds by construction.
    """

    def __init__(
        self,
        article_text: ArticleText,
        copies: Copies = lambda article_id: (),
        told: Told = lambda article_id, notice: True,
    ) -> None:
        self._article_text = article_text
        self._copies = copies
        self._told = told
        self._made: dict[tuple[str, str, int, int], Citation] = {}

    @property
    def made(self) -> tuple[Citation, ...]:
        """All so far, by number."""
        return tuple(self._made.values())

    def number(self, quote: Quote) -> int:
        """The number of the quote's span."""
        passage = quote.passage
        span = (passage.article_id, passage.revision, quote.start, quote.end)
        if span not in self._made:
            text = self._article_text(passage.article_id, passage.revision)
            words = text[quote.start : quote.end]
            self._made[span] = Citation(
                n=len(self._made) + 1,
                article_id=passage.article_id,
                revision=passage.revision,
                start=quote.start,
                end=quote.end,
                quote=words,
                title=passage.title,
                source=passage.source,
                published_at=passage.published_at,
                url=passage.url,
                corrections=tuple(
                    notice for notice in find_corrections(text) if self._told(passage.article_id, notice)
                ),
                also_in=tuple(
                    copy
                    for copy in self._copies(passage.article_id)
                    if _holds(self._article_text(copy.article_id, copy.revision), words)
                ),
            )
        return self._made[span].n


def _holds(text: str, quote: str) -> bool:
    """Whether a text has the quote's words, however its lines are broken."""
    return " ".join(quote.split()) in " ".join(text.split())


def cite(quotes: Sequence[Quote], citations: Citations) -> tuple[Sentence, ...]:
    """The quotes as sentences of an answer, each outlet and date's led by name."""
    sentences: list[Sentence] = []
    led_by: tuple[str, str | None] | None = None
    for quote in _by_report(quotes):
        n = citations.number(quote)
        passage = quote.passage
        name = byline(passage.source, passage.published_at, passage.title)
        lead = (name, None if passage.source else passage.article_id)
        if lead != led_by:
            sentences.append(Sentence(len(sentences), f"{name}:", "lead"))
            led_by = lead
        for part in quote.sentences:
            sentences.append(Sentence(len(sentences), part.text, "claim", (n,), "verbatim", part.highlights))
    return tuple(sentences)


def _by_report(quotes: Sequence[Quote]) -> list[Quote]:
    """Quotes of one article together, articles in order of their best quote."""
    order: dict[str, int] = {}
    for quote in quotes:
        order.setdefault(quote.passage.article_id, len(order))
    return sorted(quotes, key=lambda quote: (order[quote.passage.article_id], quote.start))
