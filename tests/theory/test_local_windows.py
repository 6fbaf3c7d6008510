"""Local windows: the lemma that tries to be broken, on random rules and on Turing machines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntp_lib.core import Scores, Tokens, Vocabulary, rollout
from ntp_lib.core.evaluation import first_true
from ntp_lib.theory import (
    BITS,
    Examples,
    LinearPredictor,
    example_machine,
    machine_predictor,
    perceptron,
    perceptron_bound,
    pool,
    run,
    separation,
    tableau,
    unseen_windows,
)

VOCABULARY = Vocabulary("abc")


class Table:
    """Any function of the tokens at the look-backs, as a predictor."""

    vocabulary = VOCABULARY

    def __init__(self, rule: Tokens, look_backs: tuple[int, ...]) -> None:
        self.rule, self.look_backs = rule, look_backs

    def scores(self, prefixes: Tokens) -> Scores:
        length = prefixes.shape[1]
        read = [prefixes[:, length - b] for b in self.look_backs]
        return np.eye(3)[self.rule[tuple(read)]]


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 5))
def test_first_free_mistake_reads_an_unseen_window(seed: int, traces: int, size: int) -> None:
    """A rule that agrees on what was seen, and errs on all else, errs first at the unseen."""
    rng = np.random.default_rng(seed)
    rule = rng.integers(0, 3, (3, 3))
    small, large = (size + 1, size), (size + 3, size + 2)
    given_ = rng.integers(0, 3, (traces, size + 1))
    training = rollout(Table(rule, small), given_, 3)
    seen = Examples.of(VOCABULARY, training, size + 1, small)
    learned = (rule + 1) % 3
    read = seen.read.reshape(-1, 2)
    learned[read[:, 0], read[:, 1]] = rule[read[:, 0], read[:, 1]]
    # the test traces are longer, and their look-backs reach further
    prompts = rng.integers(0, 3, (20, size + 3))
    truth = rollout(Table(rule, large), prompts, 12)
    free = rollout(Table(learned, large), prompts, 12)
    new = unseen_windows(seen, Examples.of(VOCABULARY, truth, size + 3, large))
    wrong = (free != truth)[:, size + 3 :]
    # this learner is wrong on every unseen window, so the first ones coincide exactly
    assert (first_true(wrong) == first_true(new)).all()
    # and part 3: as a rule it has the same training traces
    assert (rollout(Table(learned, small), given_, 3) == training).all()


@settings(max_examples=50)
@given(st.integers(0, 10**6))
def test_unseen_windows_by_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    q, k = int(rng.integers(2, 4)), int(rng.integers(0, 4))
    vocabulary = Vocabulary("abc"[:q])
    batches = [rng.integers(0, q, (int(rng.integers(1, 4)), 7)) for _ in range(2)]
    seen, new = (Examples.of(vocabulary, b, 3, rng.permutation(3)[:k] + 1) for b in batches)
    known = {tuple(window) for row in seen.read for window in row}
    expected = [[tuple(window) not in known for window in row] for row in new.read]
    assert unseen_windows(seen, new).tolist() == expected


def test_many_look_backs_do_not_overflow() -> None:
    rows = np.random.default_rng(0).integers(0, 2, (3, 90))
    rows[1] = rows[0]
    rows[1, 0] ^= 1
    seen, same, other = (Examples.of(BITS, row[None], 80, range(1, 81)) for row in rows)
    assert not unseen_windows(seen, seen).any()
    assert unseen_windows(seen, same).tolist() == [[True] + [False] * 9]
    assert unseen_windows(seen, other).all()


def test_the_pool_of_a_machine_s_tableaux_has_the_compiled_margin() -> None:
    """Every trace of any width: margin 1, and no more updates than the theorem says."""
    machine = example_machine("increment")
    parts = []
    for number in range(1, 20):
        result = run(machine, f"{number:b}")
        s = len(result.cells)
        parts.append(
            Examples.of(machine.vocabulary, tableau(result)[None], s + 1, (s + 1, s, s - 1))
        )
    training = pool(parts)
    compiled = machine_predictor(machine, training.look_backs[1])
    assert separation(compiled, training)[2] == 1
    learned = perceptron(training)
    assert learned.consistent
    assert learned.updates <= perceptron_bound(*separation(compiled, training))
    assert training.target.size == sum(part.target.size for part in parts)


def test_all_windows_seen_means_right_at_any_length() -> None:
    machine = example_machine("increment")

    def examples(tokens: Tokens, s: int) -> Examples:
        return Examples.of(machine.vocabulary, tokens[None], s + 1, (s + 1, s, s - 1))

    def trace(number: int) -> tuple[Tokens, int]:
        result = run(machine, f"{number:b}")
        return tableau(result), len(result.cells)

    training = pool([examples(*trace(number)) for number in range(1, 32)])
    learned = perceptron(training).predictor
    for number in (1000, 2**40 - 1, 123456789):
        tokens, s = trace(number)
        assert not unseen_windows(training, examples(tokens, s)).any()
        moved = LinearPredictor(
            machine.vocabulary, (s + 1, s, s - 1), learned.weights, learned.bias
        )
        free = rollout(moved, tokens[None, : s + 1], len(tokens) - s - 1)
        assert (free == tokens).all()


def test_what_does_not_fit_together_is_refused() -> None:
    bits = Examples.of(BITS, [[0, 1]], 1, [1])
    with pytest.raises(ValueError, match="no parts"):
        pool([])
    with pytest.raises(ValueError, match="over Vocabulary"):
        pool([bits, Examples.of(VOCABULARY, [[0, 1]], 1, [1])])
    with pytest.raises(ValueError, match="1 look-backs, others 2"):
        unseen_windows(bits, Examples.of(BITS, [[0, 1, 1]], 2, [1, 2]))
