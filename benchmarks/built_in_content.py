"""What training without photographs costs: the same steps on photographs and on the built-in source.

    python -m benchmarks.built_in_content PAINTING TRAIN_PHOTOS HELD_OUT_PHOTOS [--steps 400]

Trains preset lite twice from nothing and evaluates both on the held-out photographs at 256 px. Prints a table, writes
built_in_content.json.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import torch

from benchmarks.short_training import arguments, at_256, errors, read_every, table
from train.checkpoint import StyleIdentity
from train.config import TrainConfig
from train.content import BuiltInSource, ContentSource, FileSource
from train.evaluate import evaluate
from train.fit import fit
from train.networks import PRESETS
from train.paintings import read_painting
from train.vgg import load_vgg


def main() -> None:
    options = arguments(__doc__, steps=400, crop=160).parse_args()

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = TrainConfig(PRESETS["lite"], steps=options.steps, crop=options.crop, batch=options.batch)
    painting, vgg = read_painting(options.painting), load_vgg()
    held_out = at_256(read_every(1, options.held_out_photos))
    sources: dict[str, ContentSource] = {"photographs": FileSource([options.train_photos]), "built-in": BuiltInSource()}
    rows: dict[str, dict[str, float]] = {}
    for name, source in sources.items():
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = fit(config, painting, source, vgg, StyleIdentity(name), Path(folder), device)
        network = checkpoint.build().to(device)
        result = evaluate(network, held_out, painting, config.style_size, vgg)
        rows[name] = errors(result, config.style_strength)

    print(
        f"{len(held_out)} held-out photographs at 256 px, {options.steps} steps from nothing, {options.painting.stem}"
    )
    print(table(rows))
    Path("built_in_content.json").write_text(json.dumps({"steps": options.steps, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
