"""Factored codes: what an exact probe says of new pairs."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.theory.factored import combination, fair_splits

sizes = st.integers(2, 4)


@st.composite
def some_pairs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    k = draw(sizes)
    pairs = list(product(range(k), repeat=2))
    return k, draw(st.lists(st.sampled_from(pairs), unique=True, min_size=1))


def connected(pairs: list[tuple[int, int]], new: tuple[int, int]) -> bool:
    """Whether a path of pairs leads from the first factor of `new` to the second."""
    reached = {("first", new[0])}
    for _ in range(2 * len(pairs)):
        for i, j in pairs:
            if ("first", i) in reached or ("second", j) in reached:
                reached |= {("first", i), ("second", j)}
    return ("second", new[1]) in reached


@given(some_pairs(), st.integers(0, 2**32 - 1))
def test_an_exact_probe_of_a_factored_code_is_exact_on_connected_pairs(
    given_pairs: tuple[int, list[tuple[int, int]]], seed: int
) -> None:
    """Also one that is exact by chance: any W and b that fit the seen pairs."""
    k, seen = given_pairs
    rng = np.random.default_rng(seed)
    d = 2 * k + 3
    u, v = rng.normal(size=(2, k, d))
    code = {(i, j): np.append(u[i] + v[j], 1) for i, j in product(range(k), repeat=2)}
    x = np.array([code[pair] for pair in seen])
    targets = np.eye(k)[[i for i, _ in seen]]
    inverse = np.linalg.pinv(x)
    probe = inverse @ targets + (np.eye(d + 1) - inverse @ x) @ rng.normal(size=(d + 1, k))
    np.testing.assert_allclose(x @ probe, targets, atol=1e-7)
    for new in code:
        found = combination(seen, new)
        assert (found is not None) == connected(seen, new)
        if found is not None:
            np.testing.assert_allclose(found.sum(), 1, atol=1e-9)
            np.testing.assert_allclose(found @ x, code[new], atol=1e-7)
            np.testing.assert_allclose(code[new] @ probe, np.eye(k)[new[0]], atol=1e-5)


@given(some_pairs(), st.integers(0, 2**32 - 1))
def test_a_probe_of_ids_fits_any_labels(
    given_pairs: tuple[int, list[tuple[int, int]]], seed: int
) -> None:
    """Independent vectors: every labelling has an exact probe."""
    _, seen = given_pairs
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(len(seen), len(seen) + 2))
    targets = rng.normal(size=(len(seen), 3))
    np.testing.assert_allclose(x @ (np.linalg.pinv(x) @ targets), targets, atol=1e-6)


def test_fair_splits_are_fair() -> None:
    held_out = {(1, 2), (2, 3), (3, 4), (4, 1)}
    seen = [pair for pair in product(range(1, 5), repeat=2) if pair not in held_out]
    splits = list(fair_splits(seen))
    assert len(splits) > 3
    for held in splits:
        assert sorted(i for i, _ in held) == sorted(j for _, j in held) == [1, 2, 3, 4]
        left = [pair for pair in seen if pair not in held]
        assert len(left) == 8
        assert all(connected(left, pair) for pair in held)
    # a permutation whose complement falls into two squares is left out
    assert [(1, 4), (2, 1), (3, 2), (4, 3)] not in splits
