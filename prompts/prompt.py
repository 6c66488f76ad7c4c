"""One Markdown file per prompt: a part for each role, under `# system` and `# user`, with `$variables`.

The caller names the variables that it fills in; they are compared with those of the file when it is loaded,
so that a misspelt one is an error at start and never a hole in what a model is told.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

_ROLE = re.compile(r"^# (system|user)\s*$", re.MULTILINE)


class PromptError(ValueError):
    """A prompt's file that is missing or malformed, or whose variables are not those that are filled in."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as it was loaded: for each role its text with `$variables`."""

    name: str
    parts: tuple[tuple[str, str], ...]

    def messages(self, **values: str) -> list[dict[str, str]]:
        """The chat messages with the variables filled in; what is filled in is not searched for variables.

        Raises PromptError for a value too few or too many.
        """
        _compare(self.name, _variables(self.name, self.parts), set(values))
        return [
            {"role": role, "content": Template(text).substitute(values).strip()} for role, text in self.parts
        ]


@cache
def load(name: str, *variables: str) -> Prompt:
    """The prompt of `prompts/<name>.md`, which uses exactly these variables; a `$` of its own is `$$`.

    Raises PromptError, naming the file and the variable, for one that is unknown, missing or malformed.
    """
    return parse(name, _text(name), variables)


def parse(name: str, text: str, variables: Sequence[str]) -> Prompt:
    """The prompt that a file's text is. Raises as `load` does."""
    pieces = _ROLE.split(text)
    roles, parts = pieces[1::2], pieces[2::2]
    if pieces[0].strip() or "user" not in roles or len(set(roles)) != len(roles):
        raise PromptError(
            f"prompts/{name}.md needs one part under “# user”, at most one under “# system”, nothing before"
        )
    prompt = Prompt(name, tuple(zip(roles, parts, strict=True)))
    _compare(name, _variables(name, prompt.parts), set(variables))
    return prompt


def _text(name: str) -> str:
    try:
        return (files("prompts") / f"{name}.md").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise PromptError(f"prompts/{name}.md is missing; reinstall onrecord") from error


def _variables(name: str, parts: Sequence[tuple[str, str]]) -> set[str]:
    templates = [Template(text) for _, text in parts]
    for template in templates:
        if not template.is_valid():
            raise PromptError(f"prompts/{name}.md has a $ that begins no variable; write $$ for a plain one")
    return {variable for template in templates for variable in template.get_identifiers()}


def _compare(name: str, used: set[str], filled: set[str]) -> None:
    for variable in sorted(used - filled):
        raise PromptError(f"prompts/{name}.md uses ${variable}, which nothing fills in")
    for variable in sorted(filled - used):
        raise PromptError(f"prompts/{name}.md lacks ${variable}, which it is given")
