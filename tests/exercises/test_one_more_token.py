"""Wrong answers to the exercises of the chapter *One more token*."""

from collections.abc import Callable
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from ntp_lib.core import PerStep, Vocabulary
from ntp_lib.exercises import Verdict, check
from ntp_lib.theory import BITS, CountParity, LinearPredictor, RunningParity, threshold_token


def _xor(first_threshold: int, weight: int) -> PerStep:
    return PerStep(
        2,
        [
            threshold_token(BITS, {2: 1, 1: 1}, first_threshold),
            threshold_token(BITS, {3: 1, 2: 1, 1: weight}, 1),
        ],
    )


class NotLinear:
    """XOR by a formula that no linear predictor has."""

    vocabulary = BITS

    def scores(self, prefixes: np.ndarray) -> np.ndarray:
        return np.eye(2)[prefixes[:, 0] ^ prefixes[:, 1]]


TERNARY = Vocabulary("012")
NOTHING = LinearPredictor(TERNARY, [], [])
OUT_OF_REACH = LinearPredictor(BITS, [9], np.zeros((1, 2, 2)))

WRONG: list[tuple[str, object, str]] = [
    ("xor-another-way", "OR", "should be a PerStep predictor; this is a str"),
    ("xor-another-way", PerStep(2, [NotLinear(), NotLinear()]), "must be a LinearPredictor"),
    ("xor-another-way", _xor(2, -2), "its thinking token is x₁ AND x₂ again"),
    ("xor-another-way", _xor(1, -2), "answers 2 of 4 inputs wrongly; after 01 it writes 1 0"),
    (
        "xor-another-way",
        CountParity(3, (0, 1)).predictor(),
        "has 2 tokens; your predictor expects 3",
    ),
    (
        "xor-another-way",
        CountParity(2, (0, 1), 1).predictor(),
        "should write 2 tokens; yours writes 1",
    ),
    ("xor-another-way", RunningParity(2, (0, 1)).predictor(), "The dictionary should be 0, 1"),
    ("xor-another-way", PerStep(2, [OUT_OF_REACH] * 2), "cannot run: look-back 9 reaches before"),
    ("five-bits-one-token", 0.5, "A linear step does better"),
    ("five-bits-one-token", Fraction(3, 4), "No linear step does so well"),
    ("five-bits-one-token", 11, "lies between 0 and 1; 11 does not"),
    ("five-bits-one-token", "11/16", "should be a number; this is a str"),
    ("five-bits-one-token", True, "should be a number; this is a bool"),
    ("five-bits-one-token", float("nan"), "lies between 0 and 1; nan does not"),
    ("tokens-for-1000-bits", 9, "too few"),
    ("tokens-for-1000-bits", 11, "a shorter chain does too"),
    ("tokens-for-1000-bits", 0, "at least one is needed"),
    ("tokens-for-1000-bits", 9.97, "should be a whole number; this is a float"),
    ("seven-bits-two-tokens", Fraction(112, 128), "some counts outside it come out right"),
    ("seven-bits-two-tokens", 1, "some are wrong"),
    ("seven-bits-two-tokens", 0.89, "Near, but not exact"),
    ("seven-bits-two-tokens", [57, 64], "should be a number; this is a list"),
    ("three-bit-thought", [0, 0, 0, 1, 0, 1, 1, 1], "That is the majority"),
    ("three-bit-thought", [0, 1, 1, 0, 1, 0, 0, 1], "One linear step cannot write this token"),
    ("three-bit-thought", [0, 0, 0, 0, 0, 0, 0, 1], "no second linear step gets from there"),
    ("three-bit-thought", [0, 1], "a list of 8 bits"),
    ("three-bit-thought", [0, 1, 2, 0, 0, 0, 0, 0], "should be 0 or 1"),
    ("three-bit-thought", 5, "a list of 8 bits"),
    ("three-bit-thought", np.array(5), "a list of 8 bits"),
    ("three-bit-thought", np.zeros((8, 2)), "a list of 8 bits"),
    ("mod-three", PerStep(8, [NOTHING, NOTHING]), "answers 171 of 256 inputs wrongly"),
    ("mod-three", PerStep(8, [NOTHING]), "should write 2 tokens; yours writes 1"),
    ("mod-three", CountParity(8, range(8), 2).predictor(), "The dictionary should be 0, 1, 2"),
]


def test_right_answers_of_other_types_pass() -> None:
    assert check("tokens-for-1000-bits", np.int64(10))
    assert check("five-bits-one-token", np.float32(0.6875))
    assert check("three-bit-thought", np.array([1, 1, 1, 0, 1, 0, 0, 0]))


def test_the_eight_first_tokens_and_no_others() -> None:
    """The chapter says so of all 104 threshold functions of three bits; the majority is one."""
    good = [t for t in product((0, 1), repeat=8) if check("three-bit-thought", t)]
    assert len(good) == 7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: check("xor-anotherway", 1), "did you mean 'xor-another-way'"),
        (lambda: check("zzz", 1), "the names are xor-another-way"),
    ],
)
def test_unknown_exercise(call: Callable[[], Verdict], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_verdicts_display_themselves() -> None:
    assert not check("mod-three", ...)
    assert "ntp-open" in check("mod-three", ...)._repr_html_()
    assert "ntp-no" in check("mod-three", "<b>")._repr_html_()
    assert "ntp-yes" in check("tokens-for-1000-bits", 10)._repr_html_()
