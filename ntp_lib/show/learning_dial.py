"""The dial of learning from chains: samples, tokens, and weights per step or shared."""

import anywidget
import traitlets

from ntp_lib.show.browser import module
from ntp_lib.theory import StreamTask, compression_bound, free_parameters, per_step_bound

SAMPLES = (10, 20, 50, 100, 200, 400, 800, 1600)
TOKENS = (1, 2, 4, 8, 16, 32, 64)
FRESH = 1000
"""The fresh prompts on which the page measures."""
EPOCHS = 200
"""The most passes that the page's perceptron makes."""
TRAINING_SEED, FRESH_SEED = 1_000_000, 2_000_000
"""What is added to the dial's seed to draw the training prompts and the fresh ones."""
DELTA = 0.05


class LearningDial(anywidget.AnyWidget):
    """A perceptron that learns a `StreamTask` in the page: m chains of T tokens.

    The page draws the task, the training chains and 1,000 fresh prompts by `mulberry32`, trains
    the perceptron with weights of their own at every step or with shared ones, and runs it both
    ways. Only the proved bounds come from here. What the reader sets can be read here, and set
    here it moves there.

    Parameters
    ----------
    samples : int
        The number m of training chains, one of `SAMPLES`.
    tokens : int
        The chain's length T, one of `TOKENS`.
    shared : bool
        Whether one set of weights writes all tokens.
    seed : int
        Draws the gate and the prompts: 0 to 999.

    Raises
    ------
    traitlets.TraitError
        If a value is not of the right type.
    ValueError
        If a value is none of those that the dial offers.

    Examples
    --------
    >>> dial = LearningDial(samples=100, tokens=4)
    >>> dial
    LearningDial(samples=100, tokens=4, shared=False, seed=1)
    >>> dial.task
    StreamTask(tokens=4, seed=1, window=8, own=4)
    """

    _esm = module("dom.js", "learning_dial.js")
    _css = module("learning_dial.css")

    samples = traitlets.Int(SAMPLES[0]).tag(sync=True)
    tokens = traitlets.Int(TOKENS[0]).tag(sync=True)
    shared = traitlets.Bool(False).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    setting: "traitlets.Dict[str, object]" = traitlets.Dict().tag(sync=True)
    """What the page needs to know: the stops, the sizes, and the bounds at δ = 0.05.

    `shared_bounds[i]` is for SAMPLES[i]; `per_step_bounds[i][j]` for SAMPLES[i] and TOKENS[j].
    """

    def __init__(
        self, samples: int = 100, tokens: int = 16, shared: bool = False, seed: int = 1
    ) -> None:
        window, own = StreamTask.window, StreamTask.own
        size = free_parameters(candidates=2, look_backs=window + own)
        super().__init__(
            setting={
                "samples": SAMPLES,
                "tokens": TOKENS,
                "window": window,
                "own": own,
                "fresh": FRESH,
                "epochs": EPOCHS,
                "training_seed": TRAINING_SEED,
                "fresh_seed": FRESH_SEED,
                "shared_bounds": [compression_bound(m, size, DELTA) for m in SAMPLES],
                "per_step_bounds": [
                    [per_step_bound(m, size, t, DELTA) for t in TOKENS] for m in SAMPLES
                ],
            },
            samples=samples,
            tokens=tokens,
            shared=shared,
            seed=seed,
        )

    @property
    def task(self) -> StreamTask:
        """The task that the dial stands at."""
        return StreamTask(self.tokens, self.seed)

    def __repr__(self) -> str:
        return (
            f"LearningDial(samples={self.samples}, tokens={self.tokens}, "
            f"shared={self.shared}, seed={self.seed})"
        )

    @traitlets.validate("samples", "tokens")
    def _one_of_the_stops(self, proposal: traitlets.Bunch) -> int:
        name = proposal["trait"].name
        value: int = proposal["value"]
        stops = {"samples": SAMPLES, "tokens": TOKENS}[name]
        if value not in stops:
            raise ValueError(f"{name} is {value}; give one of {', '.join(map(str, stops))}")
        return value

    @traitlets.validate("seed")
    def _seed_in_range(self, proposal: traitlets.Bunch) -> int:
        seed: int = proposal["value"]
        if not 0 <= seed <= 999:
            raise ValueError(f"seed is {seed}; give 0 to 999")
        return seed
