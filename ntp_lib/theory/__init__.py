"""Floor 2: linear next-token predictors, parity with its chains, Turing machines. Numpy only."""

from ntp_lib.theory.linear import LinearPredictor, threshold_token
from ntp_lib.theory.machine_predictor import machine_predictor, mistake_bound, squared_norm
from ntp_lib.theory.machine_text import (
    MachineTextError,
    example_machine,
    example_names,
    example_text,
    parse_machine,
)
from ntp_lib.theory.oblivious import (
    ObliviousMachine,
    oblivious_predictor,
    two_tape_palindrome,
    two_tape_schedule,
)
from ntp_lib.theory.parity import (
    BITS,
    CountParity,
    RunningParity,
    accuracy_bounds,
    best_one_token_accuracy,
    window_accuracy,
)
from ntp_lib.theory.turing import Rule, Run, TuringMachine, run, tableau, walk_back
from ntp_lib.theory.window_automaton import automaton_predictor, window_tokens

__all__ = [
    "BITS",
    "CountParity",
    "LinearPredictor",
    "MachineTextError",
    "ObliviousMachine",
    "Rule",
    "Run",
    "RunningParity",
    "TuringMachine",
    "accuracy_bounds",
    "automaton_predictor",
    "best_one_token_accuracy",
    "example_machine",
    "example_names",
    "example_text",
    "machine_predictor",
    "mistake_bound",
    "oblivious_predictor",
    "parse_machine",
    "run",
    "squared_norm",
    "tableau",
    "threshold_token",
    "two_tape_palindrome",
    "two_tape_schedule",
    "walk_back",
    "window_accuracy",
    "window_tokens",
]
