"""Wrong answers to the exercises of the chapter *Length complexity*."""

import numpy as np

from ntp_lib.core import PerStep, Vocabulary
from ntp_lib.theory import CountModulo, LinearPredictor

NOTHING = LinearPredictor(Vocabulary("012"), [], [])
ONES = [1.0] * 6
PLACES = Vocabulary(["_", "0", "1", "4s:0", "4s:1", "2s:0", "2s:1", "1s:0", "1s:1"])

WRONG: list[tuple[str, object, str]] = [
    ("base-ten", 3, "can write 200 different chains at most"),
    ("base-ten", 10, "so does a chain of 9"),
    ("base-ten", 0, "at least one is needed"),
    ("base-ten", 3.7, "should be a whole number; this is a float"),
    ("an-hour", 6, "With 6 tokens the search takes 12.1 hours"),
    ("an-hour", 8, "and so does a chain of 7"),
    ("an-hour", 64, "has from 1 to 63 tokens"),
    ("an-hour", "7", "should be a whole number; this is a str"),
    ("mod-three-26", PerStep(26, [NOTHING] * 3), "720 of 1080 inputs wrongly"),
    ("mod-three-26", PerStep(26, [NOTHING] * 2), "should write 3 tokens; yours writes 2"),
    ("mod-three-26", CountModulo(26, range(26), 3, 2).predictor(), "It should write 3 tokens"),
    ("mod-three-26", CountModulo(26, range(26), 2, 2).predictor(), "The dictionary should be 0"),
    ("no-large-subcube", [[0] * 7] * 3, "Label 0 fills a subcube of dimension 6"),
    ("no-large-subcube", [[*[0] * 6, 0], [*ONES, -3.5], [*ONES, -9]], "Dimension 2 can be reached"),
    ("no-large-subcube", [[0] * 6] * 3, "this has shape (3, 6)"),
    ("no-large-subcube", [[0, 1], [2]], "should be a table of numbers"),
    ("no-large-subcube", [[np.nan] * 7] * 3, "should be finite"),
    ("rare-ones", 17, "That is for uniform bits"),
    ("rare-ones", 107, "still exceeds 0.05"),
    ("rare-ones", 200, "so do fewer"),
    ("rare-ones", None, "should be a whole number; this is a NoneType"),
    ("find-the-secret", [0, 1], "is not the answer of"),
    ("find-the-secret", [0, 0], "distinct and from 0 to 63"),
    ("find-the-secret", [64], "distinct and from 0 to 63"),
    ("find-the-secret", [0.5], "should be a whole number from 0 to 63"),
    ("find-the-secret", 5, "should be a collection of positions; this is a int"),
    ("one-matrix", PerStep(26, [NOTHING]), "should be one LinearPredictor; this is a PerStep"),
    ("one-matrix", NOTHING, "The dictionary should be _, 0, 1, 4s:0"),
    ("one-matrix", LinearPredictor(PLACES, [], []), "after __0000000 it writes _ _ _"),
    ("one-matrix", LinearPredictor(PLACES, [10], np.zeros((1, 9, 9))), "It cannot run: look-back"),
]
