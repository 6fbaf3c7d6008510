import gzip
import json
from collections.abc import Iterator

import numpy as np
import pytest
import traitlets
from ipywidgets import Widget

from ntp_lib.show import LearningContext
from ntp_lib.show.learning_context import MOST_EXAMPLES, PRIORS, SIZES
from ntp_lib.show.minicag_world import minicag_json
from ntp_lib.theory import BayesPredictor, direct, printed


@pytest.fixture(autouse=True)
def _close_widgets() -> Iterator[None]:
    yield
    Widget.close_all()


@pytest.mark.parametrize("size", SIZES)
def test_the_exported_world_is_the_grammars(size: int) -> None:
    """Compositions of the exported tables are what the grammar's own rules write."""
    grammar = LearningContext(objects=size).grammar
    world, exact = minicag_json(grammar), BayesPredictor(grammar)
    tables = np.array(world["functions"])
    for rule in ((1,), (2, 4), (3, 1, 2)):
        values = [np.arange(size)]
        for i in rule:
            values.append(tables[i - 1][values[-1]])
        name, shown = (printed, values[1:]) if len(rule) > 1 else (direct, values[-1:])
        h = exact.hypotheses.find(*name(*rule))
        written = exact.write(h, exact.objects[:, None, None])[:, 1:-1]
        np.testing.assert_array_equal(written, exact.objects[np.array(shown)].T)
    assert sum(p["probability"] for p in world["propositions"]) == pytest.approx(0.1)
    assert sum(world["hidden"]) == pytest.approx(0.5)
    assert sum(world["printed"]) == pytest.approx(0.4)
    assert np.array(world["follow"]) == pytest.approx(1 / 4)
    assert world["facts"] == pytest.approx(0.2)


@pytest.mark.parametrize("prior", PRIORS)
def test_the_terms_are_those_of_the_grammar(prior: str) -> None:
    context = LearningContext([1, 2], prior=prior, rho=0.3, inputs=[3, 1, 4, 1, 5])
    found = context.terms
    assert found is not None
    assert abs(found.residual).max() < 1e-9
    assert LearningContext().terms is None


def test_the_critical_hazard_separates() -> None:
    """Above ρ* the rule wins in a long context, below it the facts do."""
    context = LearningContext([1, 2], prior="hazard", inputs=list(range(12)) * 3)
    critical = context.critical_rho
    posteriors = []
    for factor in (2, 0.4):
        context.rho = factor * critical
        found = context.terms
        assert found is not None
        posteriors.append(float(np.exp(found.log_posterior[0])))
    assert posteriors[0] > 0.99
    assert posteriors[1] < 1e-4


def test_it_is_small() -> None:
    context = LearningContext(inputs=[0] * MOST_EXAMPLES)
    state = json.dumps([context.worlds, context.survivals])
    assert len(gzip.compress((context._esm + context._css + state).encode())) < 25_000


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"objects": 7}, "objects is 7; give one of 5, 8, 12, 20"),
        ({"rule": []}, r"rule is \[\]; give 1 to 4 numbers from 1 to 4"),
        ({"rule": [1, 5]}, r"rule is \[1, 5\]"),
        ({"rule": [1], "steps": "printed"}, "at least 2 steps"),
        ({"steps": "shown"}, "steps is 'shown'; give 'hidden' or 'printed'"),
        ({"prior": "poisson"}, "prior is 'poisson'; give one of 'zipf'"),
        ({"rho": 1.0}, "rho is 1.0; give a number from 0.01 to 0.95"),
        ({"inputs": [12]}, "give at most 40 numbers from 0 to 11"),
        ({"inputs": [0] * 41}, "give at most 40 numbers"),
    ],
)
def test_a_value_out_of_range_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LearningContext(**given)  # type: ignore[arg-type]


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(traitlets.TraitError):
        LearningContext().rho = "half"


def test_examples_that_are_no_objects_any_more_go() -> None:
    context = LearningContext(objects=12, inputs=[11, 3, 7])
    context.objects = 8
    assert context.inputs == [3, 7]
    context.steps = "printed"
    with pytest.raises(ValueError, match="give 2 to 4 numbers"):
        context.rule = [1]


def test_a_message_from_the_page_sets_all_traits_at_once() -> None:
    context = LearningContext([1], objects=12, inputs=[11])
    context.set_state(
        {"objects": 5, "steps": "printed", "rule": [2, 3], "prior": "flat", "inputs": [4, 0]}
    )
    assert (context.rule, context.steps, context.inputs) == ([2, 3], "printed", [4, 0])
    assert repr(context) == (
        "LearningContext([2, 3], 'printed', objects=5, prior='flat', 2 examples)"
    )
