"""Keys: each goes to the address that was set beside it, to no other, and not in the clear."""

from pathlib import Path

import pytest

from corpus.errors import UsageError
from rag.terminal.settings import ModelEndpoint, Settings

MODEL = {"ONRECORD_LLM_MODEL": "m"}
ELSEWHERE = "https://collector.example/v1"
OWN = "https://models.example/v1"
SECRET = "sk-secret"


def read(folder: Path, environment: dict[str, str], dotenv: dict[str, str] | None = None) -> Settings:
    """The settings of an environment beside a `.env` file."""
    lines = (f"{name}={value}\n" for name, value in (dotenv or {}).items())
    (folder / ".env").write_text("".join(lines))
    return Settings.read(environment, folder)


def chat(settings: Settings) -> ModelEndpoint:
    """The language model of the settings, which have one."""
    assert settings.language_model is not None
    return settings.language_model


def refusal(folder: Path, environment: dict[str, str], dotenv: dict[str, str] | None = None) -> str:
    """The sentence that settings are refused with; it shows no secret."""
    with pytest.raises(UsageError) as caught:
        read(folder, environment, dotenv)
    assert SECRET not in str(caught.value) and "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("environment", "dotenv"),
    [
        ({"OPENAI_API_KEY": SECRET}, {"OPENAI_BASE_URL": ELSEWHERE}),
        ({"OPENAI_API_KEY": SECRET}, {"ONRECORD_LLM_BASE_URL": ELSEWHERE}),
        ({"OPENAI_API_KEY": SECRET}, {"ONRECORD_LLM_BASE_URL": "http://api.openai.com/v1"}),
        ({"OPENAI_API_KEY": SECRET}, {"ONRECORD_LLM_BASE_URL": "https://api.openai.com.collector.example"}),
        ({"OPENAI_API_KEY": SECRET}, {"ONRECORD_LLM_BASE_URL": "https://api.openai.com:8443/v1"}),
        ({"OPENAI_API_KEY": SECRET}, {"ONRECORD_LLM_BASE_URL": "https://api.openai.com@collector.example"}),
        ({"OPENAI_API_KEY": SECRET}, {"ONRECORD_LLM_BASE_URL": r"https://collector.example\@api.openai.com"}),
        ({"OPENAI_API_KEY": SECRET}, {"ONRECORD_LLM_BASE_URL": ELSEWHERE, "OPENAI_BASE_URL": ELSEWHERE}),
        ({"OPENAI_API_KEY": SECRET, "ONRECORD_LLM_BASE_URL": OWN}, {}),
        ({"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": OWN}, {"ONRECORD_LLM_BASE_URL": ELSEWHERE}),
        ({"ONRECORD_LLM_API_KEY": SECRET}, {"ONRECORD_LLM_BASE_URL": ELSEWHERE}),
        ({"ONRECORD_LLM_API_KEY": SECRET}, {"OPENAI_BASE_URL": ELSEWHERE}),
        ({"ONRECORD_LLM_API_KEY": SECRET, "OPENAI_BASE_URL": OWN}, {"ONRECORD_LLM_BASE_URL": ELSEWHERE}),
        ({"ONRECORD_LLM_BASE_URL": ELSEWHERE}, {"ONRECORD_LLM_API_KEY": SECRET}),
        (
            {"ONRECORD_LLM_BASE_URL": ELSEWHERE},
            {"ONRECORD_LLM_API_KEY": SECRET, "ONRECORD_LLM_BASE_URL": OWN},
        ),
        ({"OPENAI_BASE_URL": ELSEWHERE}, {"OPENAI_API_KEY": SECRET}),
    ],
)
@pytest.mark.parametrize("model_in_dotenv", [True, False])
def test_no_address_gets_a_key_that_was_not_set_beside_it(
    tmp_path: Path, environment: dict[str, str], dotenv: dict[str, str], model_in_dotenv: bool
) -> None:
    environment, dotenv = (environment, dotenv | MODEL) if model_in_dotenv else (environment | MODEL, dotenv)
    try:
        settings = read(tmp_path, environment, dotenv)
    except UsageError as error:
        assert SECRET not in str(error)
    else:
        assert chat(settings).api_key == ""


def test_a_key_of_the_environment_for_an_address_of_dotenv_is_refused_with_what_to_set(
    tmp_path: Path,
) -> None:
    assert refusal(tmp_path, MODEL | {"OPENAI_API_KEY": SECRET}, {"OPENAI_BASE_URL": ELSEWHERE}) == (
        "OPENAI_API_KEY is set in the environment and is not sent to collector.example, which only the .env "
        "file names; set OPENAI_BASE_URL in the environment too, or OPENAI_API_KEY in the .env file alone"
    )
    says = refusal(tmp_path, MODEL | {"ONRECORD_LLM_API_KEY": SECRET}, {"ONRECORD_LLM_BASE_URL": ELSEWHERE})
    assert "set ONRECORD_LLM_BASE_URL in the environment too" in says


@pytest.mark.parametrize(
    "values",
    [
        {"OPENAI_API_KEY": SECRET},
        {"ONRECORD_LLM_API_KEY": SECRET},
        {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": OWN},
        {"ONRECORD_LLM_API_KEY": SECRET, "OPENAI_BASE_URL": OWN},
        {"ONRECORD_LLM_API_KEY": SECRET, "ONRECORD_LLM_BASE_URL": OWN},
        {"ONRECORD_LLM_API_KEY": SECRET, "ONRECORD_LLM_BASE_URL": "http://127.0.0.1:8080/v1"},
        {"ONRECORD_LLM_API_KEY": SECRET, "ONRECORD_LLM_BASE_URL": "http://[::1]:8080/v1"},
        {"ONRECORD_LLM_API_KEY": SECRET, "ONRECORD_LLM_BASE_URL": "http://localhost:8080/v1"},
    ],
)
@pytest.mark.parametrize("in_dotenv", [True, False])
def test_a_key_goes_to_the_address_that_is_set_in_the_same_place(
    tmp_path: Path, values: dict[str, str], in_dotenv: bool
) -> None:
    settings = read(tmp_path, MODEL, values) if in_dotenv else read(tmp_path, MODEL | values)
    address = values.get("ONRECORD_LLM_BASE_URL") or values.get("OPENAI_BASE_URL")
    assert chat(settings).api_key == SECRET
    assert chat(settings).base_url == (address or "https://api.openai.com/v1")


def test_openais_key_goes_to_openai_whoever_names_its_address(tmp_path: Path) -> None:
    for address in ("https://api.openai.com/v1", "https://API.openai.com:443/v1/"):
        settings = read(tmp_path, MODEL | {"OPENAI_API_KEY": SECRET}, {"ONRECORD_LLM_BASE_URL": address})
        assert chat(settings).api_key == SECRET


EMBED = {"ONRECORD_EMBED_MODEL": "e"}


@pytest.mark.parametrize(
    ("environment", "dotenv"),
    [
        ({"OPENAI_API_KEY": SECRET}, {"OPENAI_BASE_URL": ELSEWHERE, "ONRECORD_EMBED_BASE_URL": ELSEWHERE}),
        ({"ONRECORD_EMBED_API_KEY": SECRET}, {"ONRECORD_EMBED_BASE_URL": ELSEWHERE}),
        ({"ONRECORD_EMBED_BASE_URL": ELSEWHERE}, {"ONRECORD_EMBED_API_KEY": SECRET}),
        (
            MODEL | {"ONRECORD_LLM_API_KEY": SECRET, "ONRECORD_LLM_BASE_URL": OWN},
            {"ONRECORD_EMBED_BASE_URL": ELSEWHERE},
        ),
        ({"OPENAI_API_KEY": SECRET, "ONRECORD_EMBED_BASE_URL": OWN}, {"OPENAI_BASE_URL": OWN}),
    ],
)
def test_an_embeddings_endpoint_gets_no_key_that_was_not_set_beside_it(
    tmp_path: Path, environment: dict[str, str], dotenv: dict[str, str]
) -> None:
    try:
        settings = read(tmp_path, environment | EMBED, dotenv)
    except UsageError as error:
        assert SECRET not in str(error)
    else:
        assert settings.embedding_model and settings.embedding_model.api_key == ""


@pytest.mark.parametrize(
    "values",
    [
        MODEL | {"ONRECORD_LLM_BASE_URL": "http://10.0.0.5:8080/v1", "ONRECORD_LLM_API_KEY": SECRET},
        MODEL | {"ONRECORD_LLM_BASE_URL": "http://127.0.0.1.example/v1", "ONRECORD_LLM_API_KEY": SECRET},
        MODEL | {"ONRECORD_LLM_BASE_URL": "http://localhost.example/v1", "ONRECORD_LLM_API_KEY": SECRET},
        MODEL | {"ONRECORD_LLM_BASE_URL": "http://127.0.0.1@models.example/v1", "ONRECORD_LLM_API_KEY": "k"},
        MODEL | {"ONRECORD_LLM_BASE_URL": f"http://me:{SECRET}@models.example/v1"},
        MODEL | {"OPENAI_BASE_URL": "http://models.example/v1", "OPENAI_API_KEY": SECRET},
        EMBED | {"ONRECORD_EMBED_BASE_URL": "http://models.example/v1", "ONRECORD_EMBED_API_KEY": SECRET},
        EMBED | {"ONRECORD_EMBED_BASE_URL": f"http://me:{SECRET}@models.example/v1"},
        {"ONRECORD_CHROMA_URL": f"http://me:{SECRET}@vectors.example:8000"},
    ],
)
def test_no_secret_goes_to_another_machine_in_the_clear_unless_the_host_is_named(
    tmp_path: Path, values: dict[str, str]
) -> None:
    says = refusal(tmp_path, values)
    assert "unencrypted; use https://, or set ONRECORD_PLAIN_HTTP=" in says
    host = says.split("ONRECORD_PLAIN_HTTP=")[1].split()[0]
    accepted = {"ONRECORD_PLAIN_HTTP": f"other.example, {host}"}
    read(tmp_path, values | accepted)
    read(tmp_path, {}, values | accepted)
    assert refusal(tmp_path, values | {"ONRECORD_PLAIN_HTTP": "other.example"}) == says
    # What the environment holds is not let out by the file of a folder.
    assert refusal(tmp_path, values, accepted) == says


def test_an_endpoint_without_a_key_may_be_asked_over_plain_http(tmp_path: Path) -> None:
    values = MODEL | EMBED | {"ONRECORD_CHROMA_URL": "http://vectors.example:8000"}
    addresses = {
        "ONRECORD_LLM_BASE_URL": "http://m.example/v1",
        "ONRECORD_EMBED_BASE_URL": "http://e.example",
    }
    settings = read(tmp_path, values | addresses | {"OPENAI_API_KEY": SECRET})
    assert chat(settings).api_key == "" and settings.embedding_model and settings.chroma


@pytest.mark.parametrize(
    "address",
    [
        "https://",
        "https://models.example:99999/v1",
        "https://models.example /v1",
        r"https://models.example\v1",
        "https://[::1",
        "ftp://models.example",
        f"me:{SECRET}@models.example",
        f"https://me:{SECRET}@models.example#@api.openai.com/v1",
    ],
)
@pytest.mark.parametrize("name", ["ONRECORD_LLM_BASE_URL", "ONRECORD_EMBED_BASE_URL"])
def test_an_address_that_can_be_read_in_two_ways_is_refused(tmp_path: Path, name: str, address: str) -> None:
    own = {"ONRECORD_LLM_BASE_URL": OWN, "ONRECORD_EMBED_BASE_URL": OWN}
    says = refusal(tmp_path, MODEL | EMBED | own | {name: address})
    assert says.startswith(f"{name} must ")


def test_a_password_in_an_address_is_never_shown(tmp_path: Path) -> None:
    addresses = {
        name: f"https://me:{SECRET}@models.example/v1"
        for name in ("ONRECORD_LLM_BASE_URL", "ONRECORD_EMBED_BASE_URL")
    }
    settings = read(tmp_path, MODEL | EMBED | addresses)
    assert SECRET not in repr(settings) and chat(settings).host == "models.example"
    assert chat(settings).address == "https://models.example/v1"


def test_it_is_said_where_each_key_goes(tmp_path: Path) -> None:
    environment = MODEL | {"OPENAI_API_KEY": SECRET, "ONRECORD_LLM_BASE_URL": "http://127.0.0.1:8080/v1"}
    dotenv = EMBED | {"ONRECORD_EMBED_BASE_URL": OWN, "ONRECORD_EMBED_API_KEY": SECRET}
    chroma = {"ONRECORD_CHROMA_URL": f"https://me:{SECRET}@vectors.example"}
    assert read(tmp_path, environment | chroma, dotenv).keys == (
        "ONRECORD_EMBED_API_KEY (set in the .env file) goes to models.example",
        "OPENAI_API_KEY (set in the environment) is sent nowhere",
        "no key goes to 127.0.0.1:8080",
        "the password in ONRECORD_CHROMA_URL goes to https://vectors.example:443",
    )
    assert read(tmp_path, {}).keys == ()


@pytest.mark.parametrize(
    ("environment", "dotenv"),
    [
        ({"ONRECORD_CHECK_API_KEY": SECRET}, {"ONRECORD_CHECK_BASE_URL": ELSEWHERE}),
        ({"ONRECORD_CHECK_API_KEY": SECRET}, {"ONRECORD_LLM_BASE_URL": ELSEWHERE}),
        ({"ONRECORD_CHECK_API_KEY": SECRET}, {"OPENAI_BASE_URL": ELSEWHERE}),
        (
            {"ONRECORD_CHECK_API_KEY": SECRET, "ONRECORD_LLM_BASE_URL": OWN},
            {"ONRECORD_CHECK_BASE_URL": ELSEWHERE},
        ),
        ({"ONRECORD_CHECK_BASE_URL": ELSEWHERE}, {"ONRECORD_CHECK_API_KEY": SECRET}),
        (
            {"ONRECORD_LLM_API_KEY": SECRET, "ONRECORD_LLM_BASE_URL": OWN},
            {"ONRECORD_CHECK_BASE_URL": ELSEWHERE},
        ),
        ({"OPENAI_API_KEY": SECRET}, {"ONRECORD_CHECK_BASE_URL": ELSEWHERE}),
    ],
)
def test_a_checking_model_gets_no_key_that_was_not_set_beside_its_address(
    tmp_path: Path, environment: dict[str, str], dotenv: dict[str, str]
) -> None:
    try:
        settings = read(tmp_path, environment | MODEL | {"ONRECORD_CHECK_MODEL": "c"}, dotenv)
    except UsageError as error:
        assert SECRET not in str(error)
    else:
        model = settings.checking_model
        assert model and (model.api_key == "" or model.base_url in (OWN, "https://api.openai.com/v1"))


def test_the_key_of_the_writing_model_is_that_of_the_checking_model_at_the_same_server(
    tmp_path: Path,
) -> None:
    values = {"ONRECORD_LLM_API_KEY": SECRET, "ONRECORD_LLM_BASE_URL": OWN}
    for address in ({}, {"ONRECORD_CHECK_BASE_URL": OWN}):
        model = read(tmp_path, MODEL | values | {"ONRECORD_CHECK_MODEL": "c"} | address).checking_model
        assert model and (model.api_key, model.base_url, model.model) == (SECRET, OWN, "c")
