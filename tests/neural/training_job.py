"""A small training as a program of its own, to be killed or to be run as several processes.

Usage: training_job.py FOLDER STEPS CHECKPOINT_EVERY
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ntp_lib.core import Tokens
from ntp_lib.neural import ModelConfig, TrainingConfig, build, train


@dataclass(frozen=True)
class Ragged:
    """Counting modulo 5 from a random start, cut off at a random length; 5 is the padding."""

    length: int = 7
    first: int = 2
    padding: int | None = 5

    def batch(self, step: int, size: int) -> Tokens:
        rng = np.random.default_rng([7, step])
        sequences = (rng.integers(0, 5, size=(size, 1)) + np.arange(self.length)) % 5
        ends = rng.integers(self.first + 1, self.length + 1, size=(size, 1))
        return np.where(np.arange(self.length) < ends, sequences, 5)


MODEL = ModelConfig("mlp", vocabulary=6, positions=6, width=8)


def config(steps: int, checkpoint_every: int = 1000, **others: Any) -> TrainingConfig:
    """AdamW that warms up over a quarter of the steps."""
    shape = {"batch": 8, "learning_rate": 0.02, "warmup": steps // 4}
    return TrainingConfig(steps, checkpoint_every=checkpoint_every, **shape, **others)


@dataclass(frozen=True)
class Slow(Ragged):
    """The same, but a batch takes a hundredth of a second, so that it can be killed in time."""

    def batch(self, step: int, size: int) -> Tokens:
        time.sleep(0.01)
        return super().batch(step, size)


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder, steps, every = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    losses = train(build(MODEL, seed=3), Slow(), config(steps, every), folder, resume=True)
    (folder / f"losses-{time.time_ns()}.json").write_text(json.dumps(losses))
