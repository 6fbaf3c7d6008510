import json
from dataclasses import asdict

import numpy as np
import pytest

from ntp_lib.experiments import worlds
from ntp_lib.experiments.worlds import (
    CONCEPTS,
    PRETRAININGS,
    DocumentCorpus,
    World,
    fitted_hmm,
    log_probability,
    rows,
)
from ntp_lib.theory import BayesPredictor, Hypotheses

WORLD = World()


@pytest.fixture(autouse=True, scope="module")
def small_hidden_markov_model():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worlds, "STATES", 12)
        patch.setattr(worlds, "FITTED_ROWS", 60)
        patch.setattr(worlds, "ITERATIONS", 20)
        fitted_hmm.cache_clear()
        yield
    fitted_hmm.cache_clear()


def test_a_world_reads_back_from_json_and_its_rows_never_end():
    again = World(**json.loads(json.dumps(asdict(WORLD))))
    assert again == WORLD
    assert hash(again) == hash(WORLD)
    tokens = rows(WORLD, "loop", 500, np.random.default_rng(0))
    assert tokens.shape == (500, 40)
    assert (tokens != WORLD.grammar.vocabulary.id("EOS")).all()
    # and the exact predictor is certain of that
    logs = BayesPredictor(WORLD.grammar).log_probabilities(tokens[:5])
    assert (logs[..., WORLD.grammar.vocabulary.id("EOS")] == -np.inf).all()


@pytest.mark.parametrize("pretraining", PRETRAININGS)
def test_a_batch_is_a_function_of_seed_and_step(pretraining):
    world = World(length=12)
    corpus = DocumentCorpus(world, pretraining, seed=3)
    batch = corpus.batch(7, 50)
    assert batch.shape == (50, corpus.length)
    np.testing.assert_array_equal(batch, DocumentCorpus(world, pretraining, seed=3).batch(7, 50))
    assert (batch != corpus.batch(8, 50)).any()
    assert (batch != DocumentCorpus(world, pretraining, seed=4).batch(7, 50)).any()
    assert batch.max() < len(world.grammar.vocabulary)


def test_held_out_pairs_never_occur_in_rows():
    """Rows that show a chain or a composition beyond doubt never show a held-out pair in it."""
    world = World(bodies=(0.5, 0.5, 0.0), facts=0.0)
    tokens = rows(world, "loop", 2000, np.random.default_rng(1))
    hypotheses = BayesPredictor(world.grammar)
    # no row has any mass on held-out hypotheses that is not shared with another one
    training = BayesPredictor(world.training_grammar).log_evidence(tokens)
    assert (training > -np.inf).all()
    posterior = hypotheses.log_posterior(tokens)
    held = [
        hypotheses.hypotheses.find(kind, f"k = {k}", *(f"f{i}" for i in s))
        for kind, k in (("Dir", 2), ("Chain", 2), ("Chain", 3))
        for s in world.sequences(k, held_out=True)
    ]
    certain = posterior.argmax(axis=1)[posterior.max(axis=1) > np.log(0.999)]
    assert len(certain) > 1000
    assert not np.isin(certain, held).any()
    # while the full grammar writes them all the time
    full = World(bodies=(0.5, 0.5, 0.0), facts=0.0, held_out=())
    other = hypotheses.log_posterior(rows(full, "loop", 2000, np.random.default_rng(1)))
    assert np.isin(other.argmax(axis=1), held).mean() > 0.1


def test_no_loop_and_sticky_rows_change_their_body():
    """How often the next item has another length than the one before it."""
    rng = np.random.default_rng(2)
    separator = WORLD.grammar.vocabulary.id(";")
    change = {}
    for pretraining in ("loop", "sticky", "no loop"):
        lengths = [
            np.diff(np.flatnonzero(row == separator))[:6]
            for row in rows(WORLD, pretraining, 1000, rng)
        ]
        change[pretraining] = np.mean([(np.diff(each) != 0).mean() for each in lengths])
    assert change["loop"] == 0
    assert change["sticky"] == pytest.approx(0.3 * change["no loop"], rel=0.15)
    assert change["no loop"] > 0.3


def test_rows_of_concepts_show_the_concepts_only():
    hypotheses = Hypotheses(WORLD.training_grammar)
    assert len(set(WORLD.concepts)) == CONCEPTS
    predictor = BayesPredictor(WORLD.training_grammar)
    shown = rows(WORLD, "concepts", 400, np.random.default_rng(0))
    posterior = predictor.log_posterior(shown)
    known = [hypotheses.find(*names) for names in WORLD.concepts]
    assert (posterior[:, known].max(axis=1) > -np.inf).all()
    counts = np.bincount(posterior[:, known].argmax(axis=1), minlength=CONCEPTS)
    assert (counts > 20).all()


def test_fresh_functions_are_maps_that_differ_from_row_to_row():
    shown = rows(WORLD, "fresh functions", 200, np.random.default_rng(0))[:, :39].reshape(
        200, 13, 3
    )
    assert (shown[:, :, 2] == WORLD.grammar.vocabulary.id(";")).all()
    seen = set()
    for row in shown:
        table = {}
        for x, y, _ in row:
            assert table.setdefault(x, y) == y
        seen.add(tuple(sorted(table.items())))
    assert len(seen) == 200


def test_scrambled_rows_have_the_world_s_tokens_in_another_order():
    plain = rows(WORLD, "loop", 100, np.random.default_rng(0))
    mixed = rows(WORLD, "scrambled", 100, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(plain, axis=1), np.sort(mixed, axis=1))
    assert (plain != mixed).mean() > 0.5


def test_rows_of_the_hidden_markov_model_have_its_law():
    world = World(objects=3, functions=2, length=12, held_out=())
    model = fitted_hmm(world)
    assert model is fitted_hmm(world)
    shown = rows(world, "hmm", 20_000, np.random.default_rng(0))
    # frequencies of the first two tokens, against the model's own probabilities
    size = len(world.grammar.vocabulary)
    counts = np.bincount(shown[:, 0] * size + shown[:, 1], minlength=size**2) / len(shown)
    law = np.einsum(
        "s,sa,st,tb->ab", model.startprob_, model.emissionprob_, model.transmat_,
        model.emissionprob_,
    ).reshape(-1)  # fmt: skip
    np.testing.assert_allclose(counts, law, atol=5 * np.sqrt(0.25 / len(shown)))
    # the fit says more of the rows that it was fitted to than independent tokens do
    fitted = rows(world, "loop", worlds.FITTED_ROWS, np.random.default_rng([world.seed, 2**32]))
    independent = np.log(np.bincount(fitted.reshape(-1), minlength=size)[fitted] / fitted.size)
    known = log_probability(world, "hmm", fitted)
    assert known is not None
    assert known.mean() > independent[:, 1:].sum(axis=1).mean() + 2


@pytest.mark.parametrize("pretraining", ["loop", "no loop", "sticky", "concepts"])
def test_rows_are_likeliest_under_their_own_law(pretraining):
    """A corpus is likelier under its own law than under the others' (Gibbs)."""
    world = World(objects=4, functions=2, length=12, held_out=())
    shown = rows(world, pretraining, 500, np.random.default_rng(0))
    own = log_probability(world, pretraining, shown)
    assert own is not None
    assert (own < 0).all()
    for other in {"loop", "no loop", "sticky"} - {pretraining}:
        theirs = log_probability(world, other, shown)
        assert theirs is not None
        assert own.mean() > theirs.mean()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"length": 4}, "length is 4, and an item of this world has up to 5 tokens"),
        ({"held_out": [(i, j) for i in range(1, 5) for j in range(1, 5)]}, "leaves nothing"),
        ({"held_out": [(1, 5)]}, r"\(1, 5\); the functions are numbered 1 to 4"),
        ({"bodies": (0.5, 0.4, 0.2)}, "sum to 1.1, not 1"),
        ({"objects": 1}, "objects is 1"),
    ],
)
def test_a_world_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        World(**settings)


def test_an_unknown_pretraining_is_refused():
    with pytest.raises(ValueError, match="'weather' is no pretraining; choose loop, no loop"):
        DocumentCorpus(WORLD, "weather")
