"""Plots as numbers: nothing is drawn outside the frame, and no answer is left out."""

from hypothesis import given
from hypothesis import strategies as st

from rag.evals.report.html import HEIGHT, LEFT, RIGHT, WIDTH, latency_plot, risk_coverage_plot


@given(st.lists(st.floats(0, 100_000), min_size=1, max_size=60))
def test_every_answer_is_in_a_bar_and_every_bar_in_the_frame(milliseconds: list[float]) -> None:
    plot = latency_plot(milliseconds)
    assert plot is not None
    assert sum(int(bar.title.rsplit(": ", 1)[1]) for bar in plot.bars) == len(milliseconds)
    for bar in plot.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH and 0 <= bar.y <= bar.y + bar.height <= HEIGHT


def test_a_curve_steps_up_to_what_was_answered() -> None:
    plot = risk_coverage_plot([(0.25, 0.0), (0.5, 0.5), (0.75, 1 / 3)])
    assert plot is not None and plot.line.startswith("M ") and plot.line.count("V") == 2
    assert plot.last is not None and LEFT < plot.last[0] < RIGHT
    assert [tick.label for tick in plot.across] == ["0 %", "25 %", "50 %", "75 %", "100 %"]


def test_where_nothing_is_known_nothing_is_drawn() -> None:
    assert latency_plot([]) is None and risk_coverage_plot([]) is None
    assert risk_coverage_plot([(1.0, 0.0)]) is None
