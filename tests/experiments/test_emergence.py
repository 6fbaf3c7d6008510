from collections import Counter
from itertools import product
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.experiments.emergence import (
    along_training,
    at_end,
    chance,
    copier_accuracy,
    first_passage,
    rank_correlation,
    shares,
    transition_factor,
)
from tests.experiments.learning_curves import CHECKPOINTS, EXAMPLES, record, tasks_at

LISTS = st.lists(st.integers(-3, 3), min_size=3, max_size=9)


def test_the_first_passage_is_on_the_line_between_two_checkpoints() -> None:
    tokens, values = [10, 1000, 10_000], [0.2, 0.4, 1.0]
    at = first_passage(tokens, values, 0.3)
    assert at == pytest.approx(100)
    assert first_passage(tokens, values, 0.1) == 10
    assert first_passage(tokens, values, 1.0) == 10_000
    assert first_passage(tokens, values, 1.01) is None


def test_the_first_of_several_passages_counts() -> None:
    assert first_passage([1, 2, 3, 4], [0, 1, 0, 1], 1.0) == 2


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8), st.floats(0.01, 1), st.floats(0, 1))
def test_a_higher_level_is_reached_no_sooner(
    values: list[float], level: float, part: float
) -> None:
    tokens = np.arange(1, len(values) + 1)
    low, high = (first_passage(tokens, values, x) for x in (level * part, level))
    assert high is None or (low is not None and low <= high + 1e-6)
    assert (high is None) == (max(values) < level)


@pytest.mark.parametrize(
    ("tokens", "values", "message"),
    [
        ([0, 1], [0.0, 1.0], "give positive numbers that increase"),
        ([2, 1], [0.0, 1.0], "give positive numbers that increase"),
        ([1, 2, 3], [0.0, 1.0], "give one value a checkpoint"),
        ([], [], "give one value a checkpoint"),
    ],
)
def test_curves_that_are_none_are_refused(
    tokens: list[float], values: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        first_passage(tokens, values, 0.5)


def test_a_jump_has_a_smaller_factor_than_a_slope() -> None:
    tokens = [1, 10, 100, 1000]
    slope = transition_factor(tokens, [0, 1 / 3, 2 / 3, 1])
    jump = transition_factor(tokens, [0, 0, 1, 1])
    assert slope is not None
    assert jump is not None
    assert 1 < jump < slope
    assert transition_factor(tokens, [0, 0, 0.5, 0.7]) is None


@given(LISTS)
def test_rank_correlation_is_that_of_scipy(a: list[int]) -> None:
    stats = pytest.importorskip("scipy.stats")
    b = [(3 * x + i) % 5 for i, x in enumerate(a)]
    if len(set(a)) == 1 or len(set(b)) == 1:
        with pytest.raises(ValueError, match="neither constant"):
            rank_correlation(a, b)
    else:
        assert rank_correlation(a, b) == pytest.approx(stats.spearmanr(a, b).statistic)


def test_shares_put_accuracy_and_loss_on_one_scale() -> None:
    accuracy, loss = chance("cot2", objects=8)
    assert (accuracy, loss) == (1 / 64, pytest.approx(2 * log(8)))
    assert chance("prop", objects=8) == (0.5, pytest.approx(log(2)))
    assert chance("dir2 held out", objects=5)[0] == 1 / 5
    np.testing.assert_allclose(shares([loss, 0.1], loss, 0.1), [0, 1])
    with pytest.raises(ValueError, match="nothing is learned"):
        shares([0.5], 0.5, 0.5)


def test_curves_are_read_off_the_progress() -> None:
    runs = [record(seed=0), record(seed=1, speed=2.0)]
    curves = along_training(runs, "dir2", "accuracy", example=4)
    assert curves.tokens.tolist() == [1000 * step for step in CHECKPOINTS]
    assert curves.values.shape == (2, len(CHECKPOINTS))
    assert curves.values[0, 2] == tasks_at(CHECKPOINTS[2])["dir2"]["accuracy"][3]
    np.testing.assert_allclose(curves.mean, curves.values.mean(axis=0))
    assert at_end(runs, "dir2", "loss").shape == (EXAMPLES,)


def test_an_untrained_network_s_checkpoint_has_no_place_on_a_logarithmic_axis() -> None:
    run = record()
    run["progress"].insert(0, {"step": 0, "tasks": tasks_at(1)})
    curves = along_training([run], "dir1", "loss", example=1)
    assert curves.tokens[0] > 0
    assert len(curves.tokens) == len(CHECKPOINTS)


@pytest.mark.parametrize(
    ("task", "measure", "example"),
    [("dir9", "accuracy", 1), ("dir1", "margin", 1), ("dir1", "accuracy", 99), ("dir1", "loss", 0)],
)
def test_what_was_not_measured_is_refused(task: str, measure: str, example: int) -> None:
    with pytest.raises(ValueError, match=r"in-context/main/seed0 has no"):
        along_training([record()], task, measure, example)


def test_runs_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(ValueError, match="there is no run"):
        along_training([], "dir1", "loss", 1)
    with pytest.raises(ValueError, match="there is no run"):
        at_end([], "dir1", "loss")
    with pytest.raises(ValueError, match="differ in their seed only"):
        along_training([record(), record(tokens=10)], "dir1", "loss", 1)
    with pytest.raises(ValueError, match="has no 'dir9'"):
        at_end([record()], "dir9", "loss")


@pytest.mark.parametrize("permutation", [True, False])
def test_the_copier_is_right_as_often_as_counted(permutation: bool) -> None:
    n, example = 3, 3
    right: Counter[bool] = Counter()
    functions = [
        f for f in product(range(n), repeat=n) if not permutation or len(set(f)) == n
    ]  # fmt: skip
    for f in functions:
        for inputs in product(range(n), repeat=example):
            seen = {x: f[x] for x in inputs[:-1]}
            left = [y for y in range(n) if not permutation or y not in seen.values()]
            guess = seen.get(inputs[-1], left[0] if left else 0)
            right[guess == f[inputs[-1]]] += 1
    expected = right[True] / right.total()
    assert copier_accuracy(n, example, permutation) == pytest.approx(expected)


def test_the_copier_knows_all_in_the_end() -> None:
    assert copier_accuracy(8, 200, permutation=False) == pytest.approx(1)
    with pytest.raises(ValueError, match="both are at least 1"):
        copier_accuracy(8, 0, permutation=True)
