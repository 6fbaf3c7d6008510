"""The command line: what it runs, what it refuses, and that a refusal writes nothing."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ntp_lib.experiments import __main__ as command_line
from ntp_lib.experiments import registry
from ntp_lib.experiments.multiplication import MultiplicationRun
from ntp_lib.experiments.runs import Run, load_model
from ntp_lib.neural import ModelConfig, TrainingConfig


def tiny(preset: str) -> Iterator[Run]:
    """Two runs of a second."""
    if preset == "quick":
        for chain in ("none", "rows"):
            length = {"none": 6, "rows": 9}[chain]
            yield MultiplicationRun(
                f"tiny/1x1/{chain}/linear/seed0",
                ModelConfig("linear", 12, length - 1, 4),
                TrainingConfig(steps=6, batch=4, learning_rate=0.01, checkpoint_every=2),
                digits=(1, 1),
                chain=chain,
            )


@dataclass(frozen=True)
class Interrupted(MultiplicationRun):
    """Ctrl-C comes while it trains."""

    def progress(self, model: Any) -> dict[str, float]:
        raise KeyboardInterrupt("stopped after step 2 of 6")


@pytest.fixture(autouse=True)
def only_the_tiny_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "EXPERIMENTS", {"tiny": tiny})
    monkeypatch.setattr(command_line, "measured_speed", lambda device: 1e9)


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    """Call the command line; return its status."""
    monkeypatch.setattr(sys, "argv", ["experiments", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    return ended.value.code or 0


def test_run_records_every_run_and_report_collects_them(monkeypatch, capsys, tmp_path):
    out, results = tmp_path / "runs", tmp_path / "results"
    assert call(monkeypatch, "run", "tiny", "--out", out) == 0
    printed = capsys.readouterr().out
    assert "FLOPs" in printed
    assert "[2/2] tiny/1x1/rows/linear/seed0" in printed
    folder = out / "quick/tiny/1x1/rows/linear/seed0"
    assert {p.name for p in folder.iterdir()} == {"lock", "record.json", "run.json", "weights.pt"}
    record = json.loads((folder / "record.json").read_text())
    assert record["sequences"] == 24
    assert record["tokens"] == 24 * 9
    assert record["parameters"] == sum(p.numel() for p in load_model(folder).parameters())
    assert [point["step"] for point in record["progress"]] == [2, 4, 6]
    assert len(record["losses"]) == 6
    assert call(monkeypatch, "report", "--out", out, "--results", results) == 0
    assert "2 runs" in capsys.readouterr().out
    text = (results / "tiny.json").read_text()
    assert [r["preset"] for r in json.loads(text)] == ["quick", "quick"]
    assert str(tmp_path) not in text


def test_finished_runs_are_skipped(monkeypatch, capsys, tmp_path):
    call(monkeypatch, "run", "tiny", "--out", tmp_path, "--only", "*/none/*")
    record = tmp_path / "quick/tiny/1x1/none/linear/seed0/record.json"
    before = record.stat().st_mtime_ns
    assert call(monkeypatch, "run", "tiny", "--out", tmp_path) == 0
    assert "tiny/1x1/none/linear/seed0: finished" in capsys.readouterr().out
    assert record.stat().st_mtime_ns == before


def test_an_interrupted_run_says_how_to_go_on_and_does(monkeypatch, capsys, tmp_path):
    def interrupted(preset: str) -> Iterator[Run]:
        for run in tiny(preset):
            yield Interrupted(run.name, run.model, run.training, run.digits, run.chain)

    monkeypatch.setattr(registry, "EXPERIMENTS", {"tiny": interrupted})
    assert call(monkeypatch, "run", "tiny", "--out", tmp_path, "--only", "*/none/*") == 130
    assert f"experiments resume --out {tmp_path}" in capsys.readouterr().err
    monkeypatch.setattr(registry, "EXPERIMENTS", {"tiny": tiny})
    assert call(monkeypatch, "resume", "--out", tmp_path) == 0
    assert (tmp_path / "quick/tiny/1x1/none/linear/seed0/record.json").exists()
    assert call(monkeypatch, "resume", "--out", tmp_path) == 2  # nothing is left
    assert "half done" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "tinny"], "'tinny' is no experiment; choose tiny"),
        (["run", "tiny", "--preset", "fast"], "'fast' is no preset; choose quick, standard, paper"),
        (["run", "tiny", "--preset", "paper"], "tiny has no runs at paper"),
        (["run", "tiny", "--only", "*/nne/*"], "'*/nne/*' matches none of the 2 runs"),
        (["resume"], "no run in"),
        (["report"], "holds no finished run"),
    ],
)
def test_bad_requests_end_before_anything_is_written(
    monkeypatch, capsys, tmp_path, arguments, message
):
    assert call(monkeypatch, *arguments, "--out", tmp_path) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_of_another_configuration_is_refused(monkeypatch, capsys, tmp_path):
    call(monkeypatch, "run", "tiny", "--out", tmp_path, "--only", "*/rows/*")

    def changed(preset: str) -> Iterator[Run]:
        for run in tiny(preset):
            yield replace(run, training=replace(run.training, learning_rate=0.02))

    monkeypatch.setattr(registry, "EXPERIMENTS", {"tiny": changed})
    assert call(monkeypatch, "run", "tiny", "--out", tmp_path) == 2
    error = capsys.readouterr().err
    assert "training.learning_rate: 0.01 there, 0.02 now" in error
    assert "choose another output folder" in error
    # the other run, which stands first and has no folder yet, was not begun either
    assert not (tmp_path / "quick/tiny/1x1/none").exists()


def test_settings_younger_than_a_run_count_as_their_defaults(monkeypatch, capsys, tmp_path):
    call(monkeypatch, "run", "tiny", "--out", tmp_path, "--only", "*/none/*")
    path = tmp_path / "quick/tiny/1x1/none/linear/seed0/run.json"
    old = json.loads(path.read_text())
    del old["training"]["measure_at"], old["drawn"]
    path.write_text(json.dumps(old))
    assert call(monkeypatch, "run", "tiny", "--out", tmp_path, "--only", "*/none/*") == 0

    def changed(preset: str) -> Iterator[Run]:
        for run in tiny(preset):
            yield replace(run, training=replace(run.training, measure_at=(1, 3)))

    monkeypatch.setattr(registry, "EXPERIMENTS", {"tiny": changed})
    assert call(monkeypatch, "run", "tiny", "--out", tmp_path) == 2
    assert "training.measure_at: [] there, [1, 3] now" in capsys.readouterr().err
    call(monkeypatch, "run", "tiny", "--out", tmp_path / "new", "--only", "*/none/*")
    record = json.loads((tmp_path / "new/quick/tiny/1x1/none/linear/seed0/record.json").read_text())
    assert [point["step"] for point in record["progress"]] == [1, 2, 3, 4, 6]


def test_an_estimate_alone_writes_nothing(monkeypatch, capsys, tmp_path):
    assert call(monkeypatch, "run", "tiny", "--out", tmp_path, "--estimate") == 0
    assert "In all about" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
