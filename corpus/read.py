"""Articles from a file or a folder of files."""

from corpus.article import Article, Failure

__all__ = ["Article", "Failure"]
