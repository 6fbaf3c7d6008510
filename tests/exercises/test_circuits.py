"""Wrong answers to the exercises of the chapter *Circuits*."""

import numpy as np

from ntp_lib.core import PerStep, Vocabulary
from ntp_lib.exercises import check
from ntp_lib.theory import (
    Circuit,
    CountParity,
    Gate,
    LinearPredictor,
    cell_gates,
    majority,
    multiplier,
    ripple_adder,
    weighted_adder,
)

FOUR = ["x1", "x2", "x3", "x4"]
SORTED_UP = {f"y{k}": Gate(dict.fromkeys(FOUR, 1), 5 - k) for k in (1, 2, 3, 4)}
SUM_FIRST = {
    "sum": Gate({"a": 1, "b": 1, "c": 1}, 1),
    "carry": Gate({"a": 1, "b": 1, "c": 1}, 2),
}
WORDS = Vocabulary(["0", "1", "2"])
SILENT = LinearPredictor(WORDS, [], [])
FAR = LinearPredictor(WORDS, [9], np.zeros((1, 3, 3)))


class NotLinear:
    """The remainder, by a formula that no linear predictor has."""

    vocabulary = WORDS

    def scores(self, prefixes: np.ndarray) -> np.ndarray:
        return np.eye(3)[prefixes[:, :6] @ (1 << np.arange(6)[::-1]) % 3]


WRONG: list[tuple[str, object, str]] = [
    ("sort-four", majority(4), "should have 4 outputs; yours has 1"),
    ("sort-four", sorted, "should be a Circuit; this is a builtin_function_or_method"),
    (
        "sort-four",
        Circuit(FOUR, SORTED_UP, list(SORTED_UP)),
        "wrong on 14 of 16 inputs; on 0001 its outputs are 0001, and they should be 1000",
    ),
    ("full-adder", ripple_adder(1), "should have 3 inputs; yours has 2"),
    (
        "full-adder",
        Circuit("abc", SUM_FIRST, ["carry", "sum"]),
        "wrong on 3 of 8 inputs; on 011 its outputs are 11, and they should be 10",
    ),
    ("two-gate-rules", {30, 232}, "Rule 232 can do with one gate"),
    ("two-gate-rules", {30, 90}, "so do 4 more"),
    ("two-gate-rules", {30, 54, 90, 110, 150}, "so does 1 more"),
    ("two-gate-rules", [22], "22 is not among the rules asked about"),
    ("two-gate-rules", 30, "should be a set of rule numbers"),
    ("shortest-adder", ripple_adder(3), "at most 4 gates; yours has 6"),
    ("shortest-adder", weighted_adder(2), "should have 6 inputs; yours has 4"),
    ("two-bit-product", multiplier(2), "at most 7 gates; yours has 8"),
    ("two-bit-product", ripple_adder(2), "should have 4 outputs; yours has 3"),
    ("twenty-bits", 304, "the bound still allows fewer functions than there are"),
    ("twenty-bits", 306, "does not exclude 305 tokens either"),
    ("twenty-bits", 375, "what the sharper count gives"),
    ("twenty-bits", 0, "at least one token"),
    ("twenty-bits", 305.0, "should be a whole number; this is a float"),
    ("remainder-of-three", "mod", "should be a PerStep predictor; this is a str"),
    ("remainder-of-three", PerStep(6, [NotLinear()]), "must be a LinearPredictor"),
    ("remainder-of-three", CountParity(6, range(6)).predictor(), "should begin with 0, 1, 2"),
    ("remainder-of-three", PerStep(5, [SILENT]), "has 6 bits; your predictor expects 5"),
    ("remainder-of-three", PerStep(6, [SILENT] * 7), "at most 6 tokens; yours writes 7"),
    ("remainder-of-three", PerStep(6, [SILENT] * 6), "answers 42 of 64 inputs wrongly"),
    ("remainder-of-three", PerStep(6, [FAR]), "cannot run: look-back 9 reaches before"),
]


def test_other_right_answers_pass() -> None:
    """A library circuit and a circuit without a spare gate are as good as the solution."""
    assert check("shortest-adder", weighted_adder(3))
    every = {"p3": Gate({"a1": 1, "a0": 1, "b1": 1, "b0": 1}, 4)}
    products = {f"a{i}b{j}": Gate({f"a{i}": 1, f"b{j}": 1}, 2) for i in (0, 1) for j in (0, 1)}
    middle = Gate({"a1b1": 1, "p3": -1}, 1)
    cross = Gate({"a1b0": 1, "a0b1": 1, "p3": -2}, 1)
    gates = {**every, **products, "p2": middle, "p1": cross}
    circuit = Circuit(["a1", "a0", "b1", "b0"], gates, ["p3", "p2", "p1", "a0b0"])
    assert check("two-bit-product", circuit)


def test_monotone_in_each_input_means_one_gate_for_three_bits() -> None:
    """What the hint of `two-gate-rules` says, over all 256 rules."""
    for rule in range(256):
        table = ((rule >> np.arange(8)) & 1).reshape(2, 2, 2)
        steps = [np.diff(table, axis=axis) for axis in range(3)]
        unate = all((step >= 0).all() or (step <= 0).all() for step in steps)
        assert unate == (len(cell_gates(rule)) == 1)
