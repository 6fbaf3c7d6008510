"""Wrong answers to the exercises of the chapter *Learning to simulate*."""

import numpy as np

from ntp_lib.theory import BITS, LinearPredictor

REPEAT = LinearPredictor(BITS, [2], [np.eye(2)])
ZEROS = LinearPredictor(BITS, [], [])
FAR = LinearPredictor(BITS, [3], [np.eye(2)])

WRONG: list[tuple[str, object, str]] = [
    ("ls-bound", 672, "has no bias"),
    ("ls-bound", 112, "That is ‖W‖²"),
    ("ls-bound", 895, "Write down R²"),
    ("ls-bound", "896", "should be a whole number"),
    ("ls-another-rule", "no", "should be a LinearPredictor; this is a str"),
    ("ls-another-rule", FAR, "look-backs 1 and 2 only"),
    ("ls-another-rule", ZEROS, "it writes 01000000"),
    ("ls-another-rule", REPEAT, "make it differ"),
    ("ls-windows", 512, "share cells"),
    ("ls-windows", 8, "number of tokens"),
    ("ls-windows", 64, "how many cells in all"),
    ("ls-collatz", 27, "The run of 27 still has a window"),
    ("ls-collatz", 29, "a smaller number would do"),
    ("ls-collatz", 1, "lies between 2 and 100"),
    ("ls-words", "abba", "should be a list of words"),
    ("ls-words", ["abc"], "'abc' is no word"),
    ("ls-words", ["abbabba"], "no word of at most 6"),
    ("ls-words", [], "give 1 to 30"),
    ("ls-words", ["a"] * 31, "give 1 to 30"),
    ("ls-words", ["abba", "baab"], "reads a window that your words do not show"),
]
