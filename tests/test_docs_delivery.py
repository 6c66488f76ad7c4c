"""Workflow, Dockerfile and compose file name Pythons, routes, settings and versions that there are."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from rag.terminal.arguments import parse
from rag.terminal.settings import SETTINGS
from tests.test_docs import routes


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    """The [project] table."""
    table: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return table


@pytest.fixture(scope="module")
def jobs(root: Path) -> dict[str, Any]:
    """The jobs of the workflow."""
    found: dict[str, Any] = yaml.safe_load((root / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    return found


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> str:
    """The Dockerfile with continued lines joined, without comments."""
    written = (root / "Dockerfile").read_text()
    return re.sub(r"^#.*\n", "", written, flags=re.M).replace("\\\n", " ")


@pytest.fixture(scope="module")
def services(root: Path) -> dict[str, Any]:
    """The services of the compose file."""
    found: dict[str, Any] = yaml.safe_load((root / "compose.yaml").read_text())["services"]
    return found


def supported(project: dict[str, Any]) -> list[str]:
    """The Python versions of the classifiers."""
    return re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))


def test_the_workflow_tests_every_python_that_is_supported(
    jobs: dict[str, Any], project: dict[str, Any]
) -> None:
    tested = jobs["tests"]["strategy"]["matrix"]["python"]
    assert tested == supported(project)
    assert project["requires-python"] == f">={tested[0]}"


def test_the_workflow_tests_every_system_that_is_supported(
    jobs: dict[str, Any], project: dict[str, Any]
) -> None:
    tested = {system.partition("-")[0] for system in jobs["tests"]["strategy"]["matrix"]["os"]}
    classified = "\n".join(project["classifiers"])
    assert tested == {"ubuntu", "macos"} and "Linux" in classified and "MacOS" in classified


def test_the_workflow_runs_make_targets_that_exist(jobs: dict[str, Any], root: Path) -> None:
    rules = re.findall(r"^([a-z][a-z -]*):(?!=)", (root / "Makefile").read_text(), re.M)
    targets = {target for rule in rules for target in rule.split()}
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    made = [run.split()[2:] for run in runs if run.startswith("make PYTHON=python ")]
    assert ["test"] in made
    assert {target for words in made for target in words} <= targets


def test_the_commands_of_the_workflow_are_those_of_the_command_line(jobs: dict[str, Any]) -> None:
    runs = "\n".join(step.get("run", "") for job in jobs.values() for step in job["steps"])
    commands = re.findall(r"bin/onrecord (.*)", runs)
    assert [parse(shlex.split(words)).command for words in commands] == ["index", "ask", "doctor"]


def test_the_image_runs_a_supported_python(dockerfile: str, project: dict[str, Any]) -> None:
    images = re.findall(r"^FROM python:(3\.\d+)-slim", dockerfile, re.M)
    assert images and set(images) <= set(supported(project))


def test_the_image_starts_a_command_that_exists_and_not_as_root(dockerfile: str) -> None:
    (command,) = re.findall(r"^CMD \[(.*)\]", dockerfile, re.M)
    program, *words = re.findall(r'"([^"]*)"', command)
    arguments = parse(words)
    assert (program, arguments.command, arguments.host) == ("onrecord", "serve", "0.0.0.0")
    assert re.findall(r"^EXPOSE (\d+)", dockerfile, re.M) == [str(arguments.port)]
    assert re.findall(r"^USER (\d+)", dockerfile, re.M) == re.findall(r"--uid (\d+)", dockerfile) != ["0"]


def test_the_image_asks_for_its_health_at_a_route_that_exists(dockerfile: str, root: Path) -> None:
    (asked,) = re.findall(r"HEALTHCHECK.*urlopen\('http://127\.0\.0\.1:7860(/[^']*)'", dockerfile)
    assert asked in set(routes(root))


def test_the_image_sets_known_settings(dockerfile: str) -> None:
    assert dict(re.findall(r"^ENV (\w+)=(\S+)", dockerfile, re.M)) == {"ONRECORD_STORE": "/data"}
    assert re.findall(r"^VOLUME (\S+)", dockerfile, re.M) == ["/data"] and "ONRECORD_STORE" in SETTINGS


def test_compose_passes_every_setting_on(services: dict[str, Any]) -> None:
    passed = services["onrecord"]["environment"]
    assert set(passed) == set(SETTINGS) - {"ONRECORD_STORE"}  # the image's
    assert all(value == f"${{{name}:-}}" for name, value in passed.items())


def test_compose_keeps_chroma_to_itself(services: dict[str, Any], root: Path) -> None:
    chroma = services["chroma"]
    networks = yaml.safe_load((root / "compose.yaml").read_text())["networks"]
    assert "ports" not in chroma and all(networks[name]["internal"] for name in chroma["networks"])
    assert set(chroma["networks"]) <= set(services["onrecord"]["networks"])
    assert chroma["profiles"] == ["chroma"]


def test_compose_runs_the_chroma_that_the_client_is_pinned_to(
    services: dict[str, Any], project: dict[str, Any]
) -> None:
    (pinned,) = (re.search(r">=([\d.]+)", line) for line in project["dependencies"] if "chromadb" in line)
    assert pinned and services["chroma"]["image"] == f"chromadb/chroma:{pinned[1]}"


def test_ports_are_published_on_loopback_only(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published and all(port.startswith("127.0.0.1:") for port in published)


def test_hooks_before_a_commit_run_the_tools_of_make_test(root: Path) -> None:
    (repository,) = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())["repos"]
    entries = {hook["id"]: hook["entry"] for hook in repository["hooks"]}
    assert repository["repo"] == "local" and list(entries) == ["ruff", "ruff-format", "mypy", "eslint"]
    assert all(entries[name].startswith(".venv/bin/") for name in ("ruff", "ruff-format", "mypy"))


def test_nothing_secret_or_local_goes_into_the_image(root: Path) -> None:
    left_out = (root / ".dockerignore").read_text().split()
    assert {".env", ".git", ".venv", ".samples-store"} <= set(left_out)
    assert not {"app.py", "corpus", "index", "rag", "prompts", "pyproject.toml", "README.md"} & set(left_out)
