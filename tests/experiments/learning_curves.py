"""Made-up records of networks that learn in context, in the shape of real ones."""

from math import exp, log
from typing import Any

CHECKPOINTS = (1, 2, 4, 8, 16, 32)
LABELS = {"dir1": 1, "dir2": 1, "cot2": 2, "cot3": 3, "prop": 1}
TASKS = (*LABELS, "dir2 held out", "cot2 held out")
EXAMPLES = 6


def tasks_at(tokens: float, speed: float = 1.0) -> dict[str, dict[str, list[float]]]:
    """Every task measured after so many tokens: accuracy rises smoothly, later tasks later."""
    found = {}
    for place, task in enumerate(TASKS):
        labels = LABELS.get(task, 1)
        known = 1 / (1 + exp(-2 * (log(tokens * speed) - place)))
        right = [(0.125 + 0.875 * known * (1 - 0.5**i)) ** labels for i in range(EXAMPLES)]
        found[task] = {
            "accuracy": [round(p, 5) for p in right],
            "loss": [round(-log(p), 5) for p in right],
        }
    return found


def record(
    name: str = "in-context/main/seed0",
    seed: int = 0,
    width: int = 64,
    layers: int = 3,
    speed: float = 1.0,
    epsilon: float = 0.5,
    tokens: int = 1000,
) -> dict[str, Any]:
    """A finished run; `tokens` are those of one step."""
    model = {
        "kind": "transformer", "vocabulary": 12, "positions": 39, "width": width,
        "layers": layers, "heads": 4,
    }  # fmt: skip
    return {
        "name": name,
        "model": model,
        "training": {"seed": seed, "steps": CHECKPOINTS[-1]},
        "pretraining": "loop",
        "world": {"objects": 8, "functions": 4, "length": 40},
        "parameters": 100 * width * layers,
        "tokens": tokens * CHECKPOINTS[-1],
        "commit": "0" * 40,
        "progress": [{"step": step, "tasks": tasks_at(step, speed)} for step in CHECKPOINTS],
        "evaluation": {
            "tasks": tasks_at(CHECKPOINTS[-1], speed),
            "epsilon": {"nats": epsilon, "standard_error": 0.01},
        },
    }
