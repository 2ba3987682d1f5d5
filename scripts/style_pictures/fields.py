"""Tone, flow, lines and stripes of a picture: what a draughtsman sees in it. Pictures are float32 of 0 to 1."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

ORIENTATIONS: Final = 24
FINE: Final = 2
"""Masks are cut at twice the size and reduced, so that their edges are smooth."""


def blur(field: Field, sigma: float) -> Field:
    return cv2.GaussianBlur(field, (0, 0), sigma).astype(np.float32, copy=False)


def noise(shape: tuple[int, int], sigma: float, rng: np.random.Generator) -> Field:
    """Smooth noise of mean 0 and standard deviation 1."""
    small = max(1.0, sigma / 4)  # blurred at a fraction of the size: wide kernels are slow
    size = (max(4, int(shape[0] / small)), max(4, int(shape[1] / small)))
    field = blur(rng.standard_normal(size).astype(np.float32), sigma / small)
    large: Field = cv2.resize(field, shape[::-1], interpolation=cv2.INTER_CUBIC).astype(np.float32)
    centred: Field = large - large.mean()
    return centred / np.float32(centred.std())


def luminance(rgb: Field) -> Field:
    """CIE L* of sRGB, divided by 100."""
    return (cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)[..., 0] / 100).astype(np.float32)


def smoothed(rgb: Field, rounds: int = 3, reach: float = 6, contrast: float = 0.12) -> Field:
    """Textures go, edges stay: the bilateral filter, repeated (Winnemöller et al. 2006)."""
    for _ in range(rounds):
        rgb = cv2.bilateralFilter(rgb, 0, contrast, reach).astype(np.float32, copy=False)
    return rgb


def flow(field: Field, sigma: float, rest: float = 0.0) -> Field:
    """The angle along the edges in radians: the smoothed structure tensor's weaker eigenvector.

    Where the picture is flat, the angle is that of a slow field of waves, at an amplitude of about `rest`."""
    gx: Field = (cv2.Scharr(field, cv2.CV_32F, 1, 0) / 16).astype(np.float32)
    gy: Field = (cv2.Scharr(field, cv2.CV_32F, 0, 1) / 16).astype(np.float32)
    double_cos, double_sin = blur(gx * gx - gy * gy, sigma), blur(2 * gx * gy, sigma)
    if rest:
        y, x = np.indices(field.shape, dtype=np.float32)
        turn = 2 * (0.9 + 0.7 * np.sin(x / 170 + 1.3 * np.sin(y / 140)) + 0.8 * np.cos(y / 120 - x / 310))
        double_cos, double_sin = double_cos + rest**2 * np.cos(turn), double_sin + rest**2 * np.sin(turn)
    return (np.arctan2(double_sin, double_cos) / 2 + np.pi / 2).astype(np.float32)


def along(field: Field, angle: Field, length: float) -> Field:
    """The mean along the flow over about `length` pixels to both sides (line integral convolution)."""
    height, width = field.shape
    places: Field = np.indices(field.shape, dtype=np.float32)
    dx0, dy0 = np.cos(angle), np.sin(angle)
    total, weight_sum = field.copy(), 1.0
    step = max(1.0, length / 8)
    for sign in (1, -1):
        x: Field = places[1]
        y: Field = places[0]
        dx, dy = sign * dx0, sign * dy0
        for i in range(1, int(length / step) + 1):
            x = np.clip(x + step * dx, 0, width - 1).astype(np.float32)
            y = np.clip(y + step * dy, 0, height - 1).astype(np.float32)
            weight = float(np.exp(-2 * (i * step / length) ** 2))
            total += weight * cv2.remap(field, x, y, cv2.INTER_LINEAR)
            weight_sum += weight
            nx, ny = cv2.remap(dx0, x, y, cv2.INTER_NEAREST), cv2.remap(dy0, x, y, cv2.INTER_NEAREST)
            turned = np.where(nx * dx + ny * dy < 0, np.float32(-1), np.float32(1))
            dx, dy = nx * turned, ny * turned
    return (total / weight_sum).astype(np.float32)


def lines(tone: Field, angle: Field, sigma: float, length: float = 10) -> Field:
    """Positive within dark lines along edges: a difference of Gaussians, averaged along the flow (Kang et al. 2007)."""
    difference = blur(tone, sigma * 1.6) - blur(tone, sigma)
    return along(difference, angle, length)


def stripes(angle: Field, period: float, rng: np.random.Generator, rounds: int = 12) -> Field:
    """Lines of one width that follow the angle, fork and end as in a fingerprint: Gabor filters turned by the angle,
    over and over, on noise. -1 to 1, nearly as many pixels above 0 as below."""
    size = int(period * 1.4) * 2 + 1
    y, x = np.indices((size, size), dtype=np.float32) - size // 2
    kernels = []
    for i in range(ORIENTATIONS):
        a = np.pi * i / ORIENTATIONS
        across, on = -x * np.sin(a) + y * np.cos(a), x * np.cos(a) + y * np.sin(a)
        envelope = np.exp(-(across**2) / (2 * (0.42 * period) ** 2) - on**2 / (2 * (0.6 * period) ** 2))
        kernel = envelope * np.cos(2 * np.pi * across / period)
        kernel -= envelope * (kernel.sum() / envelope.sum())
        kernels.append(kernel / np.abs(kernel).sum() * 2)
    which = np.round(np.mod(angle, np.pi) / np.pi * ORIENTATIONS).astype(np.int32) % ORIENTATIONS
    field = rng.standard_normal(angle.shape).astype(np.float32)
    rows, columns = angle.shape
    for _ in range(rounds):
        new = np.zeros_like(field)
        for i, kernel in enumerate(kernels):
            hit = which == i
            if not hit.any():
                continue
            ys, xs = np.flatnonzero(hit.any(1)), np.flatnonzero(hit.any(0))
            y0, y1, x0, x1 = ys[0], ys[-1] + 1, xs[0], xs[-1] + 1
            a, b = max(0, y0 - size), max(0, x0 - size)
            part = cv2.filter2D(field[a : min(rows, y1 + size), b : min(columns, x1 + size)], -1, kernel)
            part = part[y0 - a : y0 - a + y1 - y0, x0 - b : x0 - b + x1 - x0]
            np.copyto(new[y0:y1, x0:x1], part, where=hit[y0:y1, x0:x1])
        field = np.tanh(4 * new / (new.std() + 1e-6) / 2).astype(np.float32)
    return blur(field, max(0.5, period * 0.1))


def fine(field: Field) -> Field:
    return cv2.resize(field, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_CUBIC).astype(np.float32)


def coarse(field: Field) -> Field:
    return cv2.resize(field, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA).astype(np.float32)


def mask(field: Field) -> Field:
    """1 where the field is positive, 0 elsewhere, with smooth edges."""
    return coarse((fine(field) > 0).astype(np.float32))


def flats(rgb: Field, palette: Field, shown: Field, soften: float = 3.0) -> Field:
    """Each pixel in the colour of `shown` (N x 3) whose fellow in `palette` is nearest in Lab; edges are rounded."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)
    keys = cv2.cvtColor(palette[None], cv2.COLOR_RGB2Lab)[0]
    nearest = np.stack([np.square(lab - key).sum(-1) for key in keys]).argmin(0)
    votes = np.stack([fine(blur((nearest == i).astype(np.float32), soften)) for i in range(len(keys))])
    return coarse(shown[votes.argmax(0)])


def over(canvas: Field, colour: tuple[float, ...] | Field, cover: Field) -> Field:
    """The canvas with the colour laid over it where the mask is 1."""
    return (canvas + cover[..., None] * (np.asarray(colour, np.float32) - canvas)).astype(np.float32)
