"""For maintainers: makes a trained run part of the package. python -m export.bundle runs/starry [RUN...]

Writes realtime/styles/NAME.onnx and NAME.int8.onnx, what users run on GPUs and CPUs, and train/warm/NAME.pt, what
their own styles start from.
"""

from __future__ import annotations

import sys
from pathlib import Path

from export.exporter import Precision, export_style
from realtime.style import BUNDLED_STYLES, INT8_SUFFIX
from train.checkpoint import WARM_STARTS, load_checkpoint
from train.content import read_rgb
from train.fit import CHECKPOINT_NAME
from train.run import PAINTING_FILE
from train.warm_start import sign


def bundle(run: Path) -> None:
    checkpoint = load_checkpoint(run / CHECKPOINT_NAME).compact()
    name = checkpoint.identity.name
    warm_start = WARM_STARTS / f"{name}.pt"
    checkpoint.save(warm_start)
    if checkpoint.signature is None:
        sign(warm_start, read_rgb(run / PAINTING_FILE))
    files: tuple[tuple[str, Precision], ...] = ((f"{name}.onnx", "float32"), (f"{name}{INT8_SUFFIX}", "int8"))
    for file, precision in files:
        done = export_style(checkpoint, BUNDLED_STYLES / file, precision)
        print(f"{file}: step {checkpoint.step}, {done.bytes / 1e6:.2f} MB, {done.parity}")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        bundle(Path(argument))
