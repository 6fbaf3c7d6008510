from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ntp_lib.core import PerStep, Tokens, Vocabulary, evaluate, greedy, rollout, teacher_force
from ntp_lib.core.predictor import Scores
from ntp_lib.theory import BITS, CountParity, LinearPredictor, RunningParity


class RandomTable:
    """A predictor that is no formula: seeded scores for every prefix, with many ties."""

    def __init__(self, vocabulary: Vocabulary, seed: int) -> None:
        self.vocabulary = vocabulary
        self.seed = seed

    def scores(self, prefixes: Tokens) -> Scores:
        return np.array(
            [
                np.random.default_rng([self.seed, *row]).integers(0, 3, len(self.vocabulary))
                for row in prefixes
            ],
            dtype=np.float64,
        )


@given(hnp.arrays(float, (3, 4), elements=st.integers(-2, 2)))
def test_greedy_prefers_the_smallest_id_among_equals(scores: Scores) -> None:
    for row, choice in zip(scores, greedy(scores), strict=True):
        assert row[choice] == row.max()
        assert (row[:choice] < row.max()).all()


def test_greedy_refuses_nan() -> None:
    with pytest.raises(ValueError, match="a score is nan"):
        greedy([[0.0, np.nan]])


@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(0, 4))
def test_rollout_is_the_definition_token_by_token(seed: int, n: int, steps: int) -> None:
    vocabulary = Vocabulary("abc")
    predictor = RandomTable(vocabulary, seed)
    prompts = np.random.default_rng(seed).integers(0, 3, (4, n))
    for prompt, sequence in zip(prompts, rollout(predictor, prompts, steps), strict=True):
        own = list(prompt)
        for _ in range(steps):
            own.append(int(np.argmax(predictor.scores(np.array([own]))[0])))
        assert own == list(sequence)


class Noise:
    """A task whose chain has nothing to do with the predictor: mistakes occur everywhere."""

    vocabulary = Vocabulary("abc")
    prompt_length = 2
    chain_length = 4
    answer = slice(5, 6)

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def sample(self, count: int, rng: np.random.Generator) -> Tokens:
        return rng.integers(0, 3, (count, 2))

    def complete(self, prompts: Tokens) -> Tokens:
        chains = [np.random.default_rng([self.seed, *p]).integers(0, 3, 4) for p in prompts]
        return np.concatenate([prompts, chains], axis=1)


@given(st.integers(0, 10**6))
def test_first_mistake_is_first_disagreement(seed: int) -> None:
    """While the prefixes agree, teacher-forced and free-running are one computation."""
    task = Noise(seed)
    # most tokens are right, so that the first mistake falls anywhere
    truth = task.complete(np.array([[i, j] for i in range(3) for j in range(3)]))

    class MostlyRight(RandomTable):
        def scores(self, prefixes: Tokens) -> Scores:
            scores = super().scores(prefixes)
            length = prefixes.shape[1]
            for row, prefix in zip(scores, prefixes, strict=True):
                true = truth[(truth[:, :length] == prefix).all(axis=1)]
                if len(true) and np.random.default_rng([seed, 1, *prefix]).random() < 0.7:
                    row[true[0, length]] = 9
            return scores

    result = evaluate(MostlyRight(task.vocabulary, seed), task, truth[:, :2])
    assert (result.first_disagreement == result.forced.first_mistake).all()
    assert result.answer_error <= result.sequence_error
    assert result.sequence_error == (result.forced.mistakes.any(axis=1)).mean()


class OneByOne:
    """The same predictor with only the method that scores one token."""

    def __init__(self, inner: LinearPredictor) -> None:
        self.vocabulary = inner.vocabulary
        self.scores = inner.scores


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(0, 60), st.integers(1, 400))
def test_blocks_change_nothing(seed: int, least: int, steps: int, at_once: int) -> None:
    """Whatever the block and however few scores fit at once: tokens, mistakes, margins."""
    rng = np.random.default_rng(seed)
    look_backs = least + np.append(0, 1 + rng.permutation(5)[: rng.integers(0, 4)])
    weights = rng.integers(-2, 3, (len(look_backs), 3, 3))  # whole numbers: many ties
    blocks = LinearPredictor(Vocabulary("abc"), look_backs.tolist(), weights, rng.integers(0, 2, 3))
    prompts = rng.integers(0, 3, (rng.integers(1, 4), look_backs.max()))
    with patch("ntp_lib.core.predictor._SCORES_AT_ONCE", at_once):
        free = rollout(blocks, prompts, steps)
        np.testing.assert_array_equal(free, rollout(OneByOne(blocks), prompts, steps))
        truth = np.where(rng.random(free.shape) < 0.2, rng.integers(0, 3, free.shape), free)
        truth = np.concatenate([truth, truth[:, :1]], axis=1)
        given, one = (
            teacher_force(predictor, truth, prompts.shape[1])
            for predictor in (blocks, OneByOne(blocks))
        )
    np.testing.assert_array_equal(given.predicted, one.predicted)
    np.testing.assert_array_equal(given.margins, one.margins)


@pytest.mark.parametrize("count", [0, 4])
def test_a_block_that_reads_itself_is_refused(count: int) -> None:
    predictor = LinearPredictor(BITS, [3, 5], np.zeros((2, 2, 2)))
    with pytest.raises(ValueError, match=f"count is {count}; this predictor scores 1 to 3"):
        predictor.block_scores(np.zeros((1, 5), dtype=int), count)


def test_margins_are_true_score_less_best_other() -> None:
    predictor = LinearPredictor(Vocabulary("abc"), [1], [np.diag([1.0, 2.0, 0.0])])
    forced = teacher_force(predictor, [[0, 0, 1], [1, 1, 0]], prompt_length=1)
    np.testing.assert_array_equal(forced.margins, [[1, -1], [2, -2]])
    np.testing.assert_array_equal(forced.mistakes, [[False, True], [False, True]])
    np.testing.assert_array_equal(forced.first_mistake, [1, 1])


def test_a_tie_has_margin_zero_and_goes_to_the_smaller_id() -> None:
    predictor = LinearPredictor(BITS, [], [])
    forced = teacher_force(predictor, [[0, 0], [0, 1]], prompt_length=1)
    np.testing.assert_array_equal(forced.margins, [[0], [0]])
    np.testing.assert_array_equal(forced.mistakes, [[False], [True]])
    np.testing.assert_array_equal(forced.first_mistake, [1, 0])


def _predictor() -> PerStep:
    return CountParity(3, (0, 1, 2)).predictor()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PerStep(2, []), "there is no step"),
        (lambda: PerStep(-1, _predictor().steps), "prompt_length is -1"),
        (
            lambda: PerStep(1, [_predictor(), RunningParity(2, (0, 1)).predictor()]),
            "step 1 is over .*; build all steps over one vocabulary",
        ),
        (lambda: _predictor().scores(np.zeros((1, 2), dtype=int)), "a prefix of 2 tokens"),
        (lambda: rollout(_predictor(), [[0, 0, 0]], 3), "a prefix of 5 tokens belongs to no step"),
        (lambda: rollout(_predictor(), [[0, 0, 0]], -1), "steps is -1"),
        (lambda: rollout(_predictor(), [[0, 0, 7]], 1), "prompts holds the id 7"),
        (lambda: rollout(_predictor(), np.zeros((0, 3), int), 1), "prompts is an empty batch"),
        (lambda: teacher_force(_predictor(), [[0, 0, 0]], 3), "prompt_length is 3 .* 3 tokens"),
        (
            lambda: evaluate(_predictor(), RunningParity(3, (0, 1)), [[0, 0, 0]]),
            "use one vocabulary for both",
        ),
        (
            lambda: evaluate(_predictor(), CountParity(3, (0, 1, 2)), [[0, 0]]),
            "the prompts have 2 tokens; this task's have 3",
        ),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_displays_itself() -> None:
    assert "<table" in _predictor()._repr_html_()
    mixed = PerStep(1, [RandomTable(BITS, 0)])
    assert "RandomTable" in mixed._repr_html_()
    result = evaluate(_predictor(), CountParity(3, (0, 1, 2)), [[0, 1, 1]])
    assert "worst margin</th><td>0.5" in result._repr_html_()
