"""What the settings of a video make of one frame; nothing here looks at its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nstcam.realtime.effects.blend import finished, mix
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import SMALLEST_SIDE, Frame, fit_within, fitted_hw, resize
from nstcam.realtime.stylizing import UNMOVED, Offset, Stylizing
from nstcam.realtime.video.encoders import DEFAULT_QUALITY
from nstcam.realtime.video.reader import VideoReader
from nstcam.realtime.video.segments import SEGMENT_FRAMES
from nstcam.realtime.video.timeline import Timeline


@dataclass(frozen=True)
class VideoSettings:
    """What decides the result: only with the same settings does an interrupted run go on.

    Attributes:
        styles: names the stylizers, as whoever opened them likes.
        work_size: (width, height) that frames are scaled down to fit for the stylizer; the result is scaled back.
        start, end: seconds of the source between which it is cut out.
        codec: of nstcam.realtime.video.encoders.CODECS; None: the usual one of the target's format.
        quality: 0 (best) to 51.
        encoder: of nstcam.realtime.video.encoders.KINDS.
        strength: 1 is the style, 0 the original.
        keep_colors: only the brightness is the style's.
        steady: 0..1, how much of the past stays where nothing moves.
        follow: strokes go with the scene when the camera moves.
        segment_frames: frames from one start of an encoder to the next.
    """

    styles: str = ""
    work_size: tuple[int, int] | None = None
    start: float = 0
    end: float | None = None
    codec: str | None = None
    quality: int = DEFAULT_QUALITY
    encoder: str = "auto"
    strength: float = 1
    keep_colors: bool = False
    steady: float = 0
    follow: bool = False
    segment_frames: int = SEGMENT_FRAMES


DEFAULT_SETTINGS: Final = VideoSettings()


def check_size(reader: VideoReader, work_size: tuple[int, int] | None) -> None:
    """Raises SourceError where frames, or frames at working size, are too small for styles."""
    width, height = reader.size_wh
    least = f"styles need at least {SMALLEST_SIDE}x{SMALLEST_SIDE}"
    if min(width, height) < SMALLEST_SIDE:
        raise SourceError(f"{reader.path} is {width}x{height}, {least}; enlarge it first")
    if min(fitted_hw((height, width), work_size or (width, height))) < SMALLEST_SIDE:
        raise SourceError(
            f"{reader.path} of {width}x{height} would be worked on at less than {least}; raise the work size"
        )


def paint(frame: Frame, timeline: Timeline[Stylizing], seconds: float, settings: VideoSettings) -> Frame:
    """A frame in the style of that time, as the settings want it; of the same size. Nothing is smoothed over time."""
    small = fit_within(frame, settings.work_size) if settings.work_size else frame
    return at_full_size(frame, stylized_small(small, timeline, seconds), settings)


def stylized_small(
    small: Frame, timeline: Timeline[Stylizing], seconds: float, canvas_offset: Offset = UNMOVED
) -> Frame:
    """A frame at working size, in the style of that time. Frames do not depend on each other here."""
    old, new, weight = timeline.at(seconds)
    stylized = new.stylize(small, canvas_offset)
    return stylized if old is new else mix(old.stylize(small, canvas_offset), stylized, weight)


def at_full_size(frame: Frame, stylized: Frame, settings: VideoSettings) -> Frame:
    """What was stylized at working size, as large as the frame and mixed with it as the settings want it."""
    stylized = resize(stylized, (frame.shape[1], frame.shape[0]))
    return finished(stylized, frame, strength=settings.strength, keep_colors=settings.keep_colors)


def prepare(timeline: Timeline[Stylizing], size_wh: tuple[int, int], work_size: tuple[int, int] | None) -> int:
    """Makes the stylizers ready for frames of that size; gives how many frames they take at once."""
    stylizers = {id(what): what for _, what in timeline.entries}.values()
    height, width = fitted_hw((size_wh[1], size_wh[0]), work_size or size_wh)
    for stylizer in stylizers:
        stylizer.warm_up(height, width)
    return min(stylizer.at_once for stylizer in stylizers)
