"""Ablation: every rule and word list of the language layer switched off for a run, one after the other.

A rule is what a module of `PACKAGES` holds at its top level: a compiled expression, a list of words, a table.
Switched off, an expression matches nothing and a list is empty, in every module that imported it. Nothing of
the product knows of it.
"""

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

PACKAGES = ("index.language", "rag.question", "rag.retrieve", "rag.quote", "rag.write")
OTHERS = frozenset(
    """rag.question.examples rag.question.filters rag.write.generate rag.write.injections
    rag.write.prompt_passages rag.write.stream""".split()
)
"""Modules of those packages that decide nothing about an answer: they parse, guard or suggest."""
_OURS = ("corpus", "index", "rag", "tests")
NEVER = re.compile(r"(?!)")
"""Matches nothing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: an attribute of a module, or with `section` one part of the table that it returns or is."""

    module: str
    attribute: str
    section: str | None = None

    @property
    def name(self) -> str:
        """As the table names it: `index.language.names.OPENERS`, `...LISTS[titles]`."""
        part = f"[{self.section}]" if self.section is not None else ""
        return f"{self.module}.{self.attribute}{part}"


def rules(packages: Iterable[str] = PACKAGES) -> list[Rule]:
    """Every rule of the packages, by name. A list that several modules hold is a rule of the first."""
    found: list[Rule] = []
    known: set[int] = set()
    for module in (one for one in _modules(packages) if one.__name__ not in OTHERS):
        for attribute, value in sorted(vars(module).items()):
            held = _value(value)
            if attribute.startswith("__") or not _is_rule(held) or id(held) in known:
                continue
            known.add(id(held))
            if _is_read_from_a_file(attribute, held):
                found += [Rule(module.__name__, attribute, section) for section in held]
                known.update(map(id, held.values()))
            else:
                found.append(Rule(module.__name__, attribute))
    return sorted(found, key=lambda rule: rule.name)


@contextmanager
def switched_off(rule: Rule) -> Iterator[None]:
    """The rule switched off in every module of ours that holds it; all caches are emptied on both ways."""
    original = vars(importlib.import_module(rule.module))[rule.attribute]
    held = _value(original)
    if rule.section is None:
        swaps = [(held, _nothing(held))]
    else:
        # The table without the part, and the part itself where a module took it out of the table.
        part = held[rule.section]
        swaps = [(held, {**held, rule.section: _nothing(part)}), (part, _nothing(part))]
    if held is not original:
        swaps.append((original, lambda: swaps[0][1]))
    changed = [
        (module, attribute, value)
        for module in _modules(_OURS, loaded=True)
        for attribute, value in vars(module).items()
        if any(value is old for old, _ in swaps)
    ]
    for module, attribute, value in changed:
        setattr(module, attribute, next(new for old, new in swaps if old is value))
    _forget()
    try:
        yield
    finally:
        for module, attribute, value in changed:
            setattr(module, attribute, value)
        _forget()


def _modules(packages: Iterable[str], *, loaded: bool = False) -> list[ModuleType]:
    """The modules of packages: those that are loaded, or all of them, loaded now."""
    if loaded:
        return [
            module
            for name, module in list(sys.modules.items())
            if name.split(".")[0] in packages and isinstance(module, ModuleType)
        ]
    found = []
    for package in packages:
        parent = importlib.import_module(package)
        names = [one.name for one in pkgutil.iter_modules(getattr(parent, "__path__", []))]
        found += [importlib.import_module(f"{package}.{name}") for name in names] or [parent]
    return found


def _value(held: object) -> Any:
    """What is held; of a cached function without parameters, what it returns."""
    if hasattr(held, "cache_clear") and not inspect.signature(held).parameters:  # type: ignore[arg-type]
        return held()  # type: ignore[operator]
    return held


def _is_rule(held: object) -> bool:
    if isinstance(held, re.Pattern):
        return True
    return isinstance(held, frozenset | tuple | Mapping) and len(held) > 1


def _is_read_from_a_file(attribute: str, held: object) -> bool:
    """Whether it is what `corpus.words.lists` makes of a file: each section is a rule of its own."""
    return "lists" in attribute.lower() and isinstance(held, Mapping)


def _nothing(held: Any) -> Any:
    """The same kind of thing without anything in it."""
    return NEVER if isinstance(held, re.Pattern) else type(held)()


def _forget() -> None:
    """Empty every cache of ours: what they hold came of the rules as they were."""
    for module in _modules(_OURS, loaded=True):
        for value in list(vars(module).values()):
            clear: Callable[[], None] | None = getattr(value, "cache_clear", None)
            if clear is not None and not isinstance(value, type):
                clear()


@dataclass(frozen=True, slots=True)
class Worth:
    """What a rule earns: items right only with it, right only without it, and how many there are."""

    rule: Rule
    won: int
    lost: int
    items: int

    @property
    def earned(self) -> int:
        """Items won less items lost."""
        return self.won - self.lost

    @property
    def is_worth_it(self) -> bool:
        """Whether it earns at least one item in `ONE_IN`."""
        return self.earned * ONE_IN >= self.items


ONE_IN = 200


def worth(rule: Rule, measure: Callable[[], Mapping[str, bool]], whole: Mapping[str, bool]) -> Worth:
    """What the rule earns; `measure` says which items are right, `whole` is its result with all rules."""
    with switched_off(rule):
        without = measure()
    won = sum(right and not without[item] for item, right in whole.items())
    lost = sum(without[item] and not right for item, right in whole.items())
    return Worth(rule, won, lost, len(whole))


def table(found: Iterable[Worth]) -> str:
    """The rules as Markdown, those that earn most first."""
    lines = ["| rule | right only with it | right only without it | earns |", "|---|--:|--:|--:|"]
    for one in sorted(found, key=lambda one: (-one.earned, one.rule.name)):
        lines.append(f"| `{one.rule.name}` | {one.won} | {one.lost} | {one.earned:+d} |")
    return "\n".join(lines)
