"""What a run will cost, before it starts: arithmetic, memory and time."""

from dataclasses import dataclass
from time import perf_counter

import torch

from ntp_lib.neural import Corpus, ModelConfig, TrainingConfig, active_parameters

UTILISATION = 0.45
"""The share of a processor's best matrix products that training reaches.

The recorded runs of models at least 32 wide, with the mixing layer as it is, reach 0.32 (linear, 4
positions, 7 ms a step) to 0.81 (a transformer 320 wide) of 100 GFLOP/s, in processor time, on one
core of an AMD EPYC at 2.6 GHz; half of them more than 0.44. Models for a page, 8 to 24 wide, reach
0.01 to 0.25.
"""
PROCESS = 330 * 2**20
"""The bytes of Python and torch themselves, measured in the smallest runs."""


@dataclass(frozen=True)
class Estimate:
    """The cost of a run.

    Attributes
    ----------
    flops : float
        Floating-point operations of training, all steps.
    memory : float
        Bytes that one process needs at once while it trains, Python and torch included.
    seconds : float
        Time of training, evaluation not included.
    """

    flops: float
    memory: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.flops:.2g} FLOPs, {self.memory / 2**30:.2g} GiB, about {duration(self.seconds)}"
        )


def duration(seconds: float) -> str:
    """Return a length of time in the unit that fits it.

    Examples
    --------
    >>> duration(90), duration(7200), duration(200_000)
    ('90 s', '2.0 h', '2.3 days')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} days"


def training_flops(model: ModelConfig, length: int, first: int) -> int:
    """Return the floating-point operations of one training sequence.

    A weight costs 6 each time a position uses it: a product and a sum in the forward pass, twice
    that in the backward pass. The embedding is looked up, which costs nothing. A mixing weight
    W_ij is used once a sequence, so reading t positions costs 6 · t(t+1)/2 · d². The output (and
    an MLP's second layer) works only where a token is predicted. Attention adds, for each layer,
    the products of queries with keys and of weights with values: 6 · 2 · t² · d, its masked half
    included.

    Parameters
    ----------
    model : ModelConfig
    length : int
        Tokens of the sequence; all but the last are read.
    first : int
        The index of the first predicted token.

    Examples
    --------
    Mixing 8 positions of width 4, and 8 predictions among 10 tokens:

    >>> training_flops(ModelConfig("linear", 10, 8, 4), length=9, first=1)
    5376
    """
    t, d, predicted = length - 1, model.width, length - first
    uses = predicted * d * model.vocabulary
    if model.kind == "transformer":
        uses += model.layers * (t * 12 * d**2 + 2 * t**2 * d)
    else:
        uses += t * (t + 1) // 2 * d**2
    if model.kind == "mlp":
        uses += predicted * d**2
    return 6 * uses


def training_memory(model: ModelConfig, batch: int, length: int, first: int) -> int:
    """Return the bytes that training needs at once, roughly.

    A parameter takes 16: itself, its gradient and AdamW's two moments, 4 bytes each. Of each
    sequence the backward pass needs what every layer read, 4 bytes a number: 2 numbers of width d
    a position (4 for an MLP, 18 a layer for a transformer), and a prediction's V logits about
    three times over.

    Parameters
    ----------
    model : ModelConfig
    batch : int
        The sequences of one part of a batch on one process.
    length, first : int
        As for `training_flops`.

    Examples
    --------
    >>> training_memory(ModelConfig("linear", 10, 8, 4), batch=1, length=9, first=1)
    11712
    """
    t, d, predicted = length - 1, model.width, length - first
    layers = {"linear": 2, "mlp": 4, "transformer": 2 + 18 * model.layers}[model.kind]
    numbers = t * layers * d + predicted * 3 * model.vocabulary
    return 16 * active_parameters(model) + 4 * batch * numbers


def measured_speed(device: torch.device, seconds: float = 0.5) -> float:
    """Measure the best of half a second of matrix products: float32 operations a second."""
    side = 512 if device.type == "cpu" else 8192  # milliseconds each
    x = torch.randn(side, side, device=device)
    best, end = torch.inf, perf_counter() + seconds
    while perf_counter() < end:
        began = perf_counter()
        (x @ x)[0, 0].item()  # reading a number waits for the device
        best = min(best, perf_counter() - began)
    return 2 * side**3 / best


def estimate(
    model: ModelConfig, training: TrainingConfig, corpus: Corpus, speed: float, processes: int = 1
) -> Estimate:
    """Return what training costs at a measured speed of matrix products.

    The time supposes that training reaches `UTILISATION` of that speed, as our own runs do, and
    that nothing else runs.

    Parameters
    ----------
    speed : float
        Operations a second of one process, from `measured_speed`.
    processes : int
        How many share a batch.
    """
    sequences = training.steps * training.batch
    flops = sequences * training_flops(model, corpus.length, corpus.first)
    part = training.batch // (training.accumulate * processes)
    return Estimate(
        flops=flops,
        memory=PROCESS + training_memory(model, part, corpus.length, corpus.first),
        seconds=flops / (speed * UTILISATION * processes),
    )
