"""Whose request it is, and how often one visitor may do something.

A visitor is an address: the connection's, or the one that a proxy of `WebSettings.trusted_proxies` forwards.
"""

import ipaddress
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from corpus.hosts import is_loopback
from rag.web.errors import Refusal
from rag.web.settings import is_ip_literal

NOBODY = "unknown"
"""The visitor of a request without an address, as over a Unix socket: they all are one."""
MOST_VISITORS = 5_000
"""Visitors of whom one allowance keeps count."""
_IPV6_PREFIX = 64
_FORWARDING = frozenset(
    "forwarded via x-real-ip x-client-ip x-cluster-client-ip true-client-ip cf-connecting-ip "
    "fastly-client-ip fly-client-ip x-original-host x-original-forwarded-for x-envoy-external-address".split()
)
"""Headers by which proxies say for whom they ask, besides X-Forwarded-For and the like."""


def visitor_of(scope: Mapping[str, Any]) -> str:
    """The visitor of an ASGI scope (a request is one): an IPv4 address, or an IPv6 network of 64 bits.

    Whoever has an IPv6 connection has 2**64 addresses. uvicorn has put a trusted proxy's forwarded address
    into the scope.
    """
    address = address_of(scope.get("client"))
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address) if address else NOBODY


def address_of(client: Sequence[Any] | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address of an ASGI scope's client, an IPv4 address that is mapped into IPv6 as itself."""
    try:
        address = ipaddress.ip_address(str(client[0]).partition("%")[0] if client else "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_local(request: Request) -> bool:
    """Whether a process of this machine asks for itself: from and to loopback, and through no proxy."""
    names = request.headers.keys()
    forwarded = getattr(request.state, "forwarded", False)  # The guard leaves out what it has seen.
    if forwarded or any(name.startswith("x-forwarded") or name in _FORWARDING for name in names):
        return False
    hosts = [request.url.hostname or "", request.client.host if request.client else ""]
    return all(host == "localhost" or (is_ip_literal(host) and is_loopback(host)) for host in hosts)


class Allowance:
    """At most `most` of something in `seconds`, counted over a moving window, for each visitor on their own.

    `says` is the sentence of the refusal. May be shared between threads. Forgotten when the process ends.
    """

    def __init__(self, most: int, seconds: int, says: str) -> None:
        self._item = RateLimitItemPerSecond(most, seconds)
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._says = says

    def enter(self, visitor: str, cost: int = 1) -> None:
        """Count one more, or `cost` more. Raises Refusal (429) with Retry-After where less is left."""
        if not self._limiter.hit(self._item, visitor, cost=cost):
            raise self._refusal(visitor)
        if len(self._storage.events) > MOST_VISITORS:
            self._forget()

    def check(self, visitor: str) -> None:
        """Raise the same Refusal where `enter` would, without counting."""
        if not self._limiter.test(self._item, visitor):
            raise self._refusal(visitor)

    def _forget(self) -> None:
        """Forget the half of the visitors that were seen longest ago; the library forgets none by itself."""
        events = self._storage.events
        seen = sorted((entries[0].atime if entries else 0.0, key) for key, entries in list(events.items()))
        for _, key in seen[: MOST_VISITORS // 2]:
            with self._storage.locks[key]:
                events.pop(key, None)
            self._storage.locks.pop(key, None)

    def _refusal(self, visitor: str) -> Refusal:
        free_again = self._limiter.get_window_stats(self._item, visitor).reset_time
        wait = max(1, math.ceil(free_again - time.time()))
        return Refusal(429, self._says, code="busy", headers={"Retry-After": str(wait)})
