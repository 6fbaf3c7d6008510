import gzip
import json
from collections.abc import Iterator

import pytest
import traitlets
from ipywidgets import Widget

from ntp_lib.show import LearningDial
from ntp_lib.show.learning_dial import SAMPLES, TOKENS
from ntp_lib.theory import StreamTask, compression_bound, per_step_bound


@pytest.fixture(autouse=True)
def _close_widgets() -> Iterator[None]:
    yield
    Widget.close_all()


def test_it_starts_where_weights_per_step_fail() -> None:
    dial = LearningDial()
    assert (dial.samples, dial.tokens, dial.shared, dial.seed) == (100, 16, False, 1)
    assert dial.task == StreamTask(16, 1)


def test_the_state_is_plain_json_and_small() -> None:
    dial = LearningDial()
    text = json.dumps(dial.setting)
    assert len(gzip.compress((text + dial._esm + dial._css).encode())) < 12_000


def test_the_bounds_are_the_library_s() -> None:
    setting = LearningDial().setting
    for i, samples in enumerate(SAMPLES):
        assert setting["shared_bounds"][i] == compression_bound(samples, 13, 0.05)
        for j, tokens in enumerate(TOKENS):
            bound = per_step_bound(samples, 13, tokens, 0.05)
            assert setting["per_step_bounds"][i][j] == bound


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"samples": 11}, "samples is 11; give one of 10, 20, 50"),
        ({"tokens": 3}, "tokens is 3; give one of 1, 2, 4"),
        ({"seed": 1000}, "seed is 1000; give 0 to 999"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_a_value_that_is_not_offered_is_refused(given: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LearningDial(**given)
    dial = LearningDial()
    for name, value in given.items():
        with pytest.raises(ValueError, match=message):
            setattr(dial, name, value)
        assert getattr(dial, name) == getattr(LearningDial(), name)


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(traitlets.TraitError):
        LearningDial().samples = "many"
