import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.core import Vocabulary
from ntp_lib.theory import BITS, LinearPredictor, threshold_token

seeds = st.integers(0, 10**6)


@given(seeds, st.integers(1, 5), st.integers(1, 6), st.integers(1, 7))
def test_scores_are_the_dense_inner_product(seed: int, q: int, length: int, count: int) -> None:
    """⟨W_d, ψ(y)⟩ with ψ one-hot at each position: the definition, written out densely."""
    rng = np.random.default_rng(seed)
    look_backs = rng.permutation(length)[: rng.integers(0, length + 1)] + 1
    weights = rng.normal(size=(len(look_backs), q, q))
    bias = rng.normal(size=q)
    predictor = LinearPredictor(Vocabulary("abcde"[:q]), look_backs.tolist(), weights, bias)
    prefixes = rng.integers(0, q, (count, length))
    dense = np.zeros((length, q, q))
    dense[length - look_backs] = weights
    one_hot = np.eye(q)[prefixes]
    expected = np.einsum("spu,pud->sd", one_hot, dense) + bias
    np.testing.assert_allclose(predictor.scores(prefixes), expected, atol=1e-12)


@given(
    st.dictionaries(st.integers(1, 6), st.integers(-9, 9), max_size=6),
    st.integers(-30, 30),
    seeds,
)
def test_threshold_token_is_the_threshold_with_margin_half(
    weights: dict[int, int], threshold: int, seed: int
) -> None:
    prefixes = np.random.default_rng(seed).integers(0, 2, (20, 6))
    sums = sum((w * prefixes[:, 6 - b] for b, w in weights.items()), np.zeros(20, dtype=int))
    scores = threshold_token(BITS, weights, threshold).scores(prefixes)
    gap = scores[:, 1] - scores[:, 0]
    np.testing.assert_array_equal(gap > 0, sums >= threshold)
    assert (np.abs(gap) >= 0.5).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0], np.zeros((1, 2, 2))), "look-back 0 is no whole number from 1 on"),
        (([2, 2], np.zeros((2, 2, 2))), "repeat one"),
        (([1.9], np.zeros((1, 2, 2))), "look-back 1.9 is no whole number"),
        (([1], np.zeros((2, 2, 2))), r"weights has shape \(2, 2, 2\)"),
        (([1], np.zeros((1, 2, 3))), r"need shape \(1, 2, 2\)"),
        (([1], np.zeros((1, 2, 2)), [0.0]), r"bias has shape \(1,\)"),
        (([1], [[[np.nan, 0], [0, 0]]]), "infinite or nan"),
        (([1], np.zeros((1, 2, 2)), [np.inf, 0]), "infinite or nan"),
    ],
)
def test_bad_weights(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LinearPredictor(BITS, *arguments)  # type: ignore[arg-type]


def test_look_back_before_the_start() -> None:
    predictor = LinearPredictor(BITS, [3], np.zeros((1, 2, 2)))
    with pytest.raises(ValueError, match=r"look-back 3 reaches before the start .* 2 tokens"):
        predictor.scores(np.zeros((1, 2), dtype=np.int64))


@pytest.mark.parametrize("prefix", [[2, 0], [0, -1]])
def test_ids_outside_the_vocabulary(prefix: list[int]) -> None:
    predictor = LinearPredictor(BITS, [2, 1], np.zeros((2, 2, 2)))
    with pytest.raises(ValueError, match="an id outside the vocabulary's 0 to 1"):
        predictor.scores(np.array([prefix]))


@pytest.mark.parametrize(
    ("vocabulary", "weights", "threshold", "message"),
    [
        (Vocabulary("10"), {1: 1}, 1, "is not the bits"),
        (BITS, {1: 0.5}, 1, "0.5 is not an integer"),
        (BITS, {1: 1}, 0.5, "0.5 is not an integer"),
        (BITS, {1: float("inf")}, 1, "inf is not an integer"),
    ],
)
def test_bad_threshold_tokens(
    vocabulary: Vocabulary, weights: dict[int, int], threshold: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        threshold_token(vocabulary, weights, threshold)


def test_weights_cannot_be_changed_behind_its_back() -> None:
    weights = np.zeros((1, 2, 2))
    predictor = LinearPredictor(BITS, [1], weights)
    weights[0, 0, 0] = 5
    assert predictor.weights[0, 0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        predictor.weights[0, 0, 0] = 1


def test_displays_the_non_zero_weights_only() -> None:
    html = threshold_token(BITS, {1: 1, 2: -1}, 1)._repr_html_()
    assert html.count("<tr>") == 1 + 1 + 2  # head, bias, a 1 at each look-back
    wide = LinearPredictor(BITS, range(1, 60), np.ones((59, 2, 2)))
    assert "78 more rows" in wide._repr_html_()
