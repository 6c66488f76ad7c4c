"""The ablation's mechanism, on a module of our own; the figures themselves: `make bench-rules`."""

import re
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType

import pytest

from tests.answers.rules import NEVER, PACKAGES, Rule, Worth, rules, switched_off, table, worth

GREETINGS = frozenset({"hello", "hi"})


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module with a list, an expression, a cached table of two lists and a function over them."""
    module = ModuleType("tests.greeting")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    @cache
    def lists() -> dict[str, frozenset[str]]:
        return {"titles": frozenset({"mr", "ms"}), "farewells": frozenset({"bye"})}

    vars(module).update(GREETINGS=GREETINGS, PATTERN=re.compile("good day"), lists=lists, number=3)
    yield module


def test_every_list_and_expression_of_a_module_is_a_rule_and_each_section_of_a_file(
    package: ModuleType,
) -> None:
    assert [rule.name for rule in rules([package.__name__])] == [
        "tests.greeting.GREETINGS",
        "tests.greeting.PATTERN",
        "tests.greeting.lists[farewells]",
        "tests.greeting.lists[titles]",
    ]


def test_a_list_is_switched_off_wherever_it_was_imported_and_comes_back(package: ModuleType) -> None:
    with switched_off(Rule("tests.greeting", "GREETINGS")):
        assert frozenset() == package.GREETINGS and frozenset() == GREETINGS
    assert package.GREETINGS is GREETINGS and "hello" in GREETINGS


def test_an_expression_that_is_switched_off_matches_nothing(package: ModuleType) -> None:
    with switched_off(Rule("tests.greeting", "PATTERN")):
        assert package.PATTERN is NEVER and not NEVER.search("good day")
    assert package.PATTERN.search("good day")


def test_one_section_of_a_file_is_switched_off_and_the_others_stay(package: ModuleType) -> None:
    with switched_off(Rule("tests.greeting", "lists", "titles")):
        assert package.lists() == {"titles": frozenset(), "farewells": frozenset({"bye"})}
    assert package.lists()["titles"] == {"mr", "ms"}


def test_a_rule_comes_back_after_an_error(package: ModuleType) -> None:
    with pytest.raises(ZeroDivisionError), switched_off(Rule("tests.greeting", "GREETINGS")):
        raise ZeroDivisionError
    assert package.GREETINGS is GREETINGS


def test_a_rule_that_earns_and_one_that_does_not_are_told_apart(package: ModuleType) -> None:
    def measure() -> dict[str, bool]:
        return {text: text in package.GREETINGS for text in ("hello", "hi", "bye")}

    earns = worth(Rule("tests.greeting", "GREETINGS"), measure, measure())
    idle = worth(Rule("tests.greeting", "PATTERN"), measure, measure())
    assert (earns.won, earns.lost, earns.is_worth_it) == (2, 0, True)
    assert (idle.won, idle.lost, idle.is_worth_it) == (0, 0, False)
    assert table([idle, earns]).index("GREETINGS") < table([idle, earns]).index("PATTERN")


def test_a_rule_that_does_harm_is_not_worth_it() -> None:
    assert not Worth(Rule("a", "b"), 1, 2, 100).is_worth_it


def test_the_language_layer_has_rules_in_every_package() -> None:
    found = {rule.module.rpartition(".")[0] for rule in rules()}
    assert found >= set(PACKAGES)
