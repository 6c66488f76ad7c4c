"""Requests made from the OpenAPI file, valid and not: no 5xx, no status or content that is not documented."""

import warnings
from typing import Any

import httpx
import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from requests.adapters import HTTPAdapter

from tests.attack.conftest import fresh_address
from tests.attack.target import API_KEY, GUARD, TOKEN, Target

pytestmark = [pytest.mark.attack, pytest.mark.filterwarnings("ignore")]

EXAMPLES = 25
"""Requests for each route and mode; the same ones in each run."""
OPERATIONS = (
    ("POST", "/api/ask"),
    ("POST", "/api/search"),
    ("GET", "/api/articles/{article_id}"),
    ("POST", "/api/articles"),
    ("DELETE", "/api/articles/{article_id}"),
    ("POST", "/api/restore"),
    ("POST", "/api/feedback"),
    ("POST", "/api/answers"),
    ("POST", "/api/share"),
    ("DELETE", "/shared/{id}"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{model}"),
    ("POST", "/v1/chat/completions"),
)
WITH_BODY = (
    *("/api/ask", "/api/search", "/api/restore", "/api/feedback", "/api/answers", "/api/share"),
    "/v1/chat/completions",
)
"""Routes whose bodies the file describes, so that it also says what is not one."""


def session_from(source: str) -> requests.Session:
    """A session that asks from an address."""

    class FromSource(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **more: Any) -> Any:
            return super().init_poolmanager(*arguments, **more, source_address=(source, 0))

    session = requests.Session()
    session.trust_env = False
    session.mount("http://", FromSource())
    return session


def documented(target: Target) -> dict[str, Any]:
    """The OpenAPI file."""
    with target.client(fresh_address()) as client:
        document: dict[str, Any] = client.get("/api/openapi.json").json()
        return document


def test_every_route_in_the_file_is_attacked(target: Target) -> None:
    listed = {(method.upper(), path) for path, item in documented(target)["paths"].items() for method in item}
    assert listed == set(OPERATIONS)


@pytest.mark.parametrize(
    ("method", "path", "valid"),
    [(*one, True) for one in OPERATIONS] + [("POST", path, False) for path in WITH_BODY],
)
def test_requests_from_the_file_get_what_it_documents(
    target: Target, method: str, path: str, valid: bool
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import schemathesis
        from schemathesis import GenerationMode
        from schemathesis.checks import not_a_server_error
        from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

        schema = schemathesis.openapi.from_dict(documented(target))
        operation = schema[path][method]
        mode = GenerationMode.POSITIVE if valid else GenerationMode.NEGATIVE
        made = operation.as_strategy(generation_mode=mode)
    checks = [not_a_server_error, status_code_conformance, content_type_conformance]
    token = API_KEY if path.startswith("/v1") else TOKEN
    headers = {"Authorization": f"Bearer {token}"}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=made)
    def attack(case: Any) -> None:
        with session_from(fresh_address()) as session:
            case.call_and_validate(
                base_url=target.url, headers=headers, checks=checks, session=session, timeout=GUARD
            )

    attack()


def test_the_file_says_what_errors_look_like_and_every_route_keeps_to_it(target: Target) -> None:
    document = documented(target)
    assert "HTTPValidationError" not in str(document)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            answers = operation["responses"]
            assert {"400", "413", "422", "429", "500", "503"} <= answers.keys(), (method, path)
            for status, answer in answers.items():
                if status >= "400":
                    assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/Error"), (
                        path,
                        status,
                    )


def test_errors_on_every_route_have_the_envelope(target: Target) -> None:
    with target.client(fresh_address()) as client:
        for method, path in OPERATIONS:
            for content, headers in (
                (b"{", {"Content-Type": "application/json"}),
                (b"x", {"Content-Type": "text/plain"}),
                (b"", {}),
            ):
                reply: httpx.Response = client.request(
                    method, path.replace("{", "").replace("}", ""), content=content, headers=headers
                )
                if reply.status_code >= 400:
                    error = reply.json()["error"]
                    assert error.keys() == {"type", "message", "param", "code"} and error["message"].endswith(
                        (".", "?")
                    )
