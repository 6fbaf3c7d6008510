"""Wrong answers to the exercises of the chapter *Learning from chains*."""

import numpy as np

from ntp_lib.core import PerStep
from ntp_lib.theory import BITS, CountParity, LinearPredictor, threshold_token

NOTHING = LinearPredictor(BITS, [], [])
OUT_OF_REACH = LinearPredictor(BITS, [9], np.zeros((1, 2, 2)))


def alarm(*codes: str) -> PerStep:
    """Step t writes 1 at the prompt codes[t] and 0 at the others."""
    steps = []
    for t, code in enumerate(codes):
        weights = {2 + t - i: 1 if bit == "1" else -1 for i, bit in enumerate(code)}
        steps.append(threshold_token(BITS, weights, code.count("1")))
    return PerStep(2, steps)


LUCKY_ON_TWO = PerStep(
    2,
    [
        threshold_token(BITS, {2: 1, 1: 1}, 1),
        threshold_token(BITS, {3: -1, 2: -1, 1: 2}, 1),
    ],
)

WRONG: list[tuple[str, object, str]] = [
    ("both-ends", alarm("00", "01", "10"), "a pair of predictors: (least, most)"),
    ("both-ends", (alarm("00", "00", "00"),), "a pair of predictors"),
    ("both-ends", (alarm("00", "01", "01"), alarm("00", "01", "10")), "error is 0.5, not 0.25"),
    ("both-ends", (alarm("11", "11", "11"), alarm("00", "00", "10")), "error is 0.5, not 0.75"),
    ("both-ends", (PerStep(2, [NOTHING] * 3), 1), "token 1 is wrong with probability 0, not ¼"),
    ("both-ends", (PerStep(2, [OUT_OF_REACH] * 3), 1), "It cannot run: look-back 9"),
    ("both-ends", (alarm("00", "00"), 1), "should write 3 tokens; yours writes 2"),
    ("spoilt-chain", alarm("00", "01", "10"), "writes 0.75 wrong tokens on average; 1.5 are"),
    ("spoilt-chain", PerStep(2, [NOTHING] * 3), "with probability 0, not ¼"),
    ("spoilt-chain", NOTHING, "should be a PerStep predictor"),
    ("samples-for-a-chain", 1981, "what must the probability δ of one failure be"),
    ("samples-for-a-chain", 129, "what must the error ε of one step be"),
    ("samples-for-a-chain", 100, "learn one step. Here all 20 must be right at once"),
    ("samples-for-a-chain", 2000, "Too few"),
    ("samples-for-a-chain", 10**6, "Fewer are enough"),
    ("samples-for-a-chain", 2579.8, "should be a whole number"),
    ("and-gate-mistakes", 34.0, "the bias is a coordinate of ψ too"),
    ("and-gate-mistakes", 24.0, "The biases are weights too"),
    ("and-gate-mistakes", 7, "Write down R², ‖W*‖² and γ"),
    ("and-gate-mistakes", "51", "should be a number; this is a str"),
    ("wrong-chain-right-answer", CountParity(2, (0, 1)).predictor(), "right on 4 of the 4"),
    ("wrong-chain-right-answer", LUCKY_ON_TWO, "still right on 2 of the 4 inputs"),
    ("wrong-chain-right-answer", PerStep(2, [NOTHING] * 2), "answers 2 of the 4 inputs wrongly"),
    ("wrong-chain-right-answer", PerStep(2, [OUT_OF_REACH] * 2), "It cannot run"),
    ("wrong-chain-right-answer", 0, "should be a PerStep predictor"),
    ("thirteen-sequences", range(200), "These are 200 sequences; 13 are enough"),
    ("thirteen-sequences", range(13), "a constraint that holds the weights in place is missing"),
    ("thirteen-sequences", [], "only zero weights"),
    ("thirteen-sequences", [200], "a whole number from 0 to 199"),
    ("thirteen-sequences", 7, "a list of sequence numbers"),
]
