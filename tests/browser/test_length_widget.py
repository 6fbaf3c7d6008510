"""The length dial: its exact numbers and predictors against Python's, and the page in use."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page

from ntp_lib.core import rollout
from ntp_lib.show import LengthDial, predictor_json
from ntp_lib.show.browser import module
from ntp_lib.show.length_dial import STEPS, dial_lengths
from ntp_lib.theory import (
    CountModulo,
    CountParity,
    SparseParity,
    XorStep,
    accuracy_bounds,
    chain_candidates,
    least_base,
    least_sparsity,
    sparse_candidates,
    sparse_samples,
)
from tests.browser.test_parity_widget import opened

SIZES = [2, 3, 4, 7, 8, 12, 31, 32, 64, 100, 127, 128]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.add_script_tag(content=module("linear.js", "length_math.js"))
    yield page
    page.close()


@pytest.mark.parametrize("n", SIZES)
def test_exact_numbers(page: Page, n: int) -> None:
    """Up to 2^128 and beyond: decimal strings are compared, so nothing is rounded."""
    for steps in STEPS:
        lengths = dial_lengths(n, steps)
        assert page.evaluate("([n, steps]) => dialLengths(n, steps)", [n, steps]) == lengths
    for tokens in dial_lengths(n, "xor"):
        k = least_sparsity(n, tokens)
        total = chain_candidates(n, k, tokens)
        expected = [
            k,
            str(sparse_candidates(n, k, tokens)),
            str(total),
            sparse_samples(n, k, tokens, Fraction(1, 100)),
        ]
        assert expected == page.evaluate(
            """([n, tokens]) => {
                const k = leastSparsity(n, tokens), total = chainCandidates(n, k, tokens);
                return [k, String(sparseCandidates(n, k, tokens)), String(total),
                    samplesFor(total, 100n)];
            }""",
            [n, tokens],
        )
    for tokens in dial_lengths(n, "digits"):
        assert page.evaluate("([n, t]) => leastBase(n, t)", [n, tokens]) == least_base(n, 2, tokens)
    for tokens in dial_lengths(n, "bits"):
        attained, bound, all_inputs = page.evaluate(
            """([n, tokens]) => {
                const { attained, bound, all } = bitAccuracy(n, tokens);
                return [attained, bound, all].map(String);
            }""",
            [n, tokens],
        )
        exact = (Fraction(int(attained), int(all_inputs)), Fraction(int(bound), int(all_inputs)))
        assert exact == accuracy_bounds(n, tokens)


@pytest.mark.parametrize("n", [2, 3, 5, 8, 13, 20])
def test_the_predictors_are_those_of_the_library(page: Page, n: int) -> None:
    keys = ("vocabulary", "prompt_length", "steps")
    for tokens in dial_lengths(n, "bits"):
        built = page.evaluate("([n, t]) => bitChain(n, t)", [n, tokens])
        task = CountParity(n, range(n), tokens)
        assert {key: built[key] for key in keys} == predictor_json(task.predictor())
        assert built["low"] == task.window_start
    for tokens in dial_lengths(n, "digits"):
        q = least_base(n, 2, tokens)
        built = page.evaluate("([n, q]) => digitChain(n, q)", [n, q])
        digits = CountModulo(n, range(n), 2, q)
        assert {key: built[key] for key in keys} == predictor_json(digits.predictor())
        assert built["values"] == list(digits.values)
    for k in range(2, n + 1):
        steps = SparseParity(n, range(n), k).predictor().steps
        assert page.evaluate("([n, k]) => xorChain(n, k)", [n, k]) == [
            list(step.look_backs) for step in steps if isinstance(step, XorStep)
        ]


def as_in_python(dial: Locator) -> dict[str, Any]:
    """Compare what the dial shows with the library's chain for its state."""
    state: dict[str, Any] = dial.evaluate("(dial) => ({...dial.dataset, text: dial.innerText})")
    n, steps, tokens = int(state["n"]), state["steps"], int(state["tokens"])
    model = LengthDial(n, steps, tokens)
    prompt = np.array([[int(bit) for bit in state["bits"]]])
    chain = rollout(model.task.predictor(), prompt, tokens)[0, n:]
    model.close()
    assert state["chain"] == " ".join(map(str, chain))
    assert state["parity"] == str(prompt.sum() % 2)
    assert f"{tokens} token" in state["text"]
    if steps == "xor":
        k = least_sparsity(n, tokens)
        assert state["candidates"] == str(chain_candidates(n, k, tokens))
        assert f"\n{state['samples']}\n" in state["text"]
        assert "Gaussian elimination" in state["text"]  # the caveat is always in sight
    return state


def test_the_dial_moves_all_numbers_with_it(browser: Browser) -> None:
    with opened(browser, LengthDial(n=64)) as page:  # type: ignore[arg-type]
        dial = page.locator(".ntp-len")
        assert as_in_python(dial)["k"] == "2"
        page.get_by_label("Length of the chain of thought").focus()
        seen = set()
        for _ in range(4):
            page.keyboard.press("ArrowLeft")
            page.wait_for_timeout(30)
            seen.add(as_in_python(dial)["candidates"])
        assert len(seen) == 4
        page.keyboard.press("Home")
        page.wait_for_timeout(30)
        state = as_in_python(dial)
        assert state["last"] == str(2**64)
        assert "1.8 · 10¹⁹" in state["text"].replace("\u00a0", " ")
        assert "585 years" in state["text"]
        assert "71 noiseless samples" in state["text"]


@pytest.mark.parametrize("steps", ["digits", "bits"])
def test_linear_steps(browser: Browser, steps: str) -> None:
    with opened(browser, LengthDial(n=64)) as page:  # type: ignore[arg-type]
        dial = page.locator(".ntp-len")
        page.locator(f"input[value={steps}]").check()
        page.wait_for_timeout(30)
        for _ in dial_lengths(64, steps):
            as_in_python(dial)
            page.get_by_label("Length of the chain of thought").press("ArrowLeft")
            page.get_by_role("button", name="Random input").click()
            page.wait_for_timeout(30)
        state = as_in_python(dial)
        if steps == "bits":
            assert "no chain of bits does better" in state["text"]


def test_bits_and_looking_at_a_token(browser: Browser) -> None:
    with opened(browser, LengthDial(n=12)) as page:  # type: ignore[arg-type]
        dial = page.locator(".ntp-len")
        page.get_by_label("Look at token").fill("1")
        assert as_in_python(dial)["lit"] == "0,1"
        page.locator(".ntp-len-n").fill("128")
        page.wait_for_timeout(50)
        state = as_in_python(dial)
        assert (state["n"], state["tokens"]) == ("128", "127")
        page.locator(".ntp-len-chain span").nth(4).click()
        assert dial.evaluate("(dial) => dial.dataset.lit") == "5,131"


def test_two_on_one_page_are_two(browser: Browser) -> None:
    with opened(browser, LengthDial(n=8), LengthDial(n=9)) as page:  # type: ignore[arg-type]
        first, second = page.locator(".ntp-len").all()
        first.locator("input[value=bits]").check()
        page.wait_for_timeout(30)
        assert as_in_python(first)["steps"] == "bits"
        assert as_in_python(second)["steps"] == "xor"
        assert second.locator("input[value=xor]").is_checked()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 760])
def test_it_fits_and_is_accessible(browser: Browser, theme: str, width: int) -> None:
    with opened(browser, LengthDial(n=128), theme=theme, width=width) as page:  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations = Axe().run(page).response["violations"]
        assert [v for v in violations if v["impact"] in ("serious", "critical")] == []
