"""The estimate of a run: against torch's own count, the parameters, and a clock."""

import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import cross_entropy
from torch.utils.flop_counter import FlopCounterMode

from ntp_lib.experiments.estimate import (
    PROCESS,
    UTILISATION,
    estimate,
    measured_speed,
    training_flops,
    training_memory,
)
from ntp_lib.experiments.results import records
from ntp_lib.neural import ModelConfig, TrainingConfig, active_parameters, build
from tests.neural.training_job import Ragged


@pytest.mark.parametrize(
    ("model", "first", "slack"),
    [
        (ModelConfig("linear", 50, 16, 32), 1, 0.0),
        (ModelConfig("linear", 50, 16, 32), 9, 0.0),
        (ModelConfig("mlp", 50, 16, 32), 9, 0.0),
        (ModelConfig("transformer", 50, 24, 32, layers=2, heads=4), 1, 0.0),
        # the diagonal of a long mixing layer is stored in small squares, half of them zeros
        (ModelConfig("mlp", 50, 80, 32), 5, 0.06),
    ],
    ids=lambda value: str(getattr(value, "kind", value)),
)
def test_flops_are_those_that_torch_counts(model, first, slack):
    length, batch = model.positions + 1, 3
    tokens = torch.zeros(batch, length, dtype=torch.int64)
    # torch does not count addmm_ by itself: a sum and the product of (m, k) and (k, n)
    in_place = {torch.ops.aten.addmm_: lambda y, a, b, **_: 2 * a[0] * a[1] * b[1]}
    counter = FlopCounterMode(display=False, custom_mapping=in_place)
    with sdpa_kernel(SDPBackend.MATH), counter as counted:
        logits = build(model, seed=0)(tokens[:, :-1], first=first - 1)
        cross_entropy(logits.flatten(0, 1), tokens[:, first:].flatten()).backward()
    ours = batch * training_flops(model, length, first)
    assert ours <= counted.get_total_flops() <= ours * (1 + slack)


def test_a_mixing_weight_works_once_a_sequence():
    small, large = (ModelConfig("linear", 10, 64, d) for d in (32, 64))
    output = 6 * 64 * 10 * 32  # grows with d; the triangle, with d²
    assert training_flops(large, 65, 1) - 2 * output == 4 * (training_flops(small, 65, 1) - output)
    assert training_flops(small, 65, 1) - output == 6 * 64 * 65 // 2 * 32**2


def test_time_and_memory_follow_the_sizes():
    model = ModelConfig("mlp", 6, 6, 8)
    training = TrainingConfig(100, batch=16, learning_rate=0.1)
    whole = estimate(model, training, Ragged(), speed=1e6)
    assert whole.flops == 1600 * training_flops(model, 7, 2)
    assert whole.seconds == pytest.approx(whole.flops / (1e6 * UTILISATION))
    halves = estimate(model, training, Ragged(), speed=1e6, processes=2)
    assert halves.seconds == pytest.approx(whole.seconds / 2)
    fixed = PROCESS + 16 * active_parameters(model)
    assert halves.memory - fixed == pytest.approx((whole.memory - fixed) / 2)
    assert training_memory(model, 16, 7, 2) + PROCESS == whole.memory


def test_the_recorded_runs_reach_that_share_of_the_speed():
    older = ("c487795b", "59e4a76f")  # their mixing layer did other products
    shares = []
    for name in ("multiplication", "multiplication-digits", "multiplication-longer", "stories"):
        for record in records(name):
            model = ModelConfig(**record["model"])
            same_layer = model.kind == "transformer" or not record["commit"].startswith(older)
            if model.width < 32 or record["device"] != "AMD EPYC" or not same_layer:
                continue
            length = record["tokens"] // record["sequences"]
            first = sum(record["digits"]) + 2 if "digits" in record else 1
            flops = record["sequences"] * training_flops(model, length, first)
            shares.append(flops / record["cpu_seconds"] / 100e9)
    assert len(shares) >= 19
    assert np.median(shares) == pytest.approx(UTILISATION, abs=0.1)
    assert min(shares) > 0.2
    assert max(shares) < 0.9


def test_the_measured_speed_is_a_speed():
    assert 1e8 < measured_speed(torch.device("cpu"), seconds=0.05) < 1e14
