"""Wrong answers to the exercises of the chapter *Turing machines*."""

from ntp_lib.theory import ObliviousMachine, example_machine, example_text, two_tape_palindrome

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
    ("tm-norm", (104, 624), "Z is a state too"),
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
