"""What people said of answers: kept whole, bounded, for its owner's eyes, and never taken on trust."""

import sqlite3
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import StoreDamaged, StoreError, UsageError
from index.store.filters import Filter
from rag import feedback as module
from rag.answer import Turn
from rag.feedback import FILE_NAME, Cited, Feedback, FeedbackFull, FeedbackStore

WHOLE = Feedback(
    "down",
    "Who paid for it? <script>alert(1)</script>",
    comment="'); DROP TABLE feedback; -- <img src=x onerror=alert(1)>",
    history=(Turn("user", "Who built the bridge?"), Turn("assistant", "The council [1].")),
    where=Filter(("Post", "Gazette"), "2019-01-01", "2020-01-01", "2019-10-15T10:00:00Z"),
    status="answered",
    answer="The harbour paid [1]. 🚢",
    citations=(Cited("feeds/ä ?#%/../x.txt", "0123456789ab", 3, 20, "The harbour paid."),),
    reader="extractive",
)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path)
    assert list(store.rows()) == [] and not store.path.exists()
    assert [store.add(WHOLE), store.add(Feedback("up", "Who?", at="2026-01-02T03:04:05Z"))] == [1, 2]
    first, second = store.rows()
    assert first == replace(WHOLE, id=1, at=first.at) and first.at.endswith("Z") and len(first.at) == 20
    assert second == Feedback("up", "Who?", at="2026-01-02T03:04:05Z", id=2)
    assert list(store.rows(since=1)) == [second] and list(store.rows(since=2)) == []


@given(st.text(), st.text(st.characters(exclude_categories=())))
def test_any_text_is_kept_in_bounds_and_can_be_written(question: str, comment: str) -> None:
    if not question.strip():
        with pytest.raises(UsageError, match="question must have"):
            Feedback("up", question)
        return
    made = Feedback("up", question, comment, (Turn("user", comment),), answer=comment, status=comment)
    for text in (made.comment, made.answer, made.status, *(turn.content for turn in made.history)):
        text.encode()
    assert (
        Feedback("up", made.question, made.comment, made.history, answer=made.answer, status=made.status)
        == made
    )


def test_what_is_too_long_is_cut_and_what_is_too_much_left_out(tmp_path: Path) -> None:
    turns = tuple(Turn("user", f"{n}" * 9_000) for n in range(30))
    cited = tuple(Cited("a", "r", 0, 5, "x" * (5_000 if n == 0 else 5)) for n in range(90))
    long = Feedback(
        "up", "Who?", "c" * 9_000, (*turns, Turn("user", " ")), answer="a" * 99_000, citations=cited
    )
    assert len(long.comment) == 2_000 and len(long.answer) == module.LONGEST_ANSWER
    assert len(long.history) == 12 and {len(turn.content) for turn in long.history} == {4_000}
    assert len(long.citations) == module.MOST_CITATIONS and all(len(one.quote) == 5 for one in long.citations)
    assert FeedbackStore(tmp_path).add(long) == 1


@pytest.mark.parametrize(
    ("verdict", "question", "says"),
    [
        ("sideways", "Who?", "verdict must be up or down, not 'sideways'"),
        ("up", " \ud800".strip("\ud800"), "question must have 1 to 2,000 characters, not 0"),
        ("up", "x" * 2_001, "not 2,001"),
    ],
)
def test_what_is_no_feedback_is_refused(verdict: str, question: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Feedback(verdict, question)  # type: ignore[arg-type]


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path)
    store.add(WHOLE)
    with sqlite3.connect(store.path) as held:  # so that the log stays
        held.execute("SELECT count(*) FROM feedback").fetchone()
        store.add(WHOLE)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob(f"{FILE_NAME}*")}
    held.close()
    assert len(modes) == 3 and set(modes.values()) == {0o600}


def test_a_full_store_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FeedbackStore(tmp_path, most_rows=2)
    store.add(WHOLE)
    store.add(WHOLE)
    with pytest.raises(FeedbackFull, match=r"2 marks of answers are kept.*--from-feedback"):
        store.add(WHOLE)
    monkeypatch.setattr(module, "MOST_BYTES", 4_096)
    with pytest.raises(FeedbackFull):
        FeedbackStore(tmp_path).add(WHOLE)
    assert [row.id for row in store.rows()] == [1, 2]


def test_many_people_press_at_once_from_the_first_press_on(tmp_path: Path) -> None:
    for n in range(20):  # the first presses make the file, where the race is
        folder = tmp_path / str(n)
        folder.mkdir()
        ids: list[int] = []
        pressing = [
            threading.Thread(target=lambda: ids.append(FeedbackStore(folder).add(WHOLE)))  # noqa: B023
            for _ in range(6)
        ]
        for thread in pressing:
            thread.start()
        for thread in pressing:
            thread.join(60)
        assert sorted(ids) == list(range(1, 7)) and len(list(FeedbackStore(folder).rows())) == 6


def test_rows_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_A_TIME", 2)
    store = FeedbackStore(tmp_path)
    for n in range(5):
        store.add(Feedback("up", f"Question {n}?"))
    assert [row.question for row in store.rows()] == [f"Question {n}?" for n in range(5)]


@pytest.mark.parametrize("rest", ["no JSON", "[]", '{"history": [1]}', "[" * 100_000])
def test_a_row_that_somebody_spoilt_is_named(tmp_path: Path, rest: str) -> None:
    store = FeedbackStore(tmp_path)
    store.add(WHOLE)
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE feedback SET rest = ?", (rest,))
    connection.close()
    with pytest.raises(StoreDamaged, match=r"row 1 of .* cannot be read"):
        list(store.rows())


def test_a_file_that_is_no_database_is_an_error_of_ours(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path)
    store.path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError):
        store.add(WHOLE)
    with pytest.raises(StoreError):
        list(store.rows())
