"""Settings of the web server, and parsing of origins, keys and addresses."""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Literal, get_args
from urllib.parse import SplitResult, urlsplit

from corpus.errors import UsageError

Exposure = Literal["full", "excerpt", "link"]
EXPOSURES: tuple[Exposure, ...] = get_args(Exposure)

_SPLIT = re.compile(r"[\s,]+")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_ROOT = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")
_PORTS = {"http": 80, "https": 443}
_SHORTEST_TOKEN = 16
_SHORTEST_KEY = 8


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`name` is the archive's name, for the masthead. `exposure` says how much of an article may be shown:
    all, the quote and one sentence either side, or only the link. `public_url` is where people reach the
    server if not at `host` and `port`, such as behind a proxy; it may end in a path ("/archive").
    `trusted_proxies` are addresses and networks whose X-Forwarded-For is believed. Keys never appear in the
    repr.
    """

    name: str = "onrecord"
    allowed_origins: tuple[str, ...] = ()
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    open_api: bool = False
    exposure: Exposure = "full"
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 7860
    admin_token: str = field(default="", repr=False)
    owner_token: str = field(default="", repr=False)

    @property
    def local_url(self) -> str:
        """The URL for processes on this machine, without a trailing slash."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
        return f"http://{netloc(everywhere.get(self.host, self.host), self.port)}"

    @property
    def public_origin(self) -> str | None:
        """The origin of the public URL; None without one."""
        return origin_of(urlsplit(self.public_url)) if self.public_url else None

    @property
    def root(self) -> str:
        """The path of the public URL, such as "/archive"; empty without one."""
        return urlsplit(self.public_url or "").path

    @property
    def url(self) -> str:
        """The public URL, without a trailing slash."""
        return self.public_url or self.local_url


def parse_origins(written: str) -> tuple[str, ...]:
    """Origins separated by commas or spaces, each as a browser writes it ("https://example.org").

    Raises UsageError for one with a path, without http or https, and for `*`: every host has to be named.
    """
    return tuple(dict.fromkeys(_origin(one) for one in _SPLIT.split(written) if one))


def parse_proxies(written: str) -> tuple[str, ...]:
    """Addresses and networks ("10.0.0.0/8") of proxies, separated by commas or spaces.

    Raises UsageError for what is neither; `*` would let everybody say who they are.
    """
    proxies = []
    for one in _SPLIT.split(written):
        try:
            proxies += [str(ipaddress.ip_network(one, strict=False))] if one else []
        except ValueError as error:
            says = f"the trusted proxy {one!r} must be an IP address or a network such as 10.0.0.0/8"
            raise UsageError(says) from error
    return tuple(dict.fromkeys(proxies))


def parse_keys(written: str) -> tuple[str, ...]:
    """API keys separated by commas or spaces. Raises UsageError for one below 8 characters."""
    keys = tuple(dict.fromkeys(one for one in _SPLIT.split(written) if one))
    for number, key in enumerate(keys, start=1):
        _check_secret(key, f"API key number {number}", _SHORTEST_KEY)
    return keys


def parse_admin_token(written: str) -> str:
    """The admin token, which may be empty. Raises UsageError for a short one."""
    if written:
        _check_secret(written, "ONRECORD_ADMIN_TOKEN", _SHORTEST_TOKEN)
    return written


def _check_secret(written: str, name: str, shortest: int) -> None:
    if len(written) < shortest or not written.isascii() or not written.isprintable():
        says = f"{name} must be at least {shortest} plain characters; make one with: openssl rand -hex 24"
        raise UsageError(says)


def parse_exposure(written: str) -> Exposure:
    """How much of an article may be shown. Raises UsageError for anything but full, excerpt and link."""
    if (known := written.strip().lower()) in EXPOSURES:
        return known
    raise UsageError(f"the reader must be full, excerpt or link, not {written!r}")


def parse_public_url(written: str) -> str:
    """The address people use, without a slash at the end; it may have a path of plain names.

    Raises UsageError if it is no http(s) address.
    """
    url = _split(written.strip().rstrip("/"), "the public URL")
    if url.query or url.fragment or not _ROOT.fullmatch(url.path):
        raise UsageError(
            f"the public URL {written!r} must end after the host, the port and a path of plain names"
        )
    return origin_of(url) + url.path


def netloc(host: str, port: int | None) -> str:
    """Host and port as they stand in a URL; an IPv6 address is put in brackets."""
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"


def origin_of(url: SplitResult) -> str:
    """Scheme, host and port as browsers write an origin: lower case, punycode, no default port."""
    port = None if url.port == _PORTS.get(url.scheme) else url.port
    return f"{url.scheme}://{netloc(_ascii(url.hostname or ''), port)}"


def is_ip_literal(host: str) -> bool:
    """Whether a host (without brackets or port) is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _origin(written: str) -> str:
    if "*" in written:
        raise UsageError(
            f"the origin {written!r} must name one host; wildcards are not accepted, list every site instead"
        )
    url = _split(written.removesuffix("/"), "the origin")
    if url.path or url.query or url.fragment:
        raise UsageError(f"the origin {written!r} must end after the host and port: write {origin_of(url)}")
    return origin_of(url)


def _split(written: str, what: str) -> SplitResult:
    wrong = f"{what} {written!r} must look like https://example.org or http://127.0.0.1:8000"
    try:
        url = urlsplit(written)
        host, port = url.hostname or "", url.port
    except ValueError as error:
        raise UsageError(f"{wrong} ({error})") from error
    if url.scheme not in _PORTS or "@" in url.netloc or port == 0:
        raise UsageError(wrong)
    if not is_ip_literal(host) and not _HOST.fullmatch(_ascii(host)):
        raise UsageError(wrong)
    return url


def _ascii(host: str) -> str:
    """The host in lower case and punycode; empty if it has none."""
    try:
        return host.lower() if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""
