"""Next-token predictors: scores for every candidate, and the greedy choice among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ntp_lib.core.vocabulary import Tokens, Vocabulary

Scores = NDArray[np.float64]
"""One score for each candidate next token, shape (sequences, |D|)."""


class Predictor(Protocol):
    """Anything that scores the next token: a vocabulary and one method.

    Examples
    --------
    A predictor that repeats the last token, written by hand:

    >>> import numpy as np
    >>> from ntp_lib.core import Vocabulary, rollout
    >>> class Repeat:
    ...     vocabulary = Vocabulary("ab")
    ...     def scores(self, prefixes):
    ...         return np.eye(2)[prefixes[:, -1]]
    >>> rollout(Repeat(), [[0, 1]], steps=3)
    array([[0, 1, 1, 1, 1]])
    """

    @property
    def vocabulary(self) -> Vocabulary:
        """The dictionary of prefixes and candidates."""
        ...

    def scores(self, prefixes: Tokens) -> Scores:
        """Score every candidate after each prefix: (sequences, positions) → (sequences, |D|)."""
        ...


@runtime_checkable
class BlockPredictor(Predictor, Protocol):
    """A predictor whose next few tokens do not read one another, so that it scores them at once.

    `rollout` and `teacher_force` use this where it is present. The tokens are the same as one at
    a time; long look-backs make it many times faster.

    Examples
    --------
    A predictor that only looks 7 back knows the next 7 tokens:

    >>> import numpy as np
    >>> from ntp_lib.core import Vocabulary
    >>> from ntp_lib.theory import LinearPredictor
    >>> LinearPredictor(Vocabulary("ab"), [7, 9], np.zeros((2, 2, 2))).block
    7
    """

    @property
    def block(self) -> int:
        """How many next tokens can be scored from one prefix: the least look-back, at least 1."""
        ...

    def block_scores(self, prefixes: Tokens, count: int) -> Scores:
        """Score the next `count` ≤ block tokens: shape (sequences, count, |D|)."""
        ...


class _OneAtATime:
    """Any predictor as a BlockPredictor whose block is one token."""

    block = 1

    def __init__(self, predictor: Predictor) -> None:
        self.vocabulary = predictor.vocabulary
        self.scores = predictor.scores

    def block_scores(self, prefixes: Tokens, count: int) -> Scores:
        return self.scores(prefixes)[:, None]


def in_blocks(predictor: Predictor) -> BlockPredictor:
    """Return the predictor itself if it scores blocks, or else the same one, a token at a time."""
    return predictor if isinstance(predictor, BlockPredictor) else _OneAtATime(predictor)


def scores_ahead(predictor: BlockPredictor, prefixes: Tokens, most: int) -> Scores:
    """Score as many of the next `most` tokens as can be scored at once; always at least one.

    Parameters
    ----------
    predictor : BlockPredictor
    prefixes : Tokens, shape (sequences, positions)
    most : int
        At least 1.

    Returns
    -------
    Scores, shape (sequences, m, |D|)
        m is at most the predictor's block, and such that the scores stay in a processor's cache.

    Examples
    --------
    >>> import numpy as np
    >>> from ntp_lib.core import Vocabulary
    >>> from ntp_lib.theory import LinearPredictor
    >>> repeat = LinearPredictor(Vocabulary("ab"), [3], [np.eye(2)])
    >>> scores_ahead(repeat, np.array([[0, 1, 1]]), most=10).argmax(axis=-1)
    array([[0, 1, 1]])
    """
    fitting = _SCORES_AT_ONCE // (len(prefixes) * len(predictor.vocabulary))
    return predictor.block_scores(prefixes, min(most, predictor.block, max(1, fitting)))


_SCORES_AT_ONCE = 1 << 16


def greedy(scores: ArrayLike) -> Tokens:
    """Return the best candidate of each row of scores; the smallest id among equals.

    Parameters
    ----------
    scores : array_like of float, shape (…, |D|)

    Returns
    -------
    Tokens, shape (…)

    Raises
    ------
    ValueError
        If a score is not a number: no greatest score exists then.

    Examples
    --------
    >>> greedy([[0.0, 2.0, 2.0]])
    array([1])
    """
    array = np.asarray(scores, dtype=np.float64)
    if np.isnan(array).any():
        raise ValueError("a score is nan; a predictor must give every candidate a number")
    return np.asarray(array.argmax(axis=-1), dtype=np.int64)


@dataclass(frozen=True)
class PerStep:
    """A predictor with weights of its own at every step: one predictor for each token.

    It is an element of H₁ × … × H_T: step t (the first is 0) uses `steps[t]`.
    Source: Malach 2024 (autoregressive hypothesis class).

    Parameters
    ----------
    prompt_length : int
        The number n of given tokens; step t predicts the token at position n + t.
    steps : sequence of Predictor
        All over the same vocabulary.

    Raises
    ------
    ValueError
        If there is no step, the vocabularies differ, or a prefix belongs to no step.

    Examples
    --------
    >>> from ntp_lib.core import rollout
    >>> from ntp_lib.theory import CountParity
    >>> xor = CountParity(n=2, subset=(0, 1)).predictor()
    >>> xor
    PerStep(prompt_length=2, 2 steps over Vocabulary('0', '1'))
    >>> rollout(xor, [[0, 0], [0, 1], [1, 0], [1, 1]], steps=2)[:, -1]
    array([0, 1, 1, 0])
    """

    prompt_length: int
    steps: tuple[Predictor, ...]

    def __init__(self, prompt_length: int, steps: Sequence[Predictor]) -> None:
        object.__setattr__(self, "prompt_length", prompt_length)
        object.__setattr__(self, "steps", tuple(steps))
        if prompt_length < 0:
            raise ValueError(f"prompt_length is {prompt_length}; it must be at least 0")
        if not self.steps:
            raise ValueError("there is no step; give one predictor for each token to predict")
        for t, step in enumerate(self.steps):
            if step.vocabulary != self.vocabulary:
                raise ValueError(
                    f"step {t} is over {step.vocabulary!r}, step 0 over {self.vocabulary!r}; "
                    "build all steps over one vocabulary"
                )

    @property
    def vocabulary(self) -> Vocabulary:
        """The dictionary that all steps share."""
        return self.steps[0].vocabulary

    def scores(self, prefixes: Tokens) -> Scores:
        """Score the candidates with the step that the prefixes' length selects."""
        length = np.shape(prefixes)[-1]
        t = length - self.prompt_length
        if not 0 <= t < len(self.steps):
            raise ValueError(
                f"a prefix of {length} tokens belongs to no step; this predictor continues "
                f"{self.prompt_length} to {self.prompt_length + len(self.steps) - 1} tokens"
            )
        scores: Scores = self.steps[t].scores(prefixes)
        return scores

    def __repr__(self) -> str:
        return (
            f"PerStep(prompt_length={self.prompt_length}, "
            f"{len(self.steps)} steps over {self.vocabulary!r})"
        )

    def _repr_html_(self) -> str:
        return "".join(
            f"<p><strong>Step {t}</strong></p>{_html(step)}"
            for t, step in enumerate(self.steps, start=1)
        )


def _html(predictor: Predictor) -> str:
    own = getattr(predictor, "_repr_html_", None)
    return str(own()) if own else f"<code>{escape(repr(predictor))}</code>"
