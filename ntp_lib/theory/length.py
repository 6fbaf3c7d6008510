"""Length complexity: how long a chain must be, and what a chain of each length costs to learn."""

from fractions import Fraction
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray


def digit_length(n: int, p: int, q: int) -> int:
    """Return the least length of a linear chain for Σx mod p of n bits with q thinking tokens.

    1 + ⌈log_q ⌈(n+1)/p⌉⌉: the last token takes one of p values, every thinking token one of q.
    No chain is shorter, as their product must be at least n + 1, and `CountModulo` is that long.
    Source: ours; for p = q = 2 it is ⌊log₂ n⌋ + 1 (Wegener 1991; Malach 2023: O(log n)).

    Raises
    ------
    ValueError
        If n is below 1, or p or q below 2.

    Examples
    --------
    >>> digit_length(64, p=2, q=2), digit_length(26, p=3, q=3), digit_length(64, p=2, q=33)
    (7, 3, 2)
    """
    _check_digits(n, p)
    if q < 2:
        raise ValueError(f"q is {q}; digits need a base of 2 or more")
    tokens, reach = 1, p
    while reach < n + 1:
        tokens, reach = tokens + 1, reach * q
    return tokens


def least_base(n: int, p: int, tokens: int) -> int:
    """Return the least q ≥ 2 with which a linear chain of `tokens` computes Σx mod p of n bits.

    Source: ours (the inverse of `digit_length`).

    Raises
    ------
    ValueError
        If n is below 1, p below 2, or no q is enough: one token, and p < n + 1.

    Examples
    --------
    >>> [least_base(64, 2, tokens) for tokens in range(2, 8)]
    [33, 6, 4, 3, 3, 2]
    """
    _check_digits(n, p)
    if tokens < 1 or (tokens == 1 and p < n + 1):
        raise ValueError(
            f"tokens is {tokens}; {n} bits modulo {p} need at least {1 if p > n else 2}, "
            "whatever the dictionary"
        )
    q = 2
    while p * q ** (tokens - 1) < n + 1:
        q += 1
    return q


def _check_digits(n: int, p: int) -> None:
    if n < 1:
        raise ValueError(f"n is {n}; counting needs at least 1 bit")
    if p < 2:
        raise ValueError(f"p is {p}; count modulo 2 or more")


def sparse_length(size: int, k: int) -> int:
    """Return the exact length of parity of `size` bits when a step reads at most k tokens.

    ⌈(size−1)/(k−1)⌉, and 1 for a single bit. Source: ours, sharpening Malach 2023, section 4
    (Θ(n/k)).

    Raises
    ------
    ValueError
        If `size` is below 1 or k below 2.

    Examples
    --------
    >>> [sparse_length(64, k) for k in (2, 4, 8, 64)]
    [63, 21, 9, 1]
    """
    if size < 1:
        raise ValueError(f"size is {size}; parity needs at least 1 bit")
    if k < 2:
        raise ValueError(f"k is {k}; a step that reads one token can only copy it: give 2 or more")
    return max(1, -(-(size - 1) // (k - 1)))


def least_sparsity(size: int, tokens: int) -> int:
    """Return the least k ≥ 2 with which `tokens` steps reach the parity of `size` bits.

    1 + ⌈(size−1)/tokens⌉. Source: ours (the inverse of `sparse_length`).

    Raises
    ------
    ValueError
        If `size` or `tokens` is below 1.

    Examples
    --------
    >>> least_sparsity(64, 9), least_sparsity(64, 8), least_sparsity(64, 1)
    (8, 9, 64)
    """
    if size < 1 or tokens < 1:
        raise ValueError(f"size is {size} and tokens {tokens}; both must be at least 1")
    return max(2, 1 - (1 - size) // tokens)


def sparse_candidates(n: int, k: int, step: int) -> int:
    """Return |H_{k,t}|: the parities of at most k of the n + t − 1 tokens before step t.

    Source: Malach 2023, section 4 (the class of k-sparse parities).

    Parameters
    ----------
    n, k : int
        Bits in the prompt, at least 1; tokens that a step may read, at least 1.
    step : int
        t, from 1.

    Raises
    ------
    ValueError
        If a parameter is below 1.

    Examples
    --------
    >>> sparse_candidates(64, 2, step=63)
    8002
    """
    for name, value in (("n", n), ("k", k), ("step", step)):
        if value < 1:
            raise ValueError(f"{name} is {value}; it must be at least 1")
    return sum(comb(n + step - 1, size) for size in range(k + 1))


def chain_candidates(n: int, k: int, tokens: int) -> int:
    """Return Σ_t |H_{k,t}| over the steps 1 to T: what a search through all of them tries.

    Source: ours.

    Raises
    ------
    ValueError
        If a parameter is below 1.

    Examples
    --------
    >>> chain_candidates(64, 2, tokens=63)
    297759
    """
    if tokens < 1:
        raise ValueError(f"tokens is {tokens}; a chain has at least 1")
    return sum(sparse_candidates(n, k, step) for step in range(1, tokens + 1))


def sparse_samples(n: int, k: int, tokens: int, delta: Fraction | float) -> int:
    """Return how many uniform sequences suffice to learn a k-sparse parity chain without error.

    The least m with 2^m ≥ Σ_t|H_{k,t}| / δ: with probability at least 1 − δ every learner that
    agrees with the m sequences has sequence error 0. Source: ours.

    Raises
    ------
    ValueError
        If n, k or `tokens` is below 1, or δ is not above 0 and below 1.

    Examples
    --------
    >>> sparse_samples(64, 2, 63, delta=0.01), sparse_samples(64, 64, 1, delta=0.01)
    (25, 71)
    """
    if not 0 < delta < 1:
        raise ValueError(f"delta is {delta}; a probability of failure lies between 0 and 1")
    needed = Fraction(chain_candidates(n, k, tokens)) / Fraction(delta)
    return (-(-needed.numerator // needed.denominator) - 1).bit_length()


def questions_needed(n: int, k: int, tolerance: Fraction | float) -> Fraction:
    """Return how many averages a learner must ask for to be sure of a parity of k of n bits.

    τ² · (C(n, k) − 1), for averages of values in [−1, 1] that may be off by τ. Source: the
    statistical-query bound of Kearns 1998, by the proof in the chapter *Length complexity*.

    Raises
    ------
    ValueError
        If k is not from 1 to n or the tolerance is not above 0 and at most 1.

    Examples
    --------
    >>> questions_needed(64, 2, Fraction(1, 10))
    Fraction(403, 20)
    """
    if not 1 <= k <= n:
        raise ValueError(f"k is {k} and n {n}; a parity reads from 1 to all n bits")
    if not 0 < tolerance <= 1:
        raise ValueError(f"tolerance is {tolerance}; give more than 0 and at most 1")
    return Fraction(tolerance) ** 2 * (comb(n, k) - 1)


def largest_subcubes(labels: ArrayLike, q: int) -> NDArray[np.int64]:
    """Return A_d for each label d: 1 + the largest dimension of a subcube labelled d throughout.

    0 if d is not used. For an argmax of affine functions Σ_d A_d ≥ n + 1. Source: ours.

    Parameters
    ----------
    labels : array_like of int, shape (..., 2ⁿ)
        The labels, from 0 to q − 1, of the inputs 0…0 to 1…1 in counting order, for n ≤ 6.
    q : int
        The number of labels.

    Returns
    -------
    int array, shape (..., q)

    Raises
    ------
    ValueError
        If the last axis is not 2ⁿ long for an n from 0 to 6, or a label is out of its range.

    Examples
    --------
    The majority of three bits is constant on edges; parity on single points only:

    >>> largest_subcubes([[0, 0, 0, 1, 0, 1, 1, 1], [0, 1, 1, 0, 1, 0, 0, 1]], q=2)
    array([[2, 2],
           [1, 1]])
    """
    array = np.asarray(labels)
    points = array.shape[-1] if array.ndim else 0
    n = points.bit_length() - 1
    if points != 1 << max(n, 0) or n > 6:
        raise ValueError(f"there are {points} labels; give 2ⁿ of them, for an n from 0 to 6")
    if array.min() < 0 or array.max() >= q:
        wrong = array.min() if array.min() < 0 else array.max()
        raise ValueError(f"label {wrong} is out of range; q = {q} labels go from 0 to {q - 1}")
    has = (array[..., None, :] == np.arange(q)[:, None]).reshape(*array.shape[:-1], q, *[2] * n)
    free = np.zeros([1] * n, dtype=np.int8)
    for axis in range(-n, 0):
        # a subcube has bit i at 0, at 1 or free: three places for each bit
        both = has.all(axis=axis, keepdims=True)
        has = np.concatenate([has, both], axis=axis)
        free = free + np.array([0, 0, 1], dtype=np.int8).reshape(3, *[1] * (-axis - 1))
    sizes = np.where(has, 1 + free, 0)
    return np.asarray(sizes.reshape(*array.shape[:-1], q, 3**n).max(axis=-1), dtype=np.int64)
