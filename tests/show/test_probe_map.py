"""The probe map's traits; its pages are tested in tests/browser."""

import gzip
import json
from collections.abc import Iterator

import numpy as np
import pytest
import traitlets
from ipywidgets import Widget

from ntp_lib.show import ProbeMap
from ntp_lib.show.probe_map import MEASURES, NETWORKS
from tests.show.probe_records import QUESTIONS, record


@pytest.fixture(autouse=True)
def _close_widgets() -> Iterator[None]:
    yield
    Widget.close_all()


def test_cells_are_means_over_the_networks() -> None:
    records = [record(seed) for seed in range(3)]
    shown = ProbeMap(records).map
    assert (shown["layers"], shown["seeds"], tuple(shown["questions"])) == (4, 3, QUESTIONS)
    for network in NETWORKS:
        tables = [r["evaluation"][network] for r in records]
        for k, name in enumerate(QUESTIONS):
            for layer in range(4):
                probes = [table[name]["probe"][layer] for table in tables]
                cell = shown["cells"][network]["probe"][layer][k]
                assert cell["mean"] == pytest.approx(np.mean(probes), abs=1e-4)
                assert (cell["low"], cell["high"]) == (min(probes), max(probes))
                selective = shown["cells"][network]["selectivity"][layer][k]
                if name == "single":
                    assert selective is None
                else:
                    controls = [table[name]["control"][layer] for table in tables]
                    expected = np.mean(probes) - np.mean(controls)
                    assert selective["mean"] == pytest.approx(expected, abs=2e-4)


def test_it_is_small() -> None:
    shown = ProbeMap([record(seed) for seed in range(3)])
    text = shown._esm + shown._css + json.dumps(shown.map)
    assert len(gzip.compress(text.encode())) < 12_000


def test_its_state_can_be_set() -> None:
    shown = ProbeMap([record(0)], network="random", measure="control")
    assert repr(shown) == "ProbeMap(random, 'control', 1 networks)"
    for measure in MEASURES:
        shown.measure = measure
    with pytest.raises(ValueError, match="measure is 'accuracy'; give one of 'probe'"):
        shown.measure = "accuracy"
    with pytest.raises(ValueError, match="network is 'other'; give one of 'trained', 'random'"):
        ProbeMap([record(0)], network="other")
    with pytest.raises(traitlets.TraitError):
        shown.network = 3


def test_records_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="there is no record"):
        ProbeMap([])
    with pytest.raises(ValueError, match="different questions or numbers of layers"):
        ProbeMap([record(0), record(1, layers=2)])
    with pytest.raises(ValueError, match="lacks 'evaluation'"):
        ProbeMap([{"commit": "0123"}])
