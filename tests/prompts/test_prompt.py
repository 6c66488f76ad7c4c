"""Prompts: parts, variables, and what is wrong with a file said by name."""

import pytest

from prompts import PromptError, load
from prompts.prompt import parse


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("answer", ("today", "sentinel", "articles", "conversation", "searches", "question")),
        ("judge_assertion", ("assertion", "question", "answer")),
        ("plan", ("limit", "today", "archive", "conversation", "question")),
        ("judge_support", ("claim", "quotes")),
        ("repair", ("articles", "question", "sentence", "fault")),
    ],
)
def test_every_prompt_that_is_shipped_loads_with_its_variables(name: str, variables: tuple[str, ...]) -> None:
    messages = load(name, *variables).messages(**{variable: f"<{variable}>" for variable in variables})
    assert [message["role"] for message in messages] == ["system", "user"]
    assert all(any(f"<{variable}>" in message["content"] for message in messages) for variable in variables)
    assert not any("$" in message["content"] for message in messages)


def test_what_is_filled_in_is_not_searched_for_variables() -> None:
    prompt = parse("ask", "# user\nSay: $question ($$5)", ["question"])
    assert prompt.messages(question="$question costs $5")[0]["content"] == "Say: $question costs $5 ($5)"


def test_a_variable_that_nothing_fills_in_is_an_error_that_names_file_and_variable() -> None:
    with pytest.raises(PromptError, match=r"prompts/ask\.md uses \$qestion, which nothing fills in"):
        parse("ask", "# user\n$qestion", ["question"])


def test_a_variable_that_the_file_lacks_is_an_error_that_names_file_and_variable() -> None:
    with pytest.raises(PromptError, match=r"prompts/ask\.md lacks \$passages"):
        parse("ask", "# user\n$question", ["question", "passages"])


def test_a_value_too_few_is_an_error_when_the_prompt_is_filled_in() -> None:
    with pytest.raises(PromptError, match=r"uses \$question"):
        parse("ask", "# user\n$question", ["question"]).messages()


@pytest.mark.parametrize("text", ["", "$question", "# system\n$question", "# user\n$question\n# user\nagain"])
def test_a_file_without_its_parts_is_an_error(text: str) -> None:
    with pytest.raises(PromptError, match=r"prompts/ask\.md needs one part under “# user”"):
        parse("ask", text, ["question"])


def test_a_dollar_that_begins_no_variable_is_an_error() -> None:
    with pytest.raises(PromptError, match=r"write \$\$ for a plain one"):
        parse("ask", "# user\n$question costs $5", ["question"])


def test_a_prompt_that_is_not_there_is_an_error() -> None:
    with pytest.raises(PromptError, match=r"prompts/none\.md is missing"):
        load("none")
