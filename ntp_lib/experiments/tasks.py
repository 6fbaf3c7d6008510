"""Tasks to solve in a context, and how well a predictor solves them at each example.

The tasks are those of Hahn and Goyal's programme (arXiv:2303.07971), in a world of ours: functions
and compositions by depth, chains of printed steps, propositions, compositions never trained on.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ntp_lib.core import Tokens
from ntp_lib.experiments.worlds import Pretraining, World, log_probability, rows
from ntp_lib.neural import LanguageModel
from ntp_lib.theory.context_bounds import TIE
from ntp_lib.theory.hypotheses import INPUT, LABEL, Hypotheses
from ntp_lib.theory.minicag import direct, printed

Floats = NDArray[np.float64]

TASKS = ("dir1", "dir2", "cot2", "cot3", "prop", "dir2 held out", "cot2 held out")
"""What is measured: functions and hidden compositions, chains of printed steps, propositions.

`dir2` and `cot2` compose pairs that training shows; their "held out" kin compose pairs that it
never does.
"""

PROMPTS, ROWS = 400, 1024
"""How many prompts of each task, and fresh rows for ε, measure a trained network."""
PROGRESS_PROMPTS, PROGRESS_ROWS = 100, 128
"""The same along training."""
_EVALUATION = 2**32  # no step of a corpus has this number


@dataclass(frozen=True)
class Prompts:
    """Prompts of one task: whole items with their labels.

    Attributes
    ----------
    tokens : Tokens, shape (count, n · length of an item)
    labels : int array, shape (n, labels of an item)
        The positions of the tokens that an item computes; they are the same in every prompt.
    hypotheses : int array, shape (count,)
        Which of the hypotheses of the world's full grammar wrote each prompt.
    """

    tokens: Tokens
    labels: NDArray[np.int64]
    hypotheses: NDArray[np.int64]


def task_hypotheses(world: World, task: str) -> NDArray[np.int64]:
    """Return the hypotheses of a task, by their numbers in the world's full grammar.

    Parameters
    ----------
    world : World
    task : str
        `prop`; `dir` or `cot` with a number of steps, such as `dir2`: the compositions that
        training shows; with ` held out`, those with a pair that it never shows; with ` concepts`,
        those among the world's concepts.

    Raises
    ------
    ValueError
        If there is no such task, or none of the world's hypotheses is of it.

    Examples
    --------
    >>> len(task_hypotheses(World(), "dir2")), len(task_hypotheses(World(), "dir2 held out"))
    (12, 4)
    """
    numbers = _tasks(world)[1]
    if not len(numbers.get(task, ())):
        known = ", ".join(name for name, found in numbers.items() if len(found))
        raise ValueError(f"{task!r} is no task of this world; choose {known}")
    return numbers[task]


def concept_tasks(world: World) -> tuple[str, ...]:
    """The tasks of a world that its concepts are of.

    Examples
    --------
    >>> concept_tasks(World())
    ('dir1 concepts', 'dir2 concepts', 'cot2 concepts', 'cot3 concepts')
    """
    found = _tasks(world)[1]
    return tuple(task for task in found if task.endswith(" concepts") and len(found[task]))


@cache
def _tasks(world: World) -> tuple[Hypotheses, dict[str, NDArray[np.int64]]]:
    """The hypotheses of the full grammar, and which of them are of each task."""
    hypotheses = Hypotheses(world.grammar)
    names: dict[str, list[tuple[str, ...]]] = {}
    for kind, make, least, most, weight in (
        ("dir", direct, 1, world.depth, world.bodies[0]),
        ("cot", printed, 2, world.chain, world.bodies[1]),
    ):
        for k in range(least, most + 1) if weight else ():
            shown = [make(*s) for s in world.sequences(k)]
            names[f"{kind}{k}"] = shown
            names[f"{kind}{k} held out"] = [make(*s) for s in world.sequences(k, held_out=True)]
            names[f"{kind}{k} concepts"] = [s for s in shown if s in world.concepts]
    numbers = {
        task: np.array([hypotheses.find(*rules) for rules in found], dtype=np.int64)
        for task, found in names.items()
    }
    if world.bodies[2]:
        numbers["prop"] = np.flatnonzero(
            [
                family.loop == 0 and family.block.derivation(i).production.name == "Prop"
                for family in hypotheses.families
                for i in range(family.trees)
            ]
        )
    return hypotheses, numbers


def task_prompts(world: World, task: str, count: int, rng: np.random.Generator) -> Prompts:
    """Draw prompts of a task: as many whole items as fit into the world's rows.

    Each prompt's hypothesis is uniform among those of the task, its inputs are i.i.d. from ν.

    Raises
    ------
    ValueError
        If there is no such task, or `count` is below 1.

    Examples
    --------
    >>> prompts = task_prompts(World(), "cot2", 5, np.random.default_rng(0))
    >>> prompts.tokens.shape, prompts.labels[:2].tolist()
    ((5, 40), [[1, 2], [5, 6]])
    """
    chosen = task_hypotheses(world, task)
    if count < 1:
        raise ValueError(f"count is {count}; give at least 1 prompt")
    hypotheses = _tasks(world)[0]
    drawn = rng.choice(chosen, count)
    family, first = hypotheses.family_of(int(chosen[0]))
    vocabulary = hypotheses.grammar.vocabulary
    objects = vocabulary.encode(hypotheses.grammar.universe)
    items = world.length // family.length
    inputs = rng.integers(len(objects), size=(count, items, family.inputs))
    tokens = family.write(drawn[:, None] - family.first, inputs, objects)
    kind = (family.cells[0, :-1, first] > INPUT) & (family.roles[:, first] == LABEL)
    labels = np.arange(items)[:, None] * family.length + np.flatnonzero(kind)
    return Prompts(tokens.reshape(count, -1), labels, drawn)


def measure_tasks(
    log_probabilities: Callable[[Tokens], Floats],
    world: World,
    tasks: Collection[str] = TASKS,
    prompts: int = PROMPTS,
) -> dict[str, dict[str, Any]]:
    """Measure a predictor at each example of each task, with the true prefix before it.

    Parameters
    ----------
    log_probabilities : callable
        From token sequences, shape (S, T), to ln p(token | the tokens before it) at every
        position, shape (S, T, |Σ|): `BayesPredictor.log_probabilities`, or
        `network_log_probabilities(model)`.
    world : World
    tasks : collection of str
        See `task_hypotheses`.
    prompts : int
        How many of each task; every predictor is given the same ones.

    Returns
    -------
    dict
        For each task, lists over the items: `accuracy`, the share of prompts whose labels in the
        item are all the most probable tokens (a greedy chain is then wholly right); `answer`, the
        same for the last label alone; `loss`, the mean sum of the losses of the labels, nats. Of m
        labels that are equally probable each counts 1/m: the share that a fair choice gets right.
        And `prompts`, their number.

    Raises
    ------
    ValueError
        If there are no tasks, or one is not of this world.

    Examples
    --------
    >>> from ntp_lib.theory import BayesPredictor
    >>> exact = BayesPredictor(World().grammar).log_probabilities
    >>> measured = measure_tasks(exact, World(), ["dir1"])
    >>> [round(x, 1) for x in measured["dir1"]["accuracy"][:4]]
    [0.4, 0.9, 1.0, 1.0]
    """
    check_tasks(world, tasks)
    measured = {}
    for task in tasks:
        rng = np.random.default_rng([_EVALUATION, *task.encode()])
        drawn = task_prompts(world, task, prompts, rng)
        logs = log_probabilities(drawn.tokens)[:, drawn.labels]  # (prompts, n, labels, |Σ|)
        label = drawn.tokens[:, drawn.labels][..., None]
        true = np.take_along_axis(logs, label, axis=-1)[..., 0]
        best = logs >= logs.max(axis=-1, keepdims=True) - TIE
        right = np.take_along_axis(best, label, axis=-1)[..., 0] / best.sum(axis=-1)
        measured[task] = {
            "accuracy": _rounded(right.prod(axis=-1).mean(axis=0)),
            "answer": _rounded(right[..., -1].mean(axis=0)),
            "loss": _rounded(-true.sum(axis=-1).mean(axis=0)),
            "prompts": prompts,
        }
    return measured


def check_tasks(world: World, tasks: Collection[str]) -> None:
    """Raise a ValueError if there are no tasks, or one is not of this world."""
    if not tasks:
        raise ValueError(f"there are no tasks to measure; give some, such as {', '.join(TASKS)}")
    for task in tasks:
        task_hypotheses(world, task)


def network_log_probabilities(model: LanguageModel) -> Callable[[Tokens], Floats]:
    """Return a network's ln p(token | tokens before it) as a function of token sequences.

    Its rows begin with a token that is given: there all tokens are equally likely.

    Examples
    --------
    >>> from ntp_lib.neural import ModelConfig, build
    >>> law = network_log_probabilities(build(ModelConfig("transformer", 5, 8, 4, 1, 1), seed=0))
    >>> law(np.array([[0, 1, 2]])).shape
    (1, 3, 5)
    """

    @torch.inference_mode()
    def law(sequences: Tokens) -> Floats:
        given = torch.from_numpy(sequences[:, :-1]).to(model.embedding.weight.device)
        logits = torch.cat([model(part) for part in torch.split(given, _AT_ONCE)])
        found = logits.double().log_softmax(dim=-1).cpu().numpy()
        first = np.full((len(sequences), 1, found.shape[2]), -np.log(found.shape[2]))
        return np.concatenate([first, found], axis=1)

    return law


_AT_ONCE = 512  # sequences


def divergence(
    log_probabilities: Callable[[Tokens], Floats],
    world: World,
    pretraining: Pretraining = "loop",
    count: int = ROWS,
) -> dict[str, float] | None:
    """Estimate ε: the mean of ln p(row) − ln M(row) over fresh rows, given their first tokens.

    p is the exact law of the rows (for "hmm", that of the fitted model), M the predictor's.

    Returns
    -------
    dict or None
        `nats` a row with its `standard_error`; None where p is not known.

    Examples
    --------
    >>> from ntp_lib.theory import BayesPredictor
    >>> exact = BayesPredictor(World().training_grammar).log_probabilities
    >>> divergence(exact, World(), count=50)
    {'nats': 0.0, 'standard_error': 0.0}
    """
    tokens = rows(world, pretraining, count, np.random.default_rng(_EVALUATION))
    known = log_probability(world, pretraining, tokens)
    if known is None:
        return None
    logs = np.take_along_axis(log_probabilities(tokens), tokens[..., None], axis=-1)
    excess = known - logs[:, 1:, 0].sum(axis=1)
    error = excess.std(ddof=1) / np.sqrt(count)
    return {"nats": round(float(excess.mean()), 5) + 0.0, "standard_error": round(float(error), 5)}


def _rounded(values: Floats) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
