"""Simulates the next frame of a scene: a shaky hand, changing light and sensor noise.

The network paints it in a second pass. It replaces video and optical flow: the motion is known because it is made here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

FARTHEST: Final = 4
"""Largest shift per axis, in pixels. One cell of `LiteNet`; larger shifts repeat the smaller ones."""

MARGIN: Final = 8
"""Pixels at each edge that `Shake.move` may have filled by reflection, and that do not count."""

_TURN, _ZOOM, _LIGHT = 1.0, 0.01, 0.03
"""Largest turn in degrees, change of size and change of brightness as shares."""


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
    """True: the camera moved, and the canvas moves along. False: the scene moved, and the canvas stays."""

    @staticmethod
    def draw(generator: torch.Generator) -> Shake:
        """A random motion. Half of them are whole pixels, which keep sharpness: with cubic interpolation alone, soft
        strokes would be learnt."""
        u = torch.rand(6, generator=generator, device=generator.device).tolist()
        rows, columns = ((2 * v - 1) * FARTHEST for v in u[:2])
        camera = u[5] < 0.75
        if u[4] < 0.5:
            return Shake(round(rows), round(columns), camera=camera)
        return Shake(rows, columns, (2 * u[2] - 1) * _TURN, 1 + (2 * u[3] - 1) * _ZOOM, camera)

    @property
    def canvas(self) -> tuple[float, float]:
        """How far the canvas moves: (rows, columns) in pixels."""
        return (self.rows, self.columns) if self.camera else (0.0, 0.0)

    def move(self, image: Tensor) -> Tensor:
        """The image (N, C, H, W), moved; bicubic interpolation, reflected edges."""
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


def next_frame(
    image: Tensor, shake: Shake, generator: torch.Generator, batch: int | None = None, share: slice = slice(None)
) -> Tensor:
    """The image (N, 3, H, W), RGB in 0..1, moved, in other light and with new sensor noise (sigma 1 to 8 of 255).

    Args:
        batch, share: how many pictures the noise is drawn for, and which of them the N are; None: for these N.
    """
    batch = len(image) if batch is None else batch
    draw = torch.rand((2, batch, 1, 1, 1), generator=generator, device=image.device)[:, share]
    light, sigma = 1 + (2 * draw[0] - 1) * _LIGHT, (1 + 7 * draw[1]) / 255
    noise = torch.randn((batch, *image.shape[1:]), generator=generator, device=image.device)[share]
    return (shake.move(image) * light + sigma * noise).clamp(0, 1)
