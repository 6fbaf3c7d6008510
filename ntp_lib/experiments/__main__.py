"""The command line: `python -m ntp_lib.experiments`."""

import logging
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from accelerate import Accelerator
from tqdm import tqdm

from ntp_lib.experiments import registry
from ntp_lib.experiments.baselines import ngrams
from ntp_lib.experiments.estimate import duration, estimate, measured_speed
from ntp_lib.experiments.probes import probed_runs
from ntp_lib.experiments.report import (
    as_text,
    example_table,
    gather,
    in_context_table,
    multiplication_table,
    story_table,
    write_records,
)
from ntp_lib.experiments.results import RESULTS
from ntp_lib.experiments.runs import Run, check_folder, execute, finished, half_done
from ntp_lib.experiments.sweep import Outcome, speedup, sweep
from ntp_lib.experiments.weights import WEIGHTS, rounded_network
from ntp_lib.presets import PRESETS

app = typer.Typer(
    help="Named, configured, resumable runs of the book's experiments.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Name = Annotated[str, typer.Argument(help="The experiment; `list` shows them.")]
Preset = Annotated[str, typer.Option(help="quick, standard or paper.")]
Only = Annotated[str, typer.Option(help="Only the runs whose names match; * is anything.")]
Out = Annotated[Path, typer.Option(help="The folder of the runs.")]
Jobs = Annotated[int, typer.Option(help="How many runs at a time, each in its own process.")]


@app.command("list")
def list_experiments() -> None:
    """Show the experiments, and how many runs each has at each preset."""
    for name, expand in registry.EXPERIMENTS.items():
        counts = ", ".join(f"{preset} {len(list(expand(preset)))}" for preset in PRESETS)
        typer.echo(f"{name}\n    {expand.__doc__}\n    runs: {counts}")


@app.command()
def run(
    name: Name,
    preset: Preset = "quick",
    only: Only = "*",
    out: Out = Path("runs"),
    jobs: Jobs = 1,
    dry: Annotated[bool, typer.Option("--estimate", help="Print the estimate and stop.")] = False,
) -> None:
    """Run an experiment: skip the runs that are finished, go on with those that are begun."""
    _check(jobs)
    chosen = [(each, out / preset / each.name) for each in registry.runs(name, preset, only)]
    for each, folder in chosen:
        check_folder(each, folder)
    _announce(chosen, jobs)
    if not dry:
        _execute(chosen, out, jobs)


@app.command()
def resume(only: Only = "*", out: Out = Path("runs"), jobs: Jobs = 1) -> None:
    """Finish every run that was begun and stopped."""
    _check(jobs)
    begun = []
    for preset, name in half_done(out):
        if fnmatchcase(name, only):
            (each,) = registry.runs(name.partition("/")[0], preset, name)
            begun.append((each, out / preset / name))
    if not begun:
        raise ValueError(f"no run in {out} that matches {only!r} is half done")
    for each, folder in begun:
        check_folder(each, folder)
    _announce(begun, jobs)
    _execute(begun, out, jobs)


@app.command()
def report(
    out: Out = Path("runs"),
    results: Annotated[Path, typer.Option(help="The folder of the recorded runs.")] = RESULTS,
) -> None:
    """Collect the records of finished runs, and print a table of each experiment."""
    for experiment, found in gather(out, results).items():
        typer.echo(f"{experiment}: {len(found)} runs")
        if experiment.startswith("multiplication"):
            typer.echo(as_text(multiplication_table(found)))
        if experiment == "stories":
            typer.echo(as_text(story_table(found)))
        if experiment.startswith("in-context"):
            typer.echo(as_text(in_context_table(found)))
        if experiment == "in-context":
            typer.echo(as_text(example_table(found)))


@app.command("ngrams")
def count_ngrams(
    results: Annotated[Path, typer.Option(help="The folder of the recorded runs.")] = RESULTS,
) -> None:
    """Count n-grams of the texts of `stories`, and record how well they predict: the baseline."""
    found = []
    for record in ngrams():
        perplexity = record["evaluation"]["perplexity"]
        typer.echo(f"{record['name']}: perplexity {perplexity:.4g}, {record['seconds']} s")
        found.append(record)
    write_records(results / "ngrams.json", found)


@app.command("probes")
def probe_networks(
    out: Out = Path("runs"),
    results: Annotated[Path, typer.Option(help="The folder of the recorded runs.")] = RESULTS,
) -> None:
    """Probe the networks of the finished runs of `in-context`, and record what they represent."""
    found = []
    for record in probed_runs(out):
        typer.echo(f"{record['name']}: {record['seconds']} s")
        found.append(record)
    write_records(results / "probes.json", found)


@app.command("weights")
def record_weights(
    name: Annotated[str, typer.Argument(help="A finished run of in-context.")],
    preset: Preset = "standard",
    out: Out = Path("runs"),
    results: Annotated[Path, typer.Option(help="The folder of the recorded runs.")] = RESULTS,
) -> None:
    """Round a trained network to 8 bits, measure it, and record it with its weights, for pages."""
    record = {"preset": preset, **rounded_network(out / preset / name)}
    write_records(results / f"{WEIGHTS}.json", [record])
    typer.echo(f"{name}: ε is {record['evaluation']['epsilon']['nats']} nats a row as rounded")


def _check(jobs: int) -> None:
    """Refuse a number of jobs that cannot be."""
    if jobs < 1:
        raise ValueError(f"--jobs is {jobs}; give at least 1")
    processes = Accelerator(mixed_precision="no").num_processes
    if jobs > 1 and processes > 1:
        raise ValueError(
            f"--jobs is {jobs} under accelerate launch, which already shares each run among "
            f"{processes} processes; leave out one of the two"
        )


def _announce(chosen: Sequence[tuple[Run, Path]], jobs: int) -> None:
    """Print what the runs that are not finished will cost."""
    state = Accelerator(mixed_precision="no")
    if not state.is_main_process:
        return
    speed = measured_speed(state.device)
    typer.echo(
        f"This machine's matrix products, on {state.device.type} with {torch.get_num_threads()} "
        f"thread{'s' * (torch.get_num_threads() != 1)}: {speed / 1e9:.0f} GFLOP/s"
    )
    total = 0.0
    for each, folder in chosen:
        if finished(folder):
            typer.echo(f"{each.name}: finished")
            continue
        cost = estimate(each.model, each.training, each.corpus(), speed, state.num_processes)
        typer.echo(f"{each.name}: {cost}")
        total += cost.seconds
    typer.echo(f"In all about {duration(total / speedup(jobs))} of training")


def _execute(chosen: Sequence[tuple[Run, Path]], out: Path, jobs: int) -> None:
    if jobs > 1:
        _sweep([(each, folder) for each, folder in chosen if not finished(folder)], jobs)
        return
    for number, (each, folder) in enumerate(chosen, 1):
        try:
            record = execute(each, folder)
        except KeyboardInterrupt as stopped:
            again = "python -m ntp_lib.experiments resume" + (
                "" if out == Path("runs") else f" --out {out}"
            )
            typer.echo(f"\n{each.name}: {stopped}\nGo on with: {again}", err=True)
            raise typer.Exit(130) from None
        if record:
            typer.echo(f"[{number}/{len(chosen)}] {each.name}: {_summary(record)}")


def _sweep(chosen: Sequence[tuple[Run, Path]], jobs: int) -> None:
    """Execute runs side by side, and tell at the end which of them failed."""
    number, failures = 0, list[str]()

    def ended(each: Run, outcome: Outcome) -> None:
        nonlocal number
        if outcome.error:
            failures.append(f"{each.name} failed: {outcome.error}")
        if outcome.record:
            number += 1
            tqdm.write(f"[{number}/{len(chosen)}] {each.name}: {_summary(outcome.record)}")

    try:
        whole = sweep(chosen, jobs, ended)
    except KeyboardInterrupt:
        whole = False
    again = "the same command skips what is done and goes on with the others"
    for failure in failures:
        typer.echo(failure, err=True)
    if not whole:
        typer.echo(f"Stopped: {number} of {len(chosen)} runs are done; {again}", err=True)
        raise typer.Exit(130)
    if failures:
        typer.echo(f"{len(failures)} of {len(chosen)} runs failed; {again}", err=True)
        raise typer.Exit(1)


def _summary(record: dict[str, Any]) -> str:
    """Return how long a run trained, and the numbers that it measured."""
    measured = [
        f"{name} {value:.4g}"
        for name, value in record["evaluation"].items()
        if isinstance(value, float)
    ]
    return "; ".join([duration(record["seconds"]), *([", ".join(measured)] if measured else [])])


def main() -> None:
    """Run the command line; a wrong value ends it with a message and status 2."""
    try:
        app()
    except (ValueError, FloatingPointError) as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    if not sys.stderr.isatty():  # where no progress bar is shown
        logging.basicConfig(format="%(asctime)s %(message)s")
        logging.getLogger("ntp_lib").setLevel(logging.INFO)
    main()
