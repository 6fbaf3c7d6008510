"""Theorem: any radius-1 cellular automaton, one token a cell, by a linear predictor."""

import numpy as np
from numpy.typing import ArrayLike

from ntp_lib.core import Tokens, Vocabulary
from ntp_lib.theory.linear import LinearPredictor


def automaton_predictor(rule: ArrayLike, width: int) -> LinearPredictor:
    """Compile a radius-1 cellular automaton to a linear predictor, one token a cell, margin 1.

    A token is the window of three cells (left, self, right), so that each part of the next one
    depends on one token read, at look-backs S + 1, S and S − 1: each votes for the candidates
    that agree with it. Source: ours.

    Parameters
    ----------
    rule : array_like of int, shape (|C|, |C|, |C|)
        rule[left, self, right] is the cell's next state. State 0 is quiescent: rule[0, 0, 0] = 0.
    width : int
        The cells S of a row, at least 2. The first and last cell and all beyond must be in state 0
        at all times written, and one step later.

    Raises
    ------
    ValueError
        If the rule is not such a table or the width is below 2.

    Examples
    --------
    Rule 90, the exclusive or of both neighbours, one row after a single 1:

    >>> import numpy as np
    >>> from ntp_lib.core import rollout
    >>> left, _, right = np.indices((2, 2, 2))
    >>> predictor = automaton_predictor(left ^ right, width=7)
    >>> prompt = window_tokens([[0, 0, 0, 1, 0, 0, 0]], states=2)
    >>> print(*predictor.vocabulary.decode(rollout(predictor, [prompt], 7)[0, -7:]))
    000 001 010 101 010 100 000
    """
    table = np.asarray(rule)
    c = len(table) if table.ndim else 0
    if table.shape != (c, c, c) or not 1 <= c <= 10 or not np.isin(table, np.arange(c)).all():
        raise ValueError(
            f"the rule has shape {table.shape} and entries {np.unique(table)}; give a table of "
            "shape (c, c, c) with entries 0 to c − 1, and c at most 10"
        )
    if table[0, 0, 0] != 0:
        raise ValueError(f"rule[0, 0, 0] is {table[0, 0, 0]}; state 0 must stay 0 among zeros")
    if width < 2:
        raise ValueError(f"width is {width}; a row needs at least 2 cells")
    digits = np.indices((c, c, c)).reshape(3, c**3)
    votes = digits[:, None, :] == table.reshape(1, c**3, 1)
    vocabulary = Vocabulary("".join(map(str, window)) for window in digits.T)
    return LinearPredictor(vocabulary, (width + 1, width, width - 1), votes)


def window_tokens(rows: ArrayLike, states: int) -> Tokens:
    """Write an automaton's rows as windows: one quiescent window, then one token a cell.

    The first 1 + S tokens are the prompt of `automaton_predictor`.

    Parameters
    ----------
    rows : array_like of int, shape (times, S)
        The cells at times 0, 1, …; whatever lies outside a row is taken for state 0.
    states : int
        The number |C| of states.

    Returns
    -------
    Tokens, shape (1 + times · S,)

    Examples
    --------
    >>> window_tokens([[0, 1, 1, 0]], states=2)
    array([0, 1, 3, 6, 4])
    """
    padded = np.pad(np.asarray(rows), ((0, 0), (1, 1)))
    windows = states**2 * padded[:, :-2] + states * padded[:, 1:-1] + padded[:, 2:]
    return np.concatenate([[0], windows.ravel()])
