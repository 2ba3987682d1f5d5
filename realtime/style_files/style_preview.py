"""The small picture in a style file of what it paints: a photograph of a person, painted by the style itself.

It is a JPEG file in base64, since metadata of ONNX files are texts, and is painted again whenever a style file is made.
Whoever made the file may have put anything there: what is too large, or no such picture, counts as none.
"""

from __future__ import annotations

import base64
import binascii
import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from nstcam.media.decode import decode_picture
from nstcam.media.pixels import PictureError, as_8_bits_on_white
from nstcam.media.stated_size import stated_size
from nstcam.realtime.frame import SMALLEST_SIDE, Frame
from nstcam.realtime.model_metadata import with_metadata
from nstcam.realtime.quiet_codecs import quiet_codecs
from nstcam.realtime.style_files.contract import CANVAS_INPUT, INPUT_NAME, LONGEST_PREVIEW, METADATA_PREFIX
from nstcam.realtime.style_files.cpu_session import cpu_session

KEY: Final = METADATA_PREFIX + "preview"
SIZE_WH: Final = 192, 144
"""(width, height) of the previews that are made here, in pixels."""
_QUALITY: Final = 65
"""4 to 9 kB, and with all bundled styles together less than 150 kB in base64."""
_MOST_SIDE: Final = 640
_SECONDS: Final = 30.0
"""A style that needs longer for the photograph gets none; the largest network of nst-train takes one second."""


def photograph() -> Frame:
    """What styles paint for their previews, uint8 (240, 320, 3) BGR: Eileen Collins, by NASA, in the public domain."""
    return _photograph().copy()


@cache
def _photograph() -> Frame:
    data = Path(__file__).with_name("portrait.jpg").read_bytes()
    return as_8_bits_on_white(decode_picture(np.frombuffer(data, np.uint8)))


@lru_cache(maxsize=256)
def decoded_preview(text: str) -> Frame | None:
    """The pixels of a preview, not to be written to; None if there is none, or it is damaged or too large.

    Args:
        text: `Style.preview`.
    """
    if not 0 < len(text) <= LONGEST_PREVIEW:
        return None
    try:
        jpeg = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    size_wh = stated_size(jpeg) if jpeg.startswith(b"\xff\xd8\xff") else None
    if size_wh is None or not SMALLEST_SIDE <= min(size_wh) <= max(size_wh) <= _MOST_SIDE:
        return None
    try:
        with quiet_codecs():
            picture = as_8_bits_on_white(decode_picture(np.frombuffer(jpeg, np.uint8)))
    except PictureError:
        return None
    picture.flags.writeable = False
    return picture


def with_preview(model: bytes, style_file: Path) -> bytes:
    """The model with a preview of what it paints in place of the one that it has; with none if it paints nothing.

    Args:
        style_file: holds the model, which follows the contract.

    Raises:
        protobuf.Damaged: it is not a model.
    """
    painted = _painted(style_file)
    return with_metadata(model, {KEY: None if painted is None else preview_of(painted)})


def preview_of(painted: Frame) -> str:
    """The photograph in a style's colours and strokes, as `Style.preview` has it."""
    small = cv2.resize(painted, SIZE_WH, interpolation=cv2.INTER_AREA)
    jpeg = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1))[1]
    return base64.b64encode(jpeg.tobytes()).decode()


def _painted(style_file: Path) -> Frame | None:
    """The photograph as the style paints it; None if it fails or takes too long."""
    import onnxruntime

    run = onnxruntime.RunOptions()
    run.log_severity_level = 4
    frame = photograph()
    feed = {INPUT_NAME: frame[None], CANVAS_INPUT: np.zeros(2, np.int64)}
    alarm = threading.Timer(_SECONDS, setattr, (run, "terminate", True))
    alarm.daemon = True
    try:
        session = cpu_session(style_file)
        alarm.start()
        wanted = {port.name: feed[port.name] for port in session.get_inputs()}
        painted = np.asarray(session.run(None, wanted, run)[0])
    except Exception:  # ONNX Runtime's errors share no type of their own
        return None
    finally:
        alarm.cancel()
    right = painted.dtype == np.uint8 and painted.shape == (1, *frame.shape)
    return np.ascontiguousarray(painted[0]) if right else None
