"""HTML templates, the responses made of them, and static files with a version in their address."""

import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment

from index.store.store import Archive
from rag.render import bare, escaping_environment, written_date
from rag.web.answers.words import words_json, written_day

ROOT: ContextVar[str] = ContextVar("root", default="")
"""The path that every address of ours begins with while a request is answered: "/archive", or nothing."""
STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def rooted(path: str) -> str:
    """The path as people reach it, who may know the server under a path: "/embed" as "/archive/embed"."""
    return ROOT.get() + path


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served; `version` is the first 12 hexadecimal digits of its sha256."""

    name: str
    content: bytes
    media_type: str
    version: str


@cache
def assets() -> Mapping[str, Asset]:
    """The files by name, read once; only these are served."""
    found = {}
    for path in sorted(STATIC.iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            version = hashlib.sha256(content).hexdigest()[:12]
            found[path.name] = Asset(path.name, content, _TYPES[path.suffix], version)
    return found


def asset_path(name: str) -> str:
    """The versioned address of the file, whose content never changes. Raises KeyError for an unknown name."""
    return rooted(f"/static/{name}?v={assets()[name].version}")


_TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The environment that all templates share; it compiles each template once."""
    made = escaping_environment(_TEMPLATES)
    made.filters |= {"written_date": written_date, "short_date": short_date, "extent": extent}
    made.filters["bare"] = bare
    made.filters |= {"day_in": written_day, "short_day_in": partial(written_day, short=True)}
    made.globals |= {"asset": asset_path, "rooted": rooted, "words_json": words_json}
    return made


def render(template: str, /, **values: object) -> str:
    """The template with these values. Raises UndefinedError when it uses a value that is not given."""
    return environment().get_template(template).render(values)


def page_response(
    template: str, /, *, status: int = 200, policy: str, caching: str = "no-cache", **values: object
) -> HTMLResponse:
    """The template as a page that loads only our own files; `policy` is the rest of its CSP."""
    headers = {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
            f"base-uri 'none'; form-action 'none'; {policy}"
        ),
        "X-Content-Type-Options": "nosniff",
        # The article page reads its own referrer to lead back there; other hosts learn nothing.
        "Referrer-Policy": "same-origin",
        "X-Robots-Tag": "noindex",
        "Cache-Control": caching,
    }
    return HTMLResponse(render(template, **values), status, headers)


def error_page(
    status: int, headline: str, says: str, *, archive: str, instead: str | None = None
) -> HTMLResponse:
    """The page for a person whose request failed; `instead` links to the article's newest version."""
    return page_response(
        "apology.html",
        status=status,
        policy="frame-ancestors 'self'",
        caching="private, no-cache",
        archive=archive,
        headline=headline,
        says=says,
        instead=instead,
    )


def short_date(day: str | None) -> str | None:
    """`2023-11-21` or an instant as `21 Nov 2023`; None stays None."""
    written = written_date(day)
    if written is None:
        return None
    number, month, year = written.split()
    return f"{number} {month[:3]} {year}"


def extent(archive: Archive) -> str:
    """Size and dates of the archive for the masthead: `1,397 articles, 21 Nov 2023 to 30 Apr 2024`."""
    count = f"{archive.articles:,} article{'' if archive.articles == 1 else 's'}"
    first, last = short_date(archive.first), short_date(archive.last)
    if first is None:
        return f"{count}, undated"
    return f"{count}, {first}" if first == last else f"{count}, {first} to {last}"
