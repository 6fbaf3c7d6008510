"""The files of a widget's JavaScript module."""

from pathlib import Path


def module(*names: str) -> str:
    """Return the files of this folder, joined in order into the text of one module.

    A static page cannot resolve imports, so a widget's module is `linear.js`, `dom.js` and the
    widget's own file, joined. The first comment of `linear.js` says how they fit.

    Raises
    ------
    OSError
        If there is no such file.

    Examples
    --------
    >>> "function readAt(" in module("linear.js", "dom.js")
    True
    """
    folder = Path(__file__).parent
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
