"""The ablation's mechanism, on a module and a file of our own; the figures themselves: `make bench-rules`."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from types import ModuleType

import pytest

from corpus.words import lists
from tests.answers.rules import (
    NEVER,
    PACKAGES,
    Rule,
    Worth,
    expressions,
    switched_off,
    table,
    word_lists,
    worth,
)

GREETING = re.compile("good day")
WHOLE = {"hello": True, "hi": True, "bye": False}


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module with an expression, which this module holds as well, and a list, which is none."""
    module = ModuleType("tests.greeting")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    vars(module).update(PATTERN=GREETING, WORDS=frozenset({"hello"}))
    yield module


def test_every_expression_of_a_module_is_a_rule(package: ModuleType) -> None:
    assert [rule.name for rule in expressions([package.__name__])] == ["tests.greeting.PATTERN"]


def test_an_expression_is_switched_off_wherever_it_was_imported_and_comes_back(package: ModuleType) -> None:
    with switched_off(Rule("tests.greeting", "PATTERN")):
        assert package.PATTERN is NEVER and GREETING is NEVER and not NEVER.search("good day")
    assert package.PATTERN is GREETING and GREETING.search("good day")


def test_a_section_of_a_file_is_empty_and_the_others_stay() -> None:
    before = lists.read_lists("rag.check", "claim.txt")
    with switched_off(Rule("rag.check", "claim.txt", "light")):
        assert lists.read_lists("rag.check", "claim.txt") == before | {"light": []}
        assert lists.read_words("rag.check", "claim.txt")["light"] == frozenset()
    assert lists.read_lists("rag.check", "claim.txt") == before


def test_a_rule_comes_back_after_an_error(package: ModuleType) -> None:
    with pytest.raises(ZeroDivisionError), switched_off(Rule("tests.greeting", "PATTERN")):
        raise ZeroDivisionError
    assert package.PATTERN is GREETING


def test_a_rule_that_earns_and_one_that_does_not_are_told_apart() -> None:
    found = [
        worth(Rule("a", "EARNS"), WHOLE, {"hello": False, "hi": False, "bye": False}),
        worth(Rule("a", "IDLE"), WHOLE, WHOLE),
        worth(Rule("a", "HARMS"), WHOLE, {"hello": False, "hi": True, "bye": True}),
        worth(Rule("a", "NEEDED"), WHOLE, None),
    ]
    assert [(one.won.total(), one.lost.total(), one.is_worth_it) for one in found] == [
        (2, 0, True),
        (0, 0, False),
        (1, 1, False),
        (0, 0, True),
    ]
    rows = [line.split("`")[1] for line in table(found).splitlines()[2:]]
    assert rows == ["a.NEEDED", "a.EARNS", "a.HARMS", "a.IDLE"]


def test_one_item_in_two_hundred_of_a_set_is_enough_if_the_others_lose_less() -> None:
    def is_worth_it(**earned: tuple[int, int]) -> bool:
        won, items = ({name: pair[place] for name, pair in earned.items()} for place in (0, 1))
        return Worth(Rule("a", "b"), Counter(won), Counter(), Counter(items)).is_worth_it

    assert is_worth_it(names=(1, 200), dates=(0, 1_000))
    assert not is_worth_it(names=(1, 201), dates=(4, 1_000))
    assert not is_worth_it(names=(1, 200), dates=(-1, 1_000))


def test_the_language_layer_has_lists_and_expressions() -> None:
    assert {rule.where for rule in word_lists()} >= {"index.language", "rag.question", "rag.check"}
    assert {rule.where.rpartition(".")[0] for rule in expressions()} <= set(PACKAGES)
    assert len({rule.name for rule in (*word_lists(), *expressions())}) == len(
        [*word_lists(), *expressions()]
    )
