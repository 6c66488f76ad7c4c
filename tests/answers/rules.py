"""Ablation: every word list and rule of the language layer switched off for a run, one after the other.

A list is a section of a data file, a rule an expression or table at the top level of a module. Each run is a
process of its own (`tests.answers.ablation`): a list is emptied before anything reads it, an expression
matches nothing in every module that imported it. Nothing of the product knows of it.
"""

import importlib
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from types import ModuleType
from typing import Any

from corpus.words import lists

PACKAGES = ("index.language", "rag.question", "rag.retrieve", "rag.quote", "rag.prompt", "rag.check")
OTHERS = frozenset(
    """rag.about.examples rag.question.filters rag.write.generate rag.prompt.injections
    rag.prompt.conversation rag.prompt.sanitize rag.write.stream""".split()
)
"""Modules of those packages that decide nothing about an answer: they parse, guard or suggest."""
OTHER_FILES = frozenset(("injections.txt",))
NEVER = re.compile(r"(?!)")
"""Matches nothing."""
ONE_IN = 200
"""A rule is worth its lines if it earns one item in so many of a set."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A section of a package's data file (`section`), or an attribute of a module (no `section`)."""

    where: str
    what: str
    section: str | None = None

    @property
    def name(self) -> str:
        """As the table names it: `index/language/names.txt [titles]`, `index.language.names._NAME`."""
        if self.section is None:
            return f"{self.where}.{self.what}"
        return f"{self.where.replace('.', '/')}/{self.what} [{self.section}]"


def word_lists(packages: Iterable[str] = PACKAGES) -> list[Rule]:
    """Every section of every data file of the packages."""
    return [
        Rule(package, file.name, section)
        for package in packages
        for file in sorted(files(package).iterdir(), key=lambda one: one.name)
        if file.name.endswith(".txt") and file.name not in OTHER_FILES
        for section in lists.read_lists(package, file.name)
    ]


def expressions(packages: Iterable[str] = PACKAGES) -> list[Rule]:
    """Every compiled expression at the top level of the packages' modules, as a rule of the first one."""
    found: dict[int, Rule] = {}
    for module in (one for one in _modules(packages) if one.__name__ not in OTHERS):
        for attribute, value in sorted(vars(module).items()):
            if isinstance(value, re.Pattern):
                found.setdefault(id(value), Rule(module.__name__, attribute))
    return sorted(found.values(), key=lambda rule: rule.name)


@contextmanager
def switched_off(rule: Rule) -> Iterator[None]:
    """The rule switched off. A list must not have been read before, nor anything that was made of it."""
    with _emptied(rule) if rule.section is not None else _replaced(rule):
        yield


@contextmanager
def _emptied(rule: Rule) -> Iterator[None]:
    """Every reading of the file gives the section without an entry."""
    read = lists.read_lists

    def without(package: str, name: str) -> dict[str, list[str]]:
        found = read(package, name)
        if (package, name) == (rule.where, rule.what) and rule.section is not None:
            found[rule.section] = []
        return found

    lists.read_lists = without
    try:
        yield
    finally:
        lists.read_lists = read


@contextmanager
def _replaced(rule: Rule) -> Iterator[None]:
    """The expression matches nothing in every module of ours that holds it."""
    held = vars(importlib.import_module(rule.where))[rule.what]
    changed = [
        (module, attribute)
        for name, module in list(sys.modules.items())
        if name.split(".")[0] in ("corpus", "index", "rag", "tests") and isinstance(module, ModuleType)
        for attribute, value in vars(module).items()
        if value is held
    ]
    for module, attribute in changed:
        setattr(module, attribute, NEVER)
    try:
        yield
    finally:
        for module, attribute in changed:
            setattr(module, attribute, held)


def _modules(packages: Iterable[str]) -> list[ModuleType]:
    """The modules of packages, imported."""
    found = []
    for package in packages:
        parent = importlib.import_module(package)
        names = [one.name for one in pkgutil.iter_modules(getattr(parent, "__path__", []))]
        found += [importlib.import_module(f"{package}.{name}") for name in names] or [parent]
    return found


@dataclass(frozen=True, slots=True)
class Worth:
    """What a rule earns: items right only with it and only without it, by set, and how many each set has.

    `fails`: without it nothing runs, which is no measure of what it earns.
    """

    rule: Rule
    won: Counter[str]
    lost: Counter[str]
    items: Counter[str]
    fails: bool = False

    @property
    def earned(self) -> int:
        """Items won less items lost."""
        return self.won.total() - self.lost.total()

    @property
    def is_worth_it(self) -> bool:
        """Whether it earns something over all sets, and at least one item in `ONE_IN` of one of them."""
        earns = any(
            (self.won[one] - self.lost[one]) * ONE_IN >= count > 0 for one, count in self.items.items()
        )
        return self.fails or (self.earned > 0 and earns)


def worth(rule: Rule, whole: Mapping[str, bool], without: Mapping[str, bool] | None) -> Worth:
    """What the rule earns, from which items are right with all rules and without it (None: it cannot run).

    An item is named by its set and its place, with a blank between them.
    """
    items = _by_set(whole)
    if without is None:
        return Worth(rule, Counter(), Counter(), items, fails=True)
    won = _by_set(item for item, right in whole.items() if right and not without[item])
    lost = _by_set(item for item, right in whole.items() if without[item] and not right)
    return Worth(rule, won, lost, items)


def _by_set(items: Iterable[str]) -> Counter[str]:
    return Counter(item.split(" ")[0] for item in items)


def table(found: Iterable[Worth]) -> str:
    """The rules as Markdown, those that earn most first."""
    lines = ["| rule | right only with it | right only without it | earns | in |", "|---|--:|--:|--:|---|"]
    for one in sorted(found, key=lambda one: (not one.fails, -one.earned, one.rule.name)):
        if one.fails:
            lines.append(f"| `{one.rule.name}` | nothing runs without it | | | |")
            continue
        changed = Counter({name: one.won[name] - one.lost[name] for name in one.items})
        told = ", ".join(f"{name} {count:+d}" for name, count in changed.most_common() if count)
        figures = f"{one.won.total()} | {one.lost.total()} | {one.earned:+d} | {told}"
        lines.append(f"| `{one.rule.name}` | {figures} |")
    return "\n".join(lines)


def rule_of(written: Any) -> Rule:
    """The rule of its JSON list `[where, what, section]`."""
    return Rule(*written)
