"""Transformers in numpy, from weights of 8 bits: what a page computes, computed here."""

from base64 import b64decode
from binascii import Error as BinasciiError
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ntp_lib.core import Scores, Tokens, Vocabulary, as_tokens

Floats = NDArray[np.float64]

EPSILON = 1e-5  # what a layer norm adds to the variance
AT_ONCE = 256  # sequences, so that a large batch needs little memory


class RowsJSON(TypedDict):
    """A matrix, row by row: each row is its scale times whole numbers from −127 to 127.

    `codes` are these numbers as signed bytes, in base64.
    """

    scales: list[float]
    codes: str


class BlockJSON(TypedDict):
    """The matrices of one block, each as torch has it: a row for each number that it computes."""

    attend: RowsJSON
    join: RowsJSON
    widen: RowsJSON
    narrow: RowsJSON


class TransformerJSON(TypedDict):
    """A decoder-only transformer without biases.

    The rows of `embedding` and `output` are tokens, those of `position` positions.
    """

    kind: Literal["transformer"]
    vocabulary: list[str]
    width: int
    heads: int
    embedding: RowsJSON
    position: RowsJSON
    output: RowsJSON
    blocks: list[BlockJSON]


class TransformerPredictor:
    """The next-token predictor of an exported transformer.

    A token's x ∈ ℝ^d is its embedding plus that of its position. Each block adds to it causal
    self-attention of norm(x), and then an MLP of norm(x) with 4d GELUs; the scores are U·norm(x).
    The norm takes the mean away and divides by √(variance + 1e-5). Source: classical (Vaswani et
    al. 2017, in the pre-norm form of GPT-2); the storage is ours.

    Parameters
    ----------
    weights : TransformerJSON
        What `ntp_lib.neural.export_transformer` returns.

    Attributes
    ----------
    vocabulary : Vocabulary
    last : int
        The length of the longest prefix that it continues; the shortest has one token.

    Raises
    ------
    ValueError
        If the weights do not fit together; and, when scoring, if a prefix has another length.

    Examples
    --------
    One block of zeros, and three tokens of width 2: each predicts itself.

    >>> from base64 import b64encode
    >>> def rows(*numbers):
    ...     codes = b64encode(np.array(numbers, np.int8).tobytes()).decode()
    ...     return {"scales": [1.0] * len(numbers), "codes": codes}
    >>> zeros = {"attend": rows(*[[0] * 2] * 6), "join": rows(*[[0] * 2] * 2),
    ...     "widen": rows(*[[0] * 2] * 8), "narrow": rows(*[[0] * 8] * 2)}
    >>> repeat = TransformerPredictor({"kind": "transformer", "vocabulary": ["a", "b"],
    ...     "width": 2, "heads": 1, "embedding": rows([9, 0], [0, 9]), "position": rows([0, 0]),
    ...     "output": rows([1, 0], [0, 1]), "blocks": [zeros]})
    >>> repeat.scores(np.array([[0], [1]])).round(3)
    array([[ 1., -1.],
           [-1.,  1.]])
    """

    def __init__(self, weights: TransformerJSON) -> None:
        for name in sorted(TransformerJSON.__required_keys__):
            if name not in weights:
                raise ValueError(f"the weights lack {name!r}; give what export_transformer returns")
        if weights["kind"] != "transformer":
            raise ValueError(f"kind is {weights['kind']!r}; it must be transformer")
        d, self.heads = weights["width"], weights["heads"]
        if d < 1 or self.heads < 1 or d % self.heads:
            raise ValueError(f"{self.heads} heads do not divide the width {d}; change one of them")
        self.vocabulary = Vocabulary(weights["vocabulary"])
        size = len(self.vocabulary)
        self.last = len(weights["position"]["scales"])
        self._embedding = decode_rows(weights["embedding"], "embedding", size, d)
        self._position = decode_rows(weights["position"], "position", self.last, d)
        self._output = decode_rows(weights["output"], "output", size, d)
        self._blocks = [
            {
                name: decode_rows(block[name], f"{name} of block {k}", rows * d, columns * d)  # type: ignore[literal-required]
                for name, (rows, columns) in SHAPES.items()
            }
            for k, block in enumerate(weights["blocks"])
        ]

    def scores(self, prefixes: Tokens) -> Scores:
        """Score the candidates: (sequences, positions) → (sequences, |D|)."""
        return self._scores(prefixes)[:, -1]

    def log_probabilities(self, sequences: ArrayLike) -> Floats:
        """ln p(token | the tokens before it) at every position of each sequence.

        The first token is given: there all tokens are equally likely.

        Parameters
        ----------
        sequences : array_like of int, shape (sequences, T)
            Of 2 to `last` + 1 tokens.

        Returns
        -------
        float array, shape (sequences, T, |D|)
        """
        sequences = as_tokens(sequences, self.vocabulary, "sequences")
        scores = np.zeros((*sequences.shape, len(self.vocabulary)))
        scores[:, 1:] = self._scores(sequences[:, :-1])
        scores -= scores.max(axis=-1, keepdims=True)
        return np.asarray(scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True)))

    def _scores(self, tokens: Tokens) -> Scores:
        """The scores after each token: (sequences, t) → (sequences, t, |D|)."""
        count, t = np.shape(tokens)
        if not 1 <= t <= self.last:
            raise ValueError(f"a prefix has {t} tokens; this model continues 1 to {self.last}")
        found = np.empty((count, t, len(self.vocabulary)))
        for start in range(0, count, AT_ONCE):
            x = self._embedding[tokens[start : start + AT_ONCE]] + self._position[:t]
            for block in self._blocks:
                x = x + self._attention(norm(x) @ block["attend"].T) @ block["join"].T
                x = x + gelu(norm(x) @ block["widen"].T) @ block["narrow"].T
            found[start : start + AT_ONCE] = norm(x) @ self._output.T
        return found

    def _attention(self, qkv: Floats) -> Floats:
        """Causal attention of queries, keys and values side by side: (n, t, 3d) → (n, t, d)."""
        n, t, three_d = qkv.shape
        d = three_d // 3
        q, k, v = qkv.reshape(n, t, 3, self.heads, d // self.heads).transpose(2, 0, 3, 1, 4)
        weights = q @ k.swapaxes(-1, -2) / np.sqrt(d // self.heads)  # (n, heads, t, t)
        weights[..., np.triu_indices(t, 1)[0], np.triu_indices(t, 1)[1]] = -np.inf
        weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        return np.asarray((weights @ v).transpose(0, 2, 1, 3).reshape(n, t, d))


SHAPES = {"attend": (3, 1), "join": (1, 1), "widen": (4, 1), "narrow": (1, 4)}
"""Rows and columns of a block's matrices, in widths."""


def norm(x: Floats) -> Floats:
    """Layer norm without weights, over the last axis.

    Examples
    --------
    >>> norm(np.array([1.0, 3.0])).round(3)
    array([-1.,  1.])
    """
    x = x - x.mean(axis=-1, keepdims=True)
    return np.asarray(x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + EPSILON))


def gelu(x: Floats) -> Floats:
    """x·Φ(x), with erf to 1.5·10⁻⁷ (so the result to 7.5·10⁻⁸ |x|).

    torch's default GELU, in five multiplications and an exponential, so that a page computes the
    same. Source: Abramowitz and Stegun 1964, 7.1.26.

    Examples
    --------
    >>> gelu(np.array([-1.0, 1.0])).round(5)
    array([-0.15866,  0.84134])
    """
    z = np.abs(x) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    series = 1.421413741 + t * (-1.453152027 + t * 1.061405429)
    tail = t * (0.254829592 + t * (-0.284496736 + t * series)) * np.exp(-z * z)  # 1 − erf z
    return np.asarray(x * np.where(x < 0, tail / 2, 1 - tail / 2))


def decode_rows(matrix: RowsJSON, name: str, rows: int, columns: int) -> Floats:
    """Return a matrix's numbers, shape (rows, columns).

    Raises
    ------
    ValueError
        If it has not that many scales or codes, codes are no base64, or a scale is no number.

    Examples
    --------
    >>> decode_rows({"scales": [0.5, 2.0], "codes": "Af8CAA=="}, "a matrix", rows=2, columns=2)
    array([[ 0.5, -0.5],
           [ 4. ,  0. ]])
    """
    scales = np.asarray(matrix["scales"], dtype=np.float64)
    try:
        codes = np.frombuffer(b64decode(matrix["codes"], validate=True), dtype=np.int8)
    except BinasciiError as error:
        raise ValueError(f"the codes of {name} are not base64: {error}") from None
    if len(scales) != rows or len(codes) != rows * columns:
        raise ValueError(
            f"{name} has {len(scales)} scales and {len(codes)} codes; "
            f"it needs {rows} and {rows * columns}"
        )
    if not np.isfinite(scales).all():
        raise ValueError(f"{name} has a scale that is no number")
    return scales[:, None] * codes.reshape(rows, columns)
