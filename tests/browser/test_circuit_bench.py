"""The circuit bench as a reader uses it: what the page shows is what Python computes."""

import json
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from ntp_lib.core import evaluate
from ntp_lib.show import CircuitBench
from ntp_lib.show.circuit_bench import OWN, RULE, SIZES
from ntp_lib.theory import Circuit, CircuitTask, Gate, cell_gates, simulate
from tests.browser.test_parity_widget import opened

READ = """(bench) => ({
    ...bench.dataset,
    cards: [...bench.querySelectorAll(".ntp-bench-card")].map((card) => ({...card.dataset})),
    lit: [...bench.querySelectorAll(".ntp-bench-node[data-lit=true]")].map((n) => n.dataset.wire),
    nodes: [...bench.querySelectorAll(".ntp-bench-node")]
        .map((node) => [node.dataset.wire, Number(node.dataset.bit)]),
    note: bench.querySelector(".ntp-bench-note").textContent,
    text: bench.innerText,
})"""


def state_of(page: Page) -> dict[str, Any]:
    state: dict[str, Any] = page.locator(".ntp-bench").evaluate(READ)
    return state


def assert_as_in_python(state: dict[str, Any], circuit: Circuit) -> None:
    bits = np.array([[int(bit) for bit in state["bits"]]])
    values = circuit.evaluate(bits)
    assert state["chain"] == "".join(map(str, values[0]))
    task = CircuitTask(circuit)
    complete = task.complete(bits)
    assert dict(state["nodes"]) == dict(
        zip([*circuit.inputs, *circuit.gates], complete[0].tolist(), strict=True)
    )
    predictor = circuit.predictor()
    for t, card in enumerate(state["cards"]):
        scores = predictor.scores(complete[:, : len(circuit.inputs) + t])[0]
        assert json.loads(card["scores"]) == scores.tolist()
        assert float(card["margin"]) == abs(scores[0] - scores[1])
    everything = task.all_prompts()
    answers = circuit.evaluate(everything)[:, -len(circuit.outputs) :]
    assert state["answers"].split() == ["".join(map(str, row)) for row in answers]
    assert float(state["margin"]) == evaluate(predictor, task, everything).worst_margin


@pytest.mark.parametrize("name", [name for name in SIZES if name not in (RULE, OWN)])
def test_every_circuit_and_size(browser: Browser, name: str) -> None:
    benches = [CircuitBench(name, size=size) for size in SIZES[name]]
    circuits = [bench.current for bench in benches]
    with opened(browser, *benches) as page:
        for k, circuit in enumerate(circuits):
            assert circuit is not None
            state = page.locator(".ntp-bench").nth(k).evaluate(READ)
            assert_as_in_python(state, circuit)
            # against direct arithmetic, in the page, on every input
            assert state["correct"] == state["total"] == str(2 ** len(circuit.inputs))
            assert state["right"] == "true"


def random_circuit(rng: np.random.Generator) -> Circuit:
    """Draw a circuit of up to 4 inputs and 6 gates, with weights and thresholds of any sign."""
    wires = list("abcd"[: rng.integers(1, 5)])
    inputs = tuple(wires)
    gates = {}
    for t in range(rng.integers(1, 7)):
        read = rng.permutation(wires)[: rng.integers(0, len(wires) + 1)].tolist()
        weights = {wire: int(rng.choice([-3, -2, -1, 1, 2, 3])) for wire in read}
        gates[f"z{t + 1}"] = Gate(weights, int(rng.integers(-3, 4)))
        wires.append(f"z{t + 1}")
    return Circuit(inputs, gates, [wires[-1]])


def test_random_circuits_of_one_s_own(browser: Browser) -> None:
    rng = np.random.default_rng(3)
    circuits = [random_circuit(rng) for _ in range(20)]
    benches = [CircuitBench(OWN, own=circuit) for circuit in circuits]
    with opened(browser, *benches) as page:
        for k, circuit in enumerate(circuits):
            assert_as_in_python(page.locator(".ntp-bench").nth(k).evaluate(READ), circuit)


def test_every_rule(browser: Browser) -> None:
    with opened(browser, CircuitBench(RULE, size=2)) as page:
        number = page.get_by_label("Rule", exact=True)
        for rule in (0, 30, 90, 110, 150, 184, 232, 255):
            number.fill(str(rule))
            number.press("Enter")
            state = state_of(page)
            assert state["rule"] == str(rule)
            assert state["correct"] == "32"
            assert len(state["cards"]) == 10 * len(cell_gates(rule))
            bits = [int(bit) for bit in state["bits"]]
            last = simulate(rule, bits, 2)[-1]
            assert state["answer"] == "".join(map(str, last))
        number.fill("256")
        number.press("Enter")
        assert "There is no rule 256" in state_of(page)["note"]
        assert state_of(page)["rule"] == "255"


def test_picking_flipping_and_selecting(browser: Browser) -> None:
    with opened(browser, CircuitBench("ripple adder")) as page:
        page.get_by_role("button", name="b1 = 0").press("Enter")
        state = state_of(page)
        assert (state["bits"], state["answer"]) == ("1111", "110")
        assert "3 + 3 = 6" in state["text"]
        page.get_by_role("button", name="Token 3, s1").press("Space")
        state = state_of(page)
        assert state["shown"] == "s1"
        assert state["lit"] == ["a1", "b1", "c1", "c2"]
        page.locator(".ntp-bench-node[data-wire=c2]").click()
        assert state_of(page)["shown"] == "c2"
        page.locator(".ntp-bench-node[data-wire=a0]").click()
        assert state_of(page)["bits"] == "1011"
        page.get_by_label("Circuit", exact=True).select_option("weighted adder")
        assert state_of(page)["chain"] == "101"
        page.get_by_role("slider").press("ArrowRight")
        state = state_of(page)
        assert (state["size"], len(state["bits"]), state["right"]) == ("3", 6, "true")
        page.get_by_role("button", name="Random inputs").click()
        assert state_of(page)["right"] == "true"


def add_gate(page: Page, threshold: str, **weights: str) -> None:
    for wire, weight in weights.items():
        page.get_by_label(f"weight of {wire}").fill(weight)
    page.get_by_label("is at least").fill(threshold)
    page.get_by_role("button", name="Add the gate").click()


def test_building_xor_and_three_bit_parity(browser: Browser) -> None:
    with opened(browser, CircuitBench(OWN)) as page:
        assert "No gate yet" in state_of(page)["text"]
        add_gate(page, "2", a="1", b="1")
        add_gate(page, "1", a="1", b="1", z1="-2")
        state = state_of(page)
        assert state["answers"] == "0 1 1 0"
        gates = {"z1": Gate({"a": 1, "b": 1}, 2), "z2": Gate({"a": 1, "b": 1, "z1": -2}, 1)}
        assert_as_in_python(state, Circuit("ab", gates, ["z2"]))
        page.get_by_role("button", name="Remove z2").click()
        page.get_by_role("button", name="Remove z1").click()
        page.get_by_role("button", name="+ input").click()
        add_gate(page, "2", a="1", b="1", c="1")
        add_gate(page, "1", a="1", b="1", c="1", z1="−2")
        assert state_of(page)["answers"] == "0 1 1 0 1 0 0 1"


def test_wrong_gates_are_told_why(browser: Browser) -> None:
    with opened(browser, CircuitBench(OWN)) as page:
        for weights, threshold, message in (
            ({"a": "1.5"}, "1", "The weight of a is “1.5”. It must be a whole number"),
            ({"a": "x"}, "1", "The weight of a is “x”"),
            ({"a": "100"}, "1", "The weight of a is 100. Give −99 to 99."),
            ({"a": "1"}, "", "Give a threshold"),
            ({"a": "1"}, "half", "The threshold is “half”"),
        ):
            add_gate(page, threshold, **weights)
            state = state_of(page)
            assert message in state["note"]
            assert state["cards"] == []
        add_gate(page, "1", a="1")
        add_gate(page, "1", a="", z1="1")
        page.get_by_role("button", name="Token 1, z1").click()
        page.get_by_role("button", name="Remove z1").click()
        assert "z2 reads z1. Remove z2 first." in state_of(page)["note"]
        page.get_by_role("button", name="− input").click()
        page.get_by_role("button", name="− input").click()
        assert "z1 reads a. Remove z1 first." in state_of(page)["note"]
        for _ in range(12):
            add_gate(page, "0")
        assert "This bench holds 12 gates" in state_of(page)["note"]


def test_a_copy_can_be_changed_and_a_large_one_not(browser: Browser) -> None:
    with opened(browser, CircuitBench("full adder")) as page:
        page.get_by_role("button", name="Change a copy").click()
        state = state_of(page)
        assert (state["circuit"], state["answers"]) == (OWN, "0 1 1 0 1 0 0 1")
        add_gate(page, "2", carry="1", sum="1")
        assert state_of(page)["answers"] == "0 0 0 0 0 0 0 1"
        page.get_by_label("Circuit", exact=True).select_option("multiplier")
        page.get_by_role("button", name="Change a copy").click()
        assert "a circuit of your own has at most 6 and 12" in state_of(page)["note"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 760])
def test_accessible_and_within_the_page(browser: Browser, theme: str, width: int) -> None:
    benches = [CircuitBench("multiplier"), CircuitBench(RULE, size=3), CircuitBench(OWN)]
    with opened(browser, *benches, theme=theme, width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        results = Axe().run(page, context=".bd-article")
        assert results.violations_count == 0, results.generate_report()
