"""Residual streams, changes of them, and ridge probes."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.neural import ModelConfig, build
from ntp_lib.neural.models import Transformer
from ntp_lib.neural.probing import fit_probe, logits_after, residuals

CONFIG = ModelConfig("transformer", vocabulary=7, positions=6, width=8, layers=3, heads=2)
PROMPTS = np.random.default_rng(0).integers(7, size=(5, 6))


def model(seed: int = 0) -> Transformer:
    built = build(CONFIG, seed)
    assert isinstance(built, Transformer)
    return built.eval()


@torch.no_grad()
def test_the_stream_is_that_of_the_blocks() -> None:
    network = model()
    x = network.embedding(torch.from_numpy(PROMPTS)) + network.position.weight
    expected = [x[:, -1]]
    for block in network.blocks:
        x = block(x)
        expected.append(x[:, -1])
    streams = residuals(network, PROMPTS)
    assert streams.shape == (4, 5, 8)
    np.testing.assert_allclose(streams, torch.stack(expected), atol=1e-5)
    logits = network.output(F.layer_norm(torch.from_numpy(streams[-1]).float(), (8,)))
    np.testing.assert_allclose(network.last(torch.from_numpy(PROMPTS)), logits, atol=1e-5)


@torch.no_grad()
def test_no_change_changes_nothing_and_hooks_are_gone() -> None:
    network = model()
    before = network.last(torch.from_numpy(PROMPTS))
    for layer in range(4):
        same = logits_after(network, PROMPTS, layer, np.zeros((5, 8)))
        np.testing.assert_allclose(same, before, atol=1e-6)
        assert not np.allclose(
            logits_after(network, PROMPTS, layer, np.ones((5, 8)).cumsum(1)), before
        )
    np.testing.assert_array_equal(network.last(torch.from_numpy(PROMPTS)), before)


def test_the_whole_stream_of_another_prompt_is_its_prediction_where_the_contexts_agree() -> None:
    """Prompts that differ in the last token only: exchanging the embedding exchanges all."""
    network = model()
    prompts = np.repeat(PROMPTS[:1], 2, axis=0)
    prompts[:, -1] = [1, 4]
    streams = residuals(network, prompts)
    plain = logits_after(network, prompts, 0, 0 * streams[0])
    for layer in range(4):
        swapped = logits_after(network, prompts, layer, streams[layer, ::-1] - streams[layer])
        np.testing.assert_allclose(swapped, plain[::-1], atol=1e-4)


def test_a_constant_after_the_last_layer_is_normed_away() -> None:
    network = model()
    plain = logits_after(network, PROMPTS, 3, np.zeros((5, 8)))
    np.testing.assert_allclose(logits_after(network, PROMPTS, 3, np.ones((5, 8))), plain, atol=1e-4)


def test_what_cannot_be_probed_is_refused() -> None:
    linear = build(ModelConfig("linear", vocabulary=7, positions=6, width=8), 0)
    with pytest.raises(ValueError, match="'linear'; only a transformer has a residual stream"):
        residuals(linear, PROMPTS)
    with pytest.raises(ValueError, match="layer is 4; the model has 0 to 3"):
        logits_after(model(), PROMPTS, 4, np.zeros((5, 8)))


@given(st.integers(0, 2**32 - 1), st.floats(1e-4, 10))
def test_a_probe_is_the_least_of_its_penalised_squares(seed: int, strength: float) -> None:
    """No nearby weights or bias do better."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(40, 3)) * [1, 2, 0.5] + 3
    labels = np.append([0, 1, 2], rng.integers(3, size=37))
    probe = fit_probe(x, labels, (x, labels), (strength,))
    assert probe.strength == strength

    def cost(weights: np.ndarray, bias: np.ndarray) -> float:
        errors = x @ weights + bias - np.eye(3)[labels]
        penalty = len(x) * strength * x.var(axis=0).mean()
        return float((errors**2).sum() + penalty * (weights**2).sum())

    best = cost(probe.weights, probe.bias)
    for _ in range(5):
        step = 1e-3 * rng.normal(size=(4, 3))
        assert cost(probe.weights + step[:3], probe.bias + step[3]) >= best - 1e-9


def test_the_strength_is_chosen_on_the_validation_samples() -> None:
    """With as many features as samples, an unpenalised probe only remembers."""
    rng = np.random.default_rng(1)
    labels = rng.integers(2, size=260)
    x = rng.normal(size=(260, 60))
    x[:, 0] += 2 * labels
    train, validation, test = slice(0, 60), slice(60, 160), slice(160, 260)
    given_validation = (x[validation], labels[validation])
    chosen = fit_probe(x[train], labels[train], given_validation)
    weak = fit_probe(x[train], labels[train], given_validation, (1e-9,))
    assert chosen.strength > 1e-3
    assert chosen.accuracy(x[test], labels[test]) > weak.accuracy(x[test], labels[test]) + 0.05


def test_labels_that_teach_nothing_are_refused() -> None:
    x = np.ones((3, 2))
    with pytest.raises(ValueError, match="every label is 1; give samples of at least two classes"):
        fit_probe(x, np.ones(3, int), (x, np.ones(3, int)))
    with pytest.raises(ValueError, match="there are 3 samples and 2 labels"):
        fit_probe(x, np.array([0, 1]), (x, np.array([0, 1, 0])))
