"""One-tape Turing machines: rules, runs, and the tableau of a run as a sequence of tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ntp_lib.core import Tokens, Vocabulary


@dataclass(frozen=True)
class Rule:
    """What a machine does: write a symbol, move the head by −1, 0 or 1, enter a state."""

    write: str
    move: int
    state: str


@dataclass(frozen=True)
class TuringMachine:
    """A deterministic machine with one head on one tape, infinite on both sides.

    Parameters
    ----------
    blank : str
        The symbol of every cell that the input does not cover.
    start : str
        The first state.
    rules : mapping from state to mapping from symbol to Rule
        Every state is a key. A state without rules halts.
    input : str, optional
        The input that `run` takes if it is given none.

    Raises
    ------
    ValueError
        If a symbol is not one character, a state is unknown, a move is none of −1, 0 and 1, or
        the input holds a symbol that the machine does not know.

    Examples
    --------
    >>> flip = TuringMachine(blank="_", start="go", rules={
    ...     "go": {"0": Rule("1", 1, "go"), "1": Rule("0", 1, "go"), "_": Rule("_", 0, "end")},
    ...     "end": {},
    ... })
    >>> run(flip, "0110")
    Run(4 cells of input, 5 steps, halted in 'end', tape '1001')
    """

    blank: str
    start: str
    rules: Mapping[str, Mapping[str, Rule]]
    input: str = ""

    def __post_init__(self) -> None:
        states = ", ".join(map(repr, self.rules))
        if self.start not in self.rules:
            raise ValueError(
                f"the start state {self.start!r} is not in the table; its states are {states}"
            )
        for state, row in self.rules.items():
            for symbol, rule in row.items():
                where = f"in state {state!r} on symbol {symbol!r}"
                if rule.state not in self.rules:
                    raise ValueError(
                        f"unknown state {rule.state!r} {where}; the states are {states}"
                    )
                if rule.move not in (-1, 0, 1):
                    raise ValueError(f"the move {where} is {rule.move}; give -1, 0 or 1")
        for symbol in self.symbols:
            if len(symbol) != 1:
                raise ValueError(f"the symbol {symbol!r} is not one character")
        self.check_input(self.input)

    @property
    def states(self) -> tuple[str, ...]:
        """The states Q, halting ones included, in the order of the table."""
        return tuple(self.rules)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The symbols Γ: the blank, then all that a rule reads or writes, in that order."""
        found = dict.fromkeys([self.blank])
        for row in self.rules.values():
            for symbol, rule in row.items():
                found |= {symbol: None, rule.write: None}
        return tuple(found)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The dictionary Γ × (Q ∪ {⊥}): a symbol, or a symbol·state where the head stands.

        The token of symbol number a without the head has the id a(|Q| + 1), and that with the
        head in state number h the id a(|Q| + 1) + 1 + h.
        """
        heads = ["", *(f"·{state}" for state in self.states)]
        return Vocabulary(symbol + head for symbol in self.symbols for head in heads)

    def halts_in(self, state: str) -> bool:
        """Whether this state has no rules."""
        return not self.rules[state]

    def check_input(self, tape: str) -> None:
        """Raise a ValueError if the input holds a symbol that is not the machine's."""
        for symbol in tape:
            if symbol not in self.symbols:
                raise ValueError(
                    f"the input holds {symbol!r}; this machine's symbols are "
                    f"{', '.join(map(repr, self.symbols))}"
                )

    def __repr__(self) -> str:
        return f"TuringMachine({len(self.states)} states, symbols {''.join(self.symbols)!r})"


@dataclass(frozen=True, eq=False)
class Run:
    """The first steps of a machine on an input.

    Attributes
    ----------
    machine : TuringMachine
    input : str
        Cell 0 holds its first symbol, and the head starts there.
    halted : bool
        Whether the last configuration's state halts; if not, the step limit ended the run.
    states, heads : int array, shape (τ + 1,)
        The state's number and the head's cell at times 0 … τ.
    written : int array, shape (τ,)
        The number of the symbol written in each step.
    cells : range
        The cells that hold the input or that the head reaches, one step beyond the last included;
        at least two.
    """

    machine: TuringMachine
    input: str
    halted: bool
    states: NDArray[np.int64]
    heads: NDArray[np.int64]
    written: NDArray[np.int64]
    cells: range

    @property
    def steps(self) -> int:
        """The number τ of steps."""
        return len(self.written)

    @property
    def state(self) -> str:
        """The last state."""
        return self.machine.states[int(self.states[-1])]

    @property
    def tape(self) -> str:
        """The last tape from the first to the last symbol that is not blank."""
        tape = dict(enumerate(self.input))
        for cell, symbol in zip(self.heads, self.written, strict=False):
            tape[int(cell)] = self.machine.symbols[symbol]
        blank = self.machine.blank
        return "".join(tape.get(cell, blank) for cell in self.cells).strip(blank)

    def __repr__(self) -> str:
        end = "halted" if self.halted else "still"
        return (
            f"Run({len(self.input)} cells of input, {self.steps} steps, "
            f"{end} in {self.state!r}, tape {self.tape!r})"
        )


def run(machine: TuringMachine, tape: str | None = None, limit: int = 100_000) -> Run:
    """Run a machine until it halts, or for `limit` steps.

    Parameters
    ----------
    machine : TuringMachine
    tape : str, optional
        The input; the machine's own if not given.
    limit : int
        The most steps, at least 0.

    Raises
    ------
    ValueError
        If the input holds a symbol that is not the machine's, the limit is negative, or a state
        is reached that has rules, but none for the symbol under the head.

    Examples
    --------
    >>> from ntp_lib.theory import example_machine
    >>> run(example_machine("bb2"))
    Run(0 cells of input, 6 steps, halted in 'Z', tape '1111')
    """
    tape = machine.input if tape is None else tape
    machine.check_input(tape)
    if limit < 0:
        raise ValueError(f"limit is {limit}; it must be at least 0")
    cells = dict(enumerate(tape))
    state, head = machine.start, 0
    states, heads = [state], [head]
    written: list[str] = []
    while len(written) < limit and machine.rules[state]:
        symbol = cells.get(head, machine.blank)
        rule = machine.rules[state].get(symbol)
        if rule is None:
            raise ValueError(
                f"step {len(written) + 1} finds no rule for symbol {symbol!r} in state {state!r}; "
                "add one, or let that symbol lead to a halting state"
            )
        cells[head] = rule.write
        state, head = rule.state, head + rule.move
        states.append(state)
        heads.append(head)
        written.append(rule.write)
    last = machine.rules[state].get(cells.get(head, machine.blank))
    beyond = head + (last.move if last else 0)
    number = {name: i for i, name in enumerate(machine.states)}
    symbols = {name: i for i, name in enumerate(machine.symbols)}
    first = min(0, beyond, *heads)
    return Run(
        machine,
        tape,
        not machine.rules[state],
        np.array([number[name] for name in states], dtype=np.int64),
        np.array(heads, dtype=np.int64),
        np.array([symbols[name] for name in written], dtype=np.int64),
        range(first, max(first + 1, len(tape) - 1, beyond, *heads) + 1),
    )


def tableau(
    result: Run, width: int | None = None, left: int | None = None, steps: int | None = None
) -> Tokens:
    """Write a run as tokens: one blank cell, then rows of `width` cells for times 0 … steps.

    The first 1 + width tokens are the prompt of `machine_predictor(machine, width)`.
    Source: ours (the tableau is classical; its tape is glued to a helix here).

    Parameters
    ----------
    result : Run
    width : int, optional
        The cells S of a row; as many as the run needs if not given.
    left : int, optional
        The cells of a row before the input's first; as many as the run needs if not given.
    steps : int, optional
        The last row's time; the run's last if not given. After halting the rows repeat.

    Returns
    -------
    Tokens, shape (1 + width · (steps + 1),)
        Over `machine.vocabulary`.

    Raises
    ------
    ValueError
        If the head would leave the row or the input does not fit: it says what is enough; or if
        the run has not halted and is shorter than `steps`.

    Examples
    --------
    >>> from ntp_lib.theory import example_machine
    >>> result = run(example_machine("increment"), "11")
    >>> tokens = tableau(result)
    >>> print(*result.machine.vocabulary.decode(tokens[1:5]))
    _ _ 1·right 1
    """
    machine, cells = result.machine, result.cells
    left = -cells.start if left is None else left
    if left < -cells.start:
        raise ValueError(
            f"left is {left} and the head goes to {-cells.start} cells before the input: it would "
            f"leave the row on the left; give left at least {-cells.start}"
        )
    enough = left + cells.stop
    width = enough if width is None else width
    if width < enough:
        raise ValueError(
            f"width is {width}; a row of this run needs {enough} cells, "
            f"{left} of them before the input's first"
        )
    steps = result.steps if steps is None else steps
    if steps < 0 or (steps > result.steps and not result.halted):
        raise ValueError(
            f"steps is {steps}; this run has {result.steps} and has not halted: give 0 to "
            f"{result.steps}, or a longer run"
        )
    stride = len(machine.states) + 1
    numbers = {symbol: i for i, symbol in enumerate(machine.symbols)}
    rows = np.zeros((steps + 1, width), dtype=np.int64)
    rows[0, left : left + len(result.input)] = [stride * numbers[s] for s in result.input]
    places = (result.heads + left).tolist()
    for t, symbol in enumerate(result.written[:steps].tolist()):
        rows[t + 1] = rows[t]
        rows[t + 1, places[t]] = stride * symbol
    rows[result.steps + 1 :] = rows[min(result.steps, steps)]
    times = np.minimum(np.arange(steps + 1), result.steps)
    rows[np.arange(steps + 1), result.heads[times] + left] += 1 + result.states[times]
    return np.concatenate([[0], rows.ravel()])


def walk_back(machine: TuringMachine, marker: str) -> TuringMachine:
    """Return the machine that walks back to the marker before it halts.

    Where the machine would enter a halting state h it enters ←h instead, moves left to the
    nearest marker and enters h there. If cell 0 of the row holds the only marker, the token at
    which the tableau reaches h is a row's first, so that it is the last token of the sequence
    after S(τ − 1) + 1 tokens: the answer. Source: ours.

    Parameters
    ----------
    machine : TuringMachine
    marker : str
        One of the machine's symbols, which must stand to the left of the head at halting.

    Raises
    ------
    ValueError
        If the marker is not one of the machine's symbols.

    Examples
    --------
    >>> from ntp_lib.theory import example_machine
    >>> machine = walk_back(example_machine("palindrome"), ">")
    >>> run(machine, ">abba").heads[-1]
    np.int64(0)
    """
    if marker not in machine.symbols:
        raise ValueError(
            f"the marker {marker!r} is not one of the symbols "
            f"{', '.join(map(repr, machine.symbols))}"
        )
    halting = [state for state in machine.states if machine.halts_in(state)]
    rules = {
        state: {
            symbol: Rule(r.write, r.move, f"←{r.state}" if r.state in halting else r.state)
            for symbol, r in row.items()
        }
        for state, row in machine.rules.items()
    }
    for state in halting:
        rules[f"←{state}"] = {
            symbol: Rule(symbol, 0, state) if symbol == marker else Rule(symbol, -1, f"←{state}")
            for symbol in machine.symbols
        }
    return TuringMachine(machine.blank, machine.start, rules, machine.input)
