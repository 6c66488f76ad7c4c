import itertools
import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.evals.metrics.statistics import Interval, bootstrap, mcnemar, paired_bootstrap, percentile_of

shares = st.floats(0, 1)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_exact_binomial_test(before: int, after: int) -> None:
    from scipy import stats  # type: ignore[import-untyped]  # Here, since it takes a second to import.

    expected = stats.binomtest(before, before + after).pvalue if before + after else 1.0
    assert mcnemar(before, after) == pytest.approx(expected)


def test_mcnemar_counts_every_way_the_flips_could_have_fallen() -> None:
    ways = [sum(fall) for fall in itertools.product((0, 1), repeat=9)]
    assert mcnemar(1, 8) == pytest.approx(sum(way <= 1 or way >= 8 for way in ways) / len(ways))


@settings(max_examples=50, deadline=None)
@given(st.lists(shares, min_size=1, max_size=40))
def test_a_mean_lies_in_its_interval_and_the_interval_in_the_range_of_the_values(values: list[float]) -> None:
    found = bootstrap(values)
    assert found.value is not None and found.low is not None and found.high is not None
    assert found.value == pytest.approx(statistics.fmean(values))
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9
    assert found.n == len(values)
    assert found == bootstrap(values)


def test_the_interval_agrees_with_another_bootstrap() -> None:
    from scipy import stats

    values = [float(value) for value in np.random.default_rng(3).normal(5, 2, 80)]
    ours = bootstrap(values)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=2_000, method="percentile", rng=np.random.default_rng(4)
    ).confidence_interval
    assert ours.low == pytest.approx(theirs.low, abs=0.1)
    assert ours.high == pytest.approx(theirs.high, abs=0.1)


def test_an_interval_covers_the_mean_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(8)
    samples = [bootstrap([float(value) for value in random.random(60)]) for _ in range(100)]
    assert sum((one.low or 0) <= 0.5 <= (one.high or 0) for one in samples) >= 88


def test_nothing_has_no_mean_and_no_nan() -> None:
    assert bootstrap([]) == Interval(None, None, None, 0)
    assert paired_bootstrap([], []) == Interval(None, None, None, 0)


@pytest.mark.parametrize("share", [50, 95])
def test_percentiles_are_those_of_numpy(share: int) -> None:
    values = [1.0, 2.0, 4.0, 8.0, 100.0]
    found = bootstrap(values, percentile_of(share))
    assert found.value == pytest.approx(float(np.percentile(values, share)))
    assert (found.low or 0) <= (found.value or 0) <= (found.high or 0)


def test_a_paired_difference_is_surer_than_the_means_it_is_of() -> None:
    before = [float(value) for value in np.random.default_rng(1).random(50)]
    after = [value + 0.1 for value in before]
    found = paired_bootstrap(before, after)
    assert found.value == pytest.approx(0.1)
    assert (found.low or 0) > 0.09
    mean = bootstrap(before)
    assert (found.high or 0) - (found.low or 0) < (mean.high or 0) - (mean.low or 0)


def test_pairs_have_to_be_pairs() -> None:
    with pytest.raises(ValueError):
        paired_bootstrap([1.0], [1.0, 2.0])


def test_thousands_of_items_are_measured() -> None:
    found = bootstrap([float(n % 2) for n in range(5_000)])
    assert found.value == 0.5 and not math.isnan(found.low or 0)
