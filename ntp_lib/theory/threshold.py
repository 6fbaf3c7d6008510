"""Linear threshold functions: all that one linear step over bits can write."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

# Integer weights of at most this size realise every function of n bits; a test counts them.
_LARGEST_WEIGHT = {1: 1, 2: 1, 3: 2, 4: 3}


@cache
def threshold_functions(n: int) -> NDArray[np.bool_]:
    """Return the truth tables of all linear threshold functions of n bits, n at most 4.

    There are 4, 14, 104 and 1,882 of them for n = 1, 2, 3, 4. Source: classical; OEIS A000609.

    Returns
    -------
    bool array, shape (functions, 2ⁿ)
        Each row is a function's values at the inputs 0…00, 0…01, …, 1…11. Read-only.

    Raises
    ------
    ValueError
        If n is not 1, 2, 3 or 4.

    Examples
    --------
    The two functions of two bits that are none of them are XOR and its complement:

    >>> len(threshold_functions(2))
    14
    """
    if n not in _LARGEST_WEIGHT:
        raise ValueError(f"n is {n}; the functions are listed for 1 to 4 bits")
    largest = _LARGEST_WEIGHT[n]
    inputs = np.array(list(np.ndindex(*[2] * n)))
    weights = np.array(list(np.ndindex(*[2 * largest + 1] * n))) - largest
    sums = weights @ inputs.T
    tables = [sums >= threshold for threshold in range(sums.min(), sums.max() + 2)]
    functions = np.unique(np.concatenate(tables), axis=0)
    functions.setflags(write=False)
    return functions
