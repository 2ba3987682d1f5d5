"""VideoSettings, and what they make of a single frame; nothing here looks at neighbouring frames."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from nstcam.realtime.effects.blend import finished, mix
from nstcam.realtime.effects.enlarge import enlarged
from nstcam.realtime.effects.light import lit
from nstcam.realtime.effects.strokes import Ratio, painting_hw, ratio_for, shrunk
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import SMALLEST_SIDE, Frame
from nstcam.realtime.people.masks import Masks
from nstcam.realtime.people.network import sighting
from nstcam.realtime.people.scene import Scene
from nstcam.realtime.stylizing import UNMOVED, Offset, Stylizing
from nstcam.realtime.video.encoding.encoder import DEFAULT_QUALITY
from nstcam.realtime.video.encoding.segments import SEGMENT_FRAMES
from nstcam.realtime.video.reading.frames import Frames
from nstcam.realtime.video.timeline import Timeline


@dataclass(frozen=True, kw_only=True)
class VideoSettings:
    """Everything that decides the result: an interrupted run may resume only with equal settings.

    Attributes:
        styles: any text that identifies the stylizers.
        stroke_scale: how broad strokes are; 2 is twice as broad as by default (see effects/strokes.py).
        start, end: seconds of the source; frames of start <= time < end are converted. None: to the end.
        codec: one of nstcam.realtime.video.encoding.encoders.CODECS; None: the default of the target's format.
        quality: 0 (best) to 51 (smallest file).
        encoder: one of nstcam.realtime.video.encoding.encoders.KINDS.
        strength: 1 is the style, 0 the original.
        keep_colors: keep the original colours and take only the brightness from the style.
        steady: 0..1, how much of the past stays where nothing moves.
        follow: strokes follow the scene when the camera moves.
        brighten: dark frames are painted as if there were more light.
        scene: any text that identifies the Scene; None if people are not told from the background.
        segment_frames: frames per segment, that is, per encoder.
        fps: frames per second of pictures, as `places.parse_rate` takes it; None: the usual rate.
        matte: the colour behind what is transparent, as `matte.parse_matte` takes it; None: transparency is kept where
            the output holds it, and elsewhere shown on black.
        size: (width, height) of raw pixels on standard input; None: it says what it is.
        pixels: their format, by FFmpeg's name.
        url: an address that is read in place of standard input, with all its secrets.
        bits: per channel, 8 or 16; None: 16 if source and output have them.
    """

    styles: str = ""
    stroke_scale: float = 1
    start: float = 0
    end: float | None = None
    codec: str | None = None
    quality: int = DEFAULT_QUALITY
    encoder: str = "auto"
    strength: float = 1
    keep_colors: bool = False
    steady: float = 0
    follow: bool = False
    brighten: bool = False
    scene: str | None = None
    segment_frames: int = SEGMENT_FRAMES
    fps: str | None = None
    matte: str | None = None
    size: tuple[int, int] | None = None
    pixels: str | None = None
    url: str | None = field(default=None, repr=False)
    bits: int | None = None


DEFAULT_SETTINGS: Final = VideoSettings()


def scene_identity(paint: str, background: str, file: Path | None) -> str:
    """Text for `VideoSettings.scene`, with the contents of the picture or style that is the background."""
    digest = "" if file is None else f" {hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
    return f"paint {paint}, background {background}{digest}"


class People(NamedTuple):
    """What is made of people and their background; `VideoSettings.scene` identifies it.

    Attributes:
        behind: the second style, if the scene's background is one.
    """

    scene: Scene
    behind: Stylizing | None = None


PLAIN: Final = People(Scene())
"""People are not told from the background."""


def check_size(reader: Frames) -> None:
    """Raises SourceError if the frames are too small for styles."""
    width, height = reader.size_wh
    if min(width, height) < SMALLEST_SIDE:
        raise SourceError(
            f"{reader.path} is {width}x{height}, styles need at least {SMALLEST_SIDE}x{SMALLEST_SIDE}; enlarge it first"
        )


def ratio_of(size_wh: tuple[int, int], settings: VideoSettings) -> Ratio:
    """Side of the frames, (width, height), divided by that of their paintings."""
    return ratio_for((size_wh[1], size_wh[0]), settings.stroke_scale)


def paint(
    frame: Frame, timeline: Timeline[Stylizing], seconds: float, settings: VideoSettings, people: People = PLAIN
) -> Frame:
    """The frame in the style of that time, with the settings applied, at its own size. Not smoothed over time.

    Args:
        seconds: time since the start of the cut.
        people: who is painted, and before what.
    """
    ratio = ratio_of((frame.shape[1], frame.shape[0]), settings)
    small, source, tones = lit(shrunk(frame, ratio), brighten=settings.brighten)

    def done(painted_small: Frame) -> Frame:
        painted = enlarged(frame, small, painted_small, ratio, tones=tones)
        return finished(painted, frame, strength=settings.strength, keep_colors=settings.keep_colors)

    painted = done(stylized_small(source, timeline, seconds))
    if not people.scene.parted:
        return painted
    second = done(people.behind.stylize(source)) if people.behind is not None else None
    return people.scene.together(painted, frame, Masks().take(frame, sighting(frame), seconds), second)


def stylized_small(
    small: Frame, timeline: Timeline[Stylizing], seconds: float, canvas_offset: Offset = UNMOVED
) -> Frame:
    """A frame, already shrunk, in the style of that time; during a cross-fade, in the mixture of two styles."""
    old, new, weight = timeline.at(seconds)
    stylized = new.stylize(small, canvas_offset)
    return stylized if old is new else mix(old.stylize(small, canvas_offset), stylized, weight)


def prepare(
    timeline: Timeline[Stylizing], size_wh: tuple[int, int], settings: VideoSettings, behind: Stylizing | None = None
) -> int:
    """Warms up the stylizers for frames of `size_wh`, and returns how many frames they all take at once."""
    every = [what for _, what in timeline.entries] + ([] if behind is None else [behind])
    stylizers = {id(what): what for what in every}.values()
    height, width = painting_hw((size_wh[1], size_wh[0]), ratio_of(size_wh, settings))
    for stylizer in stylizers:
        stylizer.warm_up(height, width)
    return min(stylizer.at_once for stylizer in stylizers)
