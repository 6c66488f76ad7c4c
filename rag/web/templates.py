"""The web's HTML is made here and nowhere else: one environment for all of its templates."""

from functools import cache
from pathlib import Path

from jinja2 import Environment

from index.store import Archive
from rag.html import escaping_environment
from rag.render import written_date
from rag.web.assets import asset_path

FOLDER = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The environment that all templates share; each is read and compiled once."""
    made = escaping_environment(FOLDER)
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
