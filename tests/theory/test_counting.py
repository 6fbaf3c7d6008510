from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntp_lib.core import evaluate
from ntp_lib.theory import (
    CircuitTask,
    cell_gates,
    dichotomies,
    exponent_at_most,
    functions_at_most,
    least_tokens,
    lookup_circuit,
    threshold_functions,
)


@given(st.integers(1, 60), st.integers(1, 30))
def test_the_recursion_of_the_proof(points: int, variables: int) -> None:
    """Adding a point splits the regions that its hyperplane meets."""
    added = dichotomies(points + 1, variables)
    assert added == dichotomies(points, variables) + dichotomies(points, variables - 1)
    assert added <= 2 * (points + 1) ** variables


def test_known_values() -> None:
    assert [dichotomies(n, 0) for n in (1, 2, 9)] == [2, 2, 2]
    assert [dichotomies(n, 1) for n in (1, 2, 9)] == [2, 4, 18]
    assert dichotomies(5, 9) == 2**5


@given(st.integers(0, 10**6), st.integers(2, 9))
@settings(max_examples=40)
def test_points_in_general_position_attain_it(seed: int, count: int) -> None:
    """In the plane: every labelling that a line gives arises by turning it until it meets two
    points, which may then be labelled in all four ways.
    """
    points = np.random.default_rng(seed).normal(size=(count, 2))
    labellings = {(True,) * count, (False,) * count}
    for i, j in combinations(range(count), 2):
        normal = np.array([points[j, 1] - points[i, 1], points[i, 0] - points[j, 0]])
        side = (points - points[i]) @ normal > 0
        for a in (False, True):
            for b in (False, True):
                side[[i, j]] = a, b
                labellings |= {tuple(side), tuple(~side)}
    assert len(labellings) == dichotomies(count, 2)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_threshold_functions_stay_below(n: int) -> None:
    assert len(threshold_functions(n)) <= functions_at_most(n, 1)


def test_two_tokens_reach_every_function_of_three_bits() -> None:
    assert max(len(cell_gates(rule)) for rule in range(256)) == 2
    assert functions_at_most(3, 1) < 2**8 <= functions_at_most(3, 2)
    assert least_tokens(3) == 2


@given(st.integers(1, 12), st.integers(1, 40))
def test_the_exponent_is_a_bound_on_the_product(n: int, tokens: int) -> None:
    assert functions_at_most(n, tokens) <= 2 ** exponent_at_most(n, tokens)


@given(st.integers(1, 13), st.integers(1, 2**40))
def test_least_tokens_is_the_least(n: int, one_in: int) -> None:
    share = Fraction(1, one_in)
    tokens = least_tokens(n, share)
    assert tokens == 0 or functions_at_most(n, tokens) >= share * 2 ** (2**n)
    assert tokens <= 1 or functions_at_most(n, tokens - 1) < share * 2 ** (2**n)


@pytest.mark.parametrize("n", range(2, 19))
def test_the_square_root_law(n: int) -> None:
    """√(2^(n+1)/n) − n ≤ the least T of the simple bound ≤ that of the exact one ≤ 3·2^⌈n/2⌉."""
    simple = 1
    while exponent_at_most(n, simple) < 2**n:
        simple += 1
    assert (2 ** (n + 1) / n) ** 0.5 - n <= simple <= least_tokens(n)
    assert n > 12 or least_tokens(n) <= len(lookup_circuit([0, 1] * 2 ** (n - 1)).gates)


def test_the_20_bit_function() -> None:
    assert exponent_at_most(20, 304) < 2**20 <= exponent_at_most(20, 305)
    assert least_tokens(20) == 375
    assert least_tokens(20, Fraction(1, 2**1000)) == 375


@given(st.integers(1, 8), st.integers(0, 10**6))
@settings(max_examples=50)
def test_lookup_writes_any_table(n: int, seed: int) -> None:
    table = np.random.default_rng(seed).integers(0, 2, 2**n)
    circuit = lookup_circuit(table.tolist())
    prompts = CircuitTask(circuit).all_prompts()
    np.testing.assert_array_equal(circuit.evaluate(prompts)[:, -1], table)
    assert len(circuit.gates) == 2 ** ((n + 1) // 2) + 2 ** (n // 2 + 1)
    assert n % 2 or len(circuit.gates) == 3 * 2 ** (n // 2)


@pytest.mark.parametrize("n", [3, 6, 9, 10])
def test_lookup_as_a_predictor(n: int) -> None:
    table = np.random.default_rng(n).integers(0, 2, 2**n).tolist()
    task = CircuitTask(lookup_circuit(table))
    result = evaluate(task.circuit.predictor(), task, task.all_prompts())
    assert result.sequence_error == 0
    assert result.worst_margin == 0.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dichotomies(0, 1), "points is 0"),
        (lambda: dichotomies(1, -1), "variables is -1"),
        (lambda: functions_at_most(0, 1), "n is 0"),
        (lambda: exponent_at_most(1, 0), "tokens is 0"),
        (lambda: least_tokens(3, Fraction(0)), "share is 0"),
        (lambda: lookup_circuit([0, 1, 1]), "the table has 3 values; give 2, 4, 8"),
        (lambda: lookup_circuit([0]), "the table has 1 values"),
        (lambda: lookup_circuit([0, 2]), "the table holds 2; give bits only"),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
