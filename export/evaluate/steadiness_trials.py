"""Measures the steadiness of a painter on still scenes with noise, on known motions and on clips."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np

from nstcam.export.errors import ExportError
from nstcam.export.evaluate.appearance import Measures
from nstcam.export.evaluate.photographs import sized
from nstcam.export.evaluate.steadiness import (
    Motion,
    flicker_gain,
    flow_warp_error,
    known_warp_error,
    moving,
    shift,
    turn,
)
from nstcam.realtime.effects.enlarge import enlarged
from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.effects.steady import Steady
from nstcam.realtime.effects.strokes import ratio_for, shrunk
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame, fit_within
from nstcam.realtime.stylizing import UNMOVED, Offset
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.train.picture import read_rgb

_log = logging.getLogger(__name__)

SIZE_WH: Final = 480, 360
SIGMAS: Final = (2, 4, 8)
JPEG_QUALITY: Final = 80
SETTLED: Final = 8
"""Frames at the start that do not count: smoothing over time has to get going."""
CLIP_SUFFIXES: Final = frozenset({".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v"})

PaintOnCanvas = Callable[[Frame, Offset], Frame]
"""A frame on a canvas moved by the offset -> another of that size."""

_Figure = Callable[[Sequence[Frame], Sequence[Frame]], float]
"""A figure of input frames and output frames."""

MOTIONS: Final[dict[str, Motion]] = {
    "shift 1 px": shift(1, 0),
    "shift 2 px": shift(2, 0),
    "shift 3 px": shift(3, 0),
    "shift 0.5 px": shift(0.5, 0.5),
    "turn 1 degree": turn(1, 1, SIZE_WH),
    "zoom 1 %": turn(0, 1.01, SIZE_WH),
}
"""How the scene moves from each frame to the next."""


class Steadiness(NamedTuple):
    """Figures for three ways of showing the same painter; each includes the ones before."""

    painted: Measures
    """Frame by frame, the canvas fixed to the screen."""
    following: Measures
    """The canvas goes with the scene, as `nstcam --follow` moves it."""
    steady: Measures
    """Smoothed over time, as `nstcam --steady AMOUNT` does."""


def measure_steadiness(
    paint: PaintOnCanvas,
    photos: Sequence[Path],
    clips: Mapping[str, Sequence[Frame]],
    amount: float,
    frames: int = 24,
    advance: Callable[[], None] = lambda: None,
) -> Steadiness:
    """Measures steadiness with the code that nstcam runs.

    Args:
        paint: a frame on the canvas at an offset; a painter without a canvas ignores it.
        photos: at least one; figures are means over them.
        clips: their frames by name, three or more of each.
        frames: of each still scene and motion, more than SETTLED + 1.
        advance: called after each of `trial_count` trials.
    """
    found: list[tuple[str, tuple[float, ...]]] = []
    for path in photos:
        for name, sources in still_scenes(_bgr(path, *SIZE_WH), frames).items():
            found.append((f"flicker gain, {name}", _each_way(paint, sources, amount, _flicker)))
            advance()
        for name in MOTIONS:
            found.append((f"warp error, {name}", _warp_errors(paint, path, name, amount, SIZE_WH)))
            advance()
    for name, clip in clips.items():
        found.append((f"flow warp error, {name}", _each_way(paint, clip, amount, _flow)))
        advance()
    names = list(dict.fromkeys(name for name, _ in found))
    return Steadiness(*({m: float(np.mean([v[i] for n, v in found if n == m])) for m in names} for i in range(3)))


def still_and_moving(
    paint: PaintOnCanvas, path: Path, amount: float, size_wh: tuple[int, int] | None = None
) -> Measures:
    """Two of these figures for one photograph: noise of 4 levels, and a shift of 2 px; as painted and with `amount`.

    Args:
        size_wh: of the frames, by default SIZE_WH. Larger ones are painted smaller and enlarged, as nstcam does by
            default.
    """
    size_wh = size_wh or SIZE_WH
    flicker = _each_way(paint, noisy(_bgr(path, *size_wh), 4, 24), amount, _flicker)
    warp = _warp_errors(paint, path, "shift 2 px", amount, size_wh)
    return {
        "flicker gain": flicker[0], f"flicker gain, steady {amount:g}": flicker[2],
        "warp error, 2 px": warp[0], f"warp error, steady {amount:g}": warp[2],
    }  # fmt: skip


def trial_count(photos: int, clips: int) -> int:
    """How many trials `measure_steadiness` makes of so many photographs and clips."""
    return photos * (len(SIGMAS) + 1 + len(MOTIONS)) + clips


def still_scenes(photo: Frame, count: int) -> dict[str, list[Frame]]:
    """`count` frames of a photograph by the kind of noise; with seeds of their own, the same in each call."""
    scenes = {f"sigma {sigma}": noisy(photo, sigma, count) for sigma in SIGMAS}
    scenes["sigma 4, JPEG"] = [through_jpeg(frame) for frame in noisy(photo, 4, count)]
    return scenes


def noisy(photo: Frame, sigma: float, count: int) -> list[Frame]:
    """The photo `count` times with Gaussian noise (sigma in levels), rounded and clipped to 8 bits."""
    rng = np.random.default_rng(1)
    return [np.clip(photo + rng.normal(0, sigma, photo.shape), 0, 255).round().astype(np.uint8) for _ in range(count)]


def through_jpeg(frame: Frame) -> Frame:
    """The frame as MJPEG transmits it: compressed by itself, with colours at half the resolution."""
    ok, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert ok
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def wide(path: Path, size_wh: tuple[int, int]) -> Frame:
    """The photograph with something around the frame to come into view; BGR."""
    width, height = size_wh
    return _bgr(path, width + 96, height + 72)


def _bgr(path: Path, width: int, height: int) -> Frame:
    return np.ascontiguousarray(sized(read_rgb(path), f"{width}x{height}")[..., ::-1])


def read_clips(folder: Path, count: int = 24) -> dict[str, list[Frame]]:
    """The first frames of each video of a folder, within SIZE_WH, by name; those of less than 12 frames are left out.

    Raises:
        ExportError: no such folder, or no video in it that can be read.
    """
    if not folder.is_dir():
        raise ExportError(f"{folder} is not a folder; give a folder with video clips")
    clips: dict[str, list[Frame]] = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in CLIP_SUFFIXES):
        try:
            with VideoReader(path) as reader:
                frames = [fit_within(timed.frame, SIZE_WH) for timed in islice(reader, count)]
        except SourceError as error:
            _log.warning("%s", error)
            continue
        if len(frames) > SETTLED + 3:
            clips[path.name] = frames
    if not clips:
        raise ExportError(f"no video in {folder} can be read; MP4, MKV, MOV, AVI and WebM work")
    return clips


def _painted(paint: PaintOnCanvas, sources: Sequence[Frame], amount: float) -> tuple[list[Frame], ...]:
    """The painted frames, in the order of Steadiness."""
    height, width = sources[0].shape[:2]
    ratio = ratio_for((height, width), 1.0)
    follower, steady = Follower(), Steady()
    ways: tuple[list[Frame], ...] = [], [], []
    for source in sources:
        small = shrunk(source, ratio)
        offset = follower.follow(small)
        plain = paint(small, UNMOVED)
        following = plain if offset == UNMOVED else paint(small, offset)
        smooth = steady.smooth(small, following, amount, offset)
        for way, painting in zip(ways, (plain, following, smooth), strict=True):
            way.append(enlarged(source, small, painting, ratio))
    return ways


def _each_way(paint: PaintOnCanvas, sources: Sequence[Frame], amount: float, figure: _Figure) -> tuple[float, ...]:
    return tuple(figure(sources, outputs) for outputs in _painted(paint, sources, amount))


def _warp_errors(
    paint: PaintOnCanvas, path: Path, motion: str, amount: float, size_wh: tuple[int, int]
) -> tuple[float, ...]:
    """The warp errors, in the order of Steadiness, of a photograph that moves as MOTIONS says."""
    sources = moving(wide(path, size_wh), MOTIONS[motion], size_wh, SETTLED + 4)
    return tuple(
        float(np.mean([known_warp_error(*pair, MOTIONS[motion]) for pair in _settled_pairs(outputs)]))
        for outputs in _painted(paint, sources, amount)
    )


def _settled_pairs(frames: Sequence[Frame]) -> list[tuple[Frame, Frame]]:
    return list(zip(frames[SETTLED:-1], frames[SETTLED + 1 :], strict=True))


def _flicker(sources: Sequence[Frame], painted: Sequence[Frame]) -> float:
    return flicker_gain(sources[SETTLED:], painted[SETTLED:])


def _flow(sources: Sequence[Frame], painted: Sequence[Frame]) -> float:
    pairs = zip(_settled_pairs(sources), _settled_pairs(painted), strict=True)
    return float(np.nanmean([flow_warp_error(*source, *output)[0] for source, output in pairs]))
