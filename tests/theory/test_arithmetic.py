from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntp_lib.core import evaluate
from ntp_lib.theory import (
    CircuitTask,
    comparator,
    from_bits,
    majority,
    multiplier,
    ripple_adder,
    to_bits,
    weighted_adder,
)
from ntp_lib.theory.circuits import Circuit

ADDERS = {"ripple": ripple_adder, "weighted": weighted_adder}


def _answers(circuit: Circuit, prompts: np.ndarray) -> list[int]:
    return from_bits(circuit.evaluate(prompts)[:, -len(circuit.outputs) :])


def _pairs(n: int) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.divmod(np.arange(4**n), 2**n)
    return a, b


def _two(n: int, pairs: list[tuple[int, int]]) -> np.ndarray:
    return np.hstack([to_bits([p[k] for p in pairs], n) for k in (0, 1)])


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", ADDERS)
def test_adders_on_every_pair(name: str, n: int) -> None:
    task = CircuitTask(ADDERS[name](n))
    prompts = task.all_prompts()
    a, b = _pairs(n)
    assert _answers(task.circuit, prompts) == (a + b).tolist()
    assert task.chain_length == {"ripple": 2 * n, "weighted": n + 1}[name]
    result = evaluate(task.circuit.predictor(), task, prompts)
    assert result.sequence_error == 0
    assert result.worst_margin == 0.5


@given(st.data())
@settings(max_examples=40)
def test_adders_on_long_numbers(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(ADDERS)))
    n = data.draw(st.integers(6, 48 if name == "weighted" else 200))
    number = st.integers(0, 2**n - 1)
    pairs = data.draw(st.lists(st.tuples(number, number), min_size=1, max_size=5))
    task = CircuitTask(ADDERS[name](n))
    prompts = _two(n, pairs)
    assert _answers(task.circuit, prompts) == [a + b for a, b in pairs]
    result = evaluate(task.circuit.predictor(), task, prompts)
    assert result.sequence_error == 0
    assert result.worst_margin >= 0.5


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_multiplier_on_every_pair(n: int) -> None:
    task = CircuitTask(multiplier(n))
    prompts = task.all_prompts()
    a, b = _pairs(n)
    assert _answers(task.circuit, prompts) == (a * b).tolist()
    assert task.chain_length == 3 * n**2 - 2 * n
    assert len(task.circuit.outputs) == (2 * n if n > 1 else 1)
    assert evaluate(task.circuit.predictor(), task, prompts).sequence_error == 0


@given(st.integers(5, 14), st.data())
@settings(max_examples=15)
def test_multiplier_on_long_numbers(n: int, data: st.DataObject) -> None:
    number = st.integers(0, 2**n - 1)
    pairs = data.draw(st.lists(st.tuples(number, number), min_size=1, max_size=4))
    assert _answers(multiplier(n), _two(n, pairs)) == [a * b for a, b in pairs]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_comparator_and_majority(n: int) -> None:
    a, b = _pairs(n)
    circuit = comparator(n)
    assert len(circuit.gates) == len(majority(n).gates) == 1
    assert _answers(circuit, CircuitTask(circuit).all_prompts()) == (a >= b).tolist()
    prompts = CircuitTask(majority(n)).all_prompts()
    assert _answers(majority(n), prompts) == (2 * prompts.sum(axis=1) > n).tolist()


@given(st.integers(6, 48), st.data())
def test_comparator_on_long_numbers(n: int, data: st.DataObject) -> None:
    a = data.draw(st.integers(0, 2**n - 1))
    near = {x for x in (a - 1, a, a + 1) if 0 <= x < 2**n}
    pairs = [(a, b) for b in sorted(near)]
    task = CircuitTask(comparator(n))
    assert _answers(task.circuit, _two(n, pairs)) == [a >= b for a, b in pairs]
    assert evaluate(task.circuit.predictor(), task, _two(n, pairs)).sequence_error == 0


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_why_no_adder_is_shorter(n: int) -> None:
    """The n + 1 digits are different functions, and none of them is an input."""
    prompts = CircuitTask(ripple_adder(n)).all_prompts()
    columns = np.hstack([ripple_adder(n).evaluate(prompts)[:, -n - 1 :], prompts])
    assert len(np.unique(columns, axis=1).T) == 3 * n + 1


@pytest.mark.parametrize(("n", "largest"), [(1, 2), (2, 3), (3, 4)])
def test_the_first_token_of_a_shortest_adder_has_large_weights(n: int, largest: int) -> None:
    """Over all weights up to `largest`, each gate for the carry has weights ≥ 2^i at a_i, b_i."""
    prompts = CircuitTask(ripple_adder(n)).all_prompts()
    a, b = _pairs(n)
    carry = a + b >= 2**n
    place = 2 ** np.arange(n)[::-1]
    found = 0
    for weights in product(range(-1 if n < 3 else 0, largest + 1), repeat=2 * n):
        sums = prompts @ np.array(weights)
        if sums[carry].min() > sums[~carry].max():
            found += 1
            assert (np.array(weights) >= np.concatenate([place, place])).all()
    assert found


@pytest.mark.parametrize("n", range(1, 12))
def test_weights_against_tokens(n: int) -> None:
    def largest(circuit: Circuit) -> int:
        return max(abs(w) for gate in circuit.gates.values() for w in gate.weights.values())

    assert largest(weighted_adder(n)) == 2**n
    assert largest(ripple_adder(n)) == 2
    assert n == 1 or largest(multiplier(n)) == 2


@pytest.mark.parametrize("build", [majority, comparator, ripple_adder, weighted_adder, multiplier])
def test_no_bits_are_refused(build: object) -> None:
    with pytest.raises(ValueError, match="n is 0; give at least 1 bit"):
        build(0)  # type: ignore[operator]


@given(st.lists(st.integers(0, 2**70), min_size=1))
def test_bits_round_trip(values: list[int]) -> None:
    assert from_bits(to_bits(np.array(values, dtype=object), 71)) == values


def test_numbers_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="8 does not fit 3 bits; give 0 to 7"):
        to_bits([1, 8], 3)
    with pytest.raises(ValueError, match="-1 does not fit"):
        to_bits([-1], 3)
