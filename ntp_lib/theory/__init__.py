"""Floor 2: linear next-token predictors, learning them, parity, exact bounds. Numpy only."""

from ntp_lib.theory.learning import (
    Examples,
    MinimumNorm,
    Perceptron,
    log_loss,
    minimum_norm,
    perceptron,
    separation,
)
from ntp_lib.theory.learning_bounds import (
    chain_samples,
    compression_bound,
    finite_class_samples,
    free_parameters,
    hardest_share,
    log_loss_bound,
    per_step_bound,
    perceptron_bound,
    table_error,
    union_bounds,
    wrong_tokens_bound,
)
from ntp_lib.theory.learning_tasks import (
    PredictorTask,
    StreamTask,
    TableTask,
    mulberry32,
)
from ntp_lib.theory.linear import LinearPredictor, threshold_token
from ntp_lib.theory.parity import (
    BITS,
    CountParity,
    RunningParity,
    accuracy_bounds,
    best_one_token_accuracy,
    window_accuracy,
)

__all__ = [
    "BITS",
    "CountParity",
    "Examples",
    "LinearPredictor",
    "MinimumNorm",
    "Perceptron",
    "PredictorTask",
    "RunningParity",
    "StreamTask",
    "TableTask",
    "accuracy_bounds",
    "best_one_token_accuracy",
    "chain_samples",
    "compression_bound",
    "finite_class_samples",
    "free_parameters",
    "hardest_share",
    "log_loss",
    "log_loss_bound",
    "minimum_norm",
    "mulberry32",
    "per_step_bound",
    "perceptron",
    "perceptron_bound",
    "separation",
    "table_error",
    "threshold_token",
    "union_bounds",
    "window_accuracy",
    "wrong_tokens_bound",
]
