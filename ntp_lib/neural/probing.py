"""Probing: what a linear map reads in a transformer's residual stream, and changes of the stream.

The *residual stream* after layer ℓ is the vector that stands at each position once ℓ blocks have
added to it; after layer 0 it is the embedding of the token and its position.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from ntp_lib.core import Tokens
from ntp_lib.neural.models import LanguageModel, Transformer

Floats = NDArray[np.float64]
Stream = NDArray[np.float32]
Ints = NDArray[np.int64]

STRENGTHS = tuple(10.0**k for k in range(-5, 2))
"""The regularisations that `fit_probe` chooses from, as multiples of the features' variance."""


@torch.no_grad()
def residuals(model: LanguageModel, prompts: Tokens) -> Stream:
    """Return the residual stream after every layer, at every token.

    Parameters
    ----------
    model : LanguageModel
        A transformer.
    prompts : Tokens, shape (n, t)

    Returns
    -------
    float32 array, shape (layers + 1, n, t, width)
        After the embedding, then after each block.

    Raises
    ------
    ValueError
        If the model is no transformer, or the prompts are too long for it.

    Examples
    --------
    >>> from ntp_lib.neural import ModelConfig, build
    >>> model = build(ModelConfig("transformer", 5, positions=4, width=8, layers=2, heads=2), 0)
    >>> residuals(model, np.array([[0, 1, 2], [4, 4, 4]])).shape
    (3, 2, 3, 8)
    """
    transformer = _transformer(model)
    device = model.output.weight.device
    found = [transformer.embed(torch.as_tensor(np.asarray(prompts), device=device))]
    for block in transformer.blocks:
        found.append(block(found[-1]))
    return np.asarray(torch.stack(found).cpu().numpy())


@torch.no_grad()
def logits_from(model: LanguageModel, stream: Stream, layer: int) -> Floats:
    """Predict what follows a prompt whose residual stream after one layer is given.

    Only the layers above it are computed.

    Parameters
    ----------
    model : LanguageModel
        A transformer.
    stream : float array, shape (n, t, width)
        Such as `residuals(model, prompts)[layer]`, changed at will.
    layer : int
        0 is the embedding.

    Returns
    -------
    float array, shape (n, V)
        The logits after the last token.

    Raises
    ------
    ValueError
        If the model is no transformer, or it has no such layer.

    Examples
    --------
    >>> from ntp_lib.neural import ModelConfig, build
    >>> model = build(ModelConfig("transformer", 5, positions=4, width=8, layers=2, heads=2), 0)
    >>> stream = residuals(model, np.array([[0, 1, 2]]))
    >>> bool(np.allclose(logits_from(model, stream[1], 1), logits_from(model, stream[2], 2)))
    True
    """
    transformer = _transformer(model)
    if not 0 <= layer <= len(transformer.blocks):
        raise ValueError(f"layer is {layer}; the model has 0 to {len(transformer.blocks)}")
    weight = model.output.weight
    x = torch.as_tensor(stream, dtype=weight.dtype, device=weight.device)
    x = transformer.blocks[layer:](x)
    logits = model.output(F.layer_norm(x[:, -1], (model.config.width,)))
    return np.asarray(logits.double().cpu().numpy())


def _transformer(model: LanguageModel) -> Transformer:
    if not isinstance(model, Transformer):
        raise ValueError(
            f"the model is of kind {model.config.kind!r}; only a transformer has a residual stream"
        )
    return model


@dataclass(frozen=True, eq=False)
class Probe:
    """A linear classifier of residual streams: the class with the largest score x·W + b.

    Attributes
    ----------
    weights : float array, shape (width, classes)
    bias : float array, shape (classes,)
    strength : float
        The regularisation it was fitted with.
    """

    weights: Floats
    bias: Floats
    strength: float

    def scores(self, x: NDArray[Any]) -> Floats:
        """One score a class: (samples, width) → (samples, classes)."""
        return np.asarray(x @ self.weights + self.bias)

    def predict(self, x: NDArray[Any]) -> Ints:
        """The class with the largest score: (samples, width) → (samples,)."""
        return np.asarray(self.scores(x).argmax(axis=1))

    def accuracy(self, x: NDArray[Any], labels: Ints) -> float:
        """The share of samples whose class is right."""
        return float((self.predict(x) == labels).mean())


def fit_probe(
    x: NDArray[Any],
    labels: Ints,
    validation: tuple[NDArray[Any], Ints],
    strengths: tuple[float, ...] = STRENGTHS,
) -> Probe:
    """Fit a ridge probe: least squares on one-hot labels, with a penalty on the weights.

    W minimises Σ|x W + b − onehot(label)|² + n λ v |W|², with v the mean variance of a feature
    and b not penalised; in closed form W = (XᵀX + nλv)⁻¹XᵀY on centred X and Y. Of the strengths λ
    the one with the best accuracy on the validation samples is kept, of equals the largest.

    Parameters
    ----------
    x : float array, shape (samples, width)
    labels : int array, shape (samples,)
        Classes, from 0.
    validation : pair of arrays
        Other samples and their labels.
    strengths : tuple of float

    Raises
    ------
    ValueError
        If there are no samples, fewer than two classes, or not one label for each sample.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = rng.integers(0, 3, size=300)
    >>> x = rng.normal(size=(300, 8)) + 4 * np.eye(3, 8)[labels]
    >>> probe = fit_probe(x[:200], labels[:200], (x[200:], labels[200:]))
    >>> probe.accuracy(x[200:], labels[200:]) > 0.9
    True
    """
    x, labels = np.asarray(x, dtype=float), np.asarray(labels)
    if len(x) != len(labels) or not len(x):
        raise ValueError(f"there are {len(x)} samples and {len(labels)} labels; give one for each")
    if labels.min() == labels.max():
        raise ValueError(f"every label is {labels[0]}; give samples of at least two classes")
    targets = np.eye(int(max(labels.max(), np.max(validation[1]))) + 1)[labels]
    mean, rate = x.mean(axis=0), targets.mean(axis=0)
    centred = x - mean
    variances, axes = np.linalg.eigh(centred.T @ centred / len(x))
    seen = axes.T @ (centred.T @ (targets - rate)) / len(x)  # in the principal axes
    best, best_accuracy = None, -1.0
    for strength in sorted(strengths, reverse=True):
        penalty = max(strength * variances.mean(), np.finfo(float).tiny)
        weights = axes @ (seen / (variances.clip(0) + penalty)[:, None])
        probe = Probe(weights, rate - mean @ weights, strength)
        accuracy = probe.accuracy(*validation)
        if accuracy > best_accuracy:
            best, best_accuracy = probe, accuracy
    assert best is not None
    return best
