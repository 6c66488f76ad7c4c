"""Citations are assigned here and nowhere else: quotes in, numbered citations and answer sentences out."""

from collections.abc import Callable, Sequence

from rag.answer import Citation, Sentence
from rag.extract import Quote
from rag.render import byline

ArticleText = Callable[[str, str], str]
"""(article id, revision) -> the revision's whole text."""


def cite(
    quotes: Sequence[Quote], article_text: ArticleText
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Number the quotes in reading order, from 1, and lead each outlet and date's sentences by name.

    Every quote is cut from the article's own text, so `text[start:end] == quote` holds by construction.
    """
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    led_by: tuple[str, str | None] | None = None
    for n, quote in enumerate(_by_report(quotes), start=1):
        passage = quote.passage
        text = article_text(passage.article_id, passage.revision)
        source, published_at, title = passage.source, passage.published_at, passage.title
        citations.append(
            Citation(
                n=n,
                article_id=passage.article_id,
                revision=passage.revision,
                start=quote.start,
                end=quote.end,
                quote=text[quote.start : quote.end],
                title=title,
                source=source,
                published_at=published_at,
                url=passage.url,
            )
        )
        lead = (byline(source, published_at, title), None if source else passage.article_id)
        if lead != led_by:
            sentences.append(Sentence(len(sentences), f"{lead[0]}:", "lead"))
            led_by = lead
        for part in quote.sentences:
            sentences.append(Sentence(len(sentences), part.text, "claim", (n,), "verbatim", part.highlights))
    return tuple(sentences), tuple(citations)


def _by_report(quotes: Sequence[Quote]) -> list[Quote]:
    """Quotes of one article together, articles in order of their best quote."""
    order: dict[str, int] = {}
    for quote in quotes:
        order.setdefault(quote.passage.article_id, len(order))
    return sorted(quotes, key=lambda quote: (order[quote.passage.article_id], quote.start))
