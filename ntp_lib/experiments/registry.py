"""The experiments by name."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from ntp_lib.experiments import in_context, multiplication, small, stories
from ntp_lib.experiments.runs import Run
from ntp_lib.presets import PRESETS

EXPERIMENTS: dict[str, Callable[[str], Iterable[Run]]] = {
    "in-context": in_context.networks,
    "in-context-contrasts": in_context.contrasts,
    "in-context-sizes": in_context.sizes,
    "multiplication": multiplication.every_chain,
    "multiplication-4x4": multiplication.four_by_four,
    "multiplication-4x4-chains": multiplication.other_chains,
    "multiplication-digits": multiplication.more_digits,
    "multiplication-dial": small.multipliers,
    "multiplication-longer": multiplication.longer_numbers,
    "multiplication-paper": multiplication.the_paper,
    "stories": stories.every_story,
    "story-writer": small.writers,
}
"""Each experiment as a function of the preset."""


def runs(experiment: str, preset: str, only: str = "*") -> list[Run]:
    """Return the runs of an experiment whose names match a pattern.

    Raises
    ------
    ValueError
        If there is no such experiment or preset, or no name matches.

    Examples
    --------
    >>> [run.name for run in runs("multiplication-4x4", "quick")]
    ['multiplication-4x4/4x4/columns/linear/seed0']
    """
    if experiment not in EXPERIMENTS:
        raise ValueError(f"{experiment!r} is no experiment; choose {', '.join(EXPERIMENTS)}")
    if preset not in PRESETS:
        raise ValueError(f"{preset!r} is no preset; choose {', '.join(PRESETS)}")
    every = list(EXPERIMENTS[experiment](preset))
    if not every:
        raise ValueError(f"{experiment} has no runs at {preset}; choose another preset")
    chosen = [run for run in every if fnmatchcase(run.name, only)]
    if not chosen:
        raise ValueError(
            f"{only!r} matches none of the {len(every)} runs of {experiment} at {preset}, such as "
            f"{every[0].name}; in a pattern * stands for anything"
        )
    return chosen
