"""How HTML is made, on the web and in reports: every value is escaped, and unknown names are refused."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def escaping_environment(folder: Path) -> Environment:
    """An environment over the templates of a folder; each is read and compiled once."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
