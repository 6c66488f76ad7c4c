"""HTML templates and static files of the web server, each static file also named by its content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment

from index.store.store import Archive
from rag.render import escaping_environment, written_date

STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served; `version` is the first 12 hexadecimal digits of its sha256."""

    name: str
    content: bytes
    media_type: str
    version: str


@cache
def assets() -> Mapping[str, Asset]:
    """The files by name, read once; nothing outside this list is ever served."""
    found = {}
    for path in sorted(STATIC.iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            version = hashlib.sha256(content).hexdigest()[:12]
            found[path.name] = Asset(path.name, content, _TYPES[path.suffix], version)
    return found


def asset_path(name: str) -> str:
    """Where a page finds the file, for ever under this address. Raises KeyError on a name that is none."""
    return f"/static/{name}?v={assets()[name].version}"


_TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The environment that all templates share; each is read and compiled once."""
    made = escaping_environment(_TEMPLATES)
    made.filters |= {"written_date": written_date, "short_date": short_date, "extent": extent}
    made.globals["asset"] = asset_path
    return made


def render(template: str, /, **values: object) -> str:
    """The template with these values. Raises UndefinedError when it names a value that is not given."""
    return environment().get_template(template).render(values)


def short_date(day: str | None) -> str | None:
    """`2023-11-21` or an instant as `21 Nov 2023`; None stays None."""
    written = written_date(day)
    if written is None:
        return None
    number, month, year = written.split()
    return f"{number} {month[:3]} {year}"


def extent(archive: Archive) -> str:
    """What the archive holds, as a masthead says it: `1,397 articles, 21 Nov 2023 to 30 Apr 2024`."""
    count = f"{archive.articles:,} article{'' if archive.articles == 1 else 's'}"
    first, last = short_date(archive.first), short_date(archive.last)
    if first is None:
        return f"{count}, undated"
    return f"{count}, {first}" if first == last else f"{count}, {first} to {last}"
