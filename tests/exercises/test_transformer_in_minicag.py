"""Wrong answers to the exercises of the chapter *A transformer in MiniCAG*."""

from math import log

import numpy as np

from ntp_lib.exercises import check

WRONG: list[tuple[str, object, str]] = [
    ("price-of-three-steps", 5.55, "The loop has to be chosen"),
    ("price-of-three-steps", 6.23, "in the full grammar"),
    ("price-of-three-steps", 8.16, "in bits"),
    ("price-of-three-steps", 5.25, "the probability of two steps"),
    ("price-of-three-steps", 36, "Multiply: the loop"),
    ("price-of-three-steps", "5.65", "should be a number; this is a str"),
    ("copying-at-eight", 0.607, "otherwise it still guesses"),
    ("copying-at-eight", 0.344, "how often it is wrong"),
    ("copying-at-eight", 0.699, "only seven have been seen"),
    ("copying-at-eight", 0.5, "if the input is new"),
    ("flaw-for-a-nat", 0.1782, "the square root has to fit in"),
    ("flaw-for-a-nat", 0.0635, "ε itself counts"),
    ("flaw-for-a-nat", 0.00042, "a single rule of the task"),
    ("flaw-for-a-nat", 1, "Solve"),
    ("rows-for-a-standard-error", 40, "the square root of the number"),
    ("rows-for-a-standard-error", 800, "larger than 0.05"),
    ("rows-for-a-standard-error", 2000, "Fewer rows will do"),
    ("rows-for-a-standard-error", 1600.0, "should be a whole number; this is a float"),
    ("find-a-failure", ["o0", "o0"], "do not settle it yet"),
    ("find-a-failure", ["o0", "o8"], "'o8' is no object"),
    ("find-a-failure", ["o0"], "a list of 2 to 13 inputs"),
    ("find-a-failure", "o0 o1", "a list of 2 to 13 inputs"),
]


def test_right_answers_of_other_types_pass() -> None:
    assert check("rows-for-a-standard-error", np.int64(1600))
    assert check("price-of-three-steps", np.float64(-log(0.9 * 0.35 * 0.4 / 36)))
