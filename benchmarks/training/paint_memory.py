"""Checks nst-paint's estimate of memory against the peak resident memory of a process that paints.

    python benchmarks/training/paint_memory.py [--sizes 256 512 1024 2048] [--evaluations 2]

Paints a bundled photograph in the style of another, each size in a process of its own and at that size only. The memory
of L-BFGS is limited to the steps that the few evaluations can fill. Prints a table and writes paint_memory.json.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import torch

from nstcam.train.loss.vgg import load_vgg
from nstcam.train.paint.memory import needed_bytes
from nstcam.train.paint.optimize import Method
from nstcam.train.paint.pyramid import PaintConfig, paint
from nstcam.train.picture import PHOTOS, read_rgb


def measure(size: int, evaluations: int) -> dict[str, float]:
    """Paints in this process."""
    import resource  # POSIX only

    method = Method(evaluations=evaluations, history=evaluations - 1)
    config = PaintConfig(size=size, coarse_to_fine=False, method=method)
    content, network = read_rgb(PHOTOS / "coffee.jpg"), load_vgg()
    estimate = needed_bytes(content.shape[0], content.shape[1], config, network)
    seconds: list[float] = []
    style = read_rgb(PHOTOS / "chelsea.jpg")
    paint(
        content, [(style, 1.0)], network, config, torch.device("cpu"), report=lambda _, e, __: seconds.append(e.seconds)
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"size": size, "estimate_gb": estimate / 1e9, "peak_gb": peak / 1e9, "s_each": seconds[-1] / evaluations}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024, 2048])
    parser.add_argument("--evaluations", type=int, default=2)
    parser.add_argument("--here", action="store_true", help="Measure the one size in this process.")
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measure(options.sizes[0], options.evaluations)))
        return
    print(f"{'size':>6} {'estimate GB':>12} {'peak GB':>8} {'s/evaluation':>13}")
    rows = []
    for size in options.sizes:
        command = [sys.executable, __file__, "--here", "--sizes", str(size), "--evaluations", str(options.evaluations)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        row = json.loads(done.stdout.splitlines()[-1])
        print(f"{size:>6} {row['estimate_gb']:>12.2f} {row['peak_gb']:>8.2f} {row['s_each']:>13.1f}", flush=True)
        rows.append(row)
    Path("paint_memory.json").write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
