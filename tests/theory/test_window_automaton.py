import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.core import rollout, teacher_force
from ntp_lib.theory import automaton_predictor, window_tokens


def _rows(rule: np.ndarray, first: np.ndarray, steps: int) -> np.ndarray:
    """The automaton itself, on a tape whose outside is quiescent."""
    rows = [first]
    for _ in range(steps):
        padded = np.pad(rows[-1], 1)
        rows.append(rule[padded[:-2], padded[1:-1], padded[2:]])
    return np.array(rows)


@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 5), st.integers(0, 10**6))
def test_any_radius_one_automaton_one_token_a_cell(
    states: int, cells: int, steps: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rule = rng.integers(0, states, (states, states, states))
    rule[0, 0, 0] = 0
    # quiescent on both sides for one step more than is computed
    first = np.pad(rng.integers(0, states, cells), steps + 2)
    tokens = window_tokens(_rows(rule, first, steps), states)
    predictor = automaton_predictor(rule, len(first))
    prompt = len(first) + 1
    np.testing.assert_array_equal(
        rollout(predictor, tokens[None, :prompt], len(tokens) - prompt)[0], tokens
    )
    if states > 1:
        forced = teacher_force(predictor, tokens[None], prompt)
        assert (forced.margins == 1).all()


def test_all_elementary_rules_on_a_long_tape() -> None:
    rng = np.random.default_rng(0)
    for number in range(0, 256, 2):  # an odd number does not keep zeros
        rule = ((number >> np.arange(8)) & 1).reshape(2, 2, 2)
        first = np.pad(rng.integers(0, 2, 10), 12)
        tokens = window_tokens(_rows(rule, first, 10), 2)
        prompt = len(first) + 1
        predictor = automaton_predictor(rule, len(first))
        written = rollout(predictor, tokens[None, :prompt], len(tokens) - prompt)
        assert (written == tokens).all()


@pytest.mark.parametrize(
    ("rule", "width", "message"),
    [
        (np.zeros((2, 2)), 5, r"the rule has shape \(2, 2\)"),
        (np.full((2, 2, 2), 2), 5, "entries 0 to c − 1"),
        (np.zeros((11, 11, 11), int), 5, "c at most 10"),
        (np.ones((2, 2, 2), int), 5, r"rule\[0, 0, 0\] is 1"),
        (np.zeros((2, 2, 2), int), 1, "width is 1"),
    ],
)
def test_bad_input_is_named(rule: np.ndarray, width: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        automaton_predictor(rule, width)
