"""Wrong answers to the exercises of the chapter *What is represented*."""

import numpy as np

from ntp_lib.exercises import check

FACTORED = [[i == 0, i == 1, i == 2, j == 0, j == 1, j == 2] for i in range(3) for j in range(3)]

WRONG: list[tuple[str, object, str]] = [
    ("read-the-table", {"A": "atomic", "B": "factored", "C": "absent"}, "new to the probe"),
    ("read-the-table", {"A": "factored", "B": "atomic", "C": "atomic"}, "at chance"),
    ("read-the-table", {"A": "factored"}, "the keys A, B and C"),
    ("read-the-table", {"A": "yes", "B": "no", "C": "no"}, "A is 'yes'; choose"),
    ("enough-pairs", 5, "do not connect ten nodes"),
    ("enough-pairs", 25, "Fewer are enough"),
    ("enough-pairs", 9.5, "should be a whole number; this is a float"),
    ("unfair-split", [(1, 1), (2, 2), (3, 3), (4, 4)], "This split is fair"),
    ("unfair-split", [(1, 2), (2, 3), (3, 4), (4, 1)], "twelve pairs that the network has seen"),
    ("unfair-split", [(1, 1), (2, 1), (3, 1), (4, 1)], "second in one"),
    ("unfair-split", 4, "a list of four pairs"),
    ("impossible-labels", [0, 0, 1, 1], "A probe can do this"),
    ("impossible-labels", [1, 1, 1, 1], "A constant probe"),
    ("impossible-labels", [0, 1, 2, 0], "0 or 1"),
    ("impossible-labels", [0, 1], "a list of four labels"),
    ("how-many-labellings", 16, "crossed square"),
    ("how-many-labellings", 4, "sums can do more"),
    ("how-many-labellings", 12, "no sum of two numbers"),
    ("fooling-code", FACTORED, "rightly on 3 of 3"),
    ("fooling-code", np.zeros((9, 4)), "reads the first part wrongly"),
    ("fooling-code", np.eye(4), "nine rows"),
    ("fooling-code", "eye", "an array of numbers"),
    ("fooling-code", np.full((9, 9), np.nan), "finite"),
]


def test_right_answers_of_other_forms_pass() -> None:
    assert check("impossible-labels", (1, 0, 0, 1))
    assert check("unfair-split", np.array([(4, 3), (1, 4), (2, 1), (3, 2)]))
    assert check("fooling-code", (3 * np.eye(9, 20)).tolist())


def test_the_labellings_are_fourteen() -> None:
    """Sums of two of seven numbers, compared with 0: every pattern that they can separate."""
    values = np.arange(-3, 4)
    u = np.array(np.meshgrid(values, values, values, values)).reshape(4, -1) + 0.25
    sums = np.stack([u[0] + u[2], u[0] + u[3], u[1] + u[2], u[1] + u[3]])
    assert len({tuple(row) for row in (sums > 0).T}) == 14
