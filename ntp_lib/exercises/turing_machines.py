"""Checkers for the chapter *Turing machines*."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from ntp_lib.core import rollout
from ntp_lib.theory import (
    ObliviousMachine,
    Run,
    TuringMachine,
    example_machine,
    machine_predictor,
    mistake_bound,
    oblivious_predictor,
    parse_machine,
    run,
    squared_norm,
    tableau,
)

STEP_LIMIT = 20_000


def _two_numbers(answer: object) -> tuple[int, int] | str:
    """Return the answer as two whole numbers, or say why it is none."""
    if not isinstance(answer, Sequence) or isinstance(answer, str) or len(answer) != 2:
        return "The answer should be two numbers in parentheses."
    if not all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in answer):
        return "Both numbers should be whole numbers."
    return int(answer[0]), int(answer[1])


def _norm(answer: object) -> str | None:
    pair = _two_numbers(answer)
    if isinstance(pair, str):
        return pair
    norm, bound = pair
    machine = example_machine("bb2")
    if norm == 68:
        return "Z is a state too: it adds tokens, and two pairs on which the head stays."
    if norm == 104:
        return "In Z the head does not move, and a pair that stays adds more than a moving one."
    if norm != squared_norm(machine):
        return "The squared norm is another. Sum its three parts: cells, moving and staying heads."
    if bound != mistake_bound(machine):
        return "The norm is right, the bound is not: how much can ‖V‖² grow at a mistake?"
    return None


def _tokens(answer: object) -> str | None:
    pair = _two_numbers(answer)
    if isinstance(pair, str):
        return pair
    tokens, dictionary = pair
    result = run(example_machine("bb4"))
    width = len(result.cells)
    if tokens == width * (result.steps + 1):
        return "The first row is the prompt: the predictor need not write it."
    if tokens != width * result.steps:
        return "The number of tokens is another: one row of S tokens for each step."
    if dictionary == 10:
        return "The tokens are counted right. In the dictionary the halting state counts too."
    if dictionary != len(result.machine.vocabulary):
        return "The tokens are counted right, the dictionary is not: it is Γ × (Q ∪ {⊥})."
    return None


def _two_heads(answer: object) -> str | None:
    if not isinstance(answer, Sequence) or isinstance(answer, str) or len(answer) < 3:
        return "The answer should be a list of at least three tokens, as '0' or '1·A'."
    machine = example_machine("bb2")
    try:
        row = machine.vocabulary.encode(answer)
    except ValueError as error:
        return f"Not a row of this machine: {error}."
    heads = int((row % (len(machine.states) + 1) > 0).sum())
    if heads != 2:
        return f"The row should hold two heads; it holds {heads}."
    width = len(row)
    prompt = np.concatenate([[0], row])
    # the cells of the next row that have both neighbours in this one
    scores = machine_predictor(machine, width).block_scores(prompt[None], width - 1)[0, 1:]
    best_two = np.sort(scores, axis=1)[:, -2:]
    if (best_two[:, 1] == best_two[:, 0]).any():
        return None
    return (
        "Every cell between the ends still has a margin: the two heads do not move into one cell, "
        "or they agree on the state."
    )


def _machine(answer: object) -> TuringMachine | str:
    """Return the machine that the answer describes, or say why it describes none."""
    if isinstance(answer, TuringMachine):
        return answer
    if not isinstance(answer, str):
        return f"The answer should be a machine as text; this is a {type(answer).__name__}."
    try:
        return parse_machine(answer)
    except ValueError as error:
        return f"It is not a machine yet: {error}."


def _runs_wrongly(
    answer: object, inputs: Sequence[str], right: Callable[[Run], bool], goal: str
) -> str | None:
    """Run the machine on every input, and its predictor on the last; describe what is wrong."""
    machine = _machine(answer)
    if isinstance(machine, str):
        return machine
    for tape in inputs:
        try:
            result = run(machine, tape, STEP_LIMIT)
        except ValueError as error:
            return f"On the input {tape!r}: {error}."
        if not result.halted:
            return f"On the input {tape!r} it has not halted after {STEP_LIMIT:,} steps."
        if not right(result):
            return (
                f"On the input {tape!r} it halts in {result.state!r} with {result.tape!r} on the "
                f"tape; {goal}."
            )
    tokens, width = tableau(result), len(result.cells)
    predictor = machine_predictor(machine, width)
    written = rollout(predictor, tokens[None, : width + 1], width * result.steps)
    return None if (written == tokens).all() else "Its predictor writes another tableau."


def _doubling(answer: object) -> str | None:
    return _runs_wrongly(
        answer,
        ["1" * n for n in range(8)],
        lambda result: result.tape == "11" * len(result.input),
        "twice as many ones should be there, and nothing else",
    )


def _equally_many(answer: object) -> str | None:
    words = ["".join(word) for n in range(7) for word in product("ab", repeat=n)]
    return _runs_wrongly(
        answer,
        words,
        lambda result: (
            (result.state == "yes") == (result.input.count("a") == result.input.count("b"))
            and result.state in ("yes", "no")
        ),
        "it should halt in yes if there are as many a as b, and in no otherwise",
    )


def _remainder(answer: object) -> str | None:
    if not isinstance(answer, ObliviousMachine):
        return f"The answer should be an ObliviousMachine; this is a {type(answer).__name__}."
    if answer.tapes != 1:
        return f"One tape is enough; this machine has {answer.tapes}."
    for n in range(1, 7):
        prompts = np.array(list(product("01", repeat=n)))
        heads = np.arange(n + 1)[:, None]
        try:
            inputs = np.array([answer.vocabulary.encode(word) for word in prompts])
        except ValueError as error:
            return f"It cannot read the input: {error}."
        written = rollout(oblivious_predictor(answer, n, heads), inputs, n + 1)
        for word, row in zip(prompts, written, strict=True):
            bits = "".join(word)
            last = answer.vocabulary.decode(row)[-1]
            if last.startswith("r0·") != (int(bits, 2) % 3 == 0):
                return f"After {bits}, which is {int(bits, 2)}, its last token is {last!r}."
    return None


CHECKERS: dict[str, Callable[[object], str | None]] = {
    "tm-norm": _norm,
    "tm-tokens": _tokens,
    "tm-two-heads": _two_heads,
    "tm-doubling": _doubling,
    "tm-remainder": _remainder,
    "tm-equally-many": _equally_many,
}
"""The chapter's exercises by name."""
