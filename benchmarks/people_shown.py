"""Compares the mask of people with outlines drawn by hand, counts false people in empty rooms, and follows a person who
comes, moves fast and leaves.

    python -m benchmarks.people_shown --photos FOLDER --rooms FOLDER [--json benchmarks/results/people.json]

The outlines are in people_outlines.json: x and y of the corners, in pixels, for photographs of these names. The edge is
measured both ways: from each pixel of the mask's edge to the outline, and back, without the borders of the picture. The
clip is made of a photograph's person, cut out along the outline, before an empty room: she stands, comes and goes with
up to 48 pixels a frame at 640x480 and 30 frames a second. Truth is the outline, moved along.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.people import SIZE_HW, noisy, stillness, taken_for_people
from nstcam.realtime.frame import Frame, covering
from nstcam.realtime.people.masks import Masks
from nstcam.realtime.people.network import Sighting, Sightings, sighting
from nstcam.realtime.picture.file import read_picture

OUTLINES: Final = Path(__file__).parent / "people_outlines.json"
ACTOR: Final = "val_024_webcam.jpg"
"""Whose outline is whole but for the lower edge, so that she can be moved sideways; 640x480."""
FPS: Final = 30
_STEPS: Final = ((24, 0), (16, 16), (12, 32), (30, 0), (14, 48), (45, 0))
"""Frames, and pixels per frame: an empty room, coming from the left, faster, standing, leaving, an empty room."""
_BORDER: Final = 3

Places = NDArray[np.bool_]


class Fit(NamedTuple):
    """How a mask fits an outline."""

    iou: float
    edge_mean: float
    """Pixels between the two edges, on the average."""
    edge_90: float
    """Pixels within which nine tenths of both edges lie."""


def inside(outline: list[int], size_hw: tuple[int, int], right: int = 0) -> Places:
    """What lies within an outline, moved to the right."""
    corners = np.array(outline, np.int32).reshape(-1, 2)
    corners[:, 0] += right
    drawn = np.zeros(size_hw, np.uint8)
    cv2.fillPoly(drawn, [corners], (1,))
    return drawn > 0


def edge_of(places: Places) -> Places:
    """The outermost pixels, but not along the borders of the picture."""
    inner = cv2.erode(places.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    edge = places & ~inner
    edge[:_BORDER], edge[-_BORDER:], edge[:, :_BORDER], edge[:, -_BORDER:] = False, False, False, False
    return edge


def fit(mask: Places, truth: Places) -> Fit:
    """Compares a mask with the truth; both must have an edge."""
    ours, theirs = edge_of(mask), edge_of(truth)
    away = [cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, 5) for edge in (ours, theirs)]
    distances = np.concatenate((away[1][ours], away[0][theirs]))
    return Fit(
        float((mask & truth).sum() / (mask | truth).sum()), float(distances.mean()), float(np.percentile(distances, 90))
    )


def photograph(folder: Path, name: str) -> Frame:
    """The picture of that name in the folder or below it."""
    found = next(folder.rglob(name), None)
    if found is None:
        raise SystemExit(f"{folder} has no {name}; its outline is in {OUTLINES.name}")
    return np.asarray(read_picture(found).pixels, np.uint8)


def passing(person: Frame, outline: list[int], room: Frame) -> tuple[list[Frame], list[Places]]:
    """The clip, and the truth of each frame."""
    _height, width = SIZE_HW
    rng, at = np.random.default_rng(0), -width
    steps = [pixels for count, pixels in _STEPS for _ in range(count)]
    frames, truths = [], []
    for step in steps:
        at += step
        truth = inside(outline, SIZE_HW, at)
        share = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 0.8)[:, :, None]
        moved = np.zeros_like(person)
        left, right = max(at, 0), min(width + at, width)
        if left < right:
            moved[:, left:right] = person[:, left - at : right - at]
        frames.append(noisy(np.asarray(room + share * (moved.astype(np.float32) - room)).round().astype(np.uint8), rng))
        truths.append(truth)
    return frames, truths


def followed(
    frames: list[Frame], truths: list[Places], look_at: Callable[[Frame], Sighting] = sighting
) -> dict[str, float]:
    """How the mask follows the person through the clip."""
    masks, seen = Masks(), []
    for number, frame in enumerate(frames):
        seen.append(masks.take(frame, look_at(frame), number / FPS))
    area = [truth.mean() for truth in truths]
    whole = max(area)
    fits = [
        (number, fit(found.mask > 127, truth))
        for number, (found, truth) in enumerate(zip(seen, truths, strict=True))
        if area[number] > 0.9 * whole and (found.mask > 127).any()
    ]
    gone = max(number for number, share in enumerate(area) if share > 0) + 1
    left = [float((found.mask > 127).mean()) for found in seen[gone:]]
    return {
        "frames she is whole in": len(fits),
        "mean IoU": float(np.mean([each.iou for _, each in fits])),
        "least IoU": float(min(each.iou for _, each in fits)),
        "mean edge": float(np.mean([each.edge_mean for _, each in fits])),
        "seconds until nothing is left of her": next(
            (number for number in range(len(left)) if not any(left[number:])), len(left)
        ) / FPS,
        "seconds until nobody counts as there": next(
            (number for number, each in enumerate(seen[gone:]) if each.present == 0), len(left)
        ) / FPS,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--rooms", type=Path, required=True, metavar="FOLDER", help="photographs without people")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    outlines: dict[str, list[int]] = json.loads(OUTLINES.read_text())
    fits: dict[str, Fit] = {}
    for name, outline in outlines.items():
        photo = photograph(options.photos, name)
        truth = inside(outline, (photo.shape[0], photo.shape[1]))
        fits[name] = fit(Masks().take(photo, sighting(photo), 0).mask > 127, truth)
        print(
            f"{name:22}IoU {fits[name].iou:.3f}, edge {fits[name].edge_mean:.1f} px, 90 % {fits[name].edge_90:.1f} px"
        )
    print(f"{'mean':22}IoU {np.mean([each.iou for each in fits.values()]):.3f}")
    rooms = {path.name: taken_for_people(path) for path in sorted(options.rooms.iterdir())}
    print(f"{len(rooms)} empty rooms: at most {max(rooms.values()):.2f} % taken for people")
    actor = covering(photograph(options.photos, ACTOR), SIZE_HW)
    room = covering(np.asarray(read_picture(sorted(options.rooms.iterdir())[0]).pixels, np.uint8), SIZE_HW)
    frames, truths = passing(actor, outlines[ACTOR], room)
    clip, live = followed(frames, truths), followed(frames, truths, Sightings().of)
    print("\n".join(f"{what}: {value:.3g}, live {live[what]:.3g}" for what, value in clip.items()))
    flicker = stillness(actor)
    print(f"edge of a still picture: {flicker:.2f} levels from frame to frame")
    if options.json:
        found: dict[str, object] = {
            "photographs": {name: each._asdict() for name, each in fits.items()},
            "rooms, % taken for people": rooms,
        }
        found |= {"clip": clip, "clip, live": live, "flicker": flicker}
        rounded = json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 4))
        options.json.write_text(json.dumps(rounded, indent=1) + "\n")


if __name__ == "__main__":
    main()
