"""For maintainers: makes a trained run part of the package. python -m export.bundle runs/starry [RUN...]

Writes realtime/styles/NAME.onnx, what users run, and train/warm/NAME.pt, what their own styles start from.
"""

from __future__ import annotations

import sys
from pathlib import Path

from export.exporter import export_style
from realtime.style import BUNDLED_STYLES
from train.checkpoint import WARM_STARTS, load_checkpoint
from train.fit import CHECKPOINT_NAME


def bundle(run: Path) -> None:
    checkpoint = load_checkpoint(run / CHECKPOINT_NAME).compact()
    name = checkpoint.identity.name
    checkpoint.save(WARM_STARTS / f"{name}.pt")
    done = export_style(checkpoint, BUNDLED_STYLES / f"{name}.onnx")
    print(f"{name}: step {checkpoint.step}, {done.bytes / 1e6:.2f} MB, parity {done.parity}")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        bundle(Path(argument))
