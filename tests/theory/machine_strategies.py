"""Random machines for property tests."""

from hypothesis import strategies as st

from ntp_lib.theory import Rule, TuringMachine


@st.composite
def machines(draw: st.DrawFn, total: bool = True) -> TuringMachine:
    """Any number of states, halting states and symbols; left, right and stay."""
    states = "ABCDE"[: draw(st.integers(1, 5))]
    halting = "YZ"[: draw(st.integers(0, 2))]
    symbols = "_012"[: draw(st.integers(1, 4))]
    rule = st.builds(
        Rule,
        st.sampled_from(symbols),
        st.sampled_from([-1, 0, 1]),
        st.sampled_from(states + halting),
    )
    rules = {
        q: {a: draw(rule) for a in symbols if total or draw(st.integers(0, 3))} for q in states
    }
    # a machine's symbols are those of its rules: one state reads them all
    return TuringMachine("_", "A", rules | {q: {} for q in halting})


def tapes(machine: TuringMachine) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(machine.symbols), max_size=8)
