"""The book's experiments: what they are made of, how they are measured and reported."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ntp_lib.experiments import multiplication, registry, stories
from ntp_lib.experiments.multiplication import MultiplicationCorpus, MultiplicationRun
from ntp_lib.experiments.report import gather, multiplication_table
from ntp_lib.experiments.results import RESULTS, records
from ntp_lib.experiments.runs import execute, load_model, thinned
from ntp_lib.experiments.stories import StoryRun, TextRun
from ntp_lib.neural import (
    ModelConfig,
    TrainingConfig,
    active_parameters,
    build,
)
from ntp_lib.presets import PRESETS
from ntp_lib.theory.multiplication import Multiplication
from tests.experiments import two_runs


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", registry.EXPERIMENTS)
def test_runs_are_distinct_and_fit_together(name, preset):
    runs = list(registry.EXPERIMENTS[name](preset))
    assert len({run.name for run in runs}) == len(runs)
    for run in runs:
        assert run.name.split("/")[0] == name
        assert run.name.endswith(f"seed{run.training.seed}")
        if isinstance(run, MultiplicationRun):
            assert run.model.vocabulary == len(run.task.vocabulary)
            assert run.model.positions >= run.task.length - 1


def test_the_paper_s_multiplication_is_the_paper_s():
    (run,) = registry.runs("multiplication-paper", "paper")
    assert (run.model.kind, run.model.width, run.model.positions) == ("mlp", 128, 307)
    assert round(active_parameters(run.model), -6) == 775_000_000
    assert run.corpus().length == 307
    assert (run.training.batch, run.training.learning_rate) == (2048, 1e-3)
    assert run.training.steps * run.training.batch == pytest.approx(100e6, rel=1e-4)


def test_the_corpus_draws_training_pairs_and_depends_on_nothing_else():
    task = Multiplication((2, 2), "rows")
    corpus = MultiplicationCorpus(task, seed=3)
    batch = corpus.batch(7, 50)
    assert batch.shape == (50, corpus.length)
    np.testing.assert_array_equal(batch, MultiplicationCorpus(task, seed=3).batch(7, 50))
    assert (batch != corpus.batch(8, 50)).any()
    prompts = batch[:, : corpus.first]
    assert not task.is_held_out(prompts).any()
    np.testing.assert_array_equal(task.complete(prompts), batch)


class Flawed:
    """Multiplies, but its first chain token is wrong if 3 | a, its last digit if 4 | b."""

    def __init__(self, task: Multiplication) -> None:
        self.task = task
        self.vocabulary = task.vocabulary

    def scores(self, prefixes):
        task, position = self.task, prefixes.shape[1]
        a, b = task.numbers(prefixes)
        true = task.complete(prefixes[:, : task.prompt_length])[:, position]
        wrong = ((position == task.prompt_length) & (a % 3 == 0)) | (
            (position == task.length - 1) & (b % 4 == 0)
        )
        return np.eye(len(task.vocabulary))[np.where(wrong, (true + 1) % 10, true)]


def test_the_measures_of_a_predictor_whose_mistakes_are_known(monkeypatch):
    task = Multiplication((2, 2), "rows")
    monkeypatch.setattr(multiplication, "NeuralPredictor", lambda model, vocabulary: Flawed(task))
    result = multiplication.measure(None, task, pairs=400)
    a, b = task.numbers(task.held_out(400, np.random.default_rng(2**32)))
    right, chain = b % 4 != 0, (a % 3 != 0) & (b % 4 != 0)
    assert result == {
        "pairs": 400,
        "exact": right.mean(),
        "digits": pytest.approx(1 - (b % 4 == 0).mean() / 4),
        "chains": chain.mean(),
        "lucky": pytest.approx((right & ~chain).sum() / right.sum(), abs=1e-6),
        "tokens": pytest.approx(
            1 - ((a % 3 == 0).sum() + (b % 4 == 0).sum()) / 400 / task.chain_length, abs=1e-6
        ),
        "mistakes": {
            "0": (a % 3 == 0).sum(),
            str(task.chain_length - 1): ((a % 3 != 0) & (b % 4 == 0)).sum(),
        },
    }


def test_a_run_on_short_numbers_is_measured_on_long_ones_too():
    run = registry.runs("multiplication-longer", "quick", "*/rows/linear/*")[0]
    result = run.evaluate(build(run.model, seed=0))
    assert result["longer"]["pairs"] == result["pairs"] == 1000
    a, b = run.task.numbers(run.corpus().batch(0, 500))
    assert max(a.max(), b.max()) < 100
    assert run.task.digits == (3, 2)


def test_story_runs_record_losses_and_consistency(tmp_path):
    corpus = stories._stories(50, 0)
    vocabulary = len(corpus.grammar.vocabulary)
    run = StoryRun(
        "stories/grammar/linear/50/seed0",
        ModelConfig("linear", vocabulary, corpus.length - 1, 4),
        TrainingConfig(4, batch=8, learning_rate=0.01, checkpoint_every=2),
        stories=50,
    )
    record = execute(run, tmp_path / "run")
    assert record["stories"] == 50
    assert 0 < record["evaluation"]["nats"] < 2 * np.log(vocabulary)
    assert set(record["evaluation"]["written"]) == {"1.0", "0.5"}
    assert [point["step"] for point in record["progress"]] == [2, 4]
    assert record["progress"][-1]["nats"] == pytest.approx(record["evaluation"]["nats"])
    # the weights are those that were measured
    again = run.evaluate(load_model(tmp_path / "run"))
    assert again["nats"] == pytest.approx(record["evaluation"]["nats"])


def test_text_runs_read_the_folder_that_the_environment_names(tmp_path, monkeypatch):
    monkeypatch.setenv("NTP_TINYSTORIES", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    story = "Once upon a time a cat sat. The cat saw a dog. The dog ran. "
    (tmp_path / "train.txt").write_text("<|endoftext|>\n".join([story * 3] * 20))
    (tmp_path / "valid.txt").write_text("<|endoftext|>\n".join([story] * 5))
    stories._tiny_stories.cache_clear()
    run = TextRun(
        "stories/tinystories/linear/seed0",
        ModelConfig("linear", 280, 16, 4),
        TrainingConfig(4, batch=8, learning_rate=0.01),
        megabytes=1.0,
    )
    record = execute(run, tmp_path / "run")
    stories._tiny_stories.cache_clear()
    result = record["evaluation"]
    assert result["characters"] > result["tokens"] > 0
    assert len(result["by_position"]) == 16
    assert all(text.startswith("Once upon a time") for text in result["written"])
    assert str(tmp_path) not in json.dumps(record)


def test_without_tiny_stories_the_run_says_what_to_do(monkeypatch):
    class Unreachable:
        source = "the book's own stories (TinyStories cannot be reached)"

    monkeypatch.setattr(stories, "load_texts", lambda megabytes: Unreachable())
    stories._tiny_stories.cache_clear()
    with pytest.raises(ValueError, match="set NTP_TINYSTORIES"):
        registry.runs("stories", "quick", "*tinystories/linear*")[0].corpus()


def test_reports_keep_what_other_machines_recorded(tmp_path):
    def finished(name: str, exact: float) -> None:
        record = {"name": name, "evaluation": {"exact": exact}}
        path = tmp_path / "runs/quick" / name / "record.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record))

    finished("tiny/a/seed0", 0.1)
    finished("tiny/b/seed0", 0.2)
    gather(tmp_path / "runs", tmp_path / "results")
    (tmp_path / "runs/quick/tiny/b/seed0/record.json").unlink()
    finished("tiny/a/seed0", 0.3)
    gather(tmp_path / "runs", tmp_path / "results")
    kept = records("tiny", tmp_path / "results")
    assert [(r["name"], r["evaluation"]["exact"]) for r in kept] == [
        ("tiny/a/seed0", 0.3),
        ("tiny/b/seed0", 0.2),
    ]


def test_the_table_has_the_paper_first_and_takes_seeds_together():
    def run(seed: int, exact: float) -> dict[str, object]:
        return {
            "preset": "quick",
            "name": f"multiplication/4x4/columns/linear/seed{seed}",
            "digits": [4, 4],
            "chain": "columns",
            "model": {"kind": "linear"},
            "parameters": 7_600_000,
            "tokens": 1230,
            "sequences": 10,
            "seconds": 60.0,
            "cpu_seconds": 30.0,
            "device": "a machine",
            "evaluation": {"exact": exact, "digits": 1.0},
        }

    paper, ours = multiplication_table([run(0, 0.5), run(1, 1.0)])
    assert (paper["by"], paper["exact"]) == ("the paper", ".969")
    assert ours["exact"] == "0.750 [0.500, 1.000]"
    assert ours["tokens"] == 123
    assert (ours["time"], ours["CPU time"]) == ("60 s", "30 s")
    assert ours["differs"] == "chain, model, size, data"


def test_the_recorded_runs_say_where_they_come_from():
    for path in RESULTS.glob("*.json"):
        for record in records(path.stem):
            assert record["preset"] in PRESETS
            assert {"commit", "versions", "device", "seconds", "date", "threads"} <= record.keys()
            record["evaluation"].pop("weights", None)  # base64 may begin with a slash
            assert not re.search(r'"(/|[A-Z]:)\w', json.dumps(record))  # no path of a machine


def test_losses_are_thinned_without_losing_any():
    losses = list(np.random.default_rng(0).random(1234))
    points = thinned(losses)
    assert len(points) <= 100
    assert points[-1][0] == 1234
    sizes = np.diff([0, *(step for step, _ in points)])
    mean = np.average([loss for _, loss in points], weights=sizes)
    assert mean == pytest.approx(np.mean(losses), rel=1e-4)


def test_two_processes_share_the_runs_and_one_records_them(tmp_path):
    # "--multi_gpu" means several processes; the environment says that they have no GPU
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu"]
    launch += ["--num_processes=2", "--num_machines=1", "--mixed_precision=no"]
    launch += ["--dynamo_backend=no", "--main_process_port=0"]
    launch += [str(Path(two_runs.__file__)), str(tmp_path)]
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": root, "ACCELERATE_USE_CPU": "true"}
    subprocess.run(launch, env=environment, check=True, capture_output=True, timeout=300)
    for seed in (0, 1):
        together = json.loads((tmp_path / f"{seed}/record.json").read_text())
        alone = execute(two_runs.run(seed), tmp_path / f"alone{seed}")
        assert (together["processes"], alone["processes"]) == (2, 1)
        np.testing.assert_allclose(together["losses"], alone["losses"], rtol=1e-4)
        assert together["tokens"] == alone["tokens"]
        assert not (tmp_path / f"{seed}/checkpoints").exists()


def test_load_model_needs_a_finished_run(tmp_path):
    with pytest.raises(ValueError, match="holds no finished run"):
        load_model(tmp_path)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
