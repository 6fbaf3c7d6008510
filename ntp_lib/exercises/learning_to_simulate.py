"""Checkers for the chapter *Learning to simulate*."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from ntp_lib.core import rollout
from ntp_lib.exercises.common import whole_number
from ntp_lib.theory import (
    BITS,
    Examples,
    LinearPredictor,
    TuringMachine,
    example_machine,
    pool,
    run,
    squared_norm,
    tableau,
    unseen_windows,
)

MOST_WORDS, LONGEST_WORD = 30, 6


def _traces(machine: TuringMachine, tapes: Sequence[str]) -> Examples:
    """What the machine's tableaux on these tapes teach, pooled."""
    parts = []
    for tape in tapes:
        result = run(machine, tape)
        s = len(result.cells)
        parts.append(
            Examples.of(machine.vocabulary, tableau(result)[None], s + 1, (s + 1, s, s - 1))
        )
    return pool(parts)


def _bound(answer: int) -> str | None:
    norm = squared_norm(example_machine("bb2"))
    if answer == 8 * norm:
        return None
    if answer == 6 * norm:
        return "The perceptron of chapter 4 has no bias. Here R² counts one more coordinate."
    if answer == norm:
        return "That is ‖W‖². Now multiply it by 2R²/γ²."
    return "Write down R², ‖W‖² and γ: three tokens are read, and the bias is a coordinate too."


def _windows(answer: int) -> str | None:
    if answer == 32:
        return None
    if answer == 8**3:
        return "Three tokens side by side share cells: not every triple of tokens can occur."
    if answer == 8:
        return "That is the number of tokens. A local window here is three tokens."
    return "Three neighbouring tokens are windows of three cells each: how many cells in all?"


def _another_rule(answer: object) -> str | None:
    if not isinstance(answer, LinearPredictor):
        return f"The answer should be a LinearPredictor; this is a {type(answer).__name__}."
    if answer.vocabulary != BITS or not set(answer.look_backs) <= {1, 2}:
        return "It should be over BITS and read look-backs 1 and 2 only."
    written = rollout(answer, [[0, 1]], 6)[0].tolist()
    if written != [0, 1] * 4:
        return f"It should continue 01 to 01010101; it writes {''.join(map(str, written))}."
    if rollout(answer, [[1, 1]], 1)[0, -1] == 1:
        return "After 11 it repeats the token before last, as the old rule does: make it differ."
    return None


def _words(answer: object) -> str | None:
    if isinstance(answer, str) or not isinstance(answer, Sequence):
        return "The answer should be a list of words."
    for word in answer:
        if not isinstance(word, str) or set(word) - set("ab") or len(word) > LONGEST_WORD:
            return f"{word!r} is no word of at most {LONGEST_WORD} letters a and b."
    if not 1 <= len(answer) <= MOST_WORDS:
        return f"These are {len(answer)} words; give 1 to {MOST_WORDS}."
    machine = example_machine("palindrome")
    seen = _traces(machine, [f">{word}" for word in answer])
    for length in range(LONGEST_WORD + 3):
        for letters in product("ab", repeat=length):
            tests = _traces(machine, [">" + "".join(letters)])
            new = unseen_windows(seen, tests)[0]
            if new.any():
                window = machine.vocabulary.decode(tests.read[0, int(np.argmax(new))])
                return (
                    f"The run on {''.join(letters)!r} reads a window that your words do not "
                    f"show: {', '.join(window)}."
                )
    return None


def _collatz(answer: int) -> str | None:
    if not 2 <= answer <= 100:
        return "It lies between 2 and 100."
    machine = example_machine("collatz")
    runs = {n: _traces(machine, [f"{n:b}"]) for n in range(1, 100)}

    def first_gap(limit: int) -> int | None:
        seen = pool([runs[n] for n in range(1, limit)])
        gaps = (n for n in range(limit, 100) if unseen_windows(seen, runs[n]).any())
        return next(gaps, None)

    gap = first_gap(answer)
    if gap is not None:
        return f"The run of {gap} still has a window that no run of n < {answer} shows."
    if answer > 2 and first_gap(answer - 1) is None:
        return "All windows are seen, but a smaller number would do."
    return None


CHECKERS: dict[str, Callable[[object], str | None]] = {
    "ls-bound": whole_number(_bound),
    "ls-another-rule": _another_rule,
    "ls-windows": whole_number(_windows),
    "ls-collatz": whole_number(_collatz),
    "ls-words": _words,
}
"""The chapter's exercises by name."""
