"""The probe map as a reader uses it."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator

from ntp_lib.show import ProbeMap
from ntp_lib.show.probe_map import MEASURES, NETWORKS
from tests.browser.test_parity_widget import opened
from tests.show.probe_records import QUESTIONS, record

RECORDS = [record(seed) for seed in range(3)]


def text_of(value: float | None) -> str:
    if value is None:
        return "–"
    text = f"{abs(value):.2f}".removeprefix("0")
    return f"−{text}" if value < -0.005 else text


def assert_as_in_python(shown: Locator) -> dict[str, Any]:
    """Every cell shows the mean that Python sends for the network and the measure."""
    state: dict[str, Any] = shown.evaluate("(el) => ({...el.dataset})")
    model = ProbeMap(RECORDS)
    cells = model.map["cells"][state["network"]][state["measure"]]
    written = [
        [text_of(cell and cell["mean"]) for cell in row]
        for row in reversed(cells)  # the last layer is on top
    ]
    rows = shown.locator("tbody tr").all()
    assert [row.locator("button").all_inner_texts() for row in rows] == written
    cell = cells[int(state["layer"])][QUESTIONS.index(state["question"])]
    assert state["value"] == ("" if cell is None else str(cell["mean"]).removesuffix(".0"))
    model.close()
    return state


def test_every_switch_shows_its_table(browser: Browser) -> None:
    with opened(browser, ProbeMap(RECORDS)) as page:  # type: ignore[arg-type]
        shown = page.locator(".ntp-probe")
        assert assert_as_in_python(shown)["measure"] == "probe"
        for network in NETWORKS:
            shown.locator(f"input[value='{network}']").check()
            for measure in MEASURES:
                shown.locator(f"input[value='{measure}']").check()
                page.wait_for_timeout(20)
                state = assert_as_in_python(shown)
                assert (state["network"], state["measure"]) == (network, measure)


def test_values_by_keyboard_and_by_hover(browser: Browser) -> None:
    with opened(browser, ProbeMap(RECORDS)) as page:  # type: ignore[arg-type]
        shown = page.locator(".ntp-probe")
        start = shown.locator("button[data-here=true]")
        assert start.count() == shown.locator("button[tabindex='0']").count() == 1
        start.focus()
        for key in ("ArrowLeft", "ArrowLeft", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"):
            page.keyboard.press(key)
        state = assert_as_in_python(shown)
        assert (state["layer"], state["question"]) == ("0", "chain second")
        assert "Trained network, embedding." in shown.inner_text()
        shown.locator("tbody tr").nth(1).locator("button").nth(4).hover()
        state = assert_as_in_python(shown)
        assert (state["layer"], state["question"]) == ("2", "hidden second")
        shares = [r["evaluation"]["trained"]["hidden second"]["control"][2] for r in RECORDS]
        assert f"{text_of(min(shares))} to {text_of(max(shares))}" in shown.inner_text()


def test_two_on_one_page_are_two(browser: Browser) -> None:
    views = ProbeMap(RECORDS), ProbeMap(RECORDS, "random", "control")
    with opened(browser, *views) as page:  # type: ignore[arg-type]
        first, second = page.locator(".ntp-probe").all()
        first.locator("input[value=selectivity]").check()
        page.wait_for_timeout(20)
        assert assert_as_in_python(first)["measure"] == "selectivity"
        assert assert_as_in_python(second)["measure"] == "control"
        assert second.locator("input[value=random]").is_checked()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 760])
def test_it_fits_and_is_accessible(browser: Browser, theme: str, width: int) -> None:
    with opened(browser, ProbeMap(RECORDS), theme=theme, width=width) as page:  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations = Axe().run(page).response["violations"]
        assert [v for v in violations if v["impact"] in ("serious", "critical")] == []
