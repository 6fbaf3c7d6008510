import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntp_lib.core import Vocabulary, as_tokens

words = st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=20, unique=True)


@given(words, st.data())
def test_decode_undoes_encode(tokens: list[str], data: st.DataObject) -> None:
    vocabulary = Vocabulary(tokens)
    text = tuple(data.draw(st.lists(st.sampled_from(tokens), max_size=30)))
    assert vocabulary.decode(vocabulary.encode(text)) == text


def test_membership_and_length() -> None:
    vocabulary = Vocabulary(["a", "bc"])
    assert len(vocabulary) == 2
    assert "bc" in vocabulary
    assert "b" not in vocabulary


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([], "empty; give it at least one"),
        (["a", "b", "a"], "'a' occurs twice; remove one"),
        (["a", ""], "'' is no token"),
        (["a", 3], "3 is no token"),
    ],
)
def test_bad_vocabularies(tokens: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Vocabulary(tokens)


@pytest.mark.parametrize("token", ["c", 7, ["a"]])
def test_unknown_token(token: object) -> None:
    with pytest.raises(ValueError, match=r"is not in the vocabulary; its tokens are 'a', 'b'"):
        Vocabulary("ab").encode([token])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0, 1], r"shape \(2,\); it must be \(sequences, positions\)"),
        (np.zeros((0, 3), dtype=int), "empty batch; give it at least one"),
        ([[0.0, 1.0]], "float64 values; give token ids as integers"),
        ([[0, 2]], "holds the id 2; the vocabulary's ids go from 0 to 1"),
        ([[0, -1]], "holds the id -1"),
    ],
)
def test_bad_batches(values: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_tokens(values, Vocabulary("01"))  # type: ignore[arg-type]


def test_displays_and_escapes_itself() -> None:
    vocabulary = Vocabulary(["<b>", *"abcdefghijklmn"])
    assert "&lt;b&gt;" in vocabulary._repr_html_()
    assert repr(vocabulary).endswith("… (15 in all))")
