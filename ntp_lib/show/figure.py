"""Figures that suit a light page, a dark page, a phone and print."""

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, field
from html import escape
from typing import Any

import matplotlib as mpl
import matplotlib.figure
import matplotlib.pyplot as plt
from cycler import cycler

INK = "#1d2330"
"""Axes' labels, titles and whatever has the colour of the text."""
MUTED = "#5b6472"
"""What stands back: ticks, notes, comparisons."""
LINE = "#d9d6cf"
"""Axes and grids."""
BLUE = "#1f5fa8"
"""What is proved."""
ORANGE = "#b4530a"
"""What is measured."""

_IN_A_PAGE = {
    INK: "currentColor",
    MUTED: f"var(--ntp-muted, {MUTED})",
    LINE: f"var(--ntp-line, {LINE})",
    BLUE: f"var(--ntp-blue, {BLUE})",
    ORANGE: f"var(--ntp-orange, {ORANGE})",
}

_STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, MUTED, INK]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.figsize": (5.4, 3.2),  # on a phone its text is still 10 pixels high
    "font.family": "sans-serif",
    "font.size": 10,
    "grid.color": LINE,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.8,
    "text.color": INK,
    "xtick.color": LINE,
    "xtick.labelcolor": MUTED,
    "ytick.color": LINE,
    "ytick.labelcolor": MUTED,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the book's style: its palette, light axes, room for phones.

    It holds inside the `with` block only; matplotlib's settings are what they were after it.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> with style():
    ...     fig, axes = plt.subplots()
    ...     lines = axes.plot([1, 2, 3], [0.66, 0.89, 1.0])
    >>> Figure(fig, alt="Accuracy rises from 0.66 to 1 as the chain grows from 1 to 3 tokens.")
    Figure: Accuracy rises from 0.66 to 1 as the chain grows from 1 to 3 tokens.
    """
    with mpl.rc_context(_STYLE):
        yield


@dataclass(frozen=True, repr=False)
class Figure:
    """A finished figure that displays itself, with the text that stands for it.

    In a page it is an inline SVG whose palette follows the page's light or dark theme, in the
    page's typeface, as wide as there is room; where no SVG can be shown it is a PNG or the
    alternative text. The same drawing gives the same bytes. The matplotlib figure is closed.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        Drawn in the colours INK, MUTED, LINE, BLUE and ORANGE, best inside `style()`.
    alt : str
        What the figure shows, for a reader who does not see it.
    caption : str, optional
        A line under the figure.

    Attributes
    ----------
    svg : str
        The inline SVG.
    png : bytes
        The same on white, at 200 dots an inch.

    Raises
    ------
    ValueError
        If `alt` is empty.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, axes = plt.subplots()
    >>> Figure(fig, alt="Empty axes.").svg[:4]
    '<svg'
    """

    fig: InitVar[matplotlib.figure.Figure]
    alt: str
    caption: str = ""
    svg: str = field(init=False)
    png: bytes = field(init=False, compare=False)

    def __post_init__(self, fig: matplotlib.figure.Figure) -> None:
        if not self.alt.strip():
            raise ValueError("alt is empty; say in words what the figure shows")
        object.__setattr__(self, "svg", _themed(_drawn_svg(fig), self.alt))
        png = io.BytesIO()
        fig.savefig(png, format="png", dpi=200, facecolor="white")
        object.__setattr__(self, "png", png.getvalue())
        plt.close(fig)

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_html_(self) -> str:
        caption = f"<figcaption>{escape(self.caption)}</figcaption>" if self.caption else ""
        return f'<figure class="ntp-figure">{self.svg}{caption}</figure>'

    def _repr_png_(self) -> bytes:
        return self.png


def _drawn_svg(fig: matplotlib.figure.Figure) -> str:
    """Return matplotlib's SVG, with text as text and no date."""
    text = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        fig.savefig(text, format="svg", transparent=True, metadata=nothing)
    return text.getvalue()


def _themed(svg: str, alt: str) -> str:
    """Return the bare, labelled, responsive svg element, in the page's colours and typeface."""
    size = re.search(r'<svg[^>]*? width="([\d.]+)pt"[^>]*? viewBox="([^"]+)"', svg)
    assert size, "matplotlib writes the width and the viewBox"
    drawing = svg[svg.index(">", size.start()) + 1 :]
    drawing = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r"<!--.*?-->", "", drawing, flags=re.DOTALL)
    for colour, themed in _IN_A_PAGE.items():
        drawing = drawing.replace(colour, themed)
    drawing = re.sub(r"font-family: [^;\"]*;? ?", "", drawing)
    # A formula's letters stand where another typeface would put them: let them run on.
    drawing = re.sub(r'(</tspan>\s*<tspan) x="[^"]*"', r"\1", drawing)
    drawing = re.sub(r' transform="rotate\(-?0 [^"]*"', "", drawing)
    drawing = re.sub(r' (?:d|x|y)="[^"]*"', _rounded, drawing)
    drawing = re.sub(r">\s*\n\s*<", "><", drawing)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{size[2]}" role="img" aria-label="{escape(alt)}" style="width: 100%; '
        f"max-width: {float(size[1]) * 4 / 3:.0f}px; height: auto; "
        f'stroke-linejoin: round; stroke-linecap: butt">{_own_ids(drawing)}'
    ).strip()


def _rounded(attribute: re.Match[str]) -> str:
    """Keep two decimals of a coordinate: a fiftieth of a pixel."""
    short = re.sub(r"\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}", attribute[0])
    return re.sub(r"\s+", " ", short)


def _own_ids(drawing: str) -> str:
    """Keep the ids that are referred to, and name them after the drawing.

    matplotlib's depend on addresses, and would be the same in two figures of a page.
    """
    named = dict.fromkeys(re.findall(r'(?:href="|url\()#([^")]+)', drawing))
    drawing = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in named else "", drawing)
    for k, name in enumerate(named):
        drawing = drawing.replace(name, f"ntp-ID-{k}")
    return drawing.replace("ntp-ID-", f"ntp-{hashlib.sha256(drawing.encode()).hexdigest()[:8]}-")
