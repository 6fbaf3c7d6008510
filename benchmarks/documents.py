"""Rows of MiniCAG: how fast they are drawn, against how fast training consumes them.

Both are measured in turns, in one process and on as many threads as torch takes; the sampler uses
one. Training is the main network of `in-context` at each preset's world.

    OMP_NUM_THREADS=1 python benchmarks/documents.py [--device cuda]
"""

import argparse
import platform
from statistics import median
from time import perf_counter

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from ntp_lib.experiments import registry
from ntp_lib.experiments.worlds import PRETRAININGS, DocumentCorpus
from ntp_lib.neural import build
from ntp_lib.theory import sample_document

REPEATS, STEPS = 5, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    device = torch.device(parser.parse_args().device)
    print(
        f"{platform.machine()}, numpy {np.__version__}, torch {torch.__version__} on {device}, "
        f"{torch.get_num_threads()} threads; medians of {REPEATS} times {STEPS} batches"
    )
    for preset in ("standard", "paper"):
        (run, *_) = registry.runs("in-context", preset)
        batch, length = run.training.batch, run.world.length
        model = build(run.model, seed=0).to(device)
        optimizer = torch.optim.AdamW(model.parameters(), fused=True)
        corpora = {name: DocumentCorpus(run.world, name) for name in PRETRAININGS}
        for corpus in corpora.values():
            corpus.batch(0, batch)  # a first one builds the tables, and fits the Markov model
        drawing = {name: [] for name in PRETRAININGS}
        training = []
        steps = STEPS if device.type == "cuda" or preset == "standard" else 1
        for repeat in range(REPEATS):
            for name, corpus in corpora.items():
                began = perf_counter()
                for step in range(steps):
                    tokens = corpus.batch(repeat * steps + step, batch)
                drawing[name].append(steps * batch / (perf_counter() - began))
            began = perf_counter()
            for _ in range(steps):
                given = torch.from_numpy(tokens).to(device)
                with torch.autocast(
                    device.type, torch.bfloat16, enabled=run.training.precision == "bf16"
                ):
                    logits = model(given[:, :-1])
                cross_entropy(logits.float().flatten(0, 1), given[:, 1:].flatten()).backward()
                optimizer.step()
                optimizer.zero_grad()
            if device.type == "cuda":
                torch.cuda.synchronize()
            training.append(steps * batch / (perf_counter() - began))
        rng = np.random.default_rng(0)
        began = perf_counter()
        for _ in range(20):
            sample_document(run.world.training_grammar, rng, most=length)
        one = 20 / (perf_counter() - began)
        consumed = median(training)
        print(f"\n{preset}: rows of {length} tokens, batches of {batch}, a transformer of "
              f"{run.model.layers} layers, width {run.model.width}")  # fmt: skip
        print(f"{'':24}{'rows/s':>12}{'tokens/s':>14}{'times training':>16}")
        for name, speed in [
            ("training", consumed),
            *((name, median(found)) for name, found in drawing.items()),
            ("loop, one by one", one),
        ]:
            print(f"{name:24}{speed:12,.0f}{speed * length:14,.0f}{speed / consumed:16.2f}")


if __name__ == "__main__":
    main()
