"""Checkers for the chapter *Emergence*."""

from collections.abc import Callable
from math import exp, log

import numpy as np

from ntp_lib.exercises.common import number, whole_number
from ntp_lib.experiments.emergence import copier_accuracy, first_passage


def _guarantee(answer: object) -> str | None:
    if isinstance(answer, bool) or not isinstance(answer, int | float | np.floating):
        return f"The answer should be a number; this is a {type(answer).__name__}."
    value = float(answer)
    if not value > 0:
        return "A divergence that guarantees anything is small, but positive."
    for truth, message in (
        (exp(-10), None),
        (exp(-5), "You have forgotten the half before the logarithm."),
        (exp(-2.5), "The half stands before the logarithm: ln(1/ε) is twice 5, not half of it."),
    ):
        if abs(log(value / truth)) < 0.02:
            return message
    return "Solve ½ ln(1/ε) = 5 for ε."


def _states(answer: int) -> str | None:
    known = {
        4 * 8: "That is enough to know function and input. But the state must also say where in "
        "the item it stands.",
        3 * 4: "Three places for each function is too few: a state emits its token without "
        "knowing what came before, so it must hold the value itself.",
        4 * (8 + 1): "Nearly: both the input and the label stand in the state while they are "
        "written.",
        4 * (8 * 8 + 1): "Given the function, the label follows from the input: not all pairs.",
        4 * 3 * 8: "The separator is the same for all values: after it only the function must be "
        "remembered.",
        8 + 8 + 1: "For one function. There are four, and the state must remember which.",
    }
    if answer in known:
        return known[answer]
    if answer < 68:
        return "That is too few: list what a state must hold at each of the three places."
    return None if answer == 68 else "Fewer will do: list what each of the three places must hold."


_CASES: list[tuple[list[float], list[float], float]] = [
    ([100, 10_000], [0.0, 1.0], 0.5),
    ([1, 10, 100, 1000], [0.1, 0.3, 0.2, 0.9], 0.25),
    ([50, 60, 90], [0.7, 0.8, 0.9], 0.5),
    ([1, 2, 4, 8], [0.0, 0.1, 0.2, 0.3], 0.5),
    ([1, 8], [0.0, 0.5], 0.5),
]


def _first_passage(answer: object) -> str | None:
    if not callable(answer):
        return (
            "The answer should be a function of tokens, values and level; this is a "
            f"{type(answer).__name__}."
        )
    for tokens, values, level in _CASES:
        expected = first_passage(tokens, values, level)
        asked = f"For tokens {tokens}, values {values} and level {level}"
        try:
            given = answer(np.array(tokens, dtype=float), np.array(values), level)
        except Exception as error:
            return f"{asked} it fails: {type(error).__name__}, {error}."
        if expected is None:
            if given is not None:
                return f"{asked} it should return None; it returns {given}."
        elif isinstance(given, bool) or not isinstance(given, int | float | np.number):
            return f"{asked} it should return a number; it returns {given}."
        elif abs(float(given) - expected) > 1e-3 * expected:
            return f"{asked} it should return {expected:.4g}; it returns {float(given):.4g}."
    return None


CHECKERS: dict[str, Callable[[object], str | None]] = {
    "exact-match": number(
        0.9**5,
        {0.9: "That is one token. The chain has five.", 0.5: "Five tokens, not half of one."},
        "All five tokens must be right, independently: multiply.",
    ),
    "guaranteed-epsilon": _guarantee,
    "copier-at-four": number(
        copier_accuracy(8, 4, permutation=False),
        {
            1 - (7 / 8) ** 3: "An unseen input can still be guessed.",
            copier_accuracy(8, 5, permutation=False): "Three examples come before the fourth.",
            copier_accuracy(8, 4, permutation=True): "The values are independent: one that is "
            "taken can come again.",
        },
        "How likely is it that one of the three inputs before was the same?",
    ),
    "sticky-floor": number(
        -log(0.7 + 0.3 / 8),
        {
            -log(0.7): "A fresh body can give the same label by chance.",
            -log(0.3): "The body is kept with probability 1 − η.",
        },
        "Mix the two cases: the body stays, or a fresh one is drawn.",
    ),
    "states-of-an-hmm": whole_number(_states),
    "first-passage": _first_passage,
}
"""The chapter's exercises by name."""
