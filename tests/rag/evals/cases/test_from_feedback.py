"""Cases out of use: marks become drafts that a case file can hold, one for each question."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import main
from corpus.errors import UsageError
from index.store.filters import Filter
from index.store.store import Store
from rag.answer import Turn
from rag.evals.cases import from_feedback
from rag.evals.cases.case import Case
from rag.evals.cases.from_feedback import HEADER, NOT_HELPFUL, REMOVED, drafts
from rag.evals.cases.read import load
from rag.evals.cases.starter import write
from rag.feedback import Cited, Feedback, FeedbackStore, Verdict
from tests.rag.evals.cases.test_starter import ARTICLES, store_of

UP = Feedback(
    "up",
    "Who paid?",
    history=(Turn("user", "Who built it?"), Turn("assistant", "The council [1].")),
    where=Filter(("Post",), as_of="2020-01-01"),
    status="answered",
    citations=(
        Cited("a1", "0123456789ab", 0, 17, "The harbour paid."),
        Cited("a1", "0123456789ab", 18, 30, "Twice so."),
        Cited("a2", "0123456789ab", 0, 17, "The harbour paid."),
    ),
    id=7,
)


def test_what_helped_is_what_a_later_answer_has_to_have() -> None:
    assert drafts([UP]).cases == [
        Case(
            "feedback-7",
            "Who paid?",
            history=UP.history,
            where=UP.where,
            status=("answered",),
            must_cite=("a1", "a2"),
            evidence=("The harbour paid.", "Twice so."),
            tags=("draft", "feedback", "up"),
        )
    ]


def test_what_did_not_help_is_a_known_gap_in_the_words_of_the_comment() -> None:
    down = replace(UP, verdict="down", comment="It was\n the  state.")
    (case,) = drafts([down]).cases
    assert case == Case(
        "feedback-7",
        "Who paid?",
        history=UP.history,
        where=UP.where,
        tags=("draft", "feedback", "down"),
        known_gap="It was the state.",
    )
    assert drafts([replace(down, comment="")]).cases[0].known_gap == NOT_HELPFUL


def test_an_abstention_that_helped_is_expected_again() -> None:
    for status in ("not_stated", "not_in_archive", "outside_coverage"):
        (case,) = drafts([replace(UP, status=status)]).cases
        assert case.status == (status,) and not case.must_cite and not case.evidence
    assert drafts([replace(UP, status="of a later version")]).cases[0].status == ()


def test_a_question_that_was_marked_often_is_one_draft_with_the_latest_verdict() -> None:
    down = replace(UP, verdict="down", comment="No.", id=8)
    rows = [
        UP,
        down,
        replace(down, question=" WHO  paid?", comment="", id=9),
        Feedback("up", "Who paid?", id=10),
    ]
    first, second = drafts(rows).cases
    assert (first.id, first.known_gap) == ("feedback-9", "No.")
    assert (second.id, second.history, second.where) == ("feedback-10", (), Filter())
    assert drafts([down, replace(UP, id=9)]).cases[0].known_gap is None
    assert drafts([down, UP, replace(down, comment="")]).cases[0].known_gap == NOT_HELPFUL


def test_words_of_an_article_that_was_removed_are_left_out() -> None:
    (case,) = drafts([UP], lambda article_id: article_id != "a1").cases
    assert (case.must_cite, case.evidence, case.known_gap) == (("a2",), ("The harbour paid.",), REMOVED)


def test_more_than_a_file_holds_keeps_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_feedback, "MOST_CHARACTERS", 1_000)
    rows = [Feedback("up", f"Question {n}?", id=n) for n in range(1, 101)]
    drafted = drafts(rows)
    assert drafted.left_out == 100 - len(drafted.cases) > 0
    assert drafted.cases[-1].id == "feedback-100"


anything = st.text(st.characters(exclude_categories=()), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(anything, anything, anything, st.sampled_from(get_args(Verdict)))
def test_whatever_was_sent_is_read_back_from_the_file(
    tmp_path_factory: pytest.TempPathFactory, question: str, comment: str, quote: str, verdict: Verdict
) -> None:
    cited = (Cited("<a>: &b", "0123456789ab", 0, 3, quote.encode(errors="replace").decode()),)
    try:
        row = replace(
            UP,
            verdict=verdict,
            question=question,
            comment=comment,
            history=(Turn("user", comment),),
            citations=cited,
        )
    except UsageError:
        return
    path = tmp_path_factory.mktemp("drafts") / "cases.yaml"
    cases = drafts([row]).cases
    write(cases, path, HEADER)
    assert load([path]) == cases


def test_the_command_drafts_what_was_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with store_of(tmp_path, *ARTICLES) as store:
        folder = str(store.path)
        stored = store.article("a1")
        assert stored
        cited = Cited("a1", stored.revision, 0, 10, stored.article.text[:10])
    drafted = tmp_path / "marked.yaml"
    assert main(["eval", "--from-feedback", str(drafted), "--store", folder]) == 2
    assert "no answer of" in capsys.readouterr().err and not drafted.exists()
    kept = FeedbackStore(tmp_path / "store")
    kept.add(replace(UP, citations=(cited,)))
    kept.add(Feedback("down", "</script> - {a: [b", comment="# no: *x"))
    assert main(["eval", "--from-feedback", str(drafted), "--store", folder]) == 0
    assert "2 cases are drafted in" in capsys.readouterr().out
    up, down = load([drafted])
    assert (up.must_cite, up.evidence) == (("a1",), (cited.quote,))
    assert (down.question, down.known_gap) == ("</script> - {a: [b", "# no: *x")
    written = drafted.read_text(encoding="utf-8")
    assert written.startswith(HEADER)
    assert main(["eval", "--from-feedback", str(drafted), "--store", folder, "--json"]) == 2
    assert "not overwritten" in capsys.readouterr().err and drafted.read_text(encoding="utf-8") == written
    assert main(["eval", "--from-feedback", "x.yaml", "--url", "http://127.0.0.1:1"]) == 2
    with Store.open(folder) as store:
        assert store.archive().articles == len(ARTICLES)
