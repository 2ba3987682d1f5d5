"""Compares widths and depths of preset lite: the cost of a frame in 8 bits, and the loss after the same short training.

    python -m benchmarks.training.trunk PAINTING TRAIN_PHOTOS HELD_OUT_PHOTOS [--steps 250]

Each trunk is trained from random weights on the same crops and evaluated on held-out photographs at 256 px, in 8 bits,
as CPUs run it. Times are processor time on one core, the least of many frames at 640x480, with the trunks taking turns.
Prints a table and writes benchmark_trunk.json.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch

from benchmarks.tools.markdown import table
from benchmarks.training.short_training import arguments, at_256, errors, fastest, read_every
from nstcam.export.convert.exporter import export_style
from nstcam.export.convert.networks import macs_per_pixel
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.style_files.style import read_style
from nstcam.train.content.paintings import read_painting
from nstcam.train.content.sources import FileSource
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.evaluate import evaluate
from nstcam.train.fit.loop import Materials, Outputs, fit
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import StyleIdentity
from nstcam.train.network.networks import PRESETS, NetworkConfig

TRUNKS: Final = (
    (16, (1, 2, 4, 2, 1)),
    (32, (1, 2, 1)),
    (32, (1, 2, 4, 2, 1)),
    (32, (1, 2, 4, 8, 4, 2, 1)),
    (48, (1, 2, 1)),
    (48, (1, 2, 4, 2, 1)),
)
"""The channels, and the dilation of each residual block."""


def main() -> None:
    options = arguments(__doc__).parse_args()

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    painting, vgg, source = read_painting(options.painting), load_vgg(), FileSource([options.train_photos])
    materials = Materials(painting=painting, source=source, loss_network=vgg, identity=StyleIdentity("trunk"))
    held_out = at_256(read_every(3, options.held_out_photos))
    rows: dict[str, dict[str, float]] = {}
    stylizers: list[Stylizer] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (width, dilations) in enumerate(TRUNKS):
            network = NetworkConfig("lite", width, dilations, PRESETS["lite"].canvas_channels)
            config = replace(TrainConfig(network=network), steps=options.steps, crop=options.crop, batch=options.batch)
            run = Path(folder) / str(number)
            checkpoint = fit(config, materials, Outputs(folder=run), device)
            trained = checkpoint.build()
            style = export_style(checkpoint, run / "trunk.int8.onnx", "int8", check=False).path
            stylizers.append(Stylizer(read_style(style), "cpu", threads=1))
            rows[f"{width}: {', '.join(map(str, dilations))}"] = {
                "parameters": sum(p.numel() for p in trained.parameters()),
                "gmac": macs_per_pixel(trained) * 640 * 480 / 1e9,
                **errors(
                    evaluate(trained.to(device), held_out, painting, config.style_size, vgg), config.style_strength
                ),
            }
    frame = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    times = fastest([partial(stylizer.stylize, frame) for stylizer in stylizers], 40)
    for row, milliseconds in zip(rows.values(), times, strict=True):
        row["ms"] = milliseconds
    print(
        f"{len(held_out)} held-out photographs at 256 px, {options.steps} steps from scratch, {options.painting.stem}"
    )
    print(table(rows, "trained"))
    Path("benchmark_trunk.json").write_text(json.dumps({"steps": options.steps, "trunks": rows}, indent=1))


if __name__ == "__main__":
    main()
