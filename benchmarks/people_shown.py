"""Compares the mask of people with outlines drawn by hand, counts false people in empty rooms, and follows a person who
comes, moves fast and leaves.

    python -m benchmarks.people_shown --photos FOLDER --rooms FOLDER [--json benchmarks/results/people.json]

The outlines are in people_outlines.json: x and y of the corners, in pixels, for photographs of these names. The edge is
measured both ways: from each pixel of the mask's edge to the outline, and back, without the borders of the picture. The
clip is made of a photograph's person, cut out along the outline, before an empty room: she stands, comes and goes with
up to 48 pixels a frame at 640x480 and 30 frames a second. In a second clip the camera moves before the photograph, by 6
pixels a frame. Truth is the outline, moved along.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.people import SIZE_HW, noisy, stillness, taken_for_people
from nstcam.realtime.frame import Frame, covering, resize
from nstcam.realtime.people.half import seen_at_half
from nstcam.realtime.people.masks import Masks, Seen
from nstcam.realtime.people.network import Sightings, sighting
from nstcam.realtime.picture.file import read_picture

OUTLINES: Final = Path(__file__).parent / "people_outlines.json"
ACTOR: Final = "val_024_webcam.jpg"
"""Whose outline is whole but for the lower edge, so that she can be moved sideways; 640x480."""
FPS: Final = 30
_STEPS: Final = ((24, 0), (16, 16), (12, 32), (30, 0), (14, 48), (45, 0))
"""Frames, and pixels per frame: an empty room, coming from the left, faster, standing, leaving, an empty room."""
_BORDER: Final = 3
PANS: Final = 6
"""Pixels that the camera moves from frame to frame."""
_LARGER: Final = 1.25
"""Width of the photograph that it moves before, divided by that of a frame."""

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


def panned(picture: Frame, outline: list[int]) -> tuple[list[Frame], list[Places]]:
    """The clip of a camera that goes along a photograph to the right and back, and the truth of each frame."""
    height, width = SIZE_HW
    large = resize(picture, (round(_LARGER * width), round(_LARGER * height)))
    truth = inside([round(_LARGER * each) for each in outline], (large.shape[0], large.shape[1]))
    rng, there = np.random.default_rng(0), range(0, large.shape[1] - width, PANS)
    top = (large.shape[0] - height) // 2
    views = [(slice(top, top + height), slice(left, left + width)) for left in (*there, *there[-2::-1])]
    return [noisy(large[view], rng) for view in views], [truth[view] for view in views]


def seen_in(frames: list[Frame], *, live: bool) -> list[Seen]:
    """Who is seen in the frames of a clip."""
    masks, sightings, seen = Masks(), Sightings(), list[Seen]()
    for number, frame in enumerate(frames):
        if live:
            seen.append(seen_at_half(masks, frame, sightings.of, number / FPS))
        else:
            seen.append(masks.take(frame, sighting(frame), number / FPS))
    return seen


def mean_fit(seen: list[Seen], truths: list[Places]) -> dict[str, float]:
    """How the masks fit while the person is whole."""
    area = [truth.mean() for truth in truths]
    fits = [
        fit(found.mask > 127, truth)
        for share, found, truth in zip(area, seen, truths, strict=True)
        if share > 0.9 * max(area) and (found.mask > 127).any()
    ]
    return {
        "frames she is whole in": len(fits),
        "mean IoU": float(np.mean([each.iou for each in fits])),
        "least IoU": float(min(each.iou for each in fits)),
        "mean edge": float(np.mean([each.edge_mean for each in fits])),
    }


def followed(frames: list[Frame], truths: list[Places], *, live: bool) -> dict[str, float]:
    """How the mask follows the person through the clip."""
    seen = seen_in(frames, live=live)
    gone = max(number for number, truth in enumerate(truths) if truth.any()) + 1
    left = [float((found.mask > 127).mean()) for found in seen[gone:]]
    return mean_fit(seen, truths) | {
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
    live_fits: dict[str, Fit] = {}
    for name, outline in outlines.items():
        photo = photograph(options.photos, name)
        truth = inside(outline, (photo.shape[0], photo.shape[1]))
        fits[name] = fit(Masks().take(photo, sighting(photo), 0).mask > 127, truth)
        live_fits[name] = fit(seen_at_half(Masks(), photo, sighting, 0).mask > 127, truth)
        print(
            f"{name:22}IoU {fits[name].iou:.3f}, edge {fits[name].edge_mean:.1f} px, 90 % {fits[name].edge_90:.1f} px"
        )
    for what, found_fits in (("mean", fits), ("mean, live", live_fits)):
        print(f"{what:22}IoU {np.mean([each.iou for each in found_fits.values()]):.3f}, ", end="")
        print(f"edge {np.mean([each.edge_mean for each in found_fits.values()]):.1f} px")
    rooms = {path.name: taken_for_people(path) for path in sorted(options.rooms.iterdir())}
    print(f"{len(rooms)} empty rooms: at most {max(rooms.values()):.2f} % taken for people")
    actor = covering(photograph(options.photos, ACTOR), SIZE_HW)
    room = covering(np.asarray(read_picture(sorted(options.rooms.iterdir())[0]).pixels, np.uint8), SIZE_HW)
    frames, truths = passing(actor, outlines[ACTOR], room)
    clip, live = (followed(frames, truths, live=each) for each in (False, True))
    print("\n".join(f"{what}: {value:.3g}, live {live[what]:.3g}" for what, value in clip.items()))
    frames, truths = panned(actor, outlines[ACTOR])
    pan, live_pan = (mean_fit(seen_in(frames, live=each), truths) for each in (False, True))
    print("\n".join(f"camera moves, {what}: {value:.3g}, live {live_pan[what]:.3g}" for what, value in pan.items()))
    flicker, live_flicker = (stillness(actor, live=each) for each in (False, True))
    print(f"edge of a still picture: {flicker:.2f} levels from frame to frame, live {live_flicker:.2f}")
    if options.json:
        found: dict[str, object] = {
            "photographs": {name: each._asdict() for name, each in fits.items()},
            "photographs, live": {name: each._asdict() for name, each in live_fits.items()},
            "rooms, % taken for people": rooms,
        }
        found |= {"clip": clip, "clip, live": live, "camera": pan, "camera, live": live_pan}
        found |= {"flicker": flicker, "flicker, live": live_flicker}
        rounded = json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 4))
        options.json.write_text(json.dumps(rounded, indent=1) + "\n")


if __name__ == "__main__":
    main()
