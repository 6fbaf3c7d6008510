"""Language models behind one interface: linear, MLP and transformer."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import log
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ntp_lib.neural.mixing import CausalMixing

Kind = Literal["linear", "mlp", "transformer"]


@dataclass(frozen=True)
class ModelConfig:
    """The shape of a language model.

    Parameters
    ----------
    kind : "linear", "mlp" or "transformer"
    vocabulary : int
        The number V of tokens.
    positions : int
        T: the longest prefix it can read.
    width : int
        d: the numbers that stand for a token.
    layers, heads : int
        The transformer's blocks, and the attention heads of each; 0 for the other kinds.

    Raises
    ------
    ValueError
        If the kind is unknown, a size is below 1, layers or heads do not fit the kind, or the
        heads do not divide the width.

    Examples
    --------
    >>> ModelConfig("linear", vocabulary=10, positions=8, width=4).layers
    0
    """

    kind: Kind
    vocabulary: int
    positions: int
    width: int
    layers: int = 0
    heads: int = 0

    def __post_init__(self) -> None:
        if self.kind not in ("linear", "mlp", "transformer"):
            raise ValueError(f"kind is {self.kind!r}; it must be linear, mlp or transformer")
        for name in ("vocabulary", "positions", "width"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        for name in ("layers", "heads"):
            value = getattr(self, name)
            if self.kind == "transformer" and value < 1:
                raise ValueError(f"{name} is {value}; a transformer needs at least 1")
            if self.kind != "transformer" and value != 0:
                raise ValueError(f"{name} is {value}; a {self.kind} model has none: leave it 0")
        if self.kind == "transformer" and self.width % self.heads:
            raise ValueError(
                f"{self.heads} heads do not divide the width {self.width}; change one of them"
            )


PAPER_STORIES = ModelConfig("linear", vocabulary=50_257, positions=64, width=256)
"""The paper's TinyStories model: 162M active parameters."""

PAPER_MULTIPLICATION = ModelConfig("mlp", vocabulary=117, positions=307, width=128)
"""The paper's multiplication model: 775M active parameters.

Its sizes are those of the program published with the paper; that has biases too.
"""


def active_parameters(config: ModelConfig) -> int:
    """Count a model's parameters without building it.

    Linear and MLP: 2·V·d for embedding and output, T(T+1)/2·d² for the mixing triangle, and d²
    for the MLP's second layer. Transformer: 2·V·d, T·d for the positions and 12·d² a layer.

    Examples
    --------
    >>> active_parameters(PAPER_STORIES)
    162046464
    """
    v, t, d = config.vocabulary, config.positions, config.width
    inner = {
        "linear": t * (t + 1) // 2 * d**2,
        "mlp": t * (t + 1) // 2 * d**2 + d**2,
        "transformer": t * d + 12 * config.layers * d**2,
    }
    return 2 * v * d + inner[config.kind]


def matching_transformer(config: ModelConfig) -> ModelConfig:
    """Shape a transformer that has as many active parameters as another model, within 3 %.

    Of the shapes that near it takes the one whose width is nearest to 48 times its layers, the
    proportion of small GPT-2-like models, with heads of 16 to 64 numbers. Very small models may
    have none: then it takes the nearest count.

    Examples
    --------
    >>> matching_transformer(ModelConfig("linear", vocabulary=133, positions=80, width=32))
    ModelConfig(kind='transformer', vocabulary=133, positions=80, width=256, layers=4, heads=4)
    """
    target = active_parameters(config)
    shapes = [
        ModelConfig("transformer", config.vocabulary, config.positions, heads * size, layers, heads)
        for layers in range(1, 49)
        for heads in range(1, 33)
        for size in range(16, 65, 8)
    ]

    def distance(shape: ModelConfig) -> tuple[float, float]:
        error = abs(active_parameters(shape) / target - 1)
        proportion = abs(log(shape.width / (48 * shape.layers)))
        return max(error, 0.03), proportion

    return min(shapes, key=distance)


class LanguageModel(nn.Module, ABC):
    """Next-token logits for every prefix of a batch of sequences.

    Attributes
    ----------
    config : ModelConfig
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.output = nn.Linear(config.width, config.vocabulary, bias=False)

    @abstractmethod
    def forward(self, tokens: Tensor, first: int = 0) -> Tensor:
        """Predict after each of the tokens first … t−1: (batch, t) → (batch, t−first, V)."""

    @abstractmethod
    def last(self, tokens: Tensor) -> Tensor:
        """Predict only after the last token: (batch, t) → (batch, V)."""


class MixingModel(LanguageModel):
    """Embedding, causal mixing, output: a linear model; with two ReLUs between, an MLP.

    No biases, no residuals, no normalisation. Source: Malach 2024 (both models).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.mixing = CausalMixing(config.positions, config.width)
        hidden = nn.Linear(config.width, config.width, bias=False)
        between = (nn.ReLU(), hidden, nn.ReLU()) if config.kind == "mlp" else ()
        self.head = nn.Sequential(*between)

    def forward(self, tokens: Tensor, first: int = 0) -> Tensor:
        mixed = self.mixing(self.embedding(tokens))  # (batch, t, d)
        logits: Tensor = self.output(self.head(mixed[:, first:]))  # (batch, t - first, V)
        return logits

    def last(self, tokens: Tensor) -> Tensor:
        mixed = self.mixing.last(self.embedding(tokens))  # (batch, d)
        logits: Tensor = self.output(self.head(mixed))  # (batch, V)
        return logits


class Transformer(LanguageModel):
    """A decoder-only transformer: pre-norm, learned positions, no biases.

    The output is not tied to the embedding and the norms have no weights, so that the parameters
    outside its blocks are those of the mixing models but for the T·d of the positions.
    Source: classical (Vaswani et al. 2017; the pre-norm form of GPT-2).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.position = nn.Embedding(config.positions, config.width)
        self.blocks = nn.Sequential(*(Block(config) for _ in range(config.layers)))

    def forward(self, tokens: Tensor, first: int = 0) -> Tensor:
        x = self._read(tokens)[:, first:]
        logits: Tensor = self.output(x)  # (batch, t - first, V)
        return logits

    def last(self, tokens: Tensor) -> Tensor:
        logits: Tensor = self.output(self._read(tokens)[:, -1])  # (batch, V)
        return logits

    def embed(self, tokens: Tensor) -> Tensor:
        """Return what the first block reads: (batch, t) → (batch, t, d)."""
        t = tokens.shape[1]
        if not 1 <= t <= self.config.positions:
            raise ValueError(
                f"a sequence of {t} tokens does not fit; this model reads 1 to "
                f"{self.config.positions}"
            )
        x: Tensor = self.embedding(tokens) + self.position.weight[:t]  # (batch, t, d)
        return x

    def _read(self, tokens: Tensor) -> Tensor:
        return F.layer_norm(self.blocks(self.embed(tokens)), (self.config.width,))


class Block(nn.Module):
    """Self-attention, then an MLP of width 4d, each added to its input."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        d, self.heads = config.width, config.heads
        self.attend = nn.Linear(d, 3 * d, bias=False)
        self.join = nn.Linear(d, d, bias=False)
        self.widen = nn.Linear(d, 4 * d, bias=False)
        self.narrow = nn.Linear(4 * d, d, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        batch, t, d = x.shape
        qkv = self.attend(F.layer_norm(x, (d,)))  # (batch, t, 3d)
        q, k, v = qkv.view(batch, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (batch, heads, t, d/heads)
        x = x + self.join(y.transpose(1, 2).reshape(batch, t, d))
        y = self.widen(F.layer_norm(x, (d,)))  # (batch, t, 4d)
        x = x + self.narrow(F.gelu(y))  # (batch, t, d)
        return x


def build(config: ModelConfig, seed: int) -> LanguageModel:
    """Build a model whose initial weights are a function of the seed.

    The state of torch's global generator is left as it was.

    Examples
    --------
    >>> model = build(ModelConfig("mlp", vocabulary=5, positions=8, width=4), seed=0)
    >>> model(torch.tensor([[1, 2, 3]])).shape
    torch.Size([1, 3, 5])
    """
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        model = Transformer(config) if config.kind == "transformer" else MixingModel(config)
        model.apply(_initialise)
    return model


def _initialise(module: nn.Module) -> None:
    """Embeddings of variance 1; matrices that keep the variance of what they read."""
    if isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=module.in_features**-0.5)
