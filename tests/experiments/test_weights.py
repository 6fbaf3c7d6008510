"""Networks for pages: rounded, measured as rounded, recorded with where they come from."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ntp_lib.experiments import __main__ as command_line
from ntp_lib.experiments.in_context import SCALES, Size, in_context_run
from ntp_lib.experiments.results import records
from ntp_lib.experiments.runs import execute, load_model
from ntp_lib.experiments.tasks import measure_tasks, network_log_probabilities
from ntp_lib.experiments.weights import WEIGHTS, rounded_network
from ntp_lib.theory.transformer_predictor import TransformerPredictor

NAME = "in-context/tiny/seed0"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    scale = replace(SCALES["quick"], batch=4, tasks=("dir1", "cot2"))
    execute(in_context_run(NAME, scale, Size(1, 16, 5)), out / "quick" / NAME)
    return out


def test_a_network_is_recorded_as_the_page_computes_it(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["weights", NAME, "--preset", "quick", "--out", out, "--results", tmp_path]
    monkeypatch.setattr(sys, "argv", ["experiments", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert not ended.value.code
    assert "nats a row as rounded" in capsys.readouterr().out
    (record,) = records(WEIGHTS, tmp_path)
    assert {"commit", "versions", "device", "seconds", "date", "threads"} <= record.keys()
    assert record["preset"] == "quick"
    predictor = TransformerPredictor(record["evaluation"]["weights"])
    world = in_context_run(NAME, SCALES["quick"], Size(1, 16, 5)).world
    assert predictor.vocabulary == world.grammar.vocabulary
    theirs = measure_tasks(
        network_log_probabilities(load_model(out / "quick" / NAME)), world, ["dir1", "cot2"]
    )
    for task, found in record["evaluation"]["tasks"].items():
        np.testing.assert_allclose(found["loss"], theirs[task]["loss"], rtol=0.05)


def test_other_runs_are_refused(out: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no finished run"):
        rounded_network(tmp_path)
    folder = out / "quick" / NAME
    record = folder / "record.json"
    text = record.read_text()
    record.write_text(json.dumps({**json.loads(text), "pretraining": "sticky"}))
    with pytest.raises(ValueError, match="is no network of the world itself"):
        rounded_network(folder)
    record.write_text(text)
