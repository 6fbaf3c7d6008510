"""Prompts to probe, tables of probes and swaps, and their records."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from ntp_lib.experiments import probes
from ntp_lib.experiments.__main__ import app
from ntp_lib.experiments.probe_prompts import EXAMPLES, QUESTIONS, Prompts, Question
from ntp_lib.experiments.probes import probe_tables, probed_runs
from ntp_lib.experiments.results import records
from ntp_lib.experiments.swaps import PLACES, SWAPS, positions, replaced, swap_tables
from ntp_lib.experiments.worlds import World
from ntp_lib.neural import LanguageModel, ModelConfig, build
from ntp_lib.theory import BayesPredictor

WORLD = World()
PROMPTS = Prompts(WORLD)
CONFIG = ModelConfig("transformer", len(WORLD.grammar.vocabulary), 39, 16, layers=1, heads=2)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return build(CONFIG, 0).eval()


def functions() -> np.ndarray:
    """Token of f_i(x) for each i and each object's token x."""
    exact = BayesPredictor(WORLD.grammar)
    from ntp_lib.theory import direct

    ask = exact.objects[:, None, None]
    found = [exact.write(exact.hypotheses.find(*direct(i)), ask)[:, 1] for i in range(1, 5)]
    assert exact.objects.tolist() == list(range(8))
    return np.array(found)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
@pytest.mark.parametrize("held_out", [False, True])
def test_prompts_are_the_derivations_with_a_new_last_input(
    question: Question, held_out: bool
) -> None:
    steps = PROMPTS.derivations(question, held_out)
    if not steps:
        assert question.name == "single"
        return
    sample = PROMPTS.sample(question, steps, 240, rng())
    maps, vocabulary = functions(), WORLD.grammar.vocabulary
    for row, k, inputs, answer in zip(
        sample.prompts, sample.ids, sample.inputs, sample.answers, strict=True
    ):
        values = [inputs]
        for i in steps[k]:
            values.append(maps[i - 1][values[-1]])
        shown = values if question.printed else [values[0], values[-1]]
        items = np.stack([*shown, np.full(EXAMPLES, vocabulary.id(";"))], axis=1).reshape(-1)
        assert row.tolist() == items[: len(row)].tolist()
        assert answer == items[len(row)]
        assert inputs[-1] not in inputs[:-1]
        assert (steps[k] in WORLD.held_out) == held_out
    counts = np.bincount(sample.labels(question))
    assert len(set(counts[counts > 0])) == 1


@pytest.mark.parametrize("question", QUESTIONS[:5], ids=lambda question: question.name)
def test_places_are_where_they_say(question: Question) -> None:
    steps = PROMPTS.derivations(question)
    sample = PROMPTS.sample(question, steps, 48, rng())
    tokens = sample.prompts
    assert positions(question, "input") == [tokens.shape[1] - 1]
    assert (tokens[:, positions(question, "separators")] == WORLD.grammar.vocabulary.id(";")).all()
    other = replaced(PROMPTS, question, sample, rng())
    differ = (tokens != other.prompts).any(axis=0)
    label = positions(question, "labels")
    assert differ[label].all()
    assert not differ[[t for t in range(tokens.shape[1]) if t % question.length == 0]].any()
    np.testing.assert_array_equal(sample.inputs, other.inputs)
    for old, new in zip(sample.ids, other.ids, strict=True):
        changed = [a != b for a, b in zip(sample.steps[old], other.steps[new], strict=True)]
        assert changed == [k == question.factor for k in range(len(changed))]


def test_the_tables_of_a_network_that_knows_nothing(model: LanguageModel) -> None:
    tables = probe_tables(model, WORLD, 480)
    assert list(tables) == [question.name for question in QUESTIONS]
    for name, table in tables.items():
        chance = 0.5 if name == "depth" else 0.25
        assert table["chance"] == chance
        for measure in ("probe", "control", "new to the probe"):
            if name == "single" and measure != "probe":
                assert table[measure] is None
                continue
            assert len(table[measure]) == 2
            assert abs(table[measure][0] - chance) < 0.12  # the embedding knows nothing
        assert min(table["token control"]) > 0.9
    swaps = swap_tables(model, WORLD, 240)
    for table in swaps.values():
        assert set(table) == set(PLACES)
        for place in table.values():
            assert set(place) == {"probe", *SWAPS, "new to the network"}
            assert all(len(shares) == 2 for shares in place.values())
        # before the first layer, other labels are another prompt; separators are the same
        assert table["separators"]["exchange"][0] in (0, None)
        assert table["input"]["exchange"][0] in (0, None)


def test_a_world_whose_contexts_are_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="the world's contexts have 31 tokens"):
        Prompts(World(length=31))


def finished(out: Path, model: LanguageModel, seed: int) -> Path:
    folder = out / "quick" / "in-context" / f"seed{seed}"
    folder.mkdir(parents=True)
    run = {
        "name": f"in-context/seed{seed}",
        "model": asdict(CONFIG),
        "training": {"seed": seed},
        "world": asdict(WORLD),
    }
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "record.json").write_text("{}")
    torch.save(model.state_dict(), folder / "weights.pt")
    return folder


def test_finished_runs_are_probed_once(
    tmp_path: Path, model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = finished(tmp_path, model, 3)
    (first,) = probed_runs(tmp_path, count=240)
    assert first["name"] == "probes/seed3"
    assert set(first["evaluation"]) == {"trained", "random", "swaps"}
    assert json.loads((folder / "probes.json").read_text()) == first

    def again(*_: Any) -> None:
        raise AssertionError("probed twice")

    monkeypatch.setattr(probes, "probe_tables", again)
    assert list(probed_runs(tmp_path)) == [first]
    results = tmp_path / "results"
    done = CliRunner().invoke(app, ["probes", "--out", str(tmp_path), "--results", str(results)])
    assert done.exit_code == 0
    assert "probes/seed3" in done.output
    assert records("probes", results) == [first]


def test_no_finished_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no finished run of in-context"):
        next(probed_runs(tmp_path))
