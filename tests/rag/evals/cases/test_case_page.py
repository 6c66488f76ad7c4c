"""docs/evaluation.md says what is true: its cases load and hold, its keys and measures exist."""

import re
import shlex
from pathlib import Path

import pytest

from index.store.store import Store
from rag.assistant import Assistant
from rag.evals.cases.case import STATUSES, Case
from rag.evals.cases.formats import MOST_BYTES
from rag.evals.cases.read import load
from rag.evals.cases.schema import KEYS
from rag.evals.gate import measures
from rag.evals.metrics.scores import failures
from rag.evals.target import LocalTarget
from rag.terminal.arguments import parse


@pytest.fixture(scope="module")
def page() -> str:
    """The evaluation page."""
    return (Path(__file__).parents[4] / "docs" / "evaluation.md").read_text(encoding="utf-8")


def cases_of(page: str, folder: Path) -> list[list[Case]]:
    """The cases of each case file on the page."""
    blocks = [(kind, text) for kind, text in re.findall(r"```(yaml|csv)\n(.*?)```", page, re.DOTALL)]
    found = []
    for number, (kind, text) in enumerate(blocks):
        if "question" in text:
            path = folder / f"page{number}.{kind}"
            path.write_text(text, encoding="utf-8")
            found.append(load([path]))
    return found


def section(page: str, heading: str) -> str:
    """The part of the page under a heading."""
    return page.split(f"## {heading}\n")[1].split("\n## ")[0]


def test_every_key_is_shown_in_a_case_and_explained(page: str, tmp_path: Path) -> None:
    first, *others = cases_of(page, tmp_path)
    assert len(others) == 2
    explained = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE))))
    assert set(KEYS) <= explained
    example = page.split("```yaml\n")[1].split("```")[0]
    assert not [key for key in KEYS if f"{key}:" not in example]
    assert any(case.answer_regex for case in first)
    assert all(status in page for status in STATUSES)
    assert all(ending in (".yaml", ".yml") or f"`{ending}`" in page for ending in MOST_BYTES)


def test_the_measures_on_the_page_are_those_there_are(page: str) -> None:
    named = set(re.findall(r"`([a-z_@0-9]+)`", section(page, "Measures")))
    known = set(measures())
    assert named - known == {"evidence", "answer", "retrieve", "read"}
    families = ("latency_", "outside_coverage_", "not_in_archive_", "not_stated_")
    assert not [measure for measure in known - named if not measure.startswith(families)]


def test_the_commands_on_the_page_are_understood(page: str) -> None:
    commands = re.findall(r"(?:^|run: |`)onrecord ([^\n`]+)", page, re.MULTILINE)
    assert len(commands) >= 9
    for command in commands:
        parse(shlex.split(command.split(">")[0], comments=True))


@pytest.mark.cases
def test_the_cases_on_the_page_hold_for_the_sample_articles(
    page: str, tmp_path: Path, samples_store: Store, samples: Assistant
) -> None:
    target = LocalTarget(samples, samples_store)
    asked = [case for cases in cases_of(page, tmp_path) for case in cases if not case.known_gap]
    failed = {case.id: found for case in asked if (found := failures(case, target.ask(case)))}
    assert not failed
