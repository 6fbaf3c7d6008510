"""Checkers for the chapter *What is represented*."""

from collections.abc import Callable
from itertools import product

import numpy as np

from ntp_lib.exercises.common import whole_number
from ntp_lib.theory.factored import combination

_SEEN = [(i, j) for i, j in product(range(1, 5), repeat=2) if j != i % 4 + 1]
_PAIRS = list(product(range(3), repeat=2))
_CODES = {"A": "factored", "B": "atomic", "C": "absent"}


def _read_the_table(answer: object) -> str | None:
    if not isinstance(answer, dict) or set(answer) != set(_CODES):
        return "The answer should be a dict with the keys A, B and C."
    for name in _CODES:
        if answer[name] not in _CODES.values():
            return f"{name} is {answer[name]!r}; choose factored, atomic or absent."
    if answer["C"] != "absent":
        return "C's probe is at chance: it reads nothing."
    if answer != _CODES:
        return "Look at the pairs that are new to the probe."
    return None


def _enough_pairs(answer: int) -> str | None:
    if answer < 9:
        return "So few edges do not connect ten nodes."
    return None if answer == 9 else "Fewer are enough: a graph without a circle is connected, too."


def _unfair_split(answer: object) -> str | None:
    try:
        held = [(int(i), int(j)) for i, j in answer]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return "The answer should be a list of four pairs of numbers."
    if {i for i, _ in held} != {1, 2, 3, 4} or {j for _, j in held} != {1, 2, 3, 4}:
        return "Each function should be first in one of the four pairs, and second in one."
    if len(held) != 4 or not set(held) <= set(_SEEN):
        return "Take four of the twelve pairs that the network has seen."
    left = [pair for pair in _SEEN if pair not in held]
    if all(combination(left, pair) is not None for pair in held):
        return "This split is fair: the eight pairs left connect all functions."
    return None


def _impossible_labels(answer: object) -> str | None:
    if not isinstance(answer, list | tuple) or len(answer) != 4:
        return "The answer should be a list of four labels."
    if any(label not in (0, 1) for label in answer):
        return "Each label should be 0 or 1."
    if len(set(answer)) == 1:
        return "A constant probe gives these labels."
    if list(answer) in ([0, 1, 1, 0], [1, 0, 0, 1]):
        return None
    return "A probe can do this: give each first and each second part a number, and compare sums."


def _how_many_labellings(answer: int) -> str | None:
    if answer == 16:
        return "Two of them have a crossed square."
    if answer == 4:
        return "Those depend on one part only, or are constant; sums can do more."
    return None if answer == 14 else "Which of the 16 can no sum of two numbers separate?"


def _fooling_code(answer: object) -> str | None:
    try:
        code = np.array(answer, dtype=float)
    except (TypeError, ValueError):
        return "The answer should be an array of numbers."
    if code.ndim != 2 or len(code) != 9 or not 1 <= code.shape[1] <= 50:
        return "The answer should have nine rows, one for each pair, and at most 50 columns."
    if not np.isfinite(code).all():
        return "The array should hold finite numbers."
    x = np.hstack([code, np.ones((9, 1))])
    new = np.array([i == j for i, j in _PAIRS])
    for part, name in enumerate(("first", "second")):
        labels = np.array([pair[part] for pair in _PAIRS])
        targets = np.eye(3)[labels]
        said = (x @ np.linalg.pinv(x) @ targets).argmax(axis=1)
        if (said != labels).any():
            return (
                f"The naive probe reads the {name} part wrongly on {(said != labels).sum()} pairs."
            )
        scores = x[new] @ np.linalg.pinv(x[~new]) @ targets[~new]
        right = (scores.argmax(axis=1) == labels[new]).sum()
        if right > 1:
            return (
                f"Trained without the new pairs, it reads the {name} part rightly on {right} of 3."
            )
    return None


CHECKERS: dict[str, Callable[[object], str | None]] = {
    "read-the-table": _read_the_table,
    "enough-pairs": whole_number(_enough_pairs),
    "unfair-split": _unfair_split,
    "impossible-labels": _impossible_labels,
    "how-many-labellings": whole_number(_how_many_labellings),
    "fooling-code": _fooling_code,
}
"""The chapter's exercises by name."""
