"""Tries styles, devices, encoders and cameras for `nstcam doctor`, and times them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from typing import Final, NamedTuple

import av
import numpy as np

from nstcam.realtime.capture.cameras import list_cameras
from nstcam.realtime.capture.modes import Mode, measure, mode_line
from nstcam.realtime.capture.opencv import open_camera
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.checkup.finding import Finding
from nstcam.realtime.engine.availability import missing
from nstcam.realtime.engine.devices import CPU, CUDA, DEVICES, TENSORRT
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError, SourceError
from nstcam.realtime.frame import SMALLEST_SIDE, Frame
from nstcam.realtime.style_files.library import list_styles, user_styles
from nstcam.realtime.style_files.style import Style, read_style
from nstcam.realtime.stylizing import Slower
from nstcam.realtime.video.encoding.encoder import DEFAULT_QUALITY, Encoder
from nstcam.realtime.video.encoding.encoders import CODECS, ENCODERS, Encoding

SIZE_WH: Final = (640, 480)
"""Frame size in pixels (width, height)."""
TRIALS: Final = 3
"""Frames stylized on each device."""
AGREES: Final = 4.0
"""The mean difference from the CPU's picture, in levels of 255, that a device may show."""
ENCODED: Final = 10
"""Frames encoded with each encoder."""


def styles() -> Iterator[Finding]:
    """The styles found, and the user's files that are not styles."""
    found = list_styles(skipped=lambda _: None)
    if found:
        yield Finding("styles", "ok", ", ".join(style.name for style in found))
    else:
        yield Finding("styles", "fault", "none found", "pip install --force-reinstall nstcam")
    for path in sorted(user_styles().glob("*.onnx")):
        try:
            read_style(path)
        except NstError as error:
            yield Finding(f"style {path.name}", "hint", str(error), f"or delete {path}")


def devices() -> Iterator[Finding]:
    """Runs a style on each device that this ONNX Runtime has, and compares the pictures with the CPU's.

    Also names the user's own styles that do not run in the fastest way of a device.
    """
    found = list_styles(skipped=lambda _: None)
    if not found:
        return
    reference: list[Frame] = []
    for name, device in DEVICES.items():
        if device not in (CPU, CUDA) and missing(device):
            continue  # it needs another build of ONNX Runtime
        if device is TENSORRT:
            yield Finding(name, "hint", "not tried: compiling takes minutes", f"nstcam --device {name}")
            continue
        try:
            tried = _try(Stylizer(found[0], name))
        except NstError as error:
            yield Finding(name, "fault" if device is CPU else "hint", str(error))
            continue
        reference = reference or tried.painted
        text = f"{tried.ms:.1f} ms a frame of {SIZE_WH[0]}x{SIZE_WH[1]} in style {found[0].name}"
        if device is CPU:
            yield Finding(name, "ok", text)
            continue
        pairs = zip(tried.painted, reference, strict=True)
        apart = max(float(np.abs(one.astype(np.int16) - other).mean()) for one, other in pairs)
        text += f", way: {tried.way}, {apart:.2f} levels from the CPU's pictures"
        if apart > AGREES:
            yield Finding(name, "fault", text, "use --device cpu")
        elif tried.slower:
            yield Finding(name, "hint", f"{text}; {tried.slower.reason}", tried.slower.cure)
        else:
            yield Finding(name, "ok", text)
        if device.cuda_tensors:
            yield from _slower_styles(name, [style for style in found if not style.bundled])


class _Tried(NamedTuple):
    painted: list[Frame]
    ms: float
    """Milliseconds per frame after warming up."""
    way: str
    slower: Slower | None


def _try(stylizer: Stylizer) -> _Tried:
    """Stylizes different frames: a session stuck on its first picture would agree with the CPU only there."""
    frames = [TestPattern(SIZE_WH).draw(float(number)) for number in range(TRIALS)]
    with closing(stylizer):
        stylizer.warm_up(SIZE_WH[1], SIZE_WH[0])
        began = time.perf_counter()
        painted = [stylizer.stylize(frame) for frame in frames]
        ms = 1000 * (time.perf_counter() - began) / TRIALS
        return _Tried(painted, ms, str(stylizer.taken(SIZE_WH[1], SIZE_WH[0])), stylizer.slower)


def _slower_styles(device: str, styles: list[Style]) -> Iterator[Finding]:
    """A hint for each style that fails on the device or does not run in its fastest way."""
    for style in styles:
        what = f"{device}, style {style.name}"
        try:
            with closing(Stylizer(style, device)) as stylizer:
                stylizer.warm_up(SMALLEST_SIDE, SMALLEST_SIDE)
        except NstError as error:
            yield Finding(what, "hint", str(error))
        else:
            if stylizer.slower:
                yield Finding(what, "hint", *stylizer.slower)


def encoders() -> Iterator[Finding]:
    """One finding per codec: the encoders that really encode, with their times, and those that do not."""
    for codec in CODECS:
        working, others = [], []
        for encoder in (encoder for encoder in ENCODERS if encoder.codec == codec):
            try:
                working.append(f"{encoder.name} {encode(encoder):.1f} ms")
            except (av.FFmpegError, ValueError):  # ValueError: libavcodec was built without it
                others.append(encoder.name)
        text = (", ".join(working) or "no encoder works") + (f"; not available: {', '.join(others)}" if others else "")
        if codec == "h264" and not any(word.startswith("libx264 ") for word in working):  # recordings need it
            yield Finding("encoder h264", "fault", text, "pip install --force-reinstall av")
        elif working:
            yield Finding(f"encoder {codec}", "ok", text)
        else:
            yield Finding(f"encoder {codec}", "hint", text, f"choose a --codec other than {codec}")


def encode(encoder: Encoder) -> float:
    """Milliseconds to encode one 640x480 frame.

    Raises:
        av.FFmpegError, ValueError: the encoder does not work here.
    """
    pixels = encoder.pixel_format(SIZE_WH)
    rate, options = Fraction(30), encoder.options(DEFAULT_QUALITY)
    encoding = Encoding(
        codec=encoder.codec, encoder=encoder.name, options=options, pix_fmt=pixels,
        size_wh=SIZE_WH, rate=rate, time_base=1 / rate, pixel_aspect=Fraction(1),
    )  # fmt: skip
    pictures = [TestPattern(SIZE_WH).draw(number / 30) for number in range(ENCODED)]
    frames = [av.VideoFrame.from_ndarray(picture, "bgr24").reformat(format=pixels) for picture in pictures]
    context = encoding.open()
    began, size = time.perf_counter(), 0
    for number, frame in enumerate([*frames, None]):
        if frame is not None:
            frame.pts, frame.time_base = number, encoding.time_base
        size += sum(packet.size for packet in context.encode(frame))
    if not size:
        raise ValueError("the encoder returned no packets")
    return 1000 * (time.perf_counter() - began) / ENCODED


def cameras(try_camera: Callable[[int], str]) -> Iterator[Finding]:
    """One finding per camera; only camera 0 is tried where listing cameras needs a package that is missing.

    Args:
        try_camera: takes a camera's index and returns its mode as text, or raises SourceError.
    """
    try:
        found = {camera.index: f'camera {camera.index} "{camera.name}"' for camera in list_cameras()}
    except NstError as error:
        yield Finding("cameras", "hint", str(error))
        found = {0: "camera 0"}
    for index, name in found.items():
        try:
            yield Finding(name, "ok", try_camera(index))
        except NstError as error:
            yield Finding(name, "fault", str(error))
    if not found:
        yield Finding("camera", "hint", "none found", "plug one in, or use --camera test")


def try_camera(index: int) -> str:
    """The camera's default mode, as text.

    Raises:
        SourceError: the camera cannot be opened or delivers no frame.
    """
    capture = open_camera(index)
    try:
        measured = measure(capture)
    finally:
        capture.release()
    if not measured.fps:
        raise SourceError(mode_line(measured, Mode()))
    return mode_line(measured, Mode())
