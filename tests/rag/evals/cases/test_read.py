"""Case files: what each form may say, and every mistake named by its file, line and key."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UsageError
from index.store.filters import Filter
from rag.answer import Turn
from rag.evals.cases.case import Case, CaseError
from rag.evals.cases.read import MOST_MISTAKES, load

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file of that name and text."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write


def mistakes(*paths: Path) -> list[str]:
    """What loading complains of, without the folder's name."""
    with pytest.raises(CaseError) as caught:
        load(paths)
    assert str(caught.value) == "\n".join(caught.value.mistakes)
    return [mistake.replace(f"{paths[0].parent}/", "") for mistake in caught.value.mistakes]


EVERYTHING = """
- id: sailed
  question: And when did it sail?
  history:
    - {role: user, content: "Which ship was stuck?"}
    - {role: assistant, content: The Grey Heron.}
  answer: [7 July, {regex: "July\\\\s+7"}]
  must_cite: ships/1
  evidence: sailed on 7 July
  must_say: [Grey Heron, July]
  must_not_say: June
  status: [answered, partial]
  assertions: It names a day.
  source: [Morning Star, Evening Post]
  after: 2021/03/01
  before: 2021-08-01
  as_of: 2021-07-31T12:00:00Z
  tags: [dates, follow-up]
  known_gap: follow-ups are not read
"""
SAILED = Case(
    "sailed",
    "And when did it sail?",
    (Turn("user", "Which ship was stuck?"), Turn("assistant", "The Grey Heron.")),
    answer=("7 July",),
    answer_regex=r"July\s+7",
    must_cite=("ships/1",),
    evidence=("sailed on 7 July",),
    must_say=("Grey Heron", "July"),
    must_not_say=("June",),
    status=("answered", "partial"),
    assertions=("It names a day.",),
    where=Filter(
        ("Morning Star", "Evening Post"),
        after="2021-03-01",
        before="2021-08-01",
        as_of="2021-07-31T12:00:00Z",
    ),
    tags=("dates", "follow-up"),
    known_gap="follow-ups are not read",
)


def test_yaml_holds_every_key(write: Write) -> None:
    path = write("ships.yaml", EVERYTHING)
    assert load([path]) == [SAILED]
    assert load([path])[0].origin == f"{path}:2"


def test_json_lines_hold_every_key(write: Write) -> None:
    path = write("ships.jsonl", json.dumps(yaml.load(EVERYTHING, yaml.BaseLoader)[0]) + "\n\n")
    assert load([path]) == [SAILED]
    assert load([path])[0].origin == f"{path}:1"


@pytest.mark.parametrize("mark", [",", ";"])
def test_csv_holds_every_key_but_history(write: Write, mark: str) -> None:
    header = "question,answer,must_cite,status,source,as_of,tags,known_gap".replace(",", mark)
    row = 'Who sailed?,"Ann|Ann, and Bo | Cy",a/1,answered|partial,Star,2021-07-31,x|y,'.replace(",", mark)
    case = load([write("ships.csv", f"\ufeff{header}\r\n\r\n{row}\r\n")])[0]
    assert case == Case(
        "ships-1",
        "Who sailed?",
        answer=("Ann", f"Ann{mark} and Bo", "Cy"),
        must_cite=("a/1",),
        status=("answered", "partial"),
        where=Filter(("Star",), as_of="2021-07-31"),
        tags=("x", "y"),
    )
    assert case.origin.endswith("ships.csv:3")


def test_defaults_stand_until_a_case_says_otherwise(write: Write) -> None:
    text = """
        defaults: {tags: [a], status: answered, source: Star, answer: {regex: x}}
        cases:
        - question: One?
        - question: Two?
          tags: [b]
          status: null
          answer: y
    """
    one, two = load([write("d.yaml", text)])
    assert (one.tags, one.status, one.answer, one.answer_regex) == (("a",), ("answered",), (), "x")
    assert (two.tags, two.status, two.answer, two.answer_regex) == (("b",), (), ("y",), None)
    assert one.where == two.where == Filter(("Star",))


def test_ids_default_to_the_file_and_the_number(write: Write) -> None:
    path = write("ships.answers.yaml", "- question: One?\n- {id: x, question: Two}\n- question: Three?\n")
    assert [case.id for case in load([path])] == ["ships-1", "x", "ships-3"]


def test_scalars_are_the_text_that_stands_there(write: Write) -> None:
    yaml_file = write("a.yaml", "- question: q\n  answer: [no, 2019, 1.50, 2019-10-15, 12:30, yes]\n")
    json_file = write("b.jsonl", '{"question": "q", "answer": [2019, 1.50, true, 1e400, "\\ud800"]}')
    assert load([yaml_file])[0].answer == ("no", "2019", "1.50", "2019-10-15", "12:30", "yes")
    assert load([json_file])[0].answer == ("2019", "1.50", "true", "1e400", "?")


def test_a_folder_gives_its_case_files_by_name(tmp_path: Path, write: Write) -> None:
    write("b.csv", "question\nTwo?\n")
    write("a.yml", "- question: One?\n")
    write("c.jsonl", '{"question": "Three?"}\n')
    write("README.md", "no cases")
    (tmp_path / "sub.yaml").mkdir()
    assert [case.question for case in load([tmp_path])] == ["One?", "Two?", "Three?"]
    assert len(load([tmp_path, tmp_path / "a.yml"])) == 3


def test_paths_that_are_no_case_files_are_wrong_usage(tmp_path: Path, write: Write) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "none.yaml", write("a.txt", "x"), tmp_path / "empty"):
        with pytest.raises(UsageError, match=path.name):
            load([path])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- question: q\n  answr: x\n", ["c.yaml:2: unknown key 'answr'; did you mean answer?"]),
        ("- question: q\n  filters: x\n", ["c.yaml:2: unknown key 'filters'; did you mean source, after,"]),
        ("- question: q\n\n  status: answred\n", ["c.yaml:3: status must be one of answered, partial,"]),
        ("- question: q\n  after: 03/04/2019\n", ["c.yaml:2: after cannot be used: '03/04/2019' is no full"]),
        ("- question: q\n  answer:\n    regex: (\n", ["c.yaml:3: answer has a regex that cannot be used"]),
        ("- question: q\n  answer: {regexp: a}\n", ["c.yaml:2: answer must be text, a list of texts or"]),
        ("- question: q\n  answer: [{regex: a}, {regex: b}]\n", ["c.yaml:2: answer takes one regex"]),
        ("- question: q\n  history: hello\n", ["c.yaml:2: history must be a list of {role: user,"]),
        ("- question: q\n  history: [{role: me, content: x}]\n", ["c.yaml:2: history has a role that is"]),
        ("- question: q\n  must_say: [a, '  ']\n", ["c.yaml:2: must_say is blank"]),
        ("- question: q\n  must_cite: {a: b}\n", ["c.yaml:2: must_cite must be text or a list of texts"]),
        ("- question: q\n  tags: [[a]]\n", ["c.yaml:2: tags must be text, not a list"]),
        ("- question: q\n  id: [a]\n", ["c.yaml:2: id must be text, not a list"]),
        ('- question: q\n  id: "a\\nb"\n', ["c.yaml:2: id must be at most 200 printable characters"]),
        ("- question:\n", ["c.yaml:1: question must be text, not nothing"]),
        ("- answer: x\n", ["c.yaml:1: question is missing"]),
        ("- question: q\n  tags: a\n  tags: b\n", ["c.yaml:3: 'tags' is given twice"]),
        ("- just a text\n", ["c.yaml:1: a case must be a mapping"]),
        ("hello\n", ["c.yaml:1: the cases must be a list"]),
        ("question: q\n", ["c.yaml:1: unknown key 'question'; a file is a list of cases"]),
        ("cases: []\n", ["c.yaml: the file holds no case"]),
        ("# nothing\n", ["c.yaml: the file holds no case"]),
        ("defaults: {id: x}\ncases: [{question: q}]\n", ["c.yaml:1: id cannot be a default"]),
        ("- question: q\n  answer: x\n status: y\n", ["c.yaml:3: the file is not valid YAML"]),
        (
            "- {question: Who?}\n",
            ["c.yaml:1: the file is not valid YAML (expected ',' or '}', but got '?'; put"],
        ),
        ("- question: q\n---\n- question: r\n", ["c.yaml:3: a second document begins"]),
        ("- ? [a]\n  : b\n", ["c.yaml:1: a key must be a word"]),
        ("- question: q\n  answer: !!binary eA==\n", ["c.yaml:2: tags (!...) are not read"]),
        ("- question: a\x07b\n", ["c.yaml:1: the character U+0007 cannot stand in YAML"]),
    ],
)
def test_a_mistake_in_yaml_is_named_by_line_and_key(write: Write, text: str, expected: list[str]) -> None:
    found = mistakes(write("c.yaml", text))
    assert len(found) >= len(expected)
    assert all(one.startswith(start) for one, start in zip(found, expected, strict=False)), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status: not_stated\n  answer: x", "answer can never be met"),
        ("status: [abstained]\n  answer: {regex: x}", "answer can never be met"),
        ("status: abstained\n  evidence: x", "evidence can never be met"),
        ("status: [outside_coverage, not_in_archive]\n  must_cite: x", "must_cite can never be met"),
        ("must_say: [a, b]\n  must_not_say: b", "must_say and must_not_say both hold 'b'"),
        ("after: 2020-01-02\n  before: 2020-01-02", "before must be a later day than after (2020-01-02)"),
    ],
)
def test_expectations_that_exclude_each_other_are_a_mistake(write: Write, text: str, expected: str) -> None:
    [mistake] = mistakes(write("c.yaml", f"- question: q\n  {text}\n"))
    assert mistake.startswith(f"c.yaml:1: {expected}")


def test_all_mistakes_of_all_files_are_told_at_once_in_their_order(write: Write) -> None:
    first = write("a.yaml", "- question: q\n  answr: x\n  status: y\n- {}\n")
    second = write(
        "b.jsonl", '{"question": "q", "id": "x"}\n{"question": 1\n[1]\n{"question": "q", "x": 1}\n'
    )
    third = write("c.csv", 'question,after,zork,history\nq,soon,,\n"two\nlines",,,\n,x,,,y\n')
    fourth = write("d.yaml", "- question: q\n- {id: x, question: r}\n")
    found = [one.split(": ", 1) for one in mistakes(first, second, third, fourth)]
    assert [place for place, _ in found] == [
        *("a.yaml:2", "a.yaml:3", "a.yaml:4", "b.jsonl:2", "b.jsonl:3", "b.jsonl:4"),
        *("c.csv, row 1", "c.csv, row 1", "c.csv, row 2", "c.csv, row 4", "d.yaml:2"),
    ]
    assert found[8][1].startswith("column after cannot be used")
    assert found[-1][1] == "id 'x' is taken already by b.jsonl:1"


def test_a_thousand_mistakes_are_counted_not_told(write: Write) -> None:
    found = mistakes(write("a.jsonl", "nonsense\n" * 1000))
    assert len(found) == MOST_MISTAKES + 1
    assert found[-1] == "and 900 more mistakes"


BOMB = "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("a.yaml", BOMB.encode(), "a.yaml:2: aliases are not read"),
        ("a.yaml", b"[" * 100_000, "a.yaml:1: the values are nested more than 16 deep"),
        ("a.yaml", b"- question: q\n  answer: \xff\n", "a.yaml:2: the file is not UTF-8"),
        ("a.yaml", b"# x\n" * 600_000, "a.yaml: the file is larger than 2,000,000 bytes"),
        ("a.jsonl", b'{"question": ' * 200_000, "a.jsonl:1: the line is not JSON that can be read"),
        ("a.jsonl", b'{"question": ' + b"[" * 20 + b"]" * 20 + b"}", "a.jsonl:1: the values are nested more"),
        ("a.jsonl", b'{"question": "q", "question": "r"}', "a.jsonl:1: 'question' is given twice"),
        ("a.csv", b"question\n\xff\n", "a.csv, row 2: the file is not UTF-8"),
        ("a.csv", b'question\n"q\n', "a.csv, row 2: the file is not valid CSV"),
        ("a.csv", b"question\n" + b"q" * 200_000, "a.csv, row 2: the file is not valid CSV"),
        ("a.csv", b"question,question\nq,q\n", "a.csv, row 1: the column 'question' is given twice"),
        ("a.csv", b"", "a.csv: the file holds no case"),
    ],
)
def test_a_hostile_file_is_one_sentence(tmp_path: Path, name: str, raw: bytes, expected: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    assert mistakes(path)[0].startswith(expected)


@given(st.sampled_from([".yaml", ".jsonl", ".csv"]), st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_gives_cases_or_mistakes(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{suffix}"
    path.write_text(text, encoding="utf-8", newline="")
    try:
        load([path])
    except CaseError as error:
        assert all(str(path) in mistake for mistake in error.mistakes)
