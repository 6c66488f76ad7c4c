"""Markdown with YAML front matter. The body is kept as written, unless it is a saved page."""

import re
from collections.abc import Iterator

import yaml

from corpus.article import MAX_TITLE_CHARACTERS, Article, Failure
from corpus.dates import find_dateline
from corpus.errors import ReadError
from corpus.formats.charset import decode_text
from corpus.formats.exports import unified
from corpus.formats.fields import KEYS, article_from, json_metadata
from corpus.page.saved import is_saved_page
from corpus.sources import MAX_ARTICLE_BYTES, SourceFile

MAX_FRONT_MATTER_CHARACTERS = 100_000

#: What other tools call our keys; ours win.
_SYNONYMS = {"author": "authors", "date": "published_at", "lastmod": "updated_at", "updated": "updated_at"}
_HEADING = re.compile(r"\s*(?:# +(?P<atx>[^\n]*?)(?: +#+)?|(?P<setext>[^\n]+)\n=+)[ \t]*(?:\n|$)")
_FENCE = re.compile(r"(?:---|\.\.\.)[ \t]*")


def read_articles(source: SourceFile) -> Iterator[Article | Failure]:
    """The one article of a Markdown file."""
    document, _ = decode_text(source.read(MAX_ARTICLE_BYTES))
    document = document.replace("\r\n", "\n").replace("\r", "\n")
    matter, body = _split(document)
    fields, remarks = unified({**_fields(matter), "text": body})
    if is_saved_page(body):  # Its own header and dateline are read with its text.
        yield article_from({**fields, "text": body}, source, remarks=remarks)
        return
    if not fields.get("title") and (heading := _HEADING.match(body[:MAX_TITLE_CHARACTERS])):
        fields["title"] = heading["atx"] or heading["setext"]
    if fields.get("published_at") is None:
        fields["published_at"] = find_dateline(body)
    yield article_from({**fields, "text": body}, source, remarks=remarks)


def _split(document: str) -> tuple[str, str]:
    """The front matter, empty if there is none, and the body."""
    lines = document.split("\n")
    if lines[0].rstrip() == "+++":
        raise ReadError("line 1: TOML front matter is not read; write YAML between two lines of ---")
    if lines[0].rstrip() != "---":
        return "", document
    length = 0
    for number, line in enumerate(lines[1:], start=1):
        if _FENCE.fullmatch(line):
            body = "\n".join(lines[number + 1 :])
            return "\n".join(lines[1:number]), re.sub(r"^(?:[ \t]*\n)+", "", body)
        length += len(line) + 1
        if length > MAX_FRONT_MATTER_CHARACTERS:
            raise ReadError(
                f"line 1: the front matter is not closed within {MAX_FRONT_MATTER_CHARACTERS} characters"
            )
    raise ReadError("line 1: the front matter is opened by --- and never closed")


def _fields(matter: str) -> dict[str, object]:
    """The front matter's fields under our keys."""
    try:
        loaded = yaml.load(matter, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 1
        what = error.problem or error.context
        raise ReadError(f"line {line}: the front matter is not valid YAML ({what})") from error
    except RecursionError as error:
        raise ReadError("line 1: the front matter is nested too deeply") from error
    except (yaml.YAMLError, ValueError, AttributeError) as error:  # The last of a wrong `!!timestamp`.
        reason = str(error).split("\n", 1)[0][:200]
        raise ReadError(f"line 1: the front matter is not valid YAML ({reason})") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ReadError("line 2: the front matter is no list of `key: value` lines")
    # Copied within limits before anything else reads it: aliases may stand for billions of values.
    copied = json_metadata(loaded)
    named = {key.lower() if key.lower() in KEYS else key: value for key, value in copied.items()}
    for synonym, key in _SYNONYMS.items():
        if named.get(key) is None and synonym in named:
            named[key] = named.pop(synonym)
    return named


class _Loader(yaml.SafeLoader):
    """Reads plain scalars as the text they are, but for null, true and false.

    YAML 1.1 would read `source: NO` as false, `id: 2019_10` as a number and `12:30` as 750. Merge keys are
    not expanded: a few nested ones grow without bound before anything could count them.
    """

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave merge keys as they are."""


_Loader.yaml_implicit_resolvers = {
    first: [(f"tag:yaml.org,2002:{tag}", re.compile(pattern))]
    for tag, pattern, letters in (
        ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
        ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", ["t", "T", "f", "F"]),
    )
    for first in letters
}
