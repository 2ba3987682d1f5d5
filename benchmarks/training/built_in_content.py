"""Measures what training without photographs costs: the same steps on photographs and on the built-in pictures.

    python -m benchmarks.training.built_in_content PAINTING TRAIN_PHOTOS HELD_OUT_PHOTOS [--steps 400]

Trains preset lite twice from random weights and evaluates both on the held-out photographs at 256 px. Prints a table
and writes built_in_content.json.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import torch

from benchmarks.tools.markdown import table
from benchmarks.training.short_training import arguments, at_256, errors, read_every
from nstcam.train.content.paintings import read_painting
from nstcam.train.content.sources import BuiltInSource, ContentSource, FileSource
from nstcam.train.fit.config import TrainConfig
from nstcam.train.fit.evaluate import evaluate
from nstcam.train.fit.loop import Materials, Outputs, fit
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import StyleIdentity
from nstcam.train.network.networks import PRESETS


def main() -> None:
    options = arguments(__doc__, steps=400, crop=160).parse_args()

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = TrainConfig(network=PRESETS["lite"], steps=options.steps, crop=options.crop, batch=options.batch)
    painting, vgg = read_painting(options.painting), load_vgg()
    held_out = at_256(read_every(1, options.held_out_photos))
    sources: dict[str, ContentSource] = {"photographs": FileSource([options.train_photos]), "built-in": BuiltInSource()}
    rows: dict[str, dict[str, float]] = {}
    for name, source in sources.items():
        with tempfile.TemporaryDirectory() as folder:
            materials = Materials(painting=painting, source=source, loss_network=vgg, identity=StyleIdentity(name))
            checkpoint = fit(config, materials, Outputs(folder=Path(folder)), device)
        network = checkpoint.build().to(device)
        result = evaluate(network, held_out, painting, config.style_size, vgg)
        rows[name] = errors(result, config.style_strength)

    print(
        f"{len(held_out)} held-out photographs at 256 px, {options.steps} steps from scratch, {options.painting.stem}"
    )
    print(table(rows, "trained"))
    Path("built_in_content.json").write_text(json.dumps({"steps": options.steps, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
