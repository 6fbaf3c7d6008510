"""The dial of emergence: what it draws is what was recorded, and the page in use."""

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator

from ntp_lib.show import EmergenceDial
from tests.browser.test_parity_widget import opened
from tests.experiments.learning_curves import TASKS, record, tasks_at

EXACT = tasks_at(1e9)
HALVES = {task: (0.1 + EXACT[task]["accuracy"][3]) / 2 for task in TASKS}


def dial_of(**given: Any) -> EmergenceDial:
    runs = [
        record(name=f"{width}/{seed}", width=width, speed=width / 32 + seed / 8, seed=seed)
        for width in (16, 64)
        for seed in (0, 1)
    ]
    return EmergenceDial(runs, EXACT, HALVES, **given)


def assert_as_in_python(root: Locator, dial: EmergenceDial) -> dict[str, Any]:
    """Compare the cards and the tasks that have emerged with the recorded means."""
    state: dict[str, Any] = root.evaluate(
        """(root) => ({...root.dataset, cards: [...root.querySelectorAll('[data-task]')]
            .map((card) => ({...card.dataset}))})"""
    )
    network = dial.networks[int(state["size"])]
    k, measure = network["tokens"].index(int(state["tokens"])), state["measure"]
    emerged = [
        task for task in TASKS if network["mean"][task]["accuracy"][k][3] >= HALVES[task] - 5e-5
    ]  # fmt: skip
    assert state["emerged"] == ",".join(emerged)
    assert [card["task"] for card in state["cards"]] == state["shown"].split(",")
    for card in state["cards"]:
        task = card["task"]
        assert float(card["network"]) == network["mean"][task][measure][k][3]
        assert float(card["exact"]) == pytest.approx(EXACT[task][measure][3], abs=1e-4)
        assert (card["emerged"] == "true") == (task in emerged)
    return state


def test_the_knobs_by_keyboard(browser: Browser) -> None:
    dial = dial_of()
    with opened(browser, dial) as page:  # type: ignore[arg-type]
        root = page.locator(".ntp-emerge")
        end = assert_as_in_python(root, dial)
        page.locator(".ntp-emerge-tokens").press("Home")
        start = assert_as_in_python(root, dial)
        assert len(start["emerged"]) < len(end["emerged"])
        assert page.locator(".ntp-emerge-tokens").get_attribute("aria-valuetext") == "1,000 tokens"
        page.locator(".ntp-emerge-tokens").press("ArrowRight")
        assert assert_as_in_python(root, dial)["tokens"] == "2000"
        page.locator(".ntp-emerge-size").press("Home")
        smaller = assert_as_in_python(root, dial)
        assert (smaller["size"], smaller["tokens"]) == ("0", "2000")


def test_measure_and_tasks_are_switched(browser: Browser) -> None:
    dial = dial_of()
    with opened(browser, dial) as page:  # type: ignore[arg-type]
        root = page.locator(".ntp-emerge")
        page.get_by_label("log-loss").check()
        assert assert_as_in_python(root, dial)["measure"] == "loss"
        for task in TASKS[:-1]:
            page.get_by_label(task, exact=True).uncheck()
        assert assert_as_in_python(root, dial)["shown"] == TASKS[-1]
        page.get_by_label(TASKS[-1], exact=True).click()  # the last one stays
        assert page.get_by_label(TASKS[-1], exact=True).is_checked()
        assert assert_as_in_python(root, dial)["shown"] == TASKS[-1]


def test_two_on_one_page_do_not_disturb_each_other(browser: Browser) -> None:
    pair = dial_of(), dial_of(measure="loss")
    with opened(browser, *pair) as page:  # type: ignore[arg-type]
        first, second = page.locator(".ntp-emerge").all()
        first.locator(".ntp-emerge-tokens").press("Home")
        first.get_by_label("log-loss").check()
        first.get_by_label("accuracy").check()
        assert assert_as_in_python(first, pair[0])["measure"] == "accuracy"
        state = assert_as_in_python(second, pair[1])
        assert (state["measure"], state["tokens"]) == ("loss", "32000")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible(browser: Browser, theme: str) -> None:
    with opened(browser, dial_of(), theme=theme) as page:  # type: ignore[arg-type]
        found = Axe().run(page, context=".ntp-emerge").response["violations"]
        assert not found, json.dumps(found, indent=1)[:3000]


def test_it_fits_a_phone(browser: Browser) -> None:
    with opened(browser, dial_of(), width=390) as page:  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
