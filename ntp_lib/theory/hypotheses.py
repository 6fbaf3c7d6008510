"""All hypotheses of a grammar: every derivation tree of every loop's body, as one table of tokens.

In this language a tree's yield has a fixed number of tokens: what is written depends on
attributes, which rule is used does not. So all trees whose items have the same length are one
array of tokens, over the inputs they can draw, and a world of a million trees is built and read by
whole-array operations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ntp_lib.core import Tokens
from ntp_lib.theory.derivation import Derivation, Nats
from ntp_lib.theory.grammar import Grammar
from ntp_lib.theory.rules import Call, Fresh, Loop, Nonterminal, Production, Term, Value, value_of

Ints = NDArray[np.integer]

END = -1  # the cell after an item's last token
INPUT = -2  # the cell of the item's first input; INPUT − k is that of input k

STRUCTURE, LABEL = 0, 1  # what a token is: a constant, or a value


@dataclass(frozen=True)
class _Part:
    """Trees of a block that share a rule: one for each choice of subtrees."""

    production: Production
    children: tuple["_Block", ...]
    first: int  # the index in the block of the first of them


@dataclass
class _Block:
    """All trees of a nonterminal whose yields have the same length and number of draws.

    tokens[c, r, m, i] is token m of tree i where the attributes have their c-th values and the
    fresh draws their r-th.
    """

    log_prior: NDArray[np.float64]  # (trees,)
    tokens: Ints  # (values, N^draws, length, trees)
    roles: NDArray[np.int8]  # (length, trees)
    draws: int
    parts: list[_Part] = field(default_factory=list)

    @property
    def trees(self) -> int:
        return len(self.log_prior)

    def derivation(self, i: int) -> Derivation:
        part = next(p for p in reversed(self.parts) if p.first <= i)
        rest, children = i - part.first, []
        for child in reversed(part.children):
            rest, index = divmod(rest, child.trees)
            children.append(child.derivation(index))
        return Derivation(part.production, tuple(reversed(children)))


class _Enumerator:
    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.objects = tuple(grammar.universe)
        size = len(grammar.vocabulary)
        self.dtype = np.int8 if size <= 127 else np.int16 if size < 2**15 else np.int32
        self.blocks_of: dict[Nonterminal, list[_Block]] = {}
        self.open: list[Nonterminal] = []

    def blocks(self, root: Nonterminal) -> list[_Block]:
        if root in self.open:
            raise ValueError(
                f"{root.name} calls itself, so it has infinitely many derivations and cannot be "
                "enumerated; bound the depth with one nonterminal for each level"
            )
        if root not in self.blocks_of:
            self.open.append(root)
            found = [b for rule in self.grammar.rules[root] for b in self._of_rule(root, rule)]
            self.open.pop()
            self.blocks_of[root] = _merged(found)
        return self.blocks_of[root]

    def _of_rule(self, root: Nonterminal, rule: Production) -> list[_Block]:
        children: list[list[_Block]] = []
        for symbol in rule.symbols:
            if isinstance(symbol, Loop):
                raise ValueError(
                    f"rule {rule.name!r} of {root.name} puts a loop inside a loop; the exact "
                    "predictor reads documents that are one loop"
                )
            if isinstance(symbol, Call):
                children.append(self.blocks(symbol.nonterminal))
        return [self._concatenated(root, rule, chosen) for chosen in product(*children)]

    def _concatenated(
        self, root: Nonterminal, rule: Production, children: Sequence[_Block]
    ) -> _Block:
        """The yields of one rule: its symbols side by side, over every choice of subtrees."""
        values = list(self.grammar.values[root])
        environments = [[dict(zip(rule.left.arguments, v, strict=True))] for v in values]
        pieces: list[tuple[Ints, NDArray[np.int8], int]] = []  # tokens, roles, draws before
        draws, log_prior, waiting = 0, np.array([np.log(rule.probability)]), iter(children)
        total = prod(child.trees for child in children)
        inner = total
        for symbol in rule.symbols:
            match symbol:
                case Fresh(attribute):
                    environments = [
                        [{**e, attribute: x} for e in line for x in self.objects]
                        for line in environments
                    ]
                    draws += 1
                case Call(called, arguments):
                    child = next(waiting)
                    inner //= child.trees
                    index = self._values(environments, called, arguments)
                    piece = child.tokens[index]  # (values, N^draws, N^own, length, trees)
                    piece = piece.reshape(len(values), -1, *piece.shape[3:])
                    draws += child.draws
                    environments = [
                        [e for e in line for _ in range(len(self.objects) ** child.draws)]
                        for line in environments
                    ]
                    order = np.arange(total) // inner % child.trees
                    pieces.append((piece[..., order], child.roles[:, order], draws))
                    log_prior = np.add.outer(log_prior, child.log_prior).reshape(-1)
                case _:
                    ids = self._column(environments, symbol)
                    role = STRUCTURE if isinstance(symbol, str) else LABEL
                    column = np.repeat(ids[:, :, None, None], total, axis=3)
                    pieces.append((column, np.full((1, total), role, np.int8), draws))
        n = len(self.objects)
        tokens = [np.repeat(p, n ** (draws - before), axis=1) for p, _, before in pieces]
        empty = np.empty((len(values), n**draws, 0, total), self.dtype)
        roles = np.concatenate([np.empty((0, total), np.int8), *(r for _, r, _ in pieces)])
        return _Block(
            log_prior=log_prior,
            tokens=np.concatenate([empty, *tokens], axis=2),
            roles=roles,
            draws=draws,
            parts=[_Part(rule, tuple(children), 0)],
        )

    def _values(
        self,
        environments: list[list[dict[Term, Value]]],
        called: Nonterminal,
        arguments: tuple[Term, ...],
    ) -> Ints:
        known = self.grammar.values[called]
        return np.array(
            [[known[tuple(value_of(a, e) for a in arguments)] for e in line]  # type: ignore[arg-type]
             for line in environments]
        )  # fmt: skip

    def _column(self, environments: list[list[dict[Term, Value]]], symbol: object) -> Ints:
        vocabulary = self.grammar.vocabulary
        return np.array(
            [
                [
                    vocabulary.id(symbol if isinstance(symbol, str) else str(value_of(symbol, e)))  # type: ignore[arg-type]
                    for e in line
                ]
                for line in environments
            ],
            dtype=self.dtype,
        )


def _merged(blocks: list[_Block]) -> list[_Block]:
    """Blocks of the same length and draws put into one."""
    by_shape: dict[tuple[int, int], list[_Block]] = {}
    for block in blocks:
        by_shape.setdefault((block.tokens.shape[2], block.draws), []).append(block)
    merged = []
    for (_, draws), same in by_shape.items():
        parts, first = [], 0
        for block in same:
            parts += [_Part(p.production, p.children, first + p.first) for p in block.parts]
            first += block.trees
        merged.append(
            _Block(
                log_prior=np.concatenate([b.log_prior for b in same]),
                tokens=np.concatenate([b.tokens for b in same], axis=3),
                roles=np.concatenate([b.roles for b in same], axis=1),
                draws=draws,
                parts=parts,
            )
        )
    return merged


@dataclass(frozen=True, eq=False)
class Family:
    """The trees of one loop whose items have the same length and inputs.

    Attributes
    ----------
    loop : int
        Which of the world's loops.
    first : int
        The number of the first tree among all hypotheses.
    length, inputs : int
        Tokens and fresh draws of an item.
    cells : int array, shape (N^inputs, length + 1, trees)
        The token that each tree writes at each place where the inputs are the r-th; INPUT − k
        where it writes input k; END after the last.
    roles : int8 array, shape (length, trees)
        STRUCTURE for a constant, LABEL for a value.
    """

    loop: int
    first: int
    length: int
    inputs: int
    cells: Ints
    roles: NDArray[np.int8]
    block: _Block

    @property
    def trees(self) -> int:
        """How many hypotheses it has."""
        return int(self.cells.shape[2])

    def write(self, place: ArrayLike, drawn: Ints, objects: Tokens) -> Tokens:
        """Return the items that trees of this family write.

        Parameters
        ----------
        place : array_like of int, shape (…)
            Which tree of the family writes each item; one for all is enough.
        drawn : int array, shape (…, inputs)
            Which object each input is, from 0 to N − 1.
        objects : Tokens, shape (N,)
            The objects' tokens.

        Returns
        -------
        Tokens, shape (…, length)
        """
        powers = len(objects) ** np.arange(self.inputs - 1, -1, -1)
        tokens = self.cells[drawn @ powers, :-1, np.asarray(place)].astype(np.int64)
        for k in range(self.inputs):
            tokens = np.where(tokens == INPUT - k, objects[drawn[..., k, None]], tokens)
        return np.asarray(tokens)


@dataclass(frozen=True, eq=False)
class Hypotheses:
    """Every hypothesis (loop, τ) of a grammar, numbered, with its log prior π·p(τ).

    Trees are kept apart even where they yield the same function; `same_function` finds them.

    Parameters
    ----------
    grammar : Grammar
        Each of its documents must be one loop, whose bodies are finitely many.

    Raises
    ------
    ValueError
        If a document is not one loop, bodies are infinitely many, an item is empty, or a drawn
        input is used before it is written.

    Examples
    --------
    >>> from ntp_lib.theory.minicag import minicag
    >>> hypotheses = Hypotheses(minicag())
    >>> len(hypotheses), round(float(np.exp(hypotheses.log_prior).sum()), 12)
    (3151, 1.0)
    >>> print(hypotheses.derivation(0))
    B → Dir  [1 bits]
      Dir → k = 1  [0.737 bits]
        Hidden1 → f1  [2.58 bits]
    """

    grammar: Grammar
    loops: tuple[Loop, ...]
    log_pi: NDArray[np.float64]
    families: tuple[Family, ...]
    log_prior: NDArray[np.float64]

    def __init__(self, grammar: Grammar) -> None:
        enumerator = _Enumerator(grammar)
        found = list(_loops(grammar, grammar.start, 0.0, ()))
        families: list[Family] = []
        priors = [np.empty(0)]
        for number, (log_pi, loop) in enumerate(found):
            for block in enumerator.blocks(loop.body):
                first = sum(map(len, priors))
                families.append(_family(grammar, number, first, loop, block))
                priors.append(log_pi + block.log_prior)
        object.__setattr__(self, "grammar", grammar)
        object.__setattr__(self, "loops", tuple(loop for _, loop in found))
        object.__setattr__(self, "log_pi", np.array([log_pi for log_pi, _ in found]))
        object.__setattr__(self, "families", tuple(families))
        object.__setattr__(self, "log_prior", np.concatenate(priors))

    def __len__(self) -> int:
        return len(self.log_prior)

    def family_of(self, hypothesis: int) -> tuple[Family, int]:
        """The family of a hypothesis and its place there; a ValueError if there is none such."""
        if not 0 <= hypothesis < len(self):
            raise ValueError(f"hypothesis {hypothesis} is not from 0 to {len(self) - 1}")
        family = next(f for f in reversed(self.families) if f.first <= hypothesis)
        return family, hypothesis - family.first

    def derivation(self, hypothesis: int) -> Derivation:
        """The derivation tree τ of a hypothesis, which displays itself."""
        family, place = self.family_of(hypothesis)
        return family.block.derivation(place)

    def description_length(self, hypothesis: int) -> Nats:
        """D[τ] = −ln p(τ), without the loop's own ln 1/π."""
        family, _ = self.family_of(hypothesis)
        return Nats(self.log_pi[family.loop] - self.log_prior[hypothesis])

    def find(self, *rules: str, loop: int = 0) -> int:
        """The first hypothesis whose rules have these names, from the root in order.

        Raises
        ------
        ValueError
            If there is none.

        Examples
        --------
        >>> from ntp_lib.theory.minicag import minicag, printed
        >>> hypotheses = Hypotheses(minicag())
        >>> hypotheses.description_length(hypotheses.find(*printed(2, 4)))
        5.011 nats (7.229 bits)
        """
        for family in self.families:
            if family.loop == loop:
                place = _find(family.block, list(rules))
                if place is not None:
                    return family.first + place
        raise ValueError(
            f"no hypothesis of loop {loop} has the rules {rules}; names are those that "
            "`print(hypotheses.derivation(i))` shows"
        )

    def same_function(self, hypothesis: int) -> Ints:
        """All hypotheses of the same loop with the same yield for all inputs, itself included."""
        family, place = self.family_of(hypothesis)
        same = (family.cells == family.cells[:, :, place, None]).all(axis=(0, 1))
        return family.first + np.flatnonzero(same)

    def function_length(self, hypothesis: int) -> Nats:
        """−ln of the summed p(τ) of all trees that yield this function: D_dir in Theorem B."""
        family, _ = self.family_of(hypothesis)
        logs = self.log_prior[self.same_function(hypothesis)] - self.log_pi[family.loop]
        return Nats(-(logs.max() + np.log(np.exp(logs - logs.max()).sum())))


def _loops(
    grammar: Grammar, here: Nonterminal, log_pi: float, above: tuple[Nonterminal, ...]
) -> Iterator[tuple[float, Loop]]:
    """Every way from the start to a loop, with the log of its probability."""
    for rule in grammar.rules[here]:
        log_here = log_pi + float(np.log(rule.probability))
        match rule.symbols:
            case (Loop() as loop,):
                yield log_here, loop
            case (Call(called, ()),) if called not in above:
                yield from _loops(grammar, called, log_here, (*above, here))
            case _:
                raise ValueError(
                    f"rule {rule.name!r} of {here.name} is not one loop; the exact predictor "
                    "reads documents that are one loop (Finite([1]) repeats it once)"
                )


def _find(block: _Block, names: list[str]) -> int | None:
    """The place in a block of the first tree whose rules, in order, have these names."""
    for part in block.parts:
        if names and part.production.name == names[0]:
            if not part.children and len(names) == 1:
                return part.first
            if len(part.children) == 1:
                below = _find(part.children[0], names[1:])
                if below is not None:
                    return part.first + below
            elif part.children:
                for i in range(prod(child.trees for child in part.children)):
                    tree = block.derivation(part.first + i)
                    if [t.production.name for t in tree.subtrees()] == names:
                        return part.first + i
    return None


def _family(grammar: Grammar, number: int, first: int, loop: Loop, block: _Block) -> Family:
    """Cells of a loop's body: its inputs and its own draws on one axis, inputs marked."""
    n, arity = len(grammar.universe), loop.body.arity
    inputs = arity + block.draws
    given = list(product(grammar.universe, repeat=arity))
    order = [grammar.values[loop.body][values] for values in given]
    tokens = block.tokens[order].reshape(n**inputs, *block.tokens.shape[2:])
    length, trees = tokens.shape[1:]
    if not length:
        raise ValueError(f"{loop.body.name} has an empty item; let every item write a token")
    cells = np.full((n**inputs, length + 1, trees), END, tokens.dtype)
    cells[:, :length] = tokens
    ids = np.array([grammar.vocabulary.id(x) for x in grammar.universe])
    grid = np.indices((n,) * inputs).reshape(inputs, -1)  # the value of each input on the axis
    unseen = np.ones((inputs, trees), dtype=bool)
    for m in range(length):
        here = tokens[:, m]
        written = np.zeros(trees, dtype=bool)
        for k in range(inputs):
            writes = unseen[k] & ~written & (here == ids[grid[k], None]).all(axis=0) & (n > 1)
            cells[:, m, writes] = INPUT - k
            unseen[k] &= ~writes
            written |= writes
        for k in range(inputs):  # nothing else may depend on an input not yet written
            by_input = here.reshape(*(n,) * inputs, trees)
            varies = (by_input != by_input.take([0], axis=k)).any(axis=tuple(range(inputs)))
            if (varies & unseen[k] & ~written).any():
                i = int(np.flatnonzero(varies & unseen[k] & ~written)[0])
                raise ValueError(
                    f"an item of {loop.body.name} computes with a drawn input before it writes "
                    f"it, which the exact predictor does not read:\n{block.derivation(i)}"
                )
    return Family(number, first, length, inputs, cells, block.roles, block)
