"""Plain text: a news report without metadata. What the text does not state stays unknown."""

from collections.abc import Iterator

from corpus.article import Article, Failure
from corpus.charset import decode_text
from corpus.dates import find_dateline
from corpus.fields import article_from
from corpus.file import MAX_ARTICLE_BYTES, SourceFile


def read_articles(source: SourceFile) -> Iterator[Article | Failure]:
    """The one article of a .txt file; its text keeps everything, headline and captions included."""
    text, charset = decode_text(source.read(MAX_ARTICLE_BYTES))
    told = {"charset": charset} if charset else {}
    yield article_from({"text": text, "published_at": find_dateline(text), **told}, source)
