"""Checkers for the chapter *Length complexity*, and the data of its last exercise."""

from collections.abc import Callable, Iterable
from numbers import Integral

import numpy as np

from ntp_lib.core import PerStep, Tokens, rollout
from ntp_lib.exercises.common import first_wrong, linear_steps, whole_number
from ntp_lib.theory import (
    LinearPredictor,
    SparseParity,
    chain_candidates,
    digit_length,
    largest_subcubes,
    least_sparsity,
)

_SECRET = (3, 8, 9, 14, 15, 21, 26, 30, 31, 35, 41, 44, 47, 50, 53, 58, 60, 63)
_AN_HOUR = 3_600 * 10**9


def hidden_parity() -> tuple[Tokens, Tokens]:
    """Return 80 prompts of 64 bits and the parity of an unknown subset of each.

    Returns
    -------
    (Tokens, Tokens), shapes (80, 64) and (80,)

    Examples
    --------
    >>> prompts, answers = hidden_parity()
    >>> prompts.shape, answers.shape
    ((80, 64), (80,))
    """
    task = SparseParity(64, _SECRET, k=64)
    prompts = task.sample(80, np.random.default_rng(6))
    return prompts, task.complete(prompts)[:, -1]


def _base_ten(answer: int) -> str | None:
    least = digit_length(1000, p=2, q=10)
    if answer < 1:
        return "The answer itself is a token, so at least one is needed."
    if answer < least:
        return (
            f"{answer} tokens can write {2 * 10 ** (answer - 1)} different chains at most; "
            "compare with the number of different counts."
        )
    if answer > least:
        return f"That works, and so does a chain of {answer - 1}."
    return None


def _an_hour(answer: int) -> str | None:
    if not 1 <= answer <= 63:
        return (
            "A chain for 64 bits has from 1 to 63 tokens: fewer there are none, more nobody needs."
        )

    def candidates(tokens: int) -> int:
        return chain_candidates(64, least_sparsity(64, tokens), tokens)

    if candidates(answer) > _AN_HOUR:
        hours = candidates(answer) / _AN_HOUR
        return f"With {answer} tokens the search takes {hours:.3g} hours. Take smaller steps."
    if candidates(answer - 1) <= _AN_HOUR:
        return f"That takes less than an hour, and so does a chain of {answer - 1}."
    return None


def _mod_three(answer: object) -> str | None:
    if wrong := linear_steps(answer, n=26, tokens=3, vocabulary="012"):
        return wrong
    assert isinstance(answer, PerStep)
    rng = np.random.default_rng(0)
    inputs = rng.permuted(np.tri(27, 26, -1, dtype=np.int64).repeat(40, axis=0), axis=1)
    return first_wrong(answer, inputs, inputs.sum(axis=1) % 3)


def _no_large_subcube(answer: object) -> str | None:
    try:
        table = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        return "The answer should be a table of numbers."
    if table.shape != (3, 7):
        return f"The table should have 3 rows and 7 columns; this has shape {table.shape}."
    if not np.isfinite(table).all():
        return "Every number in the table should be finite."
    bits = (np.arange(64)[:, None] >> np.arange(6)[::-1]) & 1
    sizes = largest_subcubes((bits @ table[:, :6].T + table[:, 6]).argmax(axis=1), q=3)
    worst = int(sizes.argmax())
    if sizes[worst] > 3:
        return (
            f"Label {worst} fills a subcube of dimension {sizes[worst] - 1}; "
            f"the three values A_d are {', '.join(map(str, sizes))}. Dimension 2 can be reached."
        )
    return None


def _rare_ones(answer: int) -> str | None:
    if answer == 17:
        return "That is for uniform bits. How often do two parities disagree here?"
    if answer < 108:
        return "At that many samples the bound still exceeds 0.05."
    if answer > 108:
        return "That many suffice, and so do fewer."
    return None


def _find_the_secret(answer: object) -> str | None:
    if not isinstance(answer, Iterable) or isinstance(answer, str):
        return f"The answer should be a collection of positions; this is a {type(answer).__name__}."
    given = list(answer)
    if any(isinstance(i, bool) or not isinstance(i, Integral) for i in given):
        return "Every position should be a whole number from 0 to 63."
    if not all(0 <= i < 64 for i in given) or len(set(given)) < len(given):
        return "The positions should be distinct and from 0 to 63."
    if set(given) == set(_SECRET):
        return None
    prompts, answers = hidden_parity()
    wrong = int((prompts[:, given].sum(axis=1) % 2 != answers).sum())
    return f"The parity of these positions is not the answer of {wrong} of the 80 rows."


_PLACES = ("_", "0", "1", "4s:0", "4s:1", "2s:0", "2s:1", "1s:0", "1s:1")


def _one_matrix(answer: object) -> str | None:
    if not isinstance(answer, LinearPredictor):
        return f"The answer should be one LinearPredictor; this is a {type(answer).__name__}."
    if answer.vocabulary.tokens != _PLACES:
        return f"The dictionary should be {', '.join(_PLACES)}, in this order."
    counts = np.arange(128)
    bits = (counts[:, None] >> np.arange(7)[::-1]) & 1
    prompts = np.hstack([np.zeros((128, 2), dtype=np.int64), 1 + bits])
    try:
        chains = rollout(answer, prompts, 3)[:, 9:]
    except ValueError as error:
        return f"It cannot run: {error}."
    ones = bits.sum(axis=1)[:, None]
    wrong = (chains != [3, 5, 7] + ((ones >> [2, 1, 0]) & 1)).any(axis=1)
    if not wrong.any():
        return None
    first = int(wrong.argmax())
    written = " ".join(answer.vocabulary.decode(chains[first]))
    return (
        f"It writes {wrong.sum()} of 128 chains wrongly; after "
        f"__{''.join(map(str, bits[first]))} it writes {written}."
    )


CHECKERS: dict[str, Callable[[object], str | None]] = {
    "base-ten": whole_number(_base_ten),
    "an-hour": whole_number(_an_hour),
    "mod-three-26": _mod_three,
    "no-large-subcube": _no_large_subcube,
    "rare-ones": whole_number(_rare_ones),
    "find-the-secret": _find_the_secret,
    "one-matrix": _one_matrix,
}
"""The chapter's exercises by name."""
