"""Floor 3: neural next-token predictors in torch, and their training."""

from ntp_lib.neural.export import export_model, round_weights
from ntp_lib.neural.export_transformer import export_transformer, import_transformer
from ntp_lib.neural.mixing import CausalMixing
from ntp_lib.neural.models import (
    PAPER_MULTIPLICATION,
    PAPER_STORIES,
    LanguageModel,
    MixingModel,
    ModelConfig,
    Transformer,
    active_parameters,
    build,
    matching_transformer,
)
from ntp_lib.neural.predictor import (
    NeuralPredictor,
    as_linear_predictor,
    position_scores,
)
from ntp_lib.neural.training import Corpus, TrainingConfig, log_spaced, train

__all__ = [
    "PAPER_MULTIPLICATION",
    "PAPER_STORIES",
    "CausalMixing",
    "Corpus",
    "LanguageModel",
    "MixingModel",
    "ModelConfig",
    "NeuralPredictor",
    "TrainingConfig",
    "Transformer",
    "active_parameters",
    "as_linear_predictor",
    "build",
    "export_model",
    "export_transformer",
    "import_transformer",
    "log_spaced",
    "matching_transformer",
    "position_scores",
    "round_weights",
    "train",
]
