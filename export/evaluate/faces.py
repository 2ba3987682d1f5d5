"""Where faces are in the photographs that styles are measured on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from nstcam.export.evaluate.appearance import Box
from nstcam.export.evaluate.photographs import digest, scale_and_crop

Place = tuple[float, float, float, float]
"""left, top, right, bottom as shares of the picture's width and height."""

PLACES: Final[dict[str, tuple[Place, ...]]] = {
    "d96d367c5f259823": ((0.35, 0.1, 0.55, 0.35),),  # astronaut.jpg
    "7132d22b0ba62395": (
        (0.18, 0.42, 0.26, 0.6),
        (0.27, 0.28, 0.37, 0.43),
        (0.46, 0.36, 0.53, 0.5),
        (0.66, 0.33, 0.73, 0.46),
        (0.8, 0.38, 0.88, 0.52),
    ),  # val_000_people.jpg
    "80a18fb08e6bbd8f": ((0.4, 0.24, 0.6, 0.66),),  # val_002_people.jpg
    "24f27db3ce9b61ea": ((0.16, 0.18, 0.29, 0.4),),  # val_015_people.jpg
    "61e7ac0998111176": ((0.465, 0.15, 0.58, 0.39),),  # val_017_people.jpg
    "5ac3ea57e75a28f1": ((0.23, 0.25, 0.76, 0.69),),  # val_018_people.jpg
    "bea50b650c7d5eae": (
        (0.21, 0.12, 0.41, 0.42),
        (0.47, 0.22, 0.64, 0.5),
        (0.68, 0.1, 0.91, 0.54),
    ),  # val_020_people.jpg
    "a74e055f06cff244": ((0.4, 0.14, 0.52, 0.36),),  # val_023_webcam.jpg
    "89eaa4dda65a0cf7": ((0.425, 0.2, 0.525, 0.38),),  # val_024_webcam.jpg
    "92f17fbca22bfd8e": ((0.2, 0.22, 0.77, 0.73),),  # val_033_kodak.jpg
    "5ddf4cff3ce2f509": ((0.48, 0.08, 0.95, 0.83),),  # val_038_kodak.jpg
}
"""Faces from forehead to chin, by the digest of the picture's file. Marked by hand: detectors need a network."""

SMALLEST: Final = 24
"""Pixels: a smaller face has no structure that strokes could leave whole."""


def faces_in(picture: Path, width_height: tuple[int, int], size: str) -> list[Box]:
    """The known faces of a photograph as `sized` shows it; those that are cut off or tiny are left out.

    Args:
        width_height: of the picture in its file.
        size: see `nstcam.export.evaluate.photographs.sized`.
    """
    places = PLACES.get(digest(picture), ())
    scaled, (left, top), (width, height) = scale_and_crop(width_height, size)
    found = []
    for place in places:
        edges = np.round(np.array(place) * np.tile(scaled, 2) - (left, top, left, top)).astype(int).tolist()
        box = (edges[0], edges[1], edges[2], edges[3])
        inside = box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height
        if inside and min(box[2] - box[0], box[3] - box[1]) >= SMALLEST:
            found.append(box)
    return found
