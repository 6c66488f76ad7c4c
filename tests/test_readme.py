"""The README says what is: its tables, commands, flags and the output it shows."""

import io
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from app import main
from rag.terminal.arguments import parse
from rag.terminal.settings import NAMES_OF_TESTS, SETTINGS

COMMANDS = ("index", "ask", "search", "articles", "serve", "eval", "compare", "doctor")
SECONDS_AND_PLACE = re.compile(r"in \d+\.\d s; (.*) in \S+$", re.M)


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def table(readme: str, heading: str) -> list[str]:
    """The first cells of the table under a heading."""
    section = readme.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("|")]
    return rows[2:]


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit):
        parse([*words, "--help"])
    return capsys.readouterr().out


def test_the_settings_table_is_complete(readme: str) -> None:
    assert {name.strip("`") for name in table(readme, "Settings")} == set(SETTINGS)


def test_every_setting_that_is_mentioned_is_known(readme: str) -> None:
    assert set(re.findall(r"ONRECORD_[A-Z_]*[A-Z]", readme)) <= {*SETTINGS, *NAMES_OF_TESTS}


def test_the_file_table_names_what_is_there(readme: str, root: Path) -> None:
    named = [path for row in table(readme, "Files") for path in re.findall(r"`([^`]+)`", row)]
    assert not [path for path in named if not (root / path).exists()]
    packages = {f"{path.parent.name}/" for path in root.glob("*/__init__.py")}
    assert packages | {"app.py"} <= set(named)


def test_every_command_is_in_the_table_and_every_flag_in_the_readme(
    readme: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [row.split()[1].strip("`") for row in table(readme, "Commands")] == list(COMMANDS)
    helped = "".join(help_of(capsys, command) for command in COMMANDS) + help_of(capsys, "articles", "show")
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", helped)) - {"--help"}
    assert flags <= set(re.findall(r"--[a-z][a-z-]*", readme))


def test_every_flag_in_the_readme_exists(readme: str, capsys: pytest.CaptureFixture[str]) -> None:
    helped = "".join(help_of(capsys, command) for command in COMMANDS) + help_of(capsys, "articles", "show")
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", readme)) <= set(re.findall(r"--[a-z][a-z-]+", helped))


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    helped = help_of(capsys)
    assert all(re.search(rf"^    {command}\s+[A-Z]", helped, re.M) for command in COMMANDS)


def test_every_make_target_in_the_readme_exists(readme: str, root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+)(?= *[a-z]* *:)", (root / "Makefile").read_text(), re.M))
    named = set(re.findall(r"^make ([a-z]+)|`make ([a-z]+)`", readme, re.M))
    assert {one or other for one, other in named} <= targets | {"storm", "bench", "cases"}


def test_continuous_integration_runs_the_readmes_test_command(readme: str, root: Path) -> None:
    script = root / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in readme and re.search(r"^exec make test\b", script.read_text(), re.M)


def test_the_changelog_has_a_place_for_what_comes_next(root: Path) -> None:
    assert "\n## Unreleased\n" in (root / "CHANGELOG.md").read_text()


def test_the_terminal_prints_what_the_readme_shows(
    readme: str,
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("ONRECORD_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    shown = re.findall(r"^\$ onrecord (.*)\n((?:(?!\$ |```).*\n)*)", readme, re.M)
    assert len(shown) >= 3
    for words, expected in shown:
        assert main(shlex.split(words)) == 0
        printed = capsys.readouterr().out
        assert SECONDS_AND_PLACE.sub(r"\1", printed).strip() == SECONDS_AND_PLACE.sub(r"\1", expected).strip()
