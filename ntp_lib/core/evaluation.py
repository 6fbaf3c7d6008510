"""Measurements: the first mistake, sequence error, answer error, margins."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ntp_lib.core.predictor import Predictor, greedy, in_blocks, scores_ahead
from ntp_lib.core.rollout import rollout
from ntp_lib.core.task import Task
from ntp_lib.core.vocabulary import Tokens, as_tokens


@dataclass(frozen=True)
class TeacherForced:
    """What a predictor says when every prefix it reads is the true one.

    Attributes
    ----------
    predicted : Tokens, shape (sequences, T)
        The greedy choice at each step.
    mistakes : bool array, shape (sequences, T)
        Where that choice is not the true token.
    margins : float array, shape (sequences, T)
        The true token's score less the best other score: never positive at a mistake, 0 at a tie.
    """

    predicted: Tokens
    mistakes: NDArray[np.bool_]
    margins: NDArray[np.float64]

    @property
    def first_mistake(self) -> NDArray[np.int64]:
        """The step of each sequence's first mistake (from 0), or T if there is none."""
        return first_true(self.mistakes)


def first_true(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the index of the first True of each row, or the row's length if it has none.

    Examples
    --------
    >>> first_true(np.array([[False, True], [False, False]]))
    array([1, 2])
    """
    found = np.where(flags.any(axis=1), flags.argmax(axis=1), flags.shape[1])
    return np.asarray(found, dtype=np.int64)


def teacher_force(predictor: Predictor, sequences: ArrayLike, prompt_length: int) -> TeacherForced:
    """Predict every token after the prompt from the *true* tokens before it.

    Parameters
    ----------
    predictor : Predictor
    sequences : array_like of int, shape (sequences, prompt_length + T)
        True sequences, T at least 1.
    prompt_length : int
        How many tokens of each sequence are given.

    Raises
    ------
    ValueError
        If `sequences` is not a non-empty batch of token ids or leaves no token to predict.

    Examples
    --------
    >>> from ntp_lib.theory import CountParity
    >>> task = CountParity(n=3, subset=(0, 1, 2))
    >>> result = teacher_force(task.predictor(), [[1, 1, 0, 1, 0]], prompt_length=3)
    >>> result.mistakes.any(), result.margins
    (np.False_, array([[0.5, 0.5]]))
    """
    sequences = as_tokens(sequences, predictor.vocabulary, "sequences")
    if not 0 <= prompt_length < sequences.shape[1]:
        raise ValueError(
            f"prompt_length is {prompt_length} and the sequences have {sequences.shape[1]} "
            "tokens; it must be from 0 to one less, so that a token is left to predict"
        )
    chain = sequences[:, prompt_length:]
    predicted = np.empty_like(chain)
    margins = np.empty(chain.shape)
    blocks, t = in_blocks(predictor), 0
    while t < chain.shape[1]:
        prefixes = sequences[:, : prompt_length + t]
        scores = scores_ahead(blocks, prefixes, chain.shape[1] - t)
        ahead = slice(t, t + scores.shape[1])
        predicted[:, ahead] = greedy(scores)
        true = chain[:, ahead, None]
        others = scores.copy()
        np.put_along_axis(others, true, -np.inf, axis=-1)
        margins[:, ahead] = np.take_along_axis(scores, true, -1)[..., 0] - others.max(axis=-1)
        t = ahead.stop
    return TeacherForced(predicted, predicted != chain, margins)


@dataclass(frozen=True)
class Evaluation:
    """A predictor against a task, on the same prompts both ways.

    Attributes
    ----------
    forced : TeacherForced
        Its predictions from the true prefixes.
    disagreements : bool array, shape (sequences, T)
        Where its free-running chain differs from the true one.
    wrong_answers : bool array, shape (sequences,)
        Where its free-running answer differs from the true one.
    """

    forced: TeacherForced
    disagreements: NDArray[np.bool_]
    wrong_answers: NDArray[np.bool_]

    @property
    def first_disagreement(self) -> NDArray[np.int64]:
        """The step of the first free-running disagreement (from 0), or T if there is none.

        It equals `forced.first_mistake`: while the prefixes agree, teacher-forced and
        free-running predictions are one computation.
        """
        return first_true(self.disagreements)

    @property
    def sequence_error(self) -> float:
        """The share of prompts whose free-running chain is wrong anywhere."""
        return float(self.disagreements.any(axis=1).mean())

    @property
    def answer_error(self) -> float:
        """The share of prompts whose free-running answer is wrong."""
        return float(self.wrong_answers.mean())

    @property
    def worst_margin(self) -> float:
        """The smallest teacher-forced margin over all prompts and steps."""
        return float(self.forced.margins.min())

    def __repr__(self) -> str:
        count, steps = self.disagreements.shape
        return (
            f"Evaluation({count} prompts, {steps} step{'s' * (steps != 1)}: sequence error "
            f"{self.sequence_error:.4g}, answer error {self.answer_error:.4g}, "
            f"worst margin {self.worst_margin:.4g})"
        )

    def _repr_html_(self) -> str:
        count, steps = self.disagreements.shape
        rows = [
            ("prompts", str(count)),
            ("tokens predicted", str(steps)),
            ("sequence error", f"{self.sequence_error:.4g}"),
            ("answer error", f"{self.answer_error:.4g}"),
            ("worst margin", f"{self.worst_margin:.4g}"),
        ]
        cells = "".join(f"<tr><th scope='row'>{k}</th><td>{v}</td></tr>" for k, v in rows)
        return f"<table class='ntp-table'><caption>Evaluation</caption>{cells}</table>"


def evaluate(predictor: Predictor, task: Task, prompts: ArrayLike) -> Evaluation:
    """Measure a predictor on a task's prompts, teacher-forced and free-running.

    Parameters
    ----------
    predictor : Predictor
        Over the task's vocabulary.
    task : Task
    prompts : array_like of int, shape (sequences, task.prompt_length)

    Raises
    ------
    ValueError
        If the vocabularies differ or the prompts do not fit the task.

    Examples
    --------
    >>> from ntp_lib.theory import CountParity
    >>> task = CountParity(n=3, subset=(0, 1, 2), tokens=1)
    >>> evaluate(task.predictor(), task, task.all_prompts())
    Evaluation(8 prompts, 1 step: sequence error 0.25, answer error 0.25, worst margin -1.5)
    """
    if predictor.vocabulary != task.vocabulary:
        raise ValueError(
            f"the predictor is over {predictor.vocabulary!r}, the task over "
            f"{task.vocabulary!r}; use one vocabulary for both"
        )
    prompts = as_tokens(prompts, task.vocabulary, "prompts")
    if prompts.shape[1] != task.prompt_length:
        raise ValueError(
            f"the prompts have {prompts.shape[1]} tokens; this task's have {task.prompt_length}"
        )
    true = task.complete(prompts)
    free = rollout(predictor, prompts, task.chain_length)
    return Evaluation(
        forced=teacher_force(predictor, true, task.prompt_length),
        disagreements=(free != true)[:, task.prompt_length :],
        wrong_answers=(free != true)[:, task.answer].any(axis=1),
    )
