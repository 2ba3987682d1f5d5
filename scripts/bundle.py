"""Makes trained runs part of the package: python -m scripts.bundle [--patches 0.3] runs/starry [RUN...]

Writes realtime/styles/NAME.onnx and NAME.int8.onnx, which users run on GPUs and CPUs, and train/warm/NAME.pt, which
their own trainings start from.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from nstcam.export.convert.exporter import Precision, export_style
from nstcam.export.convert.strength import CanvasStrength
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.style import BUNDLED_STYLES
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run_folder import PAINTING_FILE
from nstcam.train.fit.warm_start import sign
from nstcam.train.network.checkpoint import WARM_STARTS, load_checkpoint
from nstcam.train.picture import read_rgb


def bundle(run: Path, canvas: CanvasStrength, styles: Path = BUNDLED_STYLES, warm: Path = WARM_STARTS) -> str:
    """Writes the three files of one run, and returns the name of its style."""
    checkpoint = load_checkpoint(run / CHECKPOINT_NAME).compact()
    name = checkpoint.identity.name
    warm_start = warm / f"{name}.pt"
    checkpoint.save(warm_start)
    if checkpoint.signature is None:
        sign(warm_start, read_rgb(run / PAINTING_FILE))
    files: tuple[tuple[str, Precision], ...] = ((f"{name}.onnx", "float32"), (f"{name}{INT8_SUFFIX}", "int8"))
    for file, precision in files:
        done = export_style(checkpoint, styles / file, precision, canvas=canvas, preview=precision != "int8")
        print(f"{file}: step {checkpoint.step}, {done.bytes / 1e6:.2f} MB, {done.parity}")
    return name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--canvas", type=float, default=1.0, help="as in nst-export")
    parser.add_argument("--patches", type=float, default=1.0, help="as in nst-export")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="write there instead of into the package")
    options = parser.parse_args()
    for run in options.runs:
        folders = () if options.output is None else (options.output, options.output)
        bundle(run, CanvasStrength(options.canvas, options.patches), *folders)


if __name__ == "__main__":
    main()
