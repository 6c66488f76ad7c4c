"""The article: its record, its identity and its revision."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit, urlunsplit

from corpus.errors import IdentityError

MAX_ID_CHARACTERS = 512
MAX_TEXT_CHARACTERS = 2_000_000
"""Characters of an article's text, about 700 printed pages: reading and indexing it takes some seconds."""
MAX_TITLE_CHARACTERS = 1_000
MAX_NAME_CHARACTERS = 200
"""Characters of the name of an outlet or an author."""
MAX_URL_CHARACTERS = 2048

_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028]")
_DROPPED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_MARKS = 30
#: What may be a longer run of combining marks: no letter, digit, white space or ASCII character among them.
_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS + 1},}}")
_JOINER = "\u034f"  # COMBINING GRAPHEME JOINER: marks are not reordered across it.
_NOT_IN_AN_ID = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_A_URL = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")
_TRACKING = re.compile(
    r"(utm_\w+|fbclid|gclid|gclsrc|dclid|msclkid|yclid|igshid|mc_cid|mc_eid)(=|$)", re.IGNORECASE
)
_DEFAULT_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Dropped:
    """A block of a page that reading left out, and why, in a few words."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What a user should know of how an article was read although nothing failed: a sentence without its end.

    `example` is the value that it is about, if there is one. The same sentence is said once a run.
    """

    sentence: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it was read; `text` is fixed, so that offsets into it (code points, half-open) hold.

    `published_at` and `updated_at` are `YYYY-MM-DD`, RFC 3339 with an offset, or None. `metadata` is
    JSON-able. `origin` is the absolute path of the file, `line` the line's number (from 1) in a JSONL file,
    else None. `seen_at` (RFC 3339, UTC) is when an archived page looked like this; None: as it is read.
    `number`: its place (from 1) in a list, if nothing but that place names it. `dropped`: the blocks of its
    page that are not in the text. `host` is that of the address where no outlet is stated: then `source` is
    its site, or the outlet that the user has named for it (`corpus.outlets`). `remarks` are not stored.
    """

    id: str
    title: str
    text: str
    source: str | None = None
    authors: tuple[str, ...] = ()
    url: str | None = None
    published_at: str | None = None
    updated_at: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    origin: str = ""
    line: int | None = None
    seen_at: str | None = None
    number: int | None = field(default=None, compare=False)
    dropped: tuple[Dropped, ...] = field(default=(), compare=False)
    host: str | None = None
    remarks: tuple[Remark, ...] = field(default=(), compare=False)

    @property
    def revision(self) -> str:
        """The first 12 hexadecimal digits of sha256(title + newline + text)."""
        return hashlib.sha256(f"{self.title}\n{self.text}".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, or a line or item of a file, that could not be read as an article.

    `path` is as the user would recognise it, `reason` one sentence, `origin` the absolute path of the file.
    `left_out`: it was left out on purpose, and the file counts as read.
    """

    path: str
    reason: str
    origin: str = ""
    left_out: bool = False


def normalise_text(text: str) -> str:
    r"""NFC, `\n` line ends, no control characters but tab and newline, lone surrogates replaced by U+FFFD.

    Normalising twice changes nothing. No white space is stripped. A joiner (U+034F) divides runs of more than
    30 combining marks, as in the Stream-Safe Text Format of Unicode (UAX 15): sorting a run takes the square
    of its length.
    """
    if _SURROGATE.search(text):
        paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        text = _SURROGATE.sub("\ufffd", paired)
    text = _LINE_END.sub("\n", text).replace("\u2029", "\n\n")
    return unicodedata.normalize("NFC", _MARKS.sub(_divided, _DROPPED.sub("", text)))


def _divided(run: re.Match[str]) -> str:
    """The run with a joiner behind each 30 combining marks in a row."""
    divided: list[str] = []
    marks = 0
    for character in run[0]:
        # A character may stand for several marks, such as U+0344.
        decomposed = unicodedata.normalize("NFD", character)
        begins = unicodedata.combining(decomposed[0]) == 0
        marks = 0 if begins else marks + len(decomposed)
        if marks > _MOST_MARKS:
            divided.append(_JOINER)
            marks = len(decomposed)
        divided.append(character)
    return "".join(divided)


def one_line(text: str) -> str:
    """The normalised text with each run of white space as one space, for titles, names and outlets."""
    return " ".join(normalise_text(text).split())


def check_id(article_id: str) -> str:
    """The id itself.

    Raises IdentityError if it is blank, longer than 512 characters or holds a control character.
    """
    if not article_id.strip():
        raise IdentityError("the article's id is blank; give it an id or leave the key out")
    if len(article_id) > MAX_ID_CHARACTERS:
        raise IdentityError(
            f"the article's id {article_id[:40]!r}... has {len(article_id)} characters; "
            f"give it one of at most {MAX_ID_CHARACTERS}"
        )
    if _NOT_IN_AN_ID.search(article_id):
        raise IdentityError(
            f"the article's id {article_id[:80]!a} holds a control or undecodable character; rename it"
        )
    return article_id


def canonical_url(url: str) -> str | None:
    """The http(s) URL with scheme and host in lower case and without fragment, credentials, default port and
    tracking parameters; None for anything that is not an http(s) URL.
    """
    url = url.strip().replace(" ", "%20")
    if len(url) > MAX_URL_CHARACTERS or _NOT_IN_A_URL.search(url):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORT or not host:
        return None
    host = f"[{host}]" if ":" in host else host
    place = host if port is None or port == _DEFAULT_PORT[scheme] else f"{host}:{port}"
    query = "&".join(pair for pair in parts.query.split("&") if not _TRACKING.match(pair))
    return urlunsplit(SplitResult(scheme, place, parts.path or "/", query, ""))
