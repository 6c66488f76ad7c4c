"""Settings, read once: a flag wins over the environment, that over `.env`. Unknown names are refused."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from corpus.errors import UsageError
from index.vectors.address import ChromaAddress
from rag.terminal.keys import (
    OPENAI,
    PLAIN_HTTP,
    Key,
    Place,
    Places,
    check_address,
    check_encrypted,
    host_of,
    key_for,
    setting,
)
from rag.write.limits import DEFAULT_LIMITS, Limits

_FOR_THE_WEB = {
    *("ONRECORD_NAME", "ONRECORD_PUBLIC_URL", "ONRECORD_ALLOWED_ORIGINS", "ONRECORD_API_KEYS"),
    *("ONRECORD_READER", "ONRECORD_ADMIN_TOKEN", "ONRECORD_TRUSTED_PROXIES"),
}
"""Kept as written, in the field of the same name; only `serve` reads them."""
_TOKENS = {"ONRECORD_LLM_CONTEXT": "context_tokens"}
_SECONDS = {
    "ONRECORD_LLM_SECONDS": "write_seconds",
    "ONRECORD_PLAN_SECONDS": "plan_seconds",
    "ONRECORD_CHECK_SECONDS": "check_seconds",
    "ONRECORD_REPAIR_SECONDS": "repair_seconds",
}
_SWITCHES = {"ONRECORD_PLAN": "plan", "ONRECORD_CHECK": "check", "ONRECORD_REPAIR": "repair"}
"""Settings of written answers, each with the limit that it sets."""
SETTINGS = (
    *("ONRECORD_STORE", "ONRECORD_LLM_BASE_URL", "ONRECORD_LLM_MODEL", "ONRECORD_LLM_API_KEY"),
    *("ONRECORD_CHECK_BASE_URL", "ONRECORD_CHECK_MODEL", "ONRECORD_CHECK_API_KEY", "ONRECORD_CHECK_DIR"),
    *("ONRECORD_LLM_WINDOW", "ONRECORD_UNCONFIRMED", *_TOKENS, *_SECONDS, *_SWITCHES),
    *("ONRECORD_EMBED_BASE_URL", "ONRECORD_EMBED_MODEL", "ONRECORD_EMBED_API_KEY", "ONRECORD_CHROMA_URL"),
    *("ONRECORD_LLM_AT_ONCE", "ONRECORD_LLM_DAILY_TOKENS", PLAIN_HTTP),
    *sorted(_FOR_THE_WEB),
)
NAMES_OF_TESTS = ("ONRECORD_CASES",)
_MOST = 10**15
"""A number larger than this is a mistake."""
_FEWEST_TOKENS = 500
"""Of material, and of a model's window, that are enough for an answer."""
_MOST_SECONDS = 3_600
MODEL_CALLS_AT_ONCE = 8
"""Calls to the language model at a time, where ONRECORD_LLM_AT_ONCE says nothing else."""


@dataclass(frozen=True, slots=True)
class ModelEndpoint:
    """A model behind an OpenAI-compatible endpoint, for chat or for embeddings.

    `key_from` is the setting that its key comes from, empty without a key.
    """

    model: str
    base_url: str = field(repr=False)
    api_key: str = field(repr=False)
    key_from: str = field(default="", repr=False, compare=False)

    @property
    def host(self) -> str:
        """Host, and port where one is given, without credentials."""
        return host_of(self.base_url)

    @property
    def address(self) -> str:
        """The address without credentials."""
        scheme, _, rest = self.base_url.partition("://")
        return f"{scheme}://{rest.replace(rest.split('/')[0], self.host, 1)}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is configured with. No secret is in the repr."""

    store: Path
    language_model: ModelEndpoint | None = None
    model_calls_at_once: int = MODEL_CALLS_AT_ONCE
    daily_model_tokens: int | None = None
    limits: Limits = DEFAULT_LIMITS
    """Of written answers."""
    checking_model: ModelEndpoint | None = None
    """Another model than the language model, for the check of meaning."""
    check_folder: Path | None = None
    """A local model for the check of meaning."""
    unconfirmed: Literal["show", "fold"] = "show"
    embedding_model: ModelEndpoint | None = None
    chroma: ChromaAddress | None = None
    name: str = ""
    public_url: str = ""
    allowed_origins: str = ""
    api_keys: str = field(default="", repr=False)
    reader: str = "full"
    trusted_proxies: str = ""
    admin_token: str = field(default="", repr=False)
    keys: tuple[str, ...] = ()
    """Where each key goes, in words."""
    unused: tuple[str, ...] = ()

    @classmethod
    def read(cls, environment: Mapping[str, str], folder: Path, *, store: str | None = None) -> "Settings":
        """Settings from the flag, else the environment, else `.env` in `folder`; empty values count as unset.

        Raises `UsageError` on a name that starts with ONRECORD_ and is none of ours.
        """
        beside = {name: value for name, value in _dotenv(folder / ".env").items() if value}
        own = {name: value for name, value in environment.items() if value}
        places = (Place("the environment", own), Place("the .env file", beside))
        values = beside | own
        known = (*SETTINGS, *NAMES_OF_TESTS)
        for name in sorted(values):
            if name.startswith("ONRECORD_") and name not in known:
                raise UsageError(f"unknown setting {name}{_nearest(name, known)}; correct it or unset it")
        if store is not None and not store.strip():
            raise UsageError("--store must name a folder")
        chosen = store or values.get("ONRECORD_STORE")
        language_model = _language_model(places)
        checking_model = _checking_model(places, language_model)
        embedding_model = _embedding_model(places, language_model)
        chroma = _chroma(places)
        return cls(
            store=Path(chosen).expanduser() if chosen else _own_store(),
            language_model=language_model,
            model_calls_at_once=_number(values, "ONRECORD_LLM_AT_ONCE") or MODEL_CALLS_AT_ONCE,
            daily_model_tokens=_number(values, "ONRECORD_LLM_DAILY_TOKENS"),
            limits=_limits(values),
            checking_model=checking_model,
            check_folder=_check_folder(values),
            unconfirmed="fold"
            if _one_of(values, "ONRECORD_UNCONFIRMED", ("show", "fold")) == "fold"
            else "show",
            embedding_model=embedding_model,
            chroma=chroma,
            keys=tuple(_keys(places, (language_model, checking_model, embedding_model), chroma)),
            unused=_unused(values),
            **{name.removeprefix("ONRECORD_").lower(): values[name] for name in _FOR_THE_WEB & values.keys()},
        )


def _language_model(places: Places) -> ModelEndpoint | None:
    """The chat endpoint that the settings name; None without a model."""
    model = setting(places, "ONRECORD_LLM_MODEL")
    if model is None:
        return None
    address = setting(places, "ONRECORD_LLM_BASE_URL", "OPENAI_BASE_URL")
    if address:
        check_address(address)
    key = key_for(places, address, "ONRECORD_LLM_API_KEY", "OPENAI_API_KEY")
    if address is None and key is None:
        raise UsageError("ONRECORD_LLM_MODEL is set without an endpoint; set ONRECORD_LLM_BASE_URL as well")
    return _endpoint(model, address, key)


def _checking_model(places: Places, language_model: ModelEndpoint | None) -> ModelEndpoint | None:
    """The endpoint that checks what is written; None: the language model checks its own sentences.

    What is not set for it is that of the language model; a key goes to the server that it is set for only.
    """
    own = ("ONRECORD_CHECK_MODEL", "ONRECORD_CHECK_BASE_URL", "ONRECORD_CHECK_API_KEY")
    model = setting(places, "ONRECORD_CHECK_MODEL", "ONRECORD_LLM_MODEL")
    if language_model is None or model is None or not setting(places, *own):
        return None
    address = setting(places, "ONRECORD_CHECK_BASE_URL", "ONRECORD_LLM_BASE_URL", "OPENAI_BASE_URL")
    if address:
        check_address(address)
    others = ("ONRECORD_LLM_API_KEY", "OPENAI_API_KEY")
    return _endpoint(model, address, key_for(places, address, "ONRECORD_CHECK_API_KEY", *others))


def _check_folder(values: Mapping[str, str]) -> Path | None:
    written = values.get("ONRECORD_CHECK_DIR")
    if written and values.get("ONRECORD_CHECK_MODEL"):
        raise UsageError(
            "ONRECORD_CHECK_DIR and ONRECORD_CHECK_MODEL are both set; set the one that checks answers"
        )
    return Path(written).expanduser() if written else None


def _embedding_model(places: Places, language_model: ModelEndpoint | None) -> ModelEndpoint | None:
    """The embeddings endpoint that the settings name; None: the bundled model.

    Without a key of its own it gets the key that is set for the same server, never one for another server.
    """
    names = ("ONRECORD_EMBED_MODEL", "ONRECORD_EMBED_BASE_URL")
    model, address = (setting(places, name) for name in names)
    if model is None or address is None:
        if model is None and address is None:
            return None
        missing, there = names if model is None else reversed(names)
        raise UsageError(f"{there} is set without {missing}; set both, or neither for the bundled model")
    check_address(address)
    others = ("ONRECORD_LLM_API_KEY", "OPENAI_API_KEY") if language_model else ("OPENAI_API_KEY",)
    return _endpoint(model, address, key_for(places, address, "ONRECORD_EMBED_API_KEY", *others))


def _endpoint(model: Key, address: Key | None, key: Key | None) -> ModelEndpoint:
    base_url = address.value if address else OPENAI
    return ModelEndpoint(model.value, base_url, key.value if key else "", key.name if key else "")


def _keys(
    places: Places, models: Sequence[ModelEndpoint | None], chroma: ChromaAddress | None
) -> Iterator[str]:
    """A sentence for each key that is set, with where it goes, and for each endpoint that gets none."""
    used = [model for model in models if model]
    names = ("ONRECORD_LLM_API_KEY", "ONRECORD_CHECK_API_KEY", "ONRECORD_EMBED_API_KEY", "OPENAI_API_KEY")
    for name in names:
        if key := setting(places, name):
            hosts = dict.fromkeys(model.host for model in used if model.key_from == name)
            goes = f"goes to {' and '.join(hosts)}" if hosts else "is sent nowhere"
            yield f"{name} (set in {key.place.called}) {goes}"
    yield from dict.fromkeys(f"no key goes to {model.host}" for model in used if not model.key_from)
    if chroma and chroma.authorization:
        yield f"the password in ONRECORD_CHROMA_URL goes to {chroma}"


def _limits(values: Mapping[str, str]) -> Limits:
    """The limits of written answers, as far as they are set."""
    told: dict[str, Any] = {}
    for name, field_name in _TOKENS.items():
        if number := _number(values, name, least=_FEWEST_TOKENS):
            told[field_name] = number
    for name, field_name in _SECONDS.items():
        if seconds := _seconds(values, name):
            told[field_name] = seconds
    for name, field_name in _SWITCHES.items():
        told[field_name] = _one_of(values, name, ("on", "off")) != "off"
    window = _number(values, "ONRECORD_LLM_WINDOW", least=4 * _FEWEST_TOKENS)
    return Limits(**told).within(window) if window else Limits(**told)


def _number(values: Mapping[str, str], name: str, *, least: int = 1) -> int | None:
    """A setting that is a whole number from `least` on; None where it is unset."""
    written = values.get(name)
    if written is None:
        return None
    if not written.strip().isdecimal() or not least <= int(written) <= _MOST:
        raise UsageError(f"{name} must be a whole number from {least} to {_MOST}, not {written!r}")
    return int(written)


def _seconds(values: Mapping[str, str], name: str) -> float | None:
    """A setting in seconds; None where it is unset."""
    written = values.get(name)
    if written is None:
        return None
    try:
        seconds = float(written)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _MOST_SECONDS:
        raise UsageError(f"{name} must be seconds, above 0 and up to {_MOST_SECONDS}, not {written!r}")
    return seconds


def _one_of(values: Mapping[str, str], name: str, words: Sequence[str]) -> str | None:
    """A setting that is one of these words; None where it is unset."""
    written = values.get(name)
    if written is not None and written.strip().lower() not in words:
        raise UsageError(f"{name} must be {' or '.join(words)}, not {written!r}")
    return written.strip().lower() if written is not None else None


def _chroma(places: Places) -> ChromaAddress | None:
    """The Chroma server of the settings; None: embedded Chroma in the store's folder."""
    url = setting(places, "ONRECORD_CHROMA_URL")
    if url is None:
        return None
    try:
        address = ChromaAddress.parse(url.value)
    except ValueError as error:
        raise UsageError(f"ONRECORD_CHROMA_URL {error}") from error
    if address.authorization:
        check_encrypted(str(address), "the password in ONRECORD_CHROMA_URL", url.place)
    return address


def _unused(values: Mapping[str, str]) -> tuple[str, ...]:
    """Names that have an effect only beside another one, which is not set."""
    needs = {
        "ONRECORD_LLM_BASE_URL": "ONRECORD_LLM_MODEL",
        "ONRECORD_LLM_API_KEY": "ONRECORD_LLM_MODEL",
        "ONRECORD_LLM_AT_ONCE": "ONRECORD_LLM_MODEL",
        "ONRECORD_LLM_DAILY_TOKENS": "ONRECORD_LLM_MODEL",
        "ONRECORD_LLM_WINDOW": "ONRECORD_LLM_MODEL",
        **dict.fromkeys((*_TOKENS, *_SECONDS, *_SWITCHES, "ONRECORD_UNCONFIRMED"), "ONRECORD_LLM_MODEL"),
        **dict.fromkeys((name for name in SETTINGS if "_CHECK_" in name), "ONRECORD_LLM_MODEL"),
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
