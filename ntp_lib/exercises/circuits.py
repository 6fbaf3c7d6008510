"""Checkers for the chapter *Circuits*."""

from collections.abc import Callable, Iterable

import numpy as np

from ntp_lib.core import PerStep, Tokens
from ntp_lib.exercises.common import all_bits, first_wrong, whole_number
from ntp_lib.theory import (
    Circuit,
    LinearPredictor,
    cell_gates,
    exponent_at_most,
    least_tokens,
    to_bits,
)

RULES = (30, 54, 90, 110, 128, 150, 184, 232)
"""The rules of the exercise `two-gate-rules`."""


def _circuit(answer: object, truth: Tokens, gates: int) -> str | None:
    """Say why the answer is no circuit of at most so many gates for this table of outputs.

    `truth` has shape (2ⁿ, outputs): a row for each input in counting order.
    """
    if not isinstance(answer, Circuit):
        return f"The answer should be a Circuit; this is a {type(answer).__name__}."
    count, outputs = truth.shape
    n = count.bit_length() - 1
    if len(answer.inputs) != n:
        return f"The circuit should have {n} inputs; yours has {len(answer.inputs)}."
    if len(answer.outputs) != outputs:
        return f"The circuit should have {outputs} outputs; yours has {len(answer.outputs)}."
    if len(answer.gates) > gates:
        return f"It should have at most {gates} gates; yours has {len(answer.gates)}."
    inputs = all_bits(n)
    values = answer.evaluate(inputs)[:, -outputs:]
    wrong = np.flatnonzero((values != truth).any(axis=1))
    if not len(wrong):
        return None
    prompt, written, right = (
        "".join(map(str, row)) for row in (inputs[wrong[0]], values[wrong[0]], truth[wrong[0]])
    )
    return (
        f"It is wrong on {len(wrong)} of {count} inputs; on {prompt} its outputs are {written}, "
        f"and they should be {right}."
    )


def _sort_four(answer: object) -> str | None:
    return _circuit(answer, np.sort(all_bits(4), axis=1)[:, ::-1], gates=4)


def _full_adder(answer: object) -> str | None:
    return _circuit(answer, to_bits(all_bits(3).sum(axis=1), 2), gates=2)


def _shortest_adder(answer: object) -> str | None:
    a, b = np.divmod(np.arange(64), 8)
    return _circuit(answer, to_bits(a + b, 4), gates=4)


def _two_bit_product(answer: object) -> str | None:
    a, b = np.divmod(np.arange(16), 4)
    return _circuit(answer, to_bits(a * b, 4), gates=7)


def _two_gate_rules(answer: object) -> str | None:
    if not isinstance(answer, Iterable) or isinstance(answer, str):
        return "The answer should be a set of rule numbers."
    named = list(answer)
    for rule in named:
        if rule not in RULES:
            return f"{rule!r} is not among the rules asked about: {', '.join(map(str, RULES))}."
    for rule in RULES:
        if rule in named and len(cell_gates(rule)) == 1:
            return f"Rule {rule} can do with one gate: write down its eight cases and look again."
    missing = sum(len(cell_gates(rule)) == 2 for rule in RULES) - len(set(named))
    if missing:
        return f"Those need two gates, but so {'does' if missing == 1 else 'do'} {missing} more."
    return None


def _twenty_bits(answer: int) -> str | None:
    if answer < 1:
        return "A chain has at least one token."
    if answer == least_tokens(20):
        return "That is what the sharper count gives. The question is about the exponent E."
    if exponent_at_most(20, answer) < 2**20:
        return f"With {answer} tokens the bound still allows fewer functions than there are."
    if exponent_at_most(20, answer - 1) >= 2**20:
        return f"The bound does not exclude {answer - 1} tokens either. Look for the least number."
    return None


def _divisible(answer: object) -> str | None:
    if not isinstance(answer, PerStep):
        return f"The answer should be a PerStep predictor; this is a {type(answer).__name__}."
    if not all(isinstance(step, LinearPredictor) for step in answer.steps):
        return "Every step must be a LinearPredictor: no other computation is allowed here."
    if answer.vocabulary.tokens[:3] != ("0", "1", "2"):
        return "The dictionary should begin with 0, 1, 2: the remainders, which are the answers."
    if answer.prompt_length != 6:
        return f"The prompt has 6 bits; your predictor expects {answer.prompt_length} tokens."
    if len(answer.steps) > 6:
        return f"It should write at most 6 tokens; yours writes {len(answer.steps)}."
    return first_wrong(answer, all_bits(6), np.arange(64) % 3)


CHECKERS: dict[str, Callable[[object], str | None]] = {
    "sort-four": _sort_four,
    "full-adder": _full_adder,
    "two-gate-rules": _two_gate_rules,
    "shortest-adder": _shortest_adder,
    "two-bit-product": _two_bit_product,
    "twenty-bits": whole_number(_twenty_bits),
    "remainder-of-three": _divisible,
}
"""The chapter's exercises by name."""
