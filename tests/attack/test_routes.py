"""Every route of the server is attacked, and what a stranger can have it do is also visited under load."""

from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from rag.web.settings import WebSettings
from tests.rag.web.conftest import app_over

ATTACK, LOAD = Path(__file__).parent, Path(__file__).parents[1] / "load"
UNLOADED = ("/healthz", "/readyz", "/metrics", "/static/", "/widget", "/add", "/embed/theme.css", "/v1/")
"""Not under load: what reads a few bytes that are there, and what needs a key; `/api/owner/` has a token."""


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The beginning of each route's path, without what differs by request."""
    settings = WebSettings(admin_token="a token of the newsroom's own", owner_token="a token of the owner's")
    app = app_over(tmp_path_factory.mktemp("routes") / "store", settings)
    included = (getattr(one, "original_router", None) for one in app.routes)
    routes = [route for router in included if router for route in router.routes]
    return {route.path.partition("{")[0] for route in routes if isinstance(route, APIRoute)}


def missing(paths: set[str], folder: Path) -> set[str]:
    """The paths with which no text of the modules in the folder begins."""
    written = "".join(one.read_text(encoding="utf-8") for one in folder.glob("*.py"))
    return {path for path in paths if f'"{path}' not in written}


def test_every_route_is_attacked(paths: set[str]) -> None:
    assert {"/shared/", "/api/answers", "/embed/questions"} <= paths
    assert not missing(paths, ATTACK)


def test_what_anybody_can_have_done_is_visited_under_load(paths: set[str]) -> None:
    assert not missing({path for path in paths if not path.startswith((*UNLOADED, "/api/owner/"))}, LOAD)
