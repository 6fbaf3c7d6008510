"""Parity in small steps: a token is the XOR of at most k tokens before it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ntp_lib.core import PerStep, Scores, Tokens, Vocabulary
from ntp_lib.theory.length import sparse_length
from ntp_lib.theory.parity import BITS, SubsetTask


@dataclass(frozen=True)
class XorStep:
    """The predictor that writes the XOR of a few earlier bits, with score 1 against 0.

    It is not linear. Source: Malach 2023, section 4 (parities of k bits as the step's class).

    Parameters
    ----------
    look_backs : sequence of int
        Distances back of the bits that are read: 1 is the last one. With none it writes 0.

    Raises
    ------
    ValueError
        If a look-back is below 1 or repeated; and, when scoring, if one reaches before the start
        of the prefix.

    Examples
    --------
    >>> XorStep([1, 3]).scores(BITS.encode("101")[None])   # 1 XOR 1
    array([[1., 0.]])
    """

    look_backs: tuple[int, ...]

    def __init__(self, look_backs: Sequence[int]) -> None:
        object.__setattr__(self, "look_backs", tuple(int(b) for b in look_backs))
        for b in self.look_backs:
            if b < 1:
                raise ValueError(f"look-back {b} is below 1; 1 reads the last token")
        if len(set(self.look_backs)) < len(self.look_backs):
            raise ValueError(f"look-backs {self.look_backs} repeat one, which cancels: drop both")

    @property
    def vocabulary(self) -> Vocabulary:
        """The bits."""
        return BITS

    def scores(self, prefixes: Tokens) -> Scores:
        """Score 0 and 1: (sequences, positions) → (sequences, 2)."""
        length = prefixes.shape[1]
        if self.look_backs and max(self.look_backs) > length:
            raise ValueError(
                f"look-back {max(self.look_backs)} reaches before the start of a prefix of "
                f"{length} tokens; give a longer prompt or drop that look-back"
            )
        xor = prefixes[:, [length - b for b in self.look_backs]].sum(axis=1) & 1
        return np.stack([1.0 - xor, xor], axis=1)


@dataclass(frozen=True)
class SparseParity(SubsetTask):
    """Parity whose every step is the XOR of at most k tokens before it.

    Token t is the parity of the first min(|A|, 1 + t(k−1)) members of A: the first step reads k
    of them, every later one the token before it and k − 1 more. This takes ⌈(|A|−1)/(k−1)⌉
    tokens, and no chain of such steps is shorter. Source: ours, after Malach 2023, section 4.

    Parameters
    ----------
    n : int
        The number of bits in the prompt.
    subset : sequence of int
        The positions A, from 0, in the order in which they are read.
    k : int
        How many tokens a step may read, at least 2.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> task = SparseParity(n=5, subset=(0, 1, 3, 4), k=3)
    >>> task.complete(np.array([[1, 1, 0, 1, 1]]))   # x₁⊕x₂⊕x₄, then that ⊕x₅
    array([[1, 1, 0, 1, 1, 1, 0]])
    """

    k: int

    def __post_init__(self) -> None:
        super().__post_init__()
        sparse_length(len(self.subset), self.k)  # says what is wrong with k

    @property
    def vocabulary(self) -> Vocabulary:
        """The bits."""
        return BITS

    @property
    def chain_length(self) -> int:
        """The number T = ⌈(|A|−1)/(k−1)⌉ of tokens to predict."""
        return sparse_length(len(self.subset), self.k)

    def complete(self, prompts: Tokens) -> Tokens:
        """Append the parities of longer and longer beginnings of A."""
        prompts = self._prompts(prompts)
        parity = prompts[:, list(self.subset)].cumsum(axis=1) & 1
        last = np.minimum((self.k - 1) * np.arange(1, self.chain_length + 1), parity.shape[1] - 1)
        return np.concatenate([prompts, parity[:, last]], axis=1)

    def predictor(self) -> PerStep:
        """Return the predictor that writes this chain, an `XorStep` for each token.

        Examples
        --------
        >>> [step.look_backs for step in SparseParity(4, range(4), k=2).predictor().steps]
        [(4, 3), (1, 3), (1, 3)]
        """
        steps = []
        for t in range(self.chain_length):
            start = 1 + t * (self.k - 1) if t else 0
            new = self.subset[start : 1 + (t + 1) * (self.k - 1)]
            before = [1] if t else []
            steps.append(XorStep([*before, *(self.n + t - i for i in new)]))
        return PerStep(self.n, steps)


def parity_read(predictor: PerStep) -> tuple[int, ...]:
    """Return the positions of the prompt whose parity a chain of XOR steps answers.

    Every token of such a chain is a parity of prompt bits; two of them are one function exactly
    if they read the same positions. Source: ours.

    Raises
    ------
    ValueError
        If a step is not an `XorStep`, or reads before the start of the prompt.

    Examples
    --------
    x₁⊕x₂, and then that ⊕x₂⊕x₃, which is x₁⊕x₃:

    >>> parity_read(PerStep(3, [XorStep([3, 2]), XorStep([1, 3, 2])]))
    (0, 2)
    """
    n = predictor.prompt_length
    reads = [frozenset([i]) for i in range(n)]
    for step in predictor.steps:
        if not isinstance(step, XorStep):
            raise ValueError(f"{step!r} is not an XorStep; only XORs are parities of the prompt")
        if max(step.look_backs, default=0) > len(reads):
            raise ValueError(f"{step!r} reads before the start of a prefix of {len(reads)} tokens")
        read: frozenset[int] = frozenset()
        for b in step.look_backs:
            read ^= reads[len(reads) - b]
        reads.append(read)
    return tuple(sorted(reads[-1]))
