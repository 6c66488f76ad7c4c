"""The `articles` command: list, show, remove and restore articles."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from corpus.article import Dropped
from corpus.errors import IdentityError, StoreOwned
from index.store.files import empty, kept_private
from index.store.lock import locked
from index.store.store import Store, StoredArticle
from index.sync.remove import Takedown, remove, restore
from rag.answer import SCHEMA
from rag.question.filters import without_surrogates
from rag.render import byline, printable
from rag.terminal.arguments import add_store_and_json
from rag.terminal.console import print_json, print_notice, print_text
from rag.terminal.settings import Settings


def add_articles_arguments(parser: ArgumentParser) -> None:
    """The actions of `articles`, each with its flags."""
    actions = parser.add_subparsers(metavar="list|show|remove|restore", dest="action", required=True)

    def add(name: str, help: str) -> ArgumentParser:
        action = actions.add_parser(name, help=help, description=help, allow_abbrev=False)
        add_store_and_json(action)
        return action

    add("list", "List every article, removed ones too.")
    show = add("show", "Show one article whole.")
    show.add_argument("id", metavar="ID", type=without_surrogates)
    show.add_argument(
        "--revision", metavar="R", type=without_surrogates, help="an earlier revision (default: the live one)"
    )
    show.add_argument(
        "--dropped", action="store_true", help="list what was left out of its page too, each with the reason"
    )
    for action in (
        add("remove", "Remove articles; indexing does not bring them back."),
        add("restore", "Let removed articles be indexed again."),
    ):
        action.add_argument("ids", nargs="+", metavar="ID", type=without_surrogates)


def articles(arguments: Namespace, settings: Settings) -> int:
    """List, show, remove or restore articles. 1 if an id to remove or restore is not known."""
    if arguments.action == "list":
        return list_articles(settings.store, as_json=arguments.json)
    if arguments.action == "show":
        how = {"as_json": arguments.json, "with_dropped": arguments.dropped}
        return show_article(settings.store, arguments.id, arguments.revision, **how)
    takedown = remove_or_restore(arguments.action, arguments.ids, settings)
    return show_takedown(f"{arguments.action}d", takedown, as_json=arguments.json)


def list_articles(store_path: Path, *, as_json: bool) -> int:
    """Print every article, one per line; as JSON one object with all of them."""
    with Store.open(store_path) as store:
        if as_json:
            print_json({"schema": SCHEMA, "articles": [asdict(article) for article in store.articles()]})
            return 0
        for article in store.articles():
            about = "(removed)"
            if article.state != "removed":
                about = f"{article.title} ({byline(article.source, article.published_at, article.id)})"
            print_text(f"{printable(article.id)}  {printable(about)}")
    return 0


def show_article(
    store_path: Path, article_id: str, revision: str | None, *, as_json: bool, with_dropped: bool = False
) -> int:
    """Print one article in full, in its newest revision or in `revision`.

    With `with_dropped` also the blocks of its page that are not in the newest text.
    """
    with Store.open(store_path) as store:
        stored = store.article(article_id, revision)
        newest = stored or store.article(article_id)
        dropped = store.dropped(article_id) if with_dropped and stored and stored.live else None
        quotations = store.quotations(stored) if as_json and stored else []
    if newest is None:
        raise IdentityError(f"there is no article {article_id!r}; see onrecord articles list")
    if stored is None:
        known = ", ".join(one.revision for one in newest.revisions)
        raise IdentityError(f"{article_id!r} has no revision {revision!r}; it has {known}")
    if as_json:
        left_out = None if dropped is None else [asdict(one) for one in dropped]
        shown = {"dropped": left_out} if with_dropped else {}
        print_json({"schema": SCHEMA} | stored.to_json(quotations) | shown)
        return 0
    _print(stored)
    if with_dropped:
        _print_dropped(stored, dropped)
    return 0


def _print(stored: StoredArticle) -> None:
    article = stored.article
    print_text(printable(article.title))
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
            print_text(f"{label + ':':<11}{printable(value)}")
    print_text("\n" + "\n".join(printable(line) for line in article.text.split("\n")))


def _print_dropped(stored: StoredArticle, dropped: Sequence[Dropped] | None) -> None:
    """Print what was left out of an article's page; None where it is not known."""
    if dropped is None:
        older = "an earlier version of onrecord read it; index its file or address again"
        why = older if stored.live else "it is kept for the newest revision only"
        print_text(f"\nleft out: not known ({why})")
        return
    print_text(f"\nleft out: {len(dropped) or 'nothing'}")
    for one in dropped:
        print_text(printable(f"- {one.reason}: {' '.join(one.text.split())}"))


def remove_or_restore(action: str, ids: list[str], settings: Settings) -> Takedown:
    """Remove or restore these articles; through the server that holds the store, if one does."""
    Store.open(settings.store).close()  # A lock would make the folder.
    change = {"remove": remove, "restore": restore}[action]
    try:
        with kept_private(settings.store), locked(settings.store):
            empty(settings.store)
            return change(settings.store, ids, chroma=settings.chroma)
    except StoreOwned:
        from rag.terminal.remote import Remote

        if (server := Remote.of(settings.store)) is None:
            raise
        return server.take_down(action, ids)


def show_takedown(verb: str, takedown: Takedown, *, as_json: bool) -> int:
    """Print which articles were removed or restored (`verb`). Returns the exit code: 1 for an unknown id."""
    done = (*takedown.changed, *takedown.already)
    if as_json:
        print_json({"schema": SCHEMA, verb: done})
    elif done:
        again = "; index their files to have them back" if verb == "restored" else ""
        print_text(f"{verb}: {', '.join(map(printable, done))}{again}")
    if takedown.notice:
        print_notice(takedown.notice)
    if takedown.unknown:
        unknown = ", ".join(map(repr, takedown.unknown))
        print_notice(f"no article is called {unknown}; see onrecord articles list")
    return int(bool(takedown.unknown))
