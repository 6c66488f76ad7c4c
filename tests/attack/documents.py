"""What a browser would make of a response: its elements, attributes and addresses, by a real parser."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
from lxml import html

_ADDRESSES = {"href", "src", "action", "formaction", "poster", "data", "background", "cite", "srcset", "ping"}
_HARMLESS = {"", "http", "https"}


def elements(document: str) -> Counter[tuple[str, str]]:
    """How often each pair of an element's name and one of its attributes' names (or none) stands in HTML."""
    found: Counter[tuple[str, str]] = Counter()
    for element in _tree(document):
        found.update((element.tag, name) for name in ("", *element.attrib))
    return found


def addresses(document: str) -> Iterator[tuple[str, str]]:
    """The name of each attribute that holds an address, and the address."""
    for element in _tree(document):
        for name, value in element.attrib.items():
            if name.rpartition(":")[2] in _ADDRESSES:
                yield name, value


def wrong_addresses(document: str) -> list[str]:
    """Addresses with a scheme that is not ours to write, or that lead to another host without saying so."""
    cleaned = [(name, "".join(value.split())) for name, value in addresses(document)]
    return [
        value
        for name, value in cleaned
        if _scheme(value) not in _HARMLESS
        or value.startswith(("//", "\\"))
        or (name != "href" and _host(value))
    ]


def is_inert(response: httpx.Response) -> bool:
    """Whether a browser that opens a response of data would neither guess its type nor run anything in it."""
    kind, headers = response.headers.get("content-type", ""), response.headers
    policy = headers.get("content-security-policy", "")
    return headers.get("x-content-type-options") == "nosniff" and "html" not in kind and "'none'" in policy


def _tree(document: str) -> Iterator[html.HtmlElement]:
    return (one for one in html.document_fromstring(document or "<p>").iter() if isinstance(one.tag, str))


def _scheme(address: str) -> str:
    scheme, colon, _ = address.partition(":")
    return scheme.lower() if colon and "/" not in scheme and "?" not in scheme and "#" not in scheme else ""


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return address
