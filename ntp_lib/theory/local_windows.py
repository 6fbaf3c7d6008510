"""Which local windows a set of traces shows, and which of another trace's it does not."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ntp_lib.theory.learning import Examples


def pool(parts: Sequence[Examples]) -> Examples:
    """Join the examples of traces of different sizes into one batch of T examples in a row.

    Traces of one local rule may have look-backs that grow with the trace's size, as the S + 1, S
    and S − 1 of a Turing machine's tableau. What is read at the j-th look-back of each part is
    read at the j-th look-back of the pool, whose `look_backs` are those of the first part.
    Source: ours.

    Parameters
    ----------
    parts : sequence of Examples
        Over one vocabulary, with equally many look-backs, in corresponding order.

    Returns
    -------
    Examples
        One "sequence" that holds all examples, part by part.

    Raises
    ------
    ValueError
        If there is no part, or the vocabularies or the numbers of look-backs differ.

    Examples
    --------
    Repeat the bit that stands one row back, in rows of two bits and of three:

    >>> from ntp_lib.theory import BITS
    >>> two = Examples.of(BITS, [[0, 1, 0, 1]], prompt_length=2, look_backs=[2])
    >>> three = Examples.of(BITS, [[0, 0, 1, 0, 0, 1]], prompt_length=3, look_backs=[3])
    >>> pool([two, three]).target
    array([[0, 1, 0, 0, 1]])
    """
    if not parts:
        raise ValueError("there are no parts; give the examples of at least one trace")
    first = parts[0]
    k = len(first.look_backs)
    for part in parts:
        _check_alike(first, part)
    read = np.concatenate([part.read.reshape(part.target.size, k) for part in parts])
    target = np.concatenate([part.target.ravel() for part in parts])
    return Examples(first.vocabulary, first.look_backs, read[None], target[None])


def unseen_windows(seen: Examples, examples: Examples) -> NDArray[np.bool_]:
    """Tell which examples read a local window that no example of `seen` reads.

    A window is the tuple of tokens at the look-backs. A predictor that is right on every example
    of `seen` is right wherever this is False, if both come from one local rule: a free run can
    make its first mistake only where it is True. Source: ours.

    Parameters
    ----------
    seen, examples : Examples
        Over one vocabulary, with equally many look-backs, in corresponding order.

    Returns
    -------
    bool array, shape (sequences, T)
        As `examples.target`.

    Raises
    ------
    ValueError
        If the vocabularies or the numbers of look-backs differ.

    Examples
    --------
    >>> from ntp_lib.theory import BITS
    >>> seen = Examples.of(BITS, [[0, 0, 1]], prompt_length=2, look_backs=[2, 1])
    >>> new = Examples.of(BITS, [[0, 0, 1, 0]], prompt_length=2, look_backs=[2, 1])
    >>> unseen_windows(seen, new)   # 00 has been seen, 01 has not
    array([[False,  True]])
    """
    _check_alike(seen, examples)
    k, known = len(seen.look_backs), seen.target.size
    both = np.concatenate([e.read.reshape(e.target.size, k) for e in (seen, examples)])
    # number the windows, one look-back at a time: equal windows get equal numbers
    number = np.zeros(len(both), dtype=np.int64)
    for column in both.T:
        number = np.unique(number * len(seen.vocabulary) + column, return_inverse=True)[1]
    new = ~np.isin(number[known:], number[:known])
    return new.reshape(examples.target.shape)


def _check_alike(first: Examples, second: Examples) -> None:
    if first.vocabulary != second.vocabulary:
        raise ValueError(
            f"some examples are over {first.vocabulary!r}, others over {second.vocabulary!r}; "
            "use one vocabulary"
        )
    if len(first.look_backs) != len(second.look_backs):
        raise ValueError(
            f"some examples read {len(first.look_backs)} look-backs, others "
            f"{len(second.look_backs)}; windows of different sizes do not compare"
        )
