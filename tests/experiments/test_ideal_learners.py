"""The laws of perfect learners, against the exact predictor and hmmlearn's own score."""

from typing import Any

import numpy as np
import pytest
from hmmlearn.hmm import CategoricalHMM

from ntp_lib.experiments import ideal_learners
from ntp_lib.experiments.ideal_learners import format_grammar, ideal_law
from ntp_lib.experiments.tasks import concept_tasks, measure_tasks
from ntp_lib.experiments.worlds import CONCEPTS, Pretraining, World, log_probability, rows
from ntp_lib.theory import BayesPredictor

WORLD = World(length=20)


def some_hmm(_: World) -> Any:
    """Three states with random laws; the last token is never written."""
    rng, size = np.random.default_rng(5), len(WORLD.grammar.vocabulary)
    model = CategoricalHMM(3, n_features=size)
    model.startprob_ = rng.dirichlet(np.ones(3))
    model.transmat_ = rng.dirichlet(np.ones(3), size=3)
    model.emissionprob_ = np.append(rng.dirichlet(np.ones(size - 1), size=3), [[0]] * 3, axis=1)
    return model


def of_rows(law: Any, tokens: np.ndarray) -> np.ndarray:
    """ln p of each row after its first token."""
    logs = np.take_along_axis(law(tokens), tokens[..., None], axis=-1)[..., 0]
    return np.asarray(logs[:, 1:].sum(axis=1))


def test_of_the_world_itself_it_is_exact_bayes() -> None:
    tokens = rows(WORLD, "loop", 5, np.random.default_rng(0))
    exact = BayesPredictor(WORLD.training_grammar).log_probabilities(tokens)
    np.testing.assert_allclose(ideal_law(WORLD, "loop")(tokens), exact)


@pytest.mark.parametrize("pretraining", ["no loop", "sticky", "concepts"])
def test_the_tokens_multiply_to_the_row(pretraining: Pretraining) -> None:
    tokens = rows(WORLD, pretraining, 20, np.random.default_rng(1))
    law = ideal_law(WORLD, pretraining)
    np.testing.assert_allclose(np.exp(law(tokens)).sum(axis=-1), 1)
    np.testing.assert_allclose(
        of_rows(law, tokens), log_probability(WORLD, pretraining, tokens), atol=1e-8
    )


def test_the_filter_is_the_model_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ideal_learners, "fitted_hmm", some_hmm)
    model, law = some_hmm(WORLD), ideal_law(WORLD, "hmm")
    tokens, _ = model.sample(60, random_state=2)
    for row in tokens.reshape(6, 10):
        logs = np.take_along_axis(law(row[None]), row[None, :, None], axis=-1)
        assert logs.sum() == pytest.approx(model.score(row[:, None]))
    np.testing.assert_allclose(np.exp(law(tokens.T)).sum(axis=-1), 1)


def test_known_concepts_cost_no_more_than_naming_one() -> None:
    found = measure_tasks(ideal_law(WORLD, "concepts"), WORLD, concept_tasks(WORLD), prompts=30)
    for task, values in found.items():
        assert sum(values["loss"]) <= np.log(CONCEPTS) + 1e-4, task


def test_the_format_is_all_that_is_kept() -> None:
    grammar = format_grammar(WORLD)
    assert grammar.vocabulary == WORLD.grammar.vocabulary
    kept = BayesPredictor(grammar)
    tokens = rows(WORLD, "loop", 200, np.random.default_rng(3))
    logs = {
        "loop": log_probability(WORLD, "loop", tokens),
        "format": of_rows(kept.log_probabilities, tokens),
        "no loop": log_probability(WORLD, "no loop", tokens),
    }
    means = [np.mean(found) for found in logs.values() if found is not None]
    assert means == sorted(means, reverse=True)
    assert means[0] - means[-1] > 1  # each forgets more than the one before
    found = measure_tasks(kept.log_probabilities, WORLD, ["dir1", "cot2"], prompts=200)
    for values in found.values():  # after the format is read, nothing is learned
        assert np.ptp(values["loss"][2:]) < 0.15


def test_what_has_no_known_law_is_refused() -> None:
    with pytest.raises(ValueError, match="the law of the text 'scrambled' is not known"):
        ideal_law(WORLD, "scrambled")
    truth = WORLD.grammar.vocabulary.encode(["o1", "T"])[None]
    with pytest.raises(ValueError, match="'T' never occurs in the text 'concepts'"):
        ideal_law(WORLD, "concepts")(truth)
