"""The machine room: any Turing machine, compiled to a linear predictor in the page."""

from typing import TypedDict

import anywidget
import traitlets

from ntp_lib.show.browser import module
from ntp_lib.theory import TuringMachine, example_names, example_text, parse_machine


class ExampleJSON(TypedDict):
    """A machine to choose: its name and its description."""

    name: str
    text: str


class MachineRoom(anywidget.AnyWidget):
    """A Turing machine as a next-token predictor: its tape, its tokens, its weights, its votes.

    The page reads the description itself, compiles it to the three blocks of weights of
    `machine_predictor`, and predicts every token by the greatest score. What the reader sets can
    be read here, and set here it moves there.

    Parameters
    ----------
    text : str, optional
        The description, in one of the two forms that `parse_machine` reads; by default the first
        of `example_names()`.
    input : str, optional
        What stands on the tape; the description's own input if not given.
    width, left : int
        The cells of a row, and how many of them stand before the input; 0 and −1 stand for as
        many as the run needs.

    Raises
    ------
    ValueError
        If the description is no machine, or the input holds a symbol that it does not know.

    Examples
    --------
    >>> room = MachineRoom("1RB1LB_1LA1RZ")
    >>> room.machine
    TuringMachine(3 states, symbols '01')
    """

    _esm = module(
        "linear.js", "dom.js", "turing.js", "machine_text.js",
        "machine_room_views.js", "machine_room.js",
    )  # fmt: skip
    _css = module("machine_room.css")

    text = traitlets.Unicode().tag(sync=True)
    input = traitlets.Unicode().tag(sync=True)
    width = traitlets.Int(0).tag(sync=True)
    left = traitlets.Int(-1).tag(sync=True)
    examples: traitlets.List[list[ExampleJSON]] = traitlets.List().tag(sync=True)

    def __init__(
        self, text: str | None = None, input: str | None = None, width: int = 0, left: int = -1
    ) -> None:
        described = example_text(example_names()[0]) if text is None else text
        machine = parse_machine(described)
        tape = machine.input if input is None else input
        machine.check_input(tape)
        super().__init__(
            text=described,
            input=tape,
            width=width,
            left=left,
            examples=[{"name": name, "text": example_text(name)} for name in example_names()],
        )

    @property
    def machine(self) -> TuringMachine:
        """The machine that the description stands for; a ValueError if it stands for none."""
        return parse_machine(self.text)

    def __repr__(self) -> str:
        return f"MachineRoom({self.text!r}, input={self.input!r})"
