"""From linear predictors back to threshold circuits."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import ceil, floor, gcd, lcm

import numpy as np
from numpy.typing import NDArray

from ntp_lib.core import PerStep
from ntp_lib.theory.circuits import Circuit, Gate
from ntp_lib.theory.linear import LinearPredictor
from ntp_lib.theory.parity import BITS


def circuit_of(predictor: PerStep, outputs: int = 1) -> Circuit:
    """Return the circuit that a linear predictor over the bits is: one gate for each token.

    Token 1 is written where its score exceeds token 0's. The weights are read as the exact
    fractions that floats are and scaled to integers without a common factor. Where the scores
    are so near a tie that their rounding decides, predictor and circuit may differ. Source: ours.

    Parameters
    ----------
    predictor : PerStep of LinearPredictors over "0" and "1"
    outputs : int
        How many of the last tokens are the answer.

    Raises
    ------
    ValueError
        If a step is not linear over the bits or reads before the prompt, or there are fewer
        tokens than outputs.

    Examples
    --------
    >>> from ntp_lib.theory import CountParity
    >>> circuit_of(CountParity(n=3, subset=(0, 1, 2)).predictor()).gates
    {'z1': 1[x1 + x2 + x3 ≥ 2], 'z2': 1[x1 + x2 + x3 − 2z1 ≥ 1]}
    """
    if predictor.vocabulary != BITS:
        raise ValueError(
            f"the predictor is over {predictor.vocabulary!r}, not over '0' and '1'; "
            "one_hot_circuit takes any dictionary"
        )
    n, steps = predictor.prompt_length, len(predictor.steps)
    if not 1 <= outputs <= steps:
        raise ValueError(f"outputs is {outputs}; the predictor writes {steps} tokens")
    wires = _wires(n, steps)
    gates = {}
    for t, step in enumerate(_linear_steps(predictor)):
        # what each token read, 0 or 1, adds to the score of 1 less that of 0
        added = [[_difference(row, 1, 0) for row in block] for block in step.weights]
        terms = {
            wires[n + t - b]: one - zero
            for b, (zero, one) in zip(step.look_backs, added, strict=True)
        }
        constant = _difference(step.bias, 1, 0) + sum(zero for zero, _ in added)
        gates[wires[n + t]] = _integer_gate(terms, constant, strict=True)
    return Circuit(wires[:n], gates, wires[n + steps - outputs :])


def one_hot_circuit(predictor: PerStep) -> Circuit:
    """Return a circuit for a linear predictor over any dictionary, one wire for each token.

    The wire x1=a says that token 1 of the prompt is a. A token of the chain takes q(q−1)/2 gates,
    which compare its q candidates two by two, and q that name the winner; the outputs are the q
    wires of the last token. Source: ours.

    Parameters
    ----------
    predictor : PerStep of LinearPredictors

    Raises
    ------
    ValueError
        If a step is not linear or reads before the prompt.

    Examples
    --------
    >>> from ntp_lib.theory import RunningParity
    >>> one_hot_circuit(RunningParity(n=2, subset=(0, 1)).predictor())
    Circuit(12 inputs, 42 gates, 6 outputs)
    """
    n, tokens = predictor.prompt_length, predictor.vocabulary.tokens
    q = len(tokens)
    wires = _wires(n, len(predictor.steps))
    gates: dict[str, Gate] = {}
    for t, step in enumerate(_linear_steps(predictor)):
        position = wires[n + t]
        for d in range(q):
            for e in range(d + 1, q):
                terms = {
                    f"{wires[n + t - b]}={token}": _difference(row, d, e)
                    for b, block in zip(step.look_backs, step.weights, strict=True)
                    for token, row in zip(tokens, block, strict=True)
                }
                constant = _difference(step.bias, d, e)
                gates[f"{position}:{d}≥{e}"] = _integer_gate(terms, constant, strict=False)
        for d in range(q):
            beats = {f"{position}:{d}≥{e}": 1 for e in range(d + 1, q)}
            loses = {f"{position}:{e}≥{d}": -1 for e in range(d)}
            gates[f"{position}={tokens[d]}"] = Gate(beats | loses, len(beats))
    inputs = [f"{wire}={token}" for wire in wires[:n] for token in tokens]
    return Circuit(inputs, gates, [f"{wires[-1]}={token}" for token in tokens])


def _wires(n: int, steps: int) -> list[str]:
    return [*(f"x{i + 1}" for i in range(n)), *(f"z{t + 1}" for t in range(steps))]


def _linear_steps(predictor: PerStep) -> Iterable[LinearPredictor]:
    for t, step in enumerate(predictor.steps):
        if not isinstance(step, LinearPredictor):
            raise ValueError(f"step {t} is {step!r}; every step must be a LinearPredictor")
        reach = max(step.look_backs, default=0)
        if reach > predictor.prompt_length + t:
            raise ValueError(f"step {t} reads {reach} back, before the start of the prompt")
        yield step


def _difference(scores: NDArray[np.float64], d: int, e: int) -> Fraction:
    """The exact score of candidate d less that of candidate e."""
    return Fraction(float(scores[d])) - Fraction(float(scores[e]))


def _integer_gate(terms: Mapping[str, Fraction], constant: Fraction, strict: bool) -> Gate:
    """Return 1[Σ terms + constant > 0], or ≥ 0 if not strict, over 0s and 1s, with integers."""
    used = {wire: term for wire, term in terms.items() if term}
    scale = lcm(*(term.denominator for term in used.values()))
    weights = {wire: int(term * scale) for wire, term in used.items()}
    factor = gcd(*weights.values()) or 1
    least = -constant * scale / factor
    threshold = floor(least) + 1 if strict else ceil(least)
    return Gate({wire: weight // factor for wire, weight in weights.items()}, threshold)
