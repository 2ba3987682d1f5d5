"""Procedural training pictures: dead-leaves scenes with natural colour, shading, texture and blur.

Overlapping shapes with power-law sizes reproduce the scale invariance and the edge statistics of photographs
(Lee, Mumford and Huang 2001); networks trained on them learn features close to those from real pictures
(Baradad et al. 2021). Here they make it possible to train a style without any photographs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from nstcam.train.picture import Picture

_MARGIN: Final = 1.25
"""Scenes are drawn larger by this factor and scaled down, which smooths their edges."""


class _Frame(NamedTuple):
    """Where what is drawn lies in its scene."""

    side: float
    """Of the whole scene, in pixels."""
    corner: tuple[float, float]
    """Left and top of the part that is drawn."""


class SceneMaker:
    """Draws scenes with colours taken from photographs, so that skin, wood, sky and foliage occur.

    Args:
        palette_photos: uint8 RGB, (H, W, 3), at least one; each scene takes its colours from one of them.
    """

    def __init__(self, palette_photos: Sequence[Picture]) -> None:
        self._palettes = [cv2.resize(p, (48, 48), interpolation=cv2.INTER_AREA).reshape(-1, 3) for p in palette_photos]
        rng = np.random.default_rng(7)
        self._textures = [power_law_noise(512, exponent, rng) for exponent in (0.6, 0.9, 1.2, 1.5)]

    def scene(self, size: int, rng: np.random.Generator, whole: int | None = None) -> Picture:
        """A random scene, uint8 RGB, (size, size, 3); equal states of `rng` give equal scenes.

        Args:
            whole: draws a part of a scene with so many pixels a side, at least `size`, and nothing beside it.
        """
        side = int(size * _MARGIN)
        frame = _Frame(side, (0.0, 0.0))
        if whole is not None:
            room = max(whole * _MARGIN - side, 0.0)
            frame = _Frame(whole * _MARGIN, (rng.uniform(0, room), rng.uniform(0, room)))
        palette = self._palettes[rng.integers(len(self._palettes))].astype(np.float32)
        if rng.random() < 0.3:
            palette = palette[:, rng.permutation(3)]  # hues that the photographs lack
        canvas = np.zeros((side, side, 3), np.float32)
        self._paint(canvas, np.ones((side, side), np.float32), palette, rng, (slice(side), slice(side)))
        smallest, largest = 0.02 * frame.side, 0.5 * frame.side
        count = int(rng.uniform(20, 160))
        radii = np.sort(power_law(smallest, largest, 2.2, count, rng))[::-1]  # large shapes behind small ones, mostly
        radii = radii[np.argsort(np.arange(count) + rng.normal(0, 0.3 * count, count))]
        focus = rng.uniform(0, 1) if rng.random() < 0.4 else None
        for i, radius in enumerate(radii):
            if focus is not None and i in (count // 3, 2 * count // 3):  # everything drawn so far goes out of focus
                sigma = 3 * abs(focus - i / count) * frame.side / 256
                canvas = np.asarray(cv2.GaussianBlur(canvas, (0, 0), max(sigma, 0.3)), np.float32)
            self._leaf(canvas, float(radius), palette, rng, frame)
        canvas *= _light_field(side, rng)
        picture = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
        return np.clip(picture, 0, 255).astype(np.uint8)

    def _leaf(
        self,
        canvas: NDArray[np.float32],
        radius: float,
        palette: NDArray[np.float32],
        rng: np.random.Generator,
        frame: _Frame,
    ) -> None:
        centre = rng.uniform(-0.1 * frame.side, 1.1 * frame.side, 2).tolist()
        reach, side = math.ceil(radius * 1.6) + 2, canvas.shape[0]
        # Of a part of a scene most leaves are outside: numbers tell that sooner than arrays of two.
        across, down = (place - corner for place, corner in zip(centre, frame.corner, strict=True))
        left, top = int(max(across - reach, 0)), int(max(down - reach, 0))
        right, bottom = int(min(across + reach, side)), int(min(down + reach, side))
        if right - left < 2 or bottom - top < 2:
            return
        outline = _outline(radius, rng) + np.array([across, down]) - (left, top)
        mask = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
        alpha = np.asarray(mask / np.float32(255), np.float32)
        region = canvas[top:bottom, left:right]
        if rng.random() < 0.5:  # a soft shadow on the background
            shift = np.array([[1, 0, 0.12 * radius], [0, 1, 0.12 * radius]], np.float32)
            shadow = cv2.GaussianBlur(
                cv2.warpAffine(alpha, shift, (alpha.shape[1], alpha.shape[0])), (0, 0), 0.1 * radius + 0.5
            )
            region *= 1 - rng.uniform(0.2, 0.6) * shadow[..., None]
        x, y, width, height = cv2.boundingRect(mask)
        self._paint(region, alpha, palette, rng, (slice(y, y + height), slice(x, x + width)))

    def _paint(
        self,
        region: NDArray[np.float32],
        alpha: NDArray[np.float32],
        palette: NDArray[np.float32],
        rng: np.random.Generator,
        box: tuple[slice, slice],
    ) -> None:
        """Blends a shaded, textured surface into `region` (H, W, 3) with the opacity `alpha` (H, W), 0..1.

        `box` are the rows and columns outside which `alpha` is 0; nothing is computed there.
        """
        height, width = alpha.shape
        colour, other = palette[rng.integers(len(palette), size=2)]
        angle = rng.uniform(0, 2 * np.pi)
        rows, columns = np.arange(height)[box[0]], np.arange(width)[box[1]]
        ys, xs = (places.astype(np.float32) / max(height, width) for places in (rows, columns))
        ramp = (xs - 0.5) * np.cos(angle) + ((ys - 0.5) * np.sin(angle))[:, None]
        surface = (other - colour) * (rng.uniform(0, 0.5) * (ramp + 0.5))[..., None]
        surface += colour
        surface *= (1 + rng.normal(0, 0.35) * ramp)[..., None]
        if rng.random() < 0.75:
            texture = self._textures[rng.integers(len(self._textures))]
            y, x = rng.integers(0, texture.shape[0], 2)
            patch = np.take(np.take(texture, y + rows, 0, mode="wrap"), x + columns, 1, mode="wrap")
            surface *= (1 + rng.exponential(0.12) * patch)[..., None]
        part = region[box]
        surface -= part
        surface *= alpha[box][..., None]
        part += surface


def power_law(low: float, high: float, exponent: float, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """`count` samples, (count,), of a density proportional to r^-exponent on low..high. The exponent must not be 1."""
    e = 1 - exponent
    return np.asarray((low**e + rng.random(count) * (high**e - low**e)) ** (1 / e))


def power_law_noise(side: int, exponent: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Periodic noise, (side, side), with mean 0, variance 1 and an amplitude spectrum that falls as 1/f^exponent."""
    f = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    f[0, 0] = np.inf
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((side, side))) / f**exponent, (side, side))
    return np.asarray(noise / noise.std(), np.float32)


def _outline(radius: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """The outline of a rotated ellipse, rectangle, polygon or wobbly blob around the origin, (points, 2) as x, y."""
    kind = rng.integers(4)
    if kind == 0:
        corners = 4
        angles = np.array([0.25, 0.75, 1.25, 1.75]) * np.pi
        distance = np.ones(corners)
    elif kind == 1:
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 8)))
        distance = rng.uniform(0.7, 1.2, len(angles))
    else:
        angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        distance = np.ones(40)
        if kind == 3:
            for k in (2, 3, 5):
                distance += rng.normal(0, 0.25 / k) * np.cos(k * angles + rng.uniform(0, 2 * np.pi))
    points = np.stack([np.cos(angles), np.sin(angles)], 1) * distance[:, None] * radius
    points[:, 1] *= rng.uniform(0.25, 1)
    turn = rng.uniform(0, 2 * np.pi)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.asarray(points @ rotation.T)


def _light_field(side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth illumination, (side, side, 1), factors around 1, as from a lamp, a window or a vignette."""
    coarse = rng.normal(1, rng.uniform(0, 0.3), (3, 3)).astype(np.float32)
    field = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(field, 0.15, 2)[..., None], np.float32)
