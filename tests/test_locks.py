"""Locks in requirements/: what pyproject.toml asks for, each package in one version with its hashes."""

import os
import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("build", "run", "dev")
HASHED = re.compile(r"\S+==\S+(?: ; [^\\#]+)?(?: --hash=sha256:[0-9a-f]{64})+")
HERE = {name: str(value) for name, value in default_environment().items()}
SYSTEMS = [
    HERE
    | {"sys_platform": system, "platform_machine": machine, "python_full_version": f"{python}.1"}
    | {"python_version": python}
    for system, machine in (
        ("linux", "x86_64"),
        ("linux", "aarch64"),
        ("darwin", "arm64"),
        ("darwin", "x86_64"),
    )
    for python in ("3.11", "3.12", "3.13")
]


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((root / "pyproject.toml").read_text())


def lines(root: Path, lock: str) -> list[str]:
    """The requirements of a lock, each with its hashes on one line."""
    written = (root / "requirements" / f"{lock}.txt").read_text()
    joined = re.sub(r"\s*\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", written, flags=re.M))
    return [line for line in joined.splitlines() if line.strip()]


def locked(root: Path, lock: str, system: dict[str, str]) -> dict[str, str]:
    """The version of each package that a lock installs on a system."""
    found = [Requirement(line.split(" --hash")[0]) for line in lines(root, lock)]
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in found
        if one.marker is None or one.marker.evaluate(system)
    }


def asked_for(project: dict[str, Any], lock: str) -> list[Requirement]:
    """What pyproject.toml asks for in a lock."""
    own = project["project"]
    dev = own["optional-dependencies"]["dev"]
    asked = {
        "build": project["build-system"]["requires"],
        "run": own["dependencies"],
        "dev": [*own["dependencies"], *dev, *project["build-system"]["requires"]],
    }
    return [Requirement(line) for line in asked[lock]]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_one_version_with_its_hashes(root: Path, lock: str) -> None:
    assert lines(root, lock)
    assert not [line for line in lines(root, lock) if not HASHED.fullmatch(line)]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_is_asked_for_on_every_system(
    root: Path, project: dict[str, Any], lock: str
) -> None:
    for system in SYSTEMS:
        versions = locked(root, lock, system)
        wrong = [
            str(asked)
            for asked in asked_for(project, lock)
            if not asked.specifier.contains(
                versions.get(canonicalize_name(asked.name), "0"), prereleases=True
            )
        ]
        assert not wrong, f"{wrong} in requirements/{lock}.txt ({system['sys_platform']}): run make lock"


def test_all_locks_agree_with_the_one_that_the_tests_run_with(root: Path) -> None:
    for system in SYSTEMS:
        dev = locked(root, "dev", system)
        assert locked(root, "run", system).items() <= dev.items()
        assert locked(root, "build", system).items() <= dev.items()


def test_a_lock_holds_what_its_packages_ask_for(root: Path) -> None:
    versions = locked(root, "dev", HERE)
    missing = []
    for name, version in versions.items():
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue
        if installed.version != version:
            continue  # Another version may ask for something else.
        for line in installed.requires or []:
            asked = Requirement(line)
            if asked.marker is None or asked.marker.evaluate(HERE | {"extra": ""}):
                there = versions.get(canonicalize_name(asked.name))
                if there is None or not asked.specifier.contains(there, prereleases=True):
                    missing.append(f"{name} asks for {asked}")
    assert versions and not missing


def test_no_lock_brings_torch_or_another_index(root: Path) -> None:
    for lock in LOCKS:
        names = {re.split(r"==", line)[0] for line in lines(root, lock)}
        assert not {name for name in names if re.match(r"torch|nvidia|triton|-", name)}


def made(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What make says to the words."""
    # Without what a make that runs the tests hands on to others.
    clean = {name: value for name, value in os.environ.items() if not re.match("MAKE|MFLAGS", name)}
    return subprocess.run(["make", *words], cwd=root, env=clean, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(("stamp", "locks"), [(".installed", ("build", "run")), (".with-dev", ("dev",))])
def test_make_installs_from_the_locks_and_then_the_project_alone(
    root: Path, tmp_path: Path, stamp: str, locks: tuple[str, ...]
) -> None:
    planned = made(root, "-n", f"VENV={tmp_path}", f"{tmp_path}/{stamp}").stdout
    installs = re.findall(r"pip install (.*)", planned)
    named = " ".join(f"--requirement requirements/{lock}.txt" for lock in locks)
    assert installs == [
        f"--quiet --require-hashes {named}",
        "--quiet --no-deps --no-build-isolation --editable '.'",
    ]


@pytest.mark.parametrize(("stamp", "project"), [(".installed", "."), (".with-dev", ".[dev]")])
def test_make_without_the_locks_says_so(root: Path, tmp_path: Path, stamp: str, project: str) -> None:
    planned = made(root, "-n", "LOCK=", f"VENV={tmp_path}", f"{tmp_path}/{stamp}.ranges").stdout
    assert "from the ranges of pyproject.toml and not from the locks" in planned
    assert re.findall(r"pip install .*--editable '(.*)'", planned) == [project]
    assert "--require-hashes" not in planned


def test_a_python_that_the_locks_do_not_hold_for_is_refused_with_what_to_do(
    root: Path, tmp_path: Path
) -> None:
    python = tmp_path / "python4"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    refused = made(root, f"PYTHON={python}", f"VENV={tmp_path}/venv", f"{tmp_path}/venv/.installed")
    assert (
        refused.returncode and "needs Python 3.11 to 3.13 (any newer one: make LOCK= ...)" in refused.stderr
    )
    assert not (tmp_path / "venv").exists()


def test_the_image_is_built_from_the_locks(root: Path) -> None:
    installs = re.findall(r"pip (?:install|wheel) [^&\n\\]*", (root / "Dockerfile").read_text())
    assert len(installs) == 4
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)


def test_the_locks_are_for_the_pythons_that_are_supported(root: Path, project: dict[str, Any]) -> None:
    supported = re.findall(r"Python :: 3\.(\d+)", "\n".join(project["project"]["classifiers"]))
    after = int(supported[-1]) + 1
    assert (
        f"not {supported[0]} <= sys.version_info.minor < $(if $(LOCK),{after},99)"
        in (root / "Makefile").read_text()
    )
    environments = project["tool"]["uv"]["environments"]
    assert all(f"python_full_version < '3.{after}'" in one for one in environments)
