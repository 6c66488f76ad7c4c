"""Outlets: the site of an address, the name that people know it by, and whether two addresses are one page.

The site is the registrable domain by Mozilla's Public Suffix List, as the package publicsuffixlist carries it
(its version ends in the list's date); nothing is fetched. A blog on a shared host (`name.blogspot.com`) is a
site of its own, as the list has it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from corpus.article import Article, canonical_url, one_line
from corpus.errors import UsageError

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

FILE_NAME = "outlets.txt"
"""The file of a store in which its owner names outlets."""
MAX_FILE_CHARACTERS = 1_000_000
MAX_HOST_CHARACTERS = 253

_HOST = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+$")
_ARCHIVED = re.compile(r"^https?://web\.archive\.org/web/[\w*]+/(?P<url>https?://?.+)", re.IGNORECASE)
_CACHED = re.compile(
    r"^https?://(?:[\w-]+\.cdn\.ampproject\.org/[a-z]{1,3}|(?:www\.)?google\.[a-z.]{2,6}/amp)/(?P<s>s/)?(?P<page>.+)",
    re.IGNORECASE,
)
_SAME_SITE = re.compile(r"^(?:www\d?|m|mobile|amp|touch)\.(?=[^.]+\.)")
_AMP = re.compile(r"^/amp(?=/)|/amp/?$|\.amp(?=\.html?$)|\.amp$", re.IGNORECASE)
_INDEX_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)
_NO_OTHER_PAGE = frozenset("amp outputtype output ref source cmp cmpid ns_campaign ns_mchannel smid".split())
"""Keys of a query that lead to the same page: its form, or where the reader came from."""


def unwrapped(url: str) -> str:
    """The address of a page of which this is a copy, in the Wayback Machine or a cache of AMP pages."""
    if found := _ARCHIVED.match(url):
        return re.sub(r"^(https?):/(?!/)", r"\1://", found["url"])
    if found := _CACHED.match(url):
        return f"{'https' if found['s'] else 'http'}://{found['page']}"
    return url


def page_key(url: str) -> str | None:
    """The same string for all addresses of one page; None for what is no http(s) address.

    Scheme, case of the host, www., m. and amp., a slash at the end, AMP's marks, the fragment and parameters
    that only say where a reader came from make no other page.
    """
    address = canonical_url(unwrapped(url))
    if address is None:
        return None
    parts = urlsplit(address)
    path = _INDEX_PAGE.sub("", _AMP.sub("", unquote(parts.path))).rstrip("/")
    query = [
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if pair[0].lower() not in _NO_OTHER_PAGE
    ]
    place = f":{parts.port}" if parts.port else ""
    return f"{_SAME_SITE.sub('', parts.hostname or '')}{place}{path}?{urlencode(sorted(query))}"


def addresses_of(url: str) -> tuple[str, ...]:
    """The addresses by which the same page is likely to be known: http or https, with "www." or without, with
    a slash at the end or without. Empty for what is no http(s) address.
    """
    address = canonical_url(unwrapped(url))
    if address is None:
        return ()
    parts = urlsplit(address)
    place, path = parts.netloc.removeprefix("www."), parts.path.rstrip("/")
    query = f"?{parts.query}" if parts.query else ""
    return tuple(
        f"{scheme}://{www}{place}{path}{slash}{query}"
        for scheme in ("https", "http")
        for www in ("", "www.")
        for slash in (("", "/") if path else ("/",))
    )


def host_of(address: str | None) -> str | None:
    """The host of an address or of a bare host name, in lower case and Unicode, without `www.`.

    None for what is neither, for an IP address and for a name without a dot, which name no outlet.
    """
    if not address:
        return None
    address = unwrapped(address.strip())
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        return None
    return _named_host(host)


@lru_cache(maxsize=4_096)
def _named_host(host: str) -> str | None:
    host = host.rstrip(".")
    if "xn--" in host:
        try:
            host = host.encode("ascii").decode("idna")
        except UnicodeError:
            return None
    if len(host) > MAX_HOST_CHARACTERS or not _HOST.match(host) or _is_number(host):
        return None
    return re.sub(r"^www\d?\.(?=[^.]+\.)", "", host)


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host.rpartition(".")[2].isdigit()
    return True


@lru_cache(maxsize=4_096)
def site_of(host: str) -> str:
    """The registrable domain of a host (`news.bbc.co.uk`: `bbc.co.uk`); the host itself if it has none."""
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_encoded_idn=False)  # hosts are in Unicode here (`host_of`)


def named_in_title(title: str, host: str) -> str | None:
    """The outlet at the end (or the beginning) of a page's <title>, where it is the name of the host's site.

    `Bridge closed | Harbour Courier` on `harbourcourier.example`, `The New York Times` on
    `nytimes.com`.
    """
    site = site_of(host)
    label = _letters(site.removesuffix(f".{_suffixes().publicsuffix(site) or ''}"))
    parts = re.split(r"\s+[-–—|·•:»«]+\s+|(?<=\w):\s+", one_line(title))
    for part in (parts[-1], parts[0]) if len(parts) > 1 else ():
        words = [_letters(word) for word in part.split()]
        bare = [word for word in words if word not in ("the", "and", "of", "")]
        if len(label) > 1 and len(words) <= 6 and (_abbreviates(label, words) or _abbreviates(label, bare)):
            return part
    return None


def _abbreviates(label: str, words: Sequence[str]) -> bool:
    """Whether a site's name is made of the beginnings of all words, or of one word in full."""
    if not words or not label:
        return not words and not label
    if label == words[0]:
        return len(words) <= 2  # BBC News on bbc.co.uk
    lengths = range(1, min(len(label), len(words[0])) + 1) if len(words) > 1 else ()
    return any(
        label[:length] == words[0][:length] and _abbreviates(label[length:], words[1:]) for length in lengths
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def by_address(article: Article) -> Article:
    """The article with the site of its address as its outlet, if it has an address and no other outlet."""
    host = host_of(article.url)
    if host is None or article.source not in (None, site_of(host)):
        return article
    return replace(article, source=site_of(host), host=host)


class Outlets:
    """The outlets that the owner of a store has named, by host: for articles that do not state theirs."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self._hosts = hosts

    @classmethod
    def of(cls, store: Path) -> Self:
        """Those of the store's file `outlets.txt`; none where there is no such file.

        Raises UsageError, naming the line, for a file that cannot be read.
        """
        path = store / FILE_NAME
        try:
            text = path.read_text("utf-8-sig")
        except (FileNotFoundError, NotADirectoryError):
            return cls({})
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be read ({error}); correct it or move it away") from error
        return cls(dict(_parsed(path, text[:MAX_FILE_CHARACTERS])))

    def name(self, host: str) -> str:
        """The outlet of a host: as it is named for the host or the nearest domain above it, else its site."""
        site, above = site_of(host), host
        while above:
            if above in self._hosts:
                return self._hosts[above]
            if above == site:
                break
            above = above.partition(".")[2]
        return site

    def named(self, article: Article) -> Article:
        """The article under the outlet of its address, if it does not state its own."""
        return replace(article, source=self.name(article.host)) if article.host else article


def _parsed(path: Path, text: str) -> Iterator[tuple[str, str]]:
    """Host and name of each line; a name stands in brackets above its hosts, `#` begins a comment."""
    name = ""
    for number, line in enumerate(text.splitlines(), start=1):
        line = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if heading := re.fullmatch(r"\[(.+)\]", line):
            name = one_line(heading[1])
        elif line:
            host = host_of(line)
            if host is None or not name:
                wrong = "is no host" if name else "stands under no outlet"
                raise UsageError(
                    f"{path}, line {number}: {line[:60]!r} {wrong}; "
                    "write [The name], and its hosts below, one a line"
                )
            yield host, name
