"""The grammar of the command line, and filters from flags and from JSON."""

import pytest

from corpus.errors import UsageError
from index.store.filters import Filter
from rag.question.filters import merge_filters
from rag.terminal.arguments import parse


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["frobnicate"], "invalid choice: 'frobnicate'"),
        (["ask"], "required: QUESTION; see onrecord ask --help"),
        (["ask", "Who?", "--colour"], "onrecord ask does not know --colour; see onrecord ask --help"),
        (["ask", "Who", "said", "that?"], "put the question in quotes"),
        (["ask", "Who?", "--stor", "x"], "does not know --stor"),
        (["ask", "Who?", "--after", "yesterday"], "--after: 'yesterday' is no full date"),
        (["ask", "Who?", "--after", ""], "after must be a date such as 2019-10-15, not ''"),
        (["ask", "Who?", "--source", " "], "source must be the name of an outlet"),
        (["ask", "Who?", "--after", "2019-10-15", "--before", "2019-10-15"], "no day is from 2019-10-15 on"),
        (["search", "troops", "-k", "0"], "0 is not a number from 1 to 1000"),
        (["search", "troops", "-k", "many"], "many is not a number from 1 to 1000"),
        (["index"], "required: PATH"),
        (["articles"], "required: list|show|remove|restore"),
        (["articles", "show"], "required: ID"),
        (["articles", "list", "extra"], "does not know extra"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_it(line: list[str], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(line)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_filters_become_one_filter() -> None:
    flags = [
        "--source",
        "Meridian Wire",
        "--source",
        "Echo",
        "--after",
        "2019/10/01",
        "--as-of",
        "2019-10-20",
    ]
    where = parse(["ask", "Who?", *flags]).where
    assert where == Filter(("Meridian Wire", "Echo"), after="2019-10-01", as_of="2019-10-20")


def test_a_lone_dash_is_a_question() -> None:
    assert parse(["ask", "-", "--json"]).question == "-"


def test_a_question_may_start_with_a_dash_after_two_of_them() -> None:
    assert parse(["ask", "--json", "--", "-20 degrees: where?"]).question == "-20 degrees: where?"


def test_a_lines_filters_stand_in_for_those_of_the_flags() -> None:
    flags = Filter(("Echo",), after="2019-10-01", before="2019-11-01")
    assert merge_filters(flags, {"source": "Wire", "after": None}) == Filter(
        ("Wire",), "2019-10-01", "2019-11-01"
    )
    assert merge_filters(flags, {"source": ["Wire", "Post"]}).sources == ("Wire", "Post")
    assert merge_filters(flags, {"before": "2019-10-20"}).before == "2019-10-20"
    assert merge_filters(flags, {}) == flags


@pytest.mark.parametrize(
    "written",
    [{"source": 7}, {"source": ["a", None]}, {"after": 20191015}, {"as_of": ["2019"]}, {"before": "soon"}],
)
def test_a_filter_that_is_no_filter_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        merge_filters(Filter(), written)


@pytest.mark.parametrize("command", ["index", "ask", "search", "articles", "doctor"])
def test_help_is_there_for_every_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse([command, "--help"])
    assert stopped.value.code == 0
    assert f"usage: onrecord {command}" in capsys.readouterr().out
