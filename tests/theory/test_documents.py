from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from ntp_lib.theory import (
    BayesPredictor,
    Finite,
    Grammar,
    Hypotheses,
    Loop,
    Production,
    Zipf,
    minicag,
    sample_documents,
)
from tests.theory.grammar_worlds import random_world

ALWAYS = Finite([0] * 19 + [1])


def endless(world: Grammar) -> Grammar:
    """The same world with documents of twenty items."""
    rules = []
    for rule in world.productions:
        symbols = [
            replace(symbol, prior=ALWAYS) if isinstance(symbol, Loop) else symbol
            for symbol in rule.symbols
        ]
        rules.append(Production(rule.left, rule.probability, *symbols, name=rule.name))
    return Grammar(rules, universe=world.universe, end=world.end)


def check_law(world: Grammar, length: int, count: int = 20_000) -> None:
    """Compare the frequencies of whole rows with the exact evidence, by Pearson's test."""
    predictor = BayesPredictor(world)
    rows = sample_documents(predictor.hypotheses, count, length, np.random.default_rng(5))
    assert rows.shape == (count, length)
    seen, counts = np.unique(rows, axis=0, return_counts=True)
    expected = count * np.exp(predictor.log_evidence(seen))
    assert (expected > 0).all()
    common = expected >= 5
    observed = np.append(counts[common], count - counts[common].sum())
    expected = np.append(expected[common], count - expected[common].sum())
    assert expected[-1] >= -1e-6 * count  # no more than the whole
    if expected[-1] < 5:  # too rare to test: nothing is left, or next to nothing
        assert observed[-1] <= 20
        observed, expected = observed[:-1], expected[:-1]
    statistic = ((observed - expected) ** 2 / expected).sum()
    assert len(observed) > 3
    assert chi2.sf(statistic, len(observed) - 1) > 1e-4


@pytest.mark.parametrize("redraw", [0.0, 0.3, 1.0])
def test_rows_of_minicag_have_the_exact_law(redraw: float) -> None:
    world = minicag(
        3, 2, 2, 2, prior=ALWAYS, redraw=redraw, bodies=(0.55, 0.35, 0.1), held_out=[(1, 2)]
    )
    check_law(world, length=7)


@pytest.mark.parametrize("seed", range(8))
def test_rows_of_random_worlds_have_the_exact_law(seed: int) -> None:
    """One or two loops, sharing, sticky or redrawing, items of several lengths, ν not uniform."""
    check_law(endless(random_world(seed)), length=5)


def test_the_test_of_the_law_can_fail() -> None:
    """Rows of a sticky loop are not rows of a shared one."""
    worlds = [minicag(3, 2, 2, 2, prior=ALWAYS, redraw=eta) for eta in (0.0, 0.1)]
    rows = sample_documents(Hypotheses(worlds[1]), 20_000, 7, np.random.default_rng(0))
    evidence = BayesPredictor(worlds[0]).log_evidence(np.unique(rows, axis=0))
    assert (evidence == -np.inf).any()


def test_rows_depend_on_the_generator_alone() -> None:
    hypotheses = Hypotheses(minicag(prior=ALWAYS))
    first, again, other = (
        sample_documents(hypotheses, 50, 40, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_a_document_that_could_be_shorter_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="loop 0 can end before 10 tokens"):
        sample_documents(Hypotheses(minicag(prior=Zipf(2))), 1, 10, rng)
    four = Hypotheses(minicag(prior=Finite([0, 0, 0, 1])))
    assert sample_documents(four, 1, 12, rng).shape == (1, 12)
    with pytest.raises(ValueError, match=r"Finite\(\[0\] \* 4 \+ \[1\]\)"):
        sample_documents(four, 1, 13, rng)
    with pytest.raises(ValueError, match="count is 0"):
        sample_documents(four, 0, 12, rng)
