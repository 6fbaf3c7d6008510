"""Machines: direct simulation against an independent one, the theorem, the examples."""

import re
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from automata.base.exceptions import RejectionException
from automata.tm.dtm import DTM
from hypothesis import given, settings
from hypothesis import strategies as st

from ntp_lib.core import rollout, teacher_force
from ntp_lib.theory import (
    Rule,
    Run,
    TuringMachine,
    example_machine,
    example_names,
    machine_predictor,
    mistake_bound,
    run,
    squared_norm,
    tableau,
    walk_back,
)
from tests.theory.machine_strategies import machines, tapes


def _oracle(machine: TuringMachine) -> DTM:
    """The same machine in automata-lib."""
    halting = {state for state in machine.states if machine.halts_in(state)}
    return DTM(
        states=set(machine.states),
        input_symbols=set(machine.symbols) - {machine.blank},
        tape_symbols=set(machine.symbols),
        transitions={
            state: {a: (r.state, r.write, "LNR"[r.move + 1]) for a, r in row.items()}
            for state, row in machine.rules.items()
            if row
        },
        initial_state=machine.start,
        blank_symbol=machine.blank,
        final_states=halting,
    )


def _agrees_with_oracle(result: Run) -> None:
    """State, scanned symbol and tape after every step."""
    machine = result.machine
    stride = len(machine.states) + 1
    width = len(result.cells)
    rows = tableau(result)[1:].reshape(result.steps + 1, width)
    configurations = _oracle(machine).read_input_stepwise(result.input)
    for row, other in zip(rows, configurations, strict=False):
        head = int(np.flatnonzero(row % stride)[0])
        symbols = "".join(machine.symbols[a] for a in row // stride)
        assert other.state == machine.states[row[head] % stride - 1]
        place = other.tape.current_position
        tape = "".join(other.tape.tape)
        assert tape[place] == symbols[head]
        assert tape[:place].lstrip(machine.blank) == symbols[:head].lstrip(machine.blank)
        assert tape[place:].rstrip(machine.blank) == symbols[head:].rstrip(machine.blank)


@given(machines(), st.data())
def test_simulation_is_automata_lib_s(machine: TuringMachine, data: st.DataObject) -> None:
    if machine.halts_in("A") or not any(map(machine.halts_in, machine.states)):
        machine = TuringMachine("_", "A", {**machine.rules, "H": {}})
    tape = data.draw(tapes(machine))
    _agrees_with_oracle(run(machine, tape, limit=30))


@pytest.mark.parametrize("name", example_names())
def test_examples_on_automata_lib(name: str) -> None:
    result = run(example_machine(name))
    assert result.halted
    _agrees_with_oracle(result)
    *_, last = _oracle(result.machine).read_input_stepwise(result.input)
    assert last.state == result.state


@given(machines(total=False), st.data(), st.integers(0, 3), st.integers(0, 3))
@settings(max_examples=200)
def test_the_predictor_writes_the_tableau_with_margin_one(
    machine: TuringMachine, data: st.DataObject, left: int, right: int
) -> None:
    tape = data.draw(tapes(machine))
    try:
        result = run(machine, tape, limit=25)
    except ValueError as error:
        # stuck: up to there the run is right, and from there on the row repeats
        steps = int(re.findall(r"step (\d+) finds no rule", str(error))[0]) - 1
        result = run(machine, tape, limit=steps)
    width = len(result.cells) + left + right
    tokens = tableau(result, width, left - result.cells.start)
    predictor = machine_predictor(machine, width)
    prompt = width + 1
    assert predictor.look_backs == (width + 1, width, width - 1)
    free = rollout(predictor, tokens[None, :prompt], len(tokens) - prompt)
    np.testing.assert_array_equal(free[0], tokens)
    if result.steps:
        forced = teacher_force(predictor, tokens[None], prompt)
        assert not forced.mistakes.any()
        assert (forced.margins == 1).all()


@given(machines(), st.data(), st.integers(0, 5))
def test_after_halting_the_rows_repeat(
    machine: TuringMachine, data: st.DataObject, more: int
) -> None:
    result = run(machine, data.draw(tapes(machine)), limit=20)
    if not result.halted:
        return
    tokens = tableau(result, steps=result.steps + more)
    width = len(result.cells)
    predictor = machine_predictor(machine, width)
    steps = len(tokens) - width - 1
    np.testing.assert_array_equal(rollout(predictor, tokens[None, : width + 1], steps)[0], tokens)
    rows = tokens[1:].reshape(-1, width)
    assert (rows[result.steps :] == rows[result.steps]).all()


@given(machines(total=False), st.integers(2, 9))
def test_the_norm_formula_and_the_width(machine: TuringMachine, width: int) -> None:
    weights = machine_predictor(machine, width).weights
    assert squared_norm(machine) == (weights**2).sum()
    np.testing.assert_array_equal(weights, machine_predictor(machine, 2).weights)
    assert mistake_bound(machine) == 6 * squared_norm(machine)


def test_the_first_example_in_numbers() -> None:
    machine = example_machine("bb2")
    predictor = machine_predictor(machine, 4)
    assert len(machine.vocabulary) == 8
    assert (np.count_nonzero(predictor.weights), predictor.weights.size) == (42, 192)
    assert (squared_norm(machine), mistake_bound(machine)) == (112, 672)


def _perceptron_mistakes(machine: TuringMachine, sequences: list[np.ndarray], width: int) -> int:
    """Run the multiclass perceptron over the sequences until it makes no more mistakes."""
    q = len(machine.vocabulary)
    look_backs = np.array([width + 1, width, width - 1])
    weights = np.zeros((3, q, q))
    mistakes, clean = 0, False
    while not clean:
        clean = True
        for tokens in sequences:
            for p in range(width + 1, len(tokens)):
                read = tokens[p - look_backs]
                guess = weights[[0, 1, 2], read].sum(axis=0).argmax()
                if guess != tokens[p]:
                    weights[[0, 1, 2], read, tokens[p]] += 1
                    weights[[0, 1, 2], read, guess] -= 1
                    mistakes, clean = mistakes + 1, False
    return mistakes


@given(machines(), st.data())
@settings(max_examples=15, deadline=None)
def test_the_perceptron_makes_no_more_mistakes_than_the_bound(
    machine: TuringMachine, data: st.DataObject
) -> None:
    runs = [run(machine, data.draw(tapes(machine)), limit=6) for _ in range(2)]
    left = max(-result.cells.start for result in runs)
    width = left + max(result.cells.stop for result in runs)
    sequences = [tableau(result, width, left) for result in runs]
    assert _perceptron_mistakes(machine, sequences, width) <= mistake_bound(machine)


@given(machines(), st.data())
def test_space_and_tokens_in_terms_of_time(machine: TuringMachine, data: st.DataObject) -> None:
    """The corollary: S ≤ n + τ for a halting run, so T ≤ (n + τ)τ."""
    tape = data.draw(tapes(machine))
    result = run(machine, tape, limit=40)
    if result.halted and result.steps:
        assert len(result.cells) <= max(len(tape), 1) + result.steps


@given(machines(), st.integers(0, 3))
@settings(max_examples=50)
def test_one_row_for_all_inputs_of_a_length(machine: TuringMachine, n: int) -> None:
    """The corollary: S ≤ τ + max(τ + 1, n), the input always in the same place."""
    runs = [run(machine, "".join(word), limit=20) for word in product(machine.symbols, repeat=n)]
    steps = max(result.steps for result in runs)
    if steps and all(result.halted for result in runs):
        left = max(-result.cells.start for result in runs)
        assert left + max(result.cells.stop for result in runs) <= steps + max(steps + 1, n)


def test_one_row_for_all_inputs_may_be_longer_than_any_single_one() -> None:
    """On 0 the head goes left, on 1 right: 2τ + 1 cells for both, τ + 1 for each."""
    walks = {
        state: {a: Rule(a, move, "H") for a in "_01"}
        for state, move in (("left", -1), ("right", 1))
    }
    start = {"0": Rule("0", -1, "left"), "1": Rule("1", 1, "right"), "_": Rule("_", 0, "H")}
    machine = TuringMachine("_", "start", {"start": start, **walks, "H": {}})
    zero, one = run(machine, "0").cells, run(machine, "1").cells
    assert (len(zero), len(one), len({*zero, *one})) == (3, 3, 5)


@given(st.text("ab", max_size=7))
def test_the_last_token_is_the_answer(word: str) -> None:
    machine = walk_back(example_machine("palindrome"), ">")
    result = run(machine, f">{word}")
    plain = run(example_machine("palindrome"), f">{word}")
    tokens = tableau(result)
    width = len(result.cells)
    steps = width * (result.steps - 1) + 1
    written = rollout(machine_predictor(machine, width), tokens[None, : width + 1], steps)[0]
    answer = "yes" if word == word[::-1] else "no"
    assert machine.vocabulary.decode(written)[-1] == f">·{answer}"
    earlier = machine.vocabulary.decode(written)[:-1]
    assert not any(token.endswith(("·yes", "·no")) for token in earlier)
    assert result.steps <= plain.steps + width


def test_two_heads_break_the_theorem() -> None:
    """Two heads that meet in one cell in different states: their votes tie, and the margin is 0."""
    machine = example_machine("increment")
    row = machine.vocabulary.encode(["_", "1·right", "0", "1·carry", "_", "_"])
    scores = machine_predictor(machine, 5).block_scores(row[None], 2)[0, 1]
    best = [machine.vocabulary.tokens[d] for d in np.flatnonzero(scores == scores.max())]
    assert best == ["0·right", "0·carry"]


@pytest.mark.parametrize("width", [5, 9])
def test_a_row_too_narrow_breaks_the_theorem(width: int) -> None:
    """Counting up to 16 needs one cell more than the digits: the carry runs into the row above."""
    machine = example_machine("increment")
    result = run(machine, "1111")
    tokens = tableau(result, width=9, left=4)
    narrow = np.concatenate([[0], tokens[1:][4 - (width - 5) : 9]])
    rows = rollout(machine_predictor(machine, width), narrow[None], width * result.steps)
    truth = tokens[1:].reshape(-1, 9)[:, 4 - (width - 5) :]
    assert (rows[0, 1:].reshape(-1, width) == truth).all() == (width == 9)


# What the machines that come with the book compute


def _binary(low: int, high: int) -> list[str]:
    return [format(n, "b") for n in range(low, high)]


def _words(letters: str, longest: int) -> list[str]:
    return ["".join(w) for k in range(longest + 1) for w in product(letters, repeat=k)]


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _is_anbncn(word: str) -> bool:
    k = len(word) // 3
    return word == "a" * k + "b" * k + "c" * k


COMPUTES: dict[str, tuple[list[str], Callable[[str], str]]] = {
    "increment": (_binary(0, 40), lambda w: format(int(w, 2) + 1, "b")),
    "copy": (["1" * k for k in range(6)], lambda w: f"{w}+{w}"),
    "addition": (
        [f"{a}+{b}" for a in _binary(0, 6) for b in _binary(0, 6)],
        lambda w: format(sum(int(x, 2) for x in w.split("+")), "b"),
    ),
    "collatz": (_binary(1, 12), lambda w: "1"),
    "unary-multiplication": (
        ["1" * a + "*" + "1" * b for a in range(1, 5) for b in range(1, 5)],
        lambda w: f"{w}={'1' * (w.index('*') * (len(w) - w.index('*') - 1))}",
    ),
    "bb2": ([""], lambda w: "1111"),
    "bb3-steps": ([""], lambda w: "11111"),
    "bb3-ones": ([""], lambda w: "111111"),
    "bb4": ([""], lambda w: "10111111111111"),
}
DECIDES: dict[str, tuple[list[str], Callable[[str], bool]]] = {
    "divisible-by-three": (_binary(0, 40), lambda w: int(w, 2) % 3 == 0),
    "palindrome": ([f">{w}" for w in _words("ab", 6)], lambda w: w[1:] == w[:0:-1]),
    "anbncn": ([*_words("abc", 5), "aabbcc", "aabcbc", "aaabbbccc"], _is_anbncn),
}


@pytest.mark.parametrize("name", COMPUTES)
def test_examples_compute(name: str) -> None:
    inputs, function = COMPUTES[name]
    for tape in inputs:
        assert run(example_machine(name), tape).tape == function(tape), tape


@pytest.mark.parametrize("name", DECIDES)
def test_examples_decide(name: str) -> None:
    inputs, function = DECIDES[name]
    for tape in inputs:
        assert run(example_machine(name), tape).state == _yes(function(tape)), tape


def test_binary_multiplication() -> None:
    machine = example_machine("binary-multiplication")
    for a, b in product(range(8), range(8)):
        product_ = run(machine, f"{a:b}*{b:b}").tape
        assert int(product_ or "0", 2) == a * b


def test_the_collatz_orbit_is_on_the_tape() -> None:
    result = run(example_machine("collatz"), "111")
    numbers = []
    rows = tableau(result)[1:].reshape(result.steps + 1, -1)
    states, stride = result.machine.states, len(result.machine.states) + 1
    for row in rows:
        head = np.flatnonzero(row % stride)[0]
        if states[row[head] % stride - 1] == "last":
            numbers.append(int("".join("_01"[a] for a in row // stride).strip("_"), 2))
    assert numbers == [7, 22, 11, 34, 17, 52, 26, 13, 40, 20, 10, 5, 16, 8, 4, 2, 1]


@pytest.mark.parametrize(
    ("name", "steps", "ones"),
    [("bb2", 6, 4), ("bb3-steps", 21, 5), ("bb3-ones", 14, 6), ("bb4", 107, 13)],
)
def test_busy_beavers(name: str, steps: int, ones: int) -> None:
    result = run(example_machine(name))
    assert (result.steps, result.tape.count("1")) == (steps, ones)


# Bad input


FLIP = {"A": {"0": Rule("1", 1, "A"), "_": Rule("_", 0, "H")}, "H": {}}
LEFT = TuringMachine("_", "A", {"A": {"_": Rule("_", -1, "A")}})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: TuringMachine("_", "B", FLIP), "start state 'B' is not in the table"),
        (
            lambda: TuringMachine("_", "A", {"A": {"0": Rule("1", 1, "X")}}),
            "unknown state 'X' in state 'A' on symbol '0'; the states are 'A'",
        ),
        (lambda: TuringMachine("_", "A", {"A": {"0": Rule("1", 2, "A")}}), "is 2; give -1, 0 or 1"),
        (lambda: TuringMachine("__", "A", FLIP), "'__' is not one character"),
        (lambda: TuringMachine("_", "A", FLIP, "2"), "the input holds '2'"),
        (lambda: run(TuringMachine("_", "A", FLIP), "x"), "the input holds 'x'; .* '_', '0', '1'"),
        (lambda: run(TuringMachine("_", "A", FLIP), "01"), "step 2 finds no rule for symbol '1'"),
        (lambda: run(LEFT, limit=-1), "limit is -1"),
        (lambda: tableau(run(LEFT, limit=3), left=3), "give left at least 4"),
        (lambda: tableau(run(LEFT, limit=3), width=4), "width is 4; .* needs 5 cells, 4 of them"),
        (lambda: tableau(run(LEFT, limit=3), steps=4), "has not halted: give 0 to 3"),
        (lambda: machine_predictor(LEFT, 1), "width is 1; .* at least 2"),
        (lambda: walk_back(LEFT, ">"), "the marker '>' is not one of the symbols '_'"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_stuck_machine_is_rejected_by_the_oracle_too() -> None:
    machine = TuringMachine("_", "A", FLIP)
    with pytest.raises(RejectionException):
        list(_oracle(machine).read_input_stepwise("01"))
