"""Transformers from weights of 8 bits: by hand, against erf, and what is refused."""

import copy
from base64 import b64encode
from collections.abc import Callable
from math import erf
from typing import Any

import numpy as np
import pytest

from ntp_lib.theory.transformer_predictor import TransformerPredictor, decode_rows, gelu


def rows(matrix: list[list[int]], scale: float = 1.0) -> dict[str, Any]:
    codes = b64encode(np.array(matrix, dtype=np.int8).tobytes()).decode()
    return {"scales": [scale] * len(matrix), "codes": codes}


def zeros(height: int, width: int) -> dict[str, Any]:
    return rows([[0] * width] * height)


# one head of width 2: queries are 0, so each token sees the mean of the values so far
MEAN = {
    "kind": "transformer",
    "vocabulary": ["a", "b"],
    "width": 2,
    "heads": 1,
    "embedding": rows([[100, 0], [0, 100]]),
    "position": zeros(3, 2),
    "output": rows([[1, 0], [0, 1]]),
    "blocks": [
        {
            "attend": rows([[0, 0]] * 4 + [[1, 0], [0, 1]]),
            "join": rows([[127, 0], [0, 127]], scale=10.0),
            "widen": zeros(8, 2),
            "narrow": zeros(2, 8),
        }
    ],
}


def test_attention_by_hand() -> None:
    """a, b become (1, −1), (−1, 1) under the norm; the mean of those seen decides."""
    predictor = TransformerPredictor(MEAN)  # type: ignore[arg-type]
    scores = predictor.scores(np.array([[0, 0, 1], [1, 1, 0]]))
    np.testing.assert_allclose(scores, [[1, -1], [-1, 1]], atol=1e-6)
    found = predictor.log_probabilities([[0, 1, 1]])[0]
    np.testing.assert_allclose(np.exp(found).sum(axis=-1), 1)
    np.testing.assert_allclose(found[0], np.log(0.5))
    np.testing.assert_allclose(found[1] - found[1, 1], [2, 0], atol=1e-6)
    for length in (0, 4):
        with pytest.raises(ValueError, match=f"{length} tokens; this model continues 1 to 3"):
            predictor.scores(np.zeros((1, length), dtype=np.int64))


def test_many_sequences_are_read_as_one_by_one() -> None:
    predictor = TransformerPredictor(MEAN)  # type: ignore[arg-type]
    tokens = np.random.default_rng(0).integers(0, 2, (600, 3))
    found = predictor.scores(tokens)
    np.testing.assert_array_equal(found[[0, 299, 599]], predictor.scores(tokens[[0, 299, 599]]))


def test_gelu_is_within_its_error() -> None:
    x = np.linspace(-9, 9, 20_001)
    exact = x * (1 + np.array([erf(value / 2**0.5) for value in x])) / 2
    assert (np.abs(gelu(x) - exact) <= 7.6e-8 * np.abs(x) + 1e-15).all()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda w: w.pop("output"), "lack 'output'"),
        (lambda w: w.update(kind="linear"), "kind is 'linear'; it must be transformer"),
        (lambda w: w.update(heads=3), "3 heads do not divide the width 2"),
        (lambda w: w.update(vocabulary=["a", "a"]), "'a' occurs twice"),
        (lambda w: w.update(vocabulary=["a"]), "embedding has 2 scales and 4 codes; it needs 1"),
        (lambda w: w["blocks"][0].update(join=zeros(2, 1)), "join of block 0 has 2 scales and 2"),
        (lambda w: w["output"].update(scales=[1.0, np.nan]), "output has a scale that is no"),
    ],
)
def test_weights_that_do_not_fit_are_refused(spoil: Callable[[Any], object], message: str) -> None:
    weights = copy.deepcopy(MEAN)
    spoil(weights)
    with pytest.raises(ValueError, match=message):
        TransformerPredictor(weights)  # type: ignore[arg-type]


def test_codes_are_signed_bytes() -> None:
    matrix = {"scales": [0.5], "codes": b64encode(bytes([129, 127])).decode()}
    np.testing.assert_array_equal(decode_rows(matrix, "m", 1, 2), [[-63.5, 63.5]])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the codes of m are not base64"):
        decode_rows({"scales": [0.5], "codes": "A*"}, "m", 1, 2)
