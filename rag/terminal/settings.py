"""Settings, read once: a flag wins over the environment, that over `.env`. Unknown names are refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus.errors import UsageError
from index.vectors.address import ChromaAddress

_FOR_THE_WEB = {
    *("ONRECORD_NAME", "ONRECORD_PUBLIC_URL", "ONRECORD_ALLOWED_ORIGINS", "ONRECORD_API_KEYS"),
    *("ONRECORD_READER", "ONRECORD_ADMIN_TOKEN", "ONRECORD_TRUSTED_PROXIES"),
}
"""Kept as written, in the field of the same name; only `serve` reads them."""
SETTINGS = (
    *("ONRECORD_STORE", "ONRECORD_LLM_BASE_URL", "ONRECORD_LLM_MODEL", "ONRECORD_LLM_API_KEY"),
    *("ONRECORD_EMBED_BASE_URL", "ONRECORD_EMBED_MODEL", "ONRECORD_EMBED_API_KEY", "ONRECORD_CHROMA_URL"),
    *sorted(_FOR_THE_WEB),
)
NAMES_OF_TESTS = ("ONRECORD_CASES",)
OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class ModelEndpoint:
    """A model behind an OpenAI-compatible endpoint, for chat or for embeddings."""

    model: str
    base_url: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is configured with. No secret is in the repr."""

    store: Path
    language_model: ModelEndpoint | None = None
    embedding_model: ModelEndpoint | None = None
    chroma: ChromaAddress | None = None
    name: str = ""
    public_url: str = ""
    allowed_origins: str = ""
    api_keys: str = field(default="", repr=False)
    reader: str = "full"
    trusted_proxies: str = ""
    admin_token: str = field(default="", repr=False)
    unused: tuple[str, ...] = ()

    @classmethod
    def read(cls, environment: Mapping[str, str], folder: Path, *, store: str | None = None) -> "Settings":
        """Settings from the flag, else the environment, else `.env` in `folder`; empty values count as unset.

        Raises `UsageError` on a name that starts with ONRECORD_ and is none of ours.
        """
        values = {name: value for name, value in _dotenv(folder / ".env").items() if value}
        values |= {name: value for name, value in environment.items() if value}
        known = (*SETTINGS, *NAMES_OF_TESTS)
        for name in sorted(values):
            if name.startswith("ONRECORD_") and name not in known:
                raise UsageError(f"unknown setting {name}{_nearest(name, known)}; correct it or unset it")
        if store is not None and not store.strip():
            raise UsageError("--store must name a folder")
        chosen = store or values.get("ONRECORD_STORE")
        language_model = _language_model(values)
        return cls(
            store=Path(chosen).expanduser() if chosen else _own_store(),
            language_model=language_model,
            embedding_model=_embedding_model(values, language_model),
            chroma=_chroma(values),
            unused=_unused(values),
            **{name.removeprefix("ONRECORD_").lower(): values[name] for name in _FOR_THE_WEB & values.keys()},
        )


def _language_model(values: Mapping[str, str]) -> ModelEndpoint | None:
    """The chat endpoint that the settings name; None without a model."""
    model = values.get("ONRECORD_LLM_MODEL")
    if model is None:
        return None
    base_url = values.get("ONRECORD_LLM_BASE_URL") or values.get("OPENAI_BASE_URL")
    key = values.get("ONRECORD_LLM_API_KEY") or values.get("OPENAI_API_KEY", "")
    if base_url is None and not key:
        raise UsageError("ONRECORD_LLM_MODEL is set without an endpoint; set ONRECORD_LLM_BASE_URL as well")
    base_url = base_url or OPENAI
    _check_address("ONRECORD_LLM_BASE_URL", base_url)
    return ModelEndpoint(model, base_url, key)


def _embedding_model(values: Mapping[str, str], language_model: ModelEndpoint | None) -> ModelEndpoint | None:
    """The embeddings endpoint that the settings name; None: the bundled model.

    Without a key of its own it gets the key that is set for the same server, never one for another server.
    """
    names = ("ONRECORD_EMBED_MODEL", "ONRECORD_EMBED_BASE_URL")
    model, base_url = (values.get(name) for name in names)
    if model is None or base_url is None:
        if model is None and base_url is None:
            return None
        missing, there = names if model is None else reversed(names)
        raise UsageError(f"{there} is set without {missing}; set both, or neither for the bundled model")
    _check_address("ONRECORD_EMBED_BASE_URL", base_url)
    key = values.get("ONRECORD_EMBED_API_KEY", "")
    if not key and language_model and _server(language_model.base_url) == _server(base_url):
        key = language_model.api_key
    if not key and _server(values.get("OPENAI_BASE_URL", OPENAI)) == _server(base_url):
        key = values.get("OPENAI_API_KEY", "")
    return ModelEndpoint(model, base_url, key)


def _check_address(name: str, url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{name} must begin with http:// or https://, not {url!r}")


def _server(url: str) -> str:
    """Scheme, host and port of an address."""
    return "/".join(url.lower().split("/", 3)[:3])


def _chroma(values: Mapping[str, str]) -> ChromaAddress | None:
    """The Chroma server of the settings; None: embedded Chroma in the store's folder."""
    url = values.get("ONRECORD_CHROMA_URL")
    if url is None:
        return None
    try:
        return ChromaAddress.parse(url)
    except ValueError as error:
        raise UsageError(f"ONRECORD_CHROMA_URL {error}") from error


def _unused(values: Mapping[str, str]) -> tuple[str, ...]:
    """Names that have an effect only beside another one, which is not set."""
    needs = {
        "ONRECORD_LLM_BASE_URL": "ONRECORD_LLM_MODEL",
        "ONRECORD_LLM_API_KEY": "ONRECORD_LLM_MODEL",
        "ONRECORD_EMBED_API_KEY": "ONRECORD_EMBED_MODEL",
    }
    return tuple(name for name, other in needs.items() if name in values and other not in values)


def _dotenv(path: Path) -> Mapping[str, str | None]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        return dotenv_values(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}); correct it or move it away") from error


def _nearest(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    endings = [other.removeprefix("ONRECORD_") for other in known]
    near = get_close_matches(name.removeprefix("ONRECORD_"), endings, n=1)
    return "".join(f" (did you mean ONRECORD_{ending}?)" for ending in near)


def _own_store() -> Path:
    from platformdirs import user_data_path

    return user_data_path("onrecord", appauthor=False)
