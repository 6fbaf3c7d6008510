"""Residual streams, changes of them, and ridge probes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.neural import ModelConfig, build
from ntp_lib.neural.models import Transformer
from ntp_lib.neural.probing import fit_probe, logits_from, residuals

CONFIG = ModelConfig("transformer", vocabulary=7, positions=6, width=8, layers=3, heads=2)
PROMPTS = np.random.default_rng(0).integers(7, size=(5, 6))


def model(seed: int = 0) -> Transformer:
    built = build(CONFIG, seed)
    assert isinstance(built, Transformer)
    return built.eval()


@torch.no_grad()
def test_the_stream_ends_in_the_models_own_logits() -> None:
    network = model()
    streams = residuals(network, PROMPTS)
    assert streams.shape == (4, 5, 6, 8)
    expected = network.last(torch.from_numpy(PROMPTS))
    for layer in range(4):
        np.testing.assert_allclose(logits_from(network, streams[layer], layer), expected, atol=1e-5)
    first = network.embedding.weight[PROMPTS] + network.position.weight
    np.testing.assert_allclose(streams[0], first, atol=1e-6)


def test_the_layers_above_read_the_changed_stream() -> None:
    """Exchanging the embedding of one token is reading the other prompt."""
    network = model()
    prompts = PROMPTS.copy()
    prompts[:, 2] = (prompts[:, 2] + 1) % 7
    streams, others = residuals(network, PROMPTS), residuals(network, prompts)
    changed = streams[0].copy()
    changed[:, 2] = others[0][:, 2]
    expected = logits_from(network, others[3], 3)
    np.testing.assert_allclose(logits_from(network, changed, 0), expected, atol=1e-5)
    # after the last layer only the last token matters, and its mean is normed away
    last = streams[3].copy()
    last[:, :-1] = others[3][:, :-1]
    last[:, -1] += 2
    unchanged = logits_from(network, streams[3], 3)
    np.testing.assert_allclose(logits_from(network, last, 3), unchanged, atol=1e-4)


def test_what_cannot_be_probed_is_refused() -> None:
    linear = build(ModelConfig("linear", vocabulary=7, positions=6, width=8), 0)
    with pytest.raises(ValueError, match="'linear'; only a transformer has a residual stream"):
        residuals(linear, PROMPTS)
    with pytest.raises(ValueError, match="layer is 4; the model has 0 to 3"):
        logits_from(model(), residuals(model(), PROMPTS)[3], 4)
    with pytest.raises(ValueError, match="a sequence of 12 tokens does not fit"):
        residuals(model(), np.hstack([PROMPTS, PROMPTS]))


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
