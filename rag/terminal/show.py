"""What each command prints: the contract's JSON objects, or lines for a person."""

import sys
from collections.abc import Iterable, Mapping

from index.store import ArticleSummary, StoredArticle
from rag.answer import SCHEMA, Answer
from rag.render import byline, passages_to_terminal, printable, to_terminal
from rag.retrieve import Retrieved
from rag.terminal.console import coloured, emit, say, width


def show_answer(answer: Answer, *, as_json: bool, id: str | int | None = None) -> None:
    """One answer; `id` stands in for the question's own, so that a number stays a number."""
    if as_json:
        emit(answer.to_json() | {"id": id})
    else:
        say(to_terminal(answer, width=width(), colour=coloured(sys.stdout)))


def show_passages(
    found: Retrieved, milliseconds: Mapping[str, float], *, as_json: bool, id: str | int | None = None
) -> None:
    """What one search found, best first."""
    if as_json:
        record: dict[str, object] = {"schema": SCHEMA} | ({} if id is None else {"id": id})
        record |= {"query": found.query, "searched": [found.query]}
        record |= {"passages": [passage.to_json() for passage in found.passages]}
        emit(record | {"timing_ms": {stage: round(value, 1) for stage, value in milliseconds.items()}})
    elif found.passages:
        say(passages_to_terminal(found.passages, width=width(), colour=coloured(sys.stdout)))
    else:
        say("No passage passes the filters.")


def show_list(articles: Iterable[ArticleSummary], *, as_json: bool) -> None:
    """Every article on a line; as JSON one object with all of them."""
    names = ("id", "revision", "title", "source", "published_at", "url", "state")
    if as_json:
        rows = [{name: getattr(article, name) for name in names} for article in articles]
        emit({"schema": SCHEMA, "articles": rows})
        return
    for article in articles:
        if article.state == "removed":
            say(f"{printable(article.id)}  (removed)")
        else:
            about = byline(article.source, article.published_at, "")
            say(f"{printable(article.id)}  {printable(article.title or '')} ({printable(about)})")


def show_article(stored: StoredArticle, *, as_json: bool) -> None:
    """One article whole, in the revision that was asked for."""
    article = stored.article
    seen = [{"revision": r.revision, "seen_at": r.seen_at, "cause": r.cause} for r in stored.revisions]
    if as_json:
        record: dict[str, object] = {"schema": SCHEMA, "id": article.id, "revision": stored.revision}
        record |= {"revisions": seen, "title": article.title, "source": article.source}
        record |= {"authors": list(article.authors), "url": article.url}
        record |= {"published_at": article.published_at, "updated_at": article.updated_at}
        emit(record | {"text": article.text, "metadata": dict(article.metadata)})
        return
    say(printable(article.title))
    for label, value in {
        "source": article.source,
        "authors": ", ".join(article.authors),
        "published": article.published_at,
        "updated": article.updated_at,
        "url": article.url,
        "id": article.id,
        "revision": f"{stored.revision}{'' if stored.live else ' (not the live one)'}, of {len(seen)}",
    }.items():
        if value:
            say(f"{label + ':':<11}{printable(value)}")
    say("\n" + "\n".join(printable(line) for line in article.text.split("\n")))
