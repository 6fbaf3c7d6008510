"""When an ability emerges: what the records of one network say along training.

All functions take and return plain numbers. A *share* measures an ability between a uniform guess,
0, and the exact predictor, 1, so that accuracy and loss stand on one scale. Source: ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """One measurement along training, one row for each seed.

    Attributes
    ----------
    tokens : float array, shape (checkpoints,)
        Tokens that the network has been trained on.
    values : float array, shape (seeds, checkpoints)
    """

    tokens: Floats
    values: Floats

    @property
    def mean(self) -> Floats:
        """The mean over the seeds, shape (checkpoints,)."""
        return np.asarray(self.values.mean(axis=0))


def labels_of(task: str) -> int:
    """How many label tokens an item of the task has.

    Examples
    --------
    >>> labels_of("dir2"), labels_of("cot3"), labels_of("cot2 held out")
    (1, 3, 2)
    """
    return int(task[3]) if task.startswith("cot") else 1


def chance(task: str, objects: int) -> tuple[float, float]:
    """Accuracy and loss (nats) of a uniform guess among values of the right kind.

    Examples
    --------
    >>> chance("cot2", objects=8)[0], round(chance("prop", objects=8)[1], 3)
    (0.015625, 0.693)
    """
    kinds = 2 if task == "prop" else objects
    return float(kinds) ** -labels_of(task), labels_of(task) * log(kinds)


def shares(values: ArrayLike, chance: float, exact: float) -> Floats:
    """(value − chance)/(exact − chance), for accuracies and for losses.

    Raises
    ------
    ValueError
        If the exact predictor is no better than chance, so that there is nothing to learn.

    Examples
    --------
    >>> shares([0.125, 0.5625], chance=0.125, exact=1.0)
    array([0. , 0.5])
    """
    if exact == chance:
        raise ValueError(f"chance and the exact predictor both have {exact}: nothing is learned")
    return (np.asarray(values, dtype=np.float64) - chance) / (exact - chance)


def first_passage(tokens: ArrayLike, values: ArrayLike, level: float) -> float | None:
    """The tokens at which a curve first reaches a level; None if it never does.

    Between two checkpoints the curve is a line over the logarithm of the tokens.

    Parameters
    ----------
    tokens : array_like, shape (checkpoints,)
        Positive and increasing.
    values : array_like, shape (checkpoints,)

    Raises
    ------
    ValueError
        If the tokens are not positive and increasing, or the shapes differ.

    Examples
    --------
    >>> first_passage([100, 10_000], [0.0, 1.0], 0.5)
    1000.0
    """
    at, curve = np.asarray(tokens, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if at.shape != curve.shape or at.ndim != 1 or not at.size:
        raise ValueError(
            f"tokens have shape {at.shape}, values {curve.shape}; give one value a checkpoint"
        )
    if at[0] <= 0 or (np.diff(at) <= 0).any():
        raise ValueError(f"tokens are {at.tolist()}; give positive numbers that increase")
    reached = np.flatnonzero(curve >= level)
    if not reached.size:
        return None
    after = int(reached[0])
    if not after:
        return float(at[0])
    part = (level - curve[after - 1]) / (curve[after] - curve[after - 1])
    logs = np.log(at[after - 1 : after + 1])
    return round(float(np.exp(logs[0] + part * (logs[1] - logs[0]))), 6)


def transition_factor(
    tokens: ArrayLike, values: ArrayLike, low: float = 0.2, high: float = 0.8
) -> float | None:
    """How many times more tokens the level `high` takes than the level `low`: 1 is a jump.

    Both are first passages; None if the curve never reaches `high`.

    Examples
    --------
    >>> transition_factor([1, 10, 100, 1000], [0.0, 0.0, 1.0, 1.0])
    3.98
    """
    first, last = (first_passage(tokens, values, level) for level in (low, high))
    return None if first is None or last is None else round(last / first, 2)


def rank_correlation(a: ArrayLike, b: ArrayLike) -> float:
    """Spearman's rank correlation; ties share their mean rank.

    Raises
    ------
    ValueError
        If the lists differ in length, have fewer than two entries, or one is constant.

    Examples
    --------
    >>> rank_correlation([1, 2, 3, 4], [10, 30, 20, 40])
    0.8
    """
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1 or x.size < 2 or (x == x[0]).all() or (y == y[0]).all():
        raise ValueError(
            f"{x.tolist()} and {y.tolist()} have no rank correlation; give two lists of the same "
            "length, at least 2, neither constant"
        )
    return round(float(np.corrcoef(_ranks(x), _ranks(y))[0, 1]), 12)


def _ranks(x: Floats) -> Floats:
    below = (x[None, :] < x[:, None]).sum(axis=1)
    equal = (x[None, :] == x[:, None]).sum(axis=1)
    return np.asarray(below + (equal + 1) / 2)


def tokens_at(record: Mapping[str, Any]) -> list[int]:
    """Return the tokens that a run had been trained on at each checkpoint after its start.

    Examples
    --------
    >>> run = {"tokens": 4000, "training": {"steps": 10}, "progress": [{"step": 5}, {"step": 10}]}
    >>> tokens_at(run)
    [2000, 4000]
    """
    each = record["tokens"] // record["training"]["steps"]
    return [each * point["step"] for point in record["progress"] if point["step"] > 0]


def along_training(
    records: Sequence[Mapping[str, Any]], task: str, measure: str, example: int
) -> Curves:
    """Read one measurement at one example off the progress of runs that differ in seed only.

    Parameters
    ----------
    records : sequence of dict
        Recorded runs with the same checkpoints.
    task : str
        One of the tasks measured.
    measure : "accuracy", "answer" or "loss"
        Of the whole item, of its last label alone; losses in nats.
    example : int
        Counted from 1.

    Raises
    ------
    ValueError
        If there are no runs, their checkpoints differ, or a task or an example was not measured.
    """
    if not records:
        raise ValueError("there is no run; give at least one record")
    rows, tokens = [], None
    for record in records:
        points = [point for point in record["progress"] if point["step"] > 0]
        at = tokens_at(record)
        if tokens is not None and at != tokens:
            raise ValueError(
                f"{record['name']} was measured after {at} tokens, {records[0]['name']} after "
                f"{tokens}; give runs that differ in their seed only"
            )
        tokens = at
        try:
            if example < 1:
                raise IndexError
            rows.append([point["tasks"][task][measure][example - 1] for point in points])
        except (KeyError, IndexError):
            raise ValueError(
                f"{record['name']} has no {measure} of {task!r} at example {example}; examples "
                "count from 1"
            ) from None
    return Curves(np.array(tokens, dtype=np.float64), np.array(rows, dtype=np.float64))


def at_end(records: Sequence[Mapping[str, Any]], task: str, measure: str) -> Floats:
    """Return the final measurement at every example, averaged over runs: shape (examples,).

    Raises
    ------
    ValueError
        If there are no runs or one did not measure the task.
    """
    if not records:
        raise ValueError("there is no run; give at least one record")
    try:
        rows = [record["evaluation"]["tasks"][task][measure] for record in records]
    except KeyError as error:
        raise ValueError(f"a run has no {error} in its evaluation of {task!r}") from None
    return np.asarray(np.mean(rows, axis=0))


def copier_accuracy(objects: int, example: int, permutation: bool) -> float:
    """How often an exact copier is right at an example, inputs uniform, the function unknown.

    An input seen before is answered; any other gets a guess: one of the values not yet taken if
    the function is a permutation, one of all values if its values are independent and uniform.

    Examples
    --------
    >>> copier_accuracy(8, 1, permutation=True), copier_accuracy(8, 2, permutation=False)
    (0.125, 0.234375)
    """
    if objects < 1 or example < 1:
        raise ValueError(f"objects is {objects}, example {example}; both are at least 1")
    different = np.zeros(objects + 1)  # Pr(so many different inputs before this example)
    different[0] = 1.0
    k = np.arange(objects + 1)
    for _ in range(example - 1):
        new = different * (objects - k) / objects
        different = different * k / objects
        different[1:] += new[:-1]
    left = np.maximum(objects - k, 1) if permutation else np.full(objects + 1, objects)
    return float((different * (k / objects + (objects - k) / objects / left)).sum())
