import gzip
from collections.abc import Iterator

import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets import Widget

from ntp_lib.show import LengthDial
from ntp_lib.show.length_dial import STEPS, dial_lengths
from ntp_lib.theory import CountModulo, CountParity, SparseParity, sparse_length


@pytest.fixture(autouse=True)
def _close_widgets() -> Iterator[None]:
    yield
    Widget.close_all()


def test_it_starts_with_the_longest_chain_of_the_smallest_steps() -> None:
    assert LengthDial().task == SparseParity(64, range(64), k=2)
    assert LengthDial(steps="digits").task == CountModulo(64, range(64), 2, 2)
    assert LengthDial(steps="bits").task == CountParity(64, range(64))


@given(st.integers(2, 128), st.sampled_from(STEPS))
def test_every_stop_has_a_chain_of_that_length(n: int, steps: str) -> None:
    lengths = dial_lengths(n, steps)
    assert lengths == sorted(lengths)
    for tokens in (lengths[0], lengths[len(lengths) // 2], lengths[-1]):
        dial = LengthDial(n, steps, tokens)
        assert dial.task.chain_length == tokens
        dial.close()


def test_it_is_small() -> None:
    dial = LengthDial(n=128)
    assert len(gzip.compress((dial._esm + dial._css).encode())) < 15_000


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n": 1}, "n is 1; give 2 to 128"),
        ({"n": 129}, "n is 129; give 2 to 128"),
        ({"steps": "and"}, "steps is 'and'; give one of 'xor', 'digits', 'bits'"),
        ({"tokens": 62}, "tokens is 62; with these steps give one of"),
        ({"steps": "digits", "tokens": 1}, r"give one of \[2, 3, 4, 5, 7\]"),
        ({"bits": [0, 1]}, "give 64 zeros and ones"),
    ],
)
def test_a_value_out_of_range_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LengthDial(**given)  # type: ignore[arg-type]


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(traitlets.TraitError):
        LengthDial().n = "many"


def test_what_is_set_in_python_stays_consistent() -> None:
    dial = LengthDial(n=64, tokens=21)
    dial.n = 10
    assert dial.tokens == sparse_length(10, 2) == 9
    assert len(dial.bits) == 10
    dial.steps = "bits"
    assert dial.tokens == 4
    dial.n = 64
    assert (dial.tokens, len(dial.bits)) == (4, 64)
    assert dial.task == CountParity(64, range(64), 4)
    with pytest.raises(ValueError, match="tokens is 8"):
        dial.tokens = 8
    assert dial.tokens == 4


def test_a_message_from_the_page_sets_all_traits_at_once() -> None:
    dial = LengthDial(n=64)
    dial.set_state({"n": 4, "steps": "digits", "tokens": 3, "bits": [1, 0, 0, 1]})
    assert dial.task == CountModulo(4, range(4), 2, 2)
    assert dial.bits == [1, 0, 0, 1]


def test_its_words() -> None:
    assert repr(LengthDial(8, tokens=2)) == "LengthDial(n=8, steps='xor', tokens=2)"
