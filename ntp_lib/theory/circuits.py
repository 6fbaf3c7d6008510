"""Linear threshold circuits, which are the linear predictors over the bits 0 and 1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush
from html import escape

import numpy as np
from numpy.typing import ArrayLike

from ntp_lib.core import PerStep, Tokens, Vocabulary, as_tokens
from ntp_lib.theory.linear import threshold_token
from ntp_lib.theory.parity import BITS

EXACT = 2**51
"""Scores are exact in float64 while a gate's |weights| and |threshold| add up to less."""


@dataclass(frozen=True)
class Gate:
    """A linear threshold gate, 1[Σ w_i · y_i ≥ threshold].

    Parameters
    ----------
    weights : mapping from str to int
        The non-zero integer weight of each wire that the gate reads. None at all is a constant.
    threshold : int

    Raises
    ------
    ValueError
        If a weight or the threshold is not an integer, or a weight is 0.

    Examples
    --------
    >>> Gate({"a": 1, "b": 1, "c": -2}, 1)
    1[a + b − 2c ≥ 1]
    """

    weights: dict[str, int]
    threshold: int

    def __init__(self, weights: Mapping[str, int], threshold: int) -> None:
        object.__setattr__(self, "weights", {w: _integer(k) for w, k in weights.items()})
        object.__setattr__(self, "threshold", _integer(threshold))
        for wire, weight in self.weights.items():
            if weight == 0:
                raise ValueError(f"the weight of {wire!r} is 0; leave that wire out")

    @property
    def size(self) -> int:
        """The sum of all |weights| and |threshold|: how large the gate's sums can become."""
        return sum(map(abs, self.weights.values())) + abs(self.threshold)

    def __repr__(self) -> str:
        terms = [
            f"{'−' if weight < 0 else '+'} {abs(weight) if abs(weight) > 1 else ''}{wire}"
            for wire, weight in self.weights.items()
        ]
        total = " ".join(terms).removeprefix("+ ") or "0"
        return f"1[{total} ≥ {self.threshold}]".replace("-", "−").replace("[− ", "[−")


def _integer(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ValueError(f"{value!r} is not an integer; scale weights and threshold until all are")
    return int(value)


@dataclass(frozen=True)
class Circuit:
    """A circuit of threshold gates, in the order in which a predictor writes their values.

    The gates are sorted topologically: each stands after the gates it reads. Where there is a
    choice the order given is kept, and the outputs come last, in their order: they are the answer.
    Source: linear threshold circuits are classical; as predictors, Malach 2024.

    Parameters
    ----------
    inputs : sequence of str
        The names of the n input wires; the prompt gives their bits in this order.
    gates : mapping from str to Gate
        The gate that drives each further wire.
    outputs : sequence of str
        Which gates are the answer, at least one.

    Raises
    ------
    ValueError
        If a wire has no or two drivers, the gates read each other in a circle, or the outputs
        cannot come last because another gate reads one of them.

    Examples
    --------
    >>> both = Gate({"a": 1, "b": 1}, 2)
    >>> either = Gate({"a": 1, "b": 1, "both": -2}, 1)
    >>> xor = Circuit(["a", "b"], {"xor": either, "both": both}, ["xor"])
    >>> xor
    Circuit(2 inputs, 2 gates, 1 output)
    >>> list(xor.gates)
    ['both', 'xor']
    >>> xor.evaluate([[0, 1], [1, 1]])   # the values of both gates
    array([[0, 1],
           [1, 0]])
    """

    inputs: tuple[str, ...]
    gates: dict[str, Gate]
    outputs: tuple[str, ...]

    def __init__(
        self, inputs: Sequence[str], gates: Mapping[str, Gate], outputs: Sequence[str]
    ) -> None:
        names = tuple(inputs)
        for wire in names:
            if names.count(wire) > 1 or wire in gates:
                raise ValueError(f"the wire {wire!r} is driven twice; give each wire its own name")
        for name, gate in gates.items():
            for wire in gate.weights:
                if wire not in gates and wire not in names:
                    raise ValueError(
                        f"gate {name!r} reads {wire!r}, which is no input and no gate; "
                        f"the inputs are {', '.join(names)}"
                    )
        if not outputs:
            raise ValueError("there is no output; name at least one gate")
        for name in outputs:
            if name not in gates or list(outputs).count(name) > 1:
                raise ValueError(f"output {name!r} is not the name of one gate; name each once")
        order = _sorted(gates, [*(g for g in gates if g not in outputs), *outputs])
        if order[-len(outputs) :] != list(outputs):
            raise ValueError(
                f"the outputs {', '.join(outputs)} cannot come last in this order: a gate that "
                "stands before one of them reads it; add a gate 1[wire ≥ 1] that repeats it"
            )
        object.__setattr__(self, "inputs", names)
        object.__setattr__(self, "gates", {name: gates[name] for name in order})
        object.__setattr__(self, "outputs", tuple(outputs))

    def evaluate(self, bits: ArrayLike) -> Tokens:
        """Return every gate's value: (batch, n) bits → (batch, T) bits, exactly.

        Raises
        ------
        ValueError
            If `bits` is not a batch of n bits each.
        """
        prompts = as_tokens(bits, BITS, "bits")
        if prompts.shape[1] != len(self.inputs):
            raise ValueError(
                f"bits has {prompts.shape[1]} columns; the circuit has {len(self.inputs)} inputs"
            )
        place = self._places()
        wires = np.empty((len(place), len(prompts)), dtype=np.int64)
        wires[: len(self.inputs)] = prompts.T
        for name, gate in self.gates.items():
            exact = np.int64 if gate.size < 2**63 else object
            weights = np.array(list(gate.weights.values()), dtype=exact)
            read = wires[[place[wire] for wire in gate.weights]]
            wires[place[name]] = weights @ read.astype(exact) >= gate.threshold
        return wires[len(self.inputs) :].T

    def predictor(self) -> PerStep:
        """Return the linear predictor that writes the gates' values, with margin at least ½.

        Source: Malach 2024; the margin is ours.

        Raises
        ------
        ValueError
            If a gate's weights are too large for exact scores in float64.

        Examples
        --------
        >>> from ntp_lib.theory import ripple_adder
        >>> ripple_adder(4).predictor()
        PerStep(prompt_length=8, 8 steps over Vocabulary('0', '1'))
        """
        place = self._places()
        for name, gate in self.gates.items():
            if gate.size >= EXACT:
                raise ValueError(
                    f"the |weights| and |threshold| of gate {name!r} add up to {gate.size}; "
                    "scores in float64 are exact below 2^51 only: use smaller weights"
                )
        return PerStep(
            len(self.inputs),
            [
                threshold_token(
                    BITS,
                    {place[name] - place[wire]: weight for wire, weight in gate.weights.items()},
                    gate.threshold,
                )
                for name, gate in self.gates.items()
            ],
        )

    def _places(self) -> dict[str, int]:
        """Where the value of each wire stands in the sequence of tokens."""
        return {wire: i for i, wire in enumerate([*self.inputs, *self.gates])}

    def __repr__(self) -> str:
        def count(noun: str, many: int) -> str:
            return f"{many} {noun}{'' if many == 1 else 's'}"

        return (
            f"Circuit({count('input', len(self.inputs))}, {count('gate', len(self.gates))}, "
            f"{count('output', len(self.outputs))})"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{t}</th><td><code>{escape(name)}</code></td>"
            f"<td><code>{escape(repr(gate))}</code></td></tr>"
            for t, (name, gate) in enumerate(self.gates.items(), start=1)
        )
        return (
            f"<table class='ntp-table'><caption>Circuit: inputs {escape(', '.join(self.inputs))}; "
            f"the answer is {escape(', '.join(self.outputs))}</caption><tr><th scope='col'>token"
            f"</th><th scope='col'>gate</th><th scope='col'>value</th></tr>{rows}</table>"
        )


def _sorted(gates: Mapping[str, Gate], preferred: Sequence[str]) -> list[str]:
    """Sort the gates topologically; among those that are ready, the first preferred."""
    reads = {name: [w for w in gate.weights if w in gates] for name, gate in gates.items()}
    sorter = TopologicalSorter(reads)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise ValueError(
            f"the gates {circle} feed each other in a circle; a gate may read inputs and gates "
            "that do not depend on it"
        ) from None
    rank = {name: i for i, name in enumerate(preferred)}
    ready: list[int] = []
    order: list[str] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heappush(ready, rank[name])
        order.append(preferred[heappop(ready)])
        sorter.done(order[-1])
    return order


@dataclass(frozen=True)
class CircuitTask:
    """The task whose chain of thought is the values of a circuit's gates.

    Parameters
    ----------
    circuit : Circuit
        Its outputs are the answer: the last tokens.

    Raises
    ------
    ValueError
        If more than 20 inputs are to be tried in all ways, or a batch does not fit.

    Examples
    --------
    >>> from ntp_lib.core import evaluate
    >>> from ntp_lib.theory import ripple_adder
    >>> task = CircuitTask(ripple_adder(3))
    >>> evaluate(task.circuit.predictor(), task, task.all_prompts())
    Evaluation(64 prompts, 6 steps: sequence error 0, answer error 0, worst margin 0.5)
    """

    circuit: Circuit

    @property
    def vocabulary(self) -> Vocabulary:
        """The bits."""
        return BITS

    @property
    def prompt_length(self) -> int:
        """The number n of inputs."""
        return len(self.circuit.inputs)

    @property
    def chain_length(self) -> int:
        """The number T of gates."""
        return len(self.circuit.gates)

    @property
    def answer(self) -> slice:
        """The outputs: the last tokens."""
        end = self.prompt_length + self.chain_length
        return slice(end - len(self.circuit.outputs), end)

    def sample(self, count: int, rng: np.random.Generator) -> Tokens:
        """Draw `count` uniform prompts, shape (count, n)."""
        if count < 1:
            raise ValueError(f"count is {count}; draw at least 1 prompt")
        return rng.integers(0, 2, size=(count, self.prompt_length), dtype=np.int64)

    def all_prompts(self) -> Tokens:
        """Return all 2ⁿ prompts in counting order, shape (2ⁿ, n); n is at most 20."""
        n = self.prompt_length
        if n > 20:
            raise ValueError(f"n is {n}: 2^{n} prompts are too many; use sample")
        return (np.arange(2**n)[:, None] >> np.arange(n)[::-1]) & 1

    def complete(self, prompts: Tokens) -> Tokens:
        """Append the gates' values."""
        return np.concatenate([prompts, self.circuit.evaluate(prompts)], axis=1)
