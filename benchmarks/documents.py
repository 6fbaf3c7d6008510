"""Rows of MiniCAG: how fast they are drawn, against how fast training consumes them.

Both are measured in turns, in one process and on as many threads as torch takes; the sampler uses
one. Training is the main network of `in-context` at a preset.

    OMP_NUM_THREADS=1 python benchmarks/documents.py [--preset paper --device cuda]
"""

import argparse
import platform
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer

from ntp_lib.experiments import registry
from ntp_lib.experiments.runs import Run
from ntp_lib.experiments.worlds import PRETRAININGS, DocumentCorpus
from ntp_lib.neural import LanguageModel, build
from ntp_lib.theory import sample_document

REPEATS, STEPS = 5, 10


def drawn_per_second(corpus: DocumentCorpus, batch: int, first: int) -> float:
    """Rows a second that a corpus draws."""
    began = perf_counter()
    for step in range(first, first + STEPS):
        corpus.batch(step, batch)
    return STEPS * batch / (perf_counter() - began)


def trained_per_second(model: LanguageModel, optimizer: Optimizer, run: Run) -> float:
    """Rows a second that training consumes: forward, backward, update."""
    device = model.embedding.weight.device
    rows = torch.from_numpy(run.corpus().batch(0, run.training.batch)).to(device)
    began = perf_counter()
    for _ in range(STEPS):
        with torch.autocast(device.type, torch.bfloat16, enabled=run.training.precision == "bf16"):
            logits = model(rows[:, :-1])
        cross_entropy(logits.float().flatten(0, 1), rows[:, 1:].flatten()).backward()
        optimizer.step()
        optimizer.zero_grad()
    model.embedding.weight.sum().item()  # reading a number waits for the device
    return STEPS * len(rows) / (perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--preset", default="standard")
    options = parser.parse_args()
    run = registry.runs("in-context", options.preset)[0]
    world, batch = run.corpus().world, run.training.batch
    print(
        f"{platform.machine()}, numpy {np.__version__}, torch {torch.__version__} on "
        f"{options.device}, {torch.get_num_threads()} threads; medians of {REPEATS} times {STEPS} "
        f"batches of {batch} rows of {world.length} tokens; a transformer of {run.model.layers} "
        f"layers, width {run.model.width}\n"
    )
    model = build(run.model, seed=0).to(options.device)
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    corpora = {name: DocumentCorpus(world, name) for name in PRETRAININGS}
    for corpus in corpora.values():
        corpus.batch(0, 1)  # builds the tables, and fits the Markov model
    trained_per_second(model, optimizer, run)
    speeds: dict[str, list[float]] = {name: [] for name in ("training", *corpora)}
    for repeat in range(REPEATS):
        speeds["training"].append(trained_per_second(model, optimizer, run))
        for name, corpus in corpora.items():
            speeds[name].append(drawn_per_second(corpus, batch, repeat * STEPS))
    began, rng = perf_counter(), np.random.default_rng(0)
    for _ in range(batch):
        sample_document(world.training_grammar, rng, most=world.length)
    speeds["loop, one by one"] = [batch / (perf_counter() - began)]
    consumed = median(speeds["training"])
    print(f"{'':20}{'rows/s':>10}{'lowest':>10}{'highest':>10}{'tokens/s':>14}{'× training':>12}")
    for name, found in speeds.items():
        speed = median(found)
        print(
            f"{name:20}{speed:10,.0f}{min(found):10,.0f}{max(found):10,.0f}"
            f"{speed * world.length:14,.0f}{speed / consumed:12.2f}"
        )


if __name__ == "__main__":
    main()
