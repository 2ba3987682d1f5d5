"""For maintainers: bundles a trained run. python -m scripts.bundle [--patches 0.3] runs/starry [RUN...]

Writes realtime/styles/NAME.onnx and NAME.int8.onnx, what users run on GPUs and CPUs, and train/warm/NAME.pt, what
their own styles start from.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nstcam.export.convert.exporter import Precision, export_style
from nstcam.export.convert.strength import CanvasStrength
from nstcam.realtime.engine.style import BUNDLED_STYLES, INT8_SUFFIX
from nstcam.train.content.pictures import read_rgb
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run import PAINTING_FILE
from nstcam.train.fit.warm_start import sign
from nstcam.train.network.checkpoint import WARM_STARTS, load_checkpoint


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
