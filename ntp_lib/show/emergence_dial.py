"""The dial of emergence: recorded networks of several sizes, at any checkpoint of training."""

from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Any, TypedDict

import anywidget
import numpy as np
import traitlets

from ntp_lib.experiments.emergence import tokens_at
from ntp_lib.show.browser import module
from ntp_lib.show.parity_dial import OutOfRange

MEASURES = ("accuracy", "loss")
EXAMPLE = 4
"""The example whose measurement is drawn against the tokens."""
EXAMPLES, CHECKPOINTS, EARLIEST = 5, 15, 0.02
"""What a page gets: examples, checkpoints, and the share of the training before the first."""


class NetworkJSON(TypedDict):
    """Networks that differ in their seed only, as the page shows them.

    `mean[task][measure]` has one list of examples for each checkpoint, averaged over the seeds;
    `seeds[task][measure]` has the fourth example's value, one list of checkpoints for each seed.
    `epsilon` is the mean divergence from exact at the end, nats a document.
    """

    layers: int
    width: int
    parameters: int
    epsilon: float
    tokens: list[int]
    mean: dict[str, dict[str, list[list[float]]]]
    seeds: dict[str, dict[str, list[list[float]]]]


class ExactJSON(TypedDict):
    """The exact predictor at each example; `half` is the accuracy at which a task has emerged."""

    accuracy: list[float]
    loss: list[float]
    half: float


class EmergenceDial(anywidget.AnyWidget):
    """What networks of several sizes can do after any number of tokens, beside the exact predictor.

    The page draws recorded measurements and computes nothing but which tasks have emerged. What
    the reader sets can be read here, and set here it moves there.

    Parameters
    ----------
    records : sequence of dict
        Recorded runs of the experiment `in-context-sizes`, with their progress. Runs that differ
        in their seed only are averaged.
    exact : mapping from task to {"accuracy": floats, "loss": floats}
        The exact predictor at each example, losses in nats.
    halves : mapping from task to float
        The accuracy at example 4 at which a task has emerged.
    size : int
        Which size, smallest first, counted from 0; the largest if not given.
    tokens : int, optional
        One of the checkpoints of that size; the last if not given.
    measure : "accuracy" or "loss"
    shown : sequence of str, optional
        The tasks drawn; all if not given.

    Raises
    ------
    traitlets.TraitError
        If a value is not of the right type.
    ValueError
        If there are no records, they do not fit together, or a value is out of its range.
    """

    _esm = module("dom.js", "emergence_dial.js")
    _css = module("emergence_dial.css")

    networks: traitlets.List[NetworkJSON] = traitlets.List().tag(sync=True)
    exact: "traitlets.Dict[str, ExactJSON]" = traitlets.Dict().tag(sync=True)
    tasks: traitlets.List[str] = traitlets.List().tag(sync=True)  # a page may sort a Dict's keys
    size = traitlets.Int(0).tag(sync=True)
    tokens = traitlets.Int(0).tag(sync=True)
    measure = traitlets.Unicode("accuracy").tag(sync=True)
    shown: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        records: Sequence[Mapping[str, Any]],
        exact: Mapping[str, Mapping[str, Sequence[float]]],
        halves: Mapping[str, float],
        size: int | None = None,
        tokens: int | None = None,
        measure: str = "accuracy",
        shown: Sequence[str] | None = None,
    ) -> None:
        networks = _networks(records, list(exact))
        super().__init__(networks=networks, exact=_exact(exact, halves), tasks=list(exact))
        # one by one: each is checked against those before it
        self.size = len(networks) - 1 if size is None else size
        self.tokens = self.networks[self.size]["tokens"][-1] if tokens is None else tokens
        self.measure = measure
        self.shown = list(exact if shown is None else shown)

    def __repr__(self) -> str:
        network = self.networks[self.size]
        return (
            f"EmergenceDial({network['layers']} layers of {network['width']}, "
            f"{self.tokens} tokens, {self.measure})"
        )

    @traitlets.validate("size")
    def _size_in_range(self, proposal: traitlets.Bunch) -> int:
        size: int = proposal["value"]
        if not 0 <= size < len(self.networks):
            raise OutOfRange(f"size is {size}; give 0 to {len(self.networks) - 1}")
        return size

    @traitlets.validate("tokens")
    def _checkpoint(self, proposal: traitlets.Bunch) -> int:
        tokens: int = proposal["value"]
        if tokens not in (known := self.networks[self.size]["tokens"]):
            raise OutOfRange(f"tokens is {tokens}; the checkpoints of this size are {known}")
        return tokens

    @traitlets.validate("measure")
    def _known_measure(self, proposal: traitlets.Bunch) -> str:
        measure: str = proposal["value"]
        if measure not in MEASURES:
            raise OutOfRange(f"measure is {measure!r}; give one of {', '.join(MEASURES)}")
        return measure

    @traitlets.validate("shown")
    def _known_tasks(self, proposal: traitlets.Bunch) -> list[str]:
        shown: list[str] = proposal["value"]
        if not shown or not set(shown) <= set(self.tasks):
            raise OutOfRange(f"shown is {shown}; give at least one of {', '.join(self.tasks)}")
        return [task for task in self.tasks if task in shown]

    @traitlets.observe("size")
    def _fit_tokens(self, _: traitlets.Bunch) -> None:
        """Keep the nearest checkpoint that this size has."""
        if self.tokens:
            known = self.networks[self.size]["tokens"]
            self.tokens = min(known, key=lambda t: abs(log(t / self.tokens)))


def _exact(
    exact: Mapping[str, Mapping[str, Sequence[float]]], halves: Mapping[str, float]
) -> dict[str, ExactJSON]:
    for task in exact:
        if task not in halves:
            raise ValueError(f"halves lacks {task!r}; give the accuracy at which it has emerged")
    return {
        task: {
            "accuracy": _rounded(values["accuracy"]),
            "loss": _rounded(values["loss"]),
            "half": round(float(halves[task]), 4),
        }
        for task, values in exact.items()
    }


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(float(v), 4) for v in list(values)[:EXAMPLES]]


def _networks(records: Sequence[Mapping[str, Any]], tasks: Sequence[str]) -> list[NetworkJSON]:
    """Put runs together that differ in their seed only, smallest network first."""
    if not records or not tasks:
        raise ValueError("there are no runs or no tasks; give at least one of each")
    found: dict[tuple[int, int, int], list[Mapping[str, Any]]] = {}
    for record in records:
        model = record["model"]
        key = (record["parameters"], model["layers"], model["width"])
        found.setdefault(key, []).append(record)
    return [_network(runs, tasks) for _, runs in sorted(found.items())]


def _network(runs: Sequence[Mapping[str, Any]], tasks: Sequence[str]) -> NetworkJSON:
    at = [tokens_at(run) for run in runs]
    if not at[0] or any(tokens != at[0] for tokens in at):
        raise ValueError(
            f"{', '.join(run['name'] for run in runs)} have the checkpoints {at}; give runs of one "
            "size that were measured after the same numbers of tokens"
        )
    keep = _spread(at[0])
    mean: dict[str, dict[str, list[list[float]]]] = {}
    seeds: dict[str, dict[str, list[list[float]]]] = {}
    for task in tasks:
        mean[task], seeds[task] = {}, {}
        for measure in MEASURES:
            try:
                values = np.array(
                    [
                        [p["tasks"][task][measure] for p in run["progress"] if p["step"] > 0]
                        for run in runs
                    ]
                )[:, keep, :EXAMPLES]
            except KeyError as error:
                raise ValueError(f"a run of {runs[0]['name']} did not measure {error}") from None
            if values.shape[-1] < EXAMPLE:
                raise ValueError(
                    f"{runs[0]['name']} measured {values.shape[-1]} examples of {task!r}; the dial "
                    f"needs {EXAMPLE}"
                )
            mean[task][measure] = values.mean(axis=0).round(2).tolist()
            seeds[task][measure] = values[:, :, EXAMPLE - 1].round(2).tolist()
    model = runs[0]["model"]
    epsilons = [run["evaluation"]["epsilon"]["nats"] for run in runs]
    return {
        "layers": model["layers"],
        "width": model["width"],
        "parameters": runs[0]["parameters"],
        "epsilon": round(float(np.mean(epsilons)), 4),
        "tokens": [at[0][i] for i in keep],
        "mean": mean,
        "seeds": seeds,
    }


def _spread(tokens: Sequence[int]) -> list[int]:
    """Indices of checkpoints that are evenly spread over the logarithm, the last one among them."""
    logs = np.log(np.array(tokens, dtype=np.float64))
    first = max(logs[0], logs[-1] + log(EARLIEST))
    wanted = np.linspace(first, logs[-1], CHECKPOINTS)
    found: list[int] = np.unique(abs(logs[:, None] - wanted).argmin(axis=0)).tolist()
    return found
