"""Parity of a subset of bits, its chains of thought, and what a chain of each length can reach."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np
from numpy.typing import NDArray

from ntp_lib.core import PerStep, Tokens, Vocabulary, as_tokens
from ntp_lib.theory.linear import LinearPredictor, threshold_token

BITS = Vocabulary("01")
"""The dictionary {0, 1}."""

_PAIRS = Vocabulary(["0", "1", "0·0", "0·1", "1·0", "1·1"])


@dataclass(frozen=True)
class SubsetTask(ABC):
    """What tasks on a subset A of n bits share: random prompts, one answer token at the end."""

    n: int
    subset: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "subset", tuple(self.subset))
        if self.n < 1:
            raise ValueError(f"n is {self.n}; a prompt needs at least 1 bit")
        if not self.subset:
            raise ValueError("the subset is empty; name at least one position")
        if len(set(self.subset)) < len(self.subset):
            raise ValueError(f"subset {self.subset} repeats a position; name each once")
        for i in self.subset:
            if not isinstance(i, int | np.integer) or not 0 <= i < self.n:
                raise ValueError(f"position {i} is not in the prompt; give 0 to {self.n - 1}")
        object.__setattr__(self, "subset", tuple(int(i) for i in self.subset))

    @property
    def prompt_length(self) -> int:
        """The number n of bits."""
        return self.n

    @property
    @abstractmethod
    def chain_length(self) -> int:
        """The number T of tokens to predict."""

    @property
    def answer(self) -> slice:
        """The last token."""
        return slice(self.n + self.chain_length - 1, self.n + self.chain_length)

    def sample(self, count: int, rng: np.random.Generator) -> Tokens:
        """Draw `count` uniform prompts, shape (count, n)."""
        if count < 1:
            raise ValueError(f"count is {count}; draw at least 1 prompt")
        return rng.integers(0, 2, size=(count, self.n), dtype=np.int64)

    def all_prompts(self) -> Tokens:
        """Return all 2ⁿ prompts in counting order, shape (2ⁿ, n); n is at most 20."""
        if self.n > 20:
            raise ValueError(f"n is {self.n}: 2^{self.n} prompts are too many; use sample")
        return (np.arange(2**self.n)[:, None] >> np.arange(self.n)[::-1]) & 1

    def _prompts(self, prompts: Tokens) -> Tokens:
        """Check a batch of prompts: bits, n of them."""
        prompts = as_tokens(prompts, BITS, "prompts")
        if prompts.shape[1] != self.n:
            raise ValueError(
                f"the prompts have {prompts.shape[1]} tokens; this task's have {self.n}"
            )
        return prompts


@dataclass(frozen=True)
class CountParity(SubsetTask):
    """Parity whose chain is the binary digits of the count of ones, most significant first.

    With s = Σ_{i∈A} x_i and K = ⌊log₂|A|⌋, the whole chain is the K+1 binary digits of s; the
    last digit is the parity. With fewer tokens T the chain reads s only within the central window
    lo … lo + 2^T − 1: its first T − 1 tokens are the leading digits of s − lo, clipped to the
    window, and the answer is still the true parity. Source: the whole chain is Malach 2024
    (length complexity O(log n)); the window is ours.

    Parameters
    ----------
    n : int
        The number of bits in the prompt.
    subset : sequence of int
        The positions A, from 0; distinct, at least one.
    tokens : int, optional
        The chain's length T, the answer included: 1 to ⌊log₂|A|⌋ + 1, which is the default.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> task = CountParity(n=4, subset=(0, 1, 3))
    >>> task.complete(np.array([[1, 1, 0, 1]]))   # s = 3, in binary 11
    array([[1, 1, 0, 1, 1, 1]])
    """

    tokens: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        longest = len(self.subset).bit_length()
        if self.tokens is None:
            object.__setattr__(self, "tokens", longest)
        if not 1 <= self.chain_length <= longest:
            raise ValueError(
                f"tokens is {self.tokens}; the count of {len(self.subset)} bits has {longest} "
                f"digits: give 1 to {longest}"
            )

    @property
    def vocabulary(self) -> Vocabulary:
        """The bits."""
        return BITS

    @property
    def chain_length(self) -> int:
        """The number T of tokens to predict."""
        assert self.tokens is not None
        return self.tokens

    @property
    def window_start(self) -> int:
        """The least count lo that the chain can tell from smaller ones."""
        return window_start(len(self.subset), self.chain_length)

    def complete(self, prompts: Tokens) -> Tokens:
        """Append the digits of the clipped count, then the true parity."""
        prompts = self._prompts(prompts)
        count = prompts[:, list(self.subset)].sum(axis=1)
        place = np.clip(count - self.window_start, 0, 2**self.chain_length - 1)
        digits = (place[:, None] >> np.arange(self.chain_length)[::-1]) & 1
        digits[:, -1] = count & 1
        return np.concatenate([prompts, digits], axis=1)

    def predictor(self) -> PerStep:
        """Return the linear predictor that writes this chain with margin ½ at every digit.

        The digit of value 2^k is 1[Σ_{i∈A} x_i − Σ_{j>k} 2^j b_j ≥ lo + 2^k]; the last token is
        that digit if lo is even and its complement if lo is odd.

        Examples
        --------
        >>> CountParity(n=7, subset=range(7)).predictor()
        PerStep(prompt_length=7, 3 steps over Vocabulary('0', '1'))
        """
        top, lo = self.chain_length - 1, self.window_start
        steps = []
        for t in range(self.chain_length):
            look_backs = {self.n + t - i: 1 for i in self.subset}
            look_backs |= {t - j: -(2 ** (top - j)) for j in range(t)}
            threshold = lo + 2 ** (top - t)
            if t == top and lo % 2:
                # 1[sum < threshold] = 1[−sum ≥ 1 − threshold], as the sum is an integer
                look_backs = {b: -w for b, w in look_backs.items()}
                threshold = 1 - threshold
            steps.append(threshold_token(BITS, look_backs, threshold))
        return PerStep(self.n, steps)


@dataclass(frozen=True)
class RunningParity(SubsetTask):
    """Parity whose chain carries the parity so far: |A| tokens, one for each bit of A.

    XOR is not a linear step, so a thinking token is a pair p·b: the parity p of the bits read so
    far and the next bit b. The first pair is the first two bits of A; the last token, p XOR b of
    the last pair, is the answer. Source: ours.

    Parameters
    ----------
    n : int
        The number of bits in the prompt.
    subset : sequence of int
        The positions A, from 0, in the order in which they are read.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> task = RunningParity(n=3, subset=(0, 1, 2))
    >>> task.vocabulary.decode(task.complete(np.array([[1, 1, 1]]))[0])
    ('1', '1', '1', '1·1', '0·1', '1')
    """

    @property
    def vocabulary(self) -> Vocabulary:
        """The bits and the four pairs parity·next bit."""
        return _PAIRS

    @property
    def chain_length(self) -> int:
        """The number |A| of tokens to predict."""
        return len(self.subset)

    def complete(self, prompts: Tokens) -> Tokens:
        """Append the pairs, then the parity."""
        prompts = self._prompts(prompts)
        bits = prompts[:, list(self.subset)]
        parity = bits.cumsum(axis=1) & 1
        pairs = 2 + 2 * parity[:, :-1] + bits[:, 1:]
        return np.concatenate([prompts, pairs, parity[:, -1:]], axis=1)

    def predictor(self) -> PerStep:
        """Return the linear predictor that writes this chain with margin 1.

        Each part of the next pair depends on one token read, so each token read gives one vote to
        the candidates that agree with it.

        Examples
        --------
        >>> RunningParity(n=3, subset=(0, 2)).predictor()
        PerStep(prompt_length=3, 2 steps over Vocabulary('0', '1', '0·0', '0·1', '1·0', '1·1'))
        """
        steps = []
        for t in range(self.chain_length):
            last = t == self.chain_length - 1
            # who tells the parity so far: the first bit itself, later the pair before
            teller = 1 if t else self.n - self.subset[0]
            parity_told = {2: 0, 3: 1, 4: 1, 5: 0} if t else {0: 0, 1: 1}
            votes = {
                teller: _votes(
                    {u: [p] if last else [2 + 2 * p, 3 + 2 * p] for u, p in parity_told.items()}
                )
            }
            if not last:
                votes[self.n + t - self.subset[t + 1]] = _votes({0: [2, 4], 1: [3, 5]})
            steps.append(LinearPredictor(_PAIRS, list(votes), list(votes.values())))
        return PerStep(self.n, steps)


def _votes(candidates: Mapping[int, Sequence[int]]) -> NDArray[np.float64]:
    """Return the block in which reading token u gives 1 to each of `candidates[u]`."""
    block = np.zeros((len(_PAIRS), len(_PAIRS)))
    for token, chosen in candidates.items():
        block[token, list(chosen)] = 1
    return block


def window_start(size: int, tokens: int) -> int:
    """Return the start lo of the central window that T tokens read of a count of `size` bits.

    Examples
    --------
    >>> window_start(7, 1), window_start(7, 2), window_start(7, 3)
    (3, 2, 0)
    """
    return max(0, (size + 1 - (1 << tokens)) // 2)


def _largest_binomials(size: int, how_many: int) -> int:
    """Return the sum of the largest `how_many` of C(size − 1, 0), …, C(size − 1, size − 1)."""
    binomials: list[int] = sorted((comb(size - 1, j) for j in range(size)), reverse=True)
    total: int = sum(binomials[:how_many])
    return total


def best_one_token_accuracy(size: int) -> Fraction:
    """Return the best accuracy of one linear step on parity of `size` uniform bits.

    ½ + C(n−1, ⌊(n−1)/2⌋) / 2ⁿ, exactly. Source: ours, from the paper's claim that no linear
    predictor computes parity.

    Raises
    ------
    ValueError
        If `size` is below 1.

    Examples
    --------
    >>> [str(best_one_token_accuracy(n)) for n in range(1, 7)]
    ['1', '3/4', '3/4', '11/16', '11/16', '21/32']
    """
    if size < 1:
        raise ValueError(f"size is {size}; parity needs at least 1 bit")
    return Fraction(1, 2) + Fraction(comb(size - 1, (size - 1) // 2), 2**size)


def window_accuracy(size: int, tokens: int) -> Fraction:
    """Return the exact accuracy of `CountParity` with T tokens on `size` uniform bits.

    ½ + (the sum of the 2^T − 1 largest of C(n−1, j)) / 2ⁿ. It is 1 from T = ⌊log₂ n⌋ + 1 on.
    Source: ours.

    Raises
    ------
    ValueError
        If `size` or `tokens` is below 1.

    Examples
    --------
    >>> [str(window_accuracy(7, t)) for t in (1, 2, 3)]
    ['21/32', '57/64', '1']
    """
    _check(size, tokens)
    return Fraction(1, 2) + Fraction(_largest_binomials(size, 2**tokens - 1), 2**size)


def accuracy_bounds(size: int, tokens: int) -> tuple[Fraction, Fraction]:
    """Bracket the best accuracy of any T-token linear predictor over bits on parity.

    Returns
    -------
    (Fraction, Fraction)
        The window's accuracy, which is attained, and a proved upper bound: the least of 1;
        ½ + Σ_{t≤T} (the sum of the 2^{t−1} largest C(n−1, j)) / 2ⁿ; and, when n ≥ 2^T,
        1 − 2^{−2^T}. They meet at T = 1 and whenever n ≤ 2^T + 1. Source: ours.

    Raises
    ------
    ValueError
        If `size` or `tokens` is below 1.

    Examples
    --------
    >>> [str(bound) for bound in accuracy_bounds(6, 2)]
    ['57/64', '15/16']
    """
    _check(size, tokens)
    cuts = sum(_largest_binomials(size, 2 ** (t - 1)) for t in range(1, tokens + 1))
    upper = min(Fraction(1), Fraction(1, 2) + Fraction(cuts, 2**size))
    if size >= 2**tokens:
        upper = min(upper, 1 - Fraction(1, 2 ** (2**tokens)))
    return window_accuracy(size, tokens), upper


def _check(size: int, tokens: int) -> None:
    if size < 1:
        raise ValueError(f"size is {size}; parity needs at least 1 bit")
    if tokens < 1:
        raise ValueError(f"tokens is {tokens}; predict at least 1")
