"""Trained networks for the book's pages: rounded to 8 bits, and measured as rounded."""

import json
from pathlib import Path
from typing import Any

from ntp_lib.experiments.runs import load_model
from ntp_lib.experiments.tasks import divergence, measure_tasks
from ntp_lib.experiments.worlds import World
from ntp_lib.neural import export_transformer
from ntp_lib.theory.transformer_predictor import TransformerPredictor

WEIGHTS = "in-context-weights"
"""The experiment under whose name the weights are recorded."""


def rounded_network(folder: Path) -> dict[str, Any]:
    """Return the record of a finished run of `in-context`, with the network rounded to 8 bits.

    Its evaluation holds the `weights`, and `tasks` and `epsilon` of what numpy and a page compute
    with them; its losses and progress are left out.

    Parameters
    ----------
    folder : Path
        Of the run.

    Raises
    ------
    ValueError
        If the folder holds no finished run, or one of another kind.
    """
    model = load_model(folder)
    record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    if record.get("pretraining") != "loop":
        raise ValueError(
            f"{record['name']} is no network of the world itself; give a run of `in-context`"
        )
    world = World(**record["world"])
    weights = export_transformer(model, world.grammar.vocabulary)
    law = TransformerPredictor(weights).log_probabilities
    kept = {name: value for name, value in record.items() if name not in ("losses", "progress")}
    return kept | {
        "evaluation": {
            "tasks": measure_tasks(law, world, record["tasks"]),
            "epsilon": divergence(law, world),
            "weights": weights,
        }
    }
