"""The tasks of the chapter: linear, with the margin they promise, and equal to their formulas."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.core import evaluate
from ntp_lib.theory import (
    BITS,
    CountParity,
    Examples,
    LinearPredictor,
    PredictorTask,
    StreamTask,
    TableTask,
    mulberry32,
    separation,
    table_error,
)


def test_mulberry32_gives_the_numbers_of_the_javascript_one() -> None:
    """The first numbers of the published JavaScript function for two seeds, run in Node."""
    assert mulberry32(1, 3).tolist() == [2693262067, 11749833, 2265367787]
    assert mulberry32(2**32 - 1, 2).tolist() == [3850105811, 813802916]
    assert abs((mulberry32(7, 10_000) >> 31).mean() - 0.5) < 0.02


def test_a_predictor_s_own_chain_is_its_task() -> None:
    parity = CountParity(4, (0, 1, 3))
    task = PredictorTask(parity.predictor(), 4, parity.chain_length)
    np.testing.assert_array_equal(task.all_prompts(), parity.all_prompts())
    np.testing.assert_array_equal(
        task.complete(task.all_prompts()), parity.complete(parity.all_prompts())
    )
    assert task.answer == parity.answer
    assert task.sample(7, np.random.default_rng(0)).shape == (7, 4)
    assert PredictorTask(parity.predictor(), 0, 1).all_prompts().shape == (1, 0)


@given(st.integers(1, 6), st.integers(0, 1000), st.integers(1, 5), st.integers(1, 5))
def test_a_stream_is_written_by_its_gate(tokens: int, seed: int, window: int, own: int) -> None:
    own += (window + own) % 2
    task = StreamTask(tokens, seed, window, own)
    prompts = task.sample(20, np.random.default_rng(seed))
    sequences = task.complete(prompts)
    for prompt, sequence in zip(prompts, sequences, strict=True):
        stream, written = prompt[: window + tokens - 1], list(prompt[window + tokens - 1 :])
        for t in range(tokens):
            read = [*stream[t : t + window], *written[-own:]]
            lead = sum(w * (2 * b - 1) for w, b in zip(task.gate, read, strict=True)) + 1
            written.append(int(lead > 0))
        assert written[own:] == sequence[task.prompt_length :].tolist()
    examples = Examples.of(BITS, sequences, task.prompt_length, task.look_backs)
    assert separation(task.predictor(), examples)[2] >= 1
    assert evaluate(task.predictor(), task, prompts).sequence_error == 0


def test_the_pages_prompts_are_bits_and_repeatable() -> None:
    task = StreamTask(tokens=4, seed=0)
    prompts = task.prompts(50, seed=9)
    assert prompts.shape == (50, task.prompt_length)
    assert set(prompts.ravel()) == {0, 1}
    np.testing.assert_array_equal(prompts, task.prompts(50, seed=9))
    np.testing.assert_array_equal(prompts[:10], task.prompts(10, seed=9))


tables = st.tuples(st.integers(1, 9), st.integers(1, 5), st.integers(0, 10**6))


@given(tables)
def test_every_table_is_realised_by_linear_gates(drawn: tuple[int, int, int]) -> None:
    """Any labels at all, on the prompts of the family and on every other prompt of few ones."""
    tokens, n, seed = drawn
    rng = np.random.default_rng(seed)
    task = TableTask(rng.integers(0, 2, size=(tokens, n)))
    prompts = task.all_prompts()
    assert len(np.unique(prompts, axis=0)) == len(prompts) == n * tokens + 1
    chains = task.complete(prompts)[:, task.prompt_length :]
    shown = chains[:-1].reshape(tokens, n, tokens)
    for t in range(tokens):
        np.testing.assert_array_equal(shown[t, :, t], task.labels[t])
        assert not np.delete(shown[t], t, axis=1).any()
    assert not chains[-1].any()
    result = evaluate(task.predictor(), task, prompts)
    assert result.sequence_error == 0
    assert result.worst_margin >= 0.5
    anything = rng.integers(0, 2, size=(30, task.prompt_length))
    assert evaluate(task.predictor(), task, anything).sequence_error == 0


def test_remembering_the_table_has_the_error_that_is_proved_best() -> None:
    """Guess 0 for unseen entries: its mean error over random tables is table_error."""
    rng = np.random.default_rng(0)
    tokens, n, samples, share = 8, 3, 20, 0.8
    errors = []
    for _ in range(3000):
        task = TableTask(rng.integers(0, 2, size=(tokens, n)), share)
        seen = np.unique(task.sample(samples, rng), axis=0)
        unseen = ~(task.all_prompts()[:-1, None] == seen).all(axis=2).any(axis=1)
        errors.append(share / (n * tokens) * (unseen & (task.labels.ravel() == 1)).sum())
    expected = table_error(n * tokens, samples, share)
    assert abs(np.mean(errors) - expected) < 4 * np.std(errors) / 3000**0.5


def test_sampling_follows_the_share() -> None:
    task = TableTask(np.ones((4, 3)), share=0.3)
    prompts = task.sample(4000, np.random.default_rng(1))
    assert abs(prompts[:, 2:].any(axis=1).mean() - 0.3) < 0.03
    assert not TableTask([[1]], share=0.0).sample(5, np.random.default_rng(0)).any()


NOTHING = LinearPredictor(BITS, [], [])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mulberry32(-1, 1), "seed is -1"),
        (lambda: PredictorTask(NOTHING, -1, 1), "prompt_length is -1"),
        (lambda: PredictorTask(NOTHING, 1, 0), "tokens is 0"),
        (lambda: PredictorTask(NOTHING, 21, 1).all_prompts(), "too many to list; use sample"),
        (lambda: StreamTask(0, 1), "tokens is 0"),
        (lambda: StreamTask(1, 2**32), "seed is 4294967296"),
        (lambda: StreamTask(1, 1, window=3, own=2), "window is 3 and own is 2; .* even sum"),
        (lambda: StreamTask(1, 1).complete(np.array([[0]])), "this task's have 12"),
        (lambda: TableTask([1, 0]), r"labels has shape \(2,\)"),
        (lambda: TableTask([[2]]), "table of zeros and ones"),
        (lambda: TableTask([[1]], share=2), "share is 2"),
        (lambda: TableTask([[1]]).complete(np.array([[0, 1]])), "this task's have 1"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
