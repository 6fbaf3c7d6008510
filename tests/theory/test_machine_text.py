"""The same table of good and bad descriptions is read in Python and in the page's JavaScript."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.theory import (
    MachineTextError,
    Rule,
    TuringMachine,
    example_machine,
    example_names,
    example_text,
    parse_machine,
)
from tests.theory.machine_strategies import machines

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "machine_texts.json").read_text(encoding="utf8")
)
GOOD = [pytest.param(c, id=c["name"]) for c in CASES if "machine" in c]
BAD = [pytest.param(c, id=c["name"]) for c in CASES if "error" in c]
KINDS = {
    "syntax", "missing", "key", "symbol", "duplicate", "state", "move", "rule", "input", "line",
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_good_descriptions(case: dict[str, Any]) -> None:
    expected = case["machine"]
    assert parse_machine(case["text"]) == TuringMachine(
        expected["blank"],
        expected["start"],
        {q: {a: Rule(*r) for a, r in row.items()} for q, row in expected["rules"].items()},
        expected["input"],
    )


@pytest.mark.parametrize("case", BAD)
def test_bad_descriptions(case: dict[str, Any]) -> None:
    with pytest.raises(MachineTextError) as caught:
        parse_machine(case["text"])
    assert caught.value.kind == case["error"], caught.value


def test_every_kind_of_mistake_is_in_the_table() -> None:
    assert {case["error"] for case in CASES if "error" in case} == KINDS


def _as_yaml(machine: TuringMachine) -> str:
    lines = [f"blank: '{machine.blank}'", f"start state: {machine.start}", "table:"]
    for state, row in machine.rules.items():
        lines.append(f"  {state}:")
        lines += [
            f"    '{a}': {{write: '{r.write}', {'LNR'[r.move + 1]}: {r.state}}}"
            for a, r in row.items()
        ]
    return "\n".join(lines)


@given(machines(total=False))
def test_yaml_round_trip(machine: TuringMachine) -> None:
    assert parse_machine(_as_yaml(machine)) == machine


@given(st.text(st.sampled_from("AB 01_:{}[],'#RL-\n"), max_size=60))
def test_any_text_is_a_machine_or_a_named_mistake(text: str) -> None:
    try:
        kind, words = "a machine", repr(parse_machine(text))
    except MachineTextError as error:
        kind, words = error.kind, str(error)
    assert kind in {"a machine"} | KINDS
    assert words


@pytest.mark.parametrize("text", ["blank: &a [*a]", "table: &a {A: *a}", "blank: " + "[" * 5000])
def test_descriptions_without_end_are_refused(text: str) -> None:
    with pytest.raises(MachineTextError, match="nested too deeply"):
        parse_machine(text)


def test_the_examples_are_there() -> None:
    assert len(example_names()) >= 12
    for name in example_names():
        assert example_text(name).startswith("# ")
        assert example_machine(name).states
    with pytest.raises(ValueError, match="no machine 'bb5'; the names are bb2, "):
        example_machine("bb5")
