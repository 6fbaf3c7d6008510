import gzip
import json
from collections.abc import Iterator

import numpy as np
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets import Widget

from ntp_lib.show import CircuitBench
from ntp_lib.show.circuit_bench import (
    BUILDERS,
    OWN,
    RULE,
    SIZES,
    circuit_from_json,
    circuit_json,
    start_bits,
)
from ntp_lib.theory import Circuit, Gate, cellular_circuit, lookup_circuit, majority, weighted_adder


@pytest.fixture(autouse=True)
def _close_widgets() -> Iterator[None]:
    yield
    Widget.close_all()


AND = Circuit("ab", {"z1": Gate({"a": 1, "b": 1}, 2)}, ["z1"])


@pytest.mark.parametrize("name", SIZES)
def test_everything_to_pick_starts(name: str) -> None:
    bench = CircuitBench(name)
    sizes = SIZES[name]
    assert bench.size == sizes[min(1, len(sizes) - 1)]
    if name == OWN:
        assert bench.current is None
        assert bench.bits == [1, 1]
        return
    assert bench.current is not None
    assert len(bench.bits) == len(bench.current.inputs)
    assert bench.current.evaluate([bench.bits]).shape == (1, len(bench.current.gates))


def test_picking_another_circuit_refits_size_and_bits() -> None:
    bench = CircuitBench("ripple adder", size=3, bits=[1, 0, 1, 0, 1, 1])
    assert bench.current == BUILDERS["ripple adder"][0](3)
    bench.circuit = RULE
    assert (bench.size, bench.bits) == (2, [0, 0, 1, 0, 0])
    assert bench.current == cellular_circuit(30, 5, 2)
    bench.rule = 232
    assert bench.current == cellular_circuit(232, 5, 2)
    bench.circuit = "multiplier"
    assert (bench.size, len(bench.bits)) == (3, 6)
    bench.size = 2
    assert len(bench.bits) == 4


def test_the_reader_s_own_circuit_comes_back_as_a_circuit() -> None:
    bench = CircuitBench(OWN)
    assert bench.current is None
    bench.own = circuit_json(AND)
    assert bench.current == AND
    assert CircuitBench(OWN, own=AND, bits=[0, 1]).current == AND


@given(st.integers(1, 5), st.integers(0, 10**6))
def test_circuits_survive_the_round_trip(n: int, seed: int) -> None:
    table = np.random.default_rng(seed).integers(0, 2, 2**n)
    for circuit in (lookup_circuit(table.tolist()), weighted_adder(n)):
        assert circuit_from_json(json.loads(json.dumps(circuit_json(circuit)))) == circuit


def test_the_state_is_plain_json_and_small() -> None:
    bench = CircuitBench()
    state = {name: getattr(bench, name) for name in bench.keys if name[0] != "_"}
    text = json.dumps(state, default=str)
    assert len(gzip.compress((text + bench._esm + bench._css).encode())) < 25_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"circuit": "adder"}, "circuit is 'adder'; give one of XOR"),
        ({"size": 9}, r"size is 9; 'ripple adder' comes in the sizes \(1, 2, 3, 4\)"),
        ({"rule": 256}, "rule is 256; give a whole number from 0 to 255"),
        ({"bits": [0, 1]}, "give 4 zeros and ones"),
        ({"bits": [0, 1, 2, 0]}, "give 4 zeros and ones"),
        ({"own": {"gates": [{}]}}, "is no circuit .*; give inputs, gates and outputs"),
        ({"own": circuit_json(majority(7))}, "has 7 inputs; give at most 6"),
        ({"own": circuit_json(lookup_circuit([0, 1] * 8))}, None),
        ({"own": circuit_json(lookup_circuit([0, 1] * 16))}, "has 16 gates; give at most 12"),
        ({"own": circuit_json(weighted_adder(2))}, "has 3 outputs; give at most 1"),
    ],
)
def test_bad_values_are_refused_and_the_old_ones_kept(
    change: dict[str, object], message: str | None
) -> None:
    bench = CircuitBench("ripple adder")
    ((name, value),) = change.items()
    before = getattr(bench, name)
    if message is None:
        setattr(bench, name, value)
        return
    with pytest.raises((ValueError, traitlets.TraitError), match=message):
        setattr(bench, name, value)
    assert getattr(bench, name) == before


def test_start_bits_and_display() -> None:
    assert start_bits("XOR", 2) == [1, 1]
    assert repr(CircuitBench("XOR")) == "CircuitBench('XOR', size=2, rule=30, bits=[1, 1])"
