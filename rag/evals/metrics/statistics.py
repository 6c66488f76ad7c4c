"""Statistics of a run: percentile bootstrap intervals and McNemar's exact test."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED, RESAMPLES, CONFIDENCE = 20191015, 2_000, 0.95
_ROWS = 250
"""Resamples drawn at a time, so that ten thousand items still fit into little memory."""

Statistic = Callable[[NDArray[np.float64]], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Interval:
    """A value over `n` observations and the interval it lies in; all None where nothing was observed."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of the values that are known; None where none is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _means(rows: NDArray[np.float64]) -> NDArray[Any]:
    return np.asarray(rows.mean(axis=1))


def bootstrap(values: Sequence[float], statistic: Statistic = _means, resamples: int = RESAMPLES) -> Interval:
    """The mean (or another statistic) of `values` with its 95 % percentile bootstrap interval.

    `statistic` takes a matrix with one resample in each row and gives one number for each row. The same
    values in the same order give the same interval. Source: Efron and Tibshirani, An Introduction to the
    Bootstrap (1993), chapter 13.
    """
    if not values:
        return Interval(None, None, None, 0)
    sample = np.asarray(values, dtype=np.float64)
    value = float(statistic(sample[None, :])[0])
    if sample.min() == sample.max():
        return Interval(value, value, value, len(values))
    random = np.random.default_rng(SEED)
    measured = [
        statistic(sample[random.integers(0, len(sample), (min(_ROWS, resamples - start), len(sample)))])
        for start in range(0, resamples, _ROWS)
    ]
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(np.concatenate(measured), [tail, 100 - tail])
    return Interval(value, float(low), float(high), len(values))


def percentile_of(share: float) -> Statistic:
    """The percentile (0 to 100, linear between neighbours) as a statistic for `bootstrap`."""
    return lambda rows: np.asarray(np.percentile(rows, share, axis=1))


def paired_bootstrap(before: Sequence[float], after: Sequence[float], resamples: int = RESAMPLES) -> Interval:
    """The mean of `after - before` over pairs, with its interval; pairs are drawn together.

    Source: Koehn, Statistical Significance Tests for Machine Translation Evaluation (2004). Raises ValueError
    when the two are not equally long.
    """
    return bootstrap([new - old for old, new in zip(before, after, strict=True)], resamples=resamples)


def mcnemar(only_before: int, only_after: int) -> float:
    """The two-sided exact p-value (0 to 1) for so many items right only before, and right only after.

    1 where nothing flipped. Source: McNemar (1947); the binomial form rather than the chi-square one, which
    needs 25 flips or more.
    """
    flipped = only_before + only_after
    tail = sum(math.comb(flipped, k) for k in range(min(only_before, only_after) + 1))
    return float(min(1.0, 2 * tail / 2**flipped))
