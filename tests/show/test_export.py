import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.core import PerStep, Predictor, Scores, Tokens, Vocabulary
from ntp_lib.show import predictor_json
from ntp_lib.theory import BITS, CountParity, LinearPredictor, RunningParity


def restored(exported: dict[str, object]) -> Predictor:
    """Build the predictor back from its JSON."""
    data = json.loads(json.dumps(exported))
    vocabulary = Vocabulary(data["vocabulary"])
    steps = [
        LinearPredictor(vocabulary, step["look_backs"], step["weights"], step["bias"])
        for step in data["steps"]
    ]
    return steps[0] if data["prompt_length"] is None else PerStep(data["prompt_length"], steps)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(0, 4))
def test_a_linear_predictor_survives_the_round_trip(seed: int, q: int, reads: int) -> None:
    rng = np.random.default_rng(seed)
    vocabulary = Vocabulary([f"t{i}" for i in range(q)])
    look_backs = rng.choice(np.arange(1, 8), reads, replace=False)
    original = LinearPredictor(
        vocabulary, look_backs, rng.normal(size=(reads, q, q)), rng.integers(-3, 3, q)
    )
    exported = predictor_json(original)
    assert exported["prompt_length"] is None
    prefixes = rng.integers(0, q, (20, 8))
    again = restored(exported)
    assert again.vocabulary == vocabulary
    np.testing.assert_array_equal(again.scores(prefixes), original.scores(prefixes))


@pytest.mark.parametrize("task", [CountParity(5, (0, 2, 4)), RunningParity(5, (0, 2, 4))])
def test_a_predictor_for_each_step_survives_the_round_trip(
    task: CountParity | RunningParity,
) -> None:
    original = task.predictor()
    again = restored(predictor_json(original))
    sequences = task.complete(task.all_prompts())
    for length in range(task.n, task.n + task.chain_length):
        prefixes = sequences[:, :length]
        np.testing.assert_array_equal(again.scores(prefixes), original.scores(prefixes))


def test_only_linear_predictors_are_exported() -> None:
    class Repeat:
        vocabulary = BITS

        def scores(self, prefixes: Tokens) -> Scores:
            return np.eye(2)[prefixes[:, -1]]

        def __repr__(self) -> str:
            return "Repeat()"

    for predictor in (Repeat(), PerStep(1, [Repeat()])):
        with pytest.raises(ValueError, match=r"Repeat\(\) is not linear; give a LinearPredictor"):
            predictor_json(predictor)
