from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntp_lib.theory import (
    Geometric,
    Hypotheses,
    LogSquared,
    Zipf,
    direct,
    minicag,
    printed,
    sample_document,
)

sizes = st.tuples(
    st.integers(2, 6), st.integers(1, 4), st.integers(1, 3), st.integers(2, 4), st.integers(0, 99)
)


@settings(max_examples=30)
@given(sizes)
def test_the_bodies_are_counted_by_the_formula(drawn: tuple[int, int, int, int, int]) -> None:
    """Σ_{k ≤ L} K^k direct, Σ_{2 ≤ k ≤ L_c} K^k printed, 42 propositions, K + 1 facts."""
    n, k, depth, chain, seed = drawn
    world = minicag(n, k, depth, chain, seed=seed)
    hypotheses = Hypotheses(world)
    by_loop = [sum(f.trees for f in hypotheses.families if f.loop == i) for i in (0, 1)]
    levels = sum(k**i for i in range(1, depth + 1)) + sum(k**i for i in range(2, chain + 1))
    assert by_loop == [levels + 42, k + 1]
    assert len(world.vocabulary) == n + 4
    assert np.exp(hypotheses.log_prior).sum() == pytest.approx(1)


def test_the_functions_are_permutations_and_the_seed_fixes_them() -> None:
    def tables(seed: int) -> list[list[str]]:
        rules = minicag(objects=7, seed=seed).productions
        steps = [r.symbols[0] for r in rules if r.left.nonterminal.name == "Hidden1"]
        return [[s.function(f"o{i}") for i in range(7)] for s in steps]  # type: ignore[union-attr]

    assert all(sorted(table) == [f"o{i}" for i in range(7)] for table in tables(3))
    assert tables(3) == tables(3)
    assert tables(3) != tables(4)


def test_items_say_what_the_rules_say() -> None:
    """A direct item is x f(x) ;, a chain x z₁ … z_k ;, a proposition x T/F ;."""
    world = minicag(objects=5, functions=3)
    rng = np.random.default_rng(0)
    steps = {
        rule.name: rule.symbols[0].function  # type: ignore[union-attr]
        for rule in world.productions
        if rule.left.nonterminal.name == "Hidden1"
    }
    seen = set()
    for _ in range(300):
        document = sample_document(world, rng, most=8)
        tree = document.derivation
        if tree.production.symbols[0].body.name != "B":  # type: ignore[union-attr]
            continue
        body = tree.children[0]
        kind = body.production.name
        seen.add(kind)
        item = document.tokens[: document.tokens.index(";")]
        names = [t.production.name for t in body.subtrees()][2:]
        values = [item[0]]
        if kind == "Prop":
            assert item[1] in ("T", "F")
            continue
        for name in names:
            values.append(steps[name](values[-1]))
        assert list(item[1:]) == (values[1:] if kind == "Chain" else values[-1:])
    assert seen == {"Dir", "Chain", "Prop"}


def test_options_change_what_they_say() -> None:
    plain = Hypotheses(minicag())
    rare = Hypotheses(minicag(depth=3, deeper=0.001, bodies=(5 / 9, 4 / 9, 0)))
    deep = rare.find(*direct(1, 2, 3))
    assert rare.description_length(deep) == pytest.approx(-np.log(5 / 9 * 0.001**2 / 216), abs=1e-9)
    assert rare.description_length(rare.find(*printed(1, 2))) < 6
    loops = Hypotheses(minicag(prior=Zipf(3), facts_prior=Geometric(0.5), redraw=0.1)).loops
    assert [loop.prior for loop in loops] == [Zipf(3), Geometric(0.5)]
    assert [loop.redraw for loop in loops] == [0.1, 1.0]
    assert len(Hypotheses(minicag(facts=0, prior=LogSquared())).loops) == 1
    assert ";" not in minicag(separator=None).vocabulary
    assert len(plain) == 3144 + 7


held = st.sets(st.tuples(st.integers(1, 3), st.integers(1, 3)), max_size=4)


@settings(max_examples=30)
@given(held, st.integers(1, 3), st.integers(2, 4))
def test_held_out_pairs_never_occur_and_the_rest_is_equally_likely(
    pairs: set[tuple[int, int]], depth: int, chain: int
) -> None:
    """The hypotheses are the sequences without the pairs, each a product of its choices."""
    if any({(i, j) for j in (1, 2, 3)} <= pairs for i in (1, 2, 3)):
        with pytest.raises(ValueError, match="leaves nothing that can come after"):
            minicag(3, 3, depth, chain, held_out=pairs)
        return
    hypotheses = Hypotheses(minicag(3, 3, depth, chain, held_out=pairs))
    full = Hypotheses(minicag(3, 3, depth, chain))
    assert np.exp(hypotheses.log_prior).sum() == pytest.approx(1)
    count = 0
    for make, least, most in ((direct, 1, depth), (printed, 2, chain)):
        for k in range(least, most + 1):
            for steps in product((1, 2, 3), repeat=k):
                if any(pair in pairs for pair in pairwise(steps)):
                    with pytest.raises(ValueError, match="no hypothesis"):
                        hypotheses.find(*make(*steps))
                    continue
                count += 1
                left = [3 - sum(i == step for i, _ in pairs) for step in steps[:-1]]
                gain = sum(np.log(3 / n) for n in left)
                assert hypotheses.description_length(hypotheses.find(*make(*steps))) == (
                    pytest.approx(full.description_length(full.find(*make(*steps))) - gain)
                )
    assert sum(f.trees for f in hypotheses.families if f.loop == 0) == count + 42


def test_held_out_pairs_are_of_functions_that_exist() -> None:
    with pytest.raises(ValueError, match=r"the pair \(1, 4\); the functions are numbered 1 to 3"):
        minicag(functions=3, held_out=[(1, 4)])
