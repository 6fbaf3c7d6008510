"""Free-running rollout of a linear predictor: table look-ups against the dense definition.

The dense baseline computes ⟨W_d, ψ(y)⟩ as it is written: the prefix as one one-hot vector of
length (positions · |D|), times a matrix. The library reads one row of a |D| × |D| block for each
look-back instead. Both run in turn, in one process, on the same prompts. Beside them stands the
floor: the time to gather as many table entries as the library reads, in one call.

    python benchmarks/linear_rollout.py
"""

import platform
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np

from ntp_lib.core import PerStep, Scores, Tokens, Vocabulary, rollout
from ntp_lib.theory import CountParity, LinearPredictor, RunningParity

REPEATS = 7


class Dense:
    """The same linear step with its weights in one matrix over all positions and tokens."""

    def __init__(self, step: LinearPredictor, positions: int) -> None:
        self.vocabulary: Vocabulary = step.vocabulary
        q = len(step.vocabulary)
        weights = np.zeros((positions, q, q))
        for b, block in zip(step.look_backs, step.weights, strict=True):
            weights[positions - b] = block
        self.weights = weights.reshape(positions * q, q)
        self.bias = step.bias

    def scores(self, prefixes: Tokens) -> Scores:
        one_hot = np.eye(len(self.vocabulary))[prefixes].reshape(len(prefixes), -1)
        return one_hot @ self.weights + self.bias


def seconds(run: Callable[[], object]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


def compare(task: CountParity | RunningParity, batch: int) -> str:
    """Time the three on one batch; a row of the table."""
    rng = np.random.default_rng(0)
    n, length, q = task.prompt_length, task.chain_length, len(task.vocabulary)
    sparse = task.predictor()
    steps = [step for step in sparse.steps if isinstance(step, LinearPredictor)]
    dense = PerStep(n, [Dense(step, n + t) for t, step in enumerate(steps)])
    prompts = task.sample(batch, rng)
    table = rng.normal(size=(q, q))
    read = rng.integers(0, q, batch * sum(len(step.look_backs) for step in steps))
    runs: dict[str, Callable[[], object]] = {
        "dense": lambda: rollout(dense, prompts, length),
        "library": lambda: rollout(sparse, prompts, length),
        "floor": lambda: table.take(read, axis=0),
    }
    assert np.array_equal(runs["dense"](), runs["library"]())
    times = [{name: seconds(run) for name, run in runs.items()} for _ in range(REPEATS)]
    ms = {name: 1e3 * median(t[name] for t in times) for name in runs}
    ratio = median(t["dense"] / t["library"] for t in times)
    return (
        f"{type(task).__name__ + ', 128 bits':26}{batch:7}{length:8}"
        f"{ms['dense']:9.2f}{ms['library']:9.2f}{ratio:7.1f}x{ms['floor']:8.2f}"
    )


def main() -> None:
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__};")
    print(f"median of {REPEATS} interleaved runs, milliseconds for the batch\n")
    print(f"{'task':26}{'batch':>7}{'tokens':>8}{'dense':>9}{'library':>9}{'ratio':>8}{'floor':>8}")
    for task in (CountParity(128, range(128)), RunningParity(128, range(128))):
        for batch in (1, 100, 2_000):
            print(compare(task, batch))


if __name__ == "__main__":
    main()
