"""Floor 2: linear next-token predictors, parity with its chains, Turing machines. Numpy only."""
"""Floor 2: linear predictors, parity, circuits, exact bounds. Numpy only."""
"""Floor 2: linear next-token predictors, learning them, parity and chain lengths. Numpy only."""

from ntp_lib.theory.digits import (
    CountModulo,
    digit_token,
)
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
from ntp_lib.theory.length import (
    chain_candidates,
    digit_length,
    largest_subcubes,
    least_base,
    least_sparsity,
    questions_needed,
    sparse_candidates,
    sparse_length,
    sparse_samples,
)
from ntp_lib.theory.arithmetic import (
    comparator,
    from_bits,
    majority,
    multiplier,
    ripple_adder,
    to_bits,
    weighted_adder,
)
from ntp_lib.theory.cellular import cell_gates, cellular_circuit, simulate
from ntp_lib.theory.circuits import Circuit, CircuitTask, Gate
from ntp_lib.theory.counting import (
    dichotomies,
    exponent_at_most,
    functions_at_most,
    least_tokens,
    lookup_circuit,
)
from ntp_lib.theory.decompile import circuit_of, one_hot_circuit
from ntp_lib.theory.linear import LinearPredictor, threshold_token
from ntp_lib.theory.linear import (
    LinearPredictor,
    threshold_token,
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
from ntp_lib.theory.parity_learners import (
    consistent_subsets,
    learn_by_elimination,
    learn_by_search,
    solve_gf2,
)
from ntp_lib.theory.sparse_parity import (
    SparseParity,
    XorStep,
    parity_read,
)
from ntp_lib.theory.threshold import (
    threshold_functions,
)
from ntp_lib.theory.turing import Rule, Run, TuringMachine, run, tableau, walk_back
from ntp_lib.theory.window_automaton import automaton_predictor, window_tokens

__all__ = [
    "BITS",
    "CountModulo",
    "Circuit",
    "CircuitTask",
    "CountParity",
    "Gate",
    "Examples",
    "LinearPredictor",
    "MinimumNorm",
    "Perceptron",
    "PredictorTask",
    "RunningParity",
    "SparseParity",
    "StreamTask",
    "TableTask",
    "XorStep",
    "MachineTextError",
    "ObliviousMachine",
    "Rule",
    "Run",
    "RunningParity",
    "TuringMachine",
    "accuracy_bounds",
    "automaton_predictor",
    "best_one_token_accuracy",
    "chain_candidates",
    "chain_samples",
    "compression_bound",
    "consistent_subsets",
    "digit_length",
    "digit_token",
    "finite_class_samples",
    "free_parameters",
    "hardest_share",
    "largest_subcubes",
    "learn_by_elimination",
    "learn_by_search",
    "least_base",
    "least_sparsity",
    "log_loss",
    "log_loss_bound",
    "minimum_norm",
    "mulberry32",
    "parity_read",
    "per_step_bound",
    "perceptron",
    "perceptron_bound",
    "questions_needed",
    "separation",
    "solve_gf2",
    "sparse_candidates",
    "sparse_length",
    "sparse_samples",
    "cell_gates",
    "cellular_circuit",
    "circuit_of",
    "comparator",
    "dichotomies",
    "exponent_at_most",
    "from_bits",
    "functions_at_most",
    "least_tokens",
    "lookup_circuit",
    "majority",
    "multiplier",
    "one_hot_circuit",
    "ripple_adder",
    "simulate",
    "threshold_functions",
    "threshold_token",
    "to_bits",
    "weighted_adder",
    "table_error",
    "threshold_functions",
    "threshold_token",
    "union_bounds",
    "window_accuracy",
    "wrong_tokens_bound",
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
