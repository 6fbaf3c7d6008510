"""Checkers for the chapter *A transformer in MiniCAG*."""

from collections.abc import Callable
from functools import cache
from math import ceil, log, sqrt

import numpy as np

from ntp_lib.exercises.common import number, whole_number
from ntp_lib.experiments.results import records
from ntp_lib.theory import BayesPredictor, Finite, direct, minicag
from ntp_lib.theory.transformer_predictor import TransformerPredictor

_CHAIN = -log(0.9 * 0.35 * 0.4 / 36)
_DIRECT_SHARE = 0.9 * 0.55 * 0.36
_FLAW = ((sqrt(0.5 + 4 * _DIRECT_SHARE) - sqrt(0.5)) / 2) ** 2


def _rows(answer: int) -> str | None:
    needed = ceil((2 / 0.05) ** 2)
    if answer == ceil(2 / 0.05):
        return "The standard error falls with the square root of the number of rows."
    if answer < needed:
        return "With so few rows the standard error is larger than 0.05."
    return None if answer == needed else "Fewer rows will do."


@cache
def _predictors() -> tuple[BayesPredictor, TransformerPredictor]:
    """The exact predictor of all pairs, and the network of the page."""
    world = minicag(
        8,
        4,
        depth=2,
        chain=3,
        prior=Finite([0] * 13 + [1]),
        facts=0.1,
        bodies=(0.55, 0.35, 0.10),
        deeper=0.36,
    )
    (record,) = records("in-context-weights")
    return BayesPredictor(world), TransformerPredictor(record["evaluation"]["weights"])


def _find_a_failure(answer: object) -> str | None:
    if not isinstance(answer, list | tuple) or not 2 <= len(answer) <= 13:
        return "The answer should be a list of 2 to 13 inputs."
    exact, network = _predictors()
    names = exact.vocabulary.decode(exact.objects)
    for name in answer:
        if name not in names:
            return f"{name!r} is no object; the objects are {', '.join(names)}."
    h = exact.hypotheses.find(*direct(1, 2))
    prompt = exact.write(h, exact.vocabulary.encode(answer)[None, :, None])
    sure, network_says = (
        float(np.exp(law(prompt)[0, -2, prompt[0, -2]]))
        for law in (exact.log_probabilities, network.log_probabilities)
    )
    if sure < 0.99:
        return (
            f"The exact predictor of all pairs gives the last label {sure:.3f}: your examples "
            "do not settle it yet."
        )
    if network_says > 0.1:
        return f"The network gives the last label {network_says:.3f}: it is not surprised enough."
    return None


CHECKERS: dict[str, Callable[[object], str | None]] = {
    "price-of-three-steps": number(
        _CHAIN,
        {
            _CHAIN - log(1 / 0.9): "The loop has to be chosen, too.",
            -log(0.9 * 0.35 * 0.4 / 64): "That is in the full grammar: here a function has three "
            "successors.",
            _CHAIN / log(2): "That is in bits; give it in nats.",
            -log(0.9 * 0.35 * 0.6 / 36): "That is the probability of two steps; three have the "
            "remainder.",
        },
        "Multiply: the loop, Chain, k = 3, the first function, and two successors.",
    ),
    "copying-at-eight": number(
        1 - (7 / 8) ** 8,
        {
            1 - (7 / 8) ** 7: "So often the input has occurred before; otherwise it still guesses.",
            (7 / 8) ** 8: "That is how often it is wrong.",
            1 - (7 / 8) ** 9: "At the eighth example only seven have been seen.",
        },
        "It is wrong if the input is new, and the guess among eight is wrong, too.",
        near=0.0006,
    ),
    "flaw-for-a-nat": number(
        _FLAW,
        {
            _DIRECT_SHARE: "That is ε = w: the square root has to fit in, too.",
            2 * _DIRECT_SHARE**2: "Near, but ε itself counts as well as its square root.",
            ((sqrt(0.5 + 4 * _DIRECT_SHARE / 12) - sqrt(0.5)) / 2) ** 2: (
                "That is what a single rule of the task needs."
            ),
        },
        "Solve (ε + √(ε/2)) / w = 1 for √ε.",
        near=0.0006,
    ),
    "rows-for-a-standard-error": whole_number(_rows),
    "find-a-failure": _find_a_failure,
}
"""The chapter's exercises by name."""
