"""Training a language model on a corpus: one readable loop that can be stopped and resumed."""

import logging
import math
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from accelerate import Accelerator
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from ntp_lib.core import Tokens
from ntp_lib.neural.checkpoints import checkpoints, load_checkpoint, save_checkpoint
from ntp_lib.neural.interrupts import interrupts
from ntp_lib.neural.models import LanguageModel

log = logging.getLogger(__name__)


class Corpus(Protocol):
    """Sequences to train on. Batches are numbered, so that resuming needs no other state."""

    @property
    def length(self) -> int:
        """The tokens of a sequence."""
        ...

    @property
    def first(self) -> int:
        """The index of the first token to predict: a prompt's length; 1 for plain text."""
        ...

    @property
    def padding(self) -> int | None:
        """The id whose prediction is not scored, if there is one."""
        ...

    def batch(self, step: int, size: int) -> Tokens:
        """Return the `step`-th batch, shape (size, length): always the same one."""
        ...


@dataclass(frozen=True)
class TrainingConfig:
    """How to train: AdamW, a linear warm-up, then a decay to 0.

    Parameters
    ----------
    steps : int
        Updates of the weights.
    batch : int
        Sequences an update reads, over all processes and accumulated parts.
    learning_rate : float
        The highest one, reached after the warm-up.
    weight_decay : float
        AdamW's; every weight shrinks by the factor 1 − rate · weight_decay at an update.
    warmup : int
        Updates in which the rate rises linearly; fewer than `steps`.
    decay : "cosine" or "linear"
        How the rate falls from there to 0.
    clip : float
        The gradient's norm is scaled down to at most this.
    accumulate : int
        Parts a batch is cut into, so that activations of one part at a time take memory.
    seed : int
        The seed of the model's first weights and of the corpus, for whoever builds them.
    checkpoint_every : int
        Updates between checkpoints.
    measure_at : tuple of int
        Numbers of updates after which a checkpoint is written and measured too; `log_spaced`
        gives some.
    precision : "no" or "bf16"
        Whether products are taken in bfloat16; weights and updates stay in float32.

    Raises
    ------
    ValueError
        If a value is out of its range.

    Examples
    --------
    >>> config = TrainingConfig(steps=100, batch=8, learning_rate=0.01, warmup=10)
    >>> [round(config.rate(step), 4) for step in (0, 9, 10, 55, 99)]
    [0.001, 0.01, 0.01, 0.005, 0.0]
    """

    steps: int
    batch: int
    learning_rate: float
    weight_decay: float = 0.1
    warmup: int = 0
    decay: Literal["cosine", "linear"] = "cosine"
    clip: float = 1.0
    accumulate: int = 1
    seed: int = 0
    checkpoint_every: int = 1000
    precision: Literal["no", "bf16"] = "no"
    measure_at: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "measure_at", tuple(self.measure_at))  # JSON makes it a list
        for name in ("steps", "batch", "accumulate", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least 1")
        for name in ("learning_rate", "clip"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; give more than 0")
        if not self.weight_decay >= 0:
            raise ValueError(f"weight_decay is {self.weight_decay}; give at least 0")
        if not 0 <= self.warmup < self.steps:
            raise ValueError(
                f"warmup is {self.warmup}; give 0 to {self.steps - 1}, fewer than the steps"
            )
        if self.decay not in ("cosine", "linear"):
            raise ValueError(f"decay is {self.decay!r}; give 'cosine' or 'linear'")
        if self.precision not in ("no", "bf16"):
            raise ValueError(f"precision is {self.precision!r}; give 'no' or 'bf16'")
        if self.batch % self.accumulate:
            raise ValueError(
                f"a batch of {self.batch} cannot be cut into {self.accumulate} equal parts; "
                "make accumulate a divisor of batch"
            )
        bounded = (0, *self.measure_at, self.steps + 1)
        if any(later <= earlier for earlier, later in pairwise(bounded)):
            raise ValueError(
                f"measure_at is {self.measure_at}; give increasing numbers from 1 to {self.steps}"
            )

    def rate(self, step: int) -> float:
        """Return the learning rate of an update; the first is 0."""
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        done = (step - self.warmup) / (self.steps - self.warmup)
        left = 1 - done if self.decay == "linear" else (1 + math.cos(math.pi * done)) / 2
        return self.learning_rate * left

    def measures(self, done: int) -> bool:
        """Return whether a checkpoint is written and measured after so many updates."""
        return done == self.steps or done % self.checkpoint_every == 0 or done in self.measure_at


def log_spaced(steps: int, count: int) -> tuple[int, ...]:
    """Return `count` different numbers of updates, from 1 to `steps`, evenly on a log scale.

    Rounded to integers; the first ones are 1, 2, 3, … where they would be closer than that.

    Raises
    ------
    ValueError
        Unless 2 <= count <= steps.

    Examples
    --------
    >>> log_spaced(steps=1000, count=7)
    (1, 3, 10, 32, 100, 316, 1000)
    >>> log_spaced(steps=100, count=10)
    (1, 2, 3, 5, 8, 13, 22, 36, 60, 100)
    """
    if not 2 <= count <= steps:
        raise ValueError(f"count is {count}; give 2 to {steps}, the updates")
    return tuple(max(k + 1, round(steps ** (k / (count - 1)))) for k in range(count))


def train(
    model: LanguageModel,
    corpus: Corpus,
    config: TrainingConfig,
    folder: Path | None = None,
    resume: bool = False,
    measure: Callable[[LanguageModel], Any] | None = None,
    report: Callable[[int], None] | None = None,
) -> list[float]:
    """Train a model in place; return the loss of every update, in nats a token.

    A terminal shows a progress bar. Elsewhere a bar would fill a log, or stay in a notebook's page
    with times that differ at each run; there the logger `ntp_lib`, at level INFO, writes a line
    whenever the configuration asks for a checkpoint.

    The loss of an update is the mean of −ln p(token) over all scored tokens of its batch. The
    model moves to the device that accelerate picks. Under `accelerate launch` every process takes
    its slice of each batch, and the result is that of one process, up to rounding.

    Parameters
    ----------
    model : LanguageModel
    corpus : Corpus
    config : TrainingConfig
    folder : Path, optional
        Where checkpoints go. Without it nothing is written.
    resume : bool
        Go on from the folder's newest checkpoint, if it has one. On a CPU the losses are then
        bit for bit those of a run that was never stopped.
    measure : callable, optional
        Called with the model at each checkpoint that the configuration asks for; what it returns
        (numbers, strings, lists and dicts of them) is kept there, under `measured`, with the
        number of updates before it.
    report : callable, optional
        Called with the number of updates done, at the start and after each, in place of the
        progress bar.

    Raises
    ------
    ValueError
        If the corpus does not fit the model, the batch cannot be cut into equal parts, the folder
        has checkpoints and `resume` is not set, or they are of another configuration.
    FloatingPointError
        If the loss is not a finite number.
    KeyboardInterrupt
        On Ctrl-C, after the checkpoint is written.

    Examples
    --------
    >>> from ntp_lib.neural import ModelConfig, build
    >>> class Counting:
    ...     length, first, padding = 4, 1, None
    ...     def batch(self, step, size):
    ...         start = np.random.default_rng(step).integers(0, 5, size=(size, 1))
    ...         return (start + np.arange(4)) % 5
    >>> import numpy as np
    >>> model = build(ModelConfig("linear", vocabulary=5, positions=3, width=8), seed=0)
    >>> losses = train(model, Counting(), TrainingConfig(100, batch=16, learning_rate=0.03))
    >>> losses[0] > 1, losses[-1] < 0.1
    (True, True)
    """
    accelerator = Accelerator(mixed_precision="no")  # precision is this configuration's, below
    _check(model, corpus, config, accelerator.num_processes)
    described = {
        "model": asdict(model.config),
        "training": asdict(config),
        "corpus": {name: getattr(corpus, name) for name in ("length", "first", "padding")},
    }
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    start = 0
    so_far: dict[str, Any] = {"losses": [], "measured": []}
    so_far |= {"seconds": 0.0, "cpu_seconds": 0.0, "peak_bytes": 0}
    if folder is not None and checkpoints(folder):
        if not resume:
            raise ValueError(
                f"{folder} holds the checkpoints of a run; resume it (resume=True), "
                "or choose another folder"
            )
        start, state = load_checkpoint(folder)
        _check_same(folder, state["configuration"], described)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        so_far = {name: state[name] for name in so_far}
    losses: list[float] = so_far["losses"]
    _forget_peak(accelerator.device)
    # several processes would draw over each other's bars
    draws = accelerator.is_main_process and parent_process() is None and report is None
    steps = tqdm(
        range(start, config.steps),
        initial=start,
        total=config.steps,
        unit="step",
        disable=None if draws else True,  # None: shown on a terminal only
    )
    if report:
        report(start)
    with interrupts() as pressed:
        wrapped.train()
        for step in steps:
            began, cpu_began = time.perf_counter(), time.process_time()
            for group in optimizer.param_groups:
                group["lr"] = config.rate(step)
            loss = _gradient(accelerator, wrapped, corpus, config, step)
            accelerator.clip_grad_norm_(wrapped.parameters(), config.clip)
            optimizer.step()
            optimizer.zero_grad()
            # one tensor carries both, so that all processes stop after the same step
            shared = torch.stack([loss, loss.new_tensor(float(len(pressed)))])
            total, stop = accelerator.reduce(shared, reduction="sum").tolist()
            if not math.isfinite(total):
                raise FloatingPointError(
                    f"the loss is {total} at step {step}; lower the learning rate "
                    f"({config.learning_rate}) or lengthen the warm-up ({config.warmup})"
                )
            losses.append(total)
            so_far["seconds"] += time.perf_counter() - began
            so_far["cpu_seconds"] += time.process_time() - cpu_began
            steps.set_postfix(loss=f"{total:.4f}", refresh=False)
            done = step + 1
            if config.measures(done) and accelerator.is_main_process:
                log.info("step %d of %d: loss %.4f", done, config.steps, total)
            if folder and (config.measures(done) or stop):
                if accelerator.is_main_process:
                    if measure and config.measures(done):
                        so_far["measured"].append((done, measure(model.eval())))
                        model.train()
                    peak = max(so_far["peak_bytes"], _peak_bytes(accelerator.device))
                    so_far["peak_bytes"] = peak
                    states = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
                    save_checkpoint(folder, done, states | so_far | {"configuration": described})
                accelerator.wait_for_everyone()
            if report:
                report(done)
            if stop and done < config.steps:
                kept = f"{folder} holds its checkpoint" if folder else "nothing is kept"
                raise KeyboardInterrupt(f"stopped after step {done} of {config.steps}; {kept}")
    wrapped.eval()
    return losses


def _gradient(
    accelerator: Accelerator, model: Any, corpus: Corpus, config: TrainingConfig, step: int
) -> torch.Tensor:
    """Add this process's share of a batch's gradient; return its share of the loss."""
    batch = torch.from_numpy(corpus.batch(step, config.batch))
    targets = batch[:, corpus.first :]
    scored = targets.numel()
    if corpus.padding is not None:
        scored = int((targets != corpus.padding).sum())
    processes = accelerator.num_processes
    mine = batch[accelerator.process_index :: processes].to(accelerator.device)
    parts = mine.chunk(config.accumulate)
    loss = torch.zeros((), device=accelerator.device)
    for i, part in enumerate(parts):
        # processes exchange gradients once, at the last part
        quiet = accelerator.no_sync(model) if i + 1 < len(parts) else nullcontext()
        with quiet:
            with torch.autocast(
                accelerator.device.type, torch.bfloat16, enabled=config.precision == "bf16"
            ):
                logits = model(part[:, :-1], first=corpus.first - 1)
            nats = cross_entropy(
                logits.float().flatten(0, 1),
                part[:, corpus.first :].flatten(),
                ignore_index=-100 if corpus.padding is None else corpus.padding,
                reduction="sum",
            )
            share = nats / scored
            accelerator.backward(share * processes)  # they average their gradients
        loss += share.detach()
    return loss


def _check(model: LanguageModel, corpus: Corpus, config: TrainingConfig, processes: int) -> None:
    if not 1 <= corpus.first < corpus.length:
        raise ValueError(
            f"the corpus's first predicted token is {corpus.first} of {corpus.length}; it must be "
            "from 1 to one less than the length"
        )
    if corpus.length - 1 > model.config.positions:
        raise ValueError(
            f"the corpus's sequences have {corpus.length} tokens, and the model reads at most "
            f"{model.config.positions}; give it positions={corpus.length - 1}"
        )
    if config.batch % (processes * config.accumulate):
        raise ValueError(
            f"a batch of {config.batch} cannot be cut into {processes} processes × "
            f"{config.accumulate} parts; make it a multiple of {processes * config.accumulate}"
        )


def _check_same(folder: Path, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Refuse a checkpoint of another configuration, naming every field that differs."""
    differ = [
        f"{part}.{name}: {old[part].get(name)!r} in the checkpoint, {value!r} now"
        for part, fields in new.items()
        for name, value in fields.items()
        if name not in ("checkpoint_every", "measure_at") and old[part].get(name) != value
    ]
    if differ:
        raise ValueError(
            f"the checkpoint in {folder} is of another configuration ({'; '.join(differ)}); "
            "use that one, or choose another folder"
        )


def _forget_peak(device: torch.device) -> None:
    """Let the peak of memory begin anew, so that it is not that of an earlier run."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # Linux only; see proc(5)


def _peak_bytes(device: torch.device) -> int:
    """Return the most memory used: the device's, or else this process's; 0 if it is not told."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
