"""The `articles` command: what is on the shelf, taking articles off it, and allowing them back."""

from dataclasses import asdict
from pathlib import Path
from typing import Literal

from corpus.errors import IdentityError
from index.store.store import Store, StoredArticle
from index.sync.remove import Takedown
from rag.answer import SCHEMA
from rag.render import byline, printable
from rag.terminal.console import complain, emit, say


def show_list(store_path: Path, *, as_json: bool) -> int:
    """Every article on a line; as JSON one object with all of them."""
    with Store.open(store_path) as store:
        if as_json:
            emit({"schema": SCHEMA, "articles": [asdict(article) for article in store.articles()]})
            return 0
        for article in store.articles():
            about = "(removed)"
            if article.state != "removed":
                about = f"{article.title} ({byline(article.source, article.published_at, article.id)})"
            say(f"{printable(article.id)}  {printable(about)}")
    return 0


def show_article(store_path: Path, article_id: str, revision: str | None, *, as_json: bool) -> int:
    """One article whole, in its newest revision or in the one that is asked for."""
    with Store.open(store_path) as store:
        stored = store.article(article_id, revision)
        newest = stored or store.article(article_id)
    if newest is None:
        raise IdentityError(f"there is no article {article_id!r}; see onrecord articles list")
    if stored is None:
        known = ", ".join(one.revision for one in newest.revisions)
        raise IdentityError(f"{article_id!r} has no revision {revision!r}; it has {known}")
    if as_json:
        emit({"schema": SCHEMA} | stored.to_json())
    else:
        _print(stored)
    return 0


def show_takedown(verb: Literal["removed", "restored"], taken: Takedown, *, as_json: bool) -> int:
    """Which articles were removed or restored. Returns the exit code: 1 if an id is not known."""
    done = (*taken.changed, *taken.already)
    if as_json:
        emit({"schema": SCHEMA, verb: done})
    elif done:
        again = "; index their files to have them back" if verb == "restored" else ""
        say(f"{verb}: {', '.join(map(printable, done))}{again}")
    if taken.notice:
        complain(taken.notice)
    if taken.unknown:
        complain(f"no article is called {', '.join(map(repr, taken.unknown))}; see onrecord articles list")
    return int(bool(taken.unknown))


def _print(stored: StoredArticle) -> None:
    article = stored.article
    say(printable(article.title))
    for label, value in {
        "source": article.source,
        "authors": ", ".join(article.authors),
        "published": article.published_at,
        "updated": article.updated_at,
        "url": article.url,
        "id": article.id,
        "revision": stored.revision if stored.live else f"{stored.revision} (there is a newer one)",
        "revisions": ", ".join(one.revision for one in stored.revisions),
    }.items():
        if value:
            say(f"{label + ':':<11}{printable(value)}")
    say("\n" + "\n".join(printable(line) for line in article.text.split("\n")))
