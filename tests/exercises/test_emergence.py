"""Wrong answers to the exercises of the chapter *Emergence*."""

from math import exp, log

import numpy as np

from ntp_lib.exercises import check
from ntp_lib.experiments.emergence import first_passage


def nearest_checkpoint(tokens: np.ndarray, values: np.ndarray, level: float) -> float | None:
    reached = np.flatnonzero(values >= level)
    return float(tokens[reached[0]]) if len(reached) else None


def linear(tokens: np.ndarray, values: np.ndarray, level: float) -> float | None:
    return float(np.interp(level, values, tokens)) if values.max() >= level else None


def always_a_number(tokens: np.ndarray, values: np.ndarray, level: float) -> float:
    return first_passage(tokens, values, level) or 0.0


WRONG: list[tuple[str, object, str]] = [
    ("exact-match", 0.9, "That is one token"),
    ("exact-match", 4.5, "multiply"),
    ("exact-match", "0.59", "should be a number"),
    ("guaranteed-epsilon", exp(-5), "forgotten the half"),
    ("guaranteed-epsilon", exp(-2.5), "twice 5"),
    ("guaranteed-epsilon", -10, "small, but positive"),
    ("guaranteed-epsilon", 5.0, "Solve"),
    ("guaranteed-epsilon", None, "should be a number"),
    ("copier-at-four", 1 - (7 / 8) ** 3, "can still be guessed"),
    ("copier-at-four", 0.375, "How likely is it"),
    ("sticky-floor", -log(0.7), "by chance"),
    ("sticky-floor", -log(0.3), "with probability 1 − η"),
    ("sticky-floor", 1.0, "Mix the two cases"),
    ("states-of-an-hmm", 32, "where in the item"),
    ("states-of-an-hmm", 17, "which"),
    ("states-of-an-hmm", 1000, "Fewer will do"),
    ("states-of-an-hmm", 5, "too few"),
    ("states-of-an-hmm", 68.0, "should be a whole number"),
    ("first-passage", nearest_checkpoint, "it should return 1000; it returns 1e+04"),
    ("first-passage", linear, "it should return 1000; it returns 5050"),
    ("first-passage", always_a_number, "it should return None; it returns 0.0"),
    ("first-passage", lambda tokens: 1, "it fails: TypeError"),
    ("first-passage", lambda *_: "soon", "it should return a number"),
    ("first-passage", 7, "should be a function"),
]


def test_the_library_s_own_functions_pass() -> None:
    assert check("first-passage", first_passage)
    assert check("guaranteed-epsilon", np.float64(4.54e-5))
