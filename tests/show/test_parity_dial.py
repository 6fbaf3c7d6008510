import gzip
import json
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
import traitlets
from ipywidgets import Widget

from ntp_lib.core import PerStep, Vocabulary, evaluate
from ntp_lib.show import ParityDial
from ntp_lib.show.parity_dial import chain_lengths
from ntp_lib.theory import (
    CountParity,
    LinearPredictor,
    RunningParity,
    accuracy_bounds,
    window_accuracy,
)


@pytest.fixture(autouse=True)
def _close_widgets() -> Iterator[None]:
    yield
    Widget.close_all()


def test_it_starts_where_one_token_is_wrong() -> None:
    dial = ParityDial()
    assert (dial.n, dial.subset, dial.tokens) == (7, list(range(7)), 1)
    prompt = np.array([dial.bits])
    assert dial.task == CountParity(7, tuple(range(7)), 1)
    assert evaluate(dial.task.predictor(), dial.task, prompt).answer_error == 1


def test_the_state_is_plain_json_and_small() -> None:
    dial = ParityDial(max_n=10)
    state = json.dumps(
        {name: getattr(dial, name) for name in dial.keys if name[0] != "_"}, default=str
    )
    text = json.dumps(dial.chains)
    assert json.dumps(json.loads(text)) == text
    assert len(text) < 60_000
    assert len(gzip.compress((state + dial._esm + dial._css).encode())) < 15_000


@pytest.mark.parametrize(
    ("size", "lengths"), [(1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (8, [1, 2, 3, 4, 8])]
)
def test_the_slider_s_stops(size: int, lengths: list[int]) -> None:
    assert chain_lengths(size) == lengths


def test_every_chain_is_exported_with_its_weights_and_what_is_proved() -> None:
    dial = ParityDial(max_n=10)
    assert len(dial.chains) == 10
    for size, chains in enumerate(dial.chains, start=1):
        assert [chain["tokens"] for chain in chains] == chain_lengths(size)
        everything = tuple(range(size))
        for chain in chains:
            tokens = chain["tokens"]
            accuracy = Fraction(chain["accuracy"]["fraction"])
            assert float(accuracy) == chain["accuracy"]["value"]
            if tokens <= size.bit_length():
                assert chain["kind"] == "digits"
                task: CountParity | RunningParity = CountParity(size, everything, tokens)
                assert accuracy == window_accuracy(size, tokens)
                assert chain["bound"] is not None
                assert Fraction(chain["bound"]["fraction"]) == accuracy_bounds(size, tokens)[1]
            else:
                assert chain["kind"] == "running"
                task = RunningParity(size, everything)
                assert chain["bound"] is None
            exported = chain["predictor"]
            vocabulary = Vocabulary(exported["vocabulary"])
            predictor = PerStep(
                size,
                [
                    LinearPredictor(vocabulary, s["look_backs"], s["weights"], s["bias"])
                    for s in exported["steps"]
                ],
            )
            result = evaluate(predictor, task, task.all_prompts())
            assert 1 - Fraction(result.answer_error) == accuracy
            # in the window, and only there, the chain is a function of the count that is right
            counts = task.all_prompts().sum(axis=1)
            low, high = chain["window"]
            inside = (low <= counts) & (counts <= high)
            assert not result.wrong_answers[inside].any()
            assert result.wrong_answers[(counts == low - 1) | (counts == high + 1)].all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n": 1}, "n is 1; give 2 to max_n, which is 10"),
        ({"n": 11}, "n is 11; give 2 to max_n, which is 10"),
        ({"n": 2, "max_n": 1}, "max_n is 1; give 2 to 12"),
        ({"max_n": 13}, "max_n is 13; give 2 to 12"),
        ({"subset": []}, "the subset is empty; name at least one position"),
        ({"subset": [0, 7]}, "position 7 is not in the prompt; give 0 to 6"),
        ({"subset": [1, 1]}, "repeats a position; name each once"),
        ({"bits": [0, 1]}, r"bits is \[0, 1\]; give 7 zeros and ones"),
        ({"bits": [0, 1, 2, 0, 1, 0, 1]}, "give 7 zeros and ones"),
        ({"tokens": 4}, r"tokens is 4, .* give one of \[1, 2, 3, 7\]"),
        ({"subset": [1, 3], "tokens": 3}, r"tokens is 3, .* give one of \[1, 2\]"),
    ],
)
def test_a_value_out_of_range_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ParityDial(**given)  # type: ignore[arg-type]
    for name, value in given.items():
        if len(given) == 1 and name != "max_n":
            dial = ParityDial()
            with pytest.raises(ValueError, match=message):
                setattr(dial, name, value)
            assert getattr(dial, name) == getattr(ParityDial(), name)


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(traitlets.TraitError):
        ParityDial().n = "seven"


def test_what_is_set_in_python_stays_consistent() -> None:
    dial = ParityDial(n=7, tokens=7)
    dial.n = 9
    assert dial.subset == list(range(9))  # A was all of the bits, and still is
    assert dial.bits == [1, 1, 0, 1, 1, 0, 1, 0, 0]
    assert dial.tokens == 9
    dial.subset = [8, 1, 4]
    assert dial.subset == [1, 4, 8]
    assert dial.tokens == 3
    assert dial.task == RunningParity(9, (1, 4, 8))
    dial.n = 5
    assert (dial.subset, dial.tokens, dial.bits) == ([1, 4], 2, [1, 1, 0, 1, 1])
    dial.subset = [3, 4]
    dial.n = 2
    assert (dial.subset, dial.tokens) == ([0], 1)


def test_a_message_from_the_page_sets_all_traits_at_once() -> None:
    dial = ParityDial(n=7, tokens=3)
    dial.set_state({"n": 4, "subset": [0, 3], "bits": [1, 0, 0, 1], "tokens": 2})
    assert dial.task == CountParity(4, (0, 3), 2)
    assert dial.bits == [1, 0, 0, 1]


def test_its_words() -> None:
    assert repr(ParityDial(2)) == "ParityDial(n=2, subset=[0, 1], bits=[1, 1], tokens=1)"
