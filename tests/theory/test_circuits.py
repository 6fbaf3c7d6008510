from itertools import combinations
from math import gcd

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntp_lib.core import PerStep, Vocabulary, evaluate, rollout
from ntp_lib.theory import (
    BITS,
    Circuit,
    CircuitTask,
    CountParity,
    Gate,
    LinearPredictor,
    RunningParity,
    circuit_of,
    one_hot_circuit,
    ripple_adder,
    threshold_functions,
)


@st.composite
def circuits(draw: st.DrawFn) -> Circuit:
    """Up to 5 inputs and 7 gates; every gate reads any wires before it."""
    wires = [f"x{i + 1}" for i in range(draw(st.integers(1, 5)))]
    inputs = tuple(wires)
    gates = {}
    weight = st.integers(-4, 4).filter(bool)
    for t in range(draw(st.integers(1, 7))):
        read = draw(st.lists(st.sampled_from(wires), unique=True))
        gates[f"z{t + 1}"] = Gate({w: draw(weight) for w in read}, draw(st.integers(-5, 5)))
        wires.append(f"z{t + 1}")
    return Circuit(inputs, gates, [wires[-1]])


@given(circuits())
def test_evaluation_is_the_definition(circuit: Circuit) -> None:
    prompts = CircuitTask(circuit).all_prompts()
    for prompt, values in zip(prompts, circuit.evaluate(prompts), strict=True):
        wires = dict(zip(circuit.inputs, prompt.tolist(), strict=True))
        for name, gate in circuit.gates.items():
            wires[name] = int(sum(k * wires[w] for w, k in gate.weights.items()) >= gate.threshold)
        assert list(wires.values())[len(prompt) :] == values.tolist()


@given(circuits())
def test_the_predictor_writes_the_gates_with_margin_one_half(circuit: Circuit) -> None:
    """The theorem, from circuit to predictor: every token, on every input, both ways."""
    task = CircuitTask(circuit)
    result = evaluate(circuit.predictor(), task, task.all_prompts())
    assert result.sequence_error == 0
    assert result.worst_margin >= 0.5


@given(circuits())
def test_the_round_trip_gives_the_same_circuit(circuit: Circuit) -> None:
    """Gate by gate, once common factors are taken out of the weights."""
    back = circuit_of(circuit.predictor())
    for (name, gate), (same, again) in zip(circuit.gates.items(), back.gates.items(), strict=True):
        assert name == same
        factor = gcd(*gate.weights.values()) or 1
        assert again.weights == {w: k // factor for w, k in gate.weights.items()}
        assert again.threshold == -(-gate.threshold // factor)


@given(circuits(), st.randoms())
def test_gates_may_be_given_in_any_order(circuit: Circuit, random: object) -> None:
    shuffled = list(circuit.gates.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    sorted_again = Circuit(circuit.inputs, dict(shuffled), circuit.outputs)
    seen = set(circuit.inputs)
    for name, gate in sorted_again.gates.items():
        assert seen.issuperset(gate.weights)
        seen.add(name)
    assert next(reversed(sorted_again.gates)) in circuit.outputs


def _random_predictor(rng: np.random.Generator, q: int, n: int, ties: bool) -> PerStep:
    vocabulary = Vocabulary("01abc"[:q])
    steps = []
    for t in range(rng.integers(1, 4)):
        look_backs = 1 + rng.permutation(n + t)[: rng.integers(0, n + t + 1)]
        shape = (len(look_backs), q, q)
        weights = rng.integers(-2, 3, shape) / 2 if ties else rng.normal(size=shape)
        bias = rng.integers(-2, 3, q) / 2 if ties else rng.normal(size=q)
        steps.append(LinearPredictor(vocabulary, look_backs.tolist(), weights, bias))
    return PerStep(n, steps)


@given(st.integers(1, 5), st.booleans(), st.integers(0, 10**6))
def test_every_linear_predictor_over_bits_is_a_circuit(n: int, ties: bool, seed: int) -> None:
    """The theorem, from predictor to circuit: real weights and exact ties included."""
    predictor = _random_predictor(np.random.default_rng(seed), 2, n, ties)
    circuit = circuit_of(predictor, outputs=len(predictor.steps))
    prompts = CircuitTask(circuit).all_prompts()
    chains = rollout(predictor, prompts, len(predictor.steps))[:, n:]
    np.testing.assert_array_equal(circuit.evaluate(prompts), chains)


@given(st.integers(1, 4), st.integers(1, 3), st.booleans(), st.integers(0, 10**6))
@settings(max_examples=60)
def test_any_dictionary_costs_q_squared_gates_a_token(
    q: int, n: int, ties: bool, seed: int
) -> None:
    predictor = _random_predictor(np.random.default_rng(seed), q, n, ties)
    tokens = len(predictor.steps)
    circuit = one_hot_circuit(predictor)
    assert len(circuit.gates) == tokens * (q * (q - 1) // 2 + q)
    prompts = np.array(list(np.ndindex(*[q] * n)))
    chains = rollout(predictor, prompts, tokens)[:, n:]
    values = circuit.evaluate(np.eye(q, dtype=int)[prompts].reshape(len(prompts), -1))
    winners = values.reshape(len(prompts), tokens, -1)[:, :, -q:]
    np.testing.assert_array_equal(winners, np.eye(q, dtype=int)[chains])


def test_circuits_of_the_first_chapter() -> None:
    task = CountParity(5, range(5))
    circuit = circuit_of(task.predictor())
    prompts = task.all_prompts()
    np.testing.assert_array_equal(circuit.evaluate(prompts), task.complete(prompts)[:, 5:])
    running = RunningParity(3, (0, 1, 2))
    one_hot = np.eye(6, dtype=int)[running.all_prompts()].reshape(8, -1)
    answers = one_hot_circuit(running.predictor()).evaluate(one_hot)[:, -6:].argmax(axis=1)
    np.testing.assert_array_equal(answers, running.all_prompts().sum(axis=1) % 2)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_integer_weights_by_cramers_rule(n: int) -> None:
    """The proof of the lemma, done: a vertex of the polyhedron gives every threshold function
    of n bits with integers of size at most (n+1)^((n+1)/2).
    """
    inputs = np.array(list(np.ndindex(*[2] * n)))
    rows = np.column_stack([inputs, -np.ones(2**n, dtype=int)])
    for wanted in threshold_functions(n):
        signed = rows * np.where(wanted, 1, -1)[:, None]
        for chosen in combinations(range(2**n), n + 1):
            square = signed[list(chosen)]
            determinant = round(float(np.linalg.det(square)))
            if determinant == 0:
                continue
            vertex = np.linalg.solve(square, np.ones(n + 1))
            if (signed @ vertex > 1 - 1e-9).all():
                break
        else:
            pytest.fail(f"no vertex for {wanted}")
        integers = np.rint(vertex * abs(determinant)).astype(int)
        assert abs(integers).max() <= (n + 1) ** ((n + 1) / 2)
        np.testing.assert_array_equal(inputs @ integers[:n] >= integers[n], wanted)


def test_huge_weights_are_exact_and_refused_where_floats_are_not() -> None:
    big = 10**40
    circuit = Circuit(["a", "b"], {"z": Gate({"a": big + 1, "b": -big}, 1)}, ["z"])
    assert circuit.evaluate([[1, 1], [0, 1], [0, 0]]).tolist() == [[1], [0], [0]]
    with pytest.raises(ValueError, match=r"gate 'z' add up to .*; scores in float64 are exact"):
        circuit.predictor()
    middle = Circuit(["a", "b"], {"z": Gate({"a": 2**61, "b": -(2**61)}, 0)}, ["z"])
    assert middle.evaluate([[1, 1], [0, 1]]).tolist() == [[1], [0]]


def test_the_largest_weights_allowed_keep_their_margin() -> None:
    half = 2**49
    gates = {"z": Gate({"a": half + 1, "b": half}, half + 1)}
    task = CircuitTask(Circuit(["a", "b"], gates, ["z"]))
    result = evaluate(task.circuit.predictor(), task, task.all_prompts())
    assert result.worst_margin == 0.5
    assert result.sequence_error == 0


def test_constants_and_fractions() -> None:
    circuit = Circuit(["a"], {"no": Gate({}, 1), "yes": Gate({}, 0)}, ["no", "yes"])
    assert circuit.evaluate([[0], [1]]).tolist() == [[0, 1], [0, 1]]
    third = LinearPredictor(BITS, [1], [[[0, 0], [0, 1 / 3]]], [0, -0.25])
    (gate,) = circuit_of(PerStep(1, [third])).gates.values()
    assert gate == Gate({"x1": 1}, 1)


AND = Gate({"a": 1, "b": 1}, 2)
STRANGER = PerStep(1, [LinearPredictor(Vocabulary("ab"), [], [])])


class NotLinear:
    vocabulary = BITS

    def scores(self, prefixes: np.ndarray) -> np.ndarray:
        return np.eye(2)[prefixes[:, 0]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Gate({"a": 1.5}, 1), "1.5 is not an integer; scale"),
        (lambda: Gate({"a": 1}, True), "True is not an integer"),
        (lambda: Gate({"a": 0}, 1), "the weight of 'a' is 0; leave that wire out"),
        (lambda: Circuit(["a", "a"], {"z": AND}, ["z"]), "wire 'a' is driven twice"),
        (lambda: Circuit(["a", "b"], {"a": AND}, ["a"]), "wire 'a' is driven twice"),
        (lambda: Circuit(["a"], {"z": AND}, ["z"]), "reads 'b', which is no input and no gate"),
        (lambda: Circuit(["a", "b"], {"z": AND}, []), "there is no output"),
        (lambda: Circuit(["a", "b"], {"z": AND}, ["a"]), "output 'a' is not the name of one"),
        (lambda: Circuit(["a", "b"], {"z": AND}, ["z", "z"]), "output 'z' is not the name of one"),
        (
            lambda: Circuit(["a"], {"y": Gate({"z": 1}, 1), "z": Gate({"y": 1}, 1)}, ["z"]),
            "feed each other in a circle",
        ),
        (
            lambda: Circuit(["a", "b"], {"y": AND, "z": Gate({"y": 1}, 1)}, ["y"]),
            "cannot come last in this order",
        ),
        (lambda: ripple_adder(2).evaluate([[0, 1]]), "bits has 2 columns; the circuit has 4"),
        (lambda: ripple_adder(2).evaluate([[0, 1, 2, 0]]), "bits holds the id 2"),
        (lambda: CircuitTask(ripple_adder(11)).all_prompts(), "too many; use sample"),
        (lambda: CircuitTask(ripple_adder(1)).sample(0, np.random.default_rng(0)), "count is 0"),
        (lambda: circuit_of(STRANGER), "one_hot_circuit takes any dictionary"),
        (lambda: circuit_of(PerStep(1, [NotLinear()])), "must be a LinearPredictor"),
        (lambda: circuit_of(ripple_adder(1).predictor(), 3), "outputs is 3; .* writes 2 tokens"),
        (
            lambda: one_hot_circuit(PerStep(1, [LinearPredictor(BITS, [2], np.zeros((1, 2, 2)))])),
            "step 0 reads 2 back, before the start",
        ),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_displays() -> None:
    assert repr(Gate({"a": -1, "b": 2}, -3)) == "1[−a + 2b ≥ −3]"
    assert repr(Gate({}, 1)) == "1[0 ≥ 1]"
    assert "1[a0 + b0 − 2c1 ≥ 1]" in ripple_adder(1)._repr_html_()
