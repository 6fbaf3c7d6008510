"""The learning dial as a reader uses it: what the page learns and measures is what Python does."""

import json
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator

from ntp_lib.core import PerStep, evaluate
from ntp_lib.show import LearningDial
from ntp_lib.show.learning_dial import EPOCHS, FRESH, FRESH_SEED, TRAINING_SEED
from ntp_lib.theory import (
    BITS,
    Examples,
    StreamTask,
    compression_bound,
    per_step_bound,
    perceptron,
)
from tests.browser.test_parity_widget import opened

READ = """(dial) => ({
    ...dial.dataset,
    columns: [...dial.querySelectorAll(".ntp-learn-columns > div")].map((column) => ({
        first: column.dataset.first,
        tokens: [...column.querySelectorAll("b")].map((cell) => cell.textContent).join(""),
        wrong: [...column.querySelectorAll("b")].map((cell) => cell.dataset.wrong),
    })),
    text: dial.innerText,
})"""


def assert_as_in_python(dial: Locator) -> dict[str, Any]:
    """Learn the same thing with the library and compare every number that the page shows."""
    state: dict[str, Any] = dial.evaluate(READ)
    samples, tokens, seed = (int(state[name]) for name in ("samples", "tokens", "seed"))
    shared = state["shared"] == "true"
    task = StreamTask(tokens, seed)
    n = task.prompt_length
    sequences = task.complete(task.prompts(samples, seed + TRAINING_SEED))
    examples = Examples.of(BITS, sequences, n, task.look_backs)
    parts = [examples] if shared else examples.by_step()
    learned = [perceptron(part, EPOCHS) for part in parts]
    steps = [one.predictor for one in learned]
    predictor = steps[0] if shared else PerStep(n, steps)
    fresh = task.prompts(FRESH, seed + FRESH_SEED)
    result = evaluate(predictor, task, fresh)

    assert int(state["updates"]) == sum(one.updates for one in learned)
    assert int(state["epochs"]) == max(one.epochs for one in learned)
    assert (state["consistent"] == "true") == all(one.consistent for one in learned)
    assert float(state["error"]) == pytest.approx(result.sequence_error, abs=1e-12)
    assert float(state["answer"]) == pytest.approx(result.answer_error, abs=1e-12)
    np.testing.assert_allclose(
        json.loads(state["forcedErrors"]), result.forced.mistakes.mean(axis=0), atol=1e-12
    )
    np.testing.assert_allclose(
        json.loads(state["freeErrors"]), result.disagreements.mean(axis=0), atol=1e-12
    )
    assert int(state["agree"]) == FRESH
    bound = (
        compression_bound(samples, 13, 0.05)
        if shared
        else per_step_bound(samples, 13, tokens, 0.05)
    )
    assert float(state["bound"]) == pytest.approx(bound, abs=1e-12)

    # the one chain that is shown
    i = int(state["example"])
    truth = task.complete(fresh[i : i + 1])[0, n:]
    rows = [truth, result.forced.predicted[i], truth ^ result.disagreements[i]]
    for name, row in zip(("truth", "forced", "free"), rows, strict=True):
        assert state[name] == "".join(map(str, row))
    assert int(state["first"]) == int(state["firstForced"]) == result.first_disagreement[i]
    assert len(state["columns"]) == tokens
    for t, column in enumerate(state["columns"]):
        assert column["tokens"] == "".join(str(row[t]) for row in rows)
        assert column["wrong"] == ["true" if row[t] != truth[t] else "false" for row in rows]
        assert (column["first"] == "true") == (t == result.first_disagreement[i])
    if result.sequence_error:
        assert result.disagreements[i].any()
        assert f"First mistake at token {result.first_disagreement[i] + 1} in both" in state["text"]
    else:
        assert "none of the fresh ones came out wrong" in state["text"]
    return state


@pytest.mark.parametrize(
    ("samples", "tokens", "shared", "seed"),
    [
        (100, 16, False, 1),
        (100, 16, True, 1),
        (10, 1, False, 0),
        (10, 4, True, 7),
        (800, 8, False, 3),
        (20, 64, False, 999),
        (1600, 32, True, 5),
    ],
)
def test_the_page_learns_what_python_learns(
    browser: Browser, samples: int, tokens: int, shared: bool, seed: int
) -> None:
    with opened(browser, LearningDial(samples, tokens, shared, seed)) as page:
        assert_as_in_python(page.locator(".ntp-learn"))


def test_the_knobs_by_keyboard_and_mouse(browser: Browser) -> None:
    with opened(browser, LearningDial()) as page:
        dial = page.locator(".ntp-learn")
        before = assert_as_in_python(dial)
        page.locator(".ntp-learn-samples").press("ArrowRight")
        page.locator(".ntp-learn-tokens").press("ArrowLeft")
        after = assert_as_in_python(dial)
        assert (after["samples"], after["tokens"]) == ("200", "8")
        page.locator(".ntp-learn-own").press("ArrowDown")
        shared = assert_as_in_python(dial)
        assert shared["shared"] == "true"
        assert float(shared["error"]) < float(after["error"]) < float(before["error"])
        page.get_by_role("button", name="New gate, new samples").click()
        assert assert_as_in_python(dial)["seed"] == "2"
        page.get_by_label("their own at every step").check()
        one = assert_as_in_python(dial)
        page.get_by_role("button", name="Another one").press("Enter")
        other = assert_as_in_python(dial)
        assert one["example"] != other["example"]
        assert page.locator(".ntp-learn-tokens").get_attribute("aria-valuetext") == "8 tokens"


def test_two_on_one_page_do_not_disturb_each_other(browser: Browser) -> None:
    with opened(browser, LearningDial(50, 4), LearningDial(100, 8, shared=True)) as page:
        first, second = page.locator(".ntp-learn").all()
        first.get_by_label("shared by all steps").check()
        first.locator(".ntp-learn-tokens").press("End")
        assert assert_as_in_python(first)["tokens"] == "64"
        state = assert_as_in_python(second)
        assert (state["tokens"], state["shared"]) == ("8", "true")
        assert second.get_by_label("shared by all steps").is_checked()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible(browser: Browser, theme: str) -> None:
    with opened(browser, LearningDial(), theme=theme) as page:
        found = Axe().run(page, context=".ntp-learn").response["violations"]
        assert not found, json.dumps(found, indent=1)[:3000]


@pytest.mark.parametrize("tokens", [4, 64])
def test_it_fits_a_phone(browser: Browser, tokens: int) -> None:
    with opened(browser, LearningDial(tokens=tokens), width=390) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
