"""The probe map: what linear probes read, layer by layer, with their controls as switches."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import anywidget
import numpy as np
import traitlets

from ntp_lib.show.browser import module
from ntp_lib.show.parity_dial import OutOfRange

NETWORKS = ("trained", "random")
MEASURES = (
    "probe",
    "token control",
    "control",
    "selectivity",
    "new to the probe",
    "new to the network",
)
"""What a cell can show; selectivity is probe − control."""


class CellJSON(TypedDict):
    """A share of right labels: its mean over networks, and the lowest and highest."""

    mean: float
    low: float
    high: float


class MapJSON(TypedDict):
    """What the page draws.

    `cells[network][measure][layer][question]` is None where there is no such measure.
    """

    questions: list[str]
    chances: list[float]
    layers: int
    seeds: int
    source: str
    cells: dict[str, dict[str, list[list[CellJSON | None]]]]


class ProbeMap(anywidget.AnyWidget):
    """Layers against questions: how often a linear probe is right, and what its controls say.

    Parameters
    ----------
    records : sequence of dict
        Recorded probes of networks that differ in their seed only, which
        `ntp_lib.experiments.results.records("probes")` returns.
    network : "trained" or "random"
        The trained networks, or networks of their shape with random weights.
    measure : str
        What the cells show: "probe", "token control", "control", "selectivity",
        "new to the probe" or "new to the network".

    Raises
    ------
    traitlets.TraitError
        If a value is not of the right type.
    ValueError
        If there is no record, the records do not fit together, or a value is out of its range.
    """

    _esm = module("dom.js", "probe_map.js")
    _css = module("probe_map.css")

    map: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    network = traitlets.Unicode("trained").tag(sync=True)
    measure = traitlets.Unicode("probe").tag(sync=True)

    def __init__(
        self,
        records: Sequence[Mapping[str, Any]],
        network: str = "trained",
        measure: str = "probe",
    ) -> None:
        super().__init__(map=_map(records))
        self.network = network
        self.measure = measure

    def __repr__(self) -> str:
        return f"ProbeMap({self.network}, {self.measure!r}, {self.map['seeds']} networks)"

    @traitlets.validate("network")
    def _known_network(self, proposal: traitlets.Bunch) -> str:
        return _one_of("network", proposal["value"], NETWORKS)

    @traitlets.validate("measure")
    def _known_measure(self, proposal: traitlets.Bunch) -> str:
        return _one_of("measure", proposal["value"], MEASURES)


def _one_of(name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise OutOfRange(f"{name} is {value!r}; give one of {', '.join(map(repr, known))}")
    return value


def _map(records: Sequence[Mapping[str, Any]]) -> MapJSON:
    if not records:
        raise ValueError("there is no record; give those of the experiment probes")
    try:
        tables = {n: [r["evaluation"][n] for r in records] for n in NETWORKS}
        commits = sorted({r["commit"][:7] for r in records})
    except KeyError as error:
        raise ValueError(f"a record lacks {error}; give those of the experiment probes") from None
    first = tables["trained"][0]
    layers = len(next(iter(first.values()))["probe"])
    for table in [*tables["trained"], *tables["random"]]:
        shape = {name: len(values["probe"]) for name, values in table.items()}
        if shape != dict.fromkeys(first, layers):
            raise ValueError(
                "the records are of different questions or numbers of layers; give networks that "
                "differ in their seed only"
            )
    cells = {
        network: {
            measure: [[_cell(same, name, measure, k) for name in first] for k in range(layers)]
            for measure in MEASURES
        }
        for network, same in tables.items()
    }
    count = f"{len(records)} network{'s' * (len(records) > 1)}"
    return {
        "questions": list(first),
        "chances": [values["chance"] for values in first.values()],
        "layers": layers,
        "seeds": len(records),
        "source": f"Recorded: {count}, commit {', '.join(commits)}.",
        "cells": cells,
    }


def _cell(
    tables: Sequence[Mapping[str, Any]], name: str, measure: str, layer: int
) -> CellJSON | None:
    values = [_value(table[name], measure, layer) for table in tables]
    shares = [value for value in values if value is not None]
    if not shares:
        return None
    return {
        "mean": round(float(np.mean(shares)), 4),
        "low": round(min(shares), 4),
        "high": round(max(shares), 4),
    }


def _value(answers: Mapping[str, Any], measure: str, layer: int) -> float | None:
    if measure == "selectivity":
        if answers["control"] is None:
            return None
        return float(answers["probe"][layer] - answers["control"][layer])
    row = answers[measure]
    return None if row is None else float(row[layer])
