"""Compares an exported style with the trained network on the same frames, in levels of 255."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch

from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import UNMOVED, Offset
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import PHOTOS, read_rgb

OFFSET: Final = Offset(-4, 604)
"""Offset of the canvas, on the grid of cells: negative in rows, beyond the period in columns."""


@dataclass(frozen=True)
class Parity:
    """Absolute differences over all frames, pixels and colours, in levels of 255."""

    largest: int
    mean: float
    tone: float
    """Largest difference of a frame's mean colour: large if whole frames became lighter, darker or another hue."""


def check_frames(any_size: bool, *, quick: bool = False) -> list[Frame]:
    """A portrait, a fine texture and noise; with `any_size` also a frame whose sides are not multiples of 4.

    Args:
        quick: leaves out the portrait, which has four fifths of the pixels.
    """
    portrait = cv2.resize(read_rgb(PHOTOS / "astronaut.jpg")[..., ::-1], (320, 240), interpolation=cv2.INTER_AREA)
    texture = read_rgb(PHOTOS / "coffee.jpg")[40:136, 60:160, ::-1]
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    frames = [portrait, texture, noise]
    if any_size:
        frames.append(texture[:61, :97])
    return [np.ascontiguousarray(f, dtype=np.uint8) for f in frames[1 if quick else 0 :]]


def compare(network: TransformerNet | LiteNet, stylizer: Stylizer, *, quick: bool = False) -> Parity:
    """How much a style differs from its network.

    Args:
        network: in evaluation mode, float32, on the CPU.
        stylizer: the style exported from it.
        quick: see `check_frames`.
    """
    differences, tones = [], []
    for frame in check_frames(any_size=isinstance(network, LiteNet), quick=quick):
        difference = stylizer.stylize(frame, OFFSET).astype(np.int16) - stylize_with(network, frame, OFFSET)
        differences.append(np.abs(difference).ravel())
        tones.append(np.abs(difference.mean((0, 1))).max())
    everything = np.concatenate(differences)
    return Parity(int(everything.max()), float(everything.mean()), float(max(tones)))


def stylize_with(network: TransformerNet | LiteNet, frame: Frame, offset: Offset = UNMOVED) -> Frame:
    """The stylized frame, uint8 BGR (H, W, 3), computed by PyTorch as the style contract says."""
    rgb = torch.from_numpy(frame[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 255
    pixels = float(offset.rows), float(offset.columns)
    with torch.no_grad():
        out = network(rgb, pixels)[0]
    levels: Frame = (out.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()[..., ::-1]
    return levels
