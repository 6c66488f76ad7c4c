"""Plain text: a news report without metadata. What the text does not state stays unknown."""

from collections.abc import Iterator

from corpus.article import Article, Failure
from corpus.dates import find_dateline
from corpus.fields import article_from
from corpus.file import MAX_ARTICLE_BYTES, SourceFile, decode


def read_articles(source: SourceFile) -> Iterator[Article | Failure]:
    """The one article of a .txt file; its text keeps everything, headline and captions included."""
    text = decode(source.read(MAX_ARTICLE_BYTES))
    yield article_from({"text": text, "published_at": find_dateline(text)}, source)
