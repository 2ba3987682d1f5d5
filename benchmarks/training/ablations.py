"""Measures what each part of preset lite and of its training contributes, and what the canvas does for johnson.

    python -m benchmarks.training.ablations PAINTING TRAIN_PHOTOS HELD_OUT_PHOTOS [--steps 250] [--only NAME]...
        [--init FILE]

Each training changes one thing and runs from random weights (or from a checkpoint) on the same crops. The networks are
evaluated on held-out photographs at 256 px, as they are and at half their contrast. Flicker gain is measured with
sensor noise of 4 levels and warp error with a shift of 2 px, both at 480x360 and unsmoothed. Times are the shortest of
many in alternating rounds, in PyTorch, float32, on one thread at 640x480, with the batch norms folded (instance norms
cannot be). Prints a table and writes benchmark_ablations.json.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from benchmarks.tools.markdown import table
from benchmarks.training.short_training import arguments, at_256, errors, fastest, read_every
from nstcam.export.evaluate.steadiness import flicker_gain, known_warp_error, moving, shift
from nstcam.train.content.paintings import read_painting
from nstcam.train.content.sources import FileSource
from nstcam.train.fit import training_state
from nstcam.train.fit.config import TrainConfig, warm
from nstcam.train.fit.evaluate import evaluate
from nstcam.train.fit.loop import Materials, Outputs, fit
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import StyleIdentity, load_checkpoint
from nstcam.train.network.networks import PRESETS, LiteNet, NetworkConfig, TransformerNet
from nstcam.train.picture import Picture, shrink_to
from nstcam.train.preview.sheet import stylize

SIGMA: Final = 4.0
FRAMES: Final = 8
MOTION: Final = shift(2, 0)
STEADY_SIZE_WH: Final = (480, 360)
NORMED: Final = {"stem": "stem_norm", "up1": "up1_norm", "conv1": "norm1", "conv2": "norm2"}
"""Convolutions and the norms that follow them."""


class InstanceNormed(LiteNet):
    """Preset lite with instance norms (Ulyanov et al. 2017) where it has batch norms."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config)
        for module in list(self.modules()):
            for name, norm in list(module.named_children()):
                if isinstance(norm, nn.BatchNorm2d):
                    setattr(module, name, nn.InstanceNorm2d(norm.num_features, affine=True))


@dataclass(frozen=True)
class Variant:
    """What is changed, compared with preset lite as nst-train trains it."""

    kind: type[LiteNet | TransformerNet] = LiteNet
    network: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)


VARIANTS: Final = {
    "lite": Variant(),
    "instance-norm": Variant(InstanceNormed),
    "no-canvas": Variant(network={"canvas_channels": 0}),
    "patches": Variant(training={"patches": 1.0}),
    "flicker-term-100": Variant(training={"flicker_weight": 100.0}),
    "flicker-term-200": Variant(training={"flicker_weight": 200.0}),
    "no-flicker-term": Variant(training={"flicker_weight": 0.0}),
    "adam": Variant(training={"optimizer": "adam", "learning_rate": 2e-3}),
    "johnson": Variant(TransformerNet, network=asdict(PRESETS["johnson"])),
    "johnson-no-canvas": Variant(TransformerNet, network={**asdict(PRESETS["johnson"]), "canvas_channels": 0}),
}


def fold(network: LiteNet | TransformerNet) -> None:
    """Folds batch norms into the convolutions before them, as nst-export does."""
    for module in network.modules():
        for name, conv in list(module.named_children()):
            norm = getattr(module, NORMED.get(name, ""), None)
            if isinstance(norm, nn.BatchNorm2d) and isinstance(conv, nn.Conv2d):
                setattr(module, name, fuse_conv_bn_eval(conv, norm))
                setattr(module, NORMED[name], nn.Identity())


def half_contrast(picture: Picture) -> Picture:
    return np.asarray((picture * 0.5 + picture.mean() * 0.5).round(), np.uint8)


def steadiness(network: LiteNet | TransformerNet, photo: Picture) -> tuple[float, float]:
    """The flicker gain on a still scene with noise, and the warp error on a scene that moves."""
    scene = moving(photo, MOTION, STEADY_SIZE_WH, 2)
    random, still = np.random.default_rng(0), scene[0].astype(np.float32)
    noisy = [np.clip(still + random.normal(0, SIGMA, still.shape), 0, 255).astype(np.uint8) for _ in range(FRAMES)]
    before, after = (stylize(network, frame) for frame in scene)
    return flicker_gain(noisy, [stylize(network, frame) for frame in noisy]), known_warp_error(before, after, MOTION)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--only", action="append", choices=VARIANTS, help="repeatable; default: all")
    parser.add_argument("--init", type=Path, help="a checkpoint to start from, whose weights fit all variants that run")
    parser.add_argument("--runs", type=Path, help="keeps the trained checkpoints in this folder, by name")
    parser.add_argument("--output", type=Path, default=Path("benchmark_ablations.json"))
    options = parser.parse_args()

    torch.set_num_threads(1)
    painting, vgg, source = read_painting(options.painting), load_vgg(), FileSource([options.train_photos])
    photos = read_every(3, options.held_out_photos)
    held_out = at_256(photos)
    start = load_checkpoint(options.init) if options.init else None
    config = replace(TrainConfig(network=PRESETS["lite"]), steps=options.steps, crop=options.crop, batch=options.batch)
    config = warm(config) if start else config
    rows, networks = {}, []
    for name in options.only or VARIANTS:
        variant = VARIANTS[name]
        changed = replace(config, network=replace(config.network, **variant.network), **variant.training)
        with ExitStack() as stack:
            folder = options.runs / name if options.runs else Path(stack.enter_context(tempfile.TemporaryDirectory()))
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(patch.object(training_state, "build_network", variant.kind))
            materials = Materials(painting=painting, source=source, loss_network=vgg, identity=StyleIdentity(name))
            done = fit(changed, materials, Outputs(folder=folder), torch.device("cpu"), start=start)
        network = variant.kind(changed.network)
        network.load_state_dict(done.weights)
        network.eval()
        result = evaluate(network, held_out, painting, config.style_size, vgg)
        pale = evaluate(network, [half_contrast(p) for p in held_out], painting, config.style_size, vgg)
        gains, warps = zip(*(steadiness(network, shrink_to(photo, 400)) for photo in photos[:4]), strict=True)
        rows[name] = {
            **errors(result, config.style_strength),
            "total at half contrast": pale.total(config.style_strength),
            "flicker gain": float(np.mean(gains)),
            "warp error": float(np.mean(warps)),
        }
        print(name, rows[name], flush=True)
        fold(network)
        networks.append(network)
    image = torch.rand(1, 3, 480, 640)
    with torch.no_grad():
        times = fastest([partial(network, image) for network in networks], 15)
    for row, milliseconds in zip(rows.values(), times, strict=True):
        row["ms"] = milliseconds
    begun = f"from step {start.step} of {start.identity.name}" if start else "from scratch"
    print(f"{len(held_out)} photographs, {options.steps} steps {begun}, {options.painting.stem}")
    print(table(rows, "trained"))
    content = {"steps": options.steps, "painting": options.painting.name, "start": begun, "rows": rows}
    options.output.write_text(json.dumps(content, indent=1))


if __name__ == "__main__":
    main()
