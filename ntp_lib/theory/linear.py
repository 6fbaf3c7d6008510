"""Linear next-token predictors: the score of a candidate is a sum of one weight per token read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ntp_lib.core import Scores, Tokens, Vocabulary


@dataclass(frozen=True, eq=False)
class LinearPredictor:
    """A linear next-token predictor with the same weights at every step.

    After the prefix y₁ … y_p the score of candidate d is

        bias[d] + Σ_j weights[j, y_{p+1−look_backs[j]}, d],

    that is ⟨W_d, ψ(y)⟩ with ψ one-hot at each position. Only the look-backs that are read are
    stored: one |D| × |D| block each, whatever the length of the prefix. `PerStep` over several
    of these gives every step its own weights. Source: Malach 2024 (linear decoders).

    Parameters
    ----------
    vocabulary : Vocabulary
        The dictionary D.
    look_backs : sequence of int, length k
        Distances back from the token to predict: 1 is the last token of the prefix.
    weights : array_like of float, shape (k, |D|, |D|)
        weights[j, u, d] is what reading token u at look_backs[j] adds to candidate d's score.
    bias : array_like of float, shape (|D|,), optional
        Zero if not given.

    Raises
    ------
    ValueError
        If a look-back is below 1 or repeated, a shape does not fit, or a number is not finite;
        and, when scoring, if a look-back reaches before the start of the prefix.

    Examples
    --------
    Repeat the token before last:

    >>> import numpy as np
    >>> from ntp_lib.core import Vocabulary, rollout
    >>> repeat = LinearPredictor(Vocabulary("ab"), [2], [np.eye(2)])
    >>> rollout(repeat, [[0, 1]], steps=4)
    array([[0, 1, 0, 1, 0, 1]])
    """

    vocabulary: Vocabulary
    look_backs: tuple[int, ...]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def __init__(
        self,
        vocabulary: Vocabulary,
        look_backs: Sequence[int],
        weights: ArrayLike,
        bias: ArrayLike | None = None,
    ) -> None:
        q = len(vocabulary)
        for b in look_backs:
            if not isinstance(b, int | np.integer) or b < 1:
                raise ValueError(
                    f"look-back {b} is no whole number from 1 on; 1 reads the last token"
                )
        look_backs = tuple(int(b) for b in look_backs)
        if len(set(look_backs)) < len(look_backs):
            raise ValueError(f"look-backs {look_backs} repeat one; add its two blocks into one")
        blocks = np.array(weights, dtype=np.float64)
        if not look_backs and blocks.size == 0:
            blocks = blocks.reshape(0, q, q)
        if blocks.shape != (len(look_backs), q, q):
            raise ValueError(
                f"weights has shape {blocks.shape}; {len(look_backs)} look-backs over {q} tokens "
                f"need shape {(len(look_backs), q, q)}"
            )
        offsets = np.zeros(q) if bias is None else np.array(bias, dtype=np.float64)
        if offsets.shape != (q,):
            raise ValueError(f"bias has shape {offsets.shape}; {q} tokens need shape {(q,)}")
        if not (np.isfinite(blocks).all() and np.isfinite(offsets).all()):
            raise ValueError("a weight or bias is infinite or nan; every one must be finite")
        for array in (blocks, offsets):
            array.setflags(write=False)
        object.__setattr__(self, "vocabulary", vocabulary)
        object.__setattr__(self, "look_backs", look_backs)
        object.__setattr__(self, "weights", blocks)
        object.__setattr__(self, "bias", offsets)

    def scores(self, prefixes: Tokens) -> Scores:
        """Score every candidate: (sequences, positions) → (sequences, |D|)."""
        length = self._length(prefixes)
        # the rows weights[j, token read], gathered from one long table and added up
        q, k = len(self.vocabulary), len(self.look_backs)
        read = prefixes[:, [length - b for b in self.look_backs]].T
        if read.size and not (read.min() >= 0 and read.max() < q):
            raise ValueError(f"a prefix holds an id outside the vocabulary's 0 to {q - 1}")
        rows = self.weights.reshape(k * q, q).take(read + q * np.arange(k)[:, None], axis=0)
        return np.asarray(self.bias + rows.sum(axis=0))

    @property
    def block(self) -> int:
        """The least look-back: so many next tokens do not read one another."""
        return min(self.look_backs, default=1)

    def block_scores(self, prefixes: Tokens, count: int) -> Scores:
        """Score the next `count` tokens, at most `block`: shape (sequences, count, |D|)."""
        if not 1 <= count <= self.block:
            raise ValueError(f"count is {count}; this predictor scores 1 to {self.block} at once")
        length = self._length(prefixes)
        if count == 1:
            return self.scores(prefixes)[:, None]
        total = np.empty((len(prefixes), count, len(self.vocabulary)))
        total[...] = self.bias
        for b, block in zip(self.look_backs, self.weights, strict=True):
            total += block.take(prefixes[:, length - b : length - b + count], axis=0)
        return total

    def _length(self, prefixes: Tokens) -> int:
        """The prefixes' length, which every look-back must fit into."""
        length = int(prefixes.shape[1])
        if self.look_backs and max(self.look_backs) > length:
            raise ValueError(
                f"look-back {max(self.look_backs)} reaches before the start of a prefix of "
                f"{length} tokens; give a longer prompt or drop that look-back"
            )
        return length

    def __repr__(self) -> str:
        stored = np.count_nonzero(self.weights)
        return (
            f"LinearPredictor(look_backs={self.look_backs}, {stored} non-zero weights of "
            f"{self.weights.size}, over {self.vocabulary!r})"
        )

    def _repr_html_(self) -> str:
        tokens = [escape(token) for token in self.vocabulary.tokens]
        lines = [("always", self.bias)] if self.bias.any() else []
        lines += [
            (f"<code>{token}</code> stands {b} back", row)
            for b, block in zip(self.look_backs, self.weights, strict=True)
            for token, row in zip(tokens, block, strict=True)
            if row.any()
        ]
        shown = lines[:_ROWS_SHOWN]
        head = "".join(f"<th scope='col'><code>{token}</code></th>" for token in tokens)
        body = "".join(
            f"<tr><th scope='row'>{label}</th>"
            + "".join(f"<td>{weight:g}</td>" for weight in row)
            + "</tr>"
            for label, row in shown
        )
        more = len(lines) - len(shown)
        note = f" ({more} more rows)" if more else ""
        return (
            f"<table class='ntp-table'><caption>Added to each candidate's score{note}</caption>"
            f"<tr><th scope='col'>when</th>{head}</tr>{body}</table>"
        )


_ROWS_SHOWN = 40


def threshold_token(
    vocabulary: Vocabulary, look_backs: Mapping[int, int], threshold: int
) -> LinearPredictor:
    """Return the linear predictor that emits 1[Σ w_b · y_b ≥ threshold] over the bits 0 and 1.

    Token 1 scores ½(Σ w_b y_b − threshold + ½), token 0 the opposite, so the gap between them is
    at least ½: with integer weights the sum is never within ½ of threshold − ½.
    Source: classical; the margin is ours.

    Parameters
    ----------
    vocabulary : Vocabulary
        The bits: tokens "0" and "1", in this order.
    look_backs : mapping from int to int
        The integer weight w_b of the bit that stands b back.
    threshold : int

    Raises
    ------
    ValueError
        If the vocabulary is not the two bits, or a weight or the threshold is not an integer.

    Examples
    --------
    The conjunction of the last two bits:

    >>> from ntp_lib.theory import BITS
    >>> conjunction = threshold_token(BITS, {1: 1, 2: 1}, threshold=2)
    >>> conjunction.scores(BITS.encode("11")[None])
    array([[-0.25,  0.25]])
    """
    if vocabulary.tokens != ("0", "1"):
        raise ValueError(f"{vocabulary!r} is not the bits '0' and '1', in this order")
    for value in (*look_backs.values(), threshold):
        if not isinstance(value, int | np.integer):
            raise ValueError(f"{value} is not an integer; scale the weights so that all are")
    half = np.array([-0.5, 0.5])
    blocks = np.zeros((len(look_backs), 2, 2))
    blocks[:, 1] = np.outer(list(look_backs.values()), half)
    return LinearPredictor(vocabulary, tuple(look_backs), blocks, (0.5 - threshold) * half)
