"""Settings: read once, flags before environment before `.env`, unknown names refused, secrets never shown."""

import os
from pathlib import Path

import pytest
from httpx._utils import get_environment_proxies

from app import guard_environment
from corpus.errors import UsageError
from index.vectors.address import ChromaAddress
from rag.terminal.settings import SETTINGS, ModelEndpoint, Settings
from rag.write.limits import Limits


def test_a_flag_wins_over_the_environment_and_that_over_dotenv(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONRECORD_STORE=from-dotenv\n")
    environment = {"ONRECORD_STORE": "from-environment"}
    assert Settings.read({}, tmp_path).store == Path("from-dotenv")
    assert Settings.read(environment, tmp_path).store == Path("from-environment")
    assert Settings.read(environment, tmp_path, store="from-flag").store == Path("from-flag")


def test_empty_values_count_as_unset(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONRECORD_STORE=from-dotenv\n")
    assert Settings.read({"ONRECORD_STORE": ""}, tmp_path).store == Path("from-dotenv")


def test_the_default_store_is_in_the_users_data_folder(tmp_path: Path) -> None:
    store = Settings.read({}, tmp_path).store
    assert store.name == "onrecord" and store.is_relative_to(os.environ["HOME"])


def test_a_tilde_is_the_home_folder(tmp_path: Path) -> None:
    assert Settings.read({"ONRECORD_STORE": "~/news"}, tmp_path).store == Path(os.environ["HOME"]) / "news"


@pytest.mark.parametrize("in_dotenv", [True, False])
def test_an_unknown_setting_is_refused_by_name(tmp_path: Path, in_dotenv: bool) -> None:
    if in_dotenv:
        (tmp_path / ".env").write_text("ONRECORD_STOER=x\n")
    environment = {} if in_dotenv else {"ONRECORD_STOER": "x"}
    with pytest.raises(UsageError, match=r"ONRECORD_STOER \(did you mean ONRECORD_STORE\?\)"):
        Settings.read(environment, tmp_path)


def test_other_programs_settings_are_none_of_our_business(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=postgres://localhost\nOPENAI_API_KEY=sk-1\n")
    assert Settings.read({"PATH": "/bin"}, tmp_path).unused == ()


def test_a_blank_store_flag_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--store"):
        Settings.read({}, tmp_path, store=" ")


def test_a_dotenv_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"ONRECORD_STORE=\xff\xfe\n")
    with pytest.raises(UsageError, match=r"\.env cannot be read"):
        Settings.read({}, tmp_path)


def test_settings_never_show_a_secret(tmp_path: Path) -> None:
    environment = {name: "hunter2" for name in SETTINGS if name.endswith(("_KEY", "_KEYS", "_TOKEN"))}
    environment["ONRECORD_CHROMA_URL"] = "http://editor:hunter2@127.0.0.1:8000"
    settings = Settings.read(environment, tmp_path)
    assert len(environment) == 6 and set(settings.unused) == {
        *("ONRECORD_LLM_API_KEY", "ONRECORD_CHECK_API_KEY", "ONRECORD_EMBED_API_KEY")
    }
    assert "hunter2" not in repr(settings)


def test_reading_settings_leaves_the_environment_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ONRECORD_STORE=x\nEXAMPLE_OF_SOMEONE=y\n")
    before = dict(os.environ)
    Settings.read(os.environ, tmp_path)
    assert dict(os.environ) == before


def test_third_party_code_is_told_to_stay_off_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "GRADIO_ANALYTICS_ENABLED",
        "ANONYMIZED_TELEMETRY",
        "HF_HUB_OFFLINE",
        "ORT_DISABLE_TELEMETRY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NLTK_DATA", "/somewhere")
    guard_environment()
    assert os.environ["ANONYMIZED_TELEMETRY"] == os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["ORT_DISABLE_TELEMETRY"] == "1"
    assert "NLTK_DATA" not in os.environ


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_no_proxy_gets_what_is_meant_for_this_machine(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for one in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(one, raising=False)
    monkeypatch.setenv(name, "intranet.example")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", os.environ.get("no_proxy", ""))  # so that it is set back afterwards
    guard_environment()
    spared = [host for host, proxy in get_environment_proxies().items() if proxy is None]
    assert {"all://localhost", "all://127.0.0.1", "all://[::1]", "all://*intranet.example"} <= set(spared)


@pytest.mark.parametrize("name", ["ONRECORD_LLM_AT_ONCE", "ONRECORD_LLM_DAILY_TOKENS"])
@pytest.mark.parametrize("written", ["0", "-1", "1.5", "many", "1e6", "9" * 40])
def test_a_limit_that_is_no_whole_number_is_refused(tmp_path: Path, name: str, written: str) -> None:
    with pytest.raises(UsageError, match=f"^{name} must be a whole number from 1 to "):
        Settings.read({name: written}, tmp_path)


def test_without_a_model_no_endpoint_is_configured(tmp_path: Path) -> None:
    settings = Settings.read({"OPENAI_API_KEY": "sk-1", "ONRECORD_LLM_BASE_URL": "http://x/v1"}, tmp_path)
    assert settings.language_model is None
    assert settings.unused == ("ONRECORD_LLM_BASE_URL",)


def test_a_model_is_asked_where_its_settings_say(tmp_path: Path) -> None:
    model = {"ONRECORD_LLM_MODEL": "m"}
    own = {"ONRECORD_LLM_BASE_URL": "http://127.0.0.1:8080/v1", "ONRECORD_LLM_API_KEY": "own-key"}
    openai = {"OPENAI_BASE_URL": "http://127.0.0.1:9090/v1", "OPENAI_API_KEY": "openai-key"}

    def configured(environment: dict[str, str]) -> ModelEndpoint:
        read = Settings.read(environment, tmp_path).language_model
        assert read is not None
        return read

    assert configured(model | own | openai) == ModelEndpoint("m", "http://127.0.0.1:8080/v1", "own-key")
    assert configured(model | openai) == ModelEndpoint("m", "http://127.0.0.1:9090/v1", "openai-key")
    assert configured(model | {"OPENAI_API_KEY": "k"}).base_url == "https://api.openai.com/v1"
    assert configured(model | {"ONRECORD_LLM_BASE_URL": "http://127.0.0.1/v1"}).api_key == ""
    assert "own-key" not in repr(Settings.read(model | own, tmp_path))


def test_a_model_without_an_endpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="set ONRECORD_LLM_BASE_URL as well"):
        Settings.read({"ONRECORD_LLM_MODEL": "m"}, tmp_path)
    with pytest.raises(UsageError, match="must begin with http"):
        Settings.read({"ONRECORD_LLM_MODEL": "m", "ONRECORD_LLM_BASE_URL": "localhost:8080"}, tmp_path)


def test_a_chroma_server_is_named_by_its_address(tmp_path: Path) -> None:
    assert Settings.read({}, tmp_path).chroma is None
    chroma = Settings.read({"ONRECORD_CHROMA_URL": "http://127.0.0.1:8123/"}, tmp_path).chroma
    assert chroma == ChromaAddress("127.0.0.1", 8123)
    with pytest.raises(
        UsageError, match=r"^ONRECORD_CHROMA_URL must begin with http:// or https:// and end with "
    ):
        Settings.read({"ONRECORD_CHROMA_URL": "127.0.0.1:8123"}, tmp_path)


EMBEDDINGS = {"ONRECORD_EMBED_MODEL": "e", "ONRECORD_EMBED_BASE_URL": "http://127.0.0.1:8080/v1"}


def test_an_embedding_model_needs_both_of_its_settings(tmp_path: Path) -> None:
    assert Settings.read({}, tmp_path).embedding_model is None
    assert Settings.read(EMBEDDINGS, tmp_path).embedding_model == ModelEndpoint(
        "e", "http://127.0.0.1:8080/v1", ""
    )
    for missing in EMBEDDINGS:
        (there,) = EMBEDDINGS.keys() - {missing}
        with pytest.raises(UsageError, match=f"^{there} is set without {missing}; set both, or neither"):
            Settings.read({there: EMBEDDINGS[there]}, tmp_path)
    with pytest.raises(UsageError, match="ONRECORD_EMBED_BASE_URL must begin with http"):
        Settings.read(EMBEDDINGS | {"ONRECORD_EMBED_BASE_URL": "localhost:8080"}, tmp_path)


@pytest.mark.parametrize(
    ("environment", "key"),
    [
        ({"ONRECORD_EMBED_API_KEY": "own", "OPENAI_API_KEY": "openai"}, "own"),
        ({"OPENAI_API_KEY": "openai"}, ""),
        ({"OPENAI_API_KEY": "openai", "OPENAI_BASE_URL": "http://127.0.0.1:8080/other/v1"}, "openai"),
        ({"OPENAI_API_KEY": "openai", "ONRECORD_EMBED_BASE_URL": "https://api.openai.com/v1"}, "openai"),
        ({"ONRECORD_LLM_API_KEY": "llm"}, ""),
        (
            {
                "ONRECORD_LLM_MODEL": "m",
                "ONRECORD_LLM_API_KEY": "llm",
                "ONRECORD_LLM_BASE_URL": "http://127.0.0.1:8080",
            },
            "llm",
        ),
        (
            {
                "ONRECORD_LLM_MODEL": "m",
                "ONRECORD_LLM_API_KEY": "llm",
                "ONRECORD_LLM_BASE_URL": "http://127.0.0.1:8081",
            },
            "",
        ),
    ],
)
def test_no_server_is_shown_a_key_that_is_meant_for_another(
    tmp_path: Path, environment: dict[str, str], key: str
) -> None:
    settings = Settings.read(EMBEDDINGS | environment, tmp_path)
    assert settings.embedding_model is not None and settings.embedding_model.api_key == key
    assert f"{key!r}" not in repr(settings.embedding_model)


MODEL = {"ONRECORD_LLM_MODEL": "m", "ONRECORD_LLM_BASE_URL": "http://127.0.0.1:8080/v1"}


def test_written_answers_have_limits_that_can_be_set(tmp_path: Path) -> None:
    assert Settings.read(MODEL, tmp_path).limits == Limits()
    written = {
        "ONRECORD_LLM_CONTEXT": "6000",
        "ONRECORD_LLM_SECONDS": "30",
        "ONRECORD_PLAN_SECONDS": "0.5",
        "ONRECORD_CHECK_SECONDS": "2",
        "ONRECORD_REPAIR_SECONDS": "3.5",
        "ONRECORD_PLAN": "off",
        "ONRECORD_CHECK": "OFF",
        "ONRECORD_REPAIR": "on",
        "ONRECORD_UNCONFIRMED": "fold",
    }
    settings = Settings.read(MODEL | written, tmp_path)
    assert settings.limits == Limits(
        context_tokens=6_000,
        write_seconds=30,
        plan_seconds=0.5,
        check_seconds=2,
        repair_seconds=3.5,
        plan=False,
        check=False,
    )
    assert settings.unconfirmed == "fold" and settings.unused == ()
    assert set(Settings.read(written, tmp_path).unused) == {*written}
    assert Settings.read(MODEL | {"ONRECORD_UNCONFIRMED": "show"}, tmp_path).unconfirmed == "show"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ONRECORD_LLM_CONTEXT", "12", "must be a whole number from 500"),
        ("ONRECORD_LLM_WINDOW", "many", "must be a whole number from 2000"),
        ("ONRECORD_PLAN_SECONDS", "0", "must be seconds, above 0"),
        ("ONRECORD_CHECK_SECONDS", "nan", "must be seconds, above 0"),
        ("ONRECORD_REPAIR_SECONDS", "1e9", "must be seconds, above 0"),
        ("ONRECORD_LLM_SECONDS", "two", "must be seconds, above 0"),
        ("ONRECORD_PLAN", "no", "must be on or off, not 'no'"),
        ("ONRECORD_UNCONFIRMED", "hide", "must be show or fold, not 'hide'"),
    ],
)
def test_a_limit_that_is_none_is_refused_by_name(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(UsageError, match=f"^{name} {says}"):
        Settings.read(MODEL | {name: value}, tmp_path)


def test_the_window_of_a_model_bounds_what_it_is_given(tmp_path: Path) -> None:
    small = Settings.read(MODEL | {"ONRECORD_LLM_WINDOW": "4096"}, tmp_path).limits
    assert small.context_tokens + small.conversation_tokens + small.answer_tokens <= 4_096 - 1_500
    assert Settings.read(MODEL | {"ONRECORD_LLM_WINDOW": "128000"}, tmp_path).limits == Limits()
    larger = MODEL | {"ONRECORD_LLM_WINDOW": "128000", "ONRECORD_LLM_CONTEXT": "30000"}
    assert Settings.read(larger, tmp_path).limits.context_tokens == 30_000


def test_what_is_written_may_be_checked_by_another_model(tmp_path: Path) -> None:
    def checks(environment: dict[str, str]) -> ModelEndpoint | None:
        return Settings.read(environment, tmp_path).checking_model

    other = {"ONRECORD_CHECK_BASE_URL": "http://127.0.0.1:9090/v1"}
    key = {"ONRECORD_LLM_API_KEY": "own"}
    assert checks(MODEL) is None and checks({"ONRECORD_CHECK_MODEL": "c"}) is None
    assert checks(MODEL | key | {"ONRECORD_CHECK_MODEL": "c"}) == ModelEndpoint(
        "c", "http://127.0.0.1:8080/v1", "own"
    )
    assert checks(MODEL | key | other) == ModelEndpoint("m", "http://127.0.0.1:9090/v1", "")
    assert checks(MODEL | key | other | {"ONRECORD_CHECK_API_KEY": "second"}) == ModelEndpoint(
        "m", "http://127.0.0.1:9090/v1", "second"
    )
    with pytest.raises(UsageError, match="ONRECORD_CHECK_BASE_URL must begin with http"):
        checks(MODEL | {"ONRECORD_CHECK_BASE_URL": "localhost:9"})


def test_a_folder_or_a_model_checks_what_is_written(tmp_path: Path) -> None:
    folder = {"ONRECORD_CHECK_DIR": "~/nli"}
    assert Settings.read(MODEL | folder, tmp_path).check_folder == Path(os.environ["HOME"]) / "nli"
    with pytest.raises(UsageError, match="are both set"):
        Settings.read(MODEL | folder | {"ONRECORD_CHECK_MODEL": "c"}, tmp_path)


def test_it_is_said_where_the_key_of_the_checking_model_goes(tmp_path: Path) -> None:
    other = {"ONRECORD_CHECK_BASE_URL": "http://127.0.0.1:9090/v1", "ONRECORD_CHECK_API_KEY": "second"}
    told = Settings.read(MODEL | other, tmp_path).keys
    assert "ONRECORD_CHECK_API_KEY (set in the environment) goes to 127.0.0.1:9090" in told
    assert "no key goes to 127.0.0.1:8080" in told
