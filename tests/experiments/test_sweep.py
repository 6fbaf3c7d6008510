"""Runs side by side: the same records as one after the other, whatever happens on the way."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from ntp_lib.experiments import __main__ as command_line
from ntp_lib.experiments import files
from ntp_lib.experiments.runs import execute
from ntp_lib.experiments.sweep import environments, speedup
from tests.experiments import sweep_job

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def start(name: str, out: Path, jobs: int = 2) -> subprocess.Popen[str]:
    """Start the command line in a session of its own, as a terminal would."""
    command = [sys.executable, sweep_job.__file__, "run", name]
    return subprocess.Popen(
        [*command, "--out", str(out), "--jobs", str(jobs)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def found(out: Path, name: str) -> list[dict[str, Any]]:
    paths = sorted((out / "quick" / name).glob("seed*/record.json"))
    return [json.loads(path.read_text()) for path in paths]


def same(records: list[dict[str, Any]], others: list[dict[str, Any]]) -> bool:
    """Whether records agree to the last bit, but for waits, times and memory."""
    kept = ("name", "model", "training", "parameters", "losses", "progress", "evaluation")
    pair = [[{k: r[k] for k in kept} for r in each] for each in (records, others)]
    first, second = json.loads(json.dumps(pair))
    return bool(first == second)


def test_killed_at_any_moment_two_jobs_resume_to_the_records_of_one(tmp_path):
    moments = random.Random(time.time_ns())
    job = start("slow", tmp_path)
    while not list(tmp_path.glob("*/slow/*/checkpoints/*.pt")) and job.poll() is None:
        time.sleep(0.01)
    time.sleep(moments.uniform(0, 1.5))
    job.kill()  # its two processes are left to notice
    job.communicate()
    again = start("slow", tmp_path)
    printed, errors = again.communicate(timeout=300)
    assert again.returncode == 0, errors
    assert "[2/2] slow/seed" in printed
    records = found(tmp_path, "slow")
    assert len(records) == 2
    assert same(records, [execute(run, tmp_path / run.name) for run in sweep_job.slow("quick")])
    assert [record["threads"] for record in records] == [1, 1]
    assert [point["step"] for point in records[0]["progress"]] == [1, 3, 7, 20, 40, 60]


def test_ctrl_c_leaves_a_checkpoint_of_each_run(tmp_path):
    job = start("slow", tmp_path)
    while len(list(tmp_path.glob("*/slow/*/checkpoints"))) < 2 and job.poll() is None:
        time.sleep(0.01)
    os.killpg(job.pid, signal.SIGINT)  # as a terminal does: to all of its processes
    _, errors = job.communicate(timeout=300)
    assert job.returncode == 130, errors
    assert "Stopped: 0 of 2 runs are done; the same command" in errors
    assert "Traceback" not in errors
    folders = sorted(tmp_path.glob("*/slow/*"))
    assert len(folders) == 2
    for folder in folders:
        assert list((folder / "checkpoints").glob("*.pt"))
        with files.locked(folder):  # nobody is left at work
            pass


def test_a_run_that_fails_is_named_and_the_others_finish(tmp_path):
    job = start("flawed", tmp_path, jobs=3)
    _, errors = job.communicate(timeout=300)
    assert job.returncode == 1
    assert "flawed/seed0 failed: Traceback" in errors
    assert "RuntimeError: no such measure" in errors
    assert "flawed/seed1 failed: its process ended by SIGKILL (out of memory?)" in errors
    assert "2 of 3 runs failed; the same command skips what is done" in errors
    (record,) = found(tmp_path, "flawed")
    assert record["name"] == "flawed/seed2"


def test_a_folder_has_one_process_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "PATIENCE", 0.0)
    run = sweep_job.make("sound", 0)
    with files.locked(tmp_path):
        with pytest.raises(ValueError, match=f"process {os.getpid()} is at work on {tmp_path}"):
            execute(run, tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["lock"]
    execute(run, tmp_path)


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "PATIENCE", 0.0)
    program = "import sys, time; from pathlib import Path; from ntp_lib.experiments import files\n"
    program += "with files.locked(Path(sys.argv[1])): print('mine', flush=True); time.sleep(60)"
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "mine\n"
    named = f"process {holder.pid} is at work"
    with pytest.raises(ValueError, match=named), files.locked(tmp_path):
        pass
    holder.kill()
    holder.communicate()
    with files.locked(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_threads_and_gpus_are_dealt_out(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert environments(3) == [{"OMP_NUM_THREADS": "2"}] * 3
    assert environments(9)[0] == {"OMP_NUM_THREADS": "1"}
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert [speedup(jobs) for jobs in (1, 2, 3, 9)] == [1.0, 1.0, 1.0, 1.0]
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)  # as OMP_NUM_THREADS=1 asks for
    assert [speedup(jobs) for jobs in (1, 2, 9)] == [1.0, 2.0, 8.0]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert [e["CUDA_VISIBLE_DEVICES"] for e in environments(3)] == ["0", "1", "0"]
    assert [speedup(jobs) for jobs in (1, 2, 3)] == [1.0, 2.0, 2.0]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    assert [e["CUDA_VISIBLE_DEVICES"] for e in environments(3)] == ["2", "5", "2"]


@pytest.mark.parametrize(
    ("jobs", "processes", "message"),
    [
        ("0", 1, "--jobs is 0; give at least 1"),
        (
            "2",
            4,
            "--jobs is 2 under accelerate launch, which already shares each run among 4 processes",
        ),
    ],
)
def test_jobs_that_cannot_be_are_refused(monkeypatch, capsys, tmp_path, jobs, processes, message):
    class Launched:
        num_processes = processes

    monkeypatch.setattr(command_line, "Accelerator", lambda **_: Launched())
    arguments = ["run", "multiplication", "--out", str(tmp_path), "--jobs", jobs]
    monkeypatch.setattr(sys, "argv", ["experiments", *arguments])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
