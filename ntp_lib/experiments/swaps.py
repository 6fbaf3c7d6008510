"""Swaps: exchange the function in a transformer's residual stream, and see what it predicts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ntp_lib.experiments.probe_prompts import EXAMPLES, QUESTIONS, Prompts, Question, Sample
from ntp_lib.experiments.worlds import World
from ntp_lib.neural import LanguageModel
from ntp_lib.neural.probing import Stream, fit_probe, logits_from, residuals

Ints = NDArray[np.int64]

PLACES = ("input", "labels", "separators")
"""Where the stream is changed: at the token where the question reads it; in the examples before, at
the tokens that the asked function wrote; at the separators that end these examples."""
SWAPS = ("exchange", "function", "answer", "random")
"""What is added there:

- "exchange": what makes it the stream of the same inputs with the asked function replaced.
- "function": the mean stream with the other function less that with the own one: the direction in
  which a linear probe tells them apart, which no input enters.
- "answer": the mean stream before the other next token less that before the own one.
- "random": a random vector as long as the exchange.
"""


def positions(question: Question, place: str) -> list[int]:
    """Return the tokens of a place, counted from the prompt's first.

    Examples
    --------
    >>> positions(QUESTIONS[0], "labels")
    [1, 4, 7, 10, 13, 16, 19]
    """
    starts = range(0, (EXAMPLES - 1) * question.length, question.length)
    if place == "input":
        return [starts.stop + question.shown]
    offset = 1 + question.shown if place == "labels" else question.length - 1
    return [start + offset for start in starts]


def swap_tables(
    model: LanguageModel, world: World, count: int = 1200, seed: int = 0
) -> dict[str, Any]:
    """Swap the asked function at one place after one layer, and see whether the prediction follows.

    It *follows* if the likeliest next token is what the derivation with the function replaced
    would write. Only prompts are counted that the model continues rightly, and where that
    token is another one.

    Parameters
    ----------
    model : LanguageModel
        A transformer over the world's tokens.
    world : World
    count : int
        Prompts that are changed; the mean streams and probes are those of twice as many.
    seed : int
        Of the prompts.

    Returns
    -------
    dict
        For each question that asks for a function, for each place, lists of one share a layer,
        from the embedding on: `probe`, of right labels of a probe at the last token of the place;
        and for each swap, of predictions that follow. `new to the network` is that of exchanges
        with derivations that were held out from training. None where no prompt is counted.
    """
    prompts, rng = Prompts(world), np.random.default_rng([seed, 16])
    asked = [question for question in QUESTIONS if question.factor is not None]
    return {q.name: _swap_question(model, prompts, q, count, rng) for q in asked}


def _swap_question(
    model: LanguageModel, prompts: Prompts, question: Question, count: int, rng: np.random.Generator
) -> dict[str, Any]:
    seen = prompts.derivations(question)
    many = prompts.sample(question, seen, 2 * count, rng)
    known, labels = residuals(model, many.prompts), many.labels(question)
    own = prompts.sample(question, seen, count, rng)
    other = replaced(prompts, question, own, rng)
    stream, others = residuals(model, own.prompts), residuals(model, other.prompts)
    now, then = own.labels(question), other.labels(question)
    counted = (predicted(model, own) == own.answers) & (own.answers != other.answers)
    fresh = counted & (other.ids >= len(seen))
    old = counted & (other.ids < len(seen))

    found: dict[str, Any] = {}
    for place in PLACES:
        at = positions(question, place)
        table: dict[str, list[float | None]] = {
            name: [] for name in ("probe", *SWAPS, "new to the network")
        }
        for layer in range(len(stream)):
            here = known[layer][:, at]
            exchange = others[layer][:, at] - stream[layer][:, at]
            noise = rng.normal(size=exchange.shape)
            noise /= np.linalg.norm(noise, axis=2, keepdims=True)
            changes = {
                "exchange": exchange,
                "function": _difference(here, labels, now, then),
                "answer": _difference(here, many.answers, own.answers, other.answers),
                "random": noise * np.linalg.norm(exchange, axis=2, keepdims=True),
            }
            for name, change in changes.items():
                changed = stream[layer].copy()
                changed[:, at] += change
                follows = logits_from(model, changed, layer).argmax(axis=1) == other.answers
                table[name].append(share(follows[old]))
                if name == "exchange":
                    table["new to the network"].append(share(follows[fresh]))
            fit = rng.permutation(len(labels)) % 4 > 0
            probe = fit_probe(here[fit, -1], labels[fit], (here[~fit, -1], labels[~fit]))
            table["probe"].append(share(probe.predict(stream[layer][:, at[-1]]) == now))
        found[place] = table
    return found


def replaced(
    prompts: Prompts, question: Question, sample: Sample, rng: np.random.Generator
) -> Sample:
    """Return prompts with the same inputs and the asked function replaced by a random other one.

    Its derivations are those of the sample, then those held out from training.
    """
    assert question.factor is not None
    steps = [*sample.steps, *prompts.derivations(question, held_out=True)]
    functions = prompts.world.functions
    ids = np.empty_like(sample.ids)
    for k, i in enumerate(sample.ids):
        new = list(sample.steps[i])
        turn = int(rng.integers(1, functions))
        new[question.factor] = (new[question.factor] - 1 + turn) % functions + 1
        ids[k] = steps.index(tuple(new))
    return prompts.written(question, steps, ids, sample.inputs)


def _difference(stream: Stream, groups: Ints, now: Ints, then: Ints) -> Stream:
    """Of the mean streams of two groups, for each pair of `now` and `then`."""
    names = np.unique(groups)
    means = np.stack([stream[groups == name].mean(axis=0) for name in names])
    change: Stream = means[np.searchsorted(names, then)] - means[np.searchsorted(names, now)]
    return change


def predicted(model: LanguageModel, sample: Sample) -> Ints:
    """The model's likeliest next token after each prompt."""
    return np.asarray(logits_from(model, residuals(model, sample.prompts)[0], 0).argmax(axis=1))


def share(flags: Any) -> float | None:
    """A mean to four decimals; None of nothing."""
    return round(float(np.mean(flags)), 4) if np.size(flags) else None
