"""A MiniCAG world as plain JSON, for the JavaScript that enumerates its rules in a page."""

from itertools import pairwise
from math import exp
from typing import TypedDict

from ntp_lib.theory import BayesPredictor, Grammar, direct


class PropositionJSON(TypedDict):
    """A proposition: its name, its probability among all bodies, and its truth for each object."""

    name: str
    probability: float
    labels: list[int]


class MiniCAGJSON(TypedDict):
    """What minicag.js reads.

    `functions[i][x]` is f_{i+1}(x). `hidden[k]` is the probability that a loop's body composes
    k + 1 hidden functions, `printed[k]` that it prints k + 2 of them. The first function is
    uniform; `follow[i][j]` is the probability of f_{j+1} right after f_{i+1}. `facts` is that of a
    document of loose facts.
    """

    objects: int
    functions: list[list[int]]
    hidden: list[float]
    printed: list[float]
    follow: list[list[float]]
    propositions: list[PropositionJSON]
    facts: float


def minicag_json(grammar: Grammar) -> MiniCAGJSON:
    """Return the tables and probabilities of a `minicag`, as plain JSON.

    They are read off the grammar's own derivations, not drawn a second time.

    Parameters
    ----------
    grammar : Grammar
        What `minicag` returns, with a shared body and some composition of two functions.

    Examples
    --------
    >>> from ntp_lib.theory import minicag
    >>> world = minicag_json(minicag(5, functions=2, depth=2))
    >>> world["functions"], world["hidden"]
    ([[2, 4, 3, 0, 1], [4, 1, 2, 0, 3]], [0.3, 0.2])
    >>> [p["name"] for p in world["propositions"]][:3]
    ['A1', '¬A1', 'A2']
    """
    exact = BayesPredictor(grammar)
    hypotheses, tokens = exact.hypotheses, exact.vocabulary.tokens
    ask = exact.objects[:, None, None]
    place = {tokens[i]: x for x, i in enumerate(exact.objects)}
    lengths: dict[str, dict[int, float]] = {"Dir": {}, "Chain": {}}
    follow: dict[tuple[int, int], float] = {}
    propositions: list[PropositionJSON] = []
    for family in hypotheses.families:
        if hypotheses.loops[family.loop].redraw:
            continue
        for h in range(family.first, family.first + family.trees):
            body, rule, *steps = [tree.production for tree in hypotheses.derivation(h).subtrees()]
            probability = body.probability * rule.probability
            if body.name == "Prop":
                labels = [int(tokens[row[1]] == "T") for row in exact.write(h, ask)]
                propositions.append(
                    {"name": rule.name, "probability": probability, "labels": labels}
                )
            else:
                lengths[body.name][len(steps)] = probability
                parts = [int(step.name[1:]) - 1 for step in steps]
                for pair, step in zip(pairwise(parts), steps[1:], strict=True):
                    follow[pair] = step.probability
    count = 1 + max(max(pair) for pair in follow)
    facts = sum(
        exp(log_pi)
        for log_pi, loop in zip(hypotheses.log_pi, hypotheses.loops, strict=True)
        if loop.redraw
    )
    return {
        "objects": len(place),
        "functions": [
            [place[tokens[row[1]]] for row in exact.write(hypotheses.find(*direct(i + 1)), ask)]
            for i in range(count)
        ],
        "hidden": [p for _, p in sorted(lengths["Dir"].items())],
        "printed": [p for _, p in sorted(lengths["Chain"].items())],
        "follow": [[follow.get((i, j), 0.0) for j in range(count)] for i in range(count)],
        "propositions": propositions,
        "facts": facts,
    }
