"""The dial of one more token: parity, with the length of its chain of thought on a slider."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TypedDict

import anywidget
import traitlets

from ntp_lib.show.browser import module
from ntp_lib.show.export import PredictorJSON, predictor_json
from ntp_lib.theory import CountParity, RunningParity, accuracy_bounds, window_accuracy

MOST_BITS = 12


class OutOfRange(traitlets.TraitError, ValueError):
    """A trait's value that is out of its range; traitlets takes back what was set with it."""


class Proved(TypedDict):
    """An exact number: as a fraction to read, and as a float to draw."""

    fraction: str
    value: float


class ChainJSON(TypedDict):
    """One chain for parity of m bits: its predictor, and what is proved of its length.

    `kind` is "digits" (of the count of ones) or "running" (parity so far). `window` holds the
    least and the greatest count that the chain tells apart from all others beside it. `bound` is
    the most that any chain of this many *bits* can reach, and None for the running chain, whose
    tokens are not bits and which makes no mistake.
    """

    kind: str
    tokens: int
    window: tuple[int, int]
    predictor: PredictorJSON
    accuracy: Proved
    bound: Proved | None


def chain_lengths(size: int) -> list[int]:
    """Return the chain lengths that the dial offers for parity of `size` bits.

    1 to ⌊log₂ size⌋ + 1 tokens for the digits of the count; then `size` tokens, for the running
    parity, where that is longer.

    Examples
    --------
    >>> chain_lengths(1), chain_lengths(2), chain_lengths(7)
    ([1], [1, 2], [1, 2, 3, 7])
    """
    digits = list(range(1, size.bit_length() + 1))
    return [*digits, size] if size > len(digits) else digits


class ParityDial(anywidget.AnyWidget):
    """Parity of the bits in A, predicted by a chain of thought whose length is a knob.

    The page holds the weights of every predictor and runs them itself: no answer is stored. The
    accuracy is counted there over all 2ⁿ inputs, beside the exact value that is proved. What the
    reader sets can be read here, and set here it moves there.

    Parameters
    ----------
    n : int
        The number of bits in the prompt: 2 to `max_n`.
    subset : sequence of int, optional
        The positions A, from 0; distinct, at least one. All of them if not given.
    bits : sequence of int, optional
        The prompt: n zeros and ones. If not given, two ones and a zero, repeated.
    tokens : int
        The chain's length T: one of `chain_lengths(len(subset))`. Up to ⌊log₂|A|⌋ + 1 the chain is
        `CountParity`'s, beyond that `RunningParity`'s.
    max_n : int
        The most bits that the reader can choose: 2 to 12.

    Raises
    ------
    ValueError
        If a value is out of its range.
    TypeError, traitlets.TraitError
        If a value is not of the right type.

    Examples
    --------
    >>> dial = ParityDial(n=7, tokens=2)
    >>> dial.task
    CountParity(n=7, subset=(0, 1, 2, 3, 4, 5, 6), tokens=2)
    >>> dial.subset = [1, 4, 5]
    >>> dial.task
    CountParity(n=7, subset=(1, 4, 5), tokens=2)
    """

    _esm = module("linear.js", "dom.js", "parity_dial.js")
    _css = module("parity_dial.css")

    # The defaults fit together: traitlets checks a value only where it differs from the default.
    n = traitlets.Int(2).tag(sync=True)
    subset = traitlets.List(traitlets.Int(), [0]).tag(sync=True)
    bits = traitlets.List(traitlets.Int(), [0, 0]).tag(sync=True)
    tokens = traitlets.Int(1).tag(sync=True)
    max_n = traitlets.Int().tag(sync=True)
    chains: traitlets.List[list[ChainJSON]] = traitlets.List().tag(sync=True)
    """The chains of |A| = 1, …, max_n, shortest first."""

    def __init__(
        self,
        n: int = 7,
        subset: Sequence[int] | None = None,
        bits: Sequence[int] | None = None,
        tokens: int = 1,
        max_n: int = 10,
    ) -> None:
        if not 2 <= max_n <= MOST_BITS:
            raise ValueError(
                f"max_n is {max_n}; give 2 to {MOST_BITS}: every input is tried in the page"
            )
        super().__init__(max_n=max_n, chains=[_chains(size) for size in range(1, max_n + 1)])
        # one by one: each is checked against those before it
        self.n = n
        self.subset = list(range(n)) if subset is None else list(subset)
        self.bits = [int(i % 3 < 2) for i in range(n)] if bits is None else list(bits)
        self.tokens = tokens

    @property
    def task(self) -> CountParity | RunningParity:
        """The task that the dial stands at."""
        if self.tokens <= len(self.subset).bit_length():
            return CountParity(self.n, tuple(self.subset), self.tokens)
        return RunningParity(self.n, tuple(self.subset))

    def __repr__(self) -> str:
        return (
            f"ParityDial(n={self.n}, subset={self.subset}, bits={self.bits}, tokens={self.tokens})"
        )

    @traitlets.validate("n")
    def _n_in_range(self, proposal: traitlets.Bunch) -> int:
        n: int = proposal["value"]
        if not 2 <= n <= self.max_n:
            raise OutOfRange(f"n is {n}; give 2 to max_n, which is {self.max_n}")
        return n

    @traitlets.validate("subset")
    def _subset_of_positions(self, proposal: traitlets.Bunch) -> list[int]:
        subset: list[int] = proposal["value"]
        try:
            CountParity(self.n, tuple(subset))
        except ValueError as error:
            raise OutOfRange(str(error)) from None
        return sorted(subset)

    @traitlets.validate("bits")
    def _n_bits(self, proposal: traitlets.Bunch) -> list[int]:
        bits: list[int] = proposal["value"]
        if len(bits) != self.n or not set(bits) <= {0, 1}:
            raise OutOfRange(f"bits is {bits}; give {self.n} zeros and ones")
        return bits

    @traitlets.validate("tokens")
    def _tokens_of_a_chain(self, proposal: traitlets.Bunch) -> int:
        tokens: int = proposal["value"]
        lengths = chain_lengths(len(self.subset))
        if tokens not in lengths:
            raise OutOfRange(
                f"tokens is {tokens}, and no chain for {len(self.subset)} bits has that length; "
                f"give one of {lengths}"
            )
        return tokens

    @traitlets.observe("n")
    def _fit_prompt(self, change: traitlets.Bunch) -> None:
        """Let A and the prompt follow the number of bits; where A was all of them, it still is."""
        everything = len(self.subset) == change["old"]
        with self.hold_trait_notifications():
            self.subset = [i for i in range(self.n) if everything or i in self.subset] or [0]
            self.bits = (self.bits + [0] * self.n)[: self.n]
            self._fit_tokens(change)

    @traitlets.observe("subset")
    def _fit_tokens(self, _: traitlets.Bunch) -> None:
        """Keep the nearest length that the chains for A have; the shorter of two."""
        lengths = chain_lengths(len(self.subset))
        self.tokens = min(lengths, key=lambda length: abs(length - self.tokens))


def _chains(size: int) -> list[ChainJSON]:
    everything = tuple(range(size))
    chains: list[ChainJSON] = []
    for tokens in chain_lengths(size):
        if tokens <= size.bit_length():
            task = CountParity(size, everything, tokens)
            low = task.window_start
            chains.append(
                {
                    "kind": "digits",
                    "tokens": tokens,
                    "window": (low, min(size, low + 2**tokens - 1)),
                    "predictor": predictor_json(task.predictor()),
                    "accuracy": _proved(window_accuracy(size, tokens)),
                    "bound": _proved(accuracy_bounds(size, tokens)[1]),
                }
            )
        else:
            chains.append(
                {
                    "kind": "running",
                    "tokens": tokens,
                    "window": (0, size),
                    "predictor": predictor_json(RunningParity(size, everything).predictor()),
                    "accuracy": _proved(Fraction(1)),
                    "bound": None,
                }
            )
    return chains


def _proved(value: Fraction) -> Proved:
    return {"fraction": str(value), "value": float(value)}
