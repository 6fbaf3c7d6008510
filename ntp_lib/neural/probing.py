"""Probing: what a linear map reads in a transformer's residual stream, and changes of the stream.

The *residual stream* after layer ℓ is the vector that stands at each position once ℓ blocks have
added to it; after layer 0 it is the embedding of the token and its position.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ntp_lib.core import Tokens
from ntp_lib.neural.models import LanguageModel, Transformer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STRENGTHS = tuple(10.0**k for k in range(-5, 2))
"""The regularisations that `fit_probe` chooses from, as multiples of the features' variance."""


def residuals(model: LanguageModel, prompts: Tokens) -> Floats:
    """Return the residual stream at the last token of each prompt, after every layer.

    Parameters
    ----------
    model : LanguageModel
        A transformer.
    prompts : Tokens, shape (prompts, t)

    Returns
    -------
    float array, shape (layers + 1, prompts, width)
        After the embedding, then after each block.

    Raises
    ------
    ValueError
        If the model is no transformer.

    Examples
    --------
    >>> from ntp_lib.neural import ModelConfig, build
    >>> model = build(ModelConfig("transformer", 5, positions=4, width=8, layers=2, heads=2), 0)
    >>> residuals(model, np.array([[0, 1, 2], [4, 4, 4]])).shape
    (3, 2, 8)
    """
    seen: list[Tensor] = []

    def look(stream: Tensor) -> Tensor:
        seen.append(stream[:, -1])
        return stream

    transformer = _transformer(model)
    with torch.no_grad(), _at(transformer, range(len(transformer.blocks) + 1), look):
        model.last(_tensor(model, prompts))
    return np.asarray(torch.stack(seen).double().cpu().numpy())


def logits_after(
    model: LanguageModel, prompts: Tokens, layer: int, change: ArrayLike
) -> NDArray[np.float64]:
    """Predict the next token after a change of the residual stream.

    The change is added after one layer, at the last token of each prompt; the layers above read
    the changed stream. With a change of 0 nothing happens.

    Parameters
    ----------
    model : LanguageModel
        A transformer.
    prompts : Tokens, shape (prompts, t)
    layer : int
        0 is the embedding.
    change : array_like, shape (prompts, width)

    Returns
    -------
    float array, shape (prompts, V)

    Raises
    ------
    ValueError
        If the model is no transformer, or it has no such layer.

    Examples
    --------
    >>> from ntp_lib.neural import ModelConfig, build
    >>> model = build(ModelConfig("transformer", 5, positions=4, width=8, layers=2, heads=2), 0)
    >>> prompts = np.array([[0, 1, 2], [4, 4, 4]])
    >>> stream = residuals(model, prompts)
    >>> swapped = logits_after(model, prompts, layer=2, change=stream[2, ::-1] - stream[2])
    >>> bool(np.allclose(swapped, logits_after(model, prompts, 2, 0 * stream[2])[::-1], atol=1e-5))
    True
    """
    transformer = _transformer(model)
    if not 0 <= layer <= len(transformer.blocks):
        raise ValueError(f"layer is {layer}; the model has 0 to {len(transformer.blocks)}")
    weight = model.output.weight
    added = torch.as_tensor(np.asarray(change), dtype=weight.dtype, device=weight.device)

    def add(stream: Tensor) -> Tensor:
        return torch.cat([stream[:, :-1], stream[:, -1:] + added[:, None]], dim=1)

    with torch.no_grad(), _at(transformer, [layer], add):
        return np.asarray(model.last(_tensor(model, prompts)).double().cpu().numpy())


@contextmanager
def _at(model: Transformer, layers: ArrayLike, act: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """Let `act` read, and replace, the whole stream (batch, t, d) after each of some layers."""
    handles = [
        model.blocks[layer].register_forward_pre_hook(lambda _, given: (act(given[0]),))
        if layer < len(model.blocks)
        else model.blocks.register_forward_hook(lambda _, given, stream: act(stream))
        for layer in np.asarray(layers).tolist()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _transformer(model: LanguageModel) -> Transformer:
    if not isinstance(model, Transformer):
        raise ValueError(
            f"the model is of kind {model.config.kind!r}; only a transformer has a residual stream"
        )
    return model


def _tensor(model: LanguageModel, prompts: Tokens) -> Tensor:
    return torch.as_tensor(np.asarray(prompts), device=model.output.weight.device)


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

    def scores(self, x: Floats) -> Floats:
        """One score a class: (samples, width) → (samples, classes)."""
        return np.asarray(x @ self.weights + self.bias)

    def predict(self, x: Floats) -> Ints:
        """The class with the largest score: (samples, width) → (samples,)."""
        return np.asarray(self.scores(x).argmax(axis=1))

    def accuracy(self, x: Floats, labels: Ints) -> float:
        """The share of samples whose class is right."""
        return float((self.predict(x) == labels).mean())


def fit_probe(
    x: Floats,
    labels: Ints,
    validation: tuple[Floats, Ints],
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
