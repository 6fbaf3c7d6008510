"""The best two-token chain for the parity of six bits: the window, by exhaustive search.

Negate and permute bits until the second step's weights on the input do not increase and are not
negative: parity or its complement remains to be computed. The second step has one threshold after
the thought 0 and one after the thought 1, so it answers 0 on a bottom set (below both), 1 on a top
set (above both), and on the slab between them it answers the thought or its complement, which is
just as linear. Bottom and top are threshold functions whose weights have that same order. For each
bottom and top that make no more errors than the window does, every linear threshold function is
tried on the slab.
"""

from fractions import Fraction
from itertools import combinations_with_replacement, permutations, product

import numpy as np
import pytest
from numpy.typing import NDArray

from ntp_lib import preset
from ntp_lib.theory import window_accuracy

# The largest weight that realises every threshold function up to symmetry; the count tells.
LARGEST_WEIGHT = {4: 3, 5: 5, 6: 9}
COUNT = {4: 1882, 5: 94572, 6: 15028134}


def _packed(tables: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Truth tables of up to 64 inputs, each as one integer."""
    wide = np.zeros((len(tables), 64), dtype=bool)
    wide[:, : tables.shape[1]] = tables
    return np.packbits(wide, axis=1, bitorder="little").view("<u8")[:, 0]


def _regular(n: int, inputs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """All threshold functions whose weights do not increase and are not negative."""
    tables = []
    for weights in combinations_with_replacement(range(LARGEST_WEIGHT[n], -1, -1), n):
        sums = inputs @ np.array(weights)
        tables.append(sums >= np.arange(sums.max() + 2)[:, None])
    return np.unique(np.concatenate(tables), axis=0)


def _all(n: int, inputs: NDArray[np.int64], regular: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """All threshold functions: the regular ones with bits permuted and negated."""
    place = 2 ** np.arange(n)[::-1]
    found = np.concatenate(
        [
            _packed(regular[:, inputs[:, order] @ place])
            for order in map(list, permutations(range(n)))
        ]
    )
    found = np.unique(found)
    for bit in range(n):
        shift = np.uint64(2**bit)
        low = _packed((np.arange(2**n) & 2**bit == 0)[None])[0]
        found = np.unique(
            np.concatenate([found, ((found & low) << shift) | (found >> shift & low)])
        )
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "n",
    [
        4,
        5,
        pytest.param(
            6,
            marks=pytest.mark.skipif(
                preset() == "quick",
                reason="15 million functions on many slabs: minutes; runs at NTP_PRESET=standard",
            ),
        ),
    ],
)
def test_no_two_token_chain_beats_the_window(n: int) -> None:
    inputs = np.array(list(product((0, 1), repeat=n)))
    regular = _regular(n, inputs)
    functions = _all(n, inputs, regular)
    assert len(functions) == COUNT[n]

    window = window_accuracy(n, 2)
    budget = int(2**n * (1 - window))  # the window's errors
    odd = inputs.sum(axis=1) % 2 == 1
    fewest_outside: dict[int, int] = {}
    for parity in (odd, ~odd):
        for top in regular[(regular & ~parity).sum(axis=1) <= budget]:
            bottoms = ~regular
            errors = (top & ~parity).sum() + (bottoms & parity).sum(axis=1)
            fits = (errors <= budget) & ~(bottoms & top).any(axis=1)
            slabs = _packed(~(bottoms[fits] | top))
            # complements of threshold functions are some too: on the slab, parity stands for both
            for slab, outside in zip(slabs.tolist(), errors[fits].tolist(), strict=True):
                fewest_outside[slab] = min(outside, fewest_outside.get(slab, outside))
    disagree = functions ^ _packed(odd[None])[0]
    fewest = min(
        outside + int(np.bitwise_count(disagree & np.uint64(slab)).min())
        for slab, outside in fewest_outside.items()
    )
    assert 1 - Fraction(fewest, 2**n) == window
