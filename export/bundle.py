"""For maintainers: bundles a trained run. python -m export.bundle [--patches 0.3] runs/starry [RUN...]

Writes realtime/styles/NAME.onnx and NAME.int8.onnx, what users run on GPUs and CPUs, and train/warm/NAME.pt, what
their own styles start from.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from export.exporter import Precision, export_style
from export.strength import CanvasStrength
from realtime.style import BUNDLED_STYLES, INT8_SUFFIX
from train.checkpoint import WARM_STARTS, load_checkpoint
from train.content import read_rgb
from train.fit import CHECKPOINT_NAME
from train.run import PAINTING_FILE
from train.warm_start import sign


def bundle(run: Path, canvas: CanvasStrength) -> None:
    checkpoint = load_checkpoint(run / CHECKPOINT_NAME).compact()
    name = checkpoint.identity.name
    warm_start = WARM_STARTS / f"{name}.pt"
    checkpoint.save(warm_start)
    if checkpoint.signature is None:
        sign(warm_start, read_rgb(run / PAINTING_FILE))
    files: tuple[tuple[str, Precision], ...] = ((f"{name}.onnx", "float32"), (f"{name}{INT8_SUFFIX}", "int8"))
    for file, precision in files:
        done = export_style(checkpoint, BUNDLED_STYLES / file, precision, canvas=canvas)
        print(f"{file}: step {checkpoint.step}, {done.bytes / 1e6:.2f} MB, {done.parity}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--canvas", type=float, default=1.0, help="as of nst-export")
    parser.add_argument("--patches", type=float, default=1.0, help="likewise")
    options = parser.parse_args()
    for run in options.runs:
        bundle(run, CanvasStrength(options.canvas, options.patches))


if __name__ == "__main__":
    main()
