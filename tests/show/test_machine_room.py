import gzip
import json
from collections.abc import Iterator

import pytest
from ipywidgets import Widget

from ntp_lib.show import MachineRoom
from ntp_lib.theory import example_machine, example_names, parse_machine


@pytest.fixture(autouse=True)
def _close_widgets() -> Iterator[None]:
    yield
    Widget.close_all()


def test_it_starts_with_the_smallest_machine_and_brings_the_others() -> None:
    room = MachineRoom()
    assert room.machine == example_machine("bb2")
    assert [example["name"] for example in room.examples] == list(example_names())
    for example in room.examples:
        assert parse_machine(example["text"]) == example_machine(example["name"])


def test_the_state_is_plain_json_and_small() -> None:
    room = MachineRoom()
    state = json.dumps({name: getattr(room, name) for name in ("text", "input", "examples")})
    assert json.loads(state)["examples"] == room.examples
    assert len(gzip.compress((state + room._esm + room._css).encode())) < 20_000


def test_a_description_with_its_input_or_another() -> None:
    text = "blank: _\nstart state: A\ninput: aa\ntable:\n  A:\n    a: R\n    _: {N: B}\n  B:\n"
    assert MachineRoom(text).input == "aa"
    assert MachineRoom(text, input="a").input == "a"


@pytest.mark.parametrize(
    ("text", "tape", "message"),
    [("1RB1LC_1LA1RZ", None, "enters 'C'"), ("1RB1LB_1LA1RZ", "2", "the input holds '2'")],
)
def test_what_is_no_machine_is_refused(text: str, tape: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MachineRoom(text, input=tape)
