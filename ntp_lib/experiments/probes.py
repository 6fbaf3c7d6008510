"""The probing experiment: what a trained transformer represents of a derivation, and uses."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ntp_lib.experiments.files import write_json
from ntp_lib.experiments.probe_prompts import QUESTIONS, Prompts, Question, Sample, Steps
from ntp_lib.experiments.provenance import provenance
from ntp_lib.experiments.runs import load_model
from ntp_lib.experiments.swaps import predicted, share, swap_tables
from ntp_lib.experiments.worlds import World
from ntp_lib.neural import LanguageModel, build
from ntp_lib.neural.probing import Probe, Stream, fit_probe, residuals
from ntp_lib.theory.factored import fair_splits

Ints = NDArray[np.int64]

CONTROLS = 10
"""How many random labellings of the derivations a control is the mean of."""
SPLITS = 10
"""The most splits that the accuracy on derivations new to the probe is the mean of."""


def probed_runs(out: Path, count: int = 2400) -> Iterator[dict[str, Any]]:
    """Probe the networks of finished runs of `in-context`; skip those that are probed.

    Each run's folder then holds `probes.json`: the tables of the trained network, of one of its
    shape with random weights, and of the swaps in the trained one.

    Parameters
    ----------
    out : Path
        The folder of the runs.
    count : int
        As for `probe_tables`; a quarter as many prompts are swapped.

    Raises
    ------
    ValueError
        If `out` holds no finished run of that experiment.
    """
    folders = [path.parent for path in sorted(out.glob("*/in-context/**/record.json"))]
    if not folders:
        raise ValueError(
            f"{out} holds no finished run of in-context; start one with `run`, or give --out"
        )
    made_by = provenance(torch.device("cpu"))
    for folder in folders:
        path = folder / "probes.json"
        if not path.exists():
            run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            began, model, world = perf_counter(), load_model(folder), World(**run["world"])
            seed = run["training"]["seed"]
            untrained = build(model.config, seed).eval()
            evaluation = {
                "trained": probe_tables(model, world, count, seed),
                "random": probe_tables(untrained, world, count, seed),
                "swaps": swap_tables(model, world, count // 4, seed),
            }
            content = {
                "preset": folder.relative_to(out).parts[0],
                "name": run["name"].replace("in-context", "probes", 1),
                **made_by,
                "date": datetime.now(UTC).date().isoformat(),
                "seconds": round(perf_counter() - began, 1),
                "evaluation": evaluation,
            }
            write_json(path, content)
        yield json.loads(path.read_text(encoding="utf-8"))


def probe_tables(
    model: LanguageModel, world: World, count: int = 2400, seed: int = 0
) -> dict[str, Any]:
    """Probe every layer of a transformer with every question, beside its controls.

    Parameters
    ----------
    model : LanguageModel
        A transformer over the world's tokens, trained or not.
    world : World
    count : int
        Prompts that train a probe; a third as many choose its regularisation, and half as many
        test it.
    seed : int
        Of prompts and control labels.

    Returns
    -------
    dict
        For each question's name: `chance`; `right`, the share of prompts that the model itself
        continues rightly, `seen` and `held out`; and shares of right labels, one a layer from the
        embedding on:

        - `probe`: new prompts of the derivations that the probe was trained on.
        - `token control`: a random label for each token, instead of the question's label.
        - `control`: a random label for each derivation.
        - `new to the probe`: derivations that the network knows and the probe was not trained on.
        - `new to the network`: derivations that were held out from the network.

        None where there is no such thing.
    """
    prompts, rng = Prompts(world), np.random.default_rng([seed, 15])
    return {q.name: _probe_question(model, prompts, q, count, rng) for q in QUESTIONS}


def _probe_question(
    model: LanguageModel, prompts: Prompts, question: Question, count: int, rng: np.random.Generator
) -> dict[str, Any]:
    seen, unseen = (prompts.derivations(question, held_out) for held_out in (False, True))
    parts = [prompts.sample(question, seen, n, rng) for n in (count, count // 3, count // 2)]
    streams = [_last(model, part) for part in parts]
    new = prompts.sample(question, unseen, count // 2, rng) if unseen else None
    new_stream = _last(model, new) if new else None
    layers = range(len(streams[0]))
    labels = np.array([question.label(steps) for steps in seen])  # of each derivation
    classes = int(labels.max()) + 1

    def fitted(layer: int, answers: Ints, using: Ints | None = None) -> Probe:
        """A probe of labels given for each derivation, trained on some derivations only."""
        use = [
            np.isin(part.ids, np.arange(len(seen)) if using is None else using) for part in parts
        ]
        (x, y), validation = (
            (streams[k][layer][use[k]], answers[parts[k].ids[use[k]]]) for k in (0, 1)
        )
        return fit_probe(x, y, validation)

    def tested(layer: int, answers: Ints, without: Sequence[int] = ()) -> float:
        using = np.setdiff1d(np.arange(len(seen)), without)
        test = np.isin(parts[2].ids, without if len(without) else using)
        probe = fitted(layer, answers, using)
        return probe.accuracy(streams[2][layer][test], answers[parts[2].ids[test]])

    splits = _splits(question, seen)
    random = [_random_labels(seen, classes, rng) for _ in range(CONTROLS)] if splits else []
    tokens = rng.permutation(np.arange(len(prompts.world.grammar.vocabulary)) % classes)
    found: dict[str, Any] = {
        "chance": 1 / classes,
        "right": {
            "seen": share(predicted(model, parts[2]) == parts[2].answers),
            "held out": share(predicted(model, new) == new.answers) if new else None,
        },
        "probe": [share(tested(k, labels)) for k in layers],
        "token control": [_token_control(parts, streams, tokens, k) for k in layers],
        "control": None,
        "new to the probe": None,
        "new to the network": None,
    }
    if splits:
        found["control"] = [share([tested(k, answers) for answers in random]) for k in layers]
        found["new to the probe"] = [
            share([tested(k, labels, without) for without in splits]) for k in layers
        ]
    if new is not None and new_stream is not None:
        found["new to the network"] = [
            share(fitted(k, labels).accuracy(new_stream[k], new.labels(question))) for k in layers
        ]
    return found


def _last(model: LanguageModel, sample: Sample) -> Stream:
    """The stream where the question reads it: (layers + 1, n, width)."""
    return residuals(model, sample.prompts)[:, :, -1]


def _splits(question: Question, seen: list[Steps]) -> list[list[int]]:
    """Sets of derivations to test on after training on the others; none for single functions."""
    if question.factor is None:  # every fourth derivation, of both depths
        return [[i for i in range(len(seen)) if i % 4 == part] for part in range(4)]
    if question.depths == (1,):
        return []
    pairs = [(i, j) for i, j in seen]
    return [[pairs.index(pair) for pair in held] for held in islice(fair_splits(pairs), SPLITS)]


def _random_labels(seen: list[Steps], classes: int, rng: np.random.Generator) -> Ints:
    """A random label for each derivation, each equally often among those of one depth."""
    labels = np.empty(len(seen), dtype=np.int64)
    for depth in {*map(len, seen)}:
        same = [i for i, steps in enumerate(seen) if len(steps) == depth]
        labels[same] = rng.permutation(np.arange(len(same)) % classes)
    return labels


def _token_control(
    parts: list[Sample], streams: list[Stream], labels: Ints, layer: int
) -> float | None:
    """The accuracy of a probe of a random label of the token at which the stream is read."""
    x = [stream[layer] for stream in streams]
    y = [labels[part.prompts[:, -1]] for part in parts]
    return share(fit_probe(x[0], y[0], (x[1], y[1])).accuracy(x[2], y[2]))
