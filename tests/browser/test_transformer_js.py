"""The JavaScript of transformers against numpy, on shared vectors."""

import json
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Error, Page

from ntp_lib.core import Vocabulary
from ntp_lib.neural import build
from ntp_lib.neural.export_transformer import export_transformer
from ntp_lib.show.browser import module
from ntp_lib.theory.transformer_predictor import TransformerJSON, TransformerPredictor, gelu
from tests.neural.test_export_transformer import config

READ = """([weights, rows]) => {
    const model = transformerModel(weights);
    return rows.map((tokens) => {
        let reading = null;
        return tokens.map((token) => {
            const read = readToken(model, reading, token);
            reading = read.reading;
            return Array.from(logSoftmax(read.scores));
        });
    });
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.add_script_tag(content=module("transformer.js"))
    yield page
    page.close()


def exported(seed: int) -> TransformerJSON:
    shape = config(seed)
    return export_transformer(
        build(shape, seed), Vocabulary([f"t{i}" for i in range(shape.vocabulary)])
    )


@pytest.mark.parametrize("seed", range(3))
def test_token_by_token_as_in_numpy(page: Page, seed: int) -> None:
    weights = exported(seed)
    predictor = TransformerPredictor(weights)
    size = len(predictor.vocabulary)
    tokens = np.random.default_rng(seed).integers(0, size, (6, predictor.last + 1))
    found = page.evaluate(READ, [json.loads(json.dumps(weights)), tokens[:, :-1].tolist()])
    expected = predictor.log_probabilities(tokens)[:, 1:]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_many_tokens_can_be_tried_after_one_reading(page: Page) -> None:
    weights = exported(1)
    predictor = TransformerPredictor(weights)
    found = page.evaluate(
        """([weights, tokens]) => {
            const model = transformerModel(weights);
            const { reading } = readToken(model, null, 0);
            return tokens.map((token) => Array.from(readToken(model, reading, token).scores));
        }""",
        [weights, [0, 1, 0]],
    )
    expected = predictor.scores(np.array([[0, 0], [0, 1], [0, 0]]))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_gelu_is_numpys(page: Page) -> None:
    x = np.linspace(-8, 8, 201)
    np.testing.assert_allclose(page.evaluate("(x) => x.map(gelu)", x.tolist()), gelu(x), atol=1e-14)


def test_wrong_weights_and_too_many_tokens_are_named(page: Page) -> None:
    weights = exported(1)
    with pytest.raises(Error, match="linear is no transformer"):
        page.evaluate("(w) => transformerModel(w)", {**weights, "kind": "linear"})
    with pytest.raises(Error, match="output has 1 scales and 3 codes"):
        page.evaluate(
            "(w) => transformerModel(w)", {**weights, "output": {"scales": [1], "codes": "AAAA"}}
        )
    last = len(weights["position"]["scales"])
    with pytest.raises(Error, match=f"continues at most {last} tokens"):
        page.evaluate(READ, [weights, [[0] * (last + 1)]])
