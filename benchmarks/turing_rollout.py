"""Rollout of a compiled Turing machine: blocks of look-ups, one by one, dense, and directly.

*Dense* is the definition ⟨W_d, ψ(y)⟩ as it is written, over the S + 1 tokens that the look-backs
reach: a one-hot vector of length (S + 1)·|D| times a matrix, one token at a time. *Direct* steps
the machine and writes the same tokens, a row at a time, with numpy. The *floor* is the least that
any rollout by look-up can do: one call that gathers three table entries for each token. All run in
turn, in one process; the two slow ones write only the first tokens, each of which costs the same.

    python benchmarks/turing_rollout.py
"""

import platform
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np

from ntp_lib.core import Predictor, Scores, Tokens, rollout
from ntp_lib.theory import LinearPredictor, example_machine, machine_predictor, run, tableau

REPEATS = 7
DENSE_TOKENS = 300


class OneByOne:
    """The same predictor without the method that scores a block."""

    def __init__(self, inner: LinearPredictor) -> None:
        self.vocabulary = inner.vocabulary
        self.scores = inner.scores


class Dense:
    """The same scores from one matrix over all positions and tokens that are read."""

    def __init__(self, inner: LinearPredictor) -> None:
        self.vocabulary = inner.vocabulary
        self.reach, q = max(inner.look_backs), len(inner.vocabulary)
        weights = np.zeros((self.reach, q, q))
        for b, block in zip(inner.look_backs, inner.weights, strict=True):
            weights[self.reach - b] = block
        self.weights = weights.reshape(self.reach * q, q)
        self.one_hot = np.eye(q)

    def scores(self, prefixes: Tokens) -> Scores:
        read = self.one_hot[prefixes[:, -self.reach :]]
        return read.reshape(len(prefixes), -1) @ self.weights


def seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def compare(name: str, tape: str) -> str:
    """Time everything on one run; a row of the table, in thousands of tokens a second."""
    machine = example_machine(name)
    tokens = tableau(run(machine, tape))
    cells = run(machine, tape).cells
    prompt = len(cells) + 1
    steps = len(tokens) - prompt
    library = machine_predictor(machine, len(cells))
    q = len(machine.vocabulary)
    read = np.random.default_rng(0).integers(0, q, 3 * steps)
    table = library.weights[0, 0].copy()

    def roll(predictor: Predictor, count: int) -> Callable[[], Tokens]:
        return lambda: rollout(predictor, tokens[None, :prompt], count)

    few = min(steps, DENSE_TOKENS)
    work: dict[str, tuple[Callable[[], object], int]] = {
        "dense": (roll(Dense(library), few), few),
        "one by one": (roll(OneByOne(library), min(steps, 20_000)), min(steps, 20_000)),
        "library": (roll(library, steps), steps),
        "direct": (lambda: tableau(run(machine, tape)), steps),
        "floor": (lambda: table.take(read), steps),
    }
    for kind in ("dense", "one by one", "library"):
        call, count = work[kind]
        assert np.array_equal(np.asarray(call())[0], tokens[: prompt + count]), kind
    rates: dict[str, list[float]] = {kind: [] for kind in work}
    for _ in range(REPEATS):
        for kind, (call, count) in work.items():
            rates[kind].append(count / seconds(call))
    shown = {kind: median(values) for kind, values in rates.items()}
    over_dense = median(a / b for a, b in zip(rates["library"], rates["dense"], strict=True))
    direct = median(a / b for a, b in zip(rates["direct"], rates["library"], strict=True))
    return (
        f"{name:22}{steps:9,}{q:5}"
        + "".join(f"{rate / 1e3:12,.0f}" for rate in shown.values())
        + f"{over_dense:11,.0f}x{direct:10.1f}x"
    )


def main() -> None:
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__};")
    print(f"thousand tokens a second, median of {REPEATS} interleaved runs\n")
    kinds = ("dense", "one by one", "library", "direct", "floor")
    print(
        f"{'machine':22}{'tokens':>9}{'|D|':>5}"
        + "".join(f"{kind:>12}" for kind in kinds)
        + f"{'lib/dense':>12}{'direct/lib':>11}"
    )
    print(compare("bb4", ""))
    print(compare("binary-multiplication", "10110111*11101"))
    print(compare("unary-multiplication", f"{'1' * 7}*{'1' * 7}"))


if __name__ == "__main__":
    main()
