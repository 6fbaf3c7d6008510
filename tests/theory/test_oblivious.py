from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntp_lib.core import rollout, teacher_force
from ntp_lib.theory import (
    ObliviousMachine,
    oblivious_predictor,
    two_tape_palindrome,
    two_tape_schedule,
)


@given(st.integers(0, 6), st.integers(1, 2), st.integers(1, 3), st.integers(0, 10**6))
@settings(max_examples=60)
def test_any_oblivious_machine_one_token_a_step(n: int, tapes: int, q: int, seed: int) -> None:
    """Random rules, some missing, and a random schedule."""
    rng = np.random.default_rng(seed)
    symbols = ["".join(s) for s in product("_01", repeat=tapes)]
    states = "ABC"[:q]
    rules = {
        (state, read): (str(rng.choice(list(states))), str(rng.choice(symbols)))
        for state in states
        for read in symbols
        if rng.random() < 0.9
    } | {("A", "_" * tapes): ("A", "1" * tapes)}
    machine = ObliviousMachine("_", "A", rules)
    heads = rng.integers(-1, 2, (rng.integers(1, 12), tapes)).cumsum(axis=0)
    word = "".join(rng.choice(list(machine.symbols), n))
    chain = machine.vocabulary.encode([*word, *machine.chain(word, heads)])
    predictor = oblivious_predictor(machine, n, heads)
    written = rollout(predictor, chain[None, :n], len(heads))
    np.testing.assert_array_equal(written[0], chain)
    forced = teacher_force(predictor, chain[None], n)
    assert (forced.margins == 1).all()


@pytest.mark.parametrize("n", range(7))
def test_palindromes_in_linear_time(n: int) -> None:
    machine, heads = two_tape_palindrome(), two_tape_schedule(n)
    assert heads.shape == (3 * n + 4, 2)
    assert (abs(np.diff(heads, axis=0)) <= 1).all()
    assert (heads[0] == 0).all()
    words = ["".join(word) for word in product("ab", repeat=n)]
    prompts = np.array([machine.vocabulary.encode(word) for word in words]).reshape(len(words), n)
    written = rollout(oblivious_predictor(machine, n, heads), prompts, len(heads))
    for word, row in zip(words, written, strict=True):
        tokens = machine.vocabulary.decode(row)
        assert tokens[n:] == machine.chain(word, heads)
        assert tokens[-1] == ("yes·__" if word == word[::-1] else "no·__")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ObliviousMachine("_", "A", {}), r"the rules are for \[\] tapes"),
        (lambda: ObliviousMachine("_", "A", {("A", "__"): ("A", "_")}), r"for \[1, 2\] tapes"),
        (lambda: two_tape_palindrome().chain("x", [[0, 0]]), "the input holds 'x'"),
        (
            lambda: two_tape_palindrome().chain("a", [[0]]),
            r"shape \(1, 1\); give \(steps",
        ),
        (lambda: oblivious_predictor(two_tape_palindrome(), -1, [[0, 0]]), "n is -1"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
