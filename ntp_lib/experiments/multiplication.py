"""The multiplication experiments: accuracy against the chain of thought."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ntp_lib.core import Tokens, evaluate
from ntp_lib.experiments.runs import Run
from ntp_lib.neural import (
    PAPER_MULTIPLICATION,
    LanguageModel,
    ModelConfig,
    NeuralPredictor,
    TrainingConfig,
)
from ntp_lib.theory.multiplication import Multiplication
from ntp_lib.theory.multiplication_chains import Chain

HELD_OUT = 1000
"""How many held-out pairs a trained model multiplies; a quarter of them at each checkpoint."""


Kind = Literal["linear", "mlp", "transformer"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class MultiplicationCorpus:
    """Endless multiplications of training pairs, with their chains.

    Examples
    --------
    >>> corpus = MultiplicationCorpus(Multiplication((2, 1), "none"), seed=0)
    >>> corpus.batch(step=0, size=3).shape, corpus.first
    ((3, 8), 5)
    """

    task: Multiplication
    seed: int
    padding: None = None

    @property
    def length(self) -> int:
        """The tokens of prompt and chain."""
        return self.task.length

    @property
    def first(self) -> int:
        """The prompt's length: prompts are not predicted."""
        return self.task.prompt_length

    def batch(self, step: int, size: int) -> Tokens:
        """Return the `step`-th batch: a function of the seed and the step."""
        rng = np.random.default_rng([self.seed, step])
        return self.task.complete(self.task.training(size, rng))


@dataclass(frozen=True)
class MultiplicationRun(Run):
    """A model that learns to multiply n-digit by m-digit numbers with one chain.

    With `drawn`, it is trained on numbers of at most so many digits, and measured on longer ones
    too.
    """

    digits: tuple[int, int]
    chain: Chain
    drawn: tuple[int, int] | None = None

    @property
    def task(self) -> Multiplication:
        """What is learnt."""
        return Multiplication(self.digits, self.chain, self.drawn)

    def corpus(self) -> MultiplicationCorpus:
        """Return training pairs with their chains."""
        return MultiplicationCorpus(self.task, self.training.seed)

    def evaluate(self, model: LanguageModel) -> dict[str, Any]:
        """Measure the model on held-out pairs; on all lengths too, if it saw only short ones."""
        result = measure(model, self.task, HELD_OUT)
        if self.drawn:
            result["longer"] = measure(model, Multiplication(self.digits, self.chain), HELD_OUT)
        return result

    def progress(self, model: LanguageModel) -> dict[str, float]:
        """Measure exact match on fewer pairs."""
        return {"exact": measure(model, self.task, HELD_OUT // 4)["exact"]}


def measure(model: LanguageModel, task: Multiplication, pairs: int) -> dict[str, Any]:
    """Let a model multiply held-out pairs, free-running and teacher-forced.

    Returns
    -------
    dict
        `pairs`; the shares `exact` (answers wholly right), `digits` (answer digits right),
        `chains` (chains right, answer included), `lucky` (right answers that follow a wrong
        chain, of all right answers) and `tokens` (right when the prefix is the true one);
        `mistakes`, which maps a step of the chain to the number of pairs that go wrong there
        first.

    Examples
    --------
    >>> from ntp_lib.neural import build
    >>> task = Multiplication((1, 1), "none")
    >>> untrained = build(ModelConfig("linear", 12, task.length - 1, 8), seed=0)
    >>> sorted(measure(untrained, task, pairs=10))
    ['chains', 'digits', 'exact', 'lucky', 'mistakes', 'pairs', 'tokens']
    """
    prompts = task.held_out(pairs, np.random.default_rng(_EVALUATION))
    result = evaluate(NeuralPredictor(model, task.vocabulary), task, prompts)
    answers = result.disagreements[:, task.answer.start - task.prompt_length :]
    wrong_chain = result.first_disagreement < task.chain_length
    right = ~result.wrong_answers
    steps, counts = np.unique(result.first_disagreement[wrong_chain], return_counts=True)
    return {
        "pairs": pairs,
        "exact": _share(right),
        "digits": _share(~answers),
        "chains": _share(~wrong_chain),
        "lucky": _share(wrong_chain[right]) if right.any() else 0.0,
        "tokens": _share(~result.forced.mistakes),
        "mistakes": {str(step): int(count) for step, count in zip(steps, counts, strict=True)},
    }


_EVALUATION = 2**32  # the seed of the measured pairs; those of training are lists, so another


def _share(flags: NDArray[np.bool_]) -> float:
    return round(float(flags.mean()), 6)


def every_chain(preset: str) -> Iterator[Run]:
    """Accuracy against the chain of thought: every chain, three kinds of model."""
    digits, steps, seeds = {
        "quick": ((2, 2), 2000, 1),
        "standard": ((3, 2), 2500, 3),
        "paper": ((4, 4), 20_000, 5),
    }[preset]
    for seed in range(seeds):
        for chain in get_args(Chain):
            for kind in KINDS:
                yield _run("multiplication", kind, digits, chain, steps, seed)


def four_by_four(preset: str) -> Iterator[Run]:
    """A strictly linear predictor learns to multiply four digits by four."""
    steps, seeds = {"quick": (500, 1), "standard": (2000, 3), "paper": (5000, 10)}[preset]
    for seed in range(seeds):
        yield _run("multiplication-4x4", "linear", (4, 4), "columns", steps, seed)


def other_chains(preset: str) -> Iterator[Run]:
    """Every other chain on four digits by four."""
    steps, seeds = {"quick": (500, 1), "standard": (2000, 1), "paper": (20_000, 3)}[preset]
    for seed in range(seeds):
        for chain in get_args(Chain):
            for kind in ("linear", "mlp"):
                if (chain, kind) != ("columns", "linear"):  # that is multiplication-4x4
                    yield _run("multiplication-4x4-chains", kind, (4, 4), chain, steps, seed)


def more_digits(preset: str) -> Iterator[Run]:
    """The same linear predictor on ever longer numbers."""
    most, steps = {"quick": (3, 1000), "standard": (6, 2000), "paper": (8, 4000)}[preset]
    for n in range(2, most + 1):
        yield _run("multiplication-digits", "linear", (n, n), "columns", steps, 0)


def longer_numbers(preset: str) -> Iterator[Run]:
    """Trained on short numbers, measured on longer ones too."""
    digits, drawn, steps, seeds = {
        "quick": ((3, 2), (2, 2), 1000, 1),
        "standard": ((3, 2), (2, 2), 1500, 3),
        "paper": ((4, 4), (3, 3), 20_000, 5),
    }[preset]
    for seed in range(seeds):
        for chain in ("rows", "columns"):
            for kind in KINDS:
                yield _run("multiplication-longer", kind, digits, chain, steps, seed, drawn)


def the_paper(preset: str) -> Iterator[Run]:
    """The paper's own configuration: 100 million sequences for an MLP of 775M parameters."""
    if preset == "paper":
        task = Multiplication((4, 4), "paper")
        training = TrainingConfig(
            steps=48_829,  # of 2048: 100 million sequences
            batch=2048,
            learning_rate=1e-3,
            warmup=1000,
            accumulate=4,
            checkpoint_every=500,
            precision="bf16",
        )
        yield MultiplicationRun(
            "multiplication-paper/4x4/paper/mlp/seed0",
            replace(PAPER_MULTIPLICATION, vocabulary=len(task.vocabulary)),
            training,
            (4, 4),
            "paper",
        )


def _run(
    experiment: str,
    kind: Kind,
    digits: tuple[int, int],
    chain: Chain,
    steps: int,
    seed: int,
    drawn: tuple[int, int] | None = None,
) -> MultiplicationRun:
    task = Multiplication(digits, chain)
    size = (len(task.vocabulary), task.length - 1)
    if kind == "transformer":
        model = ModelConfig(kind, *size, width=64, layers=2, heads=4)
    else:  # the triangle grows as the square of the length: keep it affordable
        model = ModelConfig(kind, *size, width=64 if task.length <= 40 else 32)
    training = TrainingConfig(
        steps=steps,
        batch=128,
        learning_rate={"linear": 1e-2, "mlp": 5e-3, "transformer": 3e-3}[kind],
        warmup=100,
        seed=seed,
        checkpoint_every=steps // 10,
    )
    name = f"{experiment}/{digits[0]}x{digits[1]}/{chain}/{kind}/seed{seed}"
    return MultiplicationRun(name, model, training, digits, chain, drawn)
