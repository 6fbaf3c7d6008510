"""The learning context: its exact posterior against numpy's, and the page in use."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page

from ntp_lib.show import LearningContext
from ntp_lib.show.browser import module
from ntp_lib.show.minicag_world import minicag_json
from ntp_lib.theory import (
    BayesPredictor,
    Geometric,
    LogSquared,
    LoopPrior,
    Zipf,
    bound_terms,
    direct,
    minicag,
    printed,
)
from tests.browser.test_parity_widget import opened

READ = """([world, kind, parts, inputs, loop, facts]) => {
    const rules = allRules(world);
    const own = rules.findIndex((rule) =>
        rule.kind === kind && rule.parts.join() === parts.join());
    const { items, logs, logPosterior } = readPrompt(world, rules, own, inputs, loop, facts);
    const all = logSum(logs);
    return {
        losses: items.map((item) => item.losses), errors: items.map((item) => item.errors),
        structure: items.map((item) => item.structure), logPosterior,
        facts: Math.exp(logs[rules.length] - all), length: -rules[own].logP, count: rules.length,
        total: Math.exp(logSum(priorWeights(world, rules))),
        laws: items.map((item) => item.laws.map((law) => Array.from(law))),
    };
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.add_script_tag(content=module("minicag.js"))
    yield page
    page.close()


def table(prior: LoopPrior) -> dict[str, Any]:
    return {"table": prior.log_survival(np.arange(1, 42)).tolist()}


CASES = [
    ("hidden", [1], Zipf(2), Zipf(2), 0.2),
    ("hidden", [2, 3, 1], LogSquared(), LogSquared(), 0.2),
    ("printed", [3, 2], Geometric(0.3), Geometric(0.3), 0.2),
    ("printed", [1, 1, 2], Zipf(2), Geometric(0.9), 0.01),
    ("hidden", [1, 2], Geometric(0.02), Geometric(0.9), 0.001),
]


@pytest.mark.parametrize(("kind", "rule", "prior", "facts_prior", "facts"), CASES)
@pytest.mark.parametrize("objects", [5, 9])
def test_every_number_is_numpys(
    page: Page,
    objects: int,
    kind: str,
    rule: list[int],
    prior: LoopPrior,
    facts_prior: LoopPrior,
    facts: float,
) -> None:
    """Losses, errors, structure, posterior and whole label laws on the same prompts, to 1e-9."""
    rng = np.random.default_rng([objects, len(rule)])
    inputs = rng.integers(0, objects, 15)
    size = (objects, 3, 3, 3)
    exact = BayesPredictor(minicag(*size, prior=prior, facts=facts, facts_prior=facts_prior))
    h = exact.hypotheses.find(*(direct if kind == "hidden" else printed)(*rule))
    prompt = exact.write(h, exact.objects[inputs][None, :, None])
    found = bound_terms(exact, h, prompt)
    loop, other = (
        {"rho": p.rho} if isinstance(p, Geometric) else table(p) for p in (prior, facts_prior)
    )
    world = minicag_json(minicag(*size, facts=facts))
    got = page.evaluate(READ, [world, kind, [i - 1 for i in rule], inputs.tolist(), loop, other])
    close = {"rtol": 0, "atol": 1e-9}
    np.testing.assert_allclose(got["losses"], found.losses[0], **close)
    np.testing.assert_array_equal(got["errors"], found.errors[0])
    np.testing.assert_allclose(got["structure"], found.structure[0], **close)
    np.testing.assert_allclose(got["logPosterior"], found.log_posterior[0], **close)
    np.testing.assert_allclose(got["length"], found.description_length, **close)
    assert got["total"] == pytest.approx(1, abs=1e-12)
    family = exact.hypotheses.families
    loops = np.concatenate([np.full(f.trees, f.loop) for f in family])
    assert got["count"] == (loops == 0).sum()
    posterior = np.exp(exact.log_posterior(prompt)[0])
    np.testing.assert_allclose(got["facts"], posterior[loops == 1].sum(), **close)
    laws = np.exp(exact.log_probabilities(prompt)[0]).reshape(15, len(prompt[0]) // 15, -1)
    shown = [*exact.objects, *exact.vocabulary.encode([";", "T", "F"])]
    np.testing.assert_allclose(got["laws"], laws[:, 1:-1][..., shown], **close)


def as_in_python(context: Locator) -> dict[str, Any]:
    """Compare what the page shows with the library's numbers for its state."""
    state: dict[str, Any] = context.evaluate("(c) => ({...c.dataset, text: c.innerText})")
    numbers = [int(x) for x in state["inputs"].split(",") if x]
    model = LearningContext(
        [int(i) for i in state["rule"].split(",")],
        state["steps"],
        int(state["objects"]),
        state["prior"],
        float(state["rho"]),
        numbers,
    )
    found = model.terms
    if found is None:
        assert float(state["loss"]) == 0
    else:
        assert float(state["loss"]) == pytest.approx(found.total_loss[0], abs=1e-9)
        assert float(state["posterior"]) == pytest.approx(found.log_posterior[0], abs=1e-9)
        assert float(state["structure"]) == pytest.approx(found.structure.sum(), abs=1e-9)
        assert int(state["errors"]) == found.errors[0].any(axis=1).sum()
        assert float(state["length"]) == pytest.approx(found.description_length, abs=1e-9)
        assert float(state["loss"]) <= float(state["bound"]) + 1e-9
        if state["net"]:
            assert float(state["loss"]) <= float(state["net"]) + 1e-9
        shown = f"{found.total_loss[0]:.2f} nats"
        assert shown in state["text"]
    if state["critical"]:
        assert float(state["critical"]) == pytest.approx(model.critical_rho, abs=1e-9)
    model.close()
    return state


def test_examples_one_at_a_time(browser: Browser) -> None:
    with opened(browser, LearningContext()) as page:  # type: ignore[arg-type]
        context = page.locator(".ntp-ctx")
        assert "No example yet" in as_in_python(context)["text"]
        for x in (3, 7, 3):
            page.get_by_role("button", name=f"Add input {x};").click()
            page.wait_for_timeout(50)
            as_in_python(context)
        assert as_in_python(context)["inputs"] == "3,7,3"
        page.get_by_role("button", name="Take one back").press("Enter")
        page.get_by_role("button", name="Draw one").click()
        page.get_by_role("button", name="Draw five").click()
        page.wait_for_timeout(50)
        state = as_in_python(context)
        assert len(state["inputs"].split(",")) == 8
        assert state["right"] == "12"
        page.get_by_role("button", name="Start again").click()
        page.wait_for_timeout(50)
        assert as_in_python(context)["inputs"] == ""


def test_every_knob_moves_the_numbers(browser: Browser) -> None:
    given = LearningContext(inputs=[1, 2, 3, 4])
    with opened(browser, given) as page:  # type: ignore[arg-type]
        context = page.locator(".ntp-ctx")
        seen = [as_in_python(context)]

        def now() -> dict[str, Any]:
            page.wait_for_timeout(50)
            seen.append(as_in_python(context))
            return seen[-1]

        page.get_by_label("Steps", exact=False).first.press("ArrowLeft")
        assert now()["rule"] == "1,2"
        page.get_by_label("Function 2").select_option("4")
        assert now()["rule"] == "1,4"
        page.get_by_label("printed").check()
        assert now()["steps"] == "printed"
        page.get_by_label("20").check()
        assert now()["objects"] == "20"
        page.get_by_label("1/(j ln² j)").check()
        now()
        page.get_by_label("geometric").check()
        now()
        page.get_by_label("An example is followed").press("ArrowRight")
        assert now()["rho"] == "0.51"
        assert len({(state["loss"], state["bound"]) for state in seen}) >= 7


def test_a_printed_rule_has_two_steps(browser: Browser) -> None:
    with opened(browser, LearningContext([3])) as page:  # type: ignore[arg-type]
        page.get_by_label("printed").check()
        page.wait_for_timeout(50)
        assert as_in_python(page.locator(".ntp-ctx"))["rule"] == "3,3"


def test_more_examples_hurt_below_the_critical_hazard(browser: Browser) -> None:
    few = LearningContext([1, 2], inputs=[0, 1, 2, 3])
    with opened(browser, few) as page:  # type: ignore[arg-type]
        context = page.locator(".ntp-ctx")
        assert int(as_in_python(context)["right"]) >= 10
        page.get_by_label("short examples, long lists").check()
        page.wait_for_timeout(50)
        state = as_in_python(context)
        assert float(state["rho"]) < float(state["critical"])
        for _ in range(5):
            page.get_by_role("button", name="Draw five").click()
        page.wait_for_timeout(50)
        state = as_in_python(context)
        assert int(state["right"]) <= 4
        assert float(state["posterior"]) < -3


def test_a_click_answers_at_once(browser: Browser) -> None:
    with opened(browser, LearningContext(objects=20)) as page:  # type: ignore[arg-type]
        times = page.evaluate(
            """async () => {
                const times = [];
                for (let i = 0; i < 12; i++) {
                    const start = performance.now();
                    document.querySelector(".ntp-ctx-ask button").click();
                    await Promise.resolve();
                    times.push(performance.now() - start);
                }
                return times;
            }"""
        )
        assert min(times) < 50


def test_two_on_one_page_are_two(browser: Browser) -> None:
    views = LearningContext([1], inputs=[2]), LearningContext([2], inputs=[3])
    with opened(browser, *views) as page:  # type: ignore[arg-type]
        first, second = page.locator(".ntp-ctx").all()
        first.get_by_role("button", name="Start again").click()
        first.locator("input[value=flat]").check()
        page.wait_for_timeout(50)
        assert as_in_python(first)["inputs"] == ""
        assert (as_in_python(second)["inputs"], as_in_python(second)["prior"]) == ("3", "zipf")
        assert second.locator("input[value=zipf]").is_checked()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 760])
def test_it_fits_and_is_accessible(browser: Browser, theme: str, width: int) -> None:
    given = LearningContext([1, 2, 3, 4], "printed", objects=20, inputs=[0, 1, 2] * 13)
    with opened(browser, given, theme=theme, width=width) as page:  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations = Axe().run(page).response["violations"]
        assert [v for v in violations if v["impact"] in ("serious", "critical")] == []
