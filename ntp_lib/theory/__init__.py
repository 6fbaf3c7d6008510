"""Floor 2: linear next-token predictors, parity with its chains, exact bounds. Numpy only."""

from ntp_lib.theory.linear import LinearPredictor, threshold_token
from ntp_lib.theory.parity import (
    BITS,
    CountParity,
    RunningParity,
    accuracy_bounds,
    best_one_token_accuracy,
    window_accuracy,
)
from ntp_lib.theory.threshold import threshold_functions

__all__ = [
    "BITS",
    "CountParity",
    "LinearPredictor",
    "RunningParity",
    "accuracy_bounds",
    "best_one_token_accuracy",
    "threshold_functions",
    "threshold_token",
    "window_accuracy",
]
