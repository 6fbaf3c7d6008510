import gzip
import json
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import traitlets
from ipywidgets import Widget

from ntp_lib.show import NetworkContext
from ntp_lib.show.minicag_world import minicag_json
from ntp_lib.theory import Finite, Hypotheses, direct, minicag, printed
from tests.show.networks import PAIRS, context, untrained, world


@pytest.fixture(autouse=True)
def _close_widgets() -> Iterator[None]:
    yield
    Widget.close_all()


def test_the_exported_world_leaves_the_pairs_out() -> None:
    """Products of the exported probabilities are those of the grammar's own derivations."""
    exported, hypotheses = minicag_json(world(True)), Hypotheses(world(True))
    follow = np.array(exported["follow"])
    for i, j in PAIRS:
        assert follow[i - 1, j - 1] == 0
    assert follow.sum(axis=1) == pytest.approx(1)
    for name, chances, least in ((direct, "hidden", 1), (printed, "printed", 2)):
        for rule in ((1,), (2, 1), (1, 3, 3)):
            if not least <= len(rule) < least + len(exported[chances]):  # type: ignore[literal-required]
                continue
            p = exported[chances][len(rule) - least] / 4  # type: ignore[literal-required]
            for i, j in pairwise(rule):
                p *= follow[i - 1, j - 1]
            h = hypotheses.find(*name(*rule))
            assert -np.log(p) == pytest.approx(float(hypotheses.description_length(h)))
    assert exported["facts"] == pytest.approx(0.1)
    assert np.array(minicag_json(world(False))["follow"]) == pytest.approx(1 / 4)


def test_a_new_task_takes_the_functions_and_examples_that_fit() -> None:
    shown = context(rule=[3], inputs=range(8))
    assert shown.most == 13
    shown.task = "cot3"
    assert (shown.rule, shown.most, len(shown.inputs)) == ([3, 3, 3], 8, 8)
    shown.rule = [1, 2, 4]
    shown.task = "dir2"
    assert shown.rule == [1, 2]
    shown.set_state({"task": "cot2", "rule": [4, 1], "text": "full", "inputs": [7]})
    assert repr(shown) == "NetworkContext(cot2, [4, 1], full, 1 examples)"


def test_it_is_small() -> None:
    """The program; a page holds the weights beside it."""
    shown = context()
    state = json.dumps(shown.worlds)
    assert len(gzip.compress((shown._esm + shown._css + state).encode())) < 25_000


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"task": "dir3"}, "task is 'dir3'; give one of 'dir1'"),
        ({"task": "dir2"}, r"rule is \[1\]; the task 'dir2' takes 2 of the numbers from 1 to 4"),
        ({"rule": [5]}, r"rule is \[5\]"),
        ({"proposition": "B1"}, "proposition is 'B1'; give one of A1"),
        ({"text": "other"}, "text is 'other'; give 'training' or 'full'"),
        ({"inputs": [8]}, "room for 13 numbers from 0 to 7"),
        ({"task": "cot3", "rule": [1, 2, 3], "inputs": [0] * 9}, "room for 8 numbers"),
    ],
)
def test_a_value_out_of_range_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        context(**given)


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(traitlets.TraitError):
        context().inputs = "half"


def test_a_network_of_another_world_is_refused() -> None:
    other = minicag(9, 4, depth=2, chain=3, prior=Finite([0] * 13 + [1]))
    with pytest.raises(ValueError, match="differ in their tokens"):
        NetworkContext(untrained(), other, other)
    weights = {name: part for name, part in untrained().items() if name != "blocks"}
    with pytest.raises(ValueError, match="the weights lack 'blocks'"):
        NetworkContext(weights, world(True), world(False))
