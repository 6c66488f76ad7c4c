"""The README is short, names the two commands and links every page; the changelog has its place for news."""

import os
import re
from pathlib import Path

import pytest

MOST_LINES = 100


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def test_the_readme_is_short(readme: str) -> None:
    assert len(readme.splitlines()) <= MOST_LINES


def test_the_readme_names_the_two_commands(readme: str) -> None:
    assert {"make run", "make test"} <= set(re.findall(r"^make \w+", readme, re.M))


def test_the_readme_links_every_page(readme: str, root: Path) -> None:
    linked = set(re.findall(r"\]\((docs/[a-z]+\.md)\)", readme))
    assert linked == {f"docs/{path.name}" for path in (root / "docs").glob("*.md")}


def test_the_readme_shows_the_page(readme: str, root: Path) -> None:
    (shown,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", readme)
    picture = (root / shown).read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) < 250_000


def test_continuous_integration_runs_the_readmes_test_command(root: Path) -> None:
    script = root / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert re.search(r"^exec make test\b", script.read_text(), re.M)


def test_the_changelog_has_a_place_for_what_comes_next(root: Path) -> None:
    assert "\n## Unreleased\n" in (root / "CHANGELOG.md").read_text()
