"""Many documents at once: whole arrays of tokens, with the exact law of a grammar's documents.

`sample_document` draws one document with its derivation, rule by rule. Training reads millions,
and needs no derivations: here every item is looked up in the table of what each hypothesis writes.
"""

import numpy as np
from numpy.typing import NDArray

from ntp_lib.core import Tokens
from ntp_lib.theory.hypotheses import Hypotheses

Floats = NDArray[np.float64]


def sample_documents(
    hypotheses: Hypotheses, count: int, length: int, rng: np.random.Generator
) -> Tokens:
    """Draw documents and return the first tokens of each.

    A body is drawn by its prior and, where a loop redraws, anew at each further item with the
    loop's probability; inputs are i.i.d. from ν.

    Parameters
    ----------
    hypotheses : Hypotheses
        Of the documents' grammar.
    count, length : int
        How many documents, and how many tokens of each; at least 1.
    rng : numpy Generator

    Returns
    -------
    Tokens, shape (count, length)

    Raises
    ------
    ValueError
        If a count is below 1, or a document can be shorter than `length`.

    Examples
    --------
    >>> from ntp_lib.theory import Finite, Hypotheses, minicag
    >>> world = minicag(prior=Finite([0, 0, 0, 1]))  # always 4 items
    >>> documents = sample_documents(Hypotheses(world), 2, 12, np.random.default_rng(1))
    >>> for document in documents:
    ...     print(" ".join(world.vocabulary.decode(document)))
    o9 o10 o3 ; o3 o4 o5 ; o5 o11 o1 ;
    o4 o2 ; o3 o9 ; o3 o5 ; o1 o2 ;
    """
    if count < 1 or length < 1:
        raise ValueError(f"count is {count}, length {length}; both must be at least 1")
    _check_lengths(hypotheses, length)
    families, universe = hypotheses.families, hypotheses.grammar.universe
    family_of = np.repeat(np.arange(len(families)), [f.trees for f in families])
    loop_of = np.array([f.loop for f in families])[family_of]
    length_of = np.array([f.length for f in families])[family_of]
    most = -(-length // int(length_of.min()))

    first = _drawn(np.exp(hypotheses.log_prior), count, rng)
    redraw = np.array([loop.redraw for loop in hypotheses.loops])[loop_of[first]]
    new = rng.random((count, most)) < redraw[:, None]
    new[:, 0] = False
    body = np.repeat(first[:, None], most, axis=1)  # of each item: (count, most)
    for number in np.unique(loop_of[first[redraw > 0]]):
        here = new & (loop_of[first] == number)[:, None]
        prior = np.where(loop_of == number, np.exp(hypotheses.log_prior), 0.0)
        body[here] = _drawn(prior, int(here.sum()), rng)
    latest = np.maximum.accumulate(np.where(new, np.arange(most), 0), axis=1)
    body = np.take_along_axis(body, latest, axis=1)

    ends = np.cumsum(length_of[body], axis=1)
    begins = ends - length_of[body]
    nu = np.array(list(universe.values()))
    objects = hypotheses.grammar.vocabulary.encode(universe)
    written = np.empty((count, length + int(length_of.max())), dtype=np.int64)
    for number, family in enumerate(families):
        document, item = np.nonzero((family_of[body] == number) & (begins < length))
        drawn = _drawn(nu, len(document) * family.inputs, rng).reshape(-1, family.inputs)
        tokens = family.write(body[document, item] - family.first, drawn, objects)
        place = begins[document, item][:, None] + np.arange(family.length)
        written[document[:, None], place] = tokens
    return written[:, :length]


def _drawn(weights: Floats, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw indices with probabilities proportional to the weights."""
    tail = np.cumsum(weights)
    found = np.searchsorted(tail, rng.random(count) * tail[-1], side="right")
    return np.asarray(np.minimum(found, np.flatnonzero(weights)[-1]))


def _check_lengths(hypotheses: Hypotheses, length: int) -> None:
    for number, loop in enumerate(hypotheses.loops):
        shortest = min(f.length for f in hypotheses.families if f.loop == number)
        items = -(-length // shortest)
        if loop.prior.log_survival(items) < 0:
            raise ValueError(
                f"a document of loop {number} can end before {length} tokens: it has items of "
                f"{shortest} and may have fewer than {items} of them; give the loop a prior that "
                f"is certain of so many, such as Finite([0] * {items - 1} + [1])"
            )
