"""The parity dial as a reader uses it: what the page shows is what Python computes."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from ipywidgets import Widget
from ipywidgets.embed import embed_data
from playwright.sync_api import Browser, Locator, Page

from ntp_lib.core import rollout
from ntp_lib.show import ParityDial
from ntp_lib.show.parity_dial import chain_lengths
from ntp_lib.theory import CountParity, RunningParity, accuracy_bounds

STATIC = Path(__file__).parents[2] / "book" / "_theme" / "static" / "ntp"
READ = """(dial) => ({
    ...dial.dataset,
    cards: [...dial.querySelectorAll(".ntp-dial-card")].map((card) => ({...card.dataset})),
    pressed: [...dial.querySelectorAll(".ntp-dial-bit")].map((bit) => bit.ariaPressed),
    members: [...dial.querySelectorAll(".ntp-dial-member")].map((bit) => bit.ariaPressed),
    sum: [...dial.querySelectorAll("tbody td")].map((cell) => cell.textContent),
    text: dial.innerText,
    value: dial.querySelector(".ntp-dial-length").ariaValueText,
    stops: 1 + Number(dial.querySelector(".ntp-dial-length").max),
    stop: dial.querySelector(".ntp-dial-length").valueAsNumber,
})"""


def page_with(views: Sequence[ParityDial], theme: str = "light") -> str:
    """Return a page as the book has it: the state of its widgets, their places, the host."""
    state = embed_data(list(dict.fromkeys(views)), drop_defaults=False)["manager_state"]
    carried = json.dumps(state).replace("</", r"<\/")  # no end of the script within it
    mime = "application/vnd.jupyter.widget"
    places = "".join(
        f'<div><script type="{mime}-view+json">{{"model_id": "{dial.model_id}"}}</script></div>'
        for dial in views
    )
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><title>Dial</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{(STATIC / 'book.css').read_text()}"
        "body {margin: 0; background: var(--ntp-paper); color: var(--ntp-ink)}</style></head>"
        f'<body><main class="bd-article" style="max-width: 720px; padding: 0 16px">{places}</main>'
        f'<script type="{mime}-state+json">{carried}</script>'
        f"<script>{(STATIC / 'widget-host.js').read_text()}</script></body></html>"
    )


@contextmanager
def opened(
    browser: Browser, *views: ParityDial, theme: str = "light", width: int = 760
) -> Iterator[Page]:
    """Open a page with these views; nothing may be logged, thrown or asked of the network."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(10_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    page.on("request", lambda request: problems.append(request.url))
    page.set_content(page_with(views, theme))
    page.wait_for_function(f"document.querySelectorAll('[data-ready]').length === {len(views)}")
    yield page
    page.close()
    assert not [problem for problem in problems if not problem.startswith("blob:")]
    Widget.close_all()


def task_of(state: dict[str, Any]) -> CountParity | RunningParity:
    n, tokens = int(state["n"]), int(state["tokens"])
    subset = tuple(int(i) for i in state["subset"].split(","))
    if tokens <= len(subset).bit_length():
        return CountParity(n, subset, tokens)
    return RunningParity(n, subset)


def assert_as_in_python(dial: Locator) -> dict[str, Any]:
    """Compare all that the dial shows with what the library computes for its state."""
    state: dict[str, Any] = dial.evaluate(READ)
    task = task_of(state)
    predictor, n, size = task.predictor(), task.n, len(task.subset)
    prompt = np.array([[int(bit) for bit in state["bits"]]])
    sequence = rollout(predictor, prompt, task.chain_length)
    words = task.vocabulary.decode(sequence[0, n:])
    parity = int(prompt[0, list(task.subset)].sum() % 2)

    assert state["chain"] == " ".join(words)
    assert state["answer"] == words[-1]
    assert state["parity"] == str(parity)
    assert len(state["cards"]) == task.chain_length
    for t, card in enumerate(state["cards"]):
        scores = predictor.scores(sequence[:, : n + t])[0]
        best_two = np.sort(scores)[-2:]
        assert card["token"] == words[t]
        np.testing.assert_allclose(json.loads(card["scores"]), scores, rtol=0, atol=1e-12)
        assert float(card["margin"]) == pytest.approx(best_two[1] - best_two[0], abs=1e-12)
    assert state["cards"][-1]["right"] == ("true" if words[-1] == str(parity) else "false")

    # the sum that is shown, the answer's unless another is chosen, ends in the scores
    q = len(task.vocabulary)
    table = np.array([float(cell.replace("−", "-")) for cell in state["sum"]]).reshape(-1, q)
    np.testing.assert_allclose(table[:-1].sum(axis=0), table[-1], atol=1e-9)

    prompts = task.all_prompts()
    answers = rollout(predictor, prompts, task.chain_length)[:, -1]
    correct = int((answers == prompts[:, list(task.subset)].sum(axis=1) % 2).sum())
    assert (state["correct"], state["total"]) == (str(correct), str(2**n))
    assert f"{correct} of {2**n} inputs right" in state["text"]
    assert "the count agrees exactly" in state["text"]
    if isinstance(task, CountParity):
        accuracy, bound = accuracy_bounds(size, task.chain_length)
        assert f"accuracy {accuracy}" in state["text"]
        assert accuracy == bound or str(bound) in state["text"]

    assert state["pressed"] == ["true" if bit == "1" else "false" for bit in state["bits"]]
    assert state["members"] == ["true" if i in task.subset else "false" for i in range(n)]
    lengths = chain_lengths(size)
    assert (state["stops"], lengths[state["stop"]]) == (len(lengths), task.chain_length)
    assert state["value"] == valuetext(task)
    return state


def valuetext(task: CountParity | RunningParity) -> str:
    tokens, size = task.chain_length, len(task.subset)
    thoughts = tokens - 1
    start = f"{tokens} token{'s' if thoughts else ''}: " + (
        f"{thoughts} thinking token{'s' if thoughts > 1 else ''}, then the answer; "
        if thoughts
        else "the answer at once; "
    )
    if isinstance(task, RunningParity):
        return start + "running parity"
    if tokens == 1:
        return start + "no thinking"
    if tokens == size.bit_length():
        return start + "binary digits of the count"
    return start + "leading digits of the count, within a window"


def test_the_length_is_moved_by_keyboard(browser: Browser) -> None:
    with opened(browser, ParityDial(n=7)) as page:
        dial = page.locator(".ntp-dial")
        slider = page.get_by_label("Length of the chain of thought")
        slider.focus()
        for key, tokens in [
            ("ArrowRight", 2),
            ("ArrowRight", 3),
            ("ArrowRight", 7),
            ("ArrowRight", 7),
            ("ArrowLeft", 3),
            ("Home", 1),
            ("End", 7),
        ]:
            slider.press(key)
            assert assert_as_in_python(dial)["tokens"] == str(tokens)


def test_the_length_is_moved_by_mouse(browser: Browser) -> None:
    with opened(browser, ParityDial(n=7)) as page:
        dial = page.locator(".ntp-dial")
        box = page.get_by_label("Length of the chain of thought").bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        places = [box["x"] + 8 + (box["width"] - 16) * k / 3 for k in range(4)]
        page.mouse.click(places[2], middle)
        assert assert_as_in_python(dial)["tokens"] == "3"
        page.mouse.down()
        for place, tokens in [(places[3], 7), (places[1], 2), (places[0], 1)]:
            page.mouse.move(place, middle, steps=5)
            assert assert_as_in_python(dial)["tokens"] == str(tokens)
        page.mouse.up()


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_the_reader_does_is_computed_as_in_python(browser: Browser, seed: int) -> None:
    rng = np.random.default_rng(seed)
    with opened(browser, ParityDial(n=6)) as page:
        dial = page.locator(".ntp-dial")
        seen = set()
        for _ in range(30):
            n = int(dial.get_attribute("data-n") or 0)
            length = page.locator(".ntp-dial-length")
            match rng.integers(6):
                case 0:
                    page.locator(".ntp-dial-bit").nth(int(rng.integers(n))).click()
                case 1:
                    page.locator(".ntp-dial-member").nth(int(rng.integers(n))).click()
                case 2:
                    page.locator(".ntp-dial-n").press(str(rng.choice(["ArrowLeft", "ArrowRight"])))
                case 3:
                    page.get_by_role("button", name="Random input").click()
                case _:
                    length.press(str(rng.choice(["ArrowLeft", "ArrowRight", "Home", "End"])))
            state = assert_as_in_python(dial)
            seen.add((state["n"], state["subset"], state["bits"], state["tokens"]))
        assert len(seen) >= 20


def test_the_number_of_bits_goes_from_two_to_the_most(browser: Browser) -> None:
    with opened(browser, ParityDial(n=7, tokens=7)) as page:
        dial = page.locator(".ntp-dial")
        bits = page.locator(".ntp-dial-n")
        bits.press("End")
        state = assert_as_in_python(dial)
        assert (state["n"], state["tokens"]) == ("10", "4")  # A is still all of the bits
        bits.press("Home")
        state = assert_as_in_python(dial)
        assert (state["n"], state["tokens"]) == ("2", "2")


def test_a_keeps_one_member(browser: Browser) -> None:
    with opened(browser, ParityDial(n=3, subset=[1])) as page:
        dial = page.locator(".ntp-dial")
        page.get_by_role("button", name="x2 in A").click()
        assert "A keeps at least one bit" in dial.inner_text()
        assert assert_as_in_python(dial)["subset"] == "1"
        page.get_by_role("button", name="x3 in A").press("Space")
        assert "A keeps at least one bit" not in dial.inner_text()
        assert assert_as_in_python(dial)["subset"] == "1,2"


def test_a_token_is_selected_by_keyboard_and_lights_what_it_reads(browser: Browser) -> None:
    with opened(browser, ParityDial(n=5, tokens=5)) as page:
        dial = page.locator(".ntp-dial")
        cards = page.locator(".ntp-dial-card")
        cards.nth(1).press("Enter")
        assert [card.get_attribute("aria-pressed") for card in cards.all()] == [
            "false", "true", "false", "false", "false",
        ]  # fmt: skip
        lit = [bit.get_attribute("data-lit") for bit in page.locator(".ntp-dial-bits > div").all()]
        assert lit == ["false", "false", "true", "false", "false"]
        assert [card.get_attribute("data-lit") for card in cards.all()] == ["true"] + 4 * ["false"]
        assert_as_in_python(dial)
        assert cards.nth(1).evaluate("(card) => card === document.activeElement")
        page.get_by_label("x1 = ").click()
        assert cards.nth(1).get_attribute("aria-pressed") == "true"


def test_the_change_is_announced_once_it_rests(browser: Browser) -> None:
    with opened(browser, ParityDial(n=7)) as page:
        spoken = page.locator(".ntp-dial-spoken")
        assert spoken.get_attribute("role") == "status"
        assert spoken.inner_text() == ""
        page.locator(".ntp-dial-length").press("End")
        page.locator(".ntp-dial-length").press("ArrowLeft")
        page.wait_for_function("document.querySelector('.ntp-dial-spoken').textContent")
        assert spoken.text_content() == "Answer 1, right. 128 of 128 inputs right with 3 tokens."


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tokens", [1, 2, 6])
def test_axe_finds_nothing(browser: Browser, theme: str, tokens: int) -> None:
    dial = ParityDial(n=8, subset=[0, 1, 2, 4, 5, 7], tokens=tokens)
    with opened(browser, dial, dial, theme=theme) as page:
        found = Axe().run(page, context=".ntp-dial").response["violations"]
        assert not found, json.dumps(found, indent=1)[:3000]


@pytest.mark.parametrize("tokens", [1, 4, 10])
def test_a_phone_needs_no_sideways_scroll(browser: Browser, tokens: int) -> None:
    with opened(browser, ParityDial(n=10, tokens=tokens), width=390) as page:
        root = page.locator(".ntp-dial")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for part in root.locator("*:visible").all():
            box = part.bounding_box()
            assert box is None or box["x"] + box["width"] <= 390
        for button in root.get_by_role("button").all():
            box = button.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24


def test_two_dials_on_a_page_are_independent_and_two_views_of_one_agree(browser: Browser) -> None:
    one, other = ParityDial(n=7), ParityDial(n=4, tokens=2)
    with opened(browser, one, one, other) as page:
        dials = page.locator(".ntp-dial")
        dials.nth(0).locator(".ntp-dial-length").press("End")
        dials.nth(1).locator(".ntp-dial-bit").nth(2).click()
        states = [assert_as_in_python(dials.nth(i)) for i in range(3)]
        assert states[0] == states[1]
        assert (states[0]["tokens"], states[0]["bits"]) == ("7", "1111101")
        assert (states[2]["tokens"], states[2]["bits"]) == ("2", "1101")
        ids = page.locator("[id]").evaluate_all("(nodes) => nodes.map((node) => node.id)")
        assert len(ids) == len(set(ids))


def test_a_change_in_python_moves_the_view_until_it_is_closed(browser: Browser) -> None:
    dial = ParityDial(n=7)
    state = {
        name: getattr(dial, name) for name in ("n", "subset", "bits", "tokens", "max_n", "chains")
    }
    with opened(browser, ParityDial(n=3)) as page:
        seen = page.evaluate(
            """async ([source, state]) => {
                const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
                const listeners = new Map();
                const model = {
                    get: (name) => state[name],
                    set: (name, value) => { state[name] = value; },
                    save_changes: () => {},
                    on: (name, act) => listeners.set(name, act),
                    off: (name, act) => listeners.get(name) === act && listeners.delete(name),
                };
                const el = document.createElement("div");
                const close = (await import(url)).default.render({model, el});
                const dial = el.firstElementChild;
                // one message a trait, as a kernel sends them: n first, then what follows from it
                const seen = [];
                for (const [name, value] of [["n", 4], ["subset", [1, 3]], ["tokens", 2]]) {
                    state[name] = value;
                    listeners.get(`change:${name}`)();
                    await null;
                    await null;
                    seen.push([dial.dataset.n, dial.dataset.subset, dial.dataset.tokens]);
                }
                close();
                return [seen, listeners.size];
            }""",
            [str(ParityDial._esm), state],
        )
    assert seen == [[["4", "0,1,2,3", "1"], ["4", "1,3", "1"], ["4", "1,3", "2"]], 0]
