import re
import subprocess
import sys
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.figure
import matplotlib.pyplot as plt
import pytest
from IPython.core.interactiveshell import InteractiveShell

from ntp_lib.show import BLUE, INK, LINE, MUTED, ORANGE, Figure, style

PALETTE = {INK, MUTED, LINE, BLUE, ORANGE}


@pytest.fixture(autouse=True, scope="module")
def _no_window() -> None:
    mpl.use("agg")


def drawing() -> matplotlib.figure.Figure:
    with style():
        fig, axes = plt.subplots()
        axes.plot([1, 2, 3], [0.66, 0.9, 1.0], label="proved $1 - 2^{-n}$")
        axes.plot([1, 2, 3], [0.6, 0.8, 1.0], "o", color=ORANGE, label="measured")
        axes.fill_between([1, 2, 3], [0.6, 0.8, 1.0], [0.66, 0.9, 1.0], color=BLUE, alpha=0.2)
        axes.text(1, 0.7, "0.65625 of them & more", color=MUTED)
        axes.set(xlabel="tokens", ylabel="accuracy", title="A title")
        axes.grid(visible=True)
        axes.legend()
    return fig


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_a_figure_says_in_words_what_it_shows(alt: str) -> None:
    fig = drawing()
    with pytest.raises(ValueError, match="alt is empty; say in words"):
        Figure(fig, alt=alt)
    plt.close(fig)


def test_the_svg_is_labelled_responsive_and_bare() -> None:
    root = ElementTree.fromstring(Figure(drawing(), alt='A <rise> & a "fall"').svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'A <rise> & a "fall"'
    assert re.fullmatch(r"0 0 [\d.]+ [\d.]+", root.get("viewBox", ""))
    assert "width: 100%" in root.get("style", "")
    assert root.get("width") is root.get("height") is None
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not tags & {"style", "metadata", "title", "script", "image"}


def test_every_colour_follows_the_page() -> None:
    svg = Figure(drawing(), alt="Two lines.").svg
    for name, colour in {"blue": BLUE, "orange": ORANGE, "muted": MUTED, "line": LINE}.items():
        assert f"var(--ntp-{name}, {colour})" in svg
    assert "currentColor" in svg
    without_fallbacks = re.sub(r"var\(--ntp-[a-z]+, #[0-9a-f]{6}\)", "", svg)
    assert not re.findall(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b", without_fallbacks)


def test_text_is_text_in_the_page_s_typeface() -> None:
    root = ElementTree.fromstring(Figure(drawing(), alt="Two lines.").svg)
    texts = ["".join(element.itertext()) for element in root.iter() if element.tag.endswith("text")]
    assert {"tokens", "accuracy", "A title", "0.65625 of them & more"} <= set(texts)
    assert any(text.startswith("proved") and text.endswith("n") for text in texts)
    assert "font-family" not in ElementTree.tostring(root, encoding="unicode")


def test_the_same_drawing_gives_the_same_bytes() -> None:
    first, second = Figure(drawing(), alt="Two lines."), Figure(drawing(), alt="Two lines.")
    assert first == second
    assert first.svg == second.svg
    assert first.png == second.png


def test_two_figures_on_one_page_share_no_id() -> None:
    one = drawing()
    with style():
        other, axes = plt.subplots()
        axes.plot([0, 1], [0, 2], "o-")
    ids = [
        set(re.findall(r' id="([^"]+)"', Figure(fig, alt="The same words.").svg))
        for fig in (one, other)
    ]
    assert ids[0]
    assert ids[1]
    assert not ids[0] & ids[1]


def test_every_reference_has_its_target() -> None:
    svg = Figure(drawing(), alt="Two lines.").svg
    targets = re.findall(r' id="([^"]+)"', svg)
    assert len(targets) == len(set(targets))
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', svg)) == set(targets)


def test_it_offers_html_png_and_words() -> None:
    InteractiveShell.clear_instance()
    formatter = InteractiveShell.instance().display_formatter
    assert formatter is not None
    offered, _ = formatter.format(Figure(drawing(), alt="Two lines.", caption="Less < more"))
    InteractiveShell.clear_instance()
    assert set(offered) == {"text/html", "image/png", "text/plain"}
    assert offered["text/html"].startswith('<figure class="ntp-figure"><svg')
    assert offered["text/html"].endswith("<figcaption>Less &lt; more</figcaption></figure>")
    assert offered["image/png"].startswith(b"\x89PNG")
    assert offered["text/plain"] == "Figure: Two lines."


def test_the_figure_is_closed_so_that_a_notebook_shows_it_once() -> None:
    fig = drawing()
    Figure(fig, alt="Two lines.")
    assert fig.number not in plt.get_fignums()


def test_style_and_figure_leave_the_settings_alone() -> None:
    before = dict(mpl.rcParams)
    Figure(drawing(), alt="Two lines.")
    assert dict(mpl.rcParams) == before


def test_importing_changes_no_setting_and_the_library_itself_imports_no_floor_above() -> None:
    code = """
import sys
import ntp_lib
assert not {"matplotlib", "anywidget", "torch", "numpy"} & set(sys.modules), "import ntp_lib"
import ntp_lib.theory
assert not {"matplotlib", "anywidget", "torch"} & set(sys.modules), "import ntp_lib.theory"
import matplotlib
settings = lambda: {k: matplotlib.rcParams[k] for k in matplotlib.rcParams if k != "backend"}
before = settings()
import ntp_lib.show
assert settings() == before, "rcParams"
assert "torch" not in sys.modules, "torch"
"""
    subprocess.run([sys.executable, "-c", code], check=True)
