"""MiniCAG: a world of documents small enough for the exact predictor.

N objects, K random permutations f₁ … f_K, 6 random predicates. A document either shows one
function of the objects again and again, or states loose facts:

    S     → Loop(B) [1 − facts] | Loop(Fact), bodies drawn anew [facts]
    B(x)  → x Dir(x) ; [½]  |  x Chain(x) ; [2/5]  |  x Prop(x) ; [1/10]
    Dir(x)   → k hidden steps, k = 1 … L, and writes f_k(… f_1(x)) only
    Chain(x) → k printed steps, k = 2 … L_c, and writes z₁ … z_k with z_j = f_j(z_{j−1}), z₀ = x
    Prop(x)  → A [½] | ¬A [1/5] | A∧A′ [3/20] | A∨A′ [3/20], and writes T or F
    Fact(x)  → x f_I(x) ; [½], I uniform  |  x y ; [½], y fresh

Each step is one of the K functions, uniform; pairs of functions can be held out, so that one never
comes right after the other. One more step has probability 2/5, up to the deepest. Source: ours,
after the controlled miniature world of Hahn and Goyal (arXiv:2303.07971), whose sizes we do not
know.
"""

from collections.abc import Callable, Collection
from itertools import combinations

import numpy as np

from ntp_lib.theory.grammar import Grammar
from ntp_lib.theory.loop_priors import LoopPrior, Zipf
from ntp_lib.theory.rules import Apply, Attribute, Fresh, Loop, Nonterminal, Production, Symbol

PREDICATES = 6
DEEPER = 0.4

_X, _Y = Attribute("x"), Attribute("y")


def minicag(
    objects: int = 12,
    functions: int = 6,
    depth: int = 4,
    chain: int = 4,
    *,
    seed: int = 0,
    prior: LoopPrior | None = None,
    facts: float = 0.2,
    facts_prior: LoopPrior | None = None,
    redraw: float = 0.0,
    bodies: tuple[float, float, float] = (0.5, 0.4, 0.1),
    deeper: float = DEEPER,
    separator: str | None = ";",
    held_out: Collection[tuple[int, int]] = (),
) -> Grammar:
    """Return the world MiniCAG as a grammar.

    Parameters
    ----------
    objects, functions : int
        N and K: at least 2 objects and 1 function.
    depth : int
        L, the deepest hidden composition; at least 1.
    chain : int
        L_c, the longest printed chain; at least 2.
    seed : int
        Fixes the functions and predicates.
    prior : LoopPrior, optional
        Of the number of examples; Zipf(2) by default.
    facts : float
        The probability of a document of loose facts, in [0, 1).
    facts_prior : LoopPrior, optional
        The facts' own law of their number; `prior` by default.
    redraw : float
        η: how often an example draws its body anew.
    bodies : three floats
        The probabilities of Dir, Chain and Prop; 0 leaves one out.
    deeper : float
        The probability of one more hidden step in Dir, in (0, 1); in Chain it stays 2/5.
    separator : str or None
        The token that ends an item; None leaves it out.
    held_out : pairs of int
        Where (i, j) is held out, f_j never comes right after f_i, hidden or printed; the
        successors that are left are equally likely.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or a function has no successor left.

    Examples
    --------
    >>> minicag(objects=5, functions=3, depth=3, chain=3)
    Grammar(74 rules of 12 nonterminals, 5 objects, 9 tokens)

    Nothing but f₁ and f₃ can come after f₁ where (1, 2) is held out:

    >>> world = minicag(objects=5, functions=3, held_out=[(1, 2)])
    >>> after = [r for r in world.productions if r.left.nonterminal.name == "Hidden1 after f1"]
    >>> [rule.name for rule in after]
    ['f1', 'f3']
    """
    for name, value, least in (
        ("objects", objects, 2),
        ("functions", functions, 1),
        ("depth", depth, 1),
        ("chain", chain, 2),
    ):
        if value < least:
            raise ValueError(f"{name} is {value}; give at least {least}")
    if not (0 <= facts < 1 and 0 < deeper < 1):
        raise ValueError(f"facts is {facts}, deeper {deeper}; 0 ≤ facts < 1 and 0 < deeper < 1")
    _check_held_out(held_out, functions)
    rng = np.random.default_rng(seed)
    names = [f"o{i}" for i in range(objects)]
    maps = [_function(f"f{i + 1}", names, rng.permutation(names)) for i in range(functions)]
    prior = prior or Zipf(2)
    end: tuple[Symbol, ...] = () if separator is None else (separator,)

    S, B = Nonterminal("S"), Nonterminal("B", 1)
    Dir, Chain, Prop, Fact = (Nonterminal(n, 1) for n in ("Dir", "Chain", "Prop", "Fact"))
    loop = Loop(B, prior, redraw)
    rules = [Production(S(), 1 - facts, loop)]
    if facts:
        loose = Loop(Fact, facts_prior or prior, redraw=1.0)
        rules.append(Production(S(), facts, loose))
    for body, probability in zip((Dir, Chain, Prop), bodies, strict=True):
        if probability:
            rules.append(Production(B(_X), probability, _X, body(_X), *end, name=body.name))
    if bodies[0]:
        rules += _depths(Dir, 1, depth, deeper, "Hidden")
        rules += _steps("Hidden", 1, depth, maps, held_out, printed=False)
    if bodies[1]:
        rules += _depths(Chain, 2, chain, DEEPER, "Printed")
        rules += _steps("Printed", 2, chain, maps, held_out, printed=True)
    if bodies[2]:
        rules += _propositions(Prop, names, rng)
    if facts:
        rules += [
            Production(Fact(_X), 0.5 / functions, _X, Apply(f, _X), *end, name=f"x {f.__name__}(x)")
            for f in maps
        ]
        rules.append(Production(Fact(_X), 0.5, _X, Fresh(_Y), _Y, *end))
    return Grammar(rules, universe=names)


def direct(*functions: int) -> tuple[str, ...]:
    """The names of the rules of a hidden composition, first function first, for Hypotheses.find.

    Examples
    --------
    >>> direct(2, 4)
    ('Dir', 'k = 2', 'f2', 'f4')
    """
    return ("Dir", f"k = {len(functions)}", *(f"f{i}" for i in functions))


def printed(*functions: int) -> tuple[str, ...]:
    """The names of the rules of a chain of printed steps, for Hypotheses.find.

    Examples
    --------
    >>> printed(2, 4)
    ('Chain', 'k = 2', 'f2', 'f4')
    """
    return ("Chain", f"k = {len(functions)}", *(f"f{i}" for i in functions))


def _function(name: str, inputs: list[str], outputs: np.ndarray) -> Callable[[str], str]:
    """A function of the objects with a name, for display."""
    table = dict(zip(inputs, map(str, outputs), strict=True))

    def function(x: str) -> str:
        return table[x]

    function.__name__ = name
    return function


def _check_held_out(held_out: Collection[tuple[int, int]], functions: int) -> None:
    for i, j in held_out:
        if not (1 <= i <= functions and 1 <= j <= functions):
            raise ValueError(
                f"held_out has the pair ({i}, {j}); the functions are numbered 1 to {functions}"
            )
    for i in range(1, functions + 1):
        if {(i, j) for j in range(1, functions + 1)} <= set(held_out):
            raise ValueError(
                f"held_out leaves nothing that can come after f{i}; take a pair ({i}, j) out of it"
            )


def _depths(
    first: Nonterminal, least: int, most: int, deeper: float, steps: str
) -> list[Production]:
    """The rules that choose a depth: geometric, cut at the deepest."""
    rules = []
    for k in range(least, most + 1):
        probability = deeper ** (k - least) * (1 - deeper if k < most else 1)
        below = Nonterminal(f"{steps}{k}", 1)(_X)
        rules.append(Production(first(_X), probability, below, name=f"k = {k}"))
    return rules


def _steps(
    name: str,
    least: int,
    most: int,
    maps: list[Callable[[str], str]],
    held_out: Collection[tuple[int, int]],
    printed: bool,
) -> list[Production]:
    """The rules of k steps, k = least … most: the last value is written, all of them if printed.

    The last k of more steps are a nonterminal of their own after a function that not all can
    follow.
    """

    def steps(k: int, after: int) -> Nonterminal:
        restricted = any(i == after for i, _ in held_out)
        return Nonterminal(f"{name}{k} after f{after}" if restricted else f"{name}{k}", 1)

    rules = []
    for k in range(1, most + 1):
        before = [0] if k >= least else []  # 0: nothing comes before
        before += range(1, len(maps) + 1) if k < most else []
        for here, after in {steps(k, after): after for after in before}.items():
            left = [j for j in range(1, len(maps) + 1) if (after, j) not in held_out]
            for j in left:
                f = maps[j - 1]
                z = Apply(f, _X)
                below = (steps(k - 1, j)(z),) if k > 1 else ()
                shown = (z,) if printed or k == 1 else ()
                rules.append(Production(here(_X), 1 / len(left), *shown, *below, name=f.__name__))
    return rules


def _propositions(
    left: Nonterminal, names: list[str], rng: np.random.Generator
) -> list[Production]:
    tables = rng.integers(0, 2, size=(PREDICATES, len(names))).astype(bool)
    pairs = list(combinations(range(PREDICATES), 2))
    found: list[tuple[str, float, np.ndarray]] = []
    for q, table in enumerate(tables, 1):
        found += [(f"A{q}", 0.5 / PREDICATES, table), (f"¬A{q}", 0.2 / PREDICATES, ~table)]
    for p, q in pairs:
        found.append((f"A{p + 1}∧A{q + 1}", 0.15 / len(pairs), tables[p] & tables[q]))
        found.append((f"A{p + 1}∨A{q + 1}", 0.15 / len(pairs), tables[p] | tables[q]))
    return [
        Production(
            left(_X),
            probability,
            Apply(_function(name, names, np.where(table, "T", "F")), _X),
            name=name,
        )
        for name, probability, table in found
    ]
