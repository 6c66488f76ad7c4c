import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import ReadError
from rag.evals.cases.case import Case
from rag.evals.cases.record import Record
from rag.evals.report.compare import compare_runs, to_text
from tests.rag.evals.answered import record


def item(
    name: str, *, right: bool, f1: float | None = None, repeat: int = 1, error: str | None = None
) -> Record:
    reasons = () if right else (f"expected “{name}” in the answer, got nothing of it",)
    case = Case(name, f"What of {name}?", answer=(name,))
    scores = {} if error else {"token_f1": f1, "latency_total": 100.0 if right else 300.0}
    return record(case, {}, error, scores, reasons if not error else (), repeat)


BEFORE = [
    item("kept", right=True, f1=0.5),
    item("lost", right=True, f1=0.6),
    item("gained", right=False, f1=0.1),
    item("broken", right=True, f1=0.9),
    item("old", right=True, f1=1.0),
]
AFTER = [
    item("new", right=True, f1=1.0),
    item("broken", right=False, error="the server did not answer"),
    item("gained", right=True, f1=0.2),
    item("lost", right=False, f1=0.5),
    item("kept", right=True, f1=0.5),
]


def test_items_are_paired_by_case_and_what_flipped_is_listed_with_why() -> None:
    found = compare_runs(BEFORE, AFTER)
    assert (found.paired, found.passed_a, found.passed_b) == (4, 3, 2)
    assert [flip.id for flip in found.lost] == ["lost", "broken"]
    assert [flip.id for flip in found.gained] == ["gained"]
    assert found.lost[1].why == ("the server did not answer",)
    assert (found.only_a, found.only_b, found.changed) == (("old",), ("new",), ())
    assert found.p_value == 1


def test_means_are_over_the_items_that_have_the_measure_in_both_runs() -> None:
    found = compare_runs(BEFORE, AFTER).metrics
    assert list(found) == ["passed", "token_f1", "latency_total"]
    assert found["token_f1"].a == pytest.approx(0.4) and found["token_f1"].change.n == 3
    assert found["token_f1"].change.value == pytest.approx(0)
    assert found["passed"].change.n == 4


def test_a_run_against_itself_changes_nothing() -> None:
    found = compare_runs(BEFORE, BEFORE)
    assert found.p_value == 1 and not found.gained and not found.lost
    assert all(one.change.value == 0 and not one.is_clear for one in found.metrics.values())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_the_other_way_round_gains_are_losses(passed: list[tuple[bool, bool]]) -> None:
    a = [item(str(n), right=was, f1=float(was)) for n, (was, _) in enumerate(passed)]
    b = [item(str(n), right=now, f1=now / 2) for n, (_, now) in enumerate(passed)]
    there, back = compare_runs(a, b), compare_runs(b, a)
    assert (there.gained, there.lost) == (back.lost, back.gained)
    assert there.p_value == back.p_value
    assert 0 < there.p_value <= 1
    for name, one in there.metrics.items():
        assert one.change.value == pytest.approx(-(back.metrics[name].change.value or 0))


def test_ten_losses_and_no_gain_are_no_chance() -> None:
    a = [item(str(n), right=True, f1=1.0) for n in range(10)]
    b = [item(str(n), right=False, f1=0.2 + n / 100) for n in range(10)]
    found = compare_runs(a, b)
    assert found.p_value == pytest.approx(2 / 2**10)
    assert found.metrics["token_f1"].is_clear
    text = to_text(found)
    assert "10 lost, 0 gained (McNemar, p = 0.00195)" in " ".join(text.split())
    lines = [line.split() for line in text.splitlines()]
    assert [line[-1] for line in lines if line and line[0] in {"token_f1", "latency_total"}] == ["worse"] * 2


def test_repeats_are_paired_with_their_own_and_counted_as_one_case() -> None:
    a = [item("x", right=True, f1=1.0, repeat=n) for n in (1, 2)]
    b = [item("x", right=n == 1, f1=0.5 * n, repeat=n) for n in (2, 1)]
    found = compare_runs(a, b)
    assert [(flip.id, flip.repeat) for flip in found.lost] == [("x", 2)]
    assert found.metrics["token_f1"].change.n == 1
    assert found.metrics["token_f1"].change.value == pytest.approx(-0.25)
    assert "x (repeat 2): What of x?" in to_text(found)


def test_an_item_twice_in_one_run_is_refused() -> None:
    with pytest.raises(ReadError, match=r"these runs cannot be compared: the run has x \(repeat 2\) twice"):
        compare_runs([item("x", right=True, repeat=2)] * 2, [])


def test_a_case_that_was_rewritten_is_named() -> None:
    rewritten = record(Case("kept", "Another question?"), {}, None, {"token_f1": 0.5})
    assert compare_runs(BEFORE, [rewritten]).changed == ("kept",)


def test_the_text_shows_flips_and_what_is_missing_in_its_width() -> None:
    text = to_text(compare_runs(BEFORE, AFTER), 60)
    assert "Lost:\n  lost: What of lost?\n    expected “lost” in the answer" in text
    assert "Only in the first run: old" in text and "Only in the second run: new" in text
    assert max(len(line) for line in text.splitlines()) <= 70


def test_runs_without_a_common_item_can_be_shown() -> None:
    found = compare_runs(BEFORE[:1], [])
    assert found.paired == 0 and found.p_value == 1
    assert to_text(found).startswith("0 items in both runs")
