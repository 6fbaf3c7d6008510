"""One run: a model trained on a corpus and measured, in a folder of its own."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from accelerate import Accelerator

from ntp_lib.experiments.files import locked, write_json
from ntp_lib.experiments.provenance import provenance
from ntp_lib.neural import Corpus, LanguageModel, ModelConfig, TrainingConfig, build, train
from ntp_lib.neural.checkpoints import checkpoints, load_checkpoint

POINTS = 100
"""The most points of a loss curve that a record keeps."""


@dataclass(frozen=True)
class Run(ABC):
    """What a run is made of: its name, model and training; a subclass adds what it reads.

    Attributes
    ----------
    name : str
        Unique within its experiment and preset, such as `multiplication/3x2/columns/linear/seed0`.
    model : ModelConfig
    training : TrainingConfig
    """

    name: str
    model: ModelConfig
    training: TrainingConfig

    @abstractmethod
    def corpus(self) -> Corpus:
        """Return what the model is trained on."""

    @abstractmethod
    def evaluate(self, model: LanguageModel) -> dict[str, Any]:
        """Measure the trained model; the result is written as JSON."""

    def progress(self, model: LanguageModel) -> dict[str, float] | None:
        """Measure the model at every checkpoint, quickly; nothing unless a subclass does."""
        return None


def execute(run: Run, folder: Path, report: Callable[[int], None] | None = None) -> dict[str, Any]:
    """Train, measure and record a run; skip what is done, go on where it stopped.

    The folder holds `run.json` (the configuration, from the start), `lock`, `checkpoints` (while it
    trains), and, when it is finished, `weights.pt` and `record.json`. Under `accelerate launch`
    all processes train, the main one measures and records, and the others get an empty record.

    Parameters
    ----------
    run : Run
    folder : Path
    report : callable, optional
        As for `ntp_lib.neural.train`.

    Returns
    -------
    dict
        The record.

    Raises
    ------
    ValueError
        If the folder holds a run of another configuration, or another process is at work on it.
    """
    accelerator = Accelerator(mixed_precision="no")
    with locked(folder) if accelerator.is_main_process else nullcontext():
        accelerator.wait_for_everyone()
        check_folder(run, folder)
        if finished(folder):
            return dict(json.loads((folder / "record.json").read_text(encoding="utf-8")))
        return _execute(run, folder, accelerator, report)


def _execute(
    run: Run, folder: Path, accelerator: Accelerator, report: Callable[[int], None] | None
) -> dict[str, Any]:
    """Execute a run that is not finished, in a folder that is this process's own."""
    made_by = provenance(accelerator.device)
    if accelerator.is_main_process:
        write_json(folder / "run.json", configuration(run))
    corpus = run.corpus()
    model = build(run.model, run.training.seed)
    losses = train(model, corpus, run.training, folder / "checkpoints", True, run.progress, report)
    if not accelerator.is_main_process:
        return {}
    _, state = load_checkpoint(folder / "checkpoints")
    began = perf_counter()
    evaluation = run.evaluate(model)
    sequences = run.training.steps * run.training.batch
    content = {
        **configuration(run),
        **made_by,
        "date": datetime.now(UTC).date().isoformat(),
        "processes": accelerator.num_processes,
        "parameters": sum(p.numel() for p in model.parameters()),
        "sequences": sequences,
        "tokens": sequences * corpus.length,
        "seconds": round(state["seconds"], 1),
        "cpu_seconds": round(state["cpu_seconds"], 1),  # of the main process: free of other work
        "evaluation_seconds": round(perf_counter() - began, 1),
        "peak_bytes": state["peak_bytes"],
        "losses": thinned(losses),
        "progress": [
            {"step": step, "tokens": step * run.training.batch * corpus.length, **values}
            for step, values in state["measured"]
            if values is not None
        ],
        "evaluation": evaluation,
    }
    weights = folder / "weights.partial"
    torch.save({name: tensor.cpu() for name, tensor in model.state_dict().items()}, weights)
    weights.replace(folder / "weights.pt")
    write_json(folder / "record.json", content)
    for path in checkpoints(folder / "checkpoints"):
        path.unlink()
    (folder / "checkpoints").rmdir()
    return content


def configuration(run: Run) -> dict[str, Any]:
    """Return a run's configuration as JSON values."""
    return dict(json.loads(json.dumps(asdict(run))))


def check_folder(run: Run, folder: Path) -> None:
    """Refuse a folder that holds a run of another configuration.

    A setting that the folder does not know, because it is younger than the run, counts as its
    default there.

    Raises
    ------
    ValueError
        If it does; the message names every field that differs.
    """
    path = folder / "run.json"
    if not path.exists():
        return
    old = _defaults(run) | _flat(json.loads(path.read_text(encoding="utf-8")))
    new = _flat(configuration(run))
    differ = [
        f"{name}: {old.get(name)!r} there, {new.get(name)!r} now"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    if differ:
        raise ValueError(
            f"{folder} holds a run of another configuration ({'; '.join(differ)}); "
            "choose another output folder, or remove that one"
        )


def half_done(out: Path) -> list[tuple[str, str]]:
    """Return preset and name of every run that is begun and not finished.

    Examples
    --------
    >>> half_done(Path("no such folder"))
    []
    """
    begun = sorted(out.glob("*/**/run.json"))
    parts = [path.parent.relative_to(out).parts for path in begun if not finished(path.parent)]
    return [(preset, "/".join(name)) for preset, *name in parts]


def finished(folder: Path) -> bool:
    """Return whether a folder holds a finished run."""
    return (folder / "record.json").exists()


def load_model(folder: Path) -> LanguageModel:
    """Return the trained model of a finished run.

    Raises
    ------
    ValueError
        If the folder holds no finished run.
    """
    if not finished(folder):
        raise ValueError(f"{folder} holds no finished run; run or resume it first")
    configuration = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    model = build(ModelConfig(**configuration["model"]), seed=0)
    model.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
    return model.eval()


def thinned(losses: list[float]) -> list[tuple[int, float]]:
    """Return at most POINTS points (update, mean loss since the point before) of a loss curve.

    Examples
    --------
    >>> thinned([4.0, 2.0, 1.0])
    [(1, 4.0), (2, 2.0), (3, 1.0)]
    """
    size = -(-len(losses) // POINTS)
    points = []
    for start in range(0, len(losses), size):
        part = losses[start : start + size]
        points.append((start + len(part), float(f"{sum(part) / len(part):.5g}")))
    return points


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten nested dicts: {"a": {"b": 1}} → {"a.b": 1}."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _defaults(settings: Any, prefix: str = "") -> dict[str, Any]:
    """Return the defaults of a dataclass and of those in it, flat and as JSON values."""
    flat: dict[str, Any] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            flat |= _defaults(value, f"{prefix}{field.name}.")
        elif field.default is not MISSING:
            flat[prefix + field.name] = json.loads(json.dumps(field.default))
    return flat
