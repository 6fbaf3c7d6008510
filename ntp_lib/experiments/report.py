"""From run folders to the recorded runs and their table."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ntp_lib.experiments.estimate import duration
from ntp_lib.experiments.files import write_text
from ntp_lib.experiments.results import records
from ntp_lib.presets import PRESETS

Record = dict[str, Any]


def gather(out: Path, results: Path) -> dict[str, list[Record]]:
    """Collect the records of all finished runs into one file for each experiment.

    A run that is in the file but not in `out` stays: it may come from another machine.

    Parameters
    ----------
    out : Path
        The folder of the runs.
    results : Path
        The folder of the recorded runs.

    Returns
    -------
    dict
        For each experiment that has a finished run in `out`, all its recorded runs.

    Raises
    ------
    ValueError
        If `out` holds no finished run.
    """
    found: dict[str, list[Record]] = defaultdict(list)
    for path in sorted(out.glob("*/**/record.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        preset = path.relative_to(out).parts[0]
        found[record["name"].partition("/")[0]].append({"preset": preset, **record})
    if not found:
        raise ValueError(f"{out} holds no finished run; start one with `run`, or give --out")
    merged = {}
    for experiment, new in found.items():
        known = records(experiment, results) if (results / f"{experiment}.json").exists() else []
        by_key = {(r["preset"], r["name"]): r for r in [*known, *new]}
        merged[experiment] = sorted(
            by_key.values(), key=lambda r: (PRESETS.index(r["preset"]), r["name"])
        )
        write_records(results / f"{experiment}.json", merged[experiment])
    return merged


def write_records(path: Path, found: Iterable[Record]) -> None:
    """Write records as JSON, one a line."""
    compact = (",", ":")
    lines = ",\n".join(
        json.dumps(record, ensure_ascii=False, separators=compact) for record in found
    )
    write_text(path, f"[\n{lines}\n]\n")


PAPER_MULTIPLICATION_ROW = {
    "by": "the paper",
    "digits": "4×4",
    "chain": "paper",
    "model": "mlp",
    "parameters": "775M",
    "tokens": 307,
    "sequences": "100M",
    "device": "one A100",
    "time": "17 h",
    "CPU time": "",
    "exact": ".969",
    "per digit": ".995",
    "differs": "",
}
"""The multiplication experiment of Malach 2024."""


def multiplication_table(runs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a table: the paper's run, then ours, seeds taken together.

    `exact` and `per digit` are the means over seeds, with the lowest and highest in brackets where
    there are several. `differs` says what is not as in the paper.
    """
    return [PAPER_MULTIPLICATION_ROW, *map(_row, _groups(runs))]


def _row(group: list[Mapping[str, Any]]) -> dict[str, Any]:
    run = group[0]
    row = {
        "by": f"ours, {run['preset']}",
        "digits": "×".join(map(str, run["digits"])),
        "chain": run["chain"],
        "model": run["model"]["kind"],
        "parameters": _count(run["parameters"]),
        "tokens": run["tokens"] // run["sequences"],
        "sequences": _count(run["sequences"]),
        **_times(group),
        "exact": _spread([r["evaluation"]["exact"] for r in group]),
        "per digit": _spread([r["evaluation"]["digits"] for r in group]),
    }
    differs = [
        name for name in ("digits", "chain", "model") if row[name] != PAPER_MULTIPLICATION_ROW[name]
    ]
    return row | {"differs": ", ".join([*differs, "size", "data"])}


def story_table(runs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a table of the story runs, seeds taken together.

    `perplexity` is a token's, on held-out text; `consistent` is the share of stories written at
    temperature 1 that hold together, where they can be parsed. The paper shows samples and gives
    no perplexity, so it has no row.
    """
    return [_story_row(group) for group in _groups(runs)]


def _story_row(group: list[Mapping[str, Any]]) -> dict[str, Any]:
    run, results = group[0], [r["evaluation"] for r in group]
    parsed = [r["written"]["1.0"]["all"] for r in results if isinstance(r["written"], dict)]
    return {
        **_run(group),
        "parameters": _count(run["parameters"]),
        "tokens read": _count(run["tokens"]),
        **_times(group),
        "perplexity": _spread([r["perplexity"] for r in results]),
        "consistent": _spread(parsed) if parsed else "",
    }


def in_context_table(runs: Iterable[Mapping[str, Any]], example: int = 4) -> list[dict[str, Any]]:
    """Return the rows of a table of networks measured on tasks in context, seeds taken together.

    ε is the estimated divergence from the pretraining's law, in nats a row; the tasks' columns are
    accuracies at one example, such as `dir1 @4`.
    """
    groups = [list(group) for group in _groups(runs)]
    tasks = dict.fromkeys(task for group in groups for task in group[0]["evaluation"]["tasks"])
    rows = []
    for group in groups:
        found = [run["evaluation"] for run in group]
        epsilon = [each["epsilon"]["nats"] for each in found if each["epsilon"]]
        rows.append(
            {
                **_run(group),
                "parameters": _count(group[0]["parameters"]),
                "tokens read": _count(group[0]["tokens"]),
                **_times(group),
                "ε": _spread(epsilon) if epsilon else "",
                **{f"{task} @{example}": _accuracy(found, task, example) for task in tasks},
            }
        )
    return rows


def example_table(runs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each network and task, with the accuracy at some examples."""
    return [
        {
            **_run(group),
            "task": task,
            **{
                str(example): _accuracy([run["evaluation"] for run in group], task, example)
                for example in (1, 2, 3, 4, 8)
            },
        }
        for group in _groups(runs)
        for task in group[0]["evaluation"]["tasks"]
    ]


def _run(group: list[Mapping[str, Any]]) -> dict[str, str]:
    """Whose runs a row is of, and their name without experiment and seed."""
    run = group[0]
    return {
        "by": f"ours, {run['preset']}",
        "run": run["name"].rpartition("/")[0].partition("/")[2],
    }


def _accuracy(found: list[Mapping[str, Any]], task: str, example: int) -> str:
    """The accuracy at an example, over seeds; nothing where it was not measured."""
    if task not in found[0]["tasks"]:
        return ""
    measured = [each["tasks"][task]["accuracy"] for each in found]
    return _spread([each[example - 1] for each in measured]) if len(measured[0]) >= example else ""


def _groups(runs: Iterable[Mapping[str, Any]]) -> Iterable[list[Mapping[str, Any]]]:
    """Group runs that differ only in the seed."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for run in runs:
        groups[(run["preset"], run["name"].rpartition("/")[0])].append(run)
    return groups.values()


def _times(group: list[Mapping[str, Any]]) -> dict[str, str]:
    """Where runs trained, and how long on average: by the clock, and of the processor."""
    return {
        "device": group[0]["device"],
        "time": duration(_mean([run["seconds"] for run in group])),
        "CPU time": duration(_mean([run["cpu_seconds"] for run in group])),
    }


def _count(number: int) -> str:
    """Write a large number shortly: 11234567 as 11M."""
    for size, letter in ((10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return str(number)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _spread(values: Sequence[float]) -> str:
    text = f"{_mean(values):.3f}"
    return text if len(values) == 1 else f"{text} [{min(values):.3f}, {max(values):.3f}]"


def as_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Set rows with the same keys as lines of aligned columns.

    Examples
    --------
    >>> print(as_text([{"chain": "none", "exact": ".21"}, {"chain": "rows", "exact": ".95"}]))
    chain  exact
    none   .21
    rows   .95
    """
    names = list(rows[0])
    table = [names, *([str(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    )
