"""Codes of pairs: stored as two factors, or as one id? What a probe on new pairs can tell.

A *code* gives each pair (i, j) of K × K a vector c(i, j). It is *factored* if c(i, j) = uᵢ + vⱼ.
A linear probe reads the code, W c + b. If it is exact on some pairs of a factored code, what it
says of another pair can be settled: c of that pair may be a combination of those of the others,
with coefficients that sum to 1. Source: ours; the argument is elementary.
"""

from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

Pair = tuple[int, int]


def combination(seen: Sequence[Pair], new: Pair) -> NDArray[np.float64] | None:
    """Write a new pair of every factored code as a combination of the seen pairs.

    Parameters
    ----------
    seen : sequence of pairs of int
    new : pair of int

    Returns
    -------
    float array, shape (len(seen),), or None
        Coefficients a that sum to 1 with c(new) = Σ a c(seen) whatever u and v are; None if there
        are none, which means that no path of seen pairs leads from the one factor to the other.

    Examples
    --------
    >>> combination([(1, 1), (1, 2), (2, 2)], (2, 1))
    array([ 1., -1.,  1.])
    >>> combination([(1, 1), (2, 2)], (2, 1)) is None
    True
    """
    rows = _indicators([*seen, new])
    found = np.linalg.lstsq(rows[:-1].T, rows[-1], rcond=None)[0]
    return found.round(12) if np.allclose(rows[:-1].T @ found, rows[-1], atol=1e-9) else None


def fair_splits(seen: Sequence[Pair]) -> Iterator[list[Pair]]:
    """Yield the sets of pairs that a probe can fairly be tested on after training on the others.

    Each set has every first and every second factor once, so that neither set prefers a label,
    and every one of its pairs is a `combination` of the pairs left.

    Examples
    --------
    >>> square = [(i, j) for i in (1, 2, 3) for j in (1, 2, 3)]
    >>> next(fair_splits(square))
    [(1, 1), (2, 2), (3, 3)]
    >>> list(fair_splits([(1, 1), (1, 2), (2, 1)]))
    []
    """
    firsts = sorted({i for i, _ in seen})
    seconds = sorted({j for _, j in seen})
    if len(firsts) != len(seconds):
        return
    for order in permutations(seconds):
        held = list(zip(firsts, order, strict=True))
        left = [pair for pair in seen if pair not in held]
        if set(held) <= set(seen) and all(combination(left, pair) is not None for pair in held):
            yield held


def _indicators(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """The code in which each first and each second factor has its own axis."""
    firsts, seconds = np.array(pairs).T
    return np.hstack(
        [np.equal.outer(factor, np.unique(factor)) for factor in (firsts, seconds)]
    ).astype(float)
