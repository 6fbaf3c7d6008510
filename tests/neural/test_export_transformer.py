"""Transformers with weights of 8 bits: torch and numpy compute the same."""

import json

import numpy as np
import pytest
import torch

from ntp_lib.core import Vocabulary
from ntp_lib.neural import ModelConfig, build
from ntp_lib.neural.export_transformer import export_transformer, import_transformer
from ntp_lib.theory.transformer_predictor import TransformerPredictor


def config(seed: int) -> ModelConfig:
    rng = np.random.default_rng(seed)
    heads = int(rng.integers(1, 5))
    return ModelConfig(
        "transformer",
        vocabulary=int(rng.integers(2, 14)),
        positions=int(rng.integers(5, 40)),
        width=heads * int(rng.integers(2, 9)),
        layers=int(rng.integers(1, 4)),
        heads=heads,
    )


@pytest.mark.parametrize("seed", range(4))
def test_torch_and_numpy_agree(seed: int) -> None:
    """On the rounded weights, in float32, to 1e-5; the JSON survives its being written."""
    shape = config(seed)
    names = Vocabulary([f"t{i}" for i in range(shape.vocabulary)])
    exported = export_transformer(build(shape, seed), names)
    weights = json.loads(json.dumps(exported))
    predictor, model = TransformerPredictor(weights), import_transformer(weights)
    assert model.config == shape
    tokens = np.random.default_rng(seed).integers(0, shape.vocabulary, (20, shape.positions + 1))
    with torch.no_grad():
        theirs = model(torch.from_numpy(tokens[:, :-1])).double().log_softmax(dim=-1).numpy()
    found = predictor.log_probabilities(tokens)[:, 1:]
    np.testing.assert_allclose(found, theirs, rtol=0, atol=1e-5)
    scores = predictor.scores(tokens[:, :4])
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(scores, theirs[:, 3], rtol=0, atol=1e-5)


def test_rounding_is_by_half_a_scale_at_most() -> None:
    model = build(config(0), 0)
    names = Vocabulary([f"t{i}" for i in range(model.config.vocabulary)])
    read = import_transformer(export_transformer(model, names))
    for name, weight in model.state_dict().items():
        off = (weight - read.state_dict()[name]).abs().amax(dim=1)
        assert (off <= weight.abs().amax(dim=1) / 253).all(), name


def test_a_row_of_zeros_stays() -> None:
    model = build(config(0), 0)
    with torch.no_grad():
        model.output.weight[0] = 0
    names = Vocabulary([f"t{i}" for i in range(model.config.vocabulary)])
    assert not import_transformer(export_transformer(model, names)).output.weight[0].any()


def test_other_models_and_vocabularies_are_refused() -> None:
    with pytest.raises(ValueError, match="kind 'linear'; export_model"):
        export_transformer(build(ModelConfig("linear", 2, 3, 4), 0), Vocabulary("ab"))
    with pytest.raises(ValueError, match="the vocabulary has 1 tokens"):
        export_transformer(build(config(0), 0), Vocabulary("a"))
