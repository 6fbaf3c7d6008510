from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntp_lib.core import PerStep, evaluate, rollout
from ntp_lib.theory import (
    BITS,
    CountParity,
    LinearPredictor,
    SparseParity,
    XorStep,
    consistent_subsets,
    learn_by_elimination,
    learn_by_search,
    parity_read,
    solve_gf2,
    sparse_length,
    sparse_samples,
)


@st.composite
def tasks(draw: st.DrawFn, most_bits: int = 9) -> SparseParity:
    n = draw(st.integers(1, most_bits))
    subset = draw(st.lists(st.integers(0, n - 1), min_size=1, unique=True))
    return SparseParity(n, subset, k=draw(st.integers(2, n + 2)))


@given(tasks())
def test_the_chain_computes_parity_by_sparse_steps(task: SparseParity) -> None:
    predictor = task.predictor()
    prompts = task.all_prompts()
    assert len(predictor.steps) == task.chain_length == sparse_length(len(task.subset), task.k)
    assert all(len(step.look_backs) <= task.k for step in predictor.steps)  # type: ignore[attr-defined]
    result = evaluate(predictor, task, prompts)
    assert result.sequence_error == 0
    assert result.worst_margin == 1
    answers = task.complete(prompts)[:, task.answer].ravel()
    np.testing.assert_array_equal(answers, prompts[:, list(task.subset)].sum(axis=1) % 2)
    assert parity_read(predictor) == tuple(sorted(task.subset))


@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 10**6))
def test_a_chain_of_xors_is_the_parity_that_it_reads(n: int, tokens: int, seed: int) -> None:
    """And against any other parity it is right on exactly half of the inputs."""
    rng = np.random.default_rng(seed)
    steps = [
        XorStep(1 + rng.permutation(n + t)[: rng.integers(0, n + t + 1)]) for t in range(tokens)
    ]
    predictor = PerStep(n, steps)
    prompts = np.array(list(product((0, 1), repeat=n)))
    answers = rollout(predictor, prompts, tokens)[:, -1]
    read = parity_read(predictor)
    for size in range(n + 1):
        for other in combinations(range(n), size):
            right = (answers == prompts[:, list(other)].sum(axis=1) % 2).mean()
            assert right == (1 if other == read else 0.5)


@given(
    st.integers(1, 80), st.integers(1, 7), st.integers(0, 4), st.booleans(), st.integers(0, 10**6)
)
def test_search_finds_every_consistent_set(
    samples: int, columns: int, k: int, realisable: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, size=(samples, columns))
    target = bits[:, 0] ^ bits[:, -1] if realisable else rng.integers(0, 2, size=samples)
    expected = [
        members
        for size in range(k + 1)
        for members in sorted(combinations(range(columns), size), key=lambda c: c[::-1])
        if ((bits[:, list(members)].sum(axis=1) & 1) == target).all()
    ]
    assert consistent_subsets(bits, target, k) == expected


def test_samples_beyond_the_64th_are_used() -> None:
    bits = np.zeros((70, 2), dtype=np.int64)
    bits[69] = [1, 0]
    assert consistent_subsets(bits, bits[:, 0], 1) == [(0,)]


@given(st.integers(1, 8), st.integers(1, 6), st.integers(0, 10**6))
def test_elimination_solves_exactly_what_can_be_solved(
    equations: int, unknowns: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 2, size=(equations, unknowns))
    right_side = rng.integers(0, 2, size=equations)
    candidates = np.array(list(product((0, 1), repeat=unknowns)))
    solvable = (((candidates @ matrix.T) % 2) == right_side).all(axis=1).any()
    solution = solve_gf2(matrix, right_side)
    assert (solution is not None) == solvable
    if solution is not None:
        np.testing.assert_array_equal((matrix @ solution) % 2, right_side)


@given(tasks(most_bits=16), st.integers(0, 10**6))
@settings(max_examples=60)
def test_learners_recover_the_secret_set(task: SparseParity, seed: int) -> None:
    """With the samples that the theorem asks for at δ = 10⁻⁶."""
    rng = np.random.default_rng(seed)
    k = min(task.k, 4)
    task = SparseParity(task.n, task.subset, k)
    samples = sparse_samples(task.n, k, task.chain_length, 1e-6)
    data = task.complete(task.sample(samples, rng))
    secret = tuple(sorted(task.subset))
    assert parity_read(learn_by_search(data, task.n, k)) == secret
    samples = sparse_samples(task.n, task.n, 1, 1e-6)
    prompts = task.sample(samples, rng)
    answers = task.complete(prompts)[:, -1:]
    by_algebra = learn_by_elimination(np.hstack([prompts, answers]), task.n)
    assert parity_read(by_algebra) == secret


def test_failures_stay_below_the_bound() -> None:
    """300 unknown chains of 10 bits at δ = ¼; five samples fewer are too few."""
    rng = np.random.default_rng(0)
    bound = sparse_samples(10, 2, 9, 0.25)
    failures = {bound: 0, bound - 5: 0}
    for samples in failures:
        for _ in range(300):
            task = SparseParity(10, rng.permutation(10).tolist(), 2)
            data = task.complete(task.sample(samples, rng))
            learned = learn_by_search(data, 10, 2)
            prompts = task.sample(64, rng)
            failures[samples] += evaluate(learned, task, prompts).sequence_error > 0
    assert failures[bound] <= 0.25 * 300
    assert failures[bound - 5] > 0.25 * 300


def test_noise_breaks_elimination() -> None:
    rng = np.random.default_rng(1)
    task = SparseParity(12, range(12), 12)
    data = task.complete(task.sample(100, rng))
    data[:5, -1] ^= 1
    with pytest.raises(ValueError, match="no XOR in this class agrees with token 1 of all 100"):
        learn_by_elimination(data, 12)
    with pytest.raises(ValueError, match="the data is noisy or the class too small"):
        learn_by_search(data, 12, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SparseParity(3, (0, 1), 1), "k is 1"),
        (lambda: SparseParity(3, (), 2), "subset is empty"),
        (lambda: XorStep([0]), "look-back 0 is below 1"),
        (lambda: XorStep([1, 1]), "which cancels: drop both"),
        (lambda: XorStep([3]).scores(BITS.encode("01")[None]), "look-back 3 reaches before"),
        (lambda: parity_read(PerStep(1, [XorStep([2])])), "reads before the start"),
        (lambda: parity_read(CountParity(2, (0, 1)).predictor()), "is not an XorStep"),
        (lambda: parity_read(PerStep(1, [LinearPredictor(BITS, [], [])])), "is not an XorStep"),
        (lambda: consistent_subsets([[0]], [0, 1], 1), "1 samples and 2 targets"),
        (lambda: consistent_subsets([[2]], [0], 1), "holds the id 2"),
        (lambda: consistent_subsets([[0]], [0], -1), "k is -1"),
        (lambda: solve_gf2([[0]], [2]), "target holds the id 2"),
        (lambda: learn_by_search([[0, 1]], 2, 1), "prompt_length is 2"),
        (lambda: learn_by_elimination([[0, 1]], -1), "prompt_length is -1"),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
