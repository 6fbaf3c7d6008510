"""How long the chain of an arbitrary function must be, and how long it need be."""

from collections.abc import Sequence
from fractions import Fraction

from ntp_lib.theory.circuits import Circuit, Gate


def dichotomies(points: int, variables: int) -> int:
    """Return the most ways in which one threshold gate can label `points` points of R^variables.

    2 Σ_{i ≤ m} C(N − 1, i) for N points in m variables; attained in general position.
    Source: classical (Schläfli; Cover 1965); the chapter proves it.

    Raises
    ------
    ValueError
        If there is no point, or the number of variables is negative.

    Examples
    --------
    >>> dichotomies(4, 2), dichotomies(8, 3)   # of four points all but XOR and its complement
    (14, 128)
    """
    if points < 1:
        raise ValueError(f"points is {points}; give at least 1")
    if variables < 0:
        raise ValueError(f"variables is {variables}; give at least 0")
    total, term = 1, 1
    for i in range(1, min(variables, points - 1) + 1):
        term = term * (points - i) // i
        total += term
    return 2 * total


def functions_at_most(n: int, tokens: int) -> int:
    """Return a bound on how many functions of n bits have a linear chain of T bits: exact.

    Token t reads at most 2ⁿ different prefixes of n + t − 1 bits, so it is one of at most
    `dichotomies(2ⁿ, n + t − 1)` functions of the prompt; the bound is their product over t.
    Source: ours, in the classical manner.

    Raises
    ------
    ValueError
        If `n` or `tokens` is below 1.

    Examples
    --------
    >>> functions_at_most(2, 1), functions_at_most(2, 2)   # at most 16 are functions of two bits
    (14, 224)
    """
    _check(n, tokens)
    product = 1
    for t in range(1, tokens + 1):
        product *= dichotomies(2**n, n + t - 1)
    return product


def exponent_at_most(n: int, tokens: int) -> int:
    """Return E = T + n(nT + T(T−1)/2): at most 2^E functions of n bits have a chain of T bits.

    It follows from `functions_at_most` by Σ_{i ≤ m} C(N − 1, i) ≤ N^m. Source: ours.

    Raises
    ------
    ValueError
        If `n` or `tokens` is below 1.

    Examples
    --------
    >>> exponent_at_most(20, 304) < 2**20 < exponent_at_most(20, 305)
    True
    """
    _check(n, tokens)
    return tokens + n * (n * tokens + tokens * (tokens - 1) // 2)


def least_tokens(n: int, share: Fraction = Fraction(1)) -> int:
    """Return the least T for which `functions_at_most` allows this share of all functions.

    Fewer tokens compute less than this share of the 2^(2ⁿ) functions of n bits, whatever their
    weights. Source: ours; classical up to the constant (Nechiporuk 1964).

    Parameters
    ----------
    n : int
        At least 1. The numbers grow to 2ⁿ bits.
    share : Fraction
        Above 0, at most 1.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> least_tokens(2), least_tokens(10), least_tokens(10, Fraction(1, 1000))
    (2, 10, 10)
    """
    _check(n, 1)
    if not 0 < share <= 1:
        raise ValueError(f"share is {share}; give more than 0 and at most 1")
    wanted = share * 2 ** (2**n)
    product, tokens = 1, 0
    while product < wanted:
        product *= dichotomies(2**n, n + tokens)
        tokens += 1
    return tokens


def lookup_circuit(table: Sequence[int]) -> Circuit:
    """Return a circuit for any function of n bits, of at most 3·2^{n/2} gates if n is even.

    The truth table is cut into 2^a rows of 2^b bits, a + b = n. Gates t_j find the row; d_k write
    its bits, the most significant first; u_k keep the one that is asked for. 2^a + 2^{b+1} gates.
    Source: ours; the order of growth is classical (Nechiporuk 1964, with fewer gates).

    Parameters
    ----------
    table : sequence of int
        The 2ⁿ values in counting order, n at least 1.

    Raises
    ------
    ValueError
        If the length is not a power of two, at least 2, or a value is not a bit.

    Examples
    --------
    >>> lookup_circuit([0, 1, 1, 0]).evaluate([[0, 0], [0, 1], [1, 0], [1, 1]])[:, -1]
    array([0, 1, 1, 0])
    """
    n = len(table).bit_length() - 1
    if n < 1 or len(table) != 2**n:
        raise ValueError(f"the table has {len(table)} values; give 2, 4, 8, 16, … of them")
    for value in table:
        if value not in (0, 1):
            raise ValueError(f"the table holds {value!r}; give bits only")
    a = (n + 1) // 2
    b = n - a
    inputs = [f"x{i + 1}" for i in range(n)]
    row_value = {wire: 2 ** (a - 1 - i) for i, wire in enumerate(inputs[:a])}
    column_value = {wire: 2 ** (b - 1 - i) for i, wire in enumerate(inputs[a:])}
    # row j as a number whose bit of value 2^k is the entry in column k
    rows = [sum(int(table[2**b * j + k]) << k for k in range(2**b)) for j in range(2**a)]
    gates = {f"t{j}": Gate(row_value, j) for j in range(1, 2**a)}
    row = {f"t{j}": rows[j] - rows[j - 1] for j in range(1, 2**a) if rows[j] != rows[j - 1]}
    for k in range(2**b)[::-1]:
        written = {f"d{j}": -(2**j) for j in range(2**b)[:k:-1]}
        gates[f"d{k}"] = Gate({**row, **written}, 2**k - rows[0])
    for k in range(2**b):
        # 1 if the column is k and d_k is 1: every input bit agrees
        agree = {wire: 1 if k & value else -1 for wire, value in column_value.items()}
        gates[f"u{k}"] = Gate({**agree, f"d{k}": 1}, k.bit_count() + 1)
    gates["answer"] = Gate({f"u{k}": 1 for k in range(2**b)}, 1)
    return Circuit(inputs, gates, ["answer"])


def _check(n: int, tokens: int) -> None:
    if n < 1:
        raise ValueError(f"n is {n}; give at least 1 bit")
    if tokens < 1:
        raise ValueError(f"tokens is {tokens}; predict at least 1")
