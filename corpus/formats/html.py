"""HTML files: bytes as a page of text, and the article in it."""

from collections.abc import Iterator

from corpus.article import Article, Failure
from corpus.formats.charset import decode_page
from corpus.formats.fields import article_from
from corpus.page import text
from corpus.page.boilerplate import take_dropped
from corpus.page.wall import Look
from corpus.sources import SourceFile


def read_articles(source: SourceFile) -> Iterator[Article | Failure]:
    """The one article of a page; its canonical link is its URL."""
    fields = fields_of_page(source.read(text.MAX_PAGE_BYTES))
    dropped = take_dropped(fields)
    yield article_from(fields, source, dropped=dropped)


def fields_of_page(
    data: bytes, *, declared: str | None = None, url: str | None = None, look: Look | None = None
) -> dict[str, object]:
    """The fields of an article, from a page as it was fetched.

    `declared` is the charset of its Content-Type, `url` where it was fetched, `look` what else is known of
    the address. Raises ReadError if there is no article in it, or if it cannot be analysed.
    """
    page, problem = decode_page(data, declared)
    fields = text.fields_of_page(page, url, look)
    if problem is not None and "\ufffd" in f"{fields['title']}{fields['text']}":
        raise problem
    return fields


def feed_of_page(data: bytes) -> str | None:
    """The address of the feed that a page names, as it is written; None if it names none."""
    page, _ = decode_page(data)
    return text.feed_of_page(page)
