"""The in-context experiments: transformers pretrained on MiniCAG, measured on tasks.

The programme is Hahn and Goyal's (arXiv:2303.07971): accuracy at each example, by task, size and
training, and what changes with the pretraining. World and sizes are ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from ntp_lib.experiments.runs import Run
from ntp_lib.experiments.tasks import (
    PROGRESS_PROMPTS,
    PROGRESS_ROWS,
    PROMPTS,
    ROWS,
    TASKS,
    check_tasks,
    concept_tasks,
    divergence,
    measure_tasks,
    network_log_probabilities,
    task_prompts,
)
from ntp_lib.experiments.worlds import (
    PRETRAININGS,
    DocumentCorpus,
    Pretraining,
    World,
    check_pretraining,
)
from ntp_lib.neural import LanguageModel, ModelConfig, TrainingConfig, log_spaced

__all__ = [
    "SCALES",
    "TASKS",
    "InContextRun",
    "Scale",
    "Size",
    "contrasts",
    "in_context_run",
    "measure_tasks",
    "networks",
    "sizes",
    "task_prompts",
]


class Size(NamedTuple):
    """A transformer and its training: layers, width, updates, highest learning rate."""

    layers: int
    width: int
    steps: int
    rate: float = 3e-3


@dataclass(frozen=True)
class Scale:
    """What a preset runs.

    Attributes
    ----------
    world : World
    main : Size
        The network that is looked at closely.
    sizes : tuple of Size
        Those that are compared; the last one also reads every other pretraining.
    seeds : int
    batch : int
        Rows of an update.
    tasks : tuple of str
    precision : "no" or "bf16"

    Raises
    ------
    ValueError
        If there are no sizes or no seeds.
    """

    world: World
    main: Size
    sizes: tuple[Size, ...]
    seeds: int
    batch: int = 64
    tasks: tuple[str, ...] = TASKS
    precision: Literal["no", "bf16"] = "no"

    def __post_init__(self) -> None:
        if self.seeds < 1 or not self.sizes:
            raise ValueError(
                f"a sweep over {self.seeds} seeds of {len(self.sizes)} sizes has no runs; give at "
                "least 1 of each"
            )


SCALES = {
    "quick": Scale(
        World(), Size(2, 64, 2000), (Size(1, 64, 2000), Size(2, 64, 2000)), seeds=1, batch=32
    ),
    "standard": Scale(
        World(),
        Size(3, 64, 3000),
        tuple(Size(layers, width, 1500) for layers in (1, 2, 3) for width in (16, 32, 64)),
        seeds=3,
    ),
    "paper": Scale(
        World(
            objects=30,
            functions=10,
            depth=3,
            length=256,
            held_out=tuple((i, i % 10 + 1) for i in range(1, 11)),
        ),
        Size(6, 256, 15_300, 1e-3),
        (  # 100M, 300M, 1B and 2B tokens
            Size(2, 64, 1530),
            Size(4, 128, 4600, 2e-3),
            Size(6, 256, 15_300, 1e-3),
            Size(8, 512, 30_600, 5e-4),
        ),
        seeds=3,
        batch=256,
        tasks=(*TASKS, "dir3", "dir3 held out"),
        precision="bf16",
    ),
}
EXAMPLES = 8
"""How many examples the measures along training keep."""
HEAD = 16
"""The numbers of an attention head."""
POINTS = 24
"""The measurements along training that are evenly spaced in the logarithm of the updates."""
WARMUP = 100
"""Updates in which the learning rate rises, or a fifth of all where that is less."""


@dataclass(frozen=True)
class InContextRun(Run):
    """A network pretrained on rows of a world, measured on tasks in its context.

    Raises
    ------
    ValueError
        If the pretraining is unknown, there are no tasks or one is not of the world, or the model
        does not fit the world.
    """

    world: World
    pretraining: Pretraining = "loop"
    tasks: tuple[str, ...] = TASKS

    def __post_init__(self) -> None:
        check_pretraining(self.pretraining)
        check_tasks(self.world, self.tasks)
        if self.model.vocabulary != len(self.world.grammar.vocabulary):
            raise ValueError(
                f"the model is built for {self.model.vocabulary} tokens, and the world has "
                f"{len(self.world.grammar.vocabulary)}; give it as many"
            )
        if self.model.positions < self.world.length - 1:
            raise ValueError(
                f"the model reads {self.model.positions} tokens, and a row of the world has "
                f"{self.world.length}; give it positions={self.world.length - 1}"
            )

    def corpus(self) -> DocumentCorpus:
        """Return the rows of the pretraining."""
        return DocumentCorpus(self.world, self.pretraining, self.training.seed)

    def evaluate(self, model: LanguageModel) -> dict[str, Any]:
        """Measure the tasks, and estimate ε."""
        return self._measure(model, PROMPTS, ROWS)

    def progress(self, model: LanguageModel) -> dict[str, Any]:
        """Measure the same on fewer prompts and rows; keep the first examples."""
        measured = self._measure(model, PROGRESS_PROMPTS, PROGRESS_ROWS)
        measured["tasks"] = {
            task: {name: found[name][:EXAMPLES] for name in ("accuracy", "loss")}
            for task, found in measured["tasks"].items()
        }
        return measured

    def _measure(self, model: LanguageModel, prompts: int, count: int) -> dict[str, Any]:
        law = network_log_probabilities(model)
        return {
            "tasks": measure_tasks(law, self.world, self.tasks, prompts),
            "epsilon": divergence(law, self.world, self.pretraining, count),
        }


def in_context_run(
    name: str, scale: Scale, size: Size, seed: int = 0, pretraining: Pretraining = "loop"
) -> InContextRun:
    """Return a run of a transformer that reads one row of a scale's world.

    Pretraining on concepts is measured on the concepts, too.

    Examples
    --------
    >>> run = in_context_run("in-context/mine/seed0", SCALES["quick"], Size(1, 16, 100))
    >>> run.model
    ModelConfig(kind='transformer', vocabulary=12, positions=39, width=16, layers=1, heads=1)
    """
    world = scale.world
    model = ModelConfig(
        "transformer",
        vocabulary=len(world.grammar.vocabulary),
        positions=world.length - 1,
        width=size.width,
        layers=size.layers,
        heads=max(1, size.width // HEAD),
    )
    training = TrainingConfig(
        steps=size.steps,
        batch=scale.batch,
        learning_rate=size.rate,
        warmup=min(WARMUP, size.steps // 5),
        seed=seed,
        checkpoint_every=max(1, size.steps // 10),
        measure_at=log_spaced(size.steps, min(POINTS, size.steps)),
        precision=scale.precision,
    )
    tasks = scale.tasks
    if pretraining == "concepts":
        tasks += concept_tasks(world)
    return InContextRun(name, model, training, world, pretraining, tasks)


def networks(preset: str) -> Iterator[Run]:
    """The main network on the world itself, over seeds."""
    scale = SCALES[preset]
    layers, width, *_ = scale.main
    for seed in range(scale.seeds):
        yield in_context_run(f"in-context/{layers}x{width}/seed{seed}", scale, scale.main, seed)


def sizes(preset: str) -> Iterator[Run]:
    """Networks of several depths and widths on the world itself, over seeds."""
    scale = SCALES[preset]
    for seed in range(scale.seeds):
        for size in scale.sizes:
            name = f"in-context-sizes/{size.layers}x{size.width}/seed{seed}"
            yield in_context_run(name, scale, size, seed)


def contrasts(preset: str) -> Iterator[Run]:
    """The last of the sizes on every pretraining, and one layer of it on the world itself."""
    scale = SCALES[preset]
    size = scale.sizes[-1]
    for seed in range(scale.seeds):
        for pretraining in PRETRAININGS:
            name = f"in-context-contrasts/{pretraining.replace(' ', '-')}/seed{seed}"
            yield in_context_run(name, scale, size, seed, pretraining)
        one_layer = size._replace(layers=1)
        yield in_context_run(f"in-context-contrasts/one-layer/seed{seed}", scale, one_layer, seed)
