"""What can be indexed: a file or folder, an address on the web, or a file that somebody sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["page", "feed"]

UPLOADS = "upload:"
"""What the origin of an uploaded article begins with; no absolute path and no URL does."""


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) URL of an article or of a feed."""

    url: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sent under `name`; its bytes are at `path` for as long as it is being read."""

    name: str
    path: Path


Source = Path | Address | Upload


@dataclass(frozen=True, slots=True)
class Validators:
    """By what a server tells whether an address has changed (RFC 9110, 8.8), as it sent them."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at an address came to, for the store to remember.

    `unchanged`: the server said that it is what it was. `problem`: why nothing could be read, one sentence.
    `article_ids`: the articles that it gave, of a feed also those that its pages gave.
    """

    url: str
    kind: Kind
    validators: Validators = field(default_factory=Validators)
    unchanged: bool = False
    problem: str | None = None
    article_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the store remembers of an address; `checked_at` (RFC 3339, UTC) is the last look at it.

    `article_ids`: the articles last read from it that the store still holds.
    """

    kind: Kind
    validators: Validators
    checked_at: str
    article_ids: tuple[str, ...] = ()


Known = Callable[[str], Remembered | None]
"""The store's memory of addresses; None for one that was never read with success."""


def is_web(origin: str) -> bool:
    """Whether an article's origin is an address, and not a path."""
    return origin.startswith(("http://", "https://"))


def is_upload(origin: str) -> bool:
    """Whether an article was sent by somebody, and its file is not kept."""
    return origin.startswith(UPLOADS)
