"""The machine room's JavaScript against the Python, and the widget as a reader uses it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Locator, Page

from ntp_lib.core import rollout
from ntp_lib.show import MachineRoom, predictor_json
from ntp_lib.show.browser import module
from ntp_lib.theory import (
    TuringMachine,
    example_machine,
    example_names,
    example_text,
    machine_predictor,
    run,
    squared_norm,
    tableau,
)
from tests.browser.test_parity_widget import opened
from tests.theory.machine_strategies import machines, tapes

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "theory" / "machine_texts.json").read_text(encoding="utf8")
)
PARSE = """(text) => {
    try {
        const { blank, start, input, rules } = parseMachine(text);
        return { machine: { blank, start, input, rules: Object.fromEntries(
            [...rules].map(([state, row]) => [state, Object.fromEntries(
                [...row].map(([a, r]) => [a, [r.write, r.move, r.state]]))])) } };
    } catch (error) { return { error: error.kind, message: error.message }; }
}"""
MACHINE = """({ blank, start, rules }) => ({ blank, start, input: "", rules: new Map(
    rules.map(([state, row]) => [state, new Map(
        row.map(([a, write, move, into]) => [a, { write, move, state: into }]))])) })"""
RUN = f"""([given, input, limit]) => {{
    const machine = ({MACHINE})(given);
    const result = runMachine(machine, input, limit);
    const compiled = compileMachine(machine, result.width);
    const tokens = trueTokens(result, compiled, result.width, result.left, result.steps + 1);
    const predictor = {{ prompt_length: null, steps: [compiled.step] }};
    const prompt = tokens.slice(0, result.width + 1);
    const written = rollout(predictor, prompt, result.steps * result.width);
    return {{
        stuck: result.stuck, halted: result.halted, width: result.width, tokens,
        vocabulary: compiled.vocabulary, step: compiled.step,
        written: written.map((step) => step.token), margins: written.map((step) => step.margin),
    }};
}}"""


@pytest.fixture(scope="module")
def scripts(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.add_script_tag(content=module("linear.js", "turing.js", "machine_text.js"))
    yield page
    page.close()


@pytest.mark.parametrize("case", [pytest.param(c, id=c["name"]) for c in CASES])
def test_descriptions_are_read_as_in_python(scripts: Page, case: dict[str, Any]) -> None:
    result = scripts.evaluate(PARSE, case["text"])
    assert result.get("machine") == case.get("machine")
    assert result.get("error") == case.get("error")


@pytest.mark.parametrize("name", example_names())
def test_the_book_s_machines_are_read_as_in_python(scripts: Page, name: str) -> None:
    machine = example_machine(name)
    read = scripts.evaluate(PARSE, example_text(name))["machine"]
    assert (read["blank"], read["start"], read["input"]) == (
        machine.blank,
        machine.start,
        machine.input,
    )
    assert read["rules"] == {
        state: {a: [r.write, r.move, r.state] for a, r in row.items()}
        for state, row in machine.rules.items()
    }


def _given(machine: TuringMachine) -> dict[str, Any]:
    rules = [
        [state, [[a, r.write, r.move, r.state] for a, r in row.items()]]
        for state, row in machine.rules.items()
    ]
    return {"blank": machine.blank, "start": machine.start, "rules": rules}


def _agrees(scripts: Page, machine: TuringMachine, tape: str, limit: int) -> None:
    """Compiled weights, runs and free-running tokens equal, every margin 1."""
    page = scripts.evaluate(RUN, [_given(machine), tape, limit])
    if page["stuck"]:
        with pytest.raises(ValueError, match="finds no rule") as caught:
            run(machine, tape, limit)
        assert str(caught.value) == page["stuck"]
        return
    result = run(machine, tape, limit)
    tokens, width = tableau(result), len(result.cells)
    assert (page["halted"], page["width"]) == (result.halted, width)
    assert page["vocabulary"] == list(machine.vocabulary.tokens)
    assert [page["step"]] == predictor_json(machine_predictor(machine, width))["steps"]
    assert page["tokens"] == tokens.tolist()
    assert page["written"] == tokens[width + 1 :].tolist()
    assert set(page["margins"]) <= {1}


@given(machine=machines(total=False), data=st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_machines(scripts: Page, machine: TuringMachine, data: st.DataObject) -> None:
    _agrees(scripts, machine, data.draw(tapes(machine)), 12)


@pytest.mark.parametrize("name", ["bb2", "bb4", "increment", "palindrome", "collatz"])
def test_the_book_s_machines_run_as_in_python(scripts: Page, name: str) -> None:
    machine = example_machine(name)
    _agrees(scripts, machine, machine.input, 2000)


# The widget


def state(room: Locator) -> dict[str, Any]:
    return dict(room.evaluate("(el) => ({ ...el.dataset })"))


def scrub_to(room: Locator, position: int) -> None:
    room.locator(".ntp-room-scrub").evaluate(
        "(el, to) => { el.value = to; el.dispatchEvent(new Event('input')); }", position
    )


def shown_rows(room: Locator) -> list[list[str]]:
    return room.locator(".ntp-room-row").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].slice(1).map((cell) => cell.title))"
    )


def test_every_token_is_the_predictor_s(browser: Browser) -> None:
    machine = example_machine("bb2")
    result = run(machine)
    tokens = tableau(result)
    truth = rollout(machine_predictor(machine, 4), tokens[None, :5], 24)[0]
    with opened(browser, MachineRoom()) as page:
        room = page.locator(".ntp-room")
        assert state(room)["norm"] == str(squared_norm(machine)) == "112"
        scrub_to(room, 0)
        for position in range(1, 25):
            room.get_by_role("button", name="Write one token").click()
            now = state(room)
            assert now["position"] == str(position)
            assert now["token"] == machine.vocabulary.tokens[truth[4 + position]]
            assert (now["margin"], now["wrong"]) == ("1", "0")
            assert room.locator("[data-read=true]").count() in (2, 3)
        rows = np.array(machine.vocabulary.decode(truth[1:])).reshape(7, 4)
        assert shown_rows(room) == rows[1:].tolist()
        assert "halts after τ = 6 steps" in room.inner_text()
        room.get_by_role("button", name="Back one row").click()
        assert state(room)["position"] == "20"
        room.get_by_role("button", name="Back to the prompt").click()
        assert state(room)["position"] == "0"


def test_by_keyboard(browser: Browser) -> None:
    with opened(browser, MachineRoom(example_text("increment"))) as page:
        room = page.locator(".ntp-room")
        room.locator(".ntp-room-scrub").focus()
        page.keyboard.press("Home")
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        assert state(room)["position"] == "3"
        page.keyboard.press("End")
        assert state(room)["position"] == state(room)["total"] == "40"
        assert shown_rows(room)[-1] == ["1·done", "1", "0", "0", "_"]


def test_it_plays_only_when_asked_and_stops(browser: Browser) -> None:
    with opened(browser, MachineRoom()) as page:
        room = page.locator(".ntp-room")
        page.wait_for_timeout(400)
        assert state(room)["position"] == "4"
        room.get_by_label("Speed").evaluate(
            "(el) => { el.value = 7; el.dispatchEvent(new Event('input')); }"
        )
        room.get_by_role("button", name="Play").click()
        page.wait_for_function("document.querySelector('.ntp-room').dataset.position === '24'")
        assert room.get_by_role("button", name="Play").is_visible()


def test_another_machine_and_another_input(browser: Browser) -> None:
    with opened(browser, MachineRoom()) as page:
        room = page.locator(".ntp-room")
        room.locator("select").select_option("palindrome")
        page.wait_for_function("document.querySelector('.ntp-room').dataset.dictionary === '40'")
        room.get_by_label("Input", exact=True).fill(">abbab")
        result = run(example_machine("palindrome"), ">abbab")
        total = result.steps * len(result.cells)
        page.wait_for_function(
            "(total) => document.querySelector('.ntp-room').dataset.total === total", arg=str(total)
        )
        scrub_to(room, total)
        assert any(token.endswith("·no") for token in shown_rows(room)[-1])


def test_a_machine_of_one_s_own(browser: Browser) -> None:
    with opened(browser, MachineRoom()) as page:
        room = page.locator(".ntp-room")
        room.locator("summary").click()
        area = room.get_by_label("Description")
        area.fill("1RB1LC_1LA1RZ")
        page.wait_for_selector(".ntp-room[data-error=line]")
        assert "'1LC' enters 'C'; the states are A, B, Z, H" in room.inner_text()
        assert "the last machine that could be built" in room.inner_text()
        area.fill("1RB1RZ_1LB0RC_1LC1LA")
        page.wait_for_function("document.querySelector('.ntp-room').dataset.total === '105'")
        assert "error" not in state(room)
        area.fill(
            "blank: _\nstart state: go\ninput: ab\ntable:\n"
            "  go:\n    a: {write: b, R}\n    _: {N: end}\n  end:\n"
        )
        page.wait_for_selector("text=finds no rule for symbol 'b' in state 'go'")
        assert room.get_by_label("Input", exact=True).input_value() == "ab"
        room.get_by_label("Input", exact=True).fill("a?")
        page.wait_for_selector(".ntp-room[data-error=input]")
        assert "The input holds '?'" in room.inner_text()


def test_a_row_too_short_says_which_is_enough_and_goes_wrong(browser: Browser) -> None:
    room_ = MachineRoom(example_text("increment"), input="1111", width=5, left=0)
    with opened(browser, room_) as page:
        room = page.locator(".ntp-room")
        assert "give left at least 2" in room.inner_text()
        scrub_to(room, 50)
        assert int(state(room)["wrong"]) > 0
        assert room.locator("[data-wrong=true]").count() > 0
        room.locator("summary").click()
        room.get_by_label("Cells before the input").fill("2")
        page.wait_for_selector("text=a row of this run needs 7 cells")
        room.get_by_label("Cells in a row").fill("7")
        page.wait_for_function("document.querySelector('.ntp-room').dataset.width === '7'")
        scrub_to(room, 70)
        assert state(room)["wrong"] == "0"


def test_a_machine_that_does_not_halt(browser: Browser) -> None:
    with opened(browser, MachineRoom("1RB1LC_1RC1RB_1RD0LE_1LA1LD_1RZ0LA")) as page:
        room = page.locator(".ntp-room")
        assert "has not halted after" in room.inner_text()
        scrub_to(room, 2000)
        assert state(room)["margin"] == "1"


def test_two_views_of_two_rooms(browser: Browser) -> None:
    one, other = MachineRoom(), MachineRoom("1RB1RZ_1LB0RC_1LC1LA")
    with opened(browser, one, other, one) as page:
        first, second, third = page.locator(".ntp-room").all()
        first.locator("select").select_option("bb4")
        page.wait_for_function(
            "document.querySelectorAll('.ntp-room')[2].dataset.dictionary === '12'"
        )
        assert state(second)["dictionary"] == "10"
        assert state(third)["total"] == "1498"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 760])
def test_nothing_is_cut_off_and_all_is_accessible(browser: Browser, theme: str, width: int) -> None:
    room_ = MachineRoom(example_text("binary-multiplication"))
    with opened(browser, room_, theme=theme, width=width) as page:
        scrub_to(page.locator(".ntp-room"), 700)
        page.locator("summary").click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        violations = Axe().run(page, context=".ntp-room").response["violations"]
        assert [v["id"] for v in violations] == []
