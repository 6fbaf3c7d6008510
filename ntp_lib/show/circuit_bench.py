"""The circuit bench: a threshold circuit and its row of tokens, side by side."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict

import anywidget
import traitlets

from ntp_lib.show.browser import module
from ntp_lib.theory import (
    Circuit,
    Gate,
    cell_gates,
    cellular_circuit,
    comparator,
    majority,
    multiplier,
    ripple_adder,
    weighted_adder,
)

RULE, OWN = "elementary rule", "your own"
WIDTH = 5
"""The number of cells in the ring of an elementary rule."""
MOST_GATES = 12
"""The most gates of a circuit of the reader's own."""
MOST_INPUTS = 6


def _xor(_: int) -> Circuit:
    gates = {"both": Gate({"a": 1, "b": 1}, 2), "xor": Gate({"a": 1, "b": 1, "both": -2}, 1)}
    return Circuit("ab", gates, ["xor"])


def _full_adder(_: int) -> Circuit:
    ones = {"a": 1, "b": 1, "c": 1}
    gates = {"carry": Gate(ones, 2), "sum": Gate({**ones, "carry": -2}, 1)}
    return Circuit("abc", gates, ["carry", "sum"])


BUILDERS: dict[str, tuple[Callable[[int], Circuit], tuple[int, ...]]] = {
    "XOR": (_xor, (2,)),
    "majority": (majority, (3, 5, 7)),
    "comparator": (comparator, (1, 2, 3, 4)),
    "full adder": (_full_adder, (3,)),
    "ripple adder": (ripple_adder, (1, 2, 3, 4)),
    "weighted adder": (weighted_adder, (1, 2, 3, 4)),
    "multiplier": (multiplier, (2, 3)),
}
"""Each circuit to pick, with the sizes it comes in: bits of a number, or inputs."""
SIZES: dict[str, tuple[int, ...]] = {
    **{name: sizes for name, (_, sizes) in BUILDERS.items()},
    RULE: (1, 2, 3),
    OWN: (0,),
}
"""The sizes of everything to pick; of a rule they are rows, and a circuit of one's own has none."""


class GateJSON(TypedDict):
    """One gate: what it drives, the weight of each wire it reads, its threshold."""

    name: str
    weights: dict[str, int]
    threshold: int


class CircuitJSON(TypedDict):
    """A circuit, its gates in the order of the tokens; the last `outputs` are the answer."""

    inputs: list[str]
    gates: list[GateJSON]
    outputs: int


def circuit_json(circuit: Circuit) -> CircuitJSON:
    """Return a circuit as plain JSON.

    Examples
    --------
    >>> circuit_json(majority(1))["gates"]
    [{'name': 'majority', 'weights': {'x1': 1}, 'threshold': 1}]
    """
    return {
        "inputs": list(circuit.inputs),
        "gates": [_gate_json(name, gate) for name, gate in circuit.gates.items()],
        "outputs": len(circuit.outputs),
    }


def _gate_json(name: str, gate: Gate) -> GateJSON:
    return {"name": name, "weights": dict(gate.weights), "threshold": gate.threshold}


def circuit_from_json(data: Mapping[str, Any]) -> Circuit:
    """Return the circuit again.

    Raises
    ------
    ValueError
        If something is missing, or it is no circuit.

    Examples
    --------
    >>> circuit_from_json(circuit_json(majority(3))) == majority(3)
    True
    """
    try:
        gates = {g["name"]: Gate(g["weights"], g["threshold"]) for g in data["gates"]}
        inputs, outputs = list(data["inputs"]), int(data["outputs"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{data!r} is no circuit ({error}); give inputs, gates and outputs as "
            "circuit_json returns them"
        ) from None
    return Circuit(inputs, gates, list(gates)[len(gates) - outputs :])


class CircuitBench(anywidget.AnyWidget):
    """A threshold circuit to pick or to build, and the tokens that a predictor writes for it.

    The page turns the gates into the weights of a linear predictor and runs it; nothing is stored
    but the definitions. Where the function is known it is computed directly too, for every input.

    Parameters
    ----------
    circuit : str
        One of `SIZES`: "ripple adder", "elementary rule", "your own", and so on.
    size : int, optional
        One of the sizes that this circuit comes in; the second smallest if not given.
    rule : int
        The number of the elementary rule, 0 to 255.
    bits : sequence of int, optional
        The inputs; ones and zeros that show something if not given.
    own : Circuit, optional
        The circuit that "your own" starts from: at most 6 inputs, 12 gates and one output.

    Raises
    ------
    ValueError
        If a value is out of its range.
    TypeError, traitlets.TraitError
        If a value is not of the right type.

    Examples
    --------
    >>> bench = CircuitBench("weighted adder", size=2)
    >>> bench.current
    Circuit(4 inputs, 3 gates, 3 outputs)
    >>> bench.circuit = "majority"
    >>> bench.size, bench.bits
    (5, [1, 1, 0, 1, 1])
    """

    _esm = module("linear.js", "dom.js", "circuit.js", "circuit_bench.js")
    _css = module("circuit_bench.css")

    circuit = traitlets.Unicode("XOR").tag(sync=True)
    size = traitlets.Int(2).tag(sync=True)
    rule = traitlets.Int(30).tag(sync=True)
    bits = traitlets.List(traitlets.Int(), [1, 1]).tag(sync=True)
    own: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    """The reader's circuit as JSON; without gates before the first is added."""
    catalogue: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    """For each circuit its sizes, and its definition for each size."""
    rules: traitlets.List[list[list[GateJSON]]] = traitlets.List().tag(sync=True)
    """The gates of a cell, for each of the 256 rules."""
    limits = traitlets.Dict(
        {"width": WIDTH, "gates": MOST_GATES, "inputs": MOST_INPUTS}, read_only=True
    ).tag(sync=True)

    def __init__(
        self,
        circuit: str = "ripple adder",
        size: int | None = None,
        rule: int = 30,
        bits: Sequence[int] | None = None,
        own: Circuit | None = None,
    ) -> None:
        empty: CircuitJSON = {"inputs": ["a", "b"], "gates": [], "outputs": 0}
        super().__init__(
            catalogue={
                name: {
                    "sizes": list(sizes),
                    "circuits": [circuit_json(BUILDERS[name][0](k)) for k in sizes]
                    if name in BUILDERS
                    else [],
                }
                for name, sizes in SIZES.items()
            },
            rules=[
                [_gate_json(name, g) for name, g in zip(("h", "new"), gates, strict=False)]
                if len(gates) == 2
                else [_gate_json("new", gates[0])]
                for gates in map(cell_gates, range(256))
            ],
            own=empty if own is None else circuit_json(own),
        )
        # one by one: each is checked against those before it
        self.rule = rule
        self.circuit = circuit
        if size is not None:
            self.size = size
        if bits is not None:
            self.bits = list(bits)

    @property
    def current(self) -> Circuit | None:
        """The circuit on the bench; None if it is the reader's own and has no gate yet."""
        if self.circuit == RULE:
            return cellular_circuit(self.rule, WIDTH, self.size)
        if self.circuit == OWN:
            return circuit_from_json(self.own) if self.own["gates"] else None
        return BUILDERS[self.circuit][0](self.size)

    def __repr__(self) -> str:
        return (
            f"CircuitBench({self.circuit!r}, size={self.size}, rule={self.rule}, bits={self.bits})"
        )

    def _inputs(self) -> int:
        return len(self.current.inputs if self.current else self.own["inputs"])

    @traitlets.validate("circuit")
    def _known(self, proposal: traitlets.Bunch) -> str:
        name: str = proposal["value"]
        if name not in SIZES:
            raise ValueError(f"circuit is {name!r}; give one of {', '.join(SIZES)}")
        return name

    @traitlets.validate("size")
    def _size_it_comes_in(self, proposal: traitlets.Bunch) -> int:
        size: int = proposal["value"]
        if size not in SIZES[self.circuit]:
            raise ValueError(
                f"size is {size}; {self.circuit!r} comes in the sizes {SIZES[self.circuit]}"
            )
        return size

    @traitlets.validate("rule")
    def _rule_number(self, proposal: traitlets.Bunch) -> int:
        rule: int = proposal["value"]
        cell_gates(rule)  # says what is wrong with it
        return rule

    @traitlets.validate("bits")
    def _one_for_each_input(self, proposal: traitlets.Bunch) -> list[int]:
        bits: list[int] = proposal["value"]
        if len(bits) != self._inputs() or not set(bits) <= {0, 1}:
            raise ValueError(f"bits is {bits}; give {self._inputs()} zeros and ones")
        return bits

    @traitlets.validate("own")
    def _a_small_circuit(self, proposal: traitlets.Bunch) -> dict[str, Any]:
        data: dict[str, Any] = proposal["value"]
        if not data.get("gates"):
            return data
        circuit = circuit_from_json(data)
        for what, many, most in (
            ("inputs", len(circuit.inputs), MOST_INPUTS),
            ("gates", len(circuit.gates), MOST_GATES),
            ("outputs", len(circuit.outputs), 1),
        ):
            if many > most:
                raise ValueError(f"your own circuit has {many} {what}; give at most {most}")
        return data

    @traitlets.observe("circuit")
    def _fit(self, _: traitlets.Bunch) -> None:
        """Give a circuit that is newly picked its middle size, and inputs to match."""
        sizes = SIZES[self.circuit]
        self.size = sizes[min(1, len(sizes) - 1)]
        self._fit_bits(_)

    @traitlets.observe("size", "own")
    def _fit_bits(self, _: traitlets.Bunch) -> None:
        if self.own and len(self.bits) != self._inputs():
            self.bits = start_bits(self.circuit, self._inputs())


def start_bits(circuit: str, count: int) -> list[int]:
    """Return inputs that show something: one cell in the middle, else two ones and a zero.

    Examples
    --------
    >>> start_bits("elementary rule", 5), start_bits("ripple adder", 4)
    ([0, 0, 1, 0, 0], [1, 1, 0, 1])
    """
    if circuit == RULE:
        return [int(i == count // 2) for i in range(count)]
    return [int(i % 3 < 2) for i in range(count)]
