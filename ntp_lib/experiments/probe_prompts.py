"""Prompts that a probe reads: derivations of one or two functions, asked at a place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ntp_lib.core import Tokens
from ntp_lib.experiments.worlds import World
from ntp_lib.theory.bayes import BayesPredictor
from ntp_lib.theory.minicag import direct, printed

Ints = NDArray[np.int64]
Steps = tuple[int, ...]
"""A derivation: the functions it applies, first one first, from 1."""

EXAMPLES = 8
"""The example at which the stream is read; its input is in none of the examples before it."""


@dataclass(frozen=True)
class Question:
    """What a probe is asked, and where the stream is read.

    Attributes
    ----------
    name : str
    depths : tuple of int
        The lengths of the derivations, 1 or 2.
    printed : bool
        Whether the items show all steps, or only the last value.
    factor : int or None
        Which function is asked for, from 0; None asks for the length of the derivation.
    shown : int
        How many steps of the last item stand in the prompt: 0 reads the stream at its input.
    """

    name: str
    depths: tuple[int, ...]
    printed: bool = False
    factor: int | None = None
    shown: int = 0

    @property
    def length(self) -> int:
        """The tokens of an item."""
        return 2 + max(self.depths) if self.printed else 3

    def label(self, steps: Steps) -> int:
        """The right answer, from 0."""
        return len(steps) - 1 if self.factor is None else steps[self.factor] - 1


QUESTIONS = (
    Question("single", (1,), factor=0),
    Question("chain first", (2,), printed=True, factor=0),
    Question("chain second", (2,), printed=True, factor=1, shown=1),
    Question("hidden first", (2,), factor=0),
    Question("hidden second", (2,), factor=1),
    Question("depth", (1, 2)),
)
"""Which function is applied here: alone, as the first or second step of a chain, as the first or
second part of a hidden composition; and whether one function or two are hidden."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Prompts that end where the stream is read.

    Attributes
    ----------
    prompts : Tokens, shape (n, t)
    steps : list of Steps
        The derivations that occur.
    ids : int array, shape (n,)
        Which of them wrote each prompt.
    inputs : int array, shape (n, EXAMPLES)
        The input of each example, the last one's at the end, as numbers from 0.
    answers : int array, shape (n,)
        The token that comes next.
    """

    prompts: Tokens
    steps: list[Steps]
    ids: Ints
    inputs: Ints
    answers: Ints

    def labels(self, question: Question) -> Ints:
        """The right answer to a question for each prompt."""
        return np.array([question.label(steps) for steps in self.steps])[self.ids]


class Prompts:
    """Draws the prompts of a world.

    Parameters
    ----------
    world : World
        All derivations of at most two functions can be asked for, those held out too.

    Raises
    ------
    ValueError
        If the context is too short for the examples.

    Examples
    --------
    >>> prompts = Prompts(World())
    >>> sample = prompts.sample(QUESTIONS[2], [(1, 2), (3, 3)], 6, np.random.default_rng(0))
    >>> sample.prompts.shape, sample.labels(QUESTIONS[2]).tolist()
    ((6, 30), [1, 1, 1, 2, 2, 2])
    """

    def __init__(self, world: World) -> None:
        if world.length < 4 * EXAMPLES:
            raise ValueError(
                f"the world's contexts have {world.length} tokens; {EXAMPLES} examples of two "
                f"printed steps need {4 * EXAMPLES}: give it length={4 * EXAMPLES}"
            )
        self.world = world
        self._exact = BayesPredictor(world.grammar)

    def derivations(self, question: Question, held_out: bool = False) -> list[Steps]:
        """The derivations of a question that training has shown, or those that it has not."""
        return [s for depth in question.depths for s in self.world.sequences(depth, held_out)]

    def sample(
        self, question: Question, steps: Sequence[Steps], count: int, rng: np.random.Generator
    ) -> Sample:
        """Draw about `count` prompts, equally many of each depth and of each derivation there."""
        n = len(self._exact.objects)
        each = [
            max(1, count // (len({*map(len, steps)}) * sum(len(t) == len(s) for t in steps)))
            for s in steps
        ]
        ids = np.repeat(np.arange(len(steps)), each)
        last = rng.integers(n, size=(len(ids), 1))
        others = (last + rng.integers(1, n, size=(len(ids), EXAMPLES - 1))) % n
        return self.written(question, steps, ids, np.hstack([others, last]))

    def written(
        self, question: Question, steps: Sequence[Steps], ids: Ints, inputs: Ints
    ) -> Sample:
        """Return the prompts that derivations `steps[ids]` write for given inputs."""
        groups = [np.flatnonzero(ids == k) for k in np.unique(ids)]
        rows = [self._write(question, steps[ids[group[0]]], inputs[group]) for group in groups]
        tokens = np.concatenate(rows)[np.argsort(np.concatenate(groups))]
        end = (EXAMPLES - 1) * question.length + 1 + question.shown
        return Sample(tokens[:, :end], list(steps), ids, inputs, tokens[:, end])

    def _write(self, question: Question, steps: Steps, inputs: Ints) -> Tokens:
        rule = (printed if question.printed else direct)(*steps)
        objects = self._exact.objects[inputs]
        return self._exact.write(self._exact.hypotheses.find(*rule), objects[..., None])
