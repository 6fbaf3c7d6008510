from itertools import count, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntp_lib.core import Vocabulary, evaluate
from ntp_lib.theory import CountModulo, CountParity, digit_token


def test_every_count_for_every_base_and_modulus() -> None:
    """One prompt for each count s: the answer is s mod p, in the least number of tokens.

    The chain writes exactly n + 1 different chains, the least that the theorem allows.
    """
    cases = 0
    for n, p, q in product(range(1, 49), range(2, 8), range(2, 8)):
        task = CountModulo(n, range(n), p, q)
        prompts = np.tri(n + 1, n, -1, dtype=np.int64)
        result = evaluate(task.predictor(), task, prompts)
        assert result.sequence_error == 0
        assert result.worst_margin >= 0.5
        chains = task.complete(prompts)[:, n:]
        np.testing.assert_array_equal(chains[:, -1], np.arange(n + 1) % p)
        assert chains[:, :-1].max(initial=0) < q
        assert len(np.unique(chains, axis=0)) == n + 1
        least = next(t for t in count(1) if p * q ** (t - 1) >= n + 1)
        assert task.chain_length == least
        cases += n + 1
    assert cases == 44_064


@given(
    st.integers(1, 200),
    st.integers(2, 9),
    st.integers(2, 9),
    st.integers(0, 10**6),
)
@settings(max_examples=60)
def test_subsets_of_long_prompts(n: int, p: int, q: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    subset = rng.permutation(n)[: rng.integers(1, n + 1)].tolist()
    task = CountModulo(n, subset, p, q)
    prompts = (rng.random((20, n)) < rng.random((20, 1))).astype(np.int64)
    result = evaluate(task.predictor(), task, prompts)
    assert result.sequence_error == 0
    assert result.worst_margin >= 0.5
    answers = task.complete(prompts)[:, task.answer].ravel()
    np.testing.assert_array_equal(answers, prompts[:, subset].sum(axis=1) % p)


@given(st.integers(2, 12), st.integers(1, 50))
def test_a_digit_for_every_sum(q: int, value: int) -> None:
    """All sums from below the first digit to above the last: u is read as 100a + 10b + c − 200."""
    digits = Vocabulary([str(d) for d in range(max(q, 10))])
    step = digit_token(digits, {3: 100, 2: 10, 1: 1}, value)
    prefixes = np.array(list(product(range(10), repeat=3)))
    sums = prefixes @ [100, 10, 1]
    scores = step.scores(prefixes)
    np.testing.assert_array_equal(scores.argmax(axis=1), np.minimum(sums // value, len(digits) - 1))
    best, second = np.sort(scores, axis=1)[:, :-3:-1].T
    assert (best - second >= 0.5).all()


@given(st.integers(1, 40))
def test_base_two_modulo_two_is_the_binary_chain(n: int) -> None:
    digits, binary = CountModulo(n, range(n), 2, 2), CountParity(n, range(n))
    prompts = np.tri(n + 1, n, -1, dtype=np.int64)
    np.testing.assert_array_equal(digits.complete(prompts), binary.complete(prompts))
    np.testing.assert_array_equal(
        evaluate(digits.predictor(), digits, prompts).forced.margins,
        evaluate(binary.predictor(), binary, prompts).forced.margins,
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CountModulo(3, (0,), 1, 2), "p is 1; count modulo 2 or more"),
        (lambda: CountModulo(3, (0,), 2, 1), "q is 1; digits need a base of 2 or more"),
        (lambda: CountModulo(3, (3,), 2, 2), "position 3 is not in the prompt"),
        (lambda: digit_token(Vocabulary("ab"), {1: 1}, 1), "is not the digits"),
        (lambda: digit_token(Vocabulary("01"), {1: 0.5}, 1), "0.5 is not an integer"),  # type: ignore[dict-item]
        (lambda: digit_token(Vocabulary("01"), {1: 1}, 0), "value is 0"),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
