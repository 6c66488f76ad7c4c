"""The style sheets and scripts that pages load from /static/: known files, named by their content too."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served; `version` is the first 12 hexadecimal digits of its sha256."""

    name: str
    content: bytes
    media_type: str
    version: str


@cache
def assets() -> Mapping[str, Asset]:
    """The files by name, read once; nothing outside this list is ever served."""
    found = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            version = hashlib.sha256(content).hexdigest()[:12]
            found[path.name] = Asset(path.name, content, _TYPES[path.suffix], version)
    return found


def asset_path(name: str) -> str:
    """Where a page finds the file, for ever under this address. Raises KeyError on a name that is none."""
    return f"/static/{name}?v={assets()[name].version}"
