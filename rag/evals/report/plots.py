"""The report's plots as numbers in the units of an SVG; the template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH, HEIGHT = 360.0, 200.0
"""The units that a curve or a histogram is drawn in."""
LEFT, RIGHT, TOP, BOTTOM = 36.0, 8.0, 8.0, 28.0
_BINS = 16


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on an axis and where it stands."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a histogram, and what it says when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A curve (`line`, an SVG path) or bars, between two axes."""

    across: Sequence[Tick]
    upward: Sequence[Tick]
    line: str = ""
    bars: Sequence[Bar] = ()
    last: tuple[float, float] | None = None
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


def risk_coverage_plot(points: Sequence[tuple[float, float]]) -> Plot | None:
    """The steps of a risk-coverage curve; None for fewer than two points."""
    if len(points) < 2:
        return None
    highest = max(0.1, min(1.0, 1.15 * max(risk for _, risk in points)))
    placed = [(_x(coverage), _y(risk, highest)) for coverage, risk in points]
    line = f"M {_x(0):.1f} {placed[0][1]:.1f} H {placed[0][0]:.1f}"
    line += "".join(f" V {after[1]:.1f} H {after[0]:.1f}" for _, after in pairwise(placed))
    across = [Tick(_x(share / 100), f"{share} %") for share in (0, 25, 50, 75, 100)]
    return Plot(across, _shares(highest), line, last=placed[-1])


def latency_plot(milliseconds: Sequence[float]) -> Plot | None:
    """A histogram of how long answers took; None without any. The last bar holds what took longer still."""
    if not milliseconds:
        return None
    ordered = sorted(milliseconds)
    longest = _round_up(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))])
    step = longest / _BINS
    counts = [0] * _BINS
    for value in ordered:
        counts[min(_BINS - 1, int(value / step))] += 1
    highest = max(counts)
    width = (WIDTH - LEFT - RIGHT) / _BINS
    bars = [
        Bar(
            LEFT + place * width + 0.5,
            _y(count, highest),
            width - 1,
            HEIGHT - BOTTOM - _y(count, highest),
            f"{place * step:,.0f} to {(place + 1) * step:,.0f} ms: {count}",
        )
        for place, count in enumerate(counts)
    ]
    across = [Tick(_x(share / 4), f"{longest * share / 4:,.0f}") for share in range(5)]
    upward = [Tick(_y(0, highest), "0"), Tick(_y(highest, highest), str(highest))]
    return Plot(across, upward, bars=bars)


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(value: float, highest: float) -> float:
    return HEIGHT - BOTTOM - value / highest * (HEIGHT - TOP - BOTTOM)


def _shares(highest: float) -> list[Tick]:
    step = 0.05 if highest <= 0.2 else 0.1 if highest <= 0.5 else 0.25
    return [
        Tick(_y(place * step, highest), f"{100 * place * step:.0f} %")
        for place in range(int(highest / step + 1e-9) + 1)
    ]


def _round_up(value: float) -> float:
    unit = 10.0
    while True:
        for times in (1, 2, 4, 8):
            if value < unit * times:
                return unit * times
        unit *= 10
