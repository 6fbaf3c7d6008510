"""Learners: against their theorems, against independent implementations, on random data."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.linear_model import Perceptron as ReferencePerceptron

from ntp_lib.core import PerStep, Predictor, Tokens, Vocabulary, evaluate, rollout, teacher_force
from ntp_lib.theory import (
    BITS,
    Examples,
    LinearPredictor,
    PredictorTask,
    StreamTask,
    free_parameters,
    log_loss,
    minimum_norm,
    perceptron,
    perceptron_bound,
    separation,
)

seeds = st.integers(0, 10**6)


def separable(seed: int, most_tokens: int = 4) -> tuple[LinearPredictor, Examples, Tokens]:
    """Chains that a random linear predictor with whole weights writes without ties."""
    rng = np.random.default_rng(seed)
    q, k = int(rng.integers(2, most_tokens + 1)), int(rng.integers(1, 4))
    n, steps = int(rng.integers(3, 6)), int(rng.integers(1, 5))
    vocabulary = Vocabulary("abcd"[:q])
    look_backs = tuple((rng.permutation(n)[:k] + 1).tolist())
    weights = rng.integers(-5, 6, size=(k, q, q))
    target = LinearPredictor(vocabulary, look_backs, weights, np.arange(q) / q)
    prompts = rng.integers(0, q, size=(int(rng.integers(2, 20)), n))
    sequences = rollout(target, prompts, steps)
    return target, Examples.of(vocabulary, sequences, n, look_backs), sequences


def features(examples: Examples) -> np.ndarray:
    """ψ of every example, written out: one-hot at each look-back, then a one."""
    q, k = len(examples.vocabulary), len(examples.look_backs)
    psi = np.zeros((examples.target.size, k * q + 1))
    for row, read in zip(psi, examples.read.reshape(-1, k), strict=True):
        for j, token in enumerate(read):
            row[j * q + token] = 1
        row[-1] = 1
    return psi


def constraints(examples: Examples) -> np.ndarray:
    """Ψ(x, y) − Ψ(x, y′), flattened, for every example and rival."""
    q = len(examples.vocabulary)
    rows = []
    for psi, y in zip(features(examples), examples.target.ravel(), strict=True):
        for rival in set(range(q)) - {y}:
            difference = np.zeros((len(psi), q))
            difference[:, y], difference[:, rival] = psi, -psi
            rows.append(difference.ravel())
    return np.array(rows)


def flat(predictor: LinearPredictor) -> np.ndarray:
    return np.concatenate([predictor.weights.ravel(), predictor.bias])


@given(seeds)
def test_examples_are_what_the_predictor_reads(seed: int) -> None:
    target, examples, sequences = separable(seed)
    psi = features(examples)
    np.testing.assert_array_equal(psi[np.arange(len(psi))[:, None], examples.ones], 1)
    assert psi.sum() == examples.ones.size
    weights = np.random.default_rng(seed).normal(size=(psi.shape[1], len(target.vocabulary)))
    scores = (psi @ weights).reshape(*examples.target.shape, -1)
    n = sequences.shape[1] - examples.target.shape[1]
    for t in range(examples.target.shape[1]):
        np.testing.assert_allclose(
            examples.predictor(weights).scores(sequences[:, : n + t]), scores[:, t]
        )
        np.testing.assert_array_equal(examples.at_step(t).read[:, 0], examples.read[:, t])


# The perceptron.


@given(seeds)
def test_perceptron_stays_within_its_bound_and_fits(seed: int) -> None:
    """On separable chains; every mistaken sequence costs at least one update."""
    target, examples, sequences = separable(seed)
    radius, norm, margin = separation(target, examples)
    assert margin > 0
    learned = perceptron(examples, epochs=10**6)
    assert learned.consistent
    assert learned.updates <= perceptron_bound(radius, norm, margin)
    n = sequences.shape[1] - examples.target.shape[1]
    assert not teacher_force(learned.predictor, sequences, n).mistakes.any()


@given(seeds, st.sampled_from([1, 2, 5]))
def test_blocks_change_nothing(seed: int, epochs: int) -> None:
    """The same updates as by going through the examples one by one, as the page does."""
    _, examples, _ = separable(seed)
    psi, targets = features(examples), examples.target.ravel()
    weights = np.zeros((psi.shape[1], len(examples.vocabulary)))
    updates = 0
    for _ in range(epochs):
        for x, y in zip(psi, targets, strict=True):
            guess = int((x @ weights).argmax())
            if guess != y:
                weights[:, y] += x
                weights[:, guess] -= x
                updates += 1
    learned = perceptron(examples, epochs)
    np.testing.assert_array_equal(flat(learned.predictor), weights.ravel())
    assert learned.updates == updates


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("epochs", [1, 3, 50])
def test_perceptron_makes_scikit_learns_updates(seed: int, epochs: int) -> None:
    """Binary, the same order of examples. Starting its bias at −½ makes its sums never 0, so that
    a sum of 0 here (token 0 by priority) is negative there.
    """
    task = StreamTask(tokens=3, seed=seed)
    sequences = task.complete(task.sample(60, np.random.default_rng(seed)))
    examples = Examples.of(BITS, sequences, task.prompt_length, task.look_backs)
    psi, targets = features(examples)[:, :-1], examples.target.ravel()
    reference = ReferencePerceptron(
        penalty=None, shuffle=False, tol=None, max_iter=epochs, eta0=1.0, random_state=0
    )
    reference.fit(psi, targets, coef_init=np.zeros((1, psi.shape[1])), intercept_init=[-0.5])
    learned = perceptron(examples, epochs).predictor
    gap = (learned.weights[:, :, 1] - learned.weights[:, :, 0]).ravel()
    np.testing.assert_array_equal(gap, 2 * reference.coef_[0])
    assert learned.bias[1] - learned.bias[0] == 2 * (reference.intercept_[0] + 0.5)


def test_an_unlearnable_chain_is_not_consistent() -> None:
    xor = [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]
    learned = perceptron(Examples.of(BITS, xor, 2, [2, 1]), epochs=50)
    assert not learned.consistent
    assert learned.epochs == 50


# The minimum-norm predictor and its certificate.


@given(seeds)
@settings(max_examples=25)
def test_minimum_norm_agrees_with_scipy(seed: int) -> None:
    """Against sequential quadratic programming. (Non-negative least squares, the other classical
    way, is no oracle here: scipy 1.17's is sometimes far from feasible on these constraints.)
    """
    _, examples, _ = separable(seed)
    a = np.unique(constraints(examples), axis=0)
    reference = minimize(
        lambda w: w @ w / 2,
        np.zeros(a.shape[1]),
        jac=lambda w: w,
        constraints={"type": "ineq", "fun": lambda w: a @ w - 1, "jac": lambda w: a},
        method="SLSQP",
        options={"ftol": 1e-14},
    )
    np.testing.assert_allclose(flat(minimum_norm(examples).predictor), reference.x, atol=1e-7)


@given(seeds)
def test_the_certificate_reproduces_the_solution(seed: int) -> None:
    """Few, independent, tight constraints with positive multipliers make up the weights."""
    _, examples, _ = separable(seed)
    learned = minimum_norm(examples)
    q, k = len(examples.vocabulary), len(examples.look_backs)
    psi = features(examples).reshape(*examples.target.shape, -1)
    chosen = np.zeros((len(learned.sequence), psi.shape[-1], q))
    rows = np.arange(len(chosen))
    true = examples.target[learned.sequence, learned.step]
    chosen[rows, :, true] = psi[learned.sequence, learned.step]
    chosen[rows, :, learned.rival] = -psi[learned.sequence, learned.step]
    chosen = chosen.reshape(len(rows), -1)
    weights = flat(learned.predictor)
    assert (learned.multipliers > 0).all()
    np.testing.assert_allclose(learned.multipliers @ chosen, weights, atol=1e-7)
    np.testing.assert_allclose(chosen @ weights, 1, atol=1e-7)
    assert np.linalg.matrix_rank(chosen) == len(chosen)
    assert len(learned.support) <= len(chosen) <= free_parameters(q, k)
    assert (constraints(examples) @ weights >= 1 - 1e-7).all()


@given(seeds)
def test_the_support_alone_gives_the_same_predictor(seed: int) -> None:
    """The sample compression of the theorem: with or without some of the other sequences."""
    _, examples, _ = separable(seed)
    learned = minimum_norm(examples)
    rng = np.random.default_rng(seed)
    others = rng.random(len(examples.target)) < rng.choice([0.0, 0.5])
    kept = np.union1d(learned.support, np.flatnonzero(others))
    part = Examples(
        examples.vocabulary, examples.look_backs, examples.read[kept], examples.target[kept]
    )
    np.testing.assert_allclose(
        flat(minimum_norm(part).predictor), flat(learned.predictor), atol=1e-6
    )


@given(st.integers(2, 4), st.integers(1, 4))
def test_free_parameters_is_the_constraints_dimension(q: int, k: int) -> None:
    """The span of all Ψ(x, y) − Ψ(x, y′), over random x and every pair."""
    vocabulary = Vocabulary("abcd"[:q])
    rng = np.random.default_rng(q * 10 + k)
    read = rng.integers(0, q, size=(40, 1, k))
    rows = np.concatenate(
        [
            constraints(Examples(vocabulary, tuple(range(1, k + 1)), read, np.full((40, 1), y)))
            for y in range(q)
        ]
    )
    assert np.linalg.matrix_rank(rows) == free_parameters(q, k)


def test_minimum_norm_on_many_tokens() -> None:
    task = StreamTask(tokens=64, seed=3)
    sequences = task.complete(task.sample(200, np.random.default_rng(0)))
    examples = Examples.of(BITS, sequences, task.prompt_length, task.look_backs)
    learned = minimum_norm(examples)
    assert separation(learned.predictor, examples)[2] >= 1 - 1e-8
    assert len(learned.support) <= 13


# Lemma: teacher-forced and free-running first mistakes.


class RandomPredictor:
    """A predictor with no structure at all: scores hashed from the whole prefix."""

    def __init__(self, vocabulary: Vocabulary, seed: int, mostly: Predictor) -> None:
        self.vocabulary, self.seed, self.mostly = vocabulary, seed, mostly

    def scores(self, prefixes: Tokens) -> np.ndarray:
        table = self.mostly.scores(prefixes)
        for row, prefix in zip(table, prefixes, strict=True):
            rng = np.random.default_rng([self.seed, *prefix])
            if rng.random() < 0.2:
                row[:] = rng.normal(size=len(row))
        return table


@given(seeds)
@settings(max_examples=60)
def test_first_mistakes_coincide_and_errors_add_up(seed: int) -> None:
    target, examples, sequences = separable(seed)
    steps = examples.target.shape[1]
    n = sequences.shape[1] - steps

    learned = RandomPredictor(target.vocabulary, seed, target)
    result = evaluate(learned, PredictorTask(target, n, steps), sequences[:, :n])
    np.testing.assert_array_equal(result.first_disagreement, result.forced.first_mistake)
    errors = result.forced.mistakes.mean(axis=0)
    assert errors.max() <= result.sequence_error + 1e-12
    assert result.sequence_error <= errors.sum() + 1e-12
    assert result.answer_error <= result.sequence_error
    wrong = result.disagreements.sum(axis=1)
    assert (wrong <= steps - result.first_disagreement).all()
    assert wrong.mean() <= (errors * np.arange(steps, 0, -1)).sum() + 1e-12


# Log-loss.


@given(seeds)
def test_a_greedy_mistake_costs_at_least_ln_2(seed: int) -> None:
    target, examples, sequences = separable(seed)
    rng = np.random.default_rng(seed)
    scale = rng.choice([0.1, 1.0, 10.0])
    noisy = examples.predictor(scale * rng.normal(size=(examples.ones.max() + 1, len(target.bias))))
    n = sequences.shape[1] - examples.target.shape[1]
    loss = log_loss(noisy, sequences, n)
    wrong = teacher_force(noisy, sequences, n).mistakes.any(axis=1)
    assert (loss[wrong] >= np.log(2) - 1e-12).all()
    assert wrong.mean() <= loss.mean() / np.log(2) + 1e-12


def test_log_loss_by_hand() -> None:
    biased = LinearPredictor(BITS, [1], [[[0, 0], [0, np.log(3)]]])
    np.testing.assert_allclose(
        log_loss(biased, [[1, 1, 0], [0, 0, 1]], 1), [np.log(4 / 3 * 4), np.log(4)]
    )
    steps = PerStep(1, [biased, LinearPredictor(BITS, [], [])])
    np.testing.assert_allclose(log_loss(steps, [[1, 1, 0]], 1), [np.log(4 / 3 * 2)])


XOR = [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Examples.of(BITS, XOR, 3, [1]), "prompt_length is 3 and the sequences have 3"),
        (lambda: Examples.of(BITS, XOR, 2, [3]), "look-back 3 does not fit a prompt of 2 tokens"),
        (lambda: Examples.of(BITS, XOR, 2, [0]), "look-back 0 .* give 1 to 2"),
        (lambda: Examples.of(BITS, [[0, 2]], 1, [1]), "holds the id 2"),
        (lambda: perceptron(Examples.of(BITS, XOR, 2, [1]), 0), "epochs is 0"),
        (lambda: minimum_norm(Examples.of(BITS, XOR, 2, [2, 1])), "no linear predictor .* fits"),
        (lambda: log_loss(LinearPredictor(BITS, [], []), XOR, 3), "prompt_length is 3"),
        (
            lambda: separation(LinearPredictor(BITS, [], []), Examples.of(BITS, XOR, 2, [1])),
            r"reads look-backs \(\), the examples hold \(1,\)",
        ),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
