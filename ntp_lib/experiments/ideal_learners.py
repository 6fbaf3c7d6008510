"""What a perfect learner of each pretraining predicts: the law that its training nears.

For texts that are grammars it is exact Bayes, for the hidden Markov model its own filter. The law
of a text also says what such a learner does on *other* prompts: that is what the contrasts test.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ntp_lib.core import Tokens
from ntp_lib.experiments.worlds import Pretraining, World, exact_predictor, fitted_hmm
from ntp_lib.theory.grammar import Grammar
from ntp_lib.theory.rules import Call, Loop, Nonterminal, Production

Floats = NDArray[np.float64]


def ideal_law(world: World, pretraining: Pretraining) -> Callable[[Tokens], Floats]:
    """Return ln p(token | the tokens before it) of the text of a pretraining, as a function.

    Parameters
    ----------
    world : World
    pretraining : str
        One whose law is known: not "scrambled" or "fresh functions".

    Returns
    -------
    callable
        From sequences in the world's vocabulary, shape (S, T), to an array of shape (S, T, |Σ|):
        what `measure_tasks` reads.

    Raises
    ------
    ValueError
        If the law is not known, or a sequence has a token that never occurs in the text.

    Examples
    --------
    >>> law = ideal_law(World(), "no loop")
    >>> np.exp(law(np.array([[0, 1, 2]]))).sum(axis=-1).round(9)
    array([[1., 1., 1.]])
    """
    if pretraining in ("scrambled", "fresh functions"):
        raise ValueError(f"the law of the text {pretraining!r} is not known; choose another")
    if pretraining == "hmm":
        return partial(_filtered, world)
    source = exact_predictor(world, pretraining)
    names = world.grammar.vocabulary
    ids = names.encode(source.vocabulary.tokens)
    own = np.full(len(names), -1)
    own[ids] = range(len(ids))

    def law(sequences: Tokens) -> Floats:
        if (own[sequences] < 0).any():
            foreign = names.tokens[sequences[own[sequences] < 0][0]]
            raise ValueError(f"{foreign!r} never occurs in the text {pretraining!r}")
        found = np.full((*sequences.shape, len(names)), -np.inf)
        found[..., ids] = source.log_probabilities(own[sequences])
        return found

    return law


def _filtered(world: World, sequences: Tokens) -> Floats:
    """The fitted model's filter: hmmlearn gives no law of the next token, only of whole rows."""
    model = fitted_hmm(world)
    state = np.tile(model.startprob_, (len(sequences), 1))
    found = np.empty((*sequences.shape, len(world.grammar.vocabulary)))
    for t in range(sequences.shape[1]):
        found[:, t] = state @ model.emissionprob_
        seen = state * model.emissionprob_.T[sequences[:, t]]
        state = seen / seen.sum(axis=1, keepdims=True) @ model.transmat_
    with np.errstate(divide="ignore"):  # a token that no state emits has log-probability −inf
        return np.log(found)


def format_grammar(world: World) -> Grammar:
    """Return the world's training text with its formats kept and its functions drawn anew.

    A document keeps to items of one kind, direct, chains of one length, propositions or facts, and
    every item draws its own function: what is left of a loop is the form of what it repeats. Its
    exact predictor reads the format off the context and learns nothing else from it.

    Examples
    --------
    >>> format_grammar(World()).rules[Nonterminal("S")][:2]
    (Production(S → Loop(Dir items), 0.495), Production(S → Loop(Printed2 items), 0.189))
    """
    rules = world.training_grammar.rules
    (start, *loose), items = rules[Nonterminal("S")], rules[Nonterminal("B", 1)]
    (loop,) = start.symbols
    assert isinstance(loop, Loop)
    kinds: list[tuple[float, Nonterminal, Production]] = []
    for item in items:
        (body,) = item.calls
        if body.name == "Chain":  # one format for each length
            kinds += [(item.probability * r.probability, r.calls[0], item) for r in rules[body]]
        else:
            kinds.append((item.probability, body, item))
    productions: list[Production] = []
    below: list[Production] = []
    for probability, body, item in kinds:
        called = Nonterminal(f"{body.name} items", 1)
        again = Loop(called, loop.prior, redraw=1.0)
        name = f"Loop({called.name})"
        productions.append(
            Production(start.left, start.probability * probability, again, name=name)
        )
        symbols = (body(*s.arguments) if isinstance(s, Call) else s for s in item.symbols)
        below.append(Production(called(*item.left.arguments), 1.0, *symbols))
    dropped = {Nonterminal("S"), Nonterminal("B", 1), Nonterminal("Chain", 1)}
    rest = [r for left, given in rules.items() if left not in dropped for r in given]
    return Grammar([*productions, *loose, *below, *rest], universe=world.training_grammar.universe)
