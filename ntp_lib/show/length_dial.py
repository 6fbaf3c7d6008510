"""The length dial: parity of up to 128 bits, and the price of a chain of each length."""

from collections.abc import Sequence

import anywidget
import traitlets

from ntp_lib.show.browser import module
from ntp_lib.show.parity_dial import OutOfRange
from ntp_lib.theory import (
    CountModulo,
    CountParity,
    SparseParity,
    digit_length,
    least_base,
    least_sparsity,
    sparse_length,
)

MOST_BITS = 128
STEPS = ("xor", "digits", "bits")


def dial_lengths(n: int, steps: str) -> list[int]:
    """Return the chain lengths that the dial offers for parity of n bits.

    Every length that some k or q makes the shortest possible, and for `"bits"` every length up to
    ⌊log₂ n⌋ + 1, where the chain is exact.

    Examples
    --------
    >>> dial_lengths(8, "xor"), dial_lengths(8, "digits"), dial_lengths(8, "bits")
    ([1, 2, 3, 4, 7], [2, 3, 4], [1, 2, 3, 4])
    """
    if steps == "xor":
        return sorted({sparse_length(n, k) for k in range(2, n + 1)})
    if steps == "digits":
        return sorted({digit_length(n, 2, q) for q in range(2, n + 1)})
    return list(range(1, n.bit_length() + 1))


class LengthDial(anywidget.AnyWidget):
    """Parity of all n bits by a chain whose length is the dial; the rest follows from it.

    The page builds each chain's predictor and runs it, counts the members of its classes and the
    samples that suffice with exact integers, and draws what every other length would cost.

    Parameters
    ----------
    n : int
        The number of bits in the prompt: 2 to 128.
    steps : "xor", "digits" or "bits"
        What a step may be: the XOR of at most k tokens, with the least k that the length allows
        (`SparseParity`); a linear step over q thinking tokens, with the least q (`CountModulo`);
        or a linear step over bits, which is not always right if the chain is short (`CountParity`).
    tokens : int, optional
        The chain's length T: one of `dial_lengths(n, steps)`. The longest if not given.
    bits : sequence of int, optional
        The prompt: n zeros and ones. If not given, two ones and a zero, repeated.

    Raises
    ------
    traitlets.TraitError
        If a value is not of the right type.
    ValueError
        If a value is out of its range.

    Examples
    --------
    >>> LengthDial(n=8, steps="xor", tokens=3).task
    SparseParity(n=8, subset=(0, 1, 2, 3, 4, 5, 6, 7), k=4)
    """

    _esm = module("linear.js", "dom.js", "length_math.js", "length_dial.js")
    _css = module("length_dial.css")

    # The defaults fit together: traitlets checks a value only where it differs from the default.
    n = traitlets.Int(2).tag(sync=True)
    steps = traitlets.Unicode("xor").tag(sync=True)
    tokens = traitlets.Int(1).tag(sync=True)
    bits = traitlets.List(traitlets.Int(), [1, 1]).tag(sync=True)

    def __init__(
        self,
        n: int = 64,
        steps: str = "xor",
        tokens: int | None = None,
        bits: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        # one by one: each is checked against those before it
        self.n = n
        self.steps = steps
        self.tokens = dial_lengths(n, steps)[-1] if tokens is None else tokens
        self.bits = [int(i % 3 < 2) for i in range(n)] if bits is None else list(bits)

    @property
    def task(self) -> SparseParity | CountModulo | CountParity:
        """The task that the dial stands at."""
        everything = tuple(range(self.n))
        if self.steps == "xor":
            return SparseParity(self.n, everything, least_sparsity(self.n, self.tokens))
        if self.steps == "digits":
            return CountModulo(self.n, everything, 2, least_base(self.n, 2, self.tokens))
        return CountParity(self.n, everything, self.tokens)

    def __repr__(self) -> str:
        return f"LengthDial(n={self.n}, steps={self.steps!r}, tokens={self.tokens})"

    @traitlets.validate("n")
    def _n_in_range(self, proposal: traitlets.Bunch) -> int:
        n: int = proposal["value"]
        if not 2 <= n <= MOST_BITS:
            raise OutOfRange(f"n is {n}; give 2 to {MOST_BITS}")
        return n

    @traitlets.validate("steps")
    def _known_steps(self, proposal: traitlets.Bunch) -> str:
        steps: str = proposal["value"]
        if steps not in STEPS:
            raise OutOfRange(f"steps is {steps!r}; give one of {', '.join(map(repr, STEPS))}")
        return steps

    @traitlets.validate("tokens")
    def _tokens_of_a_chain(self, proposal: traitlets.Bunch) -> int:
        tokens: int = proposal["value"]
        lengths = dial_lengths(self.n, self.steps)
        if tokens not in lengths:
            raise OutOfRange(f"tokens is {tokens}; with these steps give one of {lengths}")
        return tokens

    @traitlets.validate("bits")
    def _n_bits(self, proposal: traitlets.Bunch) -> list[int]:
        bits: list[int] = proposal["value"]
        if len(bits) != self.n or not set(bits) <= {0, 1}:
            raise OutOfRange(f"bits is {bits}; give {self.n} zeros and ones")
        return bits

    @traitlets.observe("n")
    def _fit_prompt(self, change: traitlets.Bunch) -> None:
        """Let the prompt follow the number of bits."""
        with self.hold_trait_notifications():
            self.bits = (self.bits + [0] * self.n)[: self.n]
            self._fit_tokens(change)

    @traitlets.observe("steps")
    def _fit_tokens(self, _: traitlets.Bunch) -> None:
        """Keep the nearest length that these steps have; the shorter of two."""
        lengths = dial_lengths(self.n, self.steps)
        self.tokens = min(lengths, key=lambda length: abs(length - self.tokens))
