"""Arithmetic as threshold circuits. Numbers are written with the most significant bit first."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ntp_lib.core import Tokens
from ntp_lib.theory.circuits import Circuit, Gate


def to_bits(values: ArrayLike, width: int) -> Tokens:
    """Write numbers in binary: (batch,) → (batch, width), the most significant bit first.

    Raises
    ------
    ValueError
        If a number is negative or needs more than `width` bits.

    Examples
    --------
    >>> to_bits([1, 6], 3)
    array([[0, 0, 1],
           [1, 1, 0]])
    """
    numbers = np.asarray(values)
    for number in numbers[(numbers < 0) | (numbers >> width > 0)]:
        raise ValueError(f"{number} does not fit {width} bits; give 0 to {2**width - 1}")
    return np.array([[(int(v) >> i) & 1 for i in range(width)[::-1]] for v in numbers])


def from_bits(bits: ArrayLike) -> list[int]:
    """Read binary numbers, the most significant bit first: (batch, width) → `batch` ints.

    Examples
    --------
    >>> from_bits([[0, 0, 1], [1, 1, 0]])
    [1, 6]
    """
    return [int("".join(map(str, row)), 2) for row in np.asarray(bits)]


def majority(n: int) -> Circuit:
    """Return the majority of n bits, in 1 token: 1[Σx ≥ ⌊n/2⌋ + 1]. Source: classical.

    Examples
    --------
    >>> majority(3).gates
    {'majority': 1[x1 + x2 + x3 ≥ 2]}
    """
    _at_least_one(n)
    inputs = [f"x{i + 1}" for i in range(n)]
    gate = Gate(dict.fromkeys(inputs, 1), n // 2 + 1)
    return Circuit(inputs, {"majority": gate}, ["majority"])


def comparator(n: int) -> Circuit:
    """Return 1[a ≥ b] for n-bit numbers a and b, in 1 token. Source: classical.

    Examples
    --------
    >>> comparator(2).gates
    {'a≥b': 1[2a1 + a0 − 2b1 − b0 ≥ 0]}
    """
    a, b = _number("a", n), _number("b", n)
    weights = _places(a) | {wire: -weight for wire, weight in _places(b).items()}
    return Circuit([*a, *b], {"a≥b": Gate(weights, 0)}, ["a≥b"])


def ripple_adder(n: int) -> Circuit:
    """Return the adder of two n-bit numbers by carries, in 2n tokens with weights at most 2.

    Carry c_{i+1} is the majority of a_i, b_i and c_i; digit s_i is 1[a_i + b_i + c_i − 2c_{i+1}
    ≥ 1]. The chain is c₁ … c_n s_{n−1} … s₀: its last n + 1 tokens are the sum. Source: classical.

    Raises
    ------
    ValueError
        If n is below 1.

    Examples
    --------
    >>> ripple_adder(2).evaluate(np.hstack([to_bits([3], 2), to_bits([1], 2)]))   # 3 + 1 = 100₂
    array([[1, 1, 0, 0]])
    """
    a, b = _number("a", n), _number("b", n)
    carries: dict[str, Gate] = {}
    digits: dict[str, Gate] = {}
    for i in range(n):
        added = [f"a{i}", f"b{i}", f"c{i}"] if i else ["a0", "b0"]
        carries[f"c{i + 1}"], digits[f"s{i}"] = _sum_gates(added, f"c{i + 1}")
    outputs = [f"c{n}", *reversed(digits)]
    return Circuit([*a, *b], carries | digits, outputs)


def weighted_adder(n: int) -> Circuit:
    """Return the adder of two n-bit numbers in n + 1 tokens, with weights up to 2ⁿ.

    Digit s_k, the most significant first, is 1[a + b − Σ_{j>k} 2^j s_j ≥ 2^k]. No adder is
    shorter, and one of this length with integer weights has one of size at least 2ⁿ. Source: ours.

    Raises
    ------
    ValueError
        If n is below 1.

    Examples
    --------
    >>> weighted_adder(1).gates
    {'s1': 1[a0 + b0 ≥ 2], 's0': 1[a0 + b0 − 2s1 ≥ 1]}
    """
    a, b = _number("a", n), _number("b", n)
    digits = _digit_gates(_places(a) | _places(b), "s", n + 1)
    return Circuit([*a, *b], digits, list(digits))


def multiplier(n: int) -> Circuit:
    """Return the array multiplier of two n-bit numbers, in 3n² − 2n tokens with weights at most 2.

    n² products of two bits, then n − 1 rows of ripple adders; the outputs are p_{2n−1} … p₀ (for
    n = 1 only p₀). Source: classical.

    Raises
    ------
    ValueError
        If n is below 1.

    Examples
    --------
    >>> multiplier(2)
    Circuit(4 inputs, 8 gates, 4 outputs)
    >>> multiplier(2).evaluate(np.hstack([to_bits([3], 2), to_bits([2], 2)]))[0, -4:]   # 6 = 0110₂
    array([0, 1, 1, 0])
    """
    a, b = _number("a", n), _number("b", n)
    gates = {f"a{i}b{j}": Gate({f"a{i}": 1, f"b{j}": 1}, 2) for j in range(n) for i in range(n)}
    outputs = ["a0b0"]
    row = [f"a{i}b0" for i in range(1, n)]  # what the rows so far add to the next one
    for j in range(1, n):
        sums, carry = [], None
        for i in range(n):
            added = [wire for wire in (f"a{i}b{j}", *row[i : i + 1], carry) if wire]
            carry, digit = f"c{j}.{i}", f"s{j}.{i}"
            gates[carry], gates[digit] = _sum_gates(added, carry)
            sums.append(digit)
        assert carry
        outputs.append(sums[0])
        row = [*sums[1:], carry]
    return Circuit([*a, *b], gates, [*reversed(row), *reversed(outputs)])


def _sum_gates(added: Sequence[str], carry: str) -> tuple[Gate, Gate]:
    """The carry and the digit of the sum of two or three bits; the digit reads the carry."""
    ones = dict.fromkeys(added, 1)
    return Gate(ones, 2), Gate({**ones, carry: -2}, 1)


def _digit_gates(total: Mapping[str, int], name: str, width: int) -> dict[str, Gate]:
    """The binary digits of Σ total, a number of `width` bits, the most significant first."""
    gates: dict[str, Gate] = {}
    for k in range(width)[::-1]:
        written = {f"{name}{j}": -(2**j) for j in range(width)[:k:-1]}
        gates[f"{name}{k}"] = Gate({**total, **written}, 2**k)
    return gates


def _number(name: str, n: int) -> list[str]:
    _at_least_one(n)
    return [f"{name}{i}" for i in range(n)[::-1]]


def _places(wires: Sequence[str]) -> dict[str, int]:
    """The value of each bit of a number."""
    return {wire: 2 ** (len(wires) - 1 - i) for i, wire in enumerate(wires)}


def _at_least_one(n: int) -> None:
    if n < 1:
        raise ValueError(f"n is {n}; give at least 1 bit")
