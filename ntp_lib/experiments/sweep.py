"""Several runs side by side, each in a process of its own."""

import os
import signal
import traceback
from _thread import interrupt_main
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import torch
from tqdm import tqdm

from ntp_lib.experiments.estimate import training_flops
from ntp_lib.experiments.runs import Run, execute
from ntp_lib.neural.interrupts import interrupts

EVERY = 0.2
"""Seconds between a process's reports, and between two looks at the keyboard."""


@dataclass
class Outcome:
    """How a run ended: with its record, with an error, or, with neither, before its end."""

    record: dict[str, Any] | None = None
    error: str | None = None


@dataclass
class _Job:
    """A run at work: its place among the `jobs`, its process, the updates behind it."""

    run: Run
    cost: float
    place: int
    process: SpawnProcess
    done: int | None = None


def sweep(
    chosen: Sequence[tuple[Run, Path]], jobs: int, finished: Callable[[Run, Outcome], None]
) -> bool:
    """Execute runs in `jobs` processes; return whether all were begun and none was stopped.

    A run that fails, or whose process dies, leaves the others alone. On Ctrl-C every run writes
    its checkpoint and stops; on a second one all end at once. They stop in the same way if this
    process dies.

    Parameters
    ----------
    chosen : sequence of (Run, Path)
        The runs and their folders.
    jobs : int
        How many are at work at any time. Each has its share of torch's threads (one at least),
        and of the GPUs.
    finished : callable
        Called with each run that has ended, and how.
    """
    waiting = [(run, folder, _cost(run)) for run, folder in chosen]
    total = sum(cost * run.training.steps for run, _, cost in waiting)
    running, places = dict[Connection, _Job](), environments(jobs)
    bar = tqdm(total=total, unit="FLOP", unit_scale=True, smoothing=0, disable=None)
    stopped = False
    with bar, interrupts() as pressed:
        try:
            while waiting or running:
                if pressed and not stopped:
                    stopped = True
                    waiting.clear()
                    for pipe in running:
                        _send(pipe, "stop")
                while waiting and len(running) < jobs:
                    place = min(set(range(jobs)) - {job.place for job in running.values()})
                    run, folder, cost = waiting.pop(0)
                    pipe, process = _start(run, folder, places[place])
                    running[pipe] = _Job(run, cost, place, process)
                ready = wait(list(running), timeout=EVERY)
                for pipe in [pipe for pipe in running if pipe in ready]:
                    job = running[pipe]
                    try:
                        message = pipe.recv()
                    except (EOFError, OSError):
                        job.process.join()
                        message = Outcome(error=f"its process ended {_how(job.process)}")
                    if isinstance(message, Outcome):
                        if message.record:
                            _advance(bar, job, job.run.training.steps)
                        job.process.join()
                        pipe.close()
                        del running[pipe]
                        finished(job.run, message)
                    else:
                        _advance(bar, job, message)
        except KeyboardInterrupt:
            for job in running.values():
                job.process.kill()
            raise
        finally:
            for pipe in running:
                pipe.close()
    return not stopped


def environments(jobs: int) -> list[dict[str, str]]:
    """Return the environment variables that share threads and GPUs among processes.

    Examples
    --------
    >>> [sorted(variables) for variables in environments(2)]  # on a machine without a GPU
    [['OMP_NUM_THREADS'], ['OMP_NUM_THREADS']]
    """
    threads = {"OMP_NUM_THREADS": str(max(1, torch.get_num_threads() // jobs))}
    count = torch.cuda.device_count()
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    gpus = (named.split(",") if named else [str(i) for i in range(count)])[:count]
    if not gpus:
        return [threads] * jobs
    return [threads | {"CUDA_VISIBLE_DEVICES": gpus[i % len(gpus)]} for i in range(jobs)]


def speedup(jobs: int) -> float:
    """Return how many times as fast as one process `jobs` of them are, at best.

    Examples
    --------
    >>> speedup(1)
    1.0
    """
    shares = environments(jobs)
    gpus = {share["CUDA_VISIBLE_DEVICES"] for share in shares if "CUDA_VISIBLE_DEVICES" in share}
    if gpus:
        return float(len(gpus))
    threads = sum(int(share["OMP_NUM_THREADS"]) for share in shares)
    return max(1.0, min(threads, os.cpu_count() or 1) / torch.get_num_threads())


def _cost(run: Run) -> float:
    """Return the floating-point operations of an update."""
    corpus = run.corpus()
    return run.training.batch * training_flops(run.model, corpus.length, corpus.first)


def _start(run: Run, folder: Path, variables: dict[str, str]) -> tuple[Connection, SpawnProcess]:
    """Start a run's process, deaf to the terminal's Ctrl-C: its end of the pipe tells it."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(run, folder, theirs), name=run.name)
    with _variables(variables), _deaf():
        process.start()
    theirs.close()
    return ours, process


def _work(run: Run, folder: Path, pipe: Connection) -> None:
    """Execute a run in a process of its own; send the updates behind it, then its outcome."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    Thread(target=_listen, args=(pipe,), daemon=True).start()
    last = -EVERY

    def report(done: int) -> None:
        nonlocal last
        if monotonic() - last >= EVERY:
            last = monotonic()
            _send(pipe, done)

    try:
        outcome = Outcome(record=execute(run, folder, report))
    except KeyboardInterrupt:
        outcome = Outcome()
    except (ValueError, FloatingPointError) as error:
        outcome = Outcome(error=str(error))
    except Exception:
        outcome = Outcome(error=traceback.format_exc().rstrip())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # too late to stop
    _send(pipe, outcome)


def _listen(pipe: Connection) -> None:
    """Turn the first message, or the end of the process that would send it, into Ctrl-C."""
    with suppress(EOFError, OSError):
        pipe.recv()
    interrupt_main()


def _send(pipe: Connection, message: object) -> None:
    with suppress(OSError):  # the other end may have died
        pipe.send(message)


def _advance(bar: tqdm, job: _Job, done: int) -> None:
    """Move the bar; a run's first report says what was done before, and need not be done now."""
    if job.done is None:
        bar.total -= done * job.cost
    else:
        bar.update((done - job.done) * job.cost)
    job.done = done


def _how(process: SpawnProcess) -> str:
    code = process.exitcode or 0
    if code >= 0:
        return f"with status {code}"
    return f"by {signal.Signals(-code).name}" + " (out of memory?)" * (code == -9)


@contextmanager
def _variables(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _deaf() -> Iterator[None]:
    """Let a process that is started here inherit a blocked SIGINT."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # starting it later would unblock the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
