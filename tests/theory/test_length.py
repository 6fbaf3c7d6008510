from fractions import Fraction
from functools import cache
from itertools import combinations, product
from math import ceil, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ntp_lib.core import PerStep, rollout
from ntp_lib.theory import (
    CountModulo,
    LinearPredictor,
    chain_candidates,
    digit_length,
    largest_subcubes,
    least_base,
    least_sparsity,
    questions_needed,
    sparse_candidates,
    sparse_length,
    sparse_samples,
    threshold_functions,
)


def _cube(n: int) -> NDArray[np.int64]:
    return np.array(list(product((0, 1), repeat=n)), dtype=np.int64).reshape(2**n, n)


# The subcube theorem.


def test_subcubes_of_every_threshold_function() -> None:
    for n in (1, 2, 3, 4):
        tables = threshold_functions(n)
        sums = largest_subcubes(tables.astype(int), q=2).sum(axis=1)
        assert sums.min() == n + 1


@given(st.integers(1, 6), st.integers(2, 7), st.integers(0, 10**6))
@settings(max_examples=300)
def test_subcubes_of_an_argmax_of_affine_functions(n: int, q: int, seed: int) -> None:
    """Fifty labelings at a time: with ties (small integers), and nearly balanced ones."""
    rng = np.random.default_rng(seed)
    largest = rng.integers(1, 4)
    weights = rng.integers(-largest, largest + 1, size=(50, q, n)).astype(float)
    if rng.random() < 0.5:
        weights += rng.normal(scale=rng.choice([0.01, 1.0]), size=weights.shape)
    bias = rng.integers(-largest, largest + 1, size=(50, q, 1))
    if rng.random() < 0.5:
        bias = -weights.sum(axis=2, keepdims=True) / 2 + bias  # every ℓ_d near 0 in the middle
    labels = (weights @ _cube(n).T + bias).argmax(axis=1)
    assert (largest_subcubes(labels, q).sum(axis=1) >= n + 1).all()


@given(st.integers(0, 6), st.data())
def test_counting_in_intervals_attains_the_bound(n: int, data: st.DataObject) -> None:
    """Labelled by the interval that the count of ones lies in, A_d is the interval's length."""
    cuts = data.draw(st.sets(st.integers(1, max(n, 1)), max_size=5).map(sorted))
    labels = np.searchsorted(cuts, _cube(n).sum(axis=1), side="right")
    sizes = largest_subcubes(labels, q=7)
    expected = np.bincount(np.searchsorted(cuts, range(n + 1), side="right"), minlength=7)
    np.testing.assert_array_equal(sizes, expected)
    assert sizes.sum() == n + 1


@given(st.integers(0, 4), st.integers(1, 3), st.integers(0, 10**6))
def test_largest_subcubes_against_a_search_over_all_subcubes(n: int, q: int, seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, q, size=2**n)
    best = [0] * q
    for place in product((0, 1, 2), repeat=n):
        inside = [
            labels[i]
            for i, x in enumerate(_cube(n))
            if all(a in (b, 2) for a, b in zip(place, x, strict=True))
        ]
        if len(set(inside)) == 1:
            best[inside[0]] = max(best[inside[0]], 1 + place.count(2))
    assert largest_subcubes(labels, q).tolist() == best


@given(st.integers(1, 6), st.integers(2, 4), st.integers(2, 4), st.integers(0, 10**6))
@settings(max_examples=300)
def test_few_chains_are_the_same_on_two_neighbours(n: int, p: int, q: int, seed: int) -> None:
    """The corollary's contrapositive, on random weights and on weights near the digit chain's."""
    rng = np.random.default_rng(seed)
    task = CountModulo(n, range(n), p, q)
    steps = []
    for step in task.predictor().steps:
        assert isinstance(step, LinearPredictor)
        noise = rng.choice([0.1, 0.3, 1.0, 10.0])
        weights = step.weights + rng.normal(scale=noise, size=step.weights.shape)
        bias = step.bias + rng.normal(scale=noise, size=step.bias.shape)
        steps.append(LinearPredictor(task.vocabulary, step.look_backs, weights, bias))
    chains = rollout(PerStep(n, steps), task.all_prompts(), len(steps))[:, n:]
    _, chain = np.unique(chains, axis=0, return_inverse=True)
    neighbours = [np.arange(2**n) ^ (1 << i) for i in range(n)]
    told_apart = all((chain != chain[other]).all() for other in neighbours)
    if told_apart:
        assert chain.max() + 1 >= n + 1


@pytest.mark.parametrize("n", [2, 3, 4])
def test_two_tokens_a_step_attain_the_bound_only_by_counting(n: int) -> None:
    """All binary trees of threshold functions with n + 1 leaves that tell neighbours apart.

    Sets of inputs are bit masks. A leaf holds no two neighbours, and a set that holds a subcube
    of dimension d needs d + 1 leaves; to split a set without neighbours would waste one.
    """
    every = 2 ** (2**n) - 1
    gates = [sum(1 << x for x in np.flatnonzero(row).tolist()) for row in threshold_functions(n)]
    edges = [(1 << x) | (1 << (x ^ 1 << i)) for x in range(2**n) for i in range(n)]
    subcubes = [
        (free.bit_count() + 1, sum(1 << x for x in range(2**n) if x & ~free == fixed))
        for free in range(2**n)
        for fixed in range(2**n)
        if not free & fixed
    ]

    @cache
    def least(inputs: int) -> int:
        return max(leaves for leaves, cube in subcubes if cube & inputs == cube)

    @cache
    def partitions(inputs: int, leaves: int) -> set[frozenset[int]]:
        if not any(edge & inputs == edge for edge in edges):
            return {frozenset([inputs])}
        return {
            ones | others
            for one in {inputs & gate for gate in gates} - {0, inputs}
            for few in range(least(one), leaves - least(inputs ^ one) + 1)
            for ones in partitions(one, few)
            for others in partitions(inputs ^ one, leaves - few)
        }

    def by_count(negated: int) -> frozenset[int]:
        counts = [(x ^ negated).bit_count() for x in range(2**n)]
        return frozenset(
            sum(1 << x for x in range(2**n) if counts[x] == count) for count in range(n + 1)
        )

    assert partitions(every, n + 1) == {by_count(negated) for negated in range(2**n)}


# Lengths for digits.


@given(st.integers(1, 10**9), st.integers(2, 30), st.integers(2, 30))
def test_digit_length_is_the_least_and_least_base_its_inverse(n: int, p: int, q: int) -> None:
    tokens = digit_length(n, p, q)
    assert p * q ** (tokens - 1) >= n + 1
    assert tokens == 1 or p * q ** (tokens - 2) < n + 1
    assert tokens == 1 + ceil(log(-(-(n + 1) // p), q) - 1e-12)
    if tokens > 1 and n < 10**5:
        base = least_base(n, p, tokens)
        assert base <= q
        assert digit_length(n, p, base) <= tokens
        assert base == 2 or digit_length(n, p, base - 1) > tokens


# Lengths for sparse steps.


def _shortest(size: int, k: int) -> int:
    """Search all chains of XORs of at most k tokens, by rising length."""
    goal = 2**size - 1
    chains = {tuple(1 << i for i in range(size))}
    tokens = 0
    while True:
        tokens += 1
        longer = set()
        for known in chains:
            for size_read in range(2, k + 1):
                for read in combinations(known, size_read):
                    new = 0
                    for value in read:
                        new ^= value
                    if new == goal:
                        return tokens
                    if new and new not in known:
                        longer.add((*known, new))
        chains = {tuple(sorted(chain)) for chain in longer}


@pytest.mark.parametrize(
    ("size", "k"), [(s, k) for s in range(2, 7) for k in range(2, 7) if s - 1 <= 4 * (k - 1)]
)
def test_sparse_length_against_a_search_over_all_chains(size: int, k: int) -> None:
    assert sparse_length(size, k) == _shortest(size, k)


@given(st.integers(1, 500), st.integers(2, 500), st.integers(1, 500))
def test_least_sparsity_is_the_inverse(size: int, k: int, tokens: int) -> None:
    assert least_sparsity(size, sparse_length(size, k)) <= k
    least = least_sparsity(size, tokens)
    assert sparse_length(size, least) <= tokens
    assert least == 2 or sparse_length(size, least - 1) > tokens


@given(st.integers(1, 6), st.integers(1, 4), st.integers(1, 3))
def test_candidates_are_counted(n: int, k: int, tokens: int) -> None:
    total = 0
    for step in range(1, tokens + 1):
        listed = [c for i in range(k + 1) for c in combinations(range(n + step - 1), i)]
        assert sparse_candidates(n, k, step) == len(listed)
        total += len(listed)
    assert chain_candidates(n, k, tokens) == total


@given(st.integers(1, 64), st.integers(1, 64), st.integers(1, 64), st.fractions("1/1000", "9/10"))
def test_samples_are_the_least_that_the_union_bound_allows(
    n: int, k: int, tokens: int, delta: Fraction
) -> None:
    samples = sparse_samples(n, k, tokens, delta)
    total = chain_candidates(n, k, tokens)
    assert total <= delta * 2**samples
    assert total > delta * 2 ** (samples - 1)


@given(st.integers(1, 7), st.floats(0.05, 1), st.integers(0, 10**6))
def test_an_average_rules_out_few_parities(n: int, tolerance: float, seed: int) -> None:
    """Bessel's inequality: at most 1/τ² parities correlate with any question by more than τ.

    So with C(n, k) sets to tell apart, `questions_needed` answers are not too many.
    """
    rng = np.random.default_rng(seed)
    cube = _cube(n)
    parities = 1 - 2 * ((cube @ cube.T) % 2)
    secret = parities[rng.integers(2**n)]
    noise = rng.choice([0.0, 0.5, 1.0])
    question = np.clip(secret * (1 - noise) + noise * rng.uniform(-1, 1, 2**n), -1, 1)
    correlations = parities @ question / 2**n
    ruled_out = abs(correlations) > tolerance
    assert ruled_out.sum() <= 1 / tolerance**2
    for k in range(1, n + 1):
        of_size_k = int((cube.sum(axis=1) == k).sum())
        enough = int(questions_needed(n, k, tolerance))
        if enough:
            assert of_size_k - (enough - 1) * ruled_out.sum() >= 2


def test_the_table_for_64_bits() -> None:
    """The numbers that the chapter prints."""
    rows = []
    for k in (2, 4, 8, 64):
        tokens = sparse_length(64, k)
        last = sparse_candidates(64, k, tokens)
        rows.append((tokens, last, sparse_samples(64, k, tokens, Fraction(1, 100))))
    assert rows == [
        (63, 8_002, 25),
        (21, 2_028_356, 32),
        (9, 13_613_447_560, 43),
        (1, 2**64, 71),
    ]
    assert digit_length(64, 2, 2) == 7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: digit_length(0, 2, 2), "n is 0"),
        (lambda: digit_length(5, 1, 2), "p is 1"),
        (lambda: digit_length(5, 2, 1), "q is 1"),
        (lambda: least_base(5, 2, 1), "5 bits modulo 2 need at least 2, whatever the dictionary"),
        (lambda: least_base(5, 6, 0), "need at least 1"),
        (lambda: sparse_length(0, 2), "size is 0"),
        (lambda: sparse_length(3, 1), "k is 1; .* can only copy"),
        (lambda: least_sparsity(3, 0), "both must be at least 1"),
        (lambda: sparse_candidates(3, 0, 1), "k is 0"),
        (lambda: chain_candidates(3, 2, 0), "tokens is 0"),
        (lambda: sparse_samples(3, 2, 1, 0.0), "delta is 0.0"),
        (lambda: sparse_samples(3, 2, 1, 1), "delta is 1"),
        (lambda: questions_needed(4, 5, 0.1), "k is 5 and n 4"),
        (lambda: questions_needed(4, 2, 0), "tolerance is 0"),
        (lambda: largest_subcubes([0, 1, 0], 2), "there are 3 labels"),
        (lambda: largest_subcubes([0] * 128, 2), "there are 128 labels"),
        (lambda: largest_subcubes([], 2), "there are 0 labels"),
        (lambda: largest_subcubes(1, 2), "there are 0 labels"),
        (lambda: largest_subcubes([0, 2], 2), "label 2 is out of range"),
        (lambda: largest_subcubes([0, -1], 2), "label -1 is out of range"),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
