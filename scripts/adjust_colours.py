"""Makes a bundled style a little bolder or quieter.

    python -m scripts.adjust_colours NAME [--contrast 1.05] [--chroma 1.05]

A training ends with a map from the network's colours to the painting's, measured on crops it was trained on; in whole
photographs a style may still have less contrast or colour than its painting (benchmarks.quality.appearance). This
scales both about the mean lightness that the style paints the bundled photographs in, and writes the style's files
anew. The change becomes part of the last convolution (train/fit/colour_map.py) and costs nothing per frame.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Final

import torch

from nstcam.export.convert.strength import CanvasStrength
from nstcam.export.evaluate.bundled_strokes import measure, photographs
from nstcam.realtime.style_files.library import ORDER
from nstcam.realtime.style_files.style import BUNDLED_STYLES
from nstcam.train.fit.colour_map import ColourMap
from nstcam.train.fit.learning import folded
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.network.checkpoint import WARM_STARTS, Checkpoint, load_checkpoint
from nstcam.train.picture import to_tensor
from scripts.bundle import bundle

GREY: Final = (0.299, 0.587, 0.114)
"""What red, green and blue bring to lightness (ITU-R BT.601)."""
MOST: Final = 1.5
"""The largest gain: what a style lacks beyond that is for a training to learn."""


def scaled_colours(mean: torch.Tensor, contrast: float, chroma: float) -> ColourMap:
    """Lightness times `contrast` and distance from grey times `chroma`, about the colour `mean`, (3,) RGB in 0..1."""
    grey = torch.tensor([GREY, GREY, GREY], dtype=torch.float64)
    matrix = contrast * grey + chroma * (torch.eye(3, dtype=torch.float64) - grey)
    mean = mean.double()
    pivot = grey @ mean  # greys stay grey: only the mean's lightness stays, not its colour
    return ColourMap(matrix, pivot - matrix @ pivot)


def mean_colour(checkpoint: Checkpoint) -> torch.Tensor:
    """(3,): the mean RGB in 0..1 of the bundled photographs as painted."""
    network, cpu = checkpoint.build().eval(), torch.device("cpu")
    with torch.no_grad():
        painted = [network(to_tensor(photo[..., ::-1].copy(), cpu)) for photo in photographs()]
    return torch.stack([picture.clamp(0, 1).mean((0, 2, 3)) for picture in painted]).mean(0)


def adjust(name: str, contrast: float, chroma: float, styles: Path = BUNDLED_STYLES, warm: Path = WARM_STARTS) -> None:
    """Writes the style's two files and its checkpoint with the scaled colours."""
    checkpoint = load_checkpoint(WARM_STARTS / f"{name}.pt")
    colours = scaled_colours(mean_colour(checkpoint), contrast, chroma)
    with tempfile.TemporaryDirectory() as run:
        folded(checkpoint, colours).save(Path(run) / CHECKPOINT_NAME)
        bundle(Path(run), CanvasStrength(1.0, 1.0), styles, warm)


def gain(text: str) -> float:
    value = float(text)
    if not 1 / MOST <= value <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is not between {1 / MOST:.2f} and {MOST}")
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=ORDER)
    parser.add_argument("--contrast", type=gain, default=1.0)
    parser.add_argument("--chroma", type=gain, default=1.0)
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="write there instead of into the package")
    asked = parser.parse_args()
    if asked.output is not None:
        adjust(asked.name, asked.contrast, asked.chroma, asked.output, asked.output)
        return
    adjust(asked.name, asked.contrast, asked.chroma)
    measure([asked.name])


if __name__ == "__main__":
    main()
