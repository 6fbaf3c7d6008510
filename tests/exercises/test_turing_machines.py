"""Each solution in the chapter passes its check; wrong answers of different kinds fail."""

import json
from pathlib import Path
from typing import Any

import pytest

from ntp_lib.exercises import check
from ntp_lib.exercises.turing_machines import CHECKERS
from ntp_lib.theory import ObliviousMachine, example_machine, example_text, two_tape_palindrome

CHAPTER = Path(__file__).parents[2] / "book/part1/turing_machines.ipynb"


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


HEAD = "blank: _\nstart state: A\ntable:\n  A:\n"
NO = HEAD + "    [a, b, _]: {N: no}\n  no:\n"
SPIN = HEAD + "    [a, b, _, 1]: {N: A}\n"
HALT_AT_ONCE = HEAD + "    [1, _]: {N: B}\n  B:\n"


def _automaton(factor: int) -> ObliviousMachine:
    rules = {
        (f"r{r}", f"{b}"): (f"r{(factor * r + b) % 3}", f"{b}") for r in range(3) for b in range(2)
    }
    return ObliviousMachine("_", "r0", rules)


WRONG: list[tuple[str, object, str]] = [
    ("tm-norm", 112, "two numbers in parentheses"),
    ("tm-norm", (112.0, 672), "should be whole numbers"),
    ("tm-norm", (68, 408), "Z is a state too"),
    ("tm-norm", (104, 624), "In Z the head does not move"),
    ("tm-norm", (100, 600), "The squared norm is another"),
    ("tm-norm", (112, 336), "the bound is not"),
    ("tm-tokens", (14 * 108, 12), "The first row is the prompt"),
    ("tm-tokens", (107, 12), "one row of S tokens for each step"),
    ("tm-tokens", (1498, 10), "the halting state counts too"),
    ("tm-tokens", (1498, 14), "the dictionary is not"),
    ("tm-tokens", "1498", "two numbers in parentheses"),
    ("tm-two-heads", "0·A", "list of at least three tokens"),
    ("tm-two-heads", ["0", "x", "0"], "Not a row of this machine: 'x' is not in the vocabulary"),
    ("tm-two-heads", ["0·A", "0", "0"], "should hold two heads; it holds 1"),
    ("tm-two-heads", ["0·A", "0", "1·A"], "still has a margin"),
    ("tm-two-heads", ["0·A", "0", "0", "0", "0·B"], "still has a margin"),
    ("tm-doubling", 7, "should be a machine as text; this is a int"),
    ("tm-doubling", "blank: _", "not a machine yet: there is no start state"),
    ("tm-doubling", example_text("copy"), "halts in 'done' with '+' on the tape"),
    ("tm-doubling", HALT_AT_ONCE, "On the input '1' it halts in 'B' with '1' on the tape"),
    ("tm-doubling", SPIN, "has not halted after 20,000 steps"),
    ("tm-doubling", example_machine("increment"), "On the input '' it halts in 'done' with '1'"),
    ("tm-remainder", "rules", "should be an ObliviousMachine; this is a str"),
    ("tm-remainder", two_tape_palindrome(), "One tape is enough; this machine has 2"),
    ("tm-remainder", _automaton(1), "After 11, which is 3, its last token is 'r2·_'"),
    ("tm-remainder", ObliviousMachine("_", "r0", {("r0", "0"): ("r0", "0")}), "cannot read"),
    ("tm-equally-many", NO, "On the input '' it halts in 'no'"),
    ("tm-equally-many", example_text("anbncn"), "On the input 'ab' it halts in 'no'"),
    ("tm-equally-many", SPIN, "has not halted"),
    ("tm-equally-many", HALT_AT_ONCE, "On the input '' it halts in 'B'"),
]


@pytest.mark.parametrize(("name", "answer", "message"), WRONG)
def test_wrong_answers_fail_and_are_told_why(name: str, answer: object, message: str) -> None:
    verdict = check(name, answer)
    assert verdict.status == "no"
    assert message in verdict.message


def test_at_least_two_wrong_answers_each() -> None:
    for name in CHECKERS:
        assert len({message for n, _, message in WRONG if n == name}) >= 2, name
