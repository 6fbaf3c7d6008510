"""Elementary cellular automata: direct simulation, and as threshold circuits."""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from ntp_lib.core import Tokens, as_tokens
from ntp_lib.theory.circuits import Circuit, Gate
from ntp_lib.theory.parity import BITS


def simulate(rule: int, row: ArrayLike, steps: int) -> Tokens:
    """Run an elementary cellular automaton on a ring, directly: shape (steps + 1, width).

    A cell with left neighbour l, own value s and right neighbour r becomes bit 4l + 2s + r of the
    rule's number. Source: Wolfram's numbering of the rules.

    Parameters
    ----------
    rule : int
        0 to 255.
    row : array_like of int, shape (width,)
        The bits of row 0.
    steps : int
        How many further rows, at least 0.

    Raises
    ------
    ValueError
        If the rule, the row or `steps` is none of these.

    Examples
    --------
    >>> simulate(30, [0, 0, 1, 0, 0], steps=2)
    array([[0, 0, 1, 0, 0],
           [0, 1, 1, 1, 0],
           [1, 1, 0, 0, 1]])
    """
    _check_rule(rule)
    if steps < 0:
        raise ValueError(f"steps is {steps}; it must be at least 0")
    rows = [as_tokens(np.asarray(row)[None], BITS, "row")[0]]
    for _ in range(steps):
        s = rows[-1]
        rows.append((rule >> (4 * np.roll(s, 1) + 2 * s + np.roll(s, -1))) & 1)
    return np.stack(rows)


def cell_gates(rule: int) -> tuple[Gate, ...]:
    """Return the gates that compute a cell from its neighbours l, s and r: one if one can do it.

    Otherwise two: the first reads l, s, r, the second also reads the first as h. 104 of the 256
    rules need one gate, the others two. Source: ours, by exhaustive search; of the gates that it
    finds these have the smallest weights, negative ones avoided.

    Raises
    ------
    ValueError
        If the rule is not a whole number from 0 to 255.

    Examples
    --------
    >>> cell_gates(232)   # the majority
    (1[l + s + r ≥ 2],)
    >>> cell_gates(30)    # l xor (s or r)
    (1[2l + s + r ≥ 3], 1[l + s + r − 3h ≥ 1])
    """
    _check_rule(rule)
    return _all_gates()[rule]


@cache
def _all_gates() -> dict[int, tuple[Gate, ...]]:
    """The gates of every rule, from all gates with weights of size at most 2 for l, s and r."""
    cells = np.array(list(np.ndindex(2, 2, 2)))
    weights = np.array(list(np.ndindex(5, 5, 5))) - 2
    with_h = np.array([[*w, h] for w in weights for h in (-3, -2, -1, 1, 2, 3)])
    one = _cheapest(cells, weights, "lsr")
    two: dict[int, tuple[int, tuple[Gate, ...]]] = {}
    for first_rule, (cost, first) in one.items():
        h = (first_rule >> np.arange(8)) & 1
        for rule, (more, second) in _cheapest(np.column_stack([cells, h]), with_h, "lsrh").items():
            if rule not in two or cost + more < two[rule][0]:
                two[rule] = (cost + more, (first, second))
    return {rule: (one[rule][1],) if rule in one else two[rule][1] for rule in two}


def _cheapest(cells: Tokens, weights: Tokens, wires: str) -> dict[int, tuple[int, Gate]]:
    """For each rule that one gate over these wires can compute, the least cost and its gate.

    The cost of a gate is the sum of its |weights|, and 1 more for each negative one.
    """
    sums = weights @ cells.T
    thresholds = np.arange(sums.min(), sums.max() + 2)
    rules = (sums[:, None] >= thresholds[:, None]) @ (1 << np.arange(8))
    costs = np.repeat((abs(weights) + (weights < 0)).sum(axis=1), len(thresholds))
    order = np.argsort(costs, kind="stable")
    numbers, first = np.unique(rules.ravel()[order], return_index=True)
    cheapest = {}
    for rule, place in zip(numbers.tolist(), order[first].tolist(), strict=True):
        row, column = divmod(place, len(thresholds))
        used = {wire: int(w) for wire, w in zip(wires, weights[row], strict=True) if w}
        cheapest[rule] = (int(costs[place]), Gate(used, int(thresholds[column])))
    return cheapest


def cellular_circuit(rule: int, width: int, rows: int) -> Circuit:
    """Return the circuit that writes `rows` further rows of a rule on a ring of `width` cells.

    Row t is written cell by cell as t.0, t.1, …; where a cell needs two gates, the helpers
    th.0, th.1, … of the whole row come first. The answer is the last row. Source: ours.

    Parameters
    ----------
    rule : int
        0 to 255.
    width : int
        At least 3, so that a cell's neighbours are distinct.
    rows : int
        At least 1.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> circuit = cellular_circuit(110, width=5, rows=2)
    >>> circuit
    Circuit(5 inputs, 20 gates, 5 outputs)
    >>> circuit.evaluate([[0, 0, 1, 0, 0]])[0, -5:], simulate(110, [0, 0, 1, 0, 0], 2)[-1]
    (array([1, 1, 1, 0, 0]), array([1, 1, 1, 0, 0]))
    """
    if width < 3:
        raise ValueError(f"width is {width}; give at least 3 cells: two neighbours and the cell")
    if rows < 1:
        raise ValueError(f"rows is {rows}; write at least 1")
    *helper, cell = cell_gates(rule)
    gates: dict[str, Gate] = {}
    for t in range(1, rows + 1):
        for gate, name in [(g, f"{t}h") for g in helper] + [(cell, f"{t}")]:
            for i in range(width):
                wires = {
                    "l": f"{t - 1}.{(i - 1) % width}",
                    "s": f"{t - 1}.{i}",
                    "r": f"{t - 1}.{(i + 1) % width}",
                    "h": f"{t}h.{i}",
                }
                read = {wires[wire]: weight for wire, weight in gate.weights.items()}
                gates[f"{name}.{i}"] = Gate(read, gate.threshold)
    inputs, outputs = ([f"{t}.{i}" for i in range(width)] for t in (0, rows))
    return Circuit(inputs, gates, outputs)


def _check_rule(rule: int) -> None:
    if isinstance(rule, bool) or not isinstance(rule, int | np.integer) or not 0 <= rule <= 255:
        raise ValueError(f"rule is {rule!r}; give a whole number from 0 to 255")
