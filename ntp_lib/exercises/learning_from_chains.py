"""Checkers for the chapter *Learning from chains*."""

from collections.abc import Callable, Iterable

import numpy as np

from ntp_lib.core import Evaluation, PerStep, evaluate
from ntp_lib.exercises.common import linear_steps, whole_number
from ntp_lib.theory import (
    BITS,
    CountParity,
    Examples,
    LinearPredictor,
    PredictorTask,
    StreamTask,
    chain_samples,
    finite_class_samples,
    minimum_norm,
    perceptron_bound,
    separation,
    threshold_token,
)

ZEROS = PredictorTask(LinearPredictor(BITS, [], []), prompt_length=2, tokens=3)
"""Two bits, then three zeros whatever they are: with zero weights the first token wins the tie."""


def _three_zeros(answer: object) -> str | Evaluation:
    """Run a three-step predictor against the chain of zeros; say what is wrong if it cannot."""
    if wrong := linear_steps(answer, n=2, tokens=3, vocabulary="01"):
        return wrong
    assert isinstance(answer, PerStep)
    try:
        result = evaluate(answer, ZEROS, ZEROS.all_prompts())
    except ValueError as error:
        return f"It cannot run: {error}."
    errors = result.forced.mistakes.mean(axis=0)
    for t, share in enumerate(errors, start=1):
        if share != 0.25:
            return f"After the true prefix, token {t} is wrong with probability {share:g}, not ¼."
    return result


def _both_ends(answer: object) -> str | None:
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return "The answer should be a pair of predictors: (least, most)."
    for predictor, goal, name in zip(answer, (0.25, 0.75), ("first", "second"), strict=True):
        result = _three_zeros(predictor)
        if isinstance(result, str):
            return f"The {name} predictor: {result}"
        if result.sequence_error != goal:
            return (
                f"The {name} predictor's sequence error is {result.sequence_error:g}, not {goal}."
            )
    return None


def _spoilt(answer: object) -> str | None:
    result = _three_zeros(answer)
    if isinstance(result, str):
        return result
    wrong = result.disagreements.sum(axis=1).mean()
    if wrong < 1.5:
        return f"Running freely it writes {wrong:g} wrong tokens on average; 1.5 are possible."
    return None


def _samples(needed: int) -> str | None:
    def one_step(error: float, delta: float) -> int:
        return finite_class_samples(1000, error, delta)

    truth = chain_samples(one_step, tokens=20, error=0.1, delta=0.05)
    if needed == truth:
        return None
    if needed == one_step(0.1 / 20, 0.05):
        return "T learners can each fail: what must the probability δ of one failure be?"
    if needed == one_step(0.1, 0.05 / 20):
        return "T tokens can each be wrong: what must the error ε of one step be?"
    if needed == one_step(0.1, 0.05):
        return "That many samples learn one step. Here all 20 must be right at once."
    return "Too few: the theorem asks for more." if needed < truth else "Fewer are enough."


def _and_gate(answer: object) -> str | None:
    if isinstance(answer, bool) or not isinstance(answer, int | float | np.number):
        return f"The answer should be a number; this is a {type(answer).__name__}."
    gate = threshold_token(BITS, {2: 1, 1: 1}, threshold=2)
    task = PredictorTask(gate, prompt_length=2, tokens=1)
    examples = Examples.of(BITS, task.complete(task.all_prompts()), 2, gate.look_backs)
    radius, norm, margin = separation(gate, examples)
    if abs(float(answer) - perceptron_bound(radius, norm, margin)) < 1e-9:
        return None
    if abs(float(answer) - perceptron_bound(radius - 1, norm, margin)) < 1e-9:
        return "Two ones for the two bits read, and one more: the bias is a coordinate of ψ too."
    if abs(float(answer) - perceptron_bound(radius, norm - 1.125, margin)) < 1e-9:
        return "The biases are weights too: ‖W*‖² has their squares in it."
    return "Write down R², ‖W*‖² and γ one by one: every weight, both biases, the closest input."


def _lucky(answer: object) -> str | None:
    if wrong := linear_steps(answer, n=2, tokens=2, vocabulary="01"):
        return wrong
    assert isinstance(answer, PerStep)
    task = CountParity(n=2, subset=(0, 1))
    try:
        result = evaluate(answer, task, task.all_prompts())
    except ValueError as error:
        return f"It cannot run: {error}."
    if result.answer_error:
        return f"It answers {result.wrong_answers.sum()} of the 4 inputs wrongly."
    right = 4 - result.disagreements.any(axis=1).sum()
    return f"Its chain is still right on {right} of the 4 inputs." if right else None


def _compressed(answer: object) -> str | None:
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        return "The answer should be a list of sequence numbers, from 0 to 199."
    chosen = list(answer)
    if not all(isinstance(i, int | np.integer) and 0 <= i < 200 for i in chosen):
        return "Every entry should be a whole number from 0 to 199."
    if not chosen:
        return "From no sequences at all only zero weights are learned."
    if len(set(chosen)) > 13:
        return f"These are {len(set(chosen))} sequences; 13 are enough, by the theorem."
    task = StreamTask(tokens=8, seed=4)
    sequences = task.complete(task.prompts(200, seed=4))
    goal, found = (
        minimum_norm(Examples.of(BITS, part, task.prompt_length, task.look_backs)).predictor
        for part in (sequences, sequences[sorted(set(chosen))])
    )
    if np.allclose(goal.weights, found.weights) and np.allclose(goal.bias, found.bias):
        return None
    norms = [float((p.weights**2).sum() + (p.bias**2).sum()) for p in (found, goal)]
    return (
        f"These sequences alone give weights of squared norm {norms[0]:.2f}, all 200 give "
        f"{norms[1]:.2f}: a constraint that holds the weights in place is missing."
    )


CHECKERS: dict[str, Callable[[object], str | None]] = {
    "both-ends": _both_ends,
    "wrong-chain-right-answer": _lucky,
    "samples-for-a-chain": whole_number(_samples),
    "and-gate-mistakes": _and_gate,
    "spoilt-chain": _spoilt,
    "thirteen-sequences": _compressed,
}
"""The chapter's exercises by name."""
