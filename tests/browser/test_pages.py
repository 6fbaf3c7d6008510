"""What holds on every page of the built book."""

import gzip
import json
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page
from sphinx_external_toc.parsing import parse_toc_yaml

from tests.browser.conftest import HTML, ROOT, settle, watch

TOC = parse_toc_yaml(ROOT / "_toc.yml")
CHAPTERS = [name for name in TOC if (ROOT / f"{name}.ipynb").exists()]
PAGES = [*TOC, "search", "genindex"]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()

# What the theme does and this book cannot mend from outside: rule, part of the selector, why.
OWNED_BY_THE_THEME = [
    ("region", ".title", "the theme sets the book's name in its sidebar outside any landmark"),
]


def use_theme(page: Page, theme: str) -> None:
    page.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
    )


def brightness(page: Page, selector: str, colour: str) -> float:
    """Return the mean of the red, green and blue that the browser computed, from 0 to 255."""
    return page.eval_on_selector(
        selector,
        """(el, colour) => {
            const [r, g, b] = getComputedStyle(el)[colour].match(/[\\d.]+/g).map(Number);
            return (r + g + b) / 3;
        }""",
        colour,
    )


@pytest.mark.parametrize("name", PAGES)
def test_page_loads_from_its_own_server_without_complaint(page: Page, name: str) -> None:
    page.goto(f"/{name}.html")
    settle(page)
    assert page.title()
    # The fixture asserts that there was no other request, no error and no warning.


@pytest.mark.parametrize("name", TOC)
def test_page_opens_from_a_file(browser: Browser, name: str) -> None:
    if not HTML.exists():
        pytest.skip("The book is not built: run make book first.")
    context = browser.new_context()
    page = context.new_page()
    account = watch(page)
    page.goto((HTML / f"{name}.html").as_uri())
    settle(page)
    context.close()
    assert account.foreign(HTML.as_uri()) == []
    assert account.problems == []


@pytest.mark.parametrize("name", TOC)
def test_dark_mode_is_dark(page: Page, name: str) -> None:
    use_theme(page, "dark")
    page.goto(f"/{name}.html")
    assert brightness(page, "body", "backgroundColor") < 60
    assert brightness(page, ".bd-article", "color") > 180


@pytest.mark.parametrize("name", TOC)
def test_phone_needs_no_sideways_scrolling(page: Page, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/{name}.html")
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", TOC)
def test_axe_finds_nothing_of_ours(page: Page, name: str, theme: str) -> None:
    use_theme(page, theme)
    page.goto(f"/{name}.html")
    settle(page)
    page.evaluate(AXE)
    violations = page.evaluate("axe.run({preload: false})")["violations"]
    ours = [
        f"{violation['id']}: {node['target']}: {node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"]
        if not any(
            violation["id"] == rule and part in json.dumps(node["target"])
            for rule, part, _ in OWNED_BY_THE_THEME
        )
    ]
    assert ours == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_mathematics_is_typeset(page: Page, name: str) -> None:
    page.goto(f"/{name}.html")
    settle(page)
    sources = page.locator("span.math, div.math").count()
    assert sources > 0
    assert page.locator("mjx-container").count() >= sources
    assert page.locator("mjx-merror").count() == 0


@pytest.mark.parametrize("name", CHAPTERS)
def test_icons_have_their_face(page: Page, name: str) -> None:
    """The theme's script for icons is removed; its web fonts must draw them all the same."""
    page.goto(f"/{name}.html")
    settle(page)
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('900 16px \"Font Awesome 6 Free\"')")
    assert page.locator(".fa-bars").first.bounding_box()["width"] > 8


@pytest.mark.parametrize("name", CHAPTERS)
def test_kernel_widgets_show_their_starting_state(page: Page, name: str) -> None:
    page.goto(f"/{name}.html")
    settle(page)
    for figure in page.locator("figure.ntp-static").all():
        assert "Live in Jupyter or Colab" in figure.inner_text()
        assert figure.locator(":scope > :not(figcaption)").count() > 0
    assert page.locator(".ntp-widget[role=alert]").count() == 0


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_is_light_to_load(page: Page, name: str, record_property) -> None:
    """A chapter, with its mathematics, figures and fonts, is less than 1 MB compressed."""
    sizes: dict[str, int] = {}

    def weigh(response) -> None:
        if response.url.startswith("http"):
            body = response.body()
            packed = response.url.endswith((".woff2", ".png"))
            sizes[response.url] = len(body if packed else gzip.compress(body, 6))

    responses = []
    page.on("response", lambda response: responses.append(response))
    page.goto(f"/{name}.html")
    settle(page)
    first_widget_ms = page.evaluate("performance.now()")
    page.wait_for_load_state("networkidle")
    for response in responses:
        weigh(response)
    total = sum(sizes.values())
    record_property(
        "measured",
        f"{name}: {len(sizes)} requests, {total / 1000:.0f} kB compressed; "
        f"every widget usable after at most {first_widget_ms:.0f} ms",
    )
    assert total < 1_000_000
