"""Theorem: one linear predictor with three look-backs runs a Turing machine."""

import numpy as np

from ntp_lib.theory.linear import LinearPredictor
from ntp_lib.theory.turing import TuringMachine


def machine_predictor(machine: TuringMachine, width: int) -> LinearPredictor:
    """Compile a machine to a linear predictor that writes its tableau with margin 1.

    The next token (b, p′) is cell c at time t + 1. With look-backs S + 1, S and S − 1 it reads
    the cells c − 1, c and c + 1 at time t, and its score is

    - 1 if b is what stands in cell c afterwards, and 1 more if also p′ = ⊥ (no head);
    - 2 if the head of cell c − 1 moves right, that of c + 1 left, or that of c stays, in each
      case into the state p′.

    A halting state stays; so does a state that has no rule for its symbol. The prompt is one
    blank cell and row 0: `tableau` makes it. The weights do not depend on the width.
    Source: ours.

    Parameters
    ----------
    machine : TuringMachine
    width : int
        The cells S of a row, at least 2; enough for a run are as many as `Run.cells` has.

    Raises
    ------
    ValueError
        If the width is below 2.

    Examples
    --------
    >>> from ntp_lib.core import rollout
    >>> from ntp_lib.theory import example_machine, run, tableau
    >>> machine = example_machine("bb2")
    >>> tokens = tableau(run(machine))
    >>> predictor = machine_predictor(machine, width=4)
    >>> bool((rollout(predictor, tokens[None, :5], steps=24) == tokens).all())
    True
    """
    if width < 2:
        raise ValueError(f"width is {width}; a row needs at least 2 cells")
    g, heads = len(machine.symbols), len(machine.states) + 1
    symbol = {name: i for i, name in enumerate(machine.symbols)}
    state = {name: 1 + i for i, name in enumerate(machine.states)}
    # blocks of the look-backs S + 1, S, S − 1: [symbol read, head read, symbol, head]
    left, self_, right = blocks = np.zeros((3, g, heads, g, heads))
    afterwards = np.tile(np.arange(g)[:, None], heads)
    for h in machine.states:
        for a in machine.symbols:
            rule = machine.rules[h].get(a)
            move, into, write = (rule.move, rule.state, rule.write) if rule else (0, h, a)
            afterwards[symbol[a], state[h]] = symbol[write]
            # a head that moves right is seen by the cell on its right, as that one's left
            voter = {1: left, 0: self_, -1: right}[move]
            voter[symbol[a], state[h], :, state[into]] = 2
    read_symbol, read_head = np.indices((g, heads))
    self_[read_symbol, read_head, afterwards] += 1
    self_[read_symbol, read_head, afterwards, 0] += 1
    q = g * heads
    return LinearPredictor(
        machine.vocabulary, (width + 1, width, width - 1), blocks.reshape(3, q, q)
    )


def squared_norm(machine: TuringMachine) -> int:
    """Return ‖W‖², the sum of the squared weights of `machine_predictor`.

    g(|Q| + 1)(|Q| + 4) + 4g · (pairs of state and symbol whose head moves)
    + (4g + 4) · (pairs whose head stays, halting ones included). Source: ours.

    Examples
    --------
    >>> from ntp_lib.theory import example_machine
    >>> squared_norm(example_machine("bb2"))
    112
    """
    g, q = len(machine.symbols), len(machine.states)
    moving = sum(rule.move != 0 for row in machine.rules.values() for rule in row.values())
    return g * (q + 1) * (q + 4) + 4 * g * moving + (4 * g + 4) * (g * q - moving)


def mistake_bound(machine: TuringMachine) -> int:
    """Return 6‖W‖²: the most mistakes of a perceptron on this machine's tableaux, of any size.

    The multiclass perceptron makes at most 2R²‖W‖²/γ² updates; here R² = 3 tokens are read and
    the margin γ is 1. Source: classical bound; its use here is ours.

    Examples
    --------
    >>> from ntp_lib.theory import example_machine
    >>> mistake_bound(example_machine("bb2"))
    672
    """
    return 6 * squared_norm(machine)
