"""Checkers for the chapter *One more token*."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ntp_lib.core import PerStep, Tokens, rollout
from ntp_lib.exercises.common import first_wrong, linear_steps, whole_number
from ntp_lib.theory import best_one_token_accuracy, window_accuracy


def _bits(n: int) -> Tokens:
    """All n-bit inputs in counting order, shape (2ⁿ, n)."""
    return np.array(list(product((0, 1), repeat=n)), dtype=np.int64)


def _another_xor(answer: object) -> str | None:
    if wrong := linear_steps(answer, n=2, tokens=2, vocabulary="01"):
        return wrong
    assert isinstance(answer, PerStep)
    inputs = _bits(2)
    if wrong := first_wrong(answer, inputs, inputs.sum(axis=1) % 2):
        return wrong
    thought = rollout(answer, inputs, 1)[:, 2]
    if (thought == inputs.prod(axis=1)).all():
        return "It computes XOR, but its thinking token is x₁ AND x₂ again. Find another."
    return None


def _fraction(truth: Fraction, too_low: str, too_high: str) -> Callable[[object], str | None]:
    """Check a number against the truth, saying on which side of it the answer lies."""

    def checker(answer: object) -> str | None:
        if isinstance(answer, bool) or not isinstance(answer, int | float | Fraction):
            return f"The answer should be a number; this is a {type(answer).__name__}."
        if not 0 <= answer <= 1:
            return f"An accuracy lies between 0 and 1; {answer} does not."
        if abs(float(answer) - float(truth)) < 1e-9:
            return None
        return too_low if answer < truth else too_high

    return checker


def _tokens_for_100_bits(answer: int) -> str | None:
    if answer < 1:
        return "The answer itself is a token, so at least one is needed."
    if answer > 64:
        return "That works, and so does a much shorter chain."
    if 2**answer - 1 < 100:
        return (
            f"With {answer} tokens the parity of {2**answer - 1} bits can be computed, "
            "and of no more."
        )
    if 2 ** (answer - 1) - 1 >= 100:
        return f"That works, and so does a chain of {answer - 1}."
    return None


@cache
def _threshold_functions(n: int) -> frozenset[bytes]:
    """All linear threshold functions of n ≤ 4 bits, as truth tables in counting order.

    Integer weights of size at most 3 realise every one of them for n ≤ 4: the counts 4, 14, 104
    and 1882 are tested.
    """
    inputs = _bits(n)
    tables: set[bytes] = set()
    for weights in product(range(-3, 4), repeat=n):
        sums = inputs @ np.array(weights)
        for threshold in range(int(sums.min()), int(sums.max()) + 2):
            tables.add((sums >= threshold).astype(np.uint8).tobytes())
    return frozenset(tables)


def _another_thought(answer: object) -> str | None:
    if not isinstance(answer, Sequence | np.ndarray) or len(answer) != 8:
        return "The answer should be a list of 8 bits, one for each input from 000 to 111."
    if any(value not in (0, 1) for value in answer):
        return "Every entry of the truth table should be 0 or 1."
    thought = np.array([int(value) for value in answer], dtype=np.uint8)
    inputs = _bits(3)
    if thought.tobytes() not in _threshold_functions(3):
        return "One linear step cannot write this token: no weights and threshold give this table."
    if (thought == (inputs.sum(axis=1) >= 2)).all():
        return "That is the majority, the chain's own thinking token. Find another."
    # where (x, thought) stands among the 4-bit inputs in counting order
    read = 2 * np.arange(8) + thought
    parity = (inputs.sum(axis=1) % 2).astype(np.uint8)
    if any((_table(f)[read] == parity).all() for f in _threshold_functions(4)):
        return None
    return "A linear step can write it, but no second linear step gets from there to the parity."


def _table(function: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(function, dtype=np.uint8)


def _mod_three(answer: object) -> str | None:
    if wrong := linear_steps(answer, n=8, tokens=2, vocabulary="012"):
        return wrong
    assert isinstance(answer, PerStep)
    inputs = _bits(8)
    return first_wrong(answer, inputs, inputs.sum(axis=1) % 3)


CHECKERS: dict[str, Callable[[object], str | None]] = {
    "another-xor": _another_xor,
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
    "tokens-for-100-bits": whole_number(_tokens_for_100_bits),
    "another-thought": _another_thought,
    "mod-three": _mod_three,
}
"""The chapter's exercises by name."""
