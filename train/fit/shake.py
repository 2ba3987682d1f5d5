"""The next frame of the same scene: what a hand that holds the camera, a lamp and the sensor do to a picture.

Shown to the network in a second pass, it stands in for video and optical flow: the motion is known because it is made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

FARTHEST: Final = 4
"""Pixels of the largest shift, per axis. One cell of `LiteNet`: beyond it all repeats."""

MARGIN: Final = 8
"""Pixels at the edges that `Shake.move` may have made up."""

_TURN, _ZOOM, _LIGHT = 1.0, 0.01, 0.03
"""Degrees; shares."""


@dataclass(frozen=True)
class Shake:
    """One motion, about the centre of the picture."""

    rows: float
    columns: float
    """Pixels down and to the right."""
    turn: float = 0.0
    """Degrees clockwise."""
    zoom: float = 1.0
    camera: bool = True
    """The camera moved, and the canvas goes along; False: what is before it did, and the canvas stays."""

    @staticmethod
    def draw(generator: torch.Generator) -> Shake:
        """Half of them whole pixels, which cost no sharpness: cubic interpolation alone would train soft strokes."""
        u = torch.rand(6, generator=generator, device=generator.device).tolist()
        rows, columns = ((2 * v - 1) * FARTHEST for v in u[:2])
        camera = u[5] < 0.75
        if u[4] < 0.5:
            return Shake(round(rows), round(columns), camera=camera)
        return Shake(rows, columns, (2 * u[2] - 1) * _TURN, 1 + (2 * u[3] - 1) * _ZOOM, camera)

    @property
    def canvas(self) -> tuple[float, float]:
        """How far the canvas goes, in pixels."""
        return (self.rows, self.columns) if self.camera else (0.0, 0.0)

    def move(self, image: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape, by bicubic interpolation; edges are reflected."""
        height, width = image.shape[-2:]
        angle = math.radians(self.turn)
        cos, sin = math.cos(angle) / self.zoom, math.sin(angle) / self.zoom
        # affine_grid wants where each pixel comes from, in half widths and half heights.
        right, down = 2 * self.columns / width, 2 * self.rows / height
        theta = torch.tensor([[cos, sin * height / width, 0], [-sin * width / height, cos, 0]], dtype=image.dtype)
        theta[:, 2] = -theta[:, :2] @ torch.tensor([right, down], dtype=image.dtype)
        theta = sent(theta, image.device)
        grid = F.affine_grid(theta.expand(len(image), 2, 3), list(image.shape), align_corners=False)
        return F.grid_sample(image, grid, mode="bicubic", padding_mode="reflection", align_corners=False)


def sent(small: Tensor, device: torch.device) -> Tensor:
    """A CPU's tensor on `device`. A GPU takes it from page-locked memory when it gets there; nobody waits for that."""
    if device.type == "cpu":
        return small
    return (small.pin_memory() if device.type == "cuda" else small).to(device, non_blocking=True)


def next_frame(image: Tensor, shake: Shake, generator: torch.Generator) -> Tensor:
    """(N, 3, H, W) RGB 0..1 moved, in other light and with fresh noise of the sensor, sigma 1..8 of 255."""
    draw = torch.rand((2, image.shape[0], 1, 1, 1), generator=generator, device=image.device)
    light, sigma = 1 + (2 * draw[0] - 1) * _LIGHT, (1 + 7 * draw[1]) / 255
    noise = torch.randn(image.shape, generator=generator, device=image.device)
    return (shake.move(image) * light + sigma * noise).clamp(0, 1)
