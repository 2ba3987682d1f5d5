"""stylize_video() as programs call it: plain values in, the defaults of `nstcam video`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nstcam.realtime.effects.steady import DEFAULT
from nstcam.realtime.effects.strokes import LARGEST, SMALLEST
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.people.scene import Scene
from nstcam.realtime.people.words import ALL, BLUR, OFF, PAINT, PICTURE, STYLE
from nstcam.realtime.picture.scene import read_scene
from nstcam.realtime.video import convert
from nstcam.realtime.video.convert import VideoReport
from nstcam.realtime.video.encoding.encoder import DEFAULT_QUALITY, WORST_QUALITY
from nstcam.realtime.video.encoding.encoders import CODECS, KINDS
from nstcam.realtime.video.painting import PLAIN, People, VideoSettings, scene_identity
from nstcam.realtime.video.pipeline import Progress
from nstcam.realtime.video.places import parse_rate
from nstcam.realtime.video.reading.matte import matte_of


# One parameter per option of nstcam video: programs look them up in this signature.
def stylize_video(
    source: str | Path,
    target: str | Path,
    stylizer: Stylizer,
    *,
    strength: float = 1,
    keep_colors: bool = False,
    steady: float = DEFAULT,
    follow: bool = True,
    brighten: bool = True,
    stroke_scale: float = 1,
    paint: str = ALL,
    background: str | Path | Stylizer = OFF,
    start: float = 0,
    end: float | None = None,
    codec: str | None = None,
    quality: int = DEFAULT_QUALITY,
    encoder: str = "auto",
    fps: str | None = None,
    matte: str | None = None,
    bits: int | None = None,
    max_size: int | None = None,
    overwrite: bool = False,
    resume: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> VideoReport:
    """Stylizes a video file or numbered pictures; sound, subtitles, times of frames, size and rotation are kept.

    The target appears when it is complete. An interrupted run keeps what it has finished in a hidden folder beside it.

    Args:
        stylizer: opened with `at_once=2` it works on two frames at a time, which is faster.
        strength: 1 is the style, 0 the original.
        keep_colors: only the brightness is the style's.
        steady: 0..1, how still a still picture stays; 0 is off.
        follow: strokes go with the scene when the camera moves, where the style can do that.
        brighten: dark frames are painted as if there were more light.
        stroke_scale: 0.1 to 10, how broad strokes are relative to the picture; 2 is twice as broad as by default.
        paint: all, person or background; the rest stays as it is.
        background: what stands behind people: off (what is there), blur, the path of a picture, or a second stylizer.
        start, end: seconds of the source; the stretch between them is converted.
        codec: h264, hevc, av1 or vp9; None takes h264, in .webm vp9.
        quality: 0 (best) to 51 (smallest).
        encoder: auto (hardware if it works), software, or a kind of hardware as in `nstcam video --help`.
        fps: frames per second of numbered pictures (frames/%05d.png) or of those of a folder, like "24" or "29.97".
        matte: the colour behind what is transparent, #rrggbb or a name; None keeps it where the target can.
        bits: 8 or 16 per channel of numbered pictures; None takes those of the source.
        max_size: bytes that a .gif, .apng or .webp may have; it gets smaller until it has no more.
        overwrite: replaces the target if it exists.
        resume: continues an interrupted run of the same source, style and settings; if there is none, starts one.
        progress: called after each frame.
        stop: asked before each frame; True ends the run, which `resume` can continue.

    Raises:
        ValueError: a value out of its range.
        SourceError: the source is not a video, or its frames are smaller than 32x32.
        SinkError: the target exists, cannot be written, or its suffix is none of a video.
        Stopped: `stop` returned True.
    """
    for name, value, most in (("strength", strength, 1), ("steady", steady, 1), ("quality", quality, WORST_QUALITY)):
        if not 0 <= value <= most:
            raise ValueError(f"{name} is {value}, expected 0 to {most}")
    if not SMALLEST <= stroke_scale <= LARGEST:
        raise ValueError(f"stroke_scale is {stroke_scale}, expected {SMALLEST:g} to {LARGEST:g}")
    for name, word, words in (("codec", codec, (None, *CODECS)), ("encoder", encoder, KINDS)):
        if word not in words:
            raise ValueError(f"{name} is {word!r}, expected one of {', '.join(map(str, words))}")
    if paint not in PAINT:
        raise ValueError(f"paint is {paint!r}, expected one of {', '.join(PAINT)}")
    people, scene = _people(paint, background)
    matte_of(matte)
    if fps is not None:
        parse_rate(fps)
    if bits not in (None, 8, 16) or (max_size is not None and max_size <= 0):
        raise ValueError(f"bits is {bits} and max_size {max_size}, expected 8 or 16, and bytes above 0")
    if not 0 <= start < (float("inf") if end is None else end):
        raise ValueError(f"start is {start} and end {end}, expected seconds, start below end")
    settings = VideoSettings(
        styles=f"0:{stylizer.identity}",
        stroke_scale=stroke_scale,
        start=start,
        end=end,
        codec=codec,
        quality=quality,
        encoder=encoder,
        strength=strength,
        keep_colors=keep_colors,
        steady=steady,
        follow=follow and any(one.style.has_canvas for one in (stylizer, background) if isinstance(one, Stylizer)),
        brighten=brighten,
        scene=scene,
        fps=fps,
        matte=matte,
        bits=bits,
    )
    return convert.stylize_video(
        Path(source), Path(target), stylizer, settings, people=people,
        overwrite=overwrite, resume=resume, max_size=max_size, progress=progress, stop=stop,
    )  # fmt: skip


def _people(paint: str, background: str | Path | Stylizer) -> tuple[People, str | None]:
    """What is made of people, and the text that identifies it.

    Raises:
        SourceError: the picture cannot be read.
    """
    if isinstance(background, Stylizer):
        named = scene_identity(paint, background.identity, None)
        return People(Scene(paint, STYLE), background), named
    if (paint, background) == (ALL, OFF):
        return PLAIN, None
    if background in (OFF, BLUR):
        return People(Scene(paint, str(background))), scene_identity(paint, str(background), None)
    path = Path(background)
    return People(read_scene(paint, PICTURE, path)), scene_identity(paint, path.name, path)
