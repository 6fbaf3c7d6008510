"""Learning a chain of XORs from examples: by search through all candidates, and by algebra."""

from collections.abc import Callable
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ntp_lib.core import PerStep, Tokens, as_tokens
from ntp_lib.theory.parity import BITS
from ntp_lib.theory.sparse_parity import XorStep

_WORD = 64


def consistent_subsets(bits: ArrayLike, target: ArrayLike, k: int) -> list[tuple[int, ...]]:
    """Return every set of at most k columns whose XOR is the target on all samples.

    It tries all Σ_{i≤k} C(N, i) sets on the first 64 samples, by one XOR and one comparison
    each, and those that pass on the others. It holds the XORs of all sets of one size below k in
    memory, 8 bytes each. Source: ours (the brute-force learner of Malach 2023, section 4).

    Parameters
    ----------
    bits : array_like of 0 and 1, shape (samples, N)
    target : array_like of 0 and 1, shape (samples,)
    k : int
        The largest size of a set, at least 0.

    Returns
    -------
    list of tuples of int
        Smaller sets first; of one size, those whose largest column comes first.

    Raises
    ------
    ValueError
        If the shapes do not fit or k is negative.

    Examples
    --------
    >>> consistent_subsets([[0, 1, 1], [1, 1, 0], [1, 0, 0]], [1, 0, 1], k=2)
    [(0, 1)]
    """
    columns, wanted = _samples(bits, target)
    if k < 0:
        raise ValueError(f"k is {k}; a set has at least 0 columns")
    place = np.left_shift(np.uint64(1), np.arange(_WORD, dtype=np.uint64))
    words = columns[:_WORD].astype(np.uint64).T @ place[: len(columns)]
    word = wanted[:_WORD].astype(np.uint64) @ place[: len(wanted)]
    found: list[tuple[int, ...]] = [()] if word == 0 else []
    # The XORs of all sets of one size, ordered by their largest column, then the next one …:
    # the sets below column c come first, C(c, size) of them.
    values = np.zeros(1, dtype=np.uint64)
    for size in range(1, k + 1):
        larger = []
        for c, column in enumerate(words):
            new = values[: comb(c, size - 1)] ^ column
            ranks = np.flatnonzero(new == word).tolist()
            found += [(*_unrank(rank, size - 1), c) for rank in ranks]
            if size < k:
                larger.append(new)
        values = np.concatenate(larger) if larger else values
    return [
        members
        for members in found
        if ((columns[:, list(members)].sum(axis=1) & 1) == wanted).all()
    ]


def _unrank(rank: int, size: int) -> tuple[int, ...]:
    """Return the set of this size that stands at `rank` in the order by largest member."""
    members: tuple[int, ...] = ()
    for i in range(size, 0, -1):
        c = i - 1
        while comb(c + 1, i) <= rank:
            c += 1
        members, rank = (c, *members), rank - comb(c, i)
    return members


def solve_gf2(matrix: ArrayLike, right_side: ArrayLike) -> NDArray[np.int64] | None:
    """Return a solution x of matrix · x = right_side over the field {0, 1}, or None.

    Gaussian elimination, with every free unknown 0. Source: classical.

    Parameters
    ----------
    matrix : array_like of 0 and 1, shape (equations, unknowns)
    right_side : array_like of 0 and 1, shape (equations,)

    Raises
    ------
    ValueError
        If the shapes do not fit or a value is not a bit.

    Examples
    --------
    >>> solve_gf2([[1, 1], [0, 1]], [1, 1])
    array([0, 1])
    >>> solve_gf2([[1, 1], [1, 1]], [0, 1]) is None
    True
    """
    columns, wanted = _samples(matrix, right_side)
    rows = np.column_stack([columns, wanted]).astype(bool)
    pivots: list[int] = []
    for column in range(columns.shape[1]):
        below = np.flatnonzero(rows[len(pivots) :, column])
        if not len(below):
            continue
        top = len(pivots)
        rows[[top, top + below[0]]] = rows[[top + below[0], top]]
        others = rows[:, column].copy()
        others[top] = False
        rows[others] ^= rows[top]
        pivots.append(column)
    if rows[len(pivots) :, -1].any():
        return None
    solution = np.zeros(columns.shape[1], dtype=np.int64)
    solution[pivots] = rows[: len(pivots), -1]
    return solution


def learn_by_search(sequences: ArrayLike, prompt_length: int, k: int) -> PerStep:
    """Learn a chain of XORs of at most k tokens: at every step the first one that fits.

    Source: ours (the brute-force learner of Malach 2023, section 4).

    Parameters
    ----------
    sequences : array_like of 0 and 1, shape (samples, prompt_length + T)
        Prompts with their chains, T at least 1.
    prompt_length : int
    k : int

    Raises
    ------
    ValueError
        If no token is left to learn, or no such XOR agrees with a step of all sequences.

    Examples
    --------
    >>> import numpy as np
    >>> from ntp_lib.theory import SparseParity, parity_read
    >>> task = SparseParity(n=10, subset=(7, 2, 5, 8), k=2)
    >>> data = task.complete(task.sample(40, np.random.default_rng(0)))
    >>> parity_read(learn_by_search(data, prompt_length=10, k=2))
    (2, 5, 7, 8)
    """

    def first_that_fits(bits: Tokens, target: Tokens) -> list[int] | None:
        fitting = consistent_subsets(bits, target, k)
        return list(fitting[0]) if fitting else None

    return _learn(sequences, prompt_length, first_that_fits)


def learn_by_elimination(sequences: ArrayLike, prompt_length: int) -> PerStep:
    """Learn a chain of XORs of any number of tokens: one linear system over {0, 1} for a step.

    With a chain of one token it learns parity from the answers alone. Source: classical.

    Parameters
    ----------
    sequences : array_like of 0 and 1, shape (samples, prompt_length + T)
        Prompts with their chains, T at least 1.
    prompt_length : int

    Raises
    ------
    ValueError
        If no token is left to learn, or no XOR agrees with a step of all sequences.

    Examples
    --------
    >>> import numpy as np
    >>> from ntp_lib.theory import SparseParity, parity_read
    >>> task = SparseParity(n=10, subset=(7, 2, 5, 8), k=10)
    >>> data = task.complete(task.sample(40, np.random.default_rng(0)))
    >>> parity_read(learn_by_elimination(data, prompt_length=10))
    (2, 5, 7, 8)
    """

    def solution(bits: Tokens, target: Tokens) -> list[int] | None:
        solved = solve_gf2(bits, target)
        return None if solved is None else np.flatnonzero(solved).tolist()

    return _learn(sequences, prompt_length, solution)


def _learn(
    sequences: ArrayLike,
    prompt_length: int,
    positions: Callable[[Tokens, Tokens], list[int] | None],
) -> PerStep:
    """Learn each step by itself, from the true tokens before it."""
    sequences = as_tokens(sequences, BITS, "sequences")
    if not 0 <= prompt_length < sequences.shape[1]:
        raise ValueError(
            f"prompt_length is {prompt_length} and the sequences have {sequences.shape[1]} "
            "tokens; it must be from 0 to one less, so that a token is left to learn"
        )
    steps = []
    for length in range(prompt_length, sequences.shape[1]):
        read = positions(sequences[:, :length], sequences[:, length])
        if read is None:
            raise ValueError(
                f"no XOR in this class agrees with token {length - prompt_length + 1} of all "
                f"{len(sequences)} chains; the data is noisy or the class too small"
            )
        steps.append(XorStep([length - i for i in read]))
    return PerStep(prompt_length, steps)


def _samples(bits: ArrayLike, target: ArrayLike) -> tuple[Tokens, Tokens]:
    """Check a table of bits with one more bit for each row."""
    columns = as_tokens(bits, BITS, "bits")
    wanted = as_tokens(np.asarray(target)[None], BITS, "target")[0]
    if len(wanted) != len(columns):
        raise ValueError(
            f"there are {len(columns)} samples and {len(wanted)} targets; give as many"
        )
    return columns, wanted
