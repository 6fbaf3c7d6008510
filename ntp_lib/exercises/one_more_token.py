"""Checkers for the chapter *One more token*."""

from collections.abc import Callable
from fractions import Fraction
from numbers import Real

import numpy as np

from ntp_lib.core import PerStep, rollout
from ntp_lib.exercises.common import all_bits, first_wrong, linear_steps, whole_number
from ntp_lib.theory import best_one_token_accuracy, threshold_functions, window_accuracy


def _xor_another_way(answer: object) -> str | None:
    if wrong := linear_steps(answer, n=2, tokens=2, vocabulary="01"):
        return wrong
    assert isinstance(answer, PerStep)
    inputs = all_bits(2)
    if wrong := first_wrong(answer, inputs, inputs.sum(axis=1) % 2):
        return wrong
    thought = rollout(answer, inputs, 1)[:, 2]
    if (thought == inputs.prod(axis=1)).all():
        return "It computes XOR, but its thinking token is x₁ AND x₂ again. Find another."
    return None


def _fraction(truth: Fraction, too_low: str, too_high: str) -> Callable[[object], str | None]:
    """Check a number against the truth, saying on which side of it the answer lies."""

    def checker(answer: object) -> str | None:
        if isinstance(answer, bool) or not isinstance(answer, Real):
            return f"The answer should be a number; this is a {type(answer).__name__}."
        difference = float(answer) - float(truth)
        if not 0 <= float(answer) <= 1:
            return f"An accuracy lies between 0 and 1; {answer} does not."
        if abs(difference) < 1e-9:
            return None
        if abs(difference) < 0.005:
            return "Near, but not exact. Give a fraction."
        return too_low if difference < 0 else too_high

    return checker


def _tokens_for_1000_bits(answer: int) -> str | None:
    least = (1000).bit_length()
    if answer < 1:
        return "The answer itself is a token, so at least one is needed."
    if answer < least:
        return "That is too few: no chain of this length is right on every row."
    return None if answer == least else "That works, but a shorter chain does too."


def _three_bit_thought(answer: object) -> str | None:
    table = np.asarray(answer)
    if table.shape != (8,):
        return "The answer should be a list of 8 bits, one for each input from 000 to 111."
    if not np.isin(table, (0, 1)).all():
        return "Every entry of the truth table should be 0 or 1."
    inputs = all_bits(3)
    thought = table.astype(np.int64)
    if not (threshold_functions(3) == thought).all(axis=1).any():
        return "One linear step cannot write this token: no weights and threshold give this table."
    if (thought == (inputs.sum(axis=1) >= 2)).all():
        return "That is the majority, the chain's own thinking token. Find another."
    # the second step reads (x, thought): a function of 4 bits, needed at 8 of its 16 inputs
    seconds = threshold_functions(4)[:, 2 * np.arange(8) + thought]
    if (seconds == inputs.sum(axis=1) % 2).all(axis=1).any():
        return None
    return "A linear step can write it, but no second linear step gets from there to the parity."


def _mod_three(answer: object) -> str | None:
    if wrong := linear_steps(answer, n=8, tokens=2, vocabulary="012"):
        return wrong
    assert isinstance(answer, PerStep)
    inputs = all_bits(8)
    return first_wrong(answer, inputs, inputs.sum(axis=1) % 3)


CHECKERS: dict[str, Callable[[object], str | None]] = {
    "xor-another-way": _xor_another_way,
    "five-bits-one-token": _fraction(
        best_one_token_accuracy(5),
        too_low="A linear step does better: count how many inputs a threshold gets right.",
        too_high="No linear step does so well: compare with the theorem's bound for n = 5.",
    ),
    "seven-bits-two-tokens": _fraction(
        window_accuracy(7, 2),
        too_low="The window of four counts does better: some counts outside it come out right too.",
        too_high="Counts outside the window are answered as its edge is, and some are wrong.",
    ),
    "tokens-for-1000-bits": whole_number(_tokens_for_1000_bits),
    "three-bit-thought": _three_bit_thought,
    "mod-three": _mod_three,
}
"""The chapter's exercises by name."""
