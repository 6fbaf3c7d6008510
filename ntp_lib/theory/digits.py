"""Counting modulo p with the digits of the count in any base as the chain of thought."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ntp_lib.core import PerStep, Tokens, Vocabulary
from ntp_lib.theory.length import digit_length
from ntp_lib.theory.linear import LinearPredictor
from ntp_lib.theory.parity import SubsetTask


@dataclass(frozen=True)
class CountModulo(SubsetTask):
    """The count of ones modulo p; the chain is the base-q digits of ⌊count / p⌋, then the answer.

    With s = Σ_{i∈A} x_i the thinking tokens are the base-q digits of ⌊s/p⌋, most significant
    first, as many as ⌊|A|/p⌋ has; the last token is s mod p. For p = q = 2 the chain is that of
    `CountParity`: the binary digits of s. The length is the least possible with q usable thinking
    tokens. Source: ours, after the binary digits of Malach 2023, section 4.

    Parameters
    ----------
    n : int
        The number of bits in the prompt.
    subset : sequence of int
        The positions A, from 0; distinct, at least one.
    p : int
        The modulus, at least 2.
    q : int
        The base of the thinking tokens, at least 2.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    Of eight ones, 8 = 2·3 + 2; ⌊8/3⌋ = 2 is 10 in binary:

    >>> task = CountModulo(n=8, subset=range(8), p=3, q=2)
    >>> task.complete(np.ones((1, 8), dtype=int))[0, 8:]
    array([1, 0, 2])
    """

    p: int
    q: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.p < 2:
            raise ValueError(f"p is {self.p}; count modulo 2 or more")
        if self.q < 2:
            raise ValueError(f"q is {self.q}; digits need a base of 2 or more")

    @property
    def vocabulary(self) -> Vocabulary:
        """The digits 0 to max(p, q) − 1, written in decimal."""
        return Vocabulary([str(d) for d in range(max(self.p, self.q))])

    @property
    def chain_length(self) -> int:
        """The number T = 1 + ⌈log_q ⌈(|A|+1)/p⌉⌉ of tokens to predict."""
        return digit_length(len(self.subset), self.p, self.q)

    @property
    def values(self) -> tuple[int, ...]:
        """What a 1 in each place of the chain is worth: p·q^j for the thinking tokens, then 1."""
        return (*(self.p * self.q**j for j in reversed(range(self.chain_length - 1))), 1)

    def complete(self, prompts: Tokens) -> Tokens:
        """Append the digits, then the count modulo p."""
        prompts = self._prompts(prompts)
        rest = prompts[:, list(self.subset)].sum(axis=1)
        chain = np.empty((len(prompts), self.chain_length), dtype=np.int64)
        for t, value in enumerate(self.values):
            chain[:, t], rest = np.divmod(rest, value)
        return np.concatenate([prompts, chain], axis=1)

    def predictor(self) -> PerStep:
        """Return the linear predictor that writes this chain with margin ½ at every token.

        Examples
        --------
        >>> from ntp_lib.core import evaluate
        >>> task = CountModulo(n=8, subset=range(8), p=3, q=3)
        >>> evaluate(task.predictor(), task, task.all_prompts())
        Evaluation(256 prompts, 2 steps: sequence error 0, answer error 0, worst margin 0.5)
        """
        steps = []
        for t, value in enumerate(self.values):
            look_backs = {self.n + t - i: 1 for i in self.subset}
            look_backs |= {t - j: -self.values[j] for j in range(t)}
            steps.append(digit_token(self.vocabulary, look_backs, value))
        return PerStep(self.n, steps)


def digit_token(
    vocabulary: Vocabulary, look_backs: Mapping[int, int], value: int
) -> LinearPredictor:
    """Return the linear predictor that emits ⌊u / value⌋, where u = Σ w_b · y_b.

    Token d stands for the number d, read or written. Candidate d scores
    d·u − value·d(d+1)/2 + d/2, so it is ahead of d − 1 by u − value·d + ½: positive exactly if
    d ≤ u / value, and never within ½ of 0, since u is an integer. The margin is at least ½
    where 0 ≤ u < |D| · value; below and above the first and the last token are written.
    Source: ours.

    Parameters
    ----------
    vocabulary : Vocabulary
        The digits "0", "1", "2", …, in this order.
    look_backs : mapping from int to int
        The integer weight w_b of the digit that stands b back.
    value : int
        What the new digit's unit is worth, at least 1.

    Raises
    ------
    ValueError
        If the vocabulary is not the digits, a weight is not an integer, or `value` is below 1.

    Examples
    --------
    The sum of three base-3 digits is 2 + 2 + 1 = 5; its leading digit is ⌊5/3⌋ = 1:

    >>> digits = Vocabulary("012")
    >>> leading = digit_token(digits, {1: 1, 2: 1, 3: 1}, value=3)
    >>> leading.scores(digits.encode("221")[None])
    array([[0. , 2.5, 2. ]])
    """
    if vocabulary.tokens != tuple(str(d) for d in range(len(vocabulary))):
        raise ValueError(f"{vocabulary!r} is not the digits '0', '1', '2', …, in this order")
    for weight in (*look_backs.values(), value):
        if weight != int(weight):
            raise ValueError(f"{weight} is not an integer; scale the weights so that all are")
    if value < 1:
        raise ValueError(f"value is {value}; a digit's unit must be worth at least 1")
    d = np.arange(len(vocabulary))
    blocks = np.multiply.outer(list(look_backs.values()), np.outer(d, d))
    return LinearPredictor(vocabulary, tuple(look_backs), blocks, d / 2 - value * d * (d + 1) / 2)
