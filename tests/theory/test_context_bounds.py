from itertools import product
from math import log, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntp_lib.theory import (
    Apply,
    Attribute,
    BayesPredictor,
    Finite,
    Geometric,
    Grammar,
    Hypotheses,
    LogSquared,
    Loop,
    Nonterminal,
    Production,
    Zipf,
    approximate_bound,
    bound_terms,
    direct,
    fano_error,
    identification_examples,
    iteration_complexity,
    minicag,
    noisy_error_bound,
    printed,
    theorem_a,
    theorem_b,
    token_losses,
)
from tests.theory.grammar_worlds import random_world

seeds = st.integers(0, 10**6)
S, B, x = Nonterminal("S"), Nonterminal("B", 1), Attribute("x")


def drawn_terms(grammar: Grammar, rng: np.random.Generator, examples: int):  # type: ignore[no-untyped-def]
    """The terms of a hypothesis chosen at random, on 8 prompts that the grammar gives a chance."""
    predictor = BayesPredictor(grammar)
    hypothesis = int(rng.integers(len(predictor.hypotheses)))
    prompts = predictor.prompts(hypothesis, examples, 8, rng)
    possible = predictor.log_evidence(prompts) > -np.inf  # not so if J cannot be that large
    return bound_terms(predictor, hypothesis, prompts[possible]) if possible.any() else None


# The master identity


@given(seeds, st.integers(1, 5))
def test_the_master_identity_on_random_grammars(seed: int, examples: int) -> None:
    """(★) to 1e-9: hazards that differ, separators or none, loops that share, stick or redraw."""
    found = drawn_terms(random_world(seed), np.random.default_rng(seed), examples)
    if found is None:
        return
    assert abs(found.residual).max() < 1e-9
    assert (found.log_posterior <= 1e-9).all()
    assert (found.total_loss <= found.bound + 1e-9).all()


@settings(max_examples=40)
@given(seeds, st.integers(1, 5))
def test_structure_and_sharing_cost_no_more_than_the_iteration_complexity(
    seed: int, examples: int
) -> None:
    """ln 1/π + sharing + structure ≤ R_n for every prompt: what p gives is at most 1."""
    grammar = random_world(seed)
    found = drawn_terms(grammar, np.random.default_rng(seed), examples)
    if found is None:
        return
    hypotheses = Hypotheses(grammar)
    bounds = [iteration_complexity(hypotheses, examples, i) for i in range(len(hypotheses.loops))]
    loop = next(i for i, pi in enumerate(hypotheses.log_pi) if found.rarity == pytest.approx(-pi))
    paid = found.rarity + found.sharing + found.structure.sum(axis=1)
    assert (paid <= bounds[loop] + 1e-9).all()


@pytest.mark.parametrize("rules", [direct(1), direct(3, 2), printed(1, 2), printed(2, 1, 3)])
def test_the_pathwise_bound_exhaustively(rules: tuple[str, ...]) -> None:
    """N = 5, K = 3, L = L_c = 3: all 5 + 25 + 125 + 625 inputs for n ≤ 4, no prompt above."""
    predictor = BayesPredictor(minicag(5, 3, 3, 3))
    hypothesis = predictor.hypotheses.find(*rules)
    length = predictor.hypotheses.description_length(hypothesis)
    for n in range(1, 5):
        inputs = np.array(list(product(predictor.objects, repeat=n)))[..., None]
        found = bound_terms(predictor, hypothesis, predictor.write(hypothesis, inputs))
        assert (found.total_loss <= length + log(1 / 0.8) + 1e-12).all()
        assert abs(found.residual).max() < 1e-10
        assert abs(found.inputs).max() < 1e-12  # inputs are regular: κ = 0


def test_the_pathwise_bound_over_every_hypothesis_of_the_small_world() -> None:
    """All 3 + 9 + 27 direct, 9 + 27 printed and 42 propositions, all 625 prompts of 4 examples."""
    predictor = BayesPredictor(minicag(5, 3, 3, 3))
    inputs = np.array(list(product(predictor.objects, repeat=4)))[..., None]
    worst = -np.inf
    for family in predictor.hypotheses.families:
        for hypothesis in range(family.first, family.first + family.trees):
            if family.loop == 0:
                found = bound_terms(predictor, hypothesis, predictor.write(hypothesis, inputs))
                net = found.description_length + found.rarity
                worst = max(worst, float((found.total_loss - net).max()))
    assert -1 < worst < 1e-12


def test_each_part_of_theorem_a_on_the_world_of_the_notes() -> None:
    predictor = BayesPredictor(minicag())
    hypothesis = predictor.hypotheses.find(*direct(2, 5))
    rng = np.random.default_rng(0)
    found = bound_terms(predictor, hypothesis, predictor.prompts(hypothesis, 20, 100, rng))
    bound = theorem_a(predictor.hypotheses, hypothesis, 20)
    assert (found.total_loss <= bound).all()
    assert (found.errors.sum(axis=(1, 2)) <= bound / log(2)).all()
    one_off = np.full((1, 20, 1), predictor.objects[3])  # an adversary's inputs
    adverse = bound_terms(predictor, hypothesis, predictor.write(hypothesis, one_off))
    assert adverse.total_loss[0] <= bound
    assert theorem_a(predictor.hypotheses, hypothesis, 20, log(20)) == pytest.approx(
        bound + log(20)
    )


def irregular(seed: int) -> BayesPredictor:
    """A world without separators: rivals of other lengths take labels for inputs."""
    return BayesPredictor(minicag(4, 2, 2, 3, seed=seed, separator=None))


def test_without_separators_some_prompts_exceed_the_naive_claim() -> None:
    """D + R_n without the input term fails; with the measured κ it holds for all of them."""
    predictor = BayesPredictor(minicag(5, 3, 3, 3, separator=None))
    hypothesis = predictor.hypotheses.find(*direct(1, 2))
    inputs = np.array(list(product(predictor.objects, repeat=4)))[..., None]
    found = bound_terms(predictor, hypothesis, predictor.write(hypothesis, inputs))
    naive = theorem_a(predictor.hypotheses, hypothesis, 4)
    assert (found.total_loss > naive + 1e-9).any()
    kappa = np.maximum(found.inputs, 0).sum(axis=1)
    assert (found.total_loss <= naive + kappa + 1e-9).all()


@pytest.mark.parametrize("seed", range(4))
def test_inputs_are_a_supermartingale_and_ville_bounds_them(seed: int) -> None:
    """Theorem A 2 and 3: E Σ ln p/ν ≤ 0, exactly over all inputs; sup_n ∏ p/ν > 1/δ is rare."""
    predictor = irregular(seed)
    hypothesis = predictor.hypotheses.find(*direct(1))
    inputs = np.array(list(product(predictor.objects, repeat=4)))[..., None]
    found = bound_terms(predictor, hypothesis, predictor.write(hypothesis, inputs))
    log_ratio = np.cumsum(found.inputs, axis=1)
    assert found.inputs.sum(axis=1).mean() <= 1e-12
    assert (np.exp(log_ratio).mean(axis=0) <= 1 + 1e-12).all()
    for delta in (0.5, 0.2, 0.05):
        assert (log_ratio.max(axis=1) >= log(1 / delta)).mean() <= delta
    bound = theorem_a(predictor.hypotheses, hypothesis, 4)
    assert found.total_loss.mean() <= bound
    assert (found.total_loss > bound + log(20)).mean() <= 0.05


def test_one_over_ln_2_is_tight() -> None:
    """m independent bits, the j-th asked in example j: D = m ln 2 and all m answers are ties."""
    m = 5
    objects = [f"q{i}" for i in range(m)]
    rules = [Production(S(), 1.0, Loop(B, Geometric(0.9)))]
    for bits in product("01", repeat=m):
        answer = dict(zip(objects, bits, strict=True)).__getitem__
        rules.append(Production(B(x), 2.0**-m, x, Apply(answer, x), ";", name="".join(bits)))
    predictor = BayesPredictor(Grammar(rules, universe=objects))
    prompt = predictor.write(7, np.array(predictor.objects)[None, :, None])
    found = bound_terms(predictor, 7, prompt)
    assert found.errors.sum() == m
    assert found.description_length / log(2) == pytest.approx(m)
    assert found.total_loss[0] == pytest.approx(m * log(2))


# Iteration complexity


def test_iteration_complexity_of_each_prior() -> None:
    n = np.array([1, 20, 1000, 10**6])

    def of(prior, redraw=0.0):  # type: ignore[no-untyped-def]
        return iteration_complexity(Hypotheses(minicag(prior=prior, redraw=redraw)), n)

    pi = log(1 / 0.8)
    assert of(Zipf(2))[1] == pytest.approx(3.69, abs=0.005)  # the notes' exercise
    assert np.diff(of(Zipf(3)) - 2 * np.log(n))[-1] == pytest.approx(0, abs=1e-3)
    assert np.diff(of(LogSquared()) - np.log(np.log(n + 1)))[-1] == pytest.approx(0, abs=1e-3)
    np.testing.assert_allclose(of(Geometric(0.9)), pi + (n - 1) * log(1 / 0.9))
    sticky = of(Zipf(2), 0.1) - of(Zipf(2))
    assert (sticky <= (n - 1) * log(1 / 0.9)).all()
    assert sticky[1] == pytest.approx(19 * log(1 / 0.9), rel=1e-3)
    assert of(Finite([1, 1]))[1] == np.inf


def test_no_sharing_costs_n_minus_one_descriptions() -> None:
    hypotheses = Hypotheses(minicag(redraw=1.0, bodies=(1, 0, 0), depth=2, facts=0))
    longest = float(-hypotheses.log_prior.min())
    r = iteration_complexity(hypotheses, [1, 11])
    assert r[1] - r[0] == pytest.approx(10 * longest - Zipf(2).log_survival(11), abs=1e-9)


# Theorem B


def test_each_printed_step_costs_at_most_its_own_description() -> None:
    """(a) and (b) on chains of 2 and 3 steps, all 625 inputs; the skeleton is given in (b)."""
    predictor = BayesPredictor(minicag(5, 3, 2, 3))
    inputs = np.array(list(product(predictor.objects, repeat=4)))[..., None]
    for rules in (printed(1, 2), printed(3, 1, 2)):
        hypothesis = predictor.hypotheses.find(*rules)
        k = len(rules) - 2
        found = bound_terms(predictor, hypothesis, predictor.write(hypothesis, inputs))
        skeleton = found.description_length + found.rarity - k * log(3)
        bound = theorem_b(skeleton, [log(3)] * k)
        assert (found.total_loss <= bound.total + 1e-9).all()
        assert (found.errors.sum(axis=(1, 2)) <= bound.wrong_answers).all()
        # item 1 reveals k: after it no step of any later item pays more than its D_E
        assert (found.losses[:, 1:].sum(axis=1) <= np.array(bound.steps) + 1e-9).all()
    given = minicag(5, 3, 1, 2, bodies=(0, 1, 0), facts=0)
    predictor = BayesPredictor(given)
    hypothesis = predictor.hypotheses.find(*printed(3, 1))
    found = bound_terms(predictor, hypothesis, predictor.write(hypothesis, inputs))
    assert (found.losses.sum(axis=1) <= log(3) + 1e-12).all()


@settings(max_examples=30)
@given(st.integers(2, 50), st.floats(0, 5))
def test_fano_is_the_least_error_that_the_information_allows(functions: int, info: float) -> None:
    e = fano_error(info, functions)
    assert 0 <= e <= 1 - 1 / functions + 1e-12
    if 1e-9 < e < 1 - 1 / functions - 1e-6:
        allowed = log(functions) - info
        entropy = -e * log(e) - (1 - e) * log(1 - e)
        assert entropy + e * log(functions - 1) == pytest.approx(allowed, abs=1e-6)
    if info >= log(functions):
        assert e < 1e-6


def test_examples_needed_is_the_notes_exercise() -> None:
    """K = 10, N = 30, k = 3: about 2 direct examples carry ln 10³ nats."""
    assert identification_examples(3 * log(10), 30) == pytest.approx(log2(1000) / log2(30))


# Noise and approximation


@settings(max_examples=200)
@given(seeds)
def test_noisy_error_bound_holds_for_any_two_laws(seed: int) -> None:
    """Over 5 rounds: errors of the argmax of p under q ≤ E* + 2S + 2√2 √(S E*), S = Σ KL(q‖p)."""
    rng = np.random.default_rng(seed)
    q, p = rng.dirichlet(np.full(4, rng.choice([0.1, 1, 10])), (2, 5)).clip(1e-12)
    near = rng.random()
    p = near * q + (1 - near) * p
    q, p = q / q.sum(1, keepdims=True), p / p.sum(1, keepdims=True)
    errors = (1 - q[np.arange(5), p.argmax(axis=1)]).sum()
    best = (1 - q.max(axis=1)).sum()
    divergence = max(0.0, (q * np.log(q / p)).sum())
    assert errors <= noisy_error_bound(divergence, best) + 1e-9


def test_approximate_predictor_pays_the_exponential_factor_at_most() -> None:
    """A second predictor whose prior lacks a share of one hypothesis: its loss and the bound.

    M is the world's predictor with one rule's weight divided by e^c and the others scaled up; a
    document's KL(p‖M) is at most that of the two priors over rules.
    """
    n, share = 3, 0.2
    names = "01234"

    def world(weights: np.ndarray) -> BayesPredictor:
        rules = [Production(S(), 1.0, Loop(B, Geometric(0.8)))]
        for k, weight in enumerate(weights):
            rules.append(
                Production(
                    B(x), weight, x, Apply(lambda v, k=k: str((int(v) + k) % 5), x), ";",
                    name=f"+{k}",
                )
            )  # fmt: skip
        return BayesPredictor(Grammar(rules, universe=names))

    true = np.full(5, share)
    for c in (0.1, 1.0, 3.0):
        weights = true.copy()
        weights[2] *= np.exp(-c)
        weights /= weights.sum()
        epsilon = float((true * np.log(true / weights)).sum())
        model = world(weights)
        inputs = np.array(list(product(model.objects, repeat=n)))[..., None]
        prompts = model.write(2, inputs)
        losses = token_losses(model, prompts)[:, 1::3].sum(axis=1).mean()
        bound = float(theorem_a(world(true).hypotheses, 2, n))
        assert losses <= approximate_bound(bound, epsilon)
        assert losses == pytest.approx(-log(weights[2]), abs=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_a_whole_task_is_safer_than_each_of_its_rules(seed: int) -> None:
    """Rules drawn by any law of a task: their mean loss, exactly, against the task's bound.

    M is an exact predictor of the same shifts with other weights.
    """
    rng = np.random.default_rng(seed)
    n, names = 3, "01234"

    def world(weights: np.ndarray) -> BayesPredictor:
        rules = [
            Production(
                B(x), w, x, Apply(lambda v, k=k: str((int(v) + k) % 5), x), ";", name=f"+{k}"
            )
            for k, w in enumerate(weights)
        ]
        return BayesPredictor(
            Grammar([Production(S(), 1.0, Loop(B, Geometric(0.8))), *rules], universe=names)
        )

    true, flawed = rng.dirichlet(np.ones(5)), rng.dirichlet(np.full(5, 0.5)) * 0.9 + 0.02
    epsilon = float((true * np.log(true / flawed)).sum())
    task = rng.permutation(5)[: rng.integers(1, 6)]
    drawn = rng.dirichlet(np.ones(len(task)))
    model, exact = world(flawed), world(true)
    inputs = np.array(list(product(model.objects, repeat=n)))[..., None]
    losses = [
        token_losses(model, model.write(int(h), inputs))[:, 1::3].sum(axis=1).mean() for h in task
    ]
    bounds = [float(theorem_a(exact.hypotheses, int(h), n)) for h in task]
    weight = float((true[task] / drawn).min()) * 0.8 ** (n - 1)
    limit = approximate_bound(float(drawn @ bounds), epsilon, min(weight, 1.0))
    assert drawn @ losses <= limit + 1e-9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: bound_terms(p, 0, [[0, 1]]), "writes items of 3"),
        (lambda p: bound_terms(p, 0, np.zeros((1, 0), dtype=int)), "writes items of 3"),
        (lambda p: bound_terms(p, 0, [[0, 0, 0]]), "prompt 0 is not written by this hypothesis"),
        (lambda p: bound_terms(p, 99999, [[0, 0, 0]]), "hypothesis 99999 is not from 0"),
        (lambda p: iteration_complexity(p.hypotheses, 3, 7), "loop 7 is not from 0 to 1"),
        (lambda p: theorem_a(p.hypotheses, 0, 3, -1.0), "excess is -1.0"),
        (lambda p: approximate_bound(-1, 0), "bound is -1"),
        (lambda p: approximate_bound(1, 0, 1.5), "weight is 1.5"),
        (lambda p: noisy_error_bound(1, -1), "best -1"),
        (lambda p: theorem_b(1, [-1.0]), "description lengths are at least 0"),
        (lambda p: identification_examples(1, 1), "objects 1"),
        (lambda p: fano_error(-1, 2), "information is -1"),
    ],
)
def test_bad_input_is_named(make, message: str) -> None:  # type: ignore[no-untyped-def]
    predictor = BayesPredictor(minicag(3, 2, 2, 2))
    with pytest.raises(ValueError, match=message):
        make(predictor)
