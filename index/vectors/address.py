"""Address of a Chroma server: parsed from a setting, shown without credentials. Imports nothing heavy."""

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_EXAMPLE = "http://127.0.0.1:8000"
_PORTS = {"http": 8000, "https": 443}
"""Default ports: Chroma's own, and that of a TLS proxy before it."""


@dataclass(frozen=True, slots=True)
class ChromaAddress:
    """A Chroma server; `authorization` is the value of that header, for a proxy that asks for a password."""

    host: str
    port: int
    tls: bool = False
    authorization: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> "ChromaAddress":
        """From `http(s)://[name:password@]host[:port]`.

        Raises ValueError that says what is wrong, without the password and without a subject.
        """
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ValueError(f"is no address of a server; write it as {_EXAMPLE}") from None
        if parts.scheme not in _PORTS:
            raise ValueError(f"must begin with http:// or https://, as {_EXAMPLE} does")
        if not host or any(character.isspace() for character in host):
            raise ValueError(f"names no host; write it as {_EXAMPLE}")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(f"must end with host and port, as {_EXAMPLE} does")
        if port == 0:
            raise ValueError(f"names the port 0; write it as {_EXAMPLE}")
        authorization = None
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            authorization = f"Basic {b64encode(pair.encode()).decode('ascii')}"
        return cls(host, port or _PORTS[parts.scheme], parts.scheme == "https", authorization)

    @property
    def url(self) -> str:
        """The address without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that each request needs."""
        return {"Authorization": self.authorization} if self.authorization else {}

    def __str__(self) -> str:
        return self.url
