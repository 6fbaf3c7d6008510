"""A small transformer of the book's world, trained for no time at all."""

from functools import cache

from ntp_lib.neural import ModelConfig, build
from ntp_lib.neural.export_transformer import export_transformer
from ntp_lib.show import NetworkContext
from ntp_lib.theory import Finite, Grammar, minicag
from ntp_lib.theory.transformer_predictor import TransformerJSON

PAIRS = ((1, 2), (2, 3), (3, 4), (4, 1))


@cache
def world(held_out: bool) -> Grammar:
    """Return a world of 8 objects and 4 functions, in documents longer than a context."""
    return minicag(
        8,
        4,
        depth=2,
        chain=3,
        prior=Finite([0] * 13 + [1]),
        facts=0.1,
        bodies=(0.55, 0.35, 0.1),
        deeper=0.36,
        held_out=PAIRS if held_out else (),
    )


@cache
def untrained() -> TransformerJSON:
    """Return the weights of a network that has seen nothing."""
    vocabulary = world(True).vocabulary
    shape = ModelConfig("transformer", len(vocabulary), 39, width=16, layers=2, heads=2)
    return export_transformer(build(shape, seed=0), vocabulary)


def context(**given: object) -> NetworkContext:
    """Return the widget with this network."""
    return NetworkContext(untrained(), world(True), world(False), **given)  # type: ignore[arg-type]
