import json

import numpy as np
import pytest

from ntp_lib.experiments import in_context, registry
from ntp_lib.experiments.in_context import SCALES, InContextRun, Scale, Size, in_context_run
from ntp_lib.experiments.report import example_table, in_context_table
from ntp_lib.experiments.runs import execute, load_model
from ntp_lib.experiments.tasks import (
    TASKS,
    concept_tasks,
    divergence,
    measure_tasks,
    network_log_probabilities,
    task_hypotheses,
    task_prompts,
)
from ntp_lib.experiments.worlds import World, rows
from ntp_lib.neural import build
from ntp_lib.theory import BayesPredictor, bound_terms

STANDARD = World()
EXACT = BayesPredictor(STANDARD.grammar)


@pytest.mark.parametrize("task", TASKS)
def test_prompts_are_items_of_one_hypothesis_with_labels_that_it_computes(task):
    prompts = task_prompts(STANDARD, task, 60, np.random.default_rng(0))
    assert set(prompts.hypotheses) <= set(task_hypotheses(STANDARD, task))
    objects = EXACT.vocabulary.encode(STANDARD.grammar.universe)
    for row, hypothesis in zip(prompts.tokens[:10], prompts.hypotheses, strict=False):
        family, _ = EXACT.hypotheses.family_of(int(hypothesis))
        first = np.arange(len(prompts.labels)) * family.length
        again = EXACT.write(int(hypothesis), row[first][None, :, None])
        np.testing.assert_array_equal(again[0], row)
        assert np.isin(row[first], objects).all()
        names = family.block.derivation(int(hypothesis) - family.first).subtrees()
        steps = [t.production.name for t in names][2:]
        labels = len(steps) if task.startswith("cot") else 1
        assert prompts.labels.shape == (STANDARD.length // family.length, labels)
        np.testing.assert_array_equal(prompts.labels[:, 0], first + 1)


def test_the_tasks_split_the_compositions_by_the_pairs_that_training_shows():
    counts = {task: len(task_hypotheses(STANDARD, task)) for task in TASKS}
    assert counts == {
        "dir1": 4,
        "dir2": 12,
        "cot2": 12,
        "cot3": 36,
        "prop": 42,
        "dir2 held out": 4,
        "cot2 held out": 4,
    }
    assert len(task_hypotheses(STANDARD, "cot3 held out")) == 64 - 36
    shown = concept_tasks(STANDARD)
    assert [len(task_hypotheses(STANDARD, task)) for task in shown] == [2, 2, 2, 2]


@pytest.mark.parametrize("task", ["dir2", "cot2", "cot3 held out"])
def test_exact_bayes_is_measured_as_by_the_master_identity_s_terms(task):
    """`bound_terms`, which knows each prompt's hypothesis, finds the same losses and errors.

    But for ties: there they are errors, here a fair choice.
    """
    measured = measure_tasks(EXACT.log_probabilities, STANDARD, [task], prompts=60)[task]
    rng = np.random.default_rng([2**32, *task.encode()])
    prompts = task_prompts(STANDARD, task, 60, rng)
    accuracy = answer = loss = 0.0
    for hypothesis in np.unique(prompts.hypotheses):
        terms = bound_terms(
            EXACT, int(hypothesis), prompts.tokens[prompts.hypotheses == hypothesis]
        )
        accuracy += (~terms.errors.any(axis=2)).sum(axis=0) / 60
        answer += (~terms.errors[:, :, -1]).sum(axis=0) / 60
        loss += terms.losses.sum(axis=(0, 2)) / 60
    np.testing.assert_allclose(measured["loss"], loss, rtol=1e-3, atol=1e-5)
    assert (np.array(measured["accuracy"]) >= accuracy - 1e-4).all()
    assert (np.array(measured["answer"]) >= answer - 1e-4).all()
    np.testing.assert_allclose(measured["accuracy"][-2:], accuracy[-2:], atol=0.03)


def test_exact_bayes_has_the_values_of_the_notes_within_the_spread_of_worlds():
    """Accuracy of final answers; the notes do not say which functions their world had."""
    measured = measure_tasks(EXACT.log_probabilities, STANDARD)
    known = {
        "dir1": {1: 0.38, 2: 0.89, 3: 0.98, 4: 1, 8: 1},
        "dir2": {1: 0.19, 2: 0.50, 3: 0.86, 4: 0.94, 8: 1},
        "cot2": {1: 0, 2: 0.94, 3: 0.99, 4: 1, 8: 1},
        "cot3": {1: 0, 2: 0.93, 3: 0.99, 4: 1, 8: 1},
        "dir2 held out": {1: 0.15, 2: 0.43, 3: 0.87, 4: 0.95, 8: 1},
        "cot2 held out": {1: 0, 2: 0.91, 3: 0.98, 4: 1, 8: 1},
    }
    for task, answers in known.items():
        for example, value in answers.items():
            assert measured[task]["answer"][example - 1] == pytest.approx(value, abs=0.12), task


def test_losses_stay_below_the_bound():
    """Theorem A with its certain loop: Σ loss ≤ D + ln 1/π, for every prompt and so on average."""
    for task in ("dir1", "dir2", "cot2"):
        cost = max(-float(EXACT.hypotheses.log_prior[h]) for h in task_hypotheses(STANDARD, task))
        measured = measure_tasks(EXACT.log_probabilities, STANDARD, [task], prompts=50)
        assert sum(measured[task]["loss"]) <= cost + 1e-3


def test_the_measures_of_a_predictor_whose_mistakes_are_known():
    """It says the true token with probability 3/4, but is tied at the second label of a chain."""
    size = len(EXACT.vocabulary)

    def law(sequences):
        logs = np.full((*sequences.shape, size), np.log(0.25 / (size - 1)))
        np.put_along_axis(logs, sequences[..., None], np.log(0.75), axis=-1)
        logs[:, 2::4] = -np.log(size)
        return logs

    measured = measure_tasks(law, STANDARD, ["cot2"], prompts=20)["cot2"]
    assert measured["prompts"] == 20
    assert measured["accuracy"] == measured["answer"] == pytest.approx([1 / size] * 10, rel=1e-3)
    assert measured["loss"] == pytest.approx([-np.log(0.75) + np.log(size)] * 10, rel=1e-3)
    # items of three tokens have their label at 1, 4, 7, …: at 10, 22 and 34 it is tied
    direct = measure_tasks(law, STANDARD, ["dir1"], prompts=20)["dir1"]
    tied = [(1 + 3 * i) % 4 == 2 for i in range(13)]
    assert direct["accuracy"] == pytest.approx([1 / size if t else 1 for t in tied], rel=1e-3)


def test_the_divergence_of_exact_predictors():
    exact = BayesPredictor(STANDARD.training_grammar).log_probabilities
    assert divergence(exact, STANDARD, count=30) == {"nats": 0.0, "standard_error": 0.0}
    # the full grammar gives some of its mass to compositions that never come
    found = divergence(EXACT.log_probabilities, STANDARD, count=300)
    assert found is not None
    assert 0.05 < found["nats"] < 0.5
    assert found["standard_error"] < 0.1
    assert divergence(exact, STANDARD, "scrambled", count=5) is None


def test_a_network_is_read_like_the_exact_predictor():
    run = registry.runs("in-context", "quick")[0]
    model = build(run.model, seed=0)
    tokens = rows(STANDARD, "loop", 3, np.random.default_rng(0))
    logs = network_log_probabilities(model)(tokens)
    assert logs.shape == (3, 40, len(EXACT.vocabulary))
    np.testing.assert_allclose(np.exp(logs).sum(axis=-1), 1)
    changed = tokens.copy()
    changed[:, 20:] = 0
    again = network_log_probabilities(model)(changed)
    np.testing.assert_allclose(again[:, :21], logs[:, :21], atol=1e-5)  # only earlier tokens count


def tiny(**other):
    return Scale(**{"world": World(length=12), "main": Size(1, 16, 5), "sizes": (Size(1, 16, 5),),
                    "seeds": 1, **other})  # fmt: skip


def test_a_run_executes_and_records_its_measures(tmp_path, monkeypatch):
    monkeypatch.setattr(in_context, "PROMPTS", 20)
    monkeypatch.setattr(in_context, "ROWS", 20)
    run = in_context_run("in-context/tiny/seed0", tiny(tasks=("dir1",)), Size(1, 16, steps=6))
    record = execute(run, tmp_path / "run")
    written = json.loads((tmp_path / "run/record.json").read_text())
    assert written == json.loads(json.dumps(record))
    assert not list((tmp_path / "run").glob("*.partial"))
    assert set(record["evaluation"]) == {"tasks", "epsilon"}
    assert record["evaluation"]["tasks"]["dir1"]["prompts"] == 20
    assert record["evaluation"]["epsilon"]["nats"] > 0
    assert record["progress"][-1]["step"] == 6
    assert len(record["progress"][-1]["tasks"]["dir1"]["accuracy"]) == 4
    assert World(**record["world"]) == run.world
    # the weights are those that were measured
    again = run.evaluate(load_model(tmp_path / "run"))
    assert again["tasks"] == record["evaluation"]["tasks"]
    assert execute(run, tmp_path / "run") == written


def test_training_lowers_the_loss_and_the_divergence(tmp_path):
    run = in_context_run("in-context/tiny/seed0", tiny(), Size(1, 32, steps=60))
    record = execute(run, tmp_path / "run")
    before = run.progress(build(run.model, seed=0))
    assert record["evaluation"]["epsilon"]["nats"] < 0.5 * before["epsilon"]["nats"]


@pytest.mark.parametrize("preset", ["quick", "standard", "paper"])
def test_presets_fit_their_world(preset):
    for name in ("in-context", "in-context-sizes", "in-context-contrasts"):
        for run in registry.runs(name, preset):
            assert isinstance(run, InContextRun)
            assert run.corpus().length == run.world.length == run.model.positions + 1
    names = {run.name.split("/")[1] for run in registry.runs("in-context-contrasts", preset)}
    assert names == {
        "loop", "no-loop", "sticky", "concepts", "hmm", "scrambled", "fresh-functions", "one-layer",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"tasks": ()}, "there are no tasks to measure"),
        ({"tasks": ("dir3",)}, "'dir3' is no task of this world; choose dir1, "),
        ({"world": World(held_out=())}, "'dir2 held out' is no task of this world"),
        ({"world": World(bodies=(0.5, 0.5, 0))}, "'prop' is no task of this world"),
        ({"batch": 0}, "batch is 0"),
    ],
)
def test_a_preset_that_cannot_be_is_refused_before_anything_is_written(other, message, monkeypatch):
    monkeypatch.setitem(SCALES, "quick", tiny(**other))
    for experiment in ("in-context", "in-context-sizes", "in-context-contrasts"):
        with pytest.raises(ValueError, match=message):
            registry.runs(experiment, "quick")


def test_a_sweep_over_nothing_is_refused():
    for other in ({"seeds": 0}, {"sizes": ()}):
        with pytest.raises(ValueError, match=r"a sweep over . seeds of . sizes has no runs"):
            tiny(**other)


def test_a_run_that_does_not_fit_is_refused():
    run = in_context_run("in-context/tiny/seed0", tiny(), Size(1, 16, steps=5))
    with pytest.raises(ValueError, match="reads 11 tokens, and a row of the world has 50"):
        InContextRun(run.name, run.model, run.training, World(length=50))
    with pytest.raises(ValueError, match="built for 12 tokens, and the world has 13"):
        InContextRun(run.name, run.model, run.training, World(objects=9, length=12))
    with pytest.raises(ValueError, match="'weather' is no pretraining"):
        InContextRun(run.name, run.model, run.training, World(length=12), "weather")


def test_the_tables_take_seeds_together():
    def run(seed: int, right: float) -> dict[str, object]:
        return {
            "preset": "quick",
            "name": f"in-context/1x16/seed{seed}",
            "parameters": 1234,
            "tokens": 5000,
            "seconds": 60.0,
            "cpu_seconds": 30.0,
            "device": "a machine",
            "evaluation": {
                "tasks": {"dir1": {"accuracy": [0.5, right], "loss": [1.0, 1.0], "prompts": 9}},
                "epsilon": {"nats": 0.25, "standard_error": 0.01},
            },
        }

    (row,) = in_context_table([run(0, 0.5), run(1, 1.0)], example=2)
    assert row["run"] == "1x16"
    assert row["dir1 @2"] == "0.750 [0.500, 1.000]"
    assert row["ε"] == "0.250 [0.250, 0.250]"
    (row,) = example_table([run(0, 0.5), run(1, 1.0)])
    assert (row["task"], row["1"], row["2"]) == ("dir1", "0.500 [0.500, 0.500]", row["2"])
    assert row["8"] == ""
