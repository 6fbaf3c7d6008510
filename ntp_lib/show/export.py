"""Predictors as plain JSON, for the JavaScript that runs them in a page."""

from typing import TypedDict

from ntp_lib.core import PerStep, Predictor
from ntp_lib.theory import LinearPredictor

Number = int | float
"""A weight; whole numbers are written as integers, which are shorter and equal."""


class StepJSON(TypedDict):
    """One linear predictor: k look-backs, weights of shape (k, |D|, |D|), bias of length |D|."""

    look_backs: list[int]
    weights: list[list[list[Number]]]
    bias: list[Number]


class PredictorJSON(TypedDict):
    """A predictor's tokens, the length of its prompt, and its steps."""

    vocabulary: list[str]
    prompt_length: int | None
    steps: list[StepJSON]


def predictor_json(predictor: Predictor) -> PredictorJSON:
    """Return a linear predictor, or one for each step, as plain JSON.

    Parameters
    ----------
    predictor : LinearPredictor, or PerStep of LinearPredictors

    Returns
    -------
    dict
        `vocabulary`, the tokens; `prompt_length`, or None if all tokens have the same weights;
        `steps`, each with its `look_backs`, `weights` and `bias`.

    Raises
    ------
    ValueError
        If it is any other predictor: only linear ones have weights of this form.

    Examples
    --------
    >>> from ntp_lib.theory import CountParity
    >>> predictor_json(CountParity(n=1, subset=[0]).predictor())["steps"]
    [{'look_backs': [1], 'weights': [[[0, 0], [-0.5, 0.5]]], 'bias': [0.25, -0.25]}]
    """
    prompt_length, steps = (
        (predictor.prompt_length, predictor.steps)
        if isinstance(predictor, PerStep)
        else (None, (predictor,))
    )
    return {
        "vocabulary": list(predictor.vocabulary.tokens),
        "prompt_length": prompt_length,
        "steps": [_step_json(step) for step in steps],
    }


def _step_json(step: Predictor) -> StepJSON:
    if not isinstance(step, LinearPredictor):
        raise ValueError(
            f"{step!r} is not linear; give a LinearPredictor or a PerStep of LinearPredictors"
        )
    return {
        "look_backs": list(step.look_backs),
        "weights": [[[_plain(w) for w in row] for row in block] for block in step.weights],
        "bias": [_plain(w) for w in step.bias],
    }


def _plain(weight: float) -> Number:
    value = float(weight)
    return int(value) if value.is_integer() else value
