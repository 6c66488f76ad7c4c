"""Fetching one address, with limits on its destination, size, time and number of requests.

Addresses come from articles and feeds, which anybody may write, so only the public internet is fetched from.
The check is made when a connection is opened, after every redirect, and the connection goes to the very IP
address that was checked: a name that resolves differently a moment later (DNS rebinding) gains nothing.
"""

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from corpus.article import MAX_URL_CHARACTERS
from corpus.errors import ReadError
from corpus.kinds import is_gzip
from corpus.sources import MEGABYTE, Validators, shown, unpacked

PRODUCT = "onrecord"
"""The name by which robots.txt files may address us."""
ACCEPT = "text/html, application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"
_GZIP = re.compile(r"application/(?:x-)?gzip\b", re.IGNORECASE)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
_SPECIAL_IPV4 = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
"""What `is_global` lets pass in some version of Python from 3.11 on: of IETF protocols (Oracle's metadata are
there), the relays of 6to4, and the address by which Azure's machines reach their host."""
_SPECIAL_IPV6 = tuple(map(ipaddress.ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
"""Likewise: of IETF protocols (Teredo, ORCHID, benchmarks), documentation, 6to4, documentation."""
_REDIRECTS = (301, 302, 303, 307, 308)
_CLOSED_PORTS = frozenset(
    {7, 9, 11, 13, 19, 21, 22, 23, 25, 53, 110, 111, 135, 139, 143, 389, 445, 465, 587, 993, 995}
)

Resolve = Callable[[str, int], Iterable[str]]
"""(host, port) -> the IP addresses that the name stands for now."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of fetching: redirects, bytes and seconds of one address, requests of one run."""

    redirects: int = 5
    bytes: int = 10 * MEGABYTE
    seconds: float = 30.0
    requests: int = 1_000


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer of an address: `url` after redirects, `data` decompressed; `unchanged`: status 304."""

    url: str
    data: bytes
    content_type: str
    charset: str | None
    validators: Validators
    unchanged: bool = False


class Refused(ReadError):
    """An address that is not fetched, or that answered with an error, whose `status` is then given."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Fetcher:
    """Fetches addresses one at a time; a context manager. It keeps no cookies and uses no proxy.

    `allow_private` lets it into loopback, private and link-local networks. `resolve` stands in for DNS.
    """

    def __init__(
        self, *, allow_private: bool = False, limits: Limits | None = None, resolve: Resolve | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._left = self.limits.requests
        self._deadline = 0.0
        backend = _Guarded(resolve or _resolved, allow_private, lambda: self._deadline - time.monotonic())
        self._client = httpx.Client(
            transport=_Transport(backend),
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": user_agent(), "Accept": ACCEPT, "Accept-Encoding": "gzip, deflate"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def fetch(
        self,
        url: str,
        validators: Validators | None = None,
        *,
        most_bytes: int | None = None,
        allowed: Callable[[str], None] | None = None,
    ) -> Fetched:
        """The content of an address, following redirects.

        With `validators` the server may say that it is unchanged. `allowed` is asked before every request and
        raises ReadError for an address that must not be fetched. Raises Refused (or what `allowed` raises).
        """
        self._deadline = time.monotonic() + self.limits.seconds
        here, visited = url, set[str]()
        for _ in range(self.limits.redirects + 1):
            _check(here)
            if here in visited:
                raise Refused(f"{_named(url)} redirects in a circle")
            visited.add(here)
            if allowed is not None:
                allowed(here)
                self._deadline = max(self._deadline, time.monotonic() + self.limits.seconds / 2)
            answer = self._request(here, validators, most_bytes or self.limits.bytes)
            if isinstance(answer, Fetched):
                return answer
            here = answer
        raise Refused(f"{_named(url)} redirects more than {self.limits.redirects} times")

    def _request(self, url: str, validators: Validators | None, most_bytes: int) -> Fetched | str:
        """The content, or the address to which it redirects."""
        if self._left <= 0:
            raise Refused(
                f"{_named(url)} is left out: one run fetches at most {self.limits.requests} addresses"
            )
        self._left -= 1
        self._client.cookies.clear()
        patience = httpx.Timeout(min(15.0, self.limits.seconds), connect=min(5.0, self.limits.seconds))
        try:
            with self._client.stream(
                "GET", url, headers=_conditions(validators), timeout=patience
            ) as response:
                if response.status_code in _REDIRECTS and "location" in response.headers:
                    return _redirected(url, response.headers["location"])
                if response.status_code == 304 and validators is not None:
                    return Fetched(url, b"", "", None, validators, unchanged=True)
                if response.status_code != 200:
                    raise Refused(_status(url, response), response.status_code)
                return self._read(url, response, most_bytes)
        except ReadError:
            raise
        except httpx.TimeoutException as error:
            raise Refused(f"{_named(url)} did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ConnectError, OSError, ValueError) as error:
            if isinstance(error.__cause__, ReadError):
                raise error.__cause__ from error
            raise Refused(f"{_named(url)} cannot be fetched ({_said(error)})") from error

    def _read(self, url: str, response: httpx.Response, most_bytes: int) -> Fetched:
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > most_bytes:
            raise _too_large(url, most_bytes)
        data = bytearray()
        for part in response.iter_bytes():
            data += part
            if len(data) > most_bytes:
                raise _too_large(url, most_bytes)
        if not data:
            raise Refused(f"{_named(url)} answered with nothing")
        stated = response.headers.get("content-type", "")
        if is_gzip(data):
            data, stated = _unpacked(url, bytes(data), most_bytes), _GZIP.sub("", stated)
        charset = response.charset_encoding
        headers = (response.headers.get("etag"), response.headers.get("last-modified"))
        etag, last_modified = (value if value and len(value) <= 500 else None for value in headers)
        kind = stated.partition(";")[0].strip().lower()
        return Fetched(url, bytes(data), kind, charset, Validators(etag, last_modified))


def _unpacked(url: str, data: bytes, most_bytes: int) -> bytearray:
    """What a gzip file holds, such as `sitemap.xml.gz`; that of a Content-Encoding is unpacked before."""
    try:
        held = unpacked(data, most_bytes)
    except ReadError as error:
        raise Refused(f"{_named(url)} cannot be read: {error}") from error
    if held is None:
        raise _too_large(url, most_bytes)
    return bytearray(held)


def user_agent() -> str:
    """The User-Agent header."""
    try:
        number = version("onrecord")
    except PackageNotFoundError:
        number = "0"
    return f"{PRODUCT}/{number} (reads articles into an archive that cites them)"


def is_public(address: str) -> bool:
    """Whether an IP address is of the public internet, by IANA's registries of special-purpose addresses.

    Of IPv6 that is what IANA gave out as global unicast; an IPv4 address that is mapped into IPv6, or reached
    by the well-known prefix of NAT64, counts as itself. Tunnels (6to4, Teredo) and zones ("%eth0") lead
    elsewhere and are not public.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    special = _SPECIAL_IPV4
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id is not None:
            return False
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else ip.ipv4_mapped
        if inner is None and ip not in _UNICAST:
            return False
        ip, special = (inner, special) if inner is not None else (ip, _SPECIAL_IPV6)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or any(ip in one for one in special))


class _Transport(httpx.HTTPTransport):
    """httpx's own transport over connections that are made by the guarded backend."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=4,
            keepalive_expiry=5.0,
            network_backend=backend,
        )


class _Guarded(httpcore.SyncBackend):
    """Connects to permitted IP addresses only."""

    def __init__(self, resolve: Resolve, allow_private: bool, left: Callable[[], float]) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._left = left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to one of the addresses that the name stands for now; all have to be public."""
        try:
            addresses = list(dict.fromkeys(self._resolve(host, port)))
        except (OSError, UnicodeError):
            addresses = []
        if not addresses:
            raise Refused(f"the name {shown(host)} is not known")
        for address in () if self._allow_private else addresses:
            if not is_public(address):
                raise Refused(
                    f"{shown(host)} leads to {address}, which is not on the public internet; "
                    "--allow-private permits it"
                )
        failure: Exception | None = None
        for address in addresses[:4]:
            if self._left() <= 0:
                break
            try:
                stream = super().connect_tcp(address, port, timeout, local_address, socket_options)
                return _Timed(stream, self._left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectTimeout("no time is left")


class _Timed(httpcore.NetworkStream):
    """A connection whose reads and writes share one deadline, however slowly the server sends."""

    def __init__(self, stream: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        self._stream = stream
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes. Raises ReadTimeout."""
        return self._stream.read(max_bytes, self._bounded(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it. Raises WriteTimeout."""
        self._stream.write(buffer, self._bounded(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted. Raises ConnectTimeout."""
        bounded = self._bounded(timeout, httpcore.ConnectTimeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, bounded), self._left)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection."""
        return self._stream.get_extra_info(info)

    def _bounded(self, timeout: float | None, late: type[Exception]) -> float:
        left = self._left()
        if left <= 0:
            raise late("no time is left")
        return left if timeout is None else min(timeout, left)


def _resolved(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _check(url: str) -> None:
    """Raise Refused for anything but an http(s) address that may be fetched."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise Refused(f"{_named(url)} is no address") from error
    if parts.scheme not in ("http", "https"):
        raise Refused(f"{_named(url)} is not fetched: only http and https are")
    if not host or len(url) > MAX_URL_CHARACTERS or shown(url) != url:
        raise Refused(f"{_named(url)} is no address")
    if parts.username is not None or parts.password is not None:
        raise Refused(f"the address at {shown(host)} holds a name or password; leave them out")
    if port in _CLOSED_PORTS:
        raise Refused(f"{_named(url)} is not fetched: port {port} is not one of the web's")


def _conditions(validators: Validators | None) -> Mapping[str, str]:
    if validators is None:
        return {}
    stated = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in stated.items() if value}


def _redirected(url: str, location: str) -> str:
    try:
        return urljoin(url, location.strip()).partition("#")[0]
    except ValueError as error:
        raise Refused(f"{_named(url)} redirects to what is no address") from error


def _status(url: str, response: httpx.Response) -> str:
    known = {
        401: "asks for a password",
        403: "refuses to be read",
        404: "is not there",
        410: "is gone for good",
        429: "has been asked too often",
    }
    code = response.status_code
    says = known.get(code, "has a failing server" if code >= 500 else "gave no content")
    return f"{_named(url)} {says} (status {code})"


def _too_large(url: str, most_bytes: int) -> Refused:
    return Refused(f"{_named(url)} is larger than the limit of {most_bytes / MEGABYTE:g} MB")


def _named(url: str) -> str:
    """The address for messages: without credentials, at most 160 characters."""
    try:
        parts = urlsplit(url)
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        pass
    url = shown(url)
    return url if len(url) <= 160 else f"{url[:157]}..."


def _said(error: Exception) -> str:
    return shown(" ".join(str(error).split()))[:120] or type(error).__name__
