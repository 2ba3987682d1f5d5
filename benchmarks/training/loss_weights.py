"""Shows what the weights of the loss do to a picture by optimising its pixels, without training a network.

    python -m benchmarks.training.loss_weights PAINTING PHOTOGRAPH SHEET [--size 192] [--style-size 384]
        [--evaluations 60]

For each choice of S and of the layers' weights, runs L-BFGS from the photograph (train/paint/optimize.py). Prints the
content error and the Gram error of each layer, and writes the pictures side by side to SHEET, in the order of the
table.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch

from nstcam.train.content.paintings import read_painting
from nstcam.train.loss.losses import STYLE_WEIGHTS
from nstcam.train.loss.objective import Objective, ObjectiveConfig
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.paint.optimize import Method, optimize
from nstcam.train.picture import read_rgb, shrink_to, to_picture, to_tensor, write_picture

LAYERS: Final = tuple(STYLE_WEIGHTS)
TRAINED: Final = tuple(STYLE_WEIGHTS.values())
CHOICES: Final[dict[str, tuple[float, tuple[float, ...]]]] = {
    "S = 0.35": (0.35, TRAINED),
    "S = 0.7, as in training": (0.7, TRAINED),
    "S = 1.4": (1.4, TRAINED),
    "all layers alike": (0.7, (3.5, 3.5, 3.5, 3.5)),
    "early layers only": (0.7, (6.0, 8.0, 0.0, 0.0)),
    "late layers only": (0.7, (0.0, 0.0, 7.0, 7.0)),
}
"""For each row, S and the weights of the layers from early to late, which always add up to 14."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("painting", type=Path)
    parser.add_argument("photograph", type=Path)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--size", type=int, default=192, help="shorter side of the photograph in px")
    parser.add_argument("--style-size", type=int, default=384)
    parser.add_argument("--evaluations", type=int, default=60)
    options = parser.parse_args()

    vgg, device = load_vgg(), torch.device("cpu")
    style = to_tensor(shrink_to(read_painting(options.painting), options.style_size), device)
    start = to_tensor(shrink_to(read_rgb(options.photograph), options.size), device)
    pictures = []
    print("| weights | content | " + " | ".join(LAYERS) + " |\n" + "|---" * (2 + len(LAYERS)) + "|")
    for name, (strength, weights) in CHOICES.items():
        loss = ObjectiveConfig(style_layers=dict(zip(LAYERS, weights, strict=True)), style_weight=strength)
        objective = Objective(vgg, start, [(style, 1.0)], loss)
        done = optimize(objective, start, Method(evaluations=options.evaluations))
        errors = " | ".join(f"{done.errors.layers[layer]:.4f}" for layer in LAYERS)
        print(f"| {name} | {done.errors.content:.3f} | {errors} |", flush=True)
        pictures.append(cv2.putText(to_picture(done.image), name, (4, 14), 0, 0.45, (255, 255, 255), 1, 16))
    half = len(pictures) // 2
    write_picture(options.sheet, np.vstack([np.hstack(pictures[:half]), np.hstack(pictures[half:])]))


if __name__ == "__main__":
    main()
