"""The learning context: examples one at a time, and the exact posterior, loss and errors."""

from collections.abc import Sequence
from functools import cache
from math import exp

import anywidget
import numpy as np
import traitlets

from ntp_lib.show.browser import module
from ntp_lib.show.minicag_world import MiniCAGJSON, minicag_json
from ntp_lib.show.parity_dial import OutOfRange
from ntp_lib.theory import (
    BayesPredictor,
    BoundTerms,
    Geometric,
    Grammar,
    LogSquared,
    LoopPrior,
    Zipf,
    bound_terms,
    direct,
    minicag,
    printed,
)

SIZES = (5, 8, 12, 20)
FUNCTIONS = DEEPEST = LONGEST_CHAIN = 4
MOST_EXAMPLES = 40
PRIORS = ("zipf", "flat", "geometric", "hazard")
LEAST_RHO, MOST_RHO = 0.01, 0.95
FACTS, FEW_FACTS, FACTS_RHO = 0.2, 0.001, 0.9


@cache
def _world(objects: int) -> MiniCAGJSON:
    return minicag_json(minicag(objects, FUNCTIONS, DEEPEST, LONGEST_CHAIN, facts=FACTS))


def _survivals(prior: LoopPrior) -> list[float]:
    return [float(v) for v in prior.log_survival(np.arange(1, MOST_EXAMPLES + 2))]


class LearningContext(anywidget.AnyWidget):
    """A context that teaches: a rule, its examples, and the exact predictor that reads them.

    The page holds the functions of a MiniCAG world, enumerates all its rules and computes the
    posterior, every prediction, every loss and error and both bounds itself.

    Parameters
    ----------
    rule : sequence of int
        The functions that the rule composes, the first one first: numbers from 1 to 4; at most
        4 of them, and at least 2 if its steps are printed.
    steps : "hidden" or "printed"
        Whether the rule's items show the last value only, or all.
    objects : int
        N: 5, 8, 12 or 20.
    prior : "zipf", "flat", "geometric" or "hazard"
        The law of a loop's number of examples: j^−2, 1/(j ln² j), geometric, and all the same for
        lists of facts; or geometric while lists of facts are few (1 in 1000) and go on with 0.9.
    rho : float
        The chance that a geometric loop goes on: 0.01 to 0.95.
    inputs : sequence of int
        The examples so far: at most 40 objects, from 0.

    Raises
    ------
    traitlets.TraitError
        If a value is not of the right type.
    ValueError
        If a value is out of its range.

    Examples
    --------
    >>> context = LearningContext(rule=[1, 2], inputs=[0, 3, 4])
    >>> context.terms.losses.shape
    (1, 3, 1)
    """

    _esm = module("dom.js", "minicag.js", "context_parts.js", "learning_context.js")
    _css = module("learning_context.css")

    # The defaults fit together: traitlets checks a value only where it differs from the default.
    objects = traitlets.Int(5).tag(sync=True)
    steps = traitlets.Unicode("hidden").tag(sync=True)
    rule = traitlets.List(traitlets.Int(), [1, 1]).tag(sync=True)
    prior = traitlets.Unicode("zipf").tag(sync=True)
    rho = traitlets.Float(0.5).tag(sync=True)
    inputs = traitlets.List(traitlets.Int(), []).tag(sync=True)
    worlds: traitlets.List[MiniCAGJSON] = traitlets.List().tag(sync=True)
    """The worlds, one for each number of objects."""
    survivals: "traitlets.Dict[str, list[float]]" = traitlets.Dict().tag(sync=True)
    """ln Pr(J ≥ n), n = 1, …, of the priors that have no rho."""
    hazard: "traitlets.Dict[str, float]" = traitlets.Dict().tag(sync=True)
    """The probability of facts and their rho in the setting "hazard"."""

    def __init__(
        self,
        rule: Sequence[int] = (1, 2, 3),
        steps: str = "hidden",
        objects: int = 12,
        prior: str = "zipf",
        rho: float = 0.5,
        inputs: Sequence[int] = (),
    ) -> None:
        super().__init__(
            worlds=[_world(size) for size in SIZES],
            survivals={"zipf": _survivals(Zipf(2)), "flat": _survivals(LogSquared())},
            hazard={"facts": FEW_FACTS, "rho": FACTS_RHO},
        )
        # one by one: each is checked against those before it
        self.objects = objects
        self.rule = list(rule)
        self.steps = steps
        self.prior = prior
        self.rho = rho
        self.inputs = list(inputs)

    @property
    def grammar(self) -> Grammar:
        """The world that the widget stands at."""
        priors: dict[str, LoopPrior] = {"zipf": Zipf(2), "flat": LogSquared()}
        own = priors.get(self.prior, Geometric(self.rho))
        hazard = self.prior == "hazard"
        return minicag(
            self.objects,
            FUNCTIONS,
            DEEPEST,
            LONGEST_CHAIN,
            prior=own,
            facts=FEW_FACTS if hazard else FACTS,
            facts_prior=Geometric(FACTS_RHO) if hazard else None,
        )

    @property
    def terms(self) -> BoundTerms | None:
        """Every term of (★) for the examples so far; None if there is none."""
        if not self.inputs:
            return None
        exact = BayesPredictor(self.grammar)
        name = direct if self.steps == "hidden" else printed
        h = exact.hypotheses.find(*name(*self.rule))
        inputs = exact.objects[self.inputs][None, :, None]
        return bound_terms(exact, h, exact.write(h, inputs))

    @property
    def critical_rho(self) -> float:
        """ρ* = ρ_F e^{−c̄}: below it, in the setting "hazard", more examples hurt a hidden rule."""
        world = _world(self.objects)
        values = np.arange(self.objects)
        tables = np.array(world["functions"])
        for i in self.rule:
            values = tables[i - 1][values]
        fact = 0.5 * (tables == values).mean(axis=0) + 0.5 / self.objects
        return FACTS_RHO * exp(float(np.log(fact).mean()))

    def __repr__(self) -> str:
        return (
            f"LearningContext({self.rule}, {self.steps!r}, objects={self.objects}, "
            f"prior={self.prior!r}, {len(self.inputs)} examples)"
        )

    @traitlets.validate("objects")
    def _known_size(self, proposal: traitlets.Bunch) -> int:
        objects: int = proposal["value"]
        if objects not in SIZES:
            raise OutOfRange(f"objects is {objects}; give one of {', '.join(map(str, SIZES))}")
        return objects

    @traitlets.validate("steps")
    def _known_steps(self, proposal: traitlets.Bunch) -> str:
        steps: str = proposal["value"]
        if steps not in ("hidden", "printed"):
            raise OutOfRange(f"steps is {steps!r}; give 'hidden' or 'printed'")
        if steps == "printed" and len(self.rule) < 2:
            raise OutOfRange(
                "a printed chain has at least 2 steps; give the rule two functions first"
            )
        return steps

    @traitlets.validate("rule")
    def _composable(self, proposal: traitlets.Bunch) -> list[int]:
        rule: list[int] = proposal["value"]
        least = 2 if self.steps == "printed" else 1
        if not least <= len(rule) <= DEEPEST or not set(rule) <= set(range(1, FUNCTIONS + 1)):
            raise OutOfRange(
                f"rule is {rule}; give {least} to {DEEPEST} numbers from 1 to {FUNCTIONS}"
            )
        return rule

    @traitlets.validate("prior")
    def _known_prior(self, proposal: traitlets.Bunch) -> str:
        prior: str = proposal["value"]
        if prior not in PRIORS:
            raise OutOfRange(f"prior is {prior!r}; give one of {', '.join(map(repr, PRIORS))}")
        return prior

    @traitlets.validate("rho")
    def _rho_in_range(self, proposal: traitlets.Bunch) -> float:
        rho: float = proposal["value"]
        if not LEAST_RHO <= rho <= MOST_RHO:
            raise OutOfRange(f"rho is {rho}; give a number from {LEAST_RHO} to {MOST_RHO}")
        return rho

    @traitlets.validate("inputs")
    def _objects_of_the_world(self, proposal: traitlets.Bunch) -> list[int]:
        inputs: list[int] = proposal["value"]
        if len(inputs) > MOST_EXAMPLES or not all(0 <= x < self.objects for x in inputs):
            raise OutOfRange(
                f"inputs is {inputs}; give at most {MOST_EXAMPLES} numbers "
                f"from 0 to {self.objects - 1}"
            )
        return inputs

    @traitlets.observe("objects")
    def _fit_inputs(self, _: traitlets.Bunch) -> None:
        """Keep the examples whose input is still an object."""
        self.inputs = [x for x in self.inputs if x < self.objects]
