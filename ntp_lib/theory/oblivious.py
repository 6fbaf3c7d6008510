"""Theorem: an oblivious machine, one token a step."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ntp_lib.core import PerStep, Vocabulary
from ntp_lib.theory.linear import LinearPredictor


@dataclass(frozen=True)
class ObliviousMachine:
    """A machine with k tapes whose heads move on a schedule that the input does not change.

    Its rules give the next state and the symbols to write; where the heads go is a separate
    table, `heads`, of shape (τ + 1, k): the cell of every head at times 0 … τ. The input stands
    on tape 0 from cell 0 on.

    Parameters
    ----------
    blank : str
    start : str
    rules : mapping from (state, symbols) to (state, symbols)
        From the state and the k symbols under the heads to the next state and the k symbols
        written. Where there is no rule the machine idles: it changes nothing.

    Raises
    ------
    ValueError
        If there is no rule, or the rules are not all for the same number of tapes.

    Examples
    --------
    >>> machine = two_tape_palindrome()
    >>> machine.chain("abba", two_tape_schedule(4))[-1]
    'yes·__'
    """

    blank: str
    start: str
    rules: Mapping[tuple[str, str], tuple[str, str]]

    def __post_init__(self) -> None:
        lengths = {len(s) for (_, a), (_, b) in self.rules.items() for s in (a, b)}
        if len(lengths) != 1:
            raise ValueError(f"the rules are for {sorted(lengths)} tapes; give one number of tapes")

    @property
    def tapes(self) -> int:
        """The number k of tapes."""
        return len(next(iter(self.rules))[1])

    @cached_property
    def states(self) -> tuple[str, ...]:
        """The states Q, the first one first."""
        found = {self.start: None}
        for (state, _), (into, _) in self.rules.items():
            found |= {state: None, into: None}
        return tuple(found)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The symbols Γ, the blank first."""
        found = {self.blank: None}
        for (_, read), (_, written) in self.rules.items():
            found |= dict.fromkeys(read + written)
        return tuple(found)

    @cached_property
    def configurations(self) -> tuple[tuple[str, str], ...]:
        """All pairs of a state and the k symbols under the heads: Q × Γᵏ."""
        scanned = ["".join(s) for s in product(self.symbols, repeat=self.tapes)]
        return tuple((state, s) for state in self.states for s in scanned)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The dictionary Γ ∪ (Q × Γᵏ): input symbols, and tokens state·symbols."""
        return Vocabulary([*self.symbols, *(f"{q}·{s}" for q, s in self.configurations)])

    def chain(self, tape: str, heads: ArrayLike) -> tuple[str, ...]:
        """Run the machine directly: the tokens state·symbols of times 0 … τ.

        Raises a ValueError if the input holds an unknown symbol or `heads` does not fit.
        """
        schedule = self._schedule(heads)
        for symbol in tape:
            if symbol not in self.symbols:
                raise ValueError(
                    f"the input holds {symbol!r}; the symbols are {', '.join(self.symbols)}"
                )
        cells: list[dict[int, str]] = [{} for _ in range(self.tapes)]
        cells[0] = dict(enumerate(tape))
        state, tokens = self.start, []
        for places in schedule.tolist():
            read = "".join(t.get(c, self.blank) for t, c in zip(cells, places, strict=True))
            tokens.append(f"{state}·{read}")
            state, written = self.rules.get((state, read), (state, read))
            for t, c, symbol in zip(cells, places, written, strict=True):
                t[c] = symbol
        return tuple(tokens)

    def _schedule(self, heads: ArrayLike) -> NDArray[np.int64]:
        schedule = np.asarray(heads, dtype=np.int64)
        if schedule.ndim != 2 or schedule.shape[1] != self.tapes or not len(schedule):
            raise ValueError(
                f"heads has shape {schedule.shape}; give (steps + 1, {self.tapes}): a cell for "
                "each tape at each time"
            )
        return schedule


def oblivious_predictor(machine: ObliviousMachine, n: int, heads: ArrayLike) -> PerStep:
    """Compile an oblivious machine to a linear predictor that writes one token a step, margin 1.

    The token of time t is the state and the k symbols under the heads. The state is a function of
    the token before. The symbol on tape j is a function of the token of the last time that its
    head was at this cell, or of one input token, or it is blank. When these times were is known in
    advance; so each part is one vote, by one token read or by the bias. The look-backs depend on
    t: every step has its own weights. Source: ours.

    Parameters
    ----------
    machine : ObliviousMachine
    n : int
        The length of the input, at least 0.
    heads : array_like of int, shape (τ + 1, k)
        The cell of every head at times 0 … τ.

    Returns
    -------
    PerStep
        τ + 1 steps after a prompt of n tokens.

    Raises
    ------
    ValueError
        If n is negative or `heads` has another shape.

    Examples
    --------
    >>> from ntp_lib.core import rollout
    >>> machine = two_tape_palindrome()
    >>> predictor = oblivious_predictor(machine, 3, two_tape_schedule(3))
    >>> chain = rollout(predictor, machine.vocabulary.encode("abb")[None], steps=13)[0]
    >>> machine.vocabulary.decode(chain)[-1]
    'no·__'
    """
    schedule = machine._schedule(heads)
    if n < 0:
        raise ValueError(f"n is {n}; an input has at least 0 symbols")
    g, pairs = len(machine.symbols), machine.configurations
    q = g + len(pairs)
    rules = [machine.rules.get(pair, pair) for pair in pairs]
    # the parts of every candidate, and what each token says of the parts to come
    states = np.array([machine.states.index(state) for state, _ in pairs])
    scanned = np.array([[machine.symbols.index(a) for a in s] for _, s in pairs])
    into = np.array([machine.states.index(state) for state, _ in rules])
    written = np.array([[machine.symbols.index(a) for a in s] for _, s in rules])

    def votes(said: NDArray[np.int64], part: NDArray[np.int64], first: int) -> NDArray[np.float64]:
        """The block in which token first + i votes for the candidates whose part is said[i]."""
        block = np.zeros((q, q))
        block[first : first + len(said), g:] = said[:, None] == part
        return block

    from_state = votes(into, states, g)
    from_tape = [votes(written[:, j], scanned[:, j], g) for j in range(machine.tapes)]
    from_input = votes(np.arange(g), scanned[:, 0], 0)
    last: list[dict[int, int]] = [{} for _ in range(machine.tapes)]
    steps = []
    for t, places in enumerate(schedule.tolist()):
        bias = np.zeros(q)
        blocks: dict[int, NDArray[np.float64]] = defaultdict(lambda: np.zeros((q, q)))
        if t == 0:
            bias[g:] += states == 0
        else:
            blocks[1] += from_state
        for j, cell in enumerate(places):
            if cell in last[j]:
                look_back = t - last[j][cell]
                blocks[look_back] += from_tape[j]
            elif j == 0 and 0 <= cell < n:
                blocks[n + t - cell] += from_input
            else:
                bias[g:] += scanned[:, j] == 0
            last[j][cell] = t
        weights = np.array(list(blocks.values())).reshape(-1, q, q)
        steps.append(LinearPredictor(machine.vocabulary, list(blocks), weights, bias))
    return PerStep(n, steps)


def two_tape_palindrome(letters: Sequence[str] = "ab") -> ObliviousMachine:
    """Return a machine that decides palindromes in linear time on `two_tape_schedule`.

    It copies the word to tape 1, brings head 0 back, and compares the word with its copy read
    backwards. Source: classical.
    """
    rules: dict[tuple[str, str], tuple[str, str]] = {
        ("copy", "__"): ("rewind", "__"),
        ("compare", "__"): ("yes", "__"),
    }
    for a in letters:
        rules["copy", a + "_"] = ("copy", a + a)
        for b in letters:
            rules["compare", a + b] = ("compare" if a == b else "no", a + b)
    for b in [*letters, "_"]:
        rules["rewind", "_" + b] = ("compare", "_" + b)
    return ObliviousMachine("_", "copy", rules)


def two_tape_schedule(n: int) -> NDArray[np.int64]:
    """Return the heads of `two_tape_palindrome` on words of n letters, shape (3n + 4, 2).

    Examples
    --------
    >>> two_tape_schedule(1).T
    array([[ 0,  1,  0, -1,  0,  1,  1],
           [ 0,  1,  0,  0,  0, -1, -1]])
    """
    forth, back = np.arange(n + 1), np.arange(n - 1, -2, -1)
    first = np.concatenate([forth, back, forth, [n]])
    second = np.concatenate([forth, np.full(n + 1, n - 1), back, [-1]])
    return np.stack([first, second], axis=1)
