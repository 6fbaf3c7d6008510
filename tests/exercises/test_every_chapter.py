"""Each solution in a chapter passes its check; wrong answers of different kinds fail."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ntp_lib.exercises import check
from ntp_lib.exercises.check import CHECKERS
from tests.exercises import (
    test_circuits,
    test_compositional_grammars,
    test_emergence,
    test_in_context_bound,
    test_intermediate_steps,
    test_learning_from_chains,
    test_learning_to_simulate,
    test_length_complexity,
    test_multiplication,
    test_one_more_token,
    test_prediction_is_compression,
    test_text_without_attention,
    test_transformer_in_minicag,
    test_turing_machines,
    test_what_is_represented,
)

CHAPTERS = sorted((Path(__file__).parents[2] / "book").glob("part*/*.ipynb"))
WRONG: list[tuple[str, object, str]] = [
    *test_one_more_token.WRONG,
    *test_learning_from_chains.WRONG,
    *test_circuits.WRONG,
    *test_turing_machines.WRONG,
    *test_learning_to_simulate.WRONG,
    *test_length_complexity.WRONG,
    *test_text_without_attention.WRONG,
    *test_multiplication.WRONG,
    *test_prediction_is_compression.WRONG,
    *test_compositional_grammars.WRONG,
    *test_in_context_bound.WRONG,
    *test_intermediate_steps.WRONG,
    *test_transformer_in_minicag.WRONG,
    *test_emergence.WRONG,
    *test_what_is_represented.WRONG,
]


def _solutions() -> Iterator[Any]:
    for chapter in CHAPTERS:
        for cell in json.loads(chapter.read_text(encoding="utf8"))["cells"]:
            if "solution" in cell["metadata"].get("tags", []):
                yield pytest.param("".join(cell["source"]), id=f"{chapter.stem}-{cell['id']}")


@pytest.mark.parametrize("source", list(_solutions()))
def test_every_solution_passes(source: str) -> None:
    *body, last = source.rstrip().splitlines()
    assert last.startswith("check("), "a solution ends in its check"
    names: dict[str, Any] = {}
    exec("\n".join([*body, f"verdict = {last}"]), names)
    assert names["verdict"].status == "yes"


@pytest.mark.parametrize("name", CHECKERS)
def test_every_exercise_has_a_solution_and_a_cell_to_answer_in(name: str) -> None:
    quoted = json.dumps(f'check("{name}", ')[1:-1]
    counts = [chapter.read_text(encoding="utf8").count(quoted) for chapter in CHAPTERS]
    assert sorted(counts)[-1] == sum(counts) == 2


@pytest.mark.parametrize(("name", "answer", "message"), WRONG)
def test_wrong_answers_fail_and_are_told_why(name: str, answer: object, message: str) -> None:
    verdict = check(name, answer)
    assert verdict.status == "no"
    assert message in verdict.message


@pytest.mark.parametrize("name", CHECKERS)
def test_at_least_two_wrong_answers_each(name: str) -> None:
    assert len({message for n, _, message in WRONG if n == name}) >= 2
