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


def _second_gates(n: int, weights: np.ndarray) -> np.ndarray:
    """Those of the weights (a, b, s_n) with which some threshold gives the digit s_{n−1}."""
    digits = ripple_adder(n).evaluate(CircuitTask(ripple_adder(n)).all_prompts())[:, -n - 1 :]
    read = np.column_stack([CircuitTask(ripple_adder(n)).all_prompts(), digits[:, 0]])
    sums = read @ weights.T
    second = digits[:, 1] == 1
    return np.asarray(weights[sums[second].min(axis=0) > sums[~second].max(axis=0)])


@pytest.mark.parametrize(("n", "largest"), [(1, 6), (2, 5)])
def test_the_second_token_of_a_shortest_adder_has_a_large_weight(n: int, largest: int) -> None:
    """Over all integer weights up to `largest`: s_n always gets −2ⁿ or less, and some get −2ⁿ."""
    span = 2 * largest + 1
    weights = np.array(list(np.ndindex(*[span] * (2 * n + 1)))) - largest
    assert _second_gates(n, weights)[:, -1].max() == -(2**n)


@given(st.integers(1, 5), st.integers(0, 10**6))
def test_no_weights_near_the_weighted_adder_s_are_smaller(n: int, seed: int) -> None:
    """Weights around the construction, enlarged and disturbed: those that work obey the bound."""
    rng = np.random.default_rng(seed)
    gates = list(weighted_adder(n).gates.values())
    scale = rng.integers(1, 4, size=(300, 1))
    weights = scale * np.array([list(gates[1].weights.values())])
    weights += rng.integers(-1, 2, weights.shape)
    weights[0] = list(gates[1].weights.values())
    found = _second_gates(n, weights)
    place = 2 ** np.arange(n)[::-1]
    assert len(found)
    assert (found[:, :-1] >= np.concatenate([place, place])).all()
    assert (found[:, -1] <= -(2**n)).all()


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
