"""The command line with an experiment of small runs, to be killed, stopped or run side by side.

Usage: sweep_job.py run NAME …; the names are `slow` (to be killed in time) and `flawed` (one run
fails, one kills its process).
"""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ntp_lib.core import Tokens
from ntp_lib.experiments import __main__ as command_line
from ntp_lib.experiments import registry
from ntp_lib.experiments.runs import Run
from ntp_lib.neural import LanguageModel, ModelConfig, TrainingConfig
from tests.neural.training_job import Ragged


@dataclass(frozen=True)
class RaggedRun(Run):
    """A run of `Ragged`, whose batches take a while."""

    wait: float = 0.0

    def corpus(self) -> "Waiting":
        return Waiting(wait=self.wait)

    def evaluate(self, model: LanguageModel) -> dict[str, Any]:
        return {"weights": float(sum(p.detach().abs().sum() for p in model.parameters()))}

    def progress(self, model: LanguageModel) -> dict[str, float]:
        return self.evaluate(model)


@dataclass(frozen=True)
class Waiting(Ragged):
    wait: float = 0.0

    def batch(self, step: int, size: int) -> Tokens:
        time.sleep(self.wait)
        return super().batch(step, size)


@dataclass(frozen=True)
class Broken(RaggedRun):
    """It cannot be measured."""

    def progress(self, model: LanguageModel) -> dict[str, float]:
        raise RuntimeError("no such measure")


@dataclass(frozen=True)
class Killed(RaggedRun):
    """Its process is killed, as by a lack of memory."""

    def progress(self, model: LanguageModel) -> dict[str, float]:
        os.kill(os.getpid(), signal.SIGKILL)
        return {}


def make(name: str, seed: int, kind: type[RaggedRun] = RaggedRun, wait: float = 0.0) -> RaggedRun:
    """Return a run of a second or less."""
    training = TrainingConfig(
        60, batch=8, learning_rate=0.02, seed=seed, checkpoint_every=20, measure_at=(1, 3, 7)
    )
    model = ModelConfig("mlp", vocabulary=6, positions=6, width=8)
    return kind(f"{name}/seed{seed}", model, training, wait)


def slow(preset: str) -> Iterator[Run]:
    """Two runs of two seconds."""
    return (make("slow", seed, wait=0.03) for seed in range(2))


def flawed(preset: str) -> Iterator[Run]:
    """One run fails, one is killed, one is sound."""
    return (make("flawed", seed, kind) for seed, kind in enumerate((Broken, Killed, RaggedRun)))


if __name__ == "__main__":
    registry.EXPERIMENTS = {"slow": slow, "flawed": flawed}
    command_line.main()
