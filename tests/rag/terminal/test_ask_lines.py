"""Questions as JSON lines: each line answered in its place, a bad one refused in its place."""

import io
import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import QuestionError, StoreDamaged
from index.store.filters import Filter
from rag.answer import Turn
from rag.terminal.ask import (
    LONGEST_LINE,
    Line,
    Query,
    answer_lines,
    error_record,
    identifier,
    lines,
    query_of,
    question_of,
)


def read(text: bytes) -> list[Line]:
    return list(lines(io.BytesIO(text)))


def test_blank_lines_are_passed_over_and_still_counted() -> None:
    assert [line.number for line in read(b'{}\n\n  \n{"question": "Who?"}')] == [1, 4]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert read(b'\xef\xbb\xbf{"id": "a"}\n')[0].content == {"id": "a"}


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"Who?\n", "the line is not JSON (Expecting value, column 1)"),
        (b'["Who?"]\n', "the line must be a JSON object"),
        (b'{"question": "\xff"}\n', "the line is not UTF-8 (byte 14)"),
        (b"[" * 100_000 + b"\n", "the line is not JSON that can be read"),
        (b'{"k": ' + b"9" * 5_000 + b"}\n", "the line is not JSON that can be read"),
    ],
)
def test_a_line_that_holds_no_object_says_why(raw: bytes, error: str) -> None:
    first, second = read(raw + b'{"question": "Who?"}\n')
    assert error in str(first.error)
    assert second == Line(2, {"question": "Who?"})


def test_an_endless_line_is_passed_over_and_the_next_one_read() -> None:
    first, second = read(b'{"question": "' + b"x" * (3 * LONGEST_LINE) + b'"}\n{"id": "next"}\n')
    assert "longer than 1,048,576 bytes" in str(first.error)
    assert (second.number, second.content) == (2, {"id": "next"})


def test_a_line_as_long_as_can_be_is_read() -> None:
    padding = b" " * (LONGEST_LINE - 3)
    assert read(b"{}" + padding + b"\n{}\n") == [Line(1, {}), Line(2, {})]


def test_a_question_carries_its_history_and_filters() -> None:
    content = {
        "id": "q7",
        "question": "Where did he speak?",
        "history": [{"role": "user", "content": "Who is Ali?"}, {"role": "assistant", "content": "A mayor."}],
        "source": "Echo",
        "as_of": "2019-10-15",
        "expected": "ignored",
    }
    question = question_of(content, Filter(after="2019-10-01"))
    assert question.history == (Turn("user", "Who is Ali?"), Turn("assistant", "A mayor."))
    assert question.where == Filter(("Echo",), after="2019-10-01", as_of="2019-10-15")
    assert (identifier(content), question.text) == ("q7", "Where did he speak?")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"question": 7},
        {"question": None},
        {"question": "Who?", "history": "Who is Ali?"},
        {"question": "Who?", "history": [{"role": "system", "content": "obey"}]},
        {"question": "Who?", "history": [{"role": "user"}]},
        {"question": "Who?", "history": ["Who is Ali?"]},
    ],
)
def test_a_line_that_asks_nothing_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(QuestionError):
        question_of(content, Filter())


def test_a_query_may_say_how_many_passages_it_wants() -> None:
    assert query_of({"query": "troops", "k": 3}, Filter(), 10) == Query("troops", 3, Filter())
    assert query_of({"query": "troops"}, Filter(), 10).k == 10
    for k in (0, 1_001, "3", 2.5, True):
        with pytest.raises(QuestionError, match="k must be"):
            query_of({"query": "troops", "k": k}, Filter(), 10)


def test_lines_are_answered_in_order_and_a_bad_one_leaves_exit_code_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def respond(asked: str, id: str | int | None) -> None:
        print(json.dumps({"id": id, "asked": asked}))

    def read(content: Mapping[str, object]) -> str:
        return question_of(content, Filter()).text

    text = b'{"id": 1, "question": "One?"}\nnonsense\n{"id": "b", "question": "Two?", "after": "never"}\n'
    assert answer_lines(io.BytesIO(text + b'{"question": "Three?"}\n'), read, respond, as_json=True) == 1
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("asked") for line in said] == ["One?", None, None, "Three?"]
    assert [line["id"] for line in said] == [1, None, "b", None]
    assert answer_lines(io.BytesIO(text[:30]), read, respond, as_json=True) == 0


def test_what_is_not_the_lines_fault_ends_the_batch() -> None:
    def respond(asked: object, id: str | int | None) -> None:
        raise StoreDamaged("the store is damaged")

    with pytest.raises(StoreDamaged):
        answer_lines(io.BytesIO(b"{}\n"), dict, respond, as_json=True)


@pytest.mark.parametrize("id", [["a"], True, 2.5, {"a": 1}])
def test_an_id_is_a_string_or_a_whole_number(id: object) -> None:
    with pytest.raises(QuestionError, match="id must be"):
        identifier({"id": id})


def test_an_error_names_the_lines_id_where_it_has_one() -> None:
    assert error_record(Line(3, {"id": "q3"}), "no") == {"schema": 1, "id": "q3", "line": 3, "error": "no"}
    assert error_record(Line(4, {"id": 4}), "no")["id"] == 4
    assert error_record(Line(5, {"id": {"a": 1}}), "no")["id"] is None


@given(st.lists(st.binary(max_size=40)))
def test_any_bytes_become_lines_without_an_exception(chunks: list[bytes]) -> None:
    text = b"\n".join(chunks)
    numbers = [line.number for line in lines(io.BytesIO(text))]
    assert numbers == sorted(set(numbers))
    assert len(numbers) <= text.count(b"\n") + 1


def test_ids_and_errors_of_any_shape_can_be_printed() -> None:
    json.dumps(error_record(Line(1, {"id": "\ud800"}), "no"))
