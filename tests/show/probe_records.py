"""Made-up probes in the form in which they are recorded."""

from typing import Any

import numpy as np

QUESTIONS = (
    "single",
    "chain first",
    "chain second",
    "hidden first",
    "hidden second",
    "depth",
)


def record(seed: int, layers: int = 3) -> dict[str, Any]:
    """Return shares that differ from cell to cell; a single function has only some of them."""
    rng = np.random.default_rng(seed)

    def shares() -> list[float]:
        return rng.random(layers + 1).round(4).tolist()

    def table() -> dict[str, Any]:
        return {
            name: {
                "chance": 0.5 if name == "depth" else 0.25,
                "right": {"seen": 0.9, "held out": 0.3},
                "probe": shares(),
                "token control": shares(),
                "control": None if name == "single" else shares(),
                "new to the probe": None if name == "single" else shares(),
                "new to the network": None if name == "single" else shares(),
            }
            for name in QUESTIONS
        }

    return {
        "name": f"probes/seed{seed}",
        "commit": "0123456789abcdef",
        "evaluation": {"trained": table(), "random": table()},
    }
