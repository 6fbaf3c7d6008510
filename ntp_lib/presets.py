"""How much work a notebook does: the presets."""

import os

PRESETS = ("quick", "standard", "paper")


def preset() -> str:
    """Return the preset that notebooks run at: `quick`, `standard` or `paper`.

    It is read from the environment variable `NTP_PRESET` and is `quick` when that is not set.

    Raises
    ------
    ValueError
        If `NTP_PRESET` is set to anything else.

    Examples
    --------
    >>> preset() in ("quick", "standard", "paper")
    True
    """
    name = os.environ.get("NTP_PRESET", "quick")
    if name not in PRESETS:
        raise ValueError(
            f"NTP_PRESET is {name!r}, which is no preset; set it to one of {', '.join(PRESETS)}"
        )
    return name
