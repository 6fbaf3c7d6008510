"""The network's context: network and exact predictor against numpy, and the page in use."""

from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator

from ntp_lib.show.network_context import LABELS
from ntp_lib.theory import BayesPredictor, direct, printed
from ntp_lib.theory.transformer_predictor import TransformerPredictor
from tests.browser.test_parity_widget import opened
from tests.show.networks import context, untrained, world

FULL, TRAINING = BayesPredictor(world(False)), BayesPredictor(world(True))
NETWORK = TransformerPredictor(untrained())


def hypothesis(state: dict[str, Any]) -> int:
    if state["task"] == "prop":
        names: tuple[str, ...] = ("Prop", state["proposition"])
    else:
        rule = [int(i) for i in state["rule"].split(",")]
        names = (direct if state["task"].startswith("dir") else printed)(*rule)
    return FULL.hypotheses.find(*names)


def as_in_python(shown: Locator) -> dict[str, Any]:
    """Compare what the page shows with numpy's losses for its state."""
    state: dict[str, Any] = shown.evaluate("(c) => ({...c.dataset, text_: c.innerText})")
    h, labels = hypothesis(state), LABELS[state["task"]]
    inputs = np.array([int(x) for x in state["inputs"].split(",") if x], dtype=np.int64)
    if not len(inputs):
        assert float(state["loss"]) == float(state["exact"]) == 0
        return state
    prompt = FULL.write(h, FULL.objects[inputs][None, :, None])
    item = labels + 2
    exact = (FULL if state["text"] == "full" else TRAINING).log_probabilities(prompt)[0]
    network = NETWORK.log_probabilities(prompt)[0]
    for name, law in (("loss", network), ("exact", exact)):
        true = law[np.arange(len(law)), prompt[0]].reshape(-1, item)[:, 1:-1]
        assert float(state[name]) == pytest.approx(-true.sum(), abs=1e-8)
        if name == "loss":
            best = (law.argmax(axis=1) == prompt[0]).reshape(-1, item)[:, 1:-1]
            assert int(state["errors"]) == (~best.all(axis=1)).sum()
            assert f"{-true.sum():.2f} nats" in state["text_"]
    if state["bound"]:
        assert float(state["exact"]) <= float(state["bound"]) + 1e-9
    return state


def test_examples_one_at_a_time(browser: Browser) -> None:
    with opened(browser, context()) as page:  # type: ignore[arg-type]
        shown = page.locator(".ntp-net")
        assert "No example yet" in as_in_python(shown)["text_"]
        for x in (3, 7, 3):
            page.get_by_role("button", name=f"Add input {x};").click()
            page.wait_for_timeout(50)
            as_in_python(shown)
        assert as_in_python(shown)["inputs"] == "3,7,3"
        page.get_by_role("button", name="Take one back").press("Enter")
        for _ in range(3):
            page.get_by_role("button", name="Draw five").click()
        page.wait_for_timeout(50)
        state = as_in_python(shown)
        assert len(state["inputs"].split(",")) == 13
        assert state["full"] == "true"
        assert "The context is full" in state["text_"]
        page.get_by_role("button", name="Start again").click()
        page.wait_for_timeout(50)
        assert as_in_python(shown)["inputs"] == ""


@pytest.mark.parametrize(
    ("task", "rule"), [("dir2", [3, 1]), ("cot2", [2, 2]), ("cot3", [1, 3, 2]), ("prop", [1])]
)
@pytest.mark.parametrize("text", ["training", "full"])
def test_every_number_is_numpys(browser: Browser, task: str, rule: list[int], text: str) -> None:
    given = context(task=task, rule=rule, text=text, inputs=[3, 1, 4, 1, 5, 2, 6])
    with opened(browser, given) as page:  # type: ignore[arg-type]
        state = as_in_python(page.locator(".ntp-net"))
        assert state["held"] == "false"
        assert state["bound"]


def test_a_pair_that_is_held_out_is_marked(browser: Browser) -> None:
    given = context(task="dir2", rule=[1, 2], inputs=[0, 1, 2, 3])
    with opened(browser, given) as page:  # type: ignore[arg-type]
        shown = page.locator(".ntp-net")
        state = as_in_python(shown)
        assert (state["held"], state["bound"]) == ("true", "")
        assert "D = ∞" in state["text_"]
        assert page.get_by_label("Function 2").inner_text().count("held out") == 1
        page.get_by_label("all pairs").check()
        page.wait_for_timeout(50)
        assert float(as_in_python(shown)["bound"]) > 0
        page.get_by_label("two, as a chain").check()
        page.get_by_label("training", exact=True).check()
        page.wait_for_timeout(50)
        state = as_in_python(shown)  # a chain that the training grammar cannot write
        assert state["exact"] == "Infinity"
        assert "It has no law from there on" in state["text_"]


def test_every_knob_moves_the_numbers(browser: Browser) -> None:
    with opened(browser, context(inputs=[1, 2, 3, 4])) as page:  # type: ignore[arg-type]
        shown = page.locator(".ntp-net")
        seen = [as_in_python(shown)]

        def now() -> dict[str, Any]:
            page.wait_for_timeout(50)
            seen.append(as_in_python(shown))
            return seen[-1]

        page.get_by_label("Function 1").select_option("3")
        assert now()["rule"] == "3"
        page.get_by_label("three, as a chain").check()
        assert now()["rule"] == "3,3,3"
        page.get_by_label("a proposition").check()
        page.get_by_label("Proposition", exact=True).select_option("¬A2")
        assert now()["proposition"] == "¬A2"
        assert len({state["loss"] for state in seen}) == len(seen)


def test_an_example_shows_what_was_expected_of_it(browser: Browser) -> None:
    given = context(task="cot2", rule=[1, 3], inputs=[5, 6, 7])
    with opened(browser, given) as page:  # type: ignore[arg-type]
        assert page.get_by_text("What both expected at example 3").is_visible()
        page.get_by_role("button", name="Example 1:").press("Enter")
        assert page.get_by_text("What both expected at example 1: 5").is_visible()
        assert page.locator(".ntp-net-laws > div").count() == 2
        bars = page.locator(".ntp-net-laws li i").evaluate_all(
            "(bars) => bars.map((bar) => parseFloat(bar.style.getPropertyValue('--p')))"
        )
        found = np.array(bars).reshape(2, 9, 2)  # labels, objects and the rest, both predictors
        np.testing.assert_allclose(found.sum(axis=1), 100, atol=1e-3)
        prompt = FULL.write(FULL.hypotheses.find(*printed(1, 3)), FULL.objects[[[[5]]]])
        law = np.exp(NETWORK.log_probabilities(prompt)[0][1:3])[:, FULL.objects]
        np.testing.assert_allclose(found[:, :8, 0], 100 * law, atol=1e-3)


def test_two_on_one_page_are_two(browser: Browser) -> None:
    with opened(browser, context(inputs=[2]), context(inputs=[3])) as page:  # type: ignore[arg-type]
        first, second = page.locator(".ntp-net").all()
        first.get_by_role("button", name="Start again").click()
        first.get_by_label("a proposition").check()
        page.wait_for_timeout(50)
        assert as_in_python(first)["task"] == "prop"
        assert (as_in_python(second)["inputs"], as_in_python(second)["task"]) == ("3", "dir1")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 760])
def test_it_fits_and_is_accessible(browser: Browser, theme: str, width: int) -> None:
    given = context(task="cot3", rule=[1, 3, 2], inputs=[0, 1, 2, 3, 4, 5, 6])
    with opened(browser, given, theme=theme, width=width) as page:  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations = Axe().run(page).response["violations"]
        assert [v for v in violations if v["impact"] in ("serious", "critical")] == []
