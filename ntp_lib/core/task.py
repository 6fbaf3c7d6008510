"""A task: a function together with its chain of thought."""

from typing import Protocol

import numpy as np

from ntp_lib.core.vocabulary import Tokens, Vocabulary


class Task(Protocol):
    """A function with its chain of thought, written as tokens: an autoregressive function.

    A sequence is a prompt of `prompt_length` tokens followed by `chain_length` tokens that are to
    be predicted, the chain: thinking tokens, then the answer. Which chain is written, and how
    long it is, are parameters of the task. Source: Malach 2024 (input x, chain of thought z).

    Examples
    --------
    >>> import numpy as np
    >>> from ntp_lib.theory import CountParity
    >>> task = CountParity(n=3, subset=(0, 1, 2))
    >>> task.prompt_length, task.chain_length, task.answer
    (3, 2, slice(4, 5, None))
    >>> task.complete(np.array([[1, 1, 0]]))
    array([[1, 1, 0, 1, 0]])
    """

    @property
    def vocabulary(self) -> Vocabulary:
        """The dictionary of prompts, chains and answers."""
        ...

    @property
    def prompt_length(self) -> int:
        """The number n of tokens that are given."""
        ...

    @property
    def chain_length(self) -> int:
        """The number T of tokens to predict, the answer's included."""
        ...

    @property
    def answer(self) -> slice:
        """Where in the whole sequence the answer stands."""
        ...

    def sample(self, count: int, rng: np.random.Generator) -> Tokens:
        """Draw `count` prompts, shape (count, prompt_length)."""
        ...

    def complete(self, prompts: Tokens) -> Tokens:
        """Append the chain, answer last: shape (count, prompt_length + chain_length)."""
        ...
