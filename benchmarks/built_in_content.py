"""What training without photographs costs: the same steps on photographs and on the built-in source.

    python -m benchmarks.built_in_content PAINTING TRAIN_PHOTOS HELD_OUT_PHOTOS [--steps 400]

Trains preset lite twice from nothing and evaluates both on the held-out photographs at 256 px. Prints a table, writes
built_in_content.json.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import torch

from benchmarks.short_training import arguments, crop_to_fours
from train.checkpoint import StyleIdentity
from train.config import TrainConfig
from train.content import BuiltInSource, ContentSource, FileSource, read_rgb, shrink_to
from train.evaluate import Fit, evaluate
from train.fit import fit
from train.networks import PRESETS
from train.vgg import load_vgg


def main() -> None:
    options = arguments(__doc__, steps=400, crop=160).parse_args()

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = TrainConfig(PRESETS["lite"], steps=options.steps, crop=options.crop, batch=options.batch)
    painting, vgg = read_rgb(options.painting), load_vgg()
    held_out = [crop_to_fours(shrink_to(read_rgb(p), 256)) for p in sorted(options.held_out_photos.glob("*.jpg"))]
    sources: dict[str, ContentSource] = {"photographs": FileSource([options.train_photos]), "built-in": BuiltInSource()}
    results: dict[str, Fit] = {}
    for name, source in sources.items():
        with tempfile.TemporaryDirectory() as folder:
            checkpoint = fit(config, painting, source, vgg, StyleIdentity(name), Path(folder), device)
        network = checkpoint.build().to(device)
        results[name] = evaluate(network, held_out, painting, config.style_size, vgg)

    print(
        f"{len(held_out)} held-out photographs at 256 px, {options.steps} steps from nothing, {options.painting.stem}"
    )
    print(f"{'trained on':<12} {'total':>6} {'content':>8}" + "".join(f"{n:>9}" for n in results["built-in"].style))
    for name, result in results.items():
        figures = "".join(f"{error:9.3f}" for error in result.style.values())
        print(f"{name:<12} {result.total(config.style_strength):6.3f} {result.content:8.3f}{figures}")
    written = {name: asdict(r) | {"total": r.total(config.style_strength)} for name, r in results.items()}
    Path("built_in_content.json").write_text(json.dumps({"steps": options.steps, **written}, indent=1))


if __name__ == "__main__":
    main()
