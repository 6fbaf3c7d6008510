"""Transformers for a page: weights of 8 bits as plain JSON, and back."""

from base64 import b64encode

import torch
from torch import Tensor

from ntp_lib.core import Vocabulary
from ntp_lib.neural.models import Block, LanguageModel, ModelConfig, Transformer, build
from ntp_lib.theory.transformer_predictor import (
    SHAPES,
    BlockJSON,
    RowsJSON,
    TransformerJSON,
    decode_rows,
)

MOST = 127
"""The largest code: a row's largest weight."""


def export_transformer(model: LanguageModel, vocabulary: Vocabulary) -> TransformerJSON:
    """Return a transformer's weights, rounded to 8 bits with a scale for each row.

    A weight is off by at most half a scale: 1/254 of the row's largest.

    Parameters
    ----------
    model : LanguageModel
        Of kind "transformer".
    vocabulary : Vocabulary
        The one it was trained on.

    Raises
    ------
    ValueError
        If the model is no transformer, or the vocabulary is not of its size.

    Examples
    --------
    >>> model = build(ModelConfig("transformer", 2, 4, width=8, layers=1, heads=2), seed=0)
    >>> weights = export_transformer(model, Vocabulary("ab"))
    >>> sorted(weights["blocks"][0]), len(weights["position"]["scales"])
    (['attend', 'join', 'narrow', 'widen'], 4)
    """
    if not isinstance(model, Transformer):
        raise ValueError(
            f"the model is of kind {model.config.kind!r}; export_model writes those that mix"
        )
    if len(vocabulary) != model.config.vocabulary:
        raise ValueError(
            f"the vocabulary has {len(vocabulary)} tokens, the model is built for "
            f"{model.config.vocabulary}; give the vocabulary that it was trained on"
        )
    return {
        "kind": "transformer",
        "vocabulary": list(vocabulary.tokens),
        "width": model.config.width,
        "heads": model.config.heads,
        "embedding": _rows(model.embedding.weight),
        "position": _rows(model.position.weight),
        "output": _rows(model.output.weight),
        "blocks": [_block(block) for block in model.blocks],  # type: ignore[arg-type]
    }


def import_transformer(weights: TransformerJSON) -> Transformer:
    """Return the transformer of exported weights: what they were but for the rounding.

    Raises
    ------
    ValueError
        If the weights do not fit together.

    Examples
    --------
    >>> model = build(ModelConfig("transformer", 2, 4, width=8, layers=1, heads=2), seed=0)
    >>> read = import_transformer(export_transformer(model, Vocabulary("ab")))
    >>> read.config == model.config
    True
    """
    d, size = weights["width"], len(weights["vocabulary"])
    positions = len(weights["position"]["scales"])
    config = ModelConfig(
        "transformer", size, positions, d, len(weights["blocks"]), weights["heads"]
    )
    model = build(config, seed=0)
    assert isinstance(model, Transformer)
    found = {
        "embedding.weight": decode_rows(weights["embedding"], "embedding", size, d),
        "position.weight": decode_rows(weights["position"], "position", positions, d),
        "output.weight": decode_rows(weights["output"], "output", size, d),
    }
    for k, block in enumerate(weights["blocks"]):
        for name, (rows, columns) in SHAPES.items():
            found[f"blocks.{k}.{name}.weight"] = decode_rows(
                block[name],  # type: ignore[literal-required]
                f"{name} of block {k}",
                rows * d,
                columns * d,
            )
    model.load_state_dict({name: torch.from_numpy(matrix) for name, matrix in found.items()})
    return model.eval()


def _block(block: Block) -> BlockJSON:
    return {
        "attend": _rows(block.attend.weight),
        "join": _rows(block.join.weight),
        "widen": _rows(block.widen.weight),
        "narrow": _rows(block.narrow.weight),
    }


@torch.no_grad()
def _rows(weight: Tensor) -> RowsJSON:
    """A matrix, each row divided by its scale and rounded."""
    exact = weight.cpu().double()
    scales = [float(f"{most / MOST:.5g}") for most in exact.abs().amax(dim=1).tolist()]
    divided = exact / torch.tensor(scales).double().clamp_min(1e-30)[:, None]
    codes = divided.round().clamp(-MOST, MOST).to(torch.int8)
    return {"scales": scales, "codes": b64encode(codes.numpy().tobytes()).decode()}
