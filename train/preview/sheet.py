"""What users look at while a style trains: a contact sheet and a loss curve, written as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import Picture, to_picture, to_tensor, write_picture
from nstcam.train.progress import Step

SHEET_NAME: Final = "preview.png"
CURVE_NAME: Final = "loss.png"
_TILE: Final = 256
_WIDTH: Final = _TILE * 4 // 3

Colour = tuple[int, int, int]
_CURVES: Final[dict[str, Colour]] = {
    "total": (0, 0, 0),
    "content": (200, 90, 0),
    "style": (0, 0, 200),
    "tone": (0, 140, 0),
}
"""BGR."""


def write_preview(
    contents: Sequence[Picture],
    painting: Picture,
    network: TransformerNet | LiteNet,
    history: Sequence[Step],
    folder: Path,
) -> None:
    """Writes preview.png (content | stylized, one row each; the painting beside) and loss.png into `folder`."""
    rows = np.vstack([np.hstack([tile(c), tile(stylize(network, c))]) for c in contents])
    beside = within(painting, (_WIDTH, rows.shape[0]))
    write_picture(folder / SHEET_NAME, np.hstack([rows, beside]))
    write_picture(folder / CURVE_NAME, np.ascontiguousarray(loss_curve(history)[..., ::-1]))


def stylize(network: TransformerNet | LiteNet, picture: Picture) -> Picture:
    """The picture, painted by a network in evaluation mode; RGB uint8, cropped to multiples of 4."""
    height, width = (side // 4 * 4 for side in picture.shape[:2])
    device = next(network.parameters()).device
    with torch.no_grad():
        image = to_tensor(np.ascontiguousarray(picture[:height, :width]), device)
        return to_picture(network(image))


def tile(picture: Picture) -> Picture:
    """The picture scaled into a 4:3 tile with white bars."""
    return within(picture, (_WIDTH, _TILE))


def within(picture: Picture, size_wh: tuple[int, int]) -> Picture:
    """The picture scaled to fit, in the middle of a white one of that size."""
    box = np.full((size_wh[1], size_wh[0], 3), 255, np.uint8)
    scale = min(box.shape[0] / picture.shape[0], box.shape[1] / picture.shape[1])
    width = min(max(round(picture.shape[1] * scale), 1), box.shape[1])
    height = min(max(round(picture.shape[0] * scale), 1), box.shape[0])
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    top, left = (box.shape[0] - height) // 2, (box.shape[1] - width) // 2
    box[top : top + height, left : left + width] = small
    return box


def loss_curve(history: Sequence[Step]) -> Picture:
    """Errors over steps on a logarithmic axis, lightly smoothed; (480, 800, 3) BGR."""
    width, height = 800, 480
    image = np.full((height, width, 3), 255, np.uint8)
    left, right, top, bottom = 60, width - 20, 20, height - 40
    series = {name: _smooth(np.array([getattr(s, name) for s in history])) for name in _CURVES}
    everything = np.concatenate(list(series.values()))
    low, high = np.log10(max(everything.min(), 1e-3)), np.log10(max(everything.max(), 2e-3))

    def y_of(value: NDArray[np.float64]) -> NDArray[np.float64]:
        share = (np.log10(np.maximum(value, 1e-3)) - low) / max(high - low, 1e-6)
        return np.asarray(bottom - share * (bottom - top))

    for mark in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50):
        if low <= np.log10(mark) <= high:
            y = int(y_of(np.array(mark, np.float64)))
            cv2.line(image, (left, y), (right, y), (225, 225, 225))
            cv2.putText(image, f"{mark:g}", (8, y + 4), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (90, 90, 90), 1, cv2.LINE_AA)
    xs = np.linspace(left, right, len(history))
    for i, (name, values) in enumerate(series.items()):
        points = np.stack([xs, y_of(values)], 1).astype(np.int32)
        cv2.polylines(image, [points], False, _CURVES[name], 1, cv2.LINE_AA)
        label = f"{name} {values[-1]:.3f}"
        cv2.putText(
            image,
            label,
            (left + 10 + 170 * i, height - 12),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.45,
            _CURVES[name],
            1,
            cv2.LINE_AA,
        )
    cv2.putText(
        image, f"step {history[-1].step}", (right - 90, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA
    )
    return image


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The trailing mean over up to 2 % of the steps."""
    window = max(len(values) // 50, 1)
    sums = np.cumsum(np.concatenate([[0.0], values]))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    return np.asarray((sums[ends] - sums[starts]) / (ends - starts))
