import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import traitlets
from ipywidgets import Widget

from ntp_lib.show import EmergenceDial
from ntp_lib.show.emergence_dial import CHECKPOINTS, EARLIEST, EXAMPLES
from tests.experiments.learning_curves import TASKS, record, tasks_at

EXACT = tasks_at(1e9)
HALVES = {task: (0.1 + EXACT[task]["accuracy"][3]) / 2 for task in TASKS}


def some_records() -> list[dict[str, Any]]:
    return [
        record(name=f"in-context-sizes/{layers}x{width}/seed{seed}", layers=layers, width=width,
               speed=1 + seed / 4 + width / 64, seed=seed)
        for seed in (0, 1) for layers, width in ((3, 64), (1, 16), (2, 32))
    ]  # fmt: skip


@pytest.fixture(autouse=True)
def _close_widgets() -> Iterator[None]:
    yield
    Widget.close_all()


def test_the_page_gets_the_means_over_seeds_smallest_network_first() -> None:
    runs = some_records()
    dial = EmergenceDial(runs, EXACT, HALVES)
    assert [n["width"] for n in dial.networks] == [16, 32, 64]
    assert (dial.size, dial.tokens, dial.measure) == (2, 32_000, "accuracy")
    expected = np.mean([runs[i]["progress"][2]["tasks"]["dir2"]["loss"] for i in (0, 3)], axis=0)
    np.testing.assert_allclose(
        dial.networks[2]["mean"]["dir2"]["loss"][2], expected[:EXAMPLES], atol=6e-3
    )
    one = [p["tasks"]["cot2"]["accuracy"][3] for p in runs[3]["progress"]]
    np.testing.assert_allclose(dial.networks[2]["seeds"]["cot2"]["accuracy"][1], one, atol=6e-3)
    assert repr(dial) == "EmergenceDial(3 layers of 64, 32000 tokens, accuracy)"


def test_many_checkpoints_and_examples_are_thinned() -> None:
    run = record()
    run["training"]["steps"] = 60
    run["progress"] = [{"step": step, "tasks": tasks_at(step + 0.5)} for step in range(61)]
    for point in run["progress"]:
        for values in point["tasks"].values():
            for measure in ("accuracy", "loss"):
                values[measure] = (values[measure] * 3)[:13]
    dial = EmergenceDial([run], EXACT, HALVES)
    (network,) = dial.networks
    assert 8 < len(network["tokens"]) <= CHECKPOINTS
    assert network["tokens"][0] > EARLIEST * run["tokens"] / 2
    assert network["tokens"][-1] == run["tokens"] // 60 * 60
    assert len(network["mean"]["dir1"]["accuracy"][0]) == EXAMPLES


def test_it_is_small() -> None:
    runs = [
        record(name=f"{layers}x{width}/{seed}", layers=layers, width=width, seed=seed)
        for layers in (1, 2, 3)
        for width in (16, 32, 64)
        for seed in (0, 1, 2)
    ]
    for run in runs:
        run["training"]["steps"] = 60
        run["progress"] = [{"step": step, "tasks": tasks_at(step)} for step in range(1, 61)]
    dial = EmergenceDial(runs, EXACT, HALVES)
    assert len(json.dumps(dial.networks) + json.dumps(dial.exact)) < 100_000


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": 3}, "size is 3; give 0 to 2"),
        ({"size": -1}, "size is -1"),
        ({"tokens": 5}, "tokens is 5; the checkpoints of this size"),
        ({"measure": "margin"}, "give one of accuracy, loss"),
        ({"shown": []}, "give at least one of dir1"),
        ({"shown": ["dir9"]}, "give at least one of dir1"),
    ],
)
def test_a_value_out_of_range_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EmergenceDial(some_records(), EXACT, HALVES, **given)


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(traitlets.TraitError):
        EmergenceDial(some_records(), EXACT, HALVES).tokens = "all"


def test_records_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="there are no runs"):
        EmergenceDial([], EXACT, HALVES)
    with pytest.raises(ValueError, match="halves lacks 'dir1'"):
        EmergenceDial(some_records(), EXACT, {})
    with pytest.raises(ValueError, match="same numbers of tokens"):
        EmergenceDial([record(), record(tokens=7)], EXACT, HALVES)
    without = record()
    del without["progress"][1]["tasks"]["cot3"]
    with pytest.raises(ValueError, match="did not measure 'cot3'"):
        EmergenceDial([without], EXACT, HALVES)
    short = record()
    for point in short["progress"]:
        point["tasks"]["prop"]["loss"] = [1.0, 0.5]
    with pytest.raises(ValueError, match="measured 2 examples of 'prop'"):
        EmergenceDial([short], EXACT, HALVES)


def test_another_size_keeps_the_nearest_checkpoint() -> None:
    runs = [record(name="small", width=16, tokens=100), record(name="large", tokens=1000)]
    dial = EmergenceDial(runs, EXACT, HALVES, tokens=2000)
    dial.size = 0
    assert dial.tokens == 1600
    dial.shown = ["prop", "dir1"]
    assert dial.shown == ["dir1", "prop"]
