"""The one entry point of all exercises."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape
from typing import Literal

from ntp_lib.exercises import (
    circuits,
    compositional_grammars,
    emergence,
    in_context_bound,
    intermediate_steps,
    learning_from_chains,
    learning_to_simulate,
    length_complexity,
    multiplication,
    one_more_token,
    prediction_is_compression,
    text_without_attention,
    transformer_in_minicag,
    turing_machines,
    what_is_represented,
)

Checker = Callable[[object], str | None]
"""Returns None for a right answer, otherwise a sentence that says what is wrong with it."""

_CHAPTERS = (
    one_more_token,
    learning_from_chains,
    circuits,
    turing_machines,
    learning_to_simulate,
    length_complexity,
    text_without_attention,
    multiplication,
    prediction_is_compression,
    compositional_grammars,
    in_context_bound,
    intermediate_steps,
    transformer_in_minicag,
    emergence,
    what_is_represented,
)
CHECKERS: dict[str, Checker] = {
    name: checker for chapter in _CHAPTERS for name, checker in chapter.CHECKERS.items()
}


@dataclass(frozen=True)
class Verdict:
    """What `check` says of an answer; true if the answer is right.

    Attributes
    ----------
    status : "yes", "no" or "open"
        Right, wrong, or not answered yet.
    message : str
        One sentence or two for the reader.
    """

    status: Literal["yes", "no", "open"]
    message: str

    def __bool__(self) -> bool:
        return self.status == "yes"

    def __repr__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        mark = {"yes": "✓", "no": "✗", "open": "…"}[self.status]
        return (
            f"<div class='ntp-verdict ntp-{self.status}'>"
            f"<span aria-hidden='true'>{mark}</span> {escape(self.message)}</div>"
        )


def check(name: str, answer: object) -> Verdict:
    """Check an answer to an exercise without giving the solution away.

    Parameters
    ----------
    name : str
        The exercise's name, as printed in the chapter.
    answer : object
        What the exercise asks for; `...` stands for no answer yet.

    Raises
    ------
    ValueError
        If no exercise has this name.

    Examples
    --------
    >>> check("tokens-for-1000-bits", ...)
    Not answered yet: put your answer in place of the dots.
    >>> check("tokens-for-1000-bits", 6)
    No. That is too few: no chain of this length is right on every row.
    """
    if name not in CHECKERS:
        near = get_close_matches(name, CHECKERS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"the names are {', '.join(CHECKERS)}"
        raise ValueError(f"there is no exercise {name!r}; {hint}")
    if answer is ...:
        return Verdict("open", "Not answered yet: put your answer in place of the dots.")
    wrong = CHECKERS[name](answer)
    return Verdict("yes", "Yes, that is right.") if wrong is None else Verdict("no", f"No. {wrong}")
