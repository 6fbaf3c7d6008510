"""MiniCAG to pretrain on: its rows, and corpora that leave out what makes learning in context pay.

A row is the beginning of a document that is longer than the context, so no row shows an end. What
the corpora other than "loop" leave out, and why, is ours, after the contrasts of Hahn and Goyal
(arXiv:2303.07971) and the mixtures of hidden Markov models of Xie et al. (arXiv:2111.02080).
"""

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise, product
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ntp_lib.core import Tokens
from ntp_lib.theory.bayes import BayesPredictor
from ntp_lib.theory.documents import sample_documents
from ntp_lib.theory.grammar import Grammar
from ntp_lib.theory.hypotheses import INPUT, STRUCTURE, Hypotheses
from ntp_lib.theory.loop_priors import Finite
from ntp_lib.theory.minicag import direct, minicag, printed
from ntp_lib.theory.rules import Apply, Attribute, Loop, Nonterminal, Production, Symbol

Floats = NDArray[np.float64]

Pretraining = Literal[
    "loop", "no loop", "sticky", "concepts", "hmm", "scrambled", "fresh functions"
]
"""What a network is trained on:

- "loop": the world itself; one body a document.
- "no loop": every item draws its own body.
- "sticky": every item after the first draws its body anew with probability `STICKY`.
- "concepts": one of `CONCEPTS` fixed bodies a document, all equally likely; no others occur.
- "hmm": rows of a hidden Markov model that is fitted to the world's rows.
- "scrambled": the world's rows, each with its tokens in random order.
- "fresh functions": every document shows a random map of the objects of its own.
"""
PRETRAININGS: tuple[Pretraining, ...] = get_args(Pretraining)

STICKY = 0.3
CONCEPTS = 8
STATES, FITTED_ROWS, ITERATIONS = 32, 400, 40
"""Of the hidden Markov model: its states, the rows it is fitted to, and the steps of EM."""


@dataclass(frozen=True)
class World:
    """A MiniCAG, the length of a row of it, and the pairs of functions that training leaves out.

    Parameters
    ----------
    objects, functions, depth, chain, seed, facts, bodies, deeper
        As for `minicag`.
    length : int
        Tokens of a row: the network's context.
    held_out : pairs of int
        Where (i, j) is held out, no training row applies f_j right after f_i.

    Raises
    ------
    ValueError
        If a parameter is out of its range, the rows are too short for one item, or the pairs leave
        nothing that can come after a function.

    Examples
    --------
    >>> world = World()
    >>> world.grammar.vocabulary == world.training_grammar.vocabulary
    True
    """

    objects: int = 8
    functions: int = 4
    depth: int = 2
    chain: int = 3
    seed: int = 0
    length: int = 40
    facts: float = 0.1
    bodies: tuple[float, float, float] = (0.55, 0.35, 0.10)
    deeper: float = 0.36
    held_out: tuple[tuple[int, int], ...] = ((1, 2), (2, 3), (3, 4), (4, 1))

    def __post_init__(self) -> None:
        object.__setattr__(self, "bodies", tuple(self.bodies))  # JSON knows only lists
        object.__setattr__(self, "held_out", tuple((i, j) for i, j in self.held_out))
        longest = self.chain + 2 if self.bodies[1] else 3
        if self.length < longest:
            raise ValueError(
                f"length is {self.length}, and an item of this world has up to {longest} tokens; "
                "give a context of at least one item"
            )
        assert self.training_grammar  # it refuses what is out of range

    @cached_property
    def grammar(self) -> Grammar:
        """The world with all pairs of functions: what the tasks are measured in."""
        return self._grammar()

    @cached_property
    def training_grammar(self) -> Grammar:
        """The world without the pairs that are held out."""
        return self._grammar(self.held_out)

    def _grammar(self, held_out: tuple[tuple[int, int], ...] = (), redraw: float = 0.0) -> Grammar:
        return minicag(
            self.objects,
            self.functions,
            self.depth,
            self.chain,
            seed=self.seed,
            prior=self._full,
            facts=self.facts,
            redraw=redraw,
            bodies=self.bodies,
            deeper=self.deeper,
            held_out=held_out,
        )

    @property
    def _full(self) -> Finite:
        """Documents of as many of the shortest items as fill a row."""
        items = -(-self.length // 3)
        return Finite([0] * (items - 1) + [1])

    def sequences(self, steps: int, held_out: bool = False) -> list[tuple[int, ...]]:
        """The sequences of so many functions without a held-out pair, or only those with one.

        Examples
        --------
        >>> World().sequences(2, held_out=True)
        [(1, 2), (2, 3), (3, 4), (4, 1)]
        """
        every = product(range(1, self.functions + 1), repeat=steps)
        return [s for s in every if any(p in self.held_out for p in pairwise(s)) == held_out]

    @cached_property
    def concepts(self) -> tuple[tuple[str, ...], ...]:
        """The bodies of the pretraining "concepts", by the names of their rules.

        Each depth of each kind in turn gives one, drawn without replacement.
        """
        rng = np.random.default_rng(self.seed)
        kinds = []
        for make, least, most, weight in (
            (direct, 1, self.depth, self.bodies[0]),
            (printed, 2, self.chain, self.bodies[1]),
        ):
            for k in range(least, most + 1) if weight else ():
                kinds.append([make(*s) for s in rng.permutation(self.sequences(k)).tolist()])
        longest = max(map(len, kinds), default=0)
        found = [kind[i] for i in range(longest) for kind in kinds if i < len(kind)]
        if len(found) < CONCEPTS:
            raise ValueError(
                f"this world has {len(found)} compositions, fewer than {CONCEPTS} concepts; give "
                "it more functions"
            )
        return tuple(found[:CONCEPTS])

    @cached_property
    def concept_grammar(self) -> Grammar:
        """The world of the pretraining "concepts"."""
        hypotheses = Hypotheses(self.training_grammar)
        x, B = Attribute("x"), Nonterminal("B", 1)
        vocabulary, names = self.grammar.vocabulary, list(self.grammar.universe)
        rules = [Production(Nonterminal("S")(), 1.0, Loop(B, self._full))]
        for concept in self.concepts:
            family, place = hypotheses.family_of(hypotheses.find(*concept))
            symbols: list[Symbol] = []
            for m in range(family.length):
                column = family.cells[:, m, place]
                if column[0] <= INPUT:
                    symbols.append(x)
                elif family.roles[m, place] == STRUCTURE:
                    symbols.append(vocabulary.tokens[column[0]])
                else:
                    table = dict(zip(names, vocabulary.decode(column), strict=True))
                    symbols.append(Apply(table.__getitem__, x))
            rules.append(Production(B(x), 1 / CONCEPTS, *symbols, name=" ".join(concept)))
        return Grammar(rules, universe=names)


@dataclass(frozen=True)
class DocumentCorpus:
    """Endless rows of a world, drawn as they are read: a corpus for `train`.

    Raises
    ------
    ValueError
        If the pretraining is unknown.

    Examples
    --------
    >>> corpus = DocumentCorpus(World(), "loop", seed=0)
    >>> row = corpus.batch(step=0, size=2)[0]
    >>> " ".join(corpus.world.grammar.vocabulary.decode(row[:12]))
    'o3 o4 o5 ; o7 o3 o6 ; o1 o2 o3 ;'
    """

    world: World
    pretraining: Pretraining = "loop"
    seed: int = 0
    first: int = 1
    padding: None = None

    def __post_init__(self) -> None:
        check_pretraining(self.pretraining)

    @property
    def length(self) -> int:
        """The tokens of a row."""
        return self.world.length

    def batch(self, step: int, size: int) -> Tokens:
        """Return the `step`-th batch: a function of the seed and the step."""
        return rows(self.world, self.pretraining, size, np.random.default_rng([self.seed, step]))


def check_pretraining(pretraining: str) -> None:
    """Raise a ValueError if there is no such pretraining."""
    if pretraining not in PRETRAININGS:
        raise ValueError(f"{pretraining!r} is no pretraining; choose {', '.join(PRETRAININGS)}")


def rows(world: World, pretraining: Pretraining, count: int, rng: np.random.Generator) -> Tokens:
    """Draw rows, shape (count, length), in the vocabulary of the world."""
    if pretraining == "hmm":
        return _hmm_rows(world, count, rng)
    if pretraining == "fresh functions":
        return _fresh_rows(world, count, rng)
    if pretraining == "scrambled":
        return rng.permuted(rows(world, "loop", count, rng), axis=1)
    source = exact_predictor(world, pretraining)
    drawn = sample_documents(source.hypotheses, count, world.length, rng)
    return world.grammar.vocabulary.encode(source.vocabulary.tokens)[drawn]


def log_probability(world: World, pretraining: Pretraining, tokens: Tokens) -> Floats | None:
    """ln p(row | its first token) of rows of a pretraining, nats; None where it is not known.

    It is exact for the corpora that are grammars, and the fitted model's own for "hmm".

    Examples
    --------
    >>> world = World()
    >>> tokens = rows(world, "loop", 200, np.random.default_rng(0))
    >>> round(float(log_probability(world, "loop", tokens).mean()))
    -31
    """
    if pretraining in ("scrambled", "fresh functions"):
        return None
    if pretraining == "hmm":
        model = fitted_hmm(world)
        return np.array([model.score(row[:, None]) - model.score(row[:1, None]) for row in tokens])
    source = exact_predictor(world, pretraining)
    own = np.full(len(world.grammar.vocabulary), -1)
    own[world.grammar.vocabulary.encode(source.vocabulary.tokens)] = range(len(source.vocabulary))
    tokens = own[tokens]
    return source.log_evidence(tokens) - source.log_evidence(tokens[:, :1])


@cache
def exact_predictor(world: World, pretraining: Pretraining) -> BayesPredictor:
    """Return the exact predictor of a pretraining that is a grammar, over its own vocabulary."""
    if pretraining == "concepts":
        return BayesPredictor(world.concept_grammar)
    redraw = {"loop": 0.0, "no loop": 1.0, "sticky": STICKY}[pretraining]
    return BayesPredictor(world._grammar(world.held_out, redraw))


def _fresh_rows(world: World, count: int, rng: np.random.Generator) -> Tokens:
    """Items x y ; of one random map a row: only copying an earlier item predicts y."""
    n, items = world.objects, -(-world.length // 3)
    vocabulary = world.grammar.vocabulary
    maps = rng.integers(n, size=(count, n))
    x = rng.integers(n, size=(count, items))
    y = np.take_along_axis(maps, x, axis=1)
    ids = vocabulary.encode(world.grammar.universe)
    end = np.full_like(x, vocabulary.id(";"))
    found = np.stack([ids[x], ids[y], end], axis=2).reshape(count, -1)
    return np.asarray(found[:, : world.length])


@cache
def fitted_hmm(world: World) -> Any:
    """The hidden Markov model fitted to rows of the world: hmmlearn's CategoricalHMM.

    Its `STATES` states are fitted to `FITTED_ROWS` rows by `ITERATIONS` steps of EM (Baum and
    Welch) from a start that the world's seed fixes.
    """
    from hmmlearn.hmm import CategoricalHMM

    tokens = rows(world, "loop", FITTED_ROWS, np.random.default_rng([world.seed, 2**32]))
    model = CategoricalHMM(
        STATES,
        n_features=len(world.grammar.vocabulary),
        n_iter=ITERATIONS,
        random_state=world.seed,
        implementation="scaling",
    )
    return model.fit(tokens.reshape(-1, 1), [world.length] * FITTED_ROWS)


def _hmm_rows(world: World, count: int, rng: np.random.Generator) -> Tokens:
    model = fitted_hmm(world)
    found = np.empty((count, world.length), dtype=np.int64)
    state = _choose(np.tile(model.startprob_, (count, 1)), rng)
    for t in range(world.length):
        found[:, t] = _choose(model.emissionprob_[state], rng)
        state = _choose(model.transmat_[state], rng)
    return found


def _choose(law: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw an index from each row of probabilities."""
    tail = np.cumsum(law, axis=1)
    return np.asarray((rng.random((len(law), 1)) * tail[:, -1:] >= tail).sum(axis=1))
