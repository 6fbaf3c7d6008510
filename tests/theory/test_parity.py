from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import comb, factorial, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.core import evaluate
from ntp_lib.theory import (
    CountParity,
    RunningParity,
    accuracy_bounds,
    best_one_token_accuracy,
    threshold_functions,
    window_accuracy,
)

sizes = st.integers(1, 9)


@st.composite
def subsets(draw: st.DrawFn) -> tuple[int, tuple[int, ...]]:
    n = draw(sizes)
    members = draw(st.lists(st.integers(0, n - 1), min_size=1, unique=True))
    return n, tuple(members)


@given(subsets())
def test_the_whole_chain_is_the_binary_count(drawn: tuple[int, tuple[int, ...]]) -> None:
    n, subset = drawn
    task = CountParity(n, subset)
    assert task.chain_length == len(subset).bit_length()
    for sequence in task.complete(task.all_prompts()):
        count = sum(sequence[i] for i in subset)
        assert int("".join(map(str, sequence[n:])), 2) == count


@given(subsets(), st.data())
def test_count_predictor_is_exact_on_every_input(
    drawn: tuple[int, tuple[int, ...]], data: st.DataObject
) -> None:
    """Thinking tokens are never wrong; the answer is right exactly as often as computed."""
    n, subset = drawn
    tokens = data.draw(st.integers(1, len(subset).bit_length()))
    task = CountParity(n, subset, tokens)
    result = evaluate(task.predictor(), task, task.all_prompts())
    assert not result.forced.mistakes[:, :-1].any()
    assert (abs(result.forced.margins) >= 0.5).all()
    right = 1 - Fraction(int(result.wrong_answers.sum()), 2**n)
    assert right == window_accuracy(len(subset), tokens)
    if tokens == len(subset).bit_length():
        assert right == 1
        assert result.worst_margin == 0.5


@given(subsets())
def test_running_predictor_is_exact_on_every_input(drawn: tuple[int, tuple[int, ...]]) -> None:
    n, subset = drawn
    task = RunningParity(n, subset)
    assert task.chain_length == len(subset)
    result = evaluate(task.predictor(), task, task.all_prompts())
    assert result.sequence_error == 0
    assert result.worst_margin == 1


@given(st.integers(20, 128), st.integers(0, 10**6))
def test_long_prompts(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    subset = rng.permutation(n)[: rng.integers(1, n + 1)].tolist()
    for task in (CountParity(n, subset), RunningParity(n, subset)):
        assert evaluate(task.predictor(), task, task.sample(5, rng)).sequence_error == 0


# The theorem on one token: every linear threshold function of n ≤ 4 bits, counted.


@pytest.mark.parametrize(("n", "count"), [(1, 4), (2, 14), (3, 104), (4, 1882)])
def test_threshold_functions_are_all_there(n: int, count: int) -> None:
    """The counts are those of OEIS A000609."""
    assert len(threshold_functions(n)) == count


@pytest.mark.parametrize(
    ("n", "largest_weight", "count"),
    [(1, 1, 4), (2, 1, 14), (3, 2, 104), (4, 3, 1882), (5, 5, 94572), (6, 9, 15028134)],
)
def test_best_one_token_accuracy_over_every_threshold_function_up_to_symmetry(
    n: int, largest_weight: int, count: int
) -> None:
    """Negating and permuting bits changes parity by a complement at most, so weights
    w₁ ≥ … ≥ w_n ≥ 0 are enough. That none is missed is checked by counting: a threshold function
    is determined by its Chow parameters (Chow 1961), so the class of one of them has
    2^(non-zero parameters) · n! / ∏ (multiplicities)! members, and the classes add up to A000609.
    """
    inputs = np.array(list(product((0, 1), repeat=n)))
    signs = np.concatenate([np.ones((2**n, 1), dtype=int), 2 * inputs - 1], axis=1)
    parity = 1 - 2 * (inputs.sum(axis=1) % 2)
    classes: set[tuple[int, ...]] = set()
    best = 0
    for weights in combinations_with_replacement(range(largest_weight, -1, -1), n):
        sums = inputs @ np.array(weights)
        tables = sums >= np.arange(sums.max() + 2)[:, None]
        best = max(best, int(abs(tables @ parity).max()))
        classes.update(map(tuple, (tables @ signs).tolist()))
    members = 0
    for _, *chow in classes:
        repeats = prod(factorial(chow.count(value)) for value in set(chow))
        members += 2 ** sum(value != 0 for value in chow) * factorial(n) // repeats
    assert members == count
    assert Fraction(1, 2) + Fraction(best, 2**n) == best_one_token_accuracy(n)


@pytest.mark.parametrize(("n", "largest_weight"), [(2, 1), (3, 2), (4, 5)])
def test_two_tokens_over_every_first_and_every_second_step(n: int, largest_weight: int) -> None:
    """The best of all two-token chains is the window, for n = 2, 3, 4: the bounds meet there.

    By symmetry (negating and permuting bits) the second step's weights on the input are sorted
    and not negative; size 5 realises every threshold function of 5 bits (counted above).
    """
    inputs = np.array(list(product((0, 1), repeat=n)))
    parity = inputs.sum(axis=1) % 2
    first = threshold_functions(n)
    best = 0
    for weights in combinations_with_replacement(range(largest_weight + 1), n):
        sums = inputs @ np.array(weights)
        agree = np.array([(sums >= t) == parity for t in range(sums.max() + 2)])
        agree = np.concatenate([agree, ~agree])  # parity or its complement
        # after each first token a threshold of its own: right answers among its inputs
        after = [
            (token @ agree[half].T.astype(int)).max(axis=1)
            for half in (slice(len(agree) // 2), slice(len(agree) // 2, None))
            for token in (first, ~first)
        ]
        best = max(best, int((after[0] + after[1]).max()), int((after[2] + after[3]).max()))
    assert accuracy_bounds(n, 2) == (Fraction(best, 2**n), Fraction(best, 2**n))


@given(st.integers(1, 200), st.integers(1, 9))
def test_bounds_bracket_and_meet_where_stated(n: int, tokens: int) -> None:
    lower, upper = accuracy_bounds(n, tokens)
    assert Fraction(1, 2) < lower <= upper <= 1
    assert (lower == 1) == (upper == 1) == (n <= 2**tokens - 1)
    if tokens == 1 or n <= 2**tokens + 1:
        assert lower == upper
    if tokens == 1:
        assert lower == best_one_token_accuracy(n)


def test_window_accuracy_rises_and_is_a_binomial_sum() -> None:
    n = 40
    values = [window_accuracy(n, t) for t in range(1, 7)]
    assert values == sorted(values)
    assert values[-1] == 1
    middle = comb(39, 19) + comb(39, 20) + comb(39, 18)
    assert values[1] == Fraction(1, 2) + Fraction(middle, 2**40)


def test_bounds_meet_in_the_limit() -> None:
    """For fixed T both exceed ½ by (2^T − 1)·√(1/2πn), up to a factor that tends to 1."""
    gaps = []
    for n in (30, 100, 300, 1000):
        lower, upper = accuracy_bounds(n, 3)
        gaps.append(float((upper - Fraction(1, 2)) / (lower - Fraction(1, 2))))
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 1.01


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CountParity(0, (0,)), "n is 0"),
        (lambda: CountParity(3, ()), "subset is empty"),
        (lambda: CountParity(3, (0, 0)), "repeats a position"),
        (lambda: RunningParity(3, (3,)), "position 3 is not in the prompt; give 0 to 2"),
        (lambda: RunningParity(3, (0.0,)), "position 0.0 is not in the prompt"),
        (lambda: CountParity(3, (0, 1, 2), 0), "tokens is 0; .* give 1 to 2"),
        (lambda: CountParity(3, (0, 1, 2), 3), "tokens is 3"),
        (lambda: CountParity(21, (0,)).all_prompts(), "too many; use sample"),
        (lambda: CountParity(2, (0,)).sample(0, np.random.default_rng(0)), "count is 0"),
        (lambda: CountParity(2, (0,)).complete(np.array([[0]])), "the prompts have 1 tokens"),
        (lambda: RunningParity(2, (0,)).complete(np.array([[0, 4]])), "holds the id 4"),
        (lambda: best_one_token_accuracy(0), "size is 0"),
        (lambda: window_accuracy(0, 1), "size is 0"),
        (lambda: accuracy_bounds(3, 0), "tokens is 0"),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_sampling_is_reproducible_and_uniform() -> None:
    task = CountParity(4, (0, 2))
    one, two = (task.sample(4000, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert prod(one.shape) == 16000
    assert abs(one.mean() - 0.5) < 4 * 0.5 / 16000**0.5
