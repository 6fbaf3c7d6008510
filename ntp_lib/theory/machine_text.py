"""Machines as text: the YAML form of turingmachine.io, and the busy-beaver line."""

import re
from collections.abc import Mapping
from importlib.resources import files

from ntp_lib.theory.turing import Rule, TuringMachine

MOVES = {"L": -1, "N": 0, "R": 1}


class MachineTextError(ValueError):
    """A description that is no machine.

    Attributes
    ----------
    kind : str
        What is wrong, in a word: "syntax", "missing", "key", "symbol", "duplicate", "state",
        "move", "rule", "input" or "line".
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def parse_machine(text: str) -> TuringMachine:
    """Read a machine from text, in either of two forms that are in wide use.

    *YAML*, as at turingmachine.io: `blank`, `start state` and `table` are required, `input` and
    `synonyms` are not. The table maps a state to its rules, or to nothing if it halts; a rule's
    key is a symbol or a list of symbols; a rule is a direction `L`, `R` or `N` (stay), a synonym,
    or a mapping such as `{write: 1, L: carry}`, in which `write` and the next state may be left
    out. Every scalar is read as its text: `0` is the symbol 0.

    *Busy-beaver line*: `1RB1LB_1LA1RZ`. A group for each state A, B, …; in it three characters
    for each symbol 0, 1, …: symbol to write, L or R, next state; `Z` or `H` halts, `---` is no
    rule. The blank is 0.

    Parameters
    ----------
    text : str
        `#` starts a comment in both forms.

    Raises
    ------
    MachineTextError
        A ValueError that says what is wrong and where.

    Examples
    --------
    >>> parse_machine("1RB1LB_1LA1RZ").rules["B"]["0"]
    Rule(write='1', move=-1, state='A')
    >>> machine = parse_machine('''
    ... blank: _
    ... start state: right
    ... table:
    ...   right:
    ...     [0, 1]: R
    ...     _: {write: 1, L: done}
    ...   done:
    ... ''')
    >>> machine.rules["right"]["1"]
    Rule(write='1', move=1, state='right')
    """
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    words = [line for line in lines if line]
    if len(words) == 1 and re.fullmatch(r"[\w-]+", words[0]):
        return _busy_beaver(words[0])
    return _from_yaml(text)


def example_names() -> tuple[str, ...]:
    """Return the names of the machines that come with the book, from simple to long.

    Examples
    --------
    >>> example_names()[:3]
    ('bb2', 'increment', 'divisible-by-three')
    """
    return _EXAMPLES


def example_text(name: str) -> str:
    """Return the description of one of the machines that come with the book.

    Raises
    ------
    ValueError
        If no machine has this name.

    Examples
    --------
    >>> print(example_text("bb2").splitlines()[-1])
    1RB1LB_1LA1RZ
    """
    if name not in _EXAMPLES:
        raise ValueError(f"there is no machine {name!r}; the names are {', '.join(_EXAMPLES)}")
    return (files("ntp_lib.theory") / "machines" / f"{name}.yaml").read_text(encoding="utf8")


def example_machine(name: str) -> TuringMachine:
    """Return one of the machines that come with the book; `example_names` lists them.

    Raises
    ------
    ValueError
        If no machine has this name.

    Examples
    --------
    >>> example_machine("bb4")
    TuringMachine(5 states, symbols '01')
    """
    return parse_machine(example_text(name))


_EXAMPLES = (
    "bb2",
    "increment",
    "divisible-by-three",
    "copy",
    "palindrome",
    "anbncn",
    "addition",
    "bb3-steps",
    "bb3-ones",
    "bb4",
    "collatz",
    "unary-multiplication",
    "binary-multiplication",
)


def _busy_beaver(line: str) -> TuringMachine:
    def bad(what: str) -> MachineTextError:
        return MachineTextError("line", f"in the busy-beaver line {line}: {what}")

    groups = line.split("_")
    states = "ABCDEFGIJKLMNOPQRSTUVWXY"[: len(groups)]
    size = len(groups[0])
    if len(groups) > len(states):
        raise bad(f"there are {len(groups)} groups; at most 24 states have names")
    if size % 3 or not 3 <= size <= 30:
        raise bad(f"{groups[0]!r} has {size} characters; give 3 for each symbol, 10 at most")
    symbols = "0123456789"[: size // 3]
    rules: dict[str, dict[str, Rule]] = {state: {} for state in states}
    for state, group in zip(states, groups, strict=True):
        if len(group) != size:
            raise bad(f"{group!r} has {len(group)} characters; the first group has {size}")
        for i, symbol in enumerate(symbols):
            rule = group[3 * i : 3 * i + 3]
            write, direction, into = rule[0], rule[1], rule[2]
            if rule == "---":
                continue
            if write not in symbols:
                raise bad(f"{rule!r} writes {write!r}; the symbols are {', '.join(symbols)}")
            if direction not in "LR":
                raise bad(f"{rule!r} moves {direction!r}; the directions are L and R")
            if into not in states + "ZH":
                raise bad(f"{rule!r} enters {into!r}; the states are {', '.join(states)}, Z, H")
            rules.setdefault(into, {})
            rules[state][symbol] = Rule(write, MOVES[direction], into)
    return TuringMachine("0", "A", rules)


_Plain = str | list["_Plain"] | tuple[tuple["_Plain", "_Plain"], ...] | None
"""A YAML node without types: text, a list, pairs of a mapping, or nothing."""


def _from_yaml(text: str) -> TuringMachine:
    document = _compose(text)
    top = _mapping(document, "the description", "syntax")
    for key in top:
        if key not in _KEYS:
            raise MachineTextError("key", f"unknown key {key!r}; the keys are {', '.join(_KEYS)}")
    for key, example in (("blank", "'_'"), ("start state", "A"), ("table", "…")):
        if not top.get(key):
            raise MachineTextError("missing", f"there is no {key}; give one, as {key}: {example}")
    blank, start, tape = (_text(top.get(key), key) for key in ("blank", "start state", "input"))
    _symbol(blank, "the blank")
    table = _mapping(top["table"], "the table", "syntax")
    synonyms = {
        name: _rule(action, {}, table, f"in synonym {name!r}")
        for name, action in _mapping(top.get("synonyms"), "synonyms", "syntax").items()
    }
    rules: dict[str, dict[str, Rule]] = {}
    for state, entry in table.items():
        row = rules[state] = {}
        for keys, value in _pairs(entry, f"state {state!r}", "rule"):
            for item in keys if isinstance(keys, list) else [keys]:
                name = _symbol(_text(item, "a symbol"), f"in state {state!r}")
                if name in row:
                    raise MachineTextError(
                        "duplicate", f"symbol {name!r} has two rules in state {state!r}; keep one"
                    )
                where = f"in state {state!r} on symbol {name!r}"
                write, move, into = _rule(value, synonyms, table, where)
                row[name] = Rule(
                    name if write is None else write, move, state if into is None else into
                )
    if start not in table:
        raise MachineTextError(
            "state", f"the start state {start!r} is not in the table; give it an entry there"
        )
    try:
        return TuringMachine(blank, start, rules, tape)
    except ValueError as error:  # all else is checked above
        raise MachineTextError("input", str(error)) from None


_KEYS = ("blank", "start state", "table", "input", "synonyms")
_Action = tuple[str | None, int, str | None]
"""The symbol to write, the move and the next state; None keeps the symbol or the state."""


def _compose(text: str) -> _Plain:
    """Read YAML without giving types to scalars, and without dropping a repeated key."""
    import yaml  # type: ignore[import-untyped]  # the library's floor needs it only here

    def plain(node: yaml.Node, key: bool = False) -> _Plain:
        if isinstance(node, yaml.MappingNode):
            return tuple((plain(k, key=True), plain(v)) for k, v in node.value)
        if isinstance(node, yaml.SequenceNode):
            return [plain(item, key=True) for item in node.value]
        empty = node.tag == "tag:yaml.org,2002:null" and not key
        return None if empty else str(node.value)

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        return None if root is None else plain(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise MachineTextError("syntax", f"this is not YAML{where}: {problem}") from None
    except RecursionError:
        raise MachineTextError(
            "syntax", "the description is nested too deeply, or an alias (*) contains itself"
        ) from None


def _pairs(value: _Plain, what: str, kind: str) -> tuple[tuple[_Plain, _Plain], ...]:
    if value is None:
        return ()
    if not isinstance(value, tuple):
        raise MachineTextError(kind, f"{what} is {value!r}; it should be a mapping, as key: value")
    return value


def _mapping(value: _Plain, what: str, kind: str) -> dict[str, _Plain]:
    found: dict[str, _Plain] = {}
    for key, entry in _pairs(value, what, kind):
        name = _text(key, f"a key of {what}")
        if name in found:
            raise MachineTextError("duplicate", f"{name!r} occurs twice in {what}; keep one")
        found[name] = entry
    return found


def _text(value: _Plain, what: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MachineTextError("syntax", f"{what} should be a single word")
    return value


def _symbol(text: str, where: str) -> str:
    if len(text) != 1:
        raise MachineTextError(
            "symbol", f"the symbol {text!r} ({where}) has {len(text)} characters; give it one"
        )
    return text


def _rule(
    value: _Plain, synonyms: Mapping[str, _Action], table: Mapping[str, _Plain], where: str
) -> _Action:
    if isinstance(value, str) and value in MOVES:
        return None, MOVES[value], None
    if isinstance(value, str) and value in synonyms:
        return synonyms[value]
    if not isinstance(value, tuple):
        raise MachineTextError(
            "rule",
            f"{value!r} {where} is no rule: give L, R, N, a synonym or {{write: …, L: …}}",
        )
    parts = _mapping(value, f"the rule {where}", "rule")
    for key in parts:
        if key != "write" and key not in MOVES:
            raise MachineTextError(
                "move", f"{key!r} {where} is no direction; the directions are L, R and N (stay)"
            )
    moves = [key for key in parts if key != "write"]
    if len(moves) != 1:
        raise MachineTextError(
            "move", f"the rule {where} has {len(moves)} directions; give exactly one"
        )
    into = parts[moves[0]]
    if into is not None and _text(into, f"the next state {where}") not in table:
        raise MachineTextError(
            "state", f"unknown state {into!r} {where}; the states are {', '.join(table)}"
        )
    write = _symbol(_text(parts["write"], "write"), where) if "write" in parts else None
    return write, MOVES[moves[0]], None if into is None else str(into)
