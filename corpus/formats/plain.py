"""Plain text: a news report without metadata. What the text does not state stays unknown."""

from collections.abc import Iterator

from corpus.article import Article, Failure
from corpus.dates import find_dateline
from corpus.formats.charset import decode_text
from corpus.formats.fields import article_from
from corpus.page.saved import is_saved_page
from corpus.sources import MAX_ARTICLE_BYTES, SourceFile


def read_articles(source: SourceFile) -> Iterator[Article | Failure]:
    """The one article of a .txt file; its text keeps everything, headline and captions included.

    Of a page that a crawler saved only the article in it is kept.
    """
    text, charset = decode_text(source.read(MAX_ARTICLE_BYTES))
    told: dict[str, object] = {"charset": charset} if charset else {}
    if not is_saved_page(text):  # Of such a page the article's own dateline is looked for.
        told["published_at"] = find_dateline(text)
    yield article_from({"text": text, **told}, source)
