"""Keys and where they go: a key is sent only to the address that was set beside it, and not in the clear.

Settings come from two places, the environment and the `.env` file of the current folder. Whoever writes a
`.env` names addresses in it, and must not get a key that the environment holds. So a key belongs to the
address that is set in the same place:

    ONRECORD_LLM_API_KEY      ONRECORD_LLM_BASE_URL, else OPENAI_BASE_URL, else api.openai.com
    ONRECORD_CHECK_API_KEY    ONRECORD_CHECK_BASE_URL, else as ONRECORD_LLM_API_KEY
    ONRECORD_EMBED_API_KEY    ONRECORD_EMBED_BASE_URL
    OPENAI_API_KEY            OPENAI_BASE_URL, else api.openai.com

A key of the setting's own that belongs elsewhere is refused in one sentence. One that would only stand in
(OPENAI_API_KEY) is left out, since a model on this machine needs none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from corpus.errors import UsageError
from corpus.hosts import is_loopback

OPENAI = "https://api.openai.com/v1"
PLAIN_HTTP = "ONRECORD_PLAIN_HTTP"
_BESIDE = {
    "ONRECORD_LLM_API_KEY": ("ONRECORD_LLM_BASE_URL", "OPENAI_BASE_URL"),
    "ONRECORD_CHECK_API_KEY": ("ONRECORD_CHECK_BASE_URL", "ONRECORD_LLM_BASE_URL", "OPENAI_BASE_URL"),
    "ONRECORD_EMBED_API_KEY": ("ONRECORD_EMBED_BASE_URL",),
    "OPENAI_API_KEY": ("OPENAI_BASE_URL",),
}
_PORTS = {"http": 80, "https": 443}
_ADDRESS = re.compile(
    r"""https?://
        (?:[^\s/@\\?\#]*@)?                # name and password
        (?:\[[0-9a-f:.]+\]|[\w.-]+)         # host
        (?::\d{1,5})?
        (?:/[^\s\\]*)?""",
    re.IGNORECASE | re.VERBOSE,
)
"""Only what every parser of addresses reads alike, so that the host that is checked is the one asked."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where settings are set; values that are empty are left out. `called` is its name in sentences."""

    called: str
    values: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Key:
    """A key with the setting and the place that it comes from."""

    name: str
    value: str = field(repr=False)
    place: Place


Places = Sequence[Place]
"""The first that sets a name wins."""


def setting(places: Places, *names: str) -> Key | None:
    """The first of the names that is set anywhere, with its value and place."""
    for name in names:
        for place in places:
            if name in place.values:
                return Key(name, place.values[name], place)
    return None


def key_for(places: Places, address: Key | None, own: str, *others: str) -> Key | None:
    """The key that goes to an address (None: OpenAI's); None where there is none for it.

    `own` is the key's setting for this use, `others` stand in for it. Raises UsageError for a key of its own
    that belongs to another address, and for one that would be sent in the clear.
    """
    base_url = address.value if address else OPENAI
    for name in (own, *others):
        key = setting(places, name)
        if key is None:
            continue
        if server(base_url) == _belongs_to(key):
            check_encrypted(base_url, name, key.place)
            return key
        # Refused where it was meant to go there: the two settings belong together by their names.
        if address and (name == own or address.name in _BESIDE[name]):
            raise UsageError(
                f"{name} is set in {key.place.called} and is not sent to {host_of(base_url)}, which only "
                f"{address.place.called} names; set {address.name} in {key.place.called} too, "
                f"or {name} in {address.place.called} alone"
            )
    return None


def check_address(address: Key) -> None:
    """Raise UsageError for an address that is not http or https, or that parsers read differently."""
    url = address.value
    wrong = "" if "@" in url else f", not {url!r}"  # It may hold a password.
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{address.name} must begin with http:// or https://{wrong}")
    if not _ADDRESS.fullmatch(url) or server(url) is None:
        raise UsageError(f"{address.name} must look like https://example.org/v1{wrong}")
    if "@" in url.split("/")[2]:
        check_encrypted(url, f"the password in {address.name}", address.place)


def check_encrypted(url: str, what: str, place: Place) -> None:
    """Raise UsageError where a secret from `place` would be sent over plain http to another machine.

    ONRECORD_PLAIN_HTTP, set in the same place, lists the hosts for which that is accepted.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or is_loopback(host):
        return
    accepted = re.split(r"[\s,]+", place.values.get(PLAIN_HTTP, "").lower())
    if host not in accepted:
        raise UsageError(
            f"{what} would go to {host} unencrypted; use https://, or set {PLAIN_HTTP}={host} "
            f"in {place.called} if you trust the network between"
        )


def server(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an address; None where it is none."""
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or "").removesuffix("."), parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None


def host_of(url: str) -> str:
    """Host, and port where one is given, without credentials."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _belongs_to(key: Key) -> tuple[str, str, int] | None:
    """The server that a key belongs to: what its own place names, else OpenAI's."""
    beside = setting([key.place], *_BESIDE[key.name])
    if beside:
        return server(beside.value)
    return server(OPENAI) if "OPENAI_BASE_URL" in _BESIDE[key.name] else None
