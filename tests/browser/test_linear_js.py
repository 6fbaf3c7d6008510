"""The JavaScript of linear predictors against the Python, on the same weights and prompts."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Error, Page

from ntp_lib.core import PerStep, Predictor, Vocabulary, greedy, rollout
from ntp_lib.show import predictor_json
from ntp_lib.show.browser import module
from ntp_lib.theory import CountParity, LinearPredictor, RunningParity

RUN = """([predictor, prompts, count]) =>
    prompts.map((prompt) => rollout(predictor, prompt, count))"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.add_script_tag(content=module("linear.js"))
    yield page
    page.close()


def assert_equal_in_python_and_javascript(
    page: Page, predictor: Predictor, prompts: np.ndarray, count: int
) -> None:
    """Every token equal; every score and margin too, to rounding."""
    written = page.evaluate(RUN, [predictor_json(predictor), prompts.tolist(), count])
    sequences = rollout(predictor, prompts, count)
    n = prompts.shape[1]
    for t in range(count):
        steps = [chain[t] for chain in written]
        scores = predictor.scores(sequences[:, : n + t])
        np.testing.assert_allclose([step["scores"] for step in steps], scores, rtol=0, atol=1e-12)
        np.testing.assert_array_equal([step["token"] for step in steps], sequences[:, n + t])
        np.testing.assert_array_equal(greedy(scores), sequences[:, n + t])
        best_two = np.sort(scores, axis=1)[:, -2:]
        np.testing.assert_allclose(
            [step["margin"] for step in steps], best_two[:, 1] - best_two[:, 0], rtol=0, atol=1e-12
        )


def random_step(
    rng: np.random.Generator, vocabulary: Vocabulary, length: int, *, ties: bool
) -> LinearPredictor:
    """Draw a step that reads up to five places; small whole weights make ties common."""
    q = len(vocabulary)
    reads = int(rng.integers(0, min(length, 5) + 1))
    look_backs = rng.choice(np.arange(1, length + 1), reads, replace=False)
    shape = (reads, q, q)
    if ties:
        return LinearPredictor(
            vocabulary, look_backs, rng.integers(-1, 2, shape), rng.integers(-1, 2, q)
        )
    return LinearPredictor(vocabulary, look_backs, rng.normal(size=shape), rng.normal(size=q))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("q", [2, 3, 4, 5, 6])
def test_random_predictors(page: Page, q: int, ties: bool) -> None:
    rng = np.random.default_rng([q, ties])
    vocabulary = Vocabulary([f"t{i}" for i in range(q)])
    for _ in range(6):
        n, count = (int(size) for size in rng.integers(1, 7, 2))
        prompts = rng.integers(0, q, (12, n))
        steps = [random_step(rng, vocabulary, n + t, ties=ties) for t in range(count)]
        assert_equal_in_python_and_javascript(page, PerStep(n, steps), prompts, count)
        assert_equal_in_python_and_javascript(page, steps[0], prompts, count)


def chains(n: int, subset: tuple[int, ...]) -> Iterator[CountParity | RunningParity]:
    for tokens in range(1, len(subset).bit_length() + 1):
        yield CountParity(n, subset, tokens)
    yield RunningParity(n, subset)


@pytest.mark.parametrize("size", range(1, 9))
def test_every_parity_chain_on_every_input(page: Page, size: int) -> None:
    for task in chains(size, tuple(range(size))):
        assert_equal_in_python_and_javascript(
            page, task.predictor(), task.all_prompts(), task.chain_length
        )


def test_reading_a_subset_gives_the_predictor_that_python_builds_for_it(page: Page) -> None:
    rng = np.random.default_rng(7)
    for _ in range(30):
        n = int(rng.integers(1, 13))
        size = int(rng.integers(1, n + 1))
        subset = tuple(sorted(int(i) for i in rng.choice(n, size, replace=False)))
        small_tasks = chains(size, tuple(range(size)))
        for small, task in zip(small_tasks, chains(n, subset), strict=True):
            moved = page.evaluate(
                "([predictor, subset, n]) => readAt(predictor, subset, n)",
                [predictor_json(small.predictor()), list(subset), n],
            )
            assert moved == predictor_json(task.predictor())


@pytest.mark.parametrize(
    ("call", "arguments", "message"),
    [
        (
            "scores",
            [{"look_backs": [3], "weights": [[[0]]], "bias": [0]}, [0, 0]],
            "look-back 3 reaches",
        ),
        (
            "rollout",
            [{"prompt_length": 2, "steps": []}, [0], 1],
            "a prefix of 1 tokens belongs to no step",
        ),
        ("readAt", [{"prompt_length": 2, "steps": []}, [0], 3], "reads 2 bits; name as many"),
    ],
)
def test_what_cannot_be_computed_is_refused(
    page: Page, call: str, arguments: list[Any], message: str
) -> None:
    with pytest.raises(Error, match=message):
        page.evaluate(f"(given) => {call}(...given)", arguments)
