"""The causal mixing layer: its triangle against the plain formulation, a full matrix times a mask.

A training step is forward, backward (also to the input) and fused AdamW. The two run in turn, in
one process, on the same input; the peak memory of each is that of a process of its own. Beside
them stands the machine's matrix-product peak, measured in the same run: the share of it is
counted from the products that the triangle needs, 3·2·batch·T(T+1)/2·d² operations a step.

    python benchmarks/causal_mixing.py [--device cuda]
"""

import argparse
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn

from ntp_lib.neural import CausalMixing

Shape = tuple[int, int, int]
SHAPES: tuple[Shape, ...] = ((64, 256, 128), (307, 32, 128))  # T, d, batch
REPEATS = 7


class Plain(nn.Module):
    """All T·d inputs times a full matrix, masked at every step."""

    def __init__(self, positions: int, width: int) -> None:
        super().__init__()
        size = positions * width
        self.weight = nn.Parameter(torch.randn(size, size) * size**-0.5)
        mask = torch.ones(positions, positions).tril()
        self.register_buffer("mask", mask[:, None, :, None])  # broadcast: the least memory

    @torch.no_grad()
    def fill(self, layer: CausalMixing) -> None:
        """Take over a triangle's weights."""
        full = self.weight.view(layer.positions, layer.width, -1)
        for i in range(layer.positions):
            full[i, :, : (i + 1) * layer.width] = layer.row(i).T

    def forward(self, x: Tensor) -> Tensor:
        batch, t, d = x.shape
        masked = self.weight.view(t, d, t, d) * self.mask
        return (x.reshape(batch, t * d) @ masked.view(t * d, t * d).T).view(batch, t, d)


class Training:
    """One layer with its optimiser and its input, ready to step."""

    def __init__(self, layer: nn.Module, shape: Shape, device: str) -> None:
        positions, width, batch = shape
        self.layer = layer.to(device)
        self.optimiser = torch.optim.AdamW(layer.parameters(), fused=True)
        generator = torch.Generator(device).manual_seed(0)
        self.x = torch.randn(batch, positions, width, device=device, generator=generator)
        self.target = torch.randn(self.x.shape, device=device, generator=generator)

    def forward(self) -> None:
        with torch.no_grad():
            self.layer(self.x)

    def forward_backward(self) -> None:
        self.optimiser.zero_grad()
        self.x.requires_grad_().grad = None
        self.layer(self.x).backward(self.target)

    def step(self) -> None:
        self.forward_backward()
        self.optimiser.step()


def layer(kind: str, shape: Shape) -> nn.Module:
    positions, width, _ = shape
    if kind == "plain":
        return Plain(positions, width)
    return CausalMixing(positions, width)


def seconds(work: Callable[[], object], device: str) -> float:
    start = perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return perf_counter() - start


def peak_gigabytes(kind: str, shape: Shape, args: argparse.Namespace) -> float:
    """The peak memory of three training steps in a process of their own."""
    child = [sys.executable, __file__, "--device", args.device]
    child += ["--memory", kind, *map(str, shape)]
    return float(subprocess.run(child, capture_output=True, text=True, check=True).stdout)


def print_peak(kind: str, shape: Shape, args: argparse.Namespace) -> None:
    training = Training(layer(kind, shape), shape, args.device)
    for _ in range(3):
        training.step()
    if args.device == "cuda":
        print(torch.cuda.max_memory_allocated() / 1e9)
    else:
        # not ru_maxrss, which a child takes over from its parent
        status = Path("/proc/self/status").read_text()
        print(int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e9)


def peak_flops(device: str) -> float:
    """Operations a second of one large matrix product, the best of several."""
    n = 4096 if device == "cpu" else 16_384
    a, b = torch.randn(n, n, device=device), torch.randn(n, n, device=device)
    out = torch.empty_like(a)
    return max(2 * n**3 / seconds(lambda: torch.mm(a, b, out=out), device) for _ in range(4))


def compare(shape: Shape, args: argparse.Namespace) -> list[str]:
    """Time both layers; the rows of the table."""
    positions, width, batch = shape
    kinds = {
        kind: Training(layer(kind, shape), shape, args.device) for kind in ("plain", "triangle")
    }
    triangle = kinds["triangle"].layer
    kinds["plain"].layer.fill(triangle)  # so that the same numbers must come out
    torch.testing.assert_close(
        kinds["plain"].layer(kinds["plain"].x), triangle(kinds["triangle"].x), rtol=0, atol=1e-3
    )
    stored = {k: sum(p.numel() for p in v.layer.parameters()) for k, v in kinds.items()}
    assert stored["triangle"] == positions * (positions + 1) // 2 * width**2
    memory = {kind: peak_gigabytes(kind, shape, args) for kind in kinds}
    rows = []
    for what, products in (("forward", 1), ("forward_backward", 3), ("step", 3)):
        times: dict[str, list[float]] = {kind: [] for kind in kinds}
        flops = []
        for repeat in range(REPEATS + 1):
            flops.append(peak_flops(args.device))
            for kind, training in kinds.items():
                taken = seconds(getattr(training, what), args.device)
                if repeat:  # the first run warms up
                    times[kind].append(taken)
        ms = {kind: 1e3 * median(values) for kind, values in times.items()}
        ratio = median(p / t for p, t in zip(times["plain"], times["triangle"], strict=True))
        rate = products * 2 * batch * stored["triangle"] / (ms["triangle"] / 1e3)
        cells = [
            f"T={positions}, d={width}, batch {batch}",
            what.replace("_", " + "),
            f"{ms['plain']:.1f}",
            f"{ms['triangle']:.1f}",
            f"**{ratio:.2f}×**",
            f"{rate / median(flops):.0%} of {median(flops) / 1e9:.0f} GFLOP/s",
        ]
        cells += (
            [
                f"{memory['plain']:.2f}, {memory['triangle']:.2f}: "
                f"{memory['triangle'] / memory['plain']:.2f}×",
                f"{stored['plain'] / 1e6:.1f}, {stored['triangle'] / 1e6:.1f}",
            ]
            if what == "step"
            else ["", ""]
        )
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--memory", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.memory:
        kind, *sizes = args.memory
        positions, width, batch = map(int, sizes)
        print_peak(kind, (positions, width, batch), args)
        return
    name = torch.cuda.get_device_name() if args.device == "cuda" else platform.machine()
    print(f"{name}, {torch.get_num_threads()} threads, torch {torch.__version__}, ", end="")
    print(f"median of {REPEATS} interleaved repeats\n")
    titles = (
        "shape",
        "what",
        "plain, ms",
        "triangle, ms",
        "faster",
        "of the product peak",
        "peak memory, GB",
        "parameters, M",
    )
    print("| " + " | ".join(titles) + " |\n|" + "---|" * len(titles))
    for shape in SHAPES:
        print("\n".join(compare(shape, args)), flush=True)


if __name__ == "__main__":
    main()
