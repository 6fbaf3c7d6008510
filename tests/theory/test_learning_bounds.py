"""The bounds: against their formulas, against each other, and against learners on random data."""

from collections.abc import Callable
from math import comb, e, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.core import PerStep, evaluate
from ntp_lib.theory import (
    BITS,
    Examples,
    StreamTask,
    chain_samples,
    compression_bound,
    finite_class_samples,
    free_parameters,
    hardest_share,
    log_loss_bound,
    minimum_norm,
    per_step_bound,
    perceptron_bound,
    table_error,
    union_bounds,
    wrong_tokens_bound,
)

probabilities = st.floats(0, 1)
deltas = st.floats(1e-6, 0.5)


@given(st.integers(1, 12), st.integers(0, 10**6))
def test_union_bounds_hold_for_any_events(tokens: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    events = rng.random((50, tokens)) < rng.random(tokens) * rng.choice([0.05, 1])
    lower, upper = union_bounds(events.mean(axis=0).tolist())
    assert lower <= events.any(axis=1).mean() + 1e-12
    assert events.any(axis=1).mean() <= upper + 1e-12


@given(probabilities, st.integers(1, 40))
def test_wrong_tokens_bound_is_the_worst_case(error: float, tokens: int) -> None:
    """The worst law of the first mistake: as early as ε allows; all that follows is spoilt."""
    left, expected = 1.0, 0.0
    for t in range(1, tokens + 1):
        mass = min(error, left)
        left -= mass
        expected += mass * (tokens - t + 1)
    bound = wrong_tokens_bound(error, tokens)
    assert expected <= bound + 1e-9
    if error * tokens <= 1:
        assert expected == pytest.approx(bound)


@given(st.integers(1, 2000), st.integers(1, 30), deltas)
def test_compression_bound_solves_its_equation(samples: int, size: int, delta: float) -> None:
    """C(m, N) · (1 − bound)^(m − N) = δ, and it is below the closed form."""
    bound = compression_bound(samples, size, delta)
    if samples <= size:
        assert bound == 1
        return
    assert 0 < bound <= 1
    # in logarithms, and where 1 − bound is still a number
    if bound < 1 - 1e-12:
        assert log(comb(samples, size)) + (samples - size) * log(1 - bound) == pytest.approx(
            log(delta), abs=1e-5
        )
    closed = (size * log(e * samples / size) - log(delta)) / (samples - size)
    assert bound <= closed + 1e-12


def test_bounds_move_the_right_way() -> None:
    by_samples = [compression_bound(m, 13, 0.05) for m in (13, 14, 50, 200, 1000, 10_000)]
    assert by_samples == sorted(by_samples, reverse=True)
    by_size = [compression_bound(500, size, 0.05) for size in (0, 1, 5, 50)]
    assert by_size == sorted(by_size)
    by_tokens = [per_step_bound(500, 13, tokens, 0.05) for tokens in (1, 2, 4, 64)]
    assert by_tokens == sorted(by_tokens)
    assert by_tokens[0] == compression_bound(500, 13, 0.05)
    assert by_tokens[-1] == 1


def test_minimum_norm_keeps_the_compression_bound() -> None:
    """At δ = 0.1, on 40 samples: the bound may fail 4 times; here it does not come near."""
    for shared in (True, False):
        for seed in range(20):
            task = StreamTask(tokens=3, seed=seed)
            rng = np.random.default_rng(seed)
            sequences = task.complete(task.sample(150, rng))
            examples = Examples.of(BITS, sequences, task.prompt_length, task.look_backs)
            size = free_parameters(2, len(task.look_backs))
            if shared:
                predictor = minimum_norm(examples).predictor
                bound = compression_bound(150, size, 0.1)
                result = evaluate(predictor, task, task.sample(1000, rng))
            else:
                steps = [minimum_norm(part).predictor for part in examples.by_step()]
                bound = per_step_bound(150, size, 3, 0.1)
                result = evaluate(PerStep(task.prompt_length, steps), task, task.sample(1000, rng))
            assert result.sequence_error <= bound


@given(st.floats(1, 1e9), st.floats(1e-3, 0.9), st.floats(1e-6, 0.9), st.integers(1, 100))
def test_chain_samples_is_the_finite_formula(
    size: float, error: float, delta: float, tokens: int
) -> None:
    def one_step(error: float, delta: float) -> int:
        return finite_class_samples(size, error, delta)

    needed = chain_samples(one_step, tokens, error, delta)
    assert needed == pytest.approx(tokens / error * (log(size) + log(tokens / delta)), abs=1.5)
    assert chain_samples(one_step, 1, error, delta) == one_step(error, delta)


@given(st.integers(1, 500), st.integers(0, 500))
def test_the_hardest_share_is_hardest(entries: int, samples: int) -> None:
    best = table_error(entries, samples, hardest_share(entries, samples))
    for share in np.linspace(0, 1, 101):
        assert table_error(entries, samples, float(share)) <= best + 1e-12


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.001, 0.25))
def test_the_lower_bound_of_the_text(n: int, tokens: int, error: float) -> None:
    """With share 4ε and m ≤ nT/(8ε) samples the expected error is at least ε."""
    samples = int(n * tokens / (8 * error))
    assert table_error(n * tokens, samples, 4 * error) >= error * (1 - 1e-12)


def test_log_loss_bound() -> None:
    assert log_loss_bound(0) == 0
    assert log_loss_bound(log(2)) == 1
    assert log_loss_bound(5) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: union_bounds([]), "step_errors is empty"),
        (lambda: union_bounds([1.5]), "a step error is 1.5"),
        (lambda: wrong_tokens_bound(-0.1, 2), "error is -0.1"),
        (lambda: wrong_tokens_bound(0.1, 0), "tokens is 0"),
        (lambda: log_loss_bound(float("nan")), "log_loss is nan"),
        (lambda: finite_class_samples(0, 0.1, 0.1), "size is 0"),
        (lambda: finite_class_samples(2, 0, 0.1), "error is 0"),
        (lambda: chain_samples(lambda error, delta: 1, 2, 0.1, 1), "delta is 1"),
        (lambda: perceptron_bound(1, -1, 1), "norm_squared is -1"),
        (lambda: perceptron_bound(1, 1, 0), "margin is 0; .* separate the examples"),
        (lambda: free_parameters(0, 1), "candidates is 0"),
        (lambda: free_parameters(2, -1), "look_backs is -1"),
        (lambda: compression_bound(-1, 2, 0.1), "samples is -1"),
        (lambda: compression_bound(10, 2, 0), "delta is 0"),
        (lambda: per_step_bound(10, 2, 0, 0.1), "tokens is 0"),
        (lambda: table_error(0, 1, 0.5), "entries is 0"),
        (lambda: table_error(1, -1, 0.5), "samples is -1"),
        (lambda: hardest_share(0, 5), "entries is 0"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
