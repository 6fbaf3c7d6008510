"""Greedy generation: only the new position's row, against recomputing everything.

*Plain* recomputes everything for every token: the model written with a full matrix times a mask,
on a sequence padded to the model's T, of which it keeps one position's logits. *Plain, cut*
masks and multiplies only the part of the matrix that the prefix needs. *Last* computes one row of
the triangle. *Rollout* is `ntp_lib.core.rollout` over a `NeuralPredictor`, as the book runs it:
it calls `last` for each token. All write the same tokens, from one token to the model's T. Plain,
whose every token costs the same, and the cut one are timed on a few tokens evenly spread.

    python benchmarks/generation.py [--device cuda]
"""

import argparse
import platform
from statistics import median

import numpy as np
import torch
from causal_mixing import Plain, seconds
from torch import Tensor

from ntp_lib.core import Vocabulary, rollout
from ntp_lib.neural import MixingModel, ModelConfig, NeuralPredictor, build

SHAPES = ((64, 256), (307, 32))  # positions, width
TOKENS = 50
REPEATS = 5
PLAIN_TOKENS = 9


def plain_logits(model: MixingModel, plain: Plain, tokens: Tensor) -> Tensor:
    """The last position's logits, after mixing every position with the masked matrix."""
    x = model.embedding(tokens)  # (batch, t, d)
    padding = (0, 0, 0, model.config.positions - x.shape[1])
    mixed = plain(torch.nn.functional.pad(x, padding))  # (batch, T, d)
    return model.output(mixed[:, x.shape[1] - 1])


def cut_logits(model: MixingModel, plain: Plain, tokens: Tensor) -> Tensor:
    """The same from the first t·d rows and columns of the masked matrix."""
    x = model.embedding(tokens)  # (batch, t, d)
    batch, t, d = x.shape
    size = model.config.positions
    masked = plain.weight.view(size, d, size, d)[:t, :, :t] * plain.mask[:t, :, :t]
    mixed = x.reshape(batch, t * d) @ masked.view(t * d, t * d).T
    return model.output(mixed.view(batch, t, d)[:, -1])


def generate(logits, prompt: Tensor, steps: int) -> Tensor:
    """Append the greatest logit's token, `steps` times."""
    n = prompt.shape[1]
    text = torch.cat([prompt, prompt.new_zeros(len(prompt), steps)], dim=1)
    for end in range(n, n + steps):
        text[:, end] = logits(text[:, :end]).argmax(dim=-1)
    return text


def compare(positions: int, width: int, batch: int, device: str) -> str:
    """Time the four on one model; a row of the table, in milliseconds a token."""
    model = build(ModelConfig("linear", TOKENS, positions, width), seed=0).to(device)
    assert isinstance(model, MixingModel)
    plain = Plain(positions, width).to(device)
    plain.fill(model.mixing)
    predictor = NeuralPredictor(model, Vocabulary([f"t{i}" for i in range(TOKENS)]))
    prompt = np.random.default_rng(0).integers(0, TOKENS, (batch, 1))
    start = torch.from_numpy(prompt).to(device)
    steps = positions - 1
    text = generate(model.last, start, steps)
    assert np.array_equal(rollout(predictor, prompt, steps), text.cpu().numpy())
    # the middles of equal stretches, so that their mean is that of all lengths
    places = [(2 * k + 1) * steps // (2 * PLAIN_TOKENS) + 1 for k in range(PLAIN_TOKENS)]

    def spread(logits) -> Tensor:
        return torch.stack([logits(model, plain, text[:, :t]).argmax(dim=-1) for t in places], 1)

    runs = {
        "plain": (lambda: spread(plain_logits), PLAIN_TOKENS),
        "cut": (lambda: spread(cut_logits), PLAIN_TOKENS),
        "last": (lambda: generate(model.last, start, steps), steps),
        "rollout": (lambda: rollout(predictor, prompt, steps), steps),
    }
    for name in ("plain", "cut"):
        assert torch.equal(runs[name][0](), text[:, places])
    times = [
        {name: seconds(run, device) / count for name, (run, count) in runs.items()}
        for _ in range(REPEATS)
    ]
    ms = [f"{1e3 * median(t[name] for t in times):.3f}" for name in runs]
    faster = [
        f"**{median(t[slow] / t[fast] for t in times):.0f}×**"
        for slow in ("plain", "cut")
        for fast in ("last", "rollout")
    ]
    return "| " + " | ".join([f"T={positions}, d={width}, batch {batch}", *ms, *faster]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    device = parser.parse_args().device
    name = torch.cuda.get_device_name() if device == "cuda" else platform.machine()
    print(f"{name}, {torch.get_num_threads()} threads, torch {torch.__version__};")
    print(f"milliseconds a token, median of {REPEATS} interleaved repeats\n")
    titles = ("shape", "plain", "plain, cut", "last", "rollout", "plain / last")
    titles += ("plain / rollout", "cut / last", "cut / rollout")
    print("| " + " | ".join(titles) + " |\n|" + "---|" * len(titles))
    with torch.inference_mode():
        for positions, width in SHAPES:
            for batch in (1, 16):
                print(compare(positions, width, batch, device), flush=True)


if __name__ == "__main__":
    main()
