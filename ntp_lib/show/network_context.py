"""The network's context: a trained transformer beside the exact predictor, example by example."""

from collections.abc import Mapping, Sequence
from typing import Any

import anywidget
import traitlets

from ntp_lib.show.browser import module
from ntp_lib.show.minicag_world import MiniCAGJSON, minicag_json
from ntp_lib.show.parity_dial import OutOfRange
from ntp_lib.theory import Grammar
from ntp_lib.theory.transformer_predictor import TransformerJSON, TransformerPredictor

LABELS = {"dir1": 1, "dir2": 1, "cot2": 2, "cot3": 3, "prop": 1}
"""The tasks, and how many label tokens an example of each has."""
FUNCTIONS = {"dir1": 1, "dir2": 2, "cot2": 2, "cot3": 3}
"""How many functions the tasks compose."""


class NetworkContext(anywidget.AnyWidget):
    """A context that teaches a trained transformer, and the exact predictor that reads it too.

    The page holds the network's weights and the functions' tables. It computes every prediction
    and loss of the network and of the exact predictor itself.

    Parameters
    ----------
    weights : TransformerJSON
        What `ntp_lib.neural.export_transformer` returns, for a network trained on this world.
    training, full : Grammar
        The world without the pairs of functions that training leaves out, and with them.
    task : "dir1", "dir2", "cot2", "cot3" or "prop"
        What the examples show: one function, two with nothing printed between, two or three with
        every step printed, or a proposition.
    rule : sequence of int
        The functions, numbered from 1: as many as the task composes, or one for a proposition.
    proposition : str, optional
        The name of a proposition; the first one unless given.
    text : "training" or "full"
        Which text the exact predictor knows.
    inputs : sequence of int
        The examples so far: objects, from 0; as many as fit into a row of training.

    Raises
    ------
    traitlets.TraitError
        If a value is not of the right type.
    ValueError
        If the weights and the worlds do not fit together, or a value is out of its range.
    """

    _esm = module(
        "dom.js", "minicag.js", "transformer.js", "context_parts.js", "network_context.js"
    )
    _css = module("learning_context.css", "network_context.css")

    weights: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    worlds: "traitlets.Dict[str, MiniCAGJSON]" = traitlets.Dict().tag(sync=True)
    # The defaults fit together: traitlets checks a value only where it differs from the default.
    task = traitlets.Unicode("dir1").tag(sync=True)
    rule = traitlets.List(traitlets.Int(), [1]).tag(sync=True)
    proposition = traitlets.Unicode("").tag(sync=True)
    text = traitlets.Unicode("training").tag(sync=True)
    inputs = traitlets.List(traitlets.Int(), []).tag(sync=True)

    def __init__(
        self,
        weights: TransformerJSON | Mapping[str, Any],
        training: Grammar,
        full: Grammar,
        task: str = "dir1",
        rule: Sequence[int] = (1,),
        proposition: str = "",
        text: str = "training",
        inputs: Sequence[int] = (),
    ) -> None:
        self.predictor = TransformerPredictor(weights)  # type: ignore[arg-type]
        if self.predictor.vocabulary != full.vocabulary or full.vocabulary != training.vocabulary:
            raise ValueError(
                "the network and the two worlds differ in their tokens; give the grammars that it "
                "was trained on and is measured in"
            )
        worlds = {"training": minicag_json(training), "full": minicag_json(full)}
        super().__init__(weights=dict(weights), worlds=worlds)
        # one by one: each is checked against those before it
        self.proposition = proposition or worlds["full"]["propositions"][0]["name"]
        self.task = task
        self.rule = list(rule)
        self.text = text
        self.inputs = list(inputs)

    @property
    def most(self) -> int:
        """How many examples of the task fit into a row of training."""
        return (self.predictor.last + 1) // (LABELS[self.task] + 2)

    def __repr__(self) -> str:
        return f"NetworkContext({self.task}, {self.rule}, {self.text}, {len(self.inputs)} examples)"

    @traitlets.validate("task")
    def _known_task(self, proposal: traitlets.Bunch) -> str:
        task: str = proposal["value"]
        if task not in LABELS:
            raise OutOfRange(f"task is {task!r}; give one of {', '.join(map(repr, LABELS))}")
        return task

    @traitlets.validate("rule")
    def _as_many_as_the_task_composes(self, proposal: traitlets.Bunch) -> list[int]:
        rule: list[int] = proposal["value"]
        wanted = FUNCTIONS.get(self.task, len(rule))
        count = len(self.worlds["full"]["functions"])
        if not rule or len(rule) != wanted or not set(rule) <= set(range(1, count + 1)):
            raise OutOfRange(
                f"rule is {rule}; the task {self.task!r} takes {wanted or 1} of the numbers from "
                f"1 to {count}"
            )
        return rule

    @traitlets.validate("proposition")
    def _known_proposition(self, proposal: traitlets.Bunch) -> str:
        name: str = proposal["value"]
        names = [one["name"] for one in self.worlds["full"]["propositions"]]
        if name not in names:
            raise OutOfRange(f"proposition is {name!r}; give one of {', '.join(names)}")
        return name

    @traitlets.validate("text")
    def _known_text(self, proposal: traitlets.Bunch) -> str:
        text: str = proposal["value"]
        if text not in self.worlds:
            raise OutOfRange(f"text is {text!r}; give 'training' or 'full'")
        return text

    @traitlets.validate("inputs")
    def _objects_that_fit(self, proposal: traitlets.Bunch) -> list[int]:
        inputs: list[int] = proposal["value"]
        objects = self.worlds["full"]["objects"]
        if len(inputs) > self.most or not all(0 <= x < objects for x in inputs):
            raise OutOfRange(
                f"inputs is {inputs}; the task {self.task!r} has room for {self.most} numbers from "
                f"0 to {objects - 1}"
            )
        return inputs

    @traitlets.observe("task")
    def _fit_the_task(self, _: traitlets.Bunch) -> None:
        """Take as many functions as the task composes, and examples as fit."""
        if self.task in FUNCTIONS:
            wanted, last = FUNCTIONS[self.task], self.rule[-1:]
            self.rule = [*self.rule, *last * wanted][:wanted]
        self.inputs = self.inputs[: self.most]
