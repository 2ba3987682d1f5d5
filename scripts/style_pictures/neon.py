"""Neon signs: glowing tubes on black, in a dark blue haze."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.style_pictures.fields import (
    FINE,
    Field,
    along,
    blur,
    coarse,
    fine,
    flats,
    flow,
    luminance,
    noise,
    over,
    smoothed,
)
from scripts.style_pictures.inks import ASTRONAUT, CYAN, NAVY, ORANGE, RED, SKIN, WHITE, YELLOW
from scripts.style_pictures.photos import photo

NIGHT: Final = (0.010, 0.010, 0.030)
HAZE: Final = (0.04, 0.07, 0.27)
AQUA, PINK, AMBER, LIME = (0.0, 0.80, 1.0), (1.0, 0.05, 0.62), (1.0, 0.78, 0.0), (0.10, 0.95, 0.25)
TUBES: Final = {WHITE: LIME, SKIN: PINK, RED: PINK, YELLOW: AMBER, CYAN: AQUA, ORANGE: PINK, NAVY: AQUA}
"""The colour of the tubes on things that a comic has in each ink."""


def edges(tone: Field, sigma: float, least: float, shortest: float) -> list[NDArray[np.float32]]:
    """Smooth curves along edges: zero crossings of a difference of Gaussians. N x 2 points at FINE times the size."""
    angle = flow(blur(tone, 1.5), 5)
    response = fine(along(blur(tone, sigma * 1.6) - blur(tone, sigma), angle, 14))
    slope = cv2.magnitude(cv2.Sobel(response, cv2.CV_32F, 1, 0), cv2.Sobel(response, cv2.CV_32F, 0, 1))
    found, _ = cv2.findContours((response > 0).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    height, width = response.shape
    half = 12
    kernel = cv2.getGaussianKernel(2 * half + 1, half / 2, cv2.CV_32F)[:, 0]
    curves = []
    for contour in found:
        points = contour[:, 0]
        strength = np.convolve(np.pad(slope[points[:, 1], points[:, 0]], half, "wrap"), kernel, "valid")
        keep = (strength > least) & (points > 4).all(1) & (points < (width - 5, height - 5)).all(1)
        first = int(np.argmin(keep))  # so that no curve is cut where the contour happens to begin
        points, keep = np.roll(points, -first, 0), np.roll(keep, -first)
        for run in np.split(np.arange(len(points)), np.flatnonzero(np.diff(keep)) + 1):
            if keep[run[0]] and len(run) > shortest * FINE:
                ends = np.pad(points[run].astype(np.float32), ((half, half), (0, 0)), "reflect", reflect_type="odd")
                curves.append(np.stack([np.convolve(ends[:, i], kernel, "valid") for i in (0, 1)], axis=1))
    return curves


def neon(width: int, height: int, rng: np.random.Generator) -> Field:
    shape = (height, width)
    rgb = smoothed(photo("astronaut", width, height, top=0.0), 4)
    keys = np.array([key for key, _ in ASTRONAUT], np.float32)
    colours = blur(flats(rgb, keys, np.array([TUBES[ink] for _, ink in ASTRONAUT], np.float32), 12), 2)
    tubes, cores = np.zeros((2, height * FINE, width * FINE), np.float32)
    for curve in edges(luminance(rgb), 2.6, 0.0016, 40):
        points = [np.round(curve * 8).astype(np.int32)]
        cv2.polylines(tubes, points, False, 1.0, 6 * FINE, cv2.LINE_AA, 3)
        cv2.polylines(cores, points, False, 1.0, 2 * FINE, cv2.LINE_AA, 3)
    tube, core = coarse(tubes), coarse(cores)
    source = tube[..., None] * colours
    glow = 0.6 * blur(source, 6) + 0.6 * blur(source, 18) + 0.5 * blur(source, 55)
    haze = np.clip(0.5 + 0.45 * noise(shape, 70, rng), 0, 1.5)
    night = np.array(NIGHT, np.float32) + haze[..., None] * np.array(HAZE, np.float32)
    canvas = 1 - (1 - night) * (1 - np.clip(glow, 0, 0.85))
    canvas = over(canvas, colours, tube)
    return over(canvas, 0.35 * colours + 0.65, blur(core, 0.8))
