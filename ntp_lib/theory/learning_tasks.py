"""Tasks to learn from chains: a stream read by one gate, and tables that make every step pay."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ntp_lib.core import PerStep, Predictor, Tokens, Vocabulary, as_tokens, rollout
from ntp_lib.theory.linear import LinearPredictor, threshold_token
from ntp_lib.theory.parity import BITS


def mulberry32(seed: int, count: int) -> NDArray[np.uint32]:
    """Return `count` pseudo-random 32-bit numbers: the same ones in Python and in a page.

    Mulberry32 by Tommy Ettinger (public domain): a counter, hashed. Good enough to draw small
    examples that the book's pages draw again; not for statistics.

    Raises
    ------
    ValueError
        If `seed` is not from 0 to 2³² − 1.

    Examples
    --------
    >>> mulberry32(1, 3)
    array([2693262067,   11749833, 2265367787], dtype=uint32)
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed is {seed}; give 0 to 2^32 − 1")
    state = (seed + 0x6D2B79F5 * np.arange(1, count + 1, dtype=np.uint64)).astype(np.uint32)
    mixed: NDArray[np.uint32] = (state ^ (state >> 15)) * (state | np.uint32(1))
    mixed ^= mixed + (mixed ^ (mixed >> 7)) * (mixed | np.uint32(61))
    mixed ^= mixed >> 14
    return mixed


@dataclass(frozen=True)
class PredictorTask:
    """The task whose true chain is what a predictor writes, on uniform prompts.

    Another predictor can then be compared with it: the target of learning. Source: Malach 2023,
    section 2 (a chain that an autoregressive function realises).

    Parameters
    ----------
    target : Predictor
    prompt_length : int
        The number n of tokens that are given, at least 0.
    tokens : int
        The chain's length T, at least 1.

    Raises
    ------
    ValueError
        If a length is out of its range.

    Examples
    --------
    >>> task = PredictorTask(threshold_token(BITS, {2: 1, 1: 1}, 2), prompt_length=2, tokens=1)
    >>> task.complete(task.all_prompts())
    array([[0, 0, 0],
           [0, 1, 0],
           [1, 0, 0],
           [1, 1, 1]])
    """

    target: Predictor
    prompt_length: int
    tokens: int

    def __post_init__(self) -> None:
        if self.prompt_length < 0:
            raise ValueError(f"prompt_length is {self.prompt_length}; it must be at least 0")
        if self.tokens < 1:
            raise ValueError(f"tokens is {self.tokens}; predict at least 1")

    @property
    def vocabulary(self) -> Vocabulary:
        """The target's."""
        return self.target.vocabulary

    @property
    def chain_length(self) -> int:
        """The number T of tokens to predict."""
        return self.tokens

    @property
    def answer(self) -> slice:
        """The last token."""
        return slice(self.prompt_length + self.tokens - 1, self.prompt_length + self.tokens)

    def all_prompts(self) -> Tokens:
        """Return all |D|ⁿ prompts in counting order; at most 2²⁰ of them."""
        count = len(self.vocabulary) ** self.prompt_length
        if count > 2**20:
            raise ValueError(f"{count} prompts are too many to list; use sample")
        shape = (len(self.vocabulary),) * self.prompt_length
        return np.indices(shape).reshape(self.prompt_length, count).T.astype(np.int64)

    def sample(self, count: int, rng: np.random.Generator) -> Tokens:
        """Draw `count` uniform prompts, shape (count, n)."""
        shape = (count, self.prompt_length)
        return rng.integers(0, len(self.vocabulary), size=shape, dtype=np.int64)

    def complete(self, prompts: Tokens) -> Tokens:
        """Append what the target writes."""
        return rollout(self.target, prompts, self.tokens)


@dataclass(frozen=True)
class StreamTask:
    """A stream of random bits, read by one linear gate that slides along it.

    Token t is 1 if Σ_j a_j s(x_{t+j}) + Σ_i c_i s(z_{t−i}) + 1 > 0 with s(0) = −1, s(1) = 1: the
    gate reads `window` bits of the stream and the `own` tokens that it wrote last. The last `own`
    bits of the prompt stand for the tokens before the first. All weights are odd whole numbers
    from −11 to 11, and window + own is even, so the margin is at least 1. The look-backs are the
    same at every step: one set of weights for all of them. Source: ours.

    Parameters
    ----------
    tokens : int
        The chain's length T, at least 1.
    seed : int
        Draws the weights, by `mulberry32`.
    window, own : int
        At least 1 each, with an even sum.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> task = StreamTask(tokens=5, seed=1)
    >>> task.gate
    array([  3,   7,  11,  -1,  -5,   5, -11,  -3,  -3,  -1,   1,  -7])
    >>> task.look_backs
    (16, 15, 14, 13, 12, 11, 10, 9, 4, 3, 2, 1)
    """

    tokens: int
    seed: int
    window: int = 8
    own: int = 4

    def __post_init__(self) -> None:
        if self.tokens < 1:
            raise ValueError(f"tokens is {self.tokens}; predict at least 1")
        if self.window < 1 or self.own < 1 or (self.window + self.own) % 2:
            raise ValueError(
                f"window is {self.window} and own is {self.own}; give at least 1 each and an "
                "even sum, so that the scores of 0 and 1 never tie"
            )
        mulberry32(self.seed, 0)

    vocabulary = BITS

    @property
    def prompt_length(self) -> int:
        """The stream's window + T − 1 bits, and the `own` bits that start the chain."""
        return self.window + self.own + self.tokens - 1

    @property
    def chain_length(self) -> int:
        """The number T of tokens to predict."""
        return self.tokens

    @property
    def answer(self) -> slice:
        """The last token."""
        return slice(self.prompt_length + self.tokens - 1, self.prompt_length + self.tokens)

    @property
    def look_backs(self) -> tuple[int, ...]:
        """What the gate reads at every step: the sliding window, then its own last tokens."""
        p = self.prompt_length
        return (*range(p, p - self.window, -1), *range(self.own, 0, -1))

    @property
    def gate(self) -> NDArray[np.int64]:
        """The weights a and c, in the order of the look-backs."""
        return 2 * (mulberry32(self.seed, self.window + self.own) % 12).astype(np.int64) - 11

    def sample(self, count: int, rng: np.random.Generator) -> Tokens:
        """Draw `count` uniform prompts, shape (count, prompt_length)."""
        return rng.integers(0, 2, size=(count, self.prompt_length), dtype=np.int64)

    def prompts(self, count: int, seed: int) -> Tokens:
        """Draw the same prompts as the page does, by `mulberry32`, shape (count, prompt_length)."""
        bits = mulberry32(seed, count * self.prompt_length) >> 31
        return bits.astype(np.int64).reshape(count, self.prompt_length)

    def complete(self, prompts: Tokens) -> Tokens:
        """Append the chain that the gate writes."""
        prompts = as_tokens(prompts, BITS, "prompts")
        if prompts.shape[1] != self.prompt_length:
            raise ValueError(
                f"the prompts have {prompts.shape[1]} tokens; this task's have {self.prompt_length}"
            )
        return rollout(self.predictor(), prompts, self.tokens)

    def predictor(self) -> LinearPredictor:
        """Return the gate as a linear predictor, the same at every step; its margin is ≥ 1."""
        sign = np.array([-0.5, 0.5])
        blocks = self.gate[:, None, None] * np.outer([-1, 1], sign)
        return LinearPredictor(BITS, self.look_backs, blocks, sign)


@dataclass(frozen=True, eq=False)
class TableTask:
    """The family that makes every step pay: step t looks its token up in a table of its own.

    A prompt is a code g of ⌈log₂ T⌉ bits and n bits, at most one of them 1. If g is the binary
    code of t and bit j is 1, token t is labels[t, j]; every other token is 0. So the n·T entries
    of the table can be anything, and a prompt shows at most one of them. Source: ours.

    Parameters
    ----------
    labels : array_like of 0 and 1, shape (T, n)
        The table.
    share : float
        The probability that `sample` draws one of the n·T prompts that show an entry, all of them
        alike; otherwise it draws the prompt of zeros, whose chain is all 0.

    Raises
    ------
    ValueError
        If the table is not two-dimensional, empty, or not of bits, or `share` is not in [0, 1].

    Examples
    --------
    >>> task = TableTask([[1, 0], [0, 1]])
    >>> task.complete(np.array([[1, 0, 1]]))   # code 1, entry 1: token 1 (from 0) is 1
    array([[1, 0, 1, 0, 1]])
    """

    labels: NDArray[np.int64]
    share: float

    def __init__(self, labels: ArrayLike, share: float = 1.0) -> None:
        table = np.array(labels)
        if table.ndim != 2 or not table.size or not np.isin(table, (0, 1)).all():
            raise ValueError(
                f"labels has shape {table.shape}; give a table of zeros and ones, shape (T, n)"
            )
        if not 0 <= share <= 1:
            raise ValueError(f"share is {share}; give a probability")
        object.__setattr__(self, "labels", table.astype(np.int64))
        object.__setattr__(self, "share", share)

    vocabulary = BITS

    @property
    def codes(self) -> Tokens:
        """The binary codes of the steps 0 … T − 1, shape (T, ⌈log₂ T⌉)."""
        width = (self.chain_length - 1).bit_length()
        return (np.arange(self.chain_length)[:, None] >> np.arange(width)[::-1]) & 1

    @property
    def prompt_length(self) -> int:
        """⌈log₂ T⌉ + n bits."""
        return int(self.codes.shape[1] + self.labels.shape[1])

    @property
    def chain_length(self) -> int:
        """The number T of tokens to predict."""
        return len(self.labels)

    @property
    def answer(self) -> slice:
        """The last token."""
        return slice(
            self.prompt_length + self.chain_length - 1, self.prompt_length + len(self.labels)
        )

    def all_prompts(self) -> Tokens:
        """Return the n·T prompts that show an entry, step by step, then the prompt of zeros."""
        steps, n = self.labels.shape
        shown = np.concatenate(
            [np.repeat(self.codes, n, axis=0), np.tile(np.eye(n, dtype=np.int64), (steps, 1))],
            axis=1,
        )
        return np.concatenate([shown, np.zeros((1, self.prompt_length), dtype=np.int64)])

    def sample(self, count: int, rng: np.random.Generator) -> Tokens:
        """Draw `count` prompts, shape (count, prompt_length)."""
        which = rng.integers(0, self.labels.size, size=count)
        return self.all_prompts()[np.where(rng.random(count) < self.share, which, -1)]

    def complete(self, prompts: Tokens) -> Tokens:
        """Append the chain: token t is 1[⟨labels[t], e⟩ − Hamming distance(g, code of t) ≥ 1]."""
        prompts = as_tokens(prompts, BITS, "prompts")
        if prompts.shape[1] != self.prompt_length:
            raise ValueError(
                f"the prompts have {prompts.shape[1]} tokens; this task's have {self.prompt_length}"
            )
        width = self.codes.shape[1]
        distance = (prompts[:, None, :width] != self.codes).sum(axis=2)
        chain = prompts[:, width:] @ self.labels.T - distance >= 1
        return np.concatenate([prompts, chain.astype(np.int64)], axis=1)

    def predictor(self) -> PerStep:
        """Return the linear gates, one for each step, that write this chain with margin ≥ ½."""
        length, steps = self.prompt_length, []
        for t, (code, row) in enumerate(zip(self.codes, self.labels, strict=True)):
            # the distance is Σ code + Σ (1 − 2 code) g
            weights = [*(2 * code - 1), *row]
            look_backs = {length + t - i: int(w) for i, w in enumerate(weights) if w}
            steps.append(threshold_token(BITS, look_backs, 1 + int(code.sum())))
        return PerStep(length, steps)
