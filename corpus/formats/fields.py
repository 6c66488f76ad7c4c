"""An article from named fields, as JSON, front matter and page metadata give them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from corpus.article import (
    MAX_NAME_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    Article,
    Dropped,
    Remark,
    canonical_url,
    check_id,
    normalise_text,
    one_line,
)
from corpus.dates import find_dateline, is_plausible, parse_date, plausible_date
from corpus.errors import IdentityError, ReadError
from corpus.outlets import host_of, site_of
from corpus.page.boilerplate import take_dropped
from corpus.page.bylines import authors_in, byline_in
from corpus.page.headline import find_headline
from corpus.page.saved import fields_of as fields_of_page
from corpus.page.saved import is_saved_page
from corpus.sources import MAX_ARTICLE_BYTES, SourceFile

#: The keys with a meaning; every other key is kept as metadata.
KEYS = frozenset("id title text html source url urls authors byline published_at updated_at".split())
MAX_AUTHORS = 100
MAX_METADATA_VALUES = 10_000
MAX_METADATA_CHARACTERS = 1_000_000
MAX_METADATA_DEPTH = 32

_SHOWN_CHARACTERS = 60


def article_from(
    fields: Mapping[str, object],
    source: SourceFile,
    number: int | None = None,
    remarks: tuple[Remark, ...] = (),
    dropped: Sequence[Dropped] = (),
) -> Article:
    """The article that the fields describe; `number` is that of its line or list item, from 1; `dropped` what
    was left out of its page.

    Where no outlet is stated, it is the site of the address, or of `domain`. A date that no article can have
    is left out, with a remark. Raises ReadError or IdentityError, naming the key, for a field of the wrong
    shape or if there is no text.
    """
    text, fields, left_out = _text_of(fields)
    addresses = _addresses(fields)
    url = next((found for address in addresses if (found := canonical_url(address))), None)
    metadata = {key: value for key, value in fields.items() if key not in KEYS}
    if len(addresses) > 1:
        metadata["urls"] = addresses
    elif addresses and url is None:
        metadata["url"] = addresses[0]
    title = _line(fields, "title", MAX_TITLE_CHARACTERS) or find_headline(text)
    by_place = source.name if number is None else f"{source.name}#{number}"
    identity = _identity(fields, url, by_place)
    outlet = _line(fields, "source", MAX_NAME_CHARACTERS)
    host = host_of(url) or _domain(fields)
    if outlet and outlet.lower().startswith(("http://", "https://")):
        outlet, host = None, host or host_of(outlet)
    if outlet and host and outlet != site_of(host):
        host = None
    dates: dict[str, str | None] = {}
    for key in ("published_at", "updated_at"):
        dates[key] = date = _date(fields, key)
        if date is not None and not is_plausible(date, str(fields[key])):
            remarks += (_unlikely(key, date),)
            dates[key] = None
    return Article(
        id=identity,
        title=title,
        text=text,
        source=outlet or (site_of(host) if host else None),
        authors=_authors(fields, outlet),
        url=url,
        **dates,
        metadata=json_metadata(metadata),
        origin=source.origin,
        line=number if source.suffix == ".jsonl" else None,
        number=number if identity == by_place else None,
        dropped=(*dropped, *left_out),
        host=host,
        remarks=remarks,
    )


def document_from(
    source: SourceFile, text: str, title: str, author: str, dates: Mapping[str, object], **more: object
) -> Article:
    """The article of a PDF or Word document, of which `title`, `author` and `dates` are the properties.

    Its dates are kept as metadata, since they tell when the document was made; the article's is its dateline.
    """
    title = " ".join(title.split())
    stated = {name: value for name, value in dates.items() if value}
    fields: dict[str, object] = {
        "text": text,
        "title": title if len(title) <= MAX_TITLE_CHARACTERS else None,
        "authors": author or byline_in(text),
        "published_at": find_dateline(text),
    }
    return article_from(fields | more | stated, source)


def json_metadata(metadata: Mapping[str, object]) -> dict[str, object]:
    """A copy in JSON's types. Raises ReadError naming the key where it is too large or too deep."""
    budget = _Budget()
    return {one_line(str(key)): budget.copy(value, str(key), 1) for key, value in metadata.items()}


def _text_of(fields: Mapping[str, object]) -> tuple[str, Mapping[str, object], Sequence[Dropped]]:
    """The normalised text, and the fields, completed from `html` or by what a saved page states of itself.

    And the blocks of the page that are not in the text.
    """
    text, dropped = fields.get("text"), list[Dropped]()
    if text is None and fields.get("html") is not None:
        page = fields["html"]
        if not isinstance(page, str):
            raise ReadError(f'"html" must be a string, not {_kind(page)}')
        from corpus.page.text import fields_of  # trafilatura takes a second to import

        given = {key: value for key, value in fields.items() if value is not None}
        found = fields_of(page)
        dropped += take_dropped(found)
        fields = {**{k: v for k, v in found.items() if k in KEYS}, **given}
        text = fields["text"]
    if text is None:
        raise ReadError('the article has no text: give it a "text" or "html" key')
    if not isinstance(text, str):
        raise ReadError(f'"text" must be a string, not {_kind(text)}')
    _check_length(text, MAX_ARTICLE_BYTES)
    text = normalise_text(text)
    if is_saved_page(text):
        addresses = _addresses(fields)
        stated = dict(fields_of_page(text, addresses[0] if addresses else None))
        text = normalise_text(str(stated["text"]))
        dropped += take_dropped(stated)
        fields = {**stated, **{name: value for name, value in fields.items() if value is not None}}
    if not text.strip():
        raise ReadError("the article has no text: it is blank")
    _check_length(text, MAX_TEXT_CHARACTERS)
    return text, fields, dropped


def _check_length(text: str, most: int) -> None:
    """Raise ReadError for a text of more characters."""
    if len(text) > most:
        raise ReadError(
            f"the text has {len(text)} characters, more than the limit of {most}; divide the article"
        )


def _identity(fields: Mapping[str, object], url: str | None, fallback: str) -> str:
    given = fields.get("id")
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if given is not None and not isinstance(given, str):
        raise IdentityError(f'"id" must be a string, not {_kind(given)}')
    if given and given.strip():
        return check_id(given.strip())
    try:
        return check_id(url or fallback)
    except IdentityError:
        return check_id(fallback)  # a very long URL is still the article's URL


def _line(fields: Mapping[str, object], key: str, limit: int) -> str | None:
    value = fields.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, int | float | date):
            raise ReadError(f'"{key}" must be a string, not {_kind(value)}')
        value = str(value)
    line = one_line(value)
    if len(line) > limit:
        raise ReadError(f'"{key}" has {len(line)} characters, more than the limit of {limit}')
    return line or None


def _addresses(fields: Mapping[str, object]) -> list[str]:
    """Every URL given, `url` first."""
    several = fields.get("urls")
    several = [several] if isinstance(several, str) else several
    found = [fields.get("url"), *(several if isinstance(several, list) else [several])]
    for address in found:
        if address is not None and not isinstance(address, str):
            raise ReadError(f'"url" and "urls" must hold strings, not {_kind(address)}')
    given = (address for address in found if isinstance(address, str) and address.strip())
    return list(dict.fromkeys(map(one_line, given)))


def _domain(fields: Mapping[str, object]) -> str | None:
    domain = fields.get("domain")
    return host_of(domain) if isinstance(domain, str) else None


def _authors(fields: Mapping[str, object], outlet: str | None) -> tuple[str, ...]:
    """The people who are named as authors, but for the outlet itself."""
    given = fields.get("authors") or fields.get("byline")
    if given is None:
        return ()
    entries = given if isinstance(given, list) else [given]
    names = [name[:MAX_NAME_CHARACTERS] for entry in entries for name in authors_in(_byline(entry))]
    nobody = (outlet or "").casefold()
    return tuple(dict.fromkeys(name for name in names if name.casefold() != nobody))[:MAX_AUTHORS]


def _byline(entry: object) -> str:
    """One entry of the authors: "By A, B and C", or an object with a name."""
    if isinstance(entry, Mapping):
        entry = entry.get("name")
    if not isinstance(entry, str):
        raise ReadError(f'"authors" must hold names, not {_kind(entry)}')
    return entry


def _date(fields: Mapping[str, object], key: str) -> str | None:
    value = fields.get(key)
    if isinstance(value, date):  # a datetime is one too
        value = value.isoformat()
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and (seconds := plausible_date(value)):
        return seconds
    if not isinstance(value, str):
        raise ReadError(f'"{key}" must be a date written as YYYY-MM-DD, not {_kind(value)}')
    try:
        return parse_date(value)
    except ValueError as error:
        raise ReadError(
            f'"{key}" is {value[:_SHOWN_CHARACTERS]!r}, which is no full date; write YYYY-MM-DD'
        ) from error


def _unlikely(key: str, date: str) -> Remark:
    is_published = key == "published_at"
    what = "the date stated is before the first newspapers, a placeholder or in the future; "
    return Remark(
        what + ("the article counts as undated" if is_published else "the update counts as undated"), date
    )


class _Budget:
    """Copies values within limits of their number, characters and depth."""

    def __init__(self) -> None:
        self._values = MAX_METADATA_VALUES
        self._characters = MAX_METADATA_CHARACTERS

    def copy(self, value: object, key: str, depth: int) -> object:
        """The value in JSON's own types."""
        self._spend(value, key, depth)
        if isinstance(value, str):
            return normalise_text(value)
        if isinstance(value, Mapping):
            return {one_line(str(name)): self.copy(one, key, depth + 1) for name, one in value.items()}
        if isinstance(value, Iterable) and not isinstance(value, bytes):
            return [self.copy(item, key, depth + 1) for item in value]
        if isinstance(value, date):
            return value.isoformat()
        if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
            return value
        raise ReadError(f'"{key[:_SHOWN_CHARACTERS]}" holds {_kind(value)}, which is no metadata')

    def _spend(self, value: object, key: str, depth: int) -> None:
        self._values -= 1
        self._characters -= len(key) if depth == 1 else 0
        if isinstance(value, str):
            self._characters -= len(value)
        elif isinstance(value, Mapping):
            self._characters -= sum(len(str(name)) for name in value)
        if self._values < 0 or self._characters < 0 or depth > MAX_METADATA_DEPTH:
            raise ReadError(
                f'the metadata is too large at "{key[:_SHOWN_CHARACTERS]}": at most {MAX_METADATA_VALUES} '
                f"values, {MAX_METADATA_CHARACTERS} characters and {MAX_METADATA_DEPTH} levels are kept"
            )


def _kind(value: object) -> str:
    """JSON's name of the value's type, for messages."""
    if value is None:
        return "null"
    names: dict[type, str] = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    names |= {dict: "an object", str: "a string"}
    return names.get(type(value), f"a {type(value).__name__}")
