"""Address of a Chroma server: parsed from a setting, shown without credentials. Imports nothing heavy."""

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_PORTS = {"http": 8000, "https": 443}  # Chroma's own, and that of a TLS proxy before it.
_FORM = "must begin with http:// or https:// and end with host and port, as http://127.0.0.1:8000 does"


@dataclass(frozen=True, slots=True)
class ChromaAddress:
    """A Chroma server; `authorization` is the value of that header, for a proxy that asks for a password."""

    host: str
    port: int
    tls: bool = False
    authorization: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> "ChromaAddress":
        """From `http(s)://[name:password@]host[:port]`. Raises ValueError, which never shows the password."""
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname or "", parts.port
            more = parts.path.strip("/") or parts.query or parts.fragment
            if parts.scheme not in _PORTS or len(host.split()) != 1 or port == 0 or more:
                raise ValueError
        except ValueError:
            raise ValueError(_FORM) from None
        authorization = None
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            authorization = f"Basic {b64encode(pair.encode()).decode('ascii')}"
        return cls(host, port or _PORTS[parts.scheme], parts.scheme == "https", authorization)

    def __str__(self) -> str:
        """The address without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"
