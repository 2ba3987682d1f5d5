"""Touches up bundled styles: bolder or quieter colours, cells without a grid.

    python -m scripts.retouch NAME... [--contrast 1.05] [--chroma 1.05] [--even]

A training ends with a map from the network's colours to the painting's, measured on crops it was trained on; in whole
photographs a style may still have less contrast or colour than its painting (benchmarks.quality.appearance). This
scales both about the mean lightness that the style paints the bundled photographs in. `--even` takes the grid out of
plain parts, as the end of a training does by now (train/fit/even_cells.py). The style's files are written anew. The
changes become part of the last convolution and cost nothing per frame.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch

from nstcam.export.convert.strength import CanvasStrength
from nstcam.realtime.style_files.library import ORDER
from nstcam.realtime.style_files.style import BUNDLED_STYLES
from nstcam.train.fit.colour_map import ColourMap
from nstcam.train.fit.even_cells import even_out_cells
from nstcam.train.fit.learning import folded
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.network.checkpoint import WARM_STARTS, Checkpoint, load_checkpoint
from nstcam.train.picture import bundled_photographs, to_tensor
from scripts.bundle import bundle

GREY: Final = (0.299, 0.587, 0.114)
"""What red, green and blue bring to lightness (ITU-R BT.601)."""
SIDE: Final = 400
"""Pixels of the photographs' shorter side."""
MOST: Final = 1.5
"""The largest gain: what a style lacks beyond that is for a training to learn."""


def scaled_colours(mean: torch.Tensor, contrast: float, chroma: float) -> ColourMap:
    """Lightness times `contrast` and distance from grey times `chroma`, about the colour `mean`, (3,) RGB in 0..1."""
    grey = torch.tensor([GREY, GREY, GREY], dtype=torch.float64)
    matrix = contrast * grey + chroma * (torch.eye(3, dtype=torch.float64) - grey)
    mean = mean.double()
    pivot = grey @ mean  # greys stay grey: only the mean's lightness stays, not its colour
    return ColourMap(matrix, pivot - matrix @ pivot)


def pictures() -> list[torch.Tensor]:
    """The bundled photographs, (1, 3, H, W) RGB in 0..1."""
    return [to_tensor(photograph, torch.device("cpu")) for photograph in bundled_photographs(SIDE)]


def mean_colour(checkpoint: Checkpoint) -> torch.Tensor:
    """(3,): the mean RGB in 0..1 of the bundled photographs as painted."""
    network = checkpoint.build().eval()
    with torch.no_grad():
        painted = [network(picture) for picture in pictures()]
    return torch.stack([picture.clamp(0, 1).mean((0, 2, 3)) for picture in painted]).mean(0)


def evened(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint without the grid of its cells, in float32."""
    network = checkpoint.build().eval()
    even_out_cells(network, pictures())
    return replace(checkpoint, weights=network.state_dict())


def adjust(
    name: str,
    contrast: float,
    chroma: float,
    *,
    even: bool = False,
    styles: Path = BUNDLED_STYLES,
    warm: Path = WARM_STARTS,
) -> None:
    """Writes the style's two files and its checkpoint with the scaled colours and, if asked for, even cells."""
    checkpoint = load_checkpoint(WARM_STARTS / f"{name}.pt")
    checkpoint = evened(checkpoint) if even else checkpoint
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
    parser.add_argument("names", nargs="+", choices=ORDER, metavar="NAME")
    parser.add_argument("--contrast", type=gain, default=1.0)
    parser.add_argument("--chroma", type=gain, default=1.0)
    parser.add_argument("--even", action="store_true", help="take out the grid of the cells")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="write there instead of into the package")
    asked = parser.parse_args()
    folders = {} if asked.output is None else {"styles": asked.output, "warm": asked.output}
    for name in asked.names:
        adjust(name, asked.contrast, asked.chroma, even=asked.even, **folders)


if __name__ == "__main__":
    main()
