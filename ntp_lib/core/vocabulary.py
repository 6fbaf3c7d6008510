"""The dictionary D of a next-token predictor, and arrays of its tokens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

Tokens = NDArray[np.int64]
"""Token ids. A batch of sequences is an array of shape (sequences, positions)."""


@dataclass(frozen=True)
class Vocabulary:
    """An ordered, finite dictionary D of tokens; a token's id is its place in the order.

    The order is also the priority that breaks ties: of two candidates with equal scores the
    earlier one is predicted.

    Parameters
    ----------
    tokens : sequence of str
        The distinct, non-empty tokens. A string is read as one token a character.

    Raises
    ------
    ValueError
        If there is no token, a token is empty or not a string, or a token is repeated.

    Examples
    --------
    >>> bits = Vocabulary("01")
    >>> bits.encode("110")
    array([1, 1, 0])
    >>> bits.decode([1, 1, 0])
    ('1', '1', '0')
    """

    tokens: tuple[str, ...]

    def __init__(self, tokens: Iterable[str]) -> None:
        object.__setattr__(self, "tokens", tuple(tokens))
        if not self.tokens:
            raise ValueError("the vocabulary is empty; give it at least one token")
        seen: set[str] = set()
        for token in self.tokens:
            if not isinstance(token, str) or not token:
                raise ValueError(f"{token!r} is no token; every token must be a non-empty string")
            if token in seen:
                raise ValueError(f"token {token!r} occurs twice; remove one of the two")
            seen.add(token)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: i for i, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def id(self, token: str) -> int:
        """Return the id of one token; a ValueError if it is not in the vocabulary.

        Examples
        --------
        >>> Vocabulary("ab").id("b")
        1
        """
        try:
            return self._ids[token]
        except (KeyError, TypeError):
            raise ValueError(
                f"{token!r} is not in the vocabulary; its tokens are {self._listed()}"
            ) from None

    def encode(self, tokens: Iterable[str]) -> Tokens:
        """Return the ids of a sequence of tokens, shape (positions,).

        A string is read as one token a character; pass a list for longer tokens.
        """
        return np.array([self.id(token) for token in tokens], dtype=np.int64)

    def decode(self, ids: ArrayLike) -> tuple[str, ...]:
        """Return the tokens of a one-dimensional array of ids."""
        if np.ndim(ids) != 1:
            raise ValueError(f"ids has shape {np.shape(ids)}; decode one sequence at a time")
        array = as_tokens(np.asarray(ids)[None], self)[0]
        return tuple(self.tokens[i] for i in array)

    def _listed(self) -> str:
        shown = ", ".join(map(repr, self.tokens[:12]))
        return shown if len(self) <= 12 else f"{shown}, … ({len(self)} in all)"

    def __repr__(self) -> str:
        return f"Vocabulary({self._listed()})"

    def _repr_html_(self) -> str:
        head = "".join(f"<th scope='col'>{i}</th>" for i in range(len(self)))
        cells = "".join(f"<td><code>{escape(token)}</code></td>" for token in self.tokens)
        return (
            "<table class='ntp-table'><caption>Vocabulary</caption>"
            f"<tr><th scope='row'>id</th>{head}</tr>"
            f"<tr><th scope='row'>token</th>{cells}</tr></table>"
        )


def as_tokens(
    values: ArrayLike | Sequence[Sequence[int]], vocabulary: Vocabulary, name: str = "tokens"
) -> Tokens:
    """Return a batch of token ids, shape (sequences, positions), after checking it.

    Parameters
    ----------
    values : array_like of int, shape (sequences, positions)
        At least one sequence; ids from 0 to |D| - 1.
    vocabulary : Vocabulary
        The dictionary that the ids refer to.
    name : str
        What to call the array in an error message.

    Raises
    ------
    ValueError
        If the array is not two-dimensional, not of integers, holds no sequence, or holds an id
        outside the vocabulary.

    Examples
    --------
    >>> as_tokens([[0, 1], [1, 1]], Vocabulary("01")).shape
    (2, 2)
    """
    array = np.asarray(values)
    if array.ndim != 2:
        raise ValueError(
            f"{name} has shape {array.shape}; it must be (sequences, positions): "
            "wrap a single sequence in a list"
        )
    if array.shape[0] == 0:
        raise ValueError(f"{name} is an empty batch; give it at least one sequence")
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(
            f"{name} holds {array.dtype} values; give token ids as integers "
            "(Vocabulary.encode makes them from tokens)"
        )
    if array.size and (array.min() < 0 or array.max() >= len(vocabulary)):
        wrong = array.min() if array.min() < 0 else array.max()
        raise ValueError(
            f"{name} holds the id {wrong}; the vocabulary's ids go from 0 to {len(vocabulary) - 1}"
        )
    return array.astype(np.int64, copy=False)
