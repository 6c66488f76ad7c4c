"""An article's passages before they are stored: what is shown, what is embedded, and its fingerprint."""

import hashlib
from dataclasses import dataclass

from corpus.article import Article
from index import tokens
from index.split import Span, split

_TITLE_TOKENS = 24


@dataclass(frozen=True, slots=True)
class Draft:
    """A passage to be; `embedded` is the text whose vector it gets, `sha256` of that text."""

    span: Span
    text: str
    embedded: str
    sha256: bytes


def drafts(article: Article) -> list[Draft]:
    """The passages of an article, in order.

    The title goes in front of what is embedded, since a passage seldom repeats the subject it names.
    """
    title = tokens.cut(article.title, _TITLE_TOKENS)
    made = []
    for span in split(article.text):
        text = article.text[span.start : span.end]
        embedded = f"{title}\n{text}" if title else text
        made.append(Draft(span, text, embedded, hashlib.sha256(embedded.encode()).digest()))
    return made
