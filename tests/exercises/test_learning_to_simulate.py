"""Each solution in the chapter passes its check; wrong answers of different kinds fail."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ntp_lib.exercises import check
from ntp_lib.exercises.learning_to_simulate import CHECKERS
from ntp_lib.theory import BITS, LinearPredictor

CHAPTER = Path(__file__).parents[2] / "book/part1/learning_to_simulate.ipynb"


def _solutions() -> list[str]:
    cells = json.loads(CHAPTER.read_text(encoding="utf8"))["cells"]
    return ["".join(c["source"]) for c in cells if "solution" in c["metadata"].get("tags", [])]


@pytest.mark.parametrize("source", _solutions())
def test_every_solution_passes(source: str) -> None:
    *body, last = source.rstrip().splitlines()
    assert last.startswith("check("), "a solution ends in its check"
    names: dict[str, Any] = {}
    exec("\n".join([*body, f"verdict = {last}"]), names)
    assert names["verdict"].status == "yes", names["verdict"]


def test_every_exercise_has_a_solution_and_a_cell_to_answer_in() -> None:
    text = CHAPTER.read_text(encoding="utf8")
    for name in CHECKERS:
        quoted = json.dumps(f'check("{name}", ')[1:-1]
        assert text.count(quoted) == 2, name


REPEAT = LinearPredictor(BITS, [2], [np.eye(2)])
ZEROS = LinearPredictor(BITS, [], [])
FAR = LinearPredictor(BITS, [3], [np.eye(2)])

WRONG: list[tuple[str, object, str]] = [
    ("ls-bound", 672, "has no bias"),
    ("ls-bound", 112, "That is ‖W‖²"),
    ("ls-bound", 895, "Write down R²"),
    ("ls-bound", "896", "should be a whole number"),
    ("ls-another-rule", "no", "should be a LinearPredictor; this is a str"),
    ("ls-another-rule", FAR, "look-backs 1 and 2 only"),
    ("ls-another-rule", ZEROS, "it writes 01000000"),
    ("ls-another-rule", REPEAT, "make it differ"),
    ("ls-windows", 512, "share cells"),
    ("ls-windows", 8, "number of tokens"),
    ("ls-windows", 64, "how many cells in all"),
    ("ls-collatz", 27, "The run of 27 still has a window"),
    ("ls-collatz", 29, "a smaller number would do"),
    ("ls-collatz", 1, "lies between 2 and 100"),
    ("ls-words", "abba", "should be a list of words"),
    ("ls-words", ["abc"], "'abc' is no word"),
    ("ls-words", ["abbabba"], "no word of at most 6"),
    ("ls-words", [], "give 1 to 30"),
    ("ls-words", ["a"] * 31, "give 1 to 30"),
    ("ls-words", ["abba", "baab"], "reads a window that your words do not show"),
]


@pytest.mark.parametrize(("name", "answer", "message"), WRONG)
def test_wrong_answers_fail_and_are_told_why(name: str, answer: object, message: str) -> None:
    verdict = check(name, answer)
    assert verdict.status == "no"
    assert message in verdict.message


def test_at_least_two_wrong_answers_each() -> None:
    for name in CHECKERS:
        assert len({message for n, _, message in WRONG if n == name}) >= 2, name
