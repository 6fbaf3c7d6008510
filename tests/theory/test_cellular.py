import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.core import evaluate, rollout
from ntp_lib.theory import (
    Circuit,
    CircuitTask,
    Gate,
    cell_gates,
    cellular_circuit,
    simulate,
    threshold_functions,
)

CELLS = np.array(list(np.ndindex(2, 2, 2)))


def test_every_rule_needs_at_most_two_gates() -> None:
    """All 256 functions of three bits; one gate exactly for the 104 threshold functions."""
    one = 0
    for rule in range(256):
        gates = dict(zip(("h", "cell"), cell_gates(rule)[-2:], strict=False))
        if len(gates) == 1:
            gates = {"cell": gates["h"]}
        values = Circuit("lsr", gates, ["cell"]).evaluate(CELLS)[:, -1]
        table = (rule >> np.arange(8)) & 1
        np.testing.assert_array_equal(values, table)
        is_threshold = bool((threshold_functions(3) == table).all(axis=1).any())
        assert len(gates) == (1 if is_threshold else 2)
        one += is_threshold
    assert one == 104


@given(st.integers(0, 255), st.lists(st.integers(0, 1), min_size=3), st.integers(0, 5))
def test_simulation_cell_by_cell(rule: int, row: list[int], steps: int) -> None:
    table = f"{rule:08b}"[::-1]
    for written in simulate(rule, row, steps):
        assert written.tolist() == row
        around = [4 * row[i - 1] + 2 * row[i] + row[(i + 1) % len(row)] for i in range(len(row))]
        row = [int(table[number]) for number in around]


@given(st.integers(0, 255), st.integers(3, 9), st.integers(1, 4), st.integers(0, 10**6))
def test_the_predictor_writes_the_rows(rule: int, width: int, rows: int, seed: int) -> None:
    task = CircuitTask(cellular_circuit(rule, width, rows))
    assert task.chain_length == width * rows * len(cell_gates(rule))
    prompts = task.sample(4, np.random.default_rng(seed))
    predictor = task.circuit.predictor()
    assert evaluate(predictor, task, prompts).worst_margin >= 0.5
    chains = rollout(predictor, prompts, task.chain_length)[:, width:]
    for prompt, chain in zip(prompts, chains, strict=True):
        written = chain.reshape(rows, -1)[:, -width:]
        np.testing.assert_array_equal(written, simulate(rule, prompt, rows)[1:])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: simulate(256, [0], 1), "rule is 256; give a whole number from 0 to 255"),
        (lambda: cell_gates(True), "rule is True"),
        (lambda: cell_gates(1.0), "rule is 1.0"),  # type: ignore[arg-type]
        (lambda: simulate(30, [0, 2], 1), "row holds the id 2"),
        (lambda: simulate(30, [0], -1), "steps is -1"),
        (lambda: cellular_circuit(30, 2, 1), "width is 2; give at least 3"),
        (lambda: cellular_circuit(30, 3, 0), "rows is 0"),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_gates_are_the_printed_ones() -> None:
    assert cell_gates(150) == (
        Gate({"l": 1, "s": 1, "r": 1}, 2),
        Gate({"l": 1, "s": 1, "r": 1, "h": -2}, 1),
    )
