"""Free-running generation: the predictor reads what it wrote itself."""

import numpy as np
from numpy.typing import ArrayLike

from ntp_lib.core.predictor import Predictor, greedy, in_blocks, scores_ahead
from ntp_lib.core.vocabulary import Tokens, as_tokens


def rollout(predictor: Predictor, prompts: ArrayLike, steps: int) -> Tokens:
    """Let a predictor run freely: append its greedy choice `steps` times.

    Parameters
    ----------
    predictor : Predictor
    prompts : array_like of int, shape (sequences, positions)
    steps : int
        The number of tokens to append, at least 0.

    Returns
    -------
    Tokens, shape (sequences, positions + steps)
        The prompts, each followed by its continuation.

    Raises
    ------
    ValueError
        If `prompts` is not a non-empty batch of token ids, or `steps` is negative.

    Examples
    --------
    >>> from ntp_lib.theory import CountParity
    >>> task = CountParity(n=3, subset=(0, 1, 2))
    >>> rollout(task.predictor(), [[1, 1, 1]], steps=2)
    array([[1, 1, 1, 1, 1]])
    """
    prompts = as_tokens(prompts, predictor.vocabulary, "prompts")
    if steps < 0:
        raise ValueError(f"steps is {steps}; it must be at least 0")
    count, n = prompts.shape
    sequences = np.empty((count, n + steps), dtype=np.int64)
    sequences[:, :n] = prompts
    blocks, position = in_blocks(predictor), n
    while position < n + steps:
        scores = scores_ahead(blocks, sequences[:, :position], n + steps - position)
        ahead = position + scores.shape[1]
        sequences[:, position:ahead] = greedy(scores)
        position = ahead
    return sequences
