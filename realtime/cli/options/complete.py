"""What the shell offers after Tab (`nstcam --install-completion`). Loads nothing heavy: file names and fixed words.

Where nothing is returned the shell offers files.
"""

from __future__ import annotations

from typing import Final

from nstcam.realtime.people.words import BLUR, CLEAR, OFF, PAINT
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.library import user_styles
from nstcam.realtime.style_files.style import BUNDLED_STYLES

DEVICES: Final = (
    "auto", "cpu", "cuda", "tensorrt", "tensorrt-rtx", "directml", "coreml", "openvino", "migraphx", "rocm",
    "webgpu",
)  # fmt: skip
ENCODERS: Final = ("auto", "nvenc", "qsv", "amf", "vaapi", "videotoolbox", "mediafoundation", "software")
CODECS: Final = ("h264", "hevc", "av1", "vp9", "prores", "qtrle")
PIPES: Final = ("y4m", "rawvideo", "nut", "matroska")
STYLE_ACTIONS: Final = ("show", "add", "remove", "export", "hide", "unhide")
PIXEL_FORMATS: Final = ("auto", "mjpg", "yuyv")
"""Written out: the modules that define them import OpenCV and PyAV. tests/test_completion.py compares."""


def starting_with(incomplete: str, words: tuple[str, ...] | set[str]) -> list[str]:
    return sorted(word for word in words if word.startswith(incomplete))


def style_names() -> set[str]:
    """The names of the styles' files; they are not opened, so a different name inside a file is not offered."""
    files = [path for folder in (BUNDLED_STYLES, user_styles()) for path in folder.glob("*.onnx")]
    return {path.name.removesuffix(INT8_SUFFIX).removesuffix(".onnx") for path in files}


def styles(incomplete: str) -> list[str]:
    """Names, also after the time in `--style 4.5:NAME`."""
    time, colon, name = incomplete.rpartition(":")
    return [f"{time}{colon}{found}" for found in starting_with(name, style_names())]


def styles_or_all(incomplete: str) -> list[str]:
    """Names, and the word for all of them; see cli/video/options.py."""
    return starting_with(incomplete, {*style_names(), "all"})


def paint(incomplete: str) -> list[str]:
    return starting_with(incomplete, PAINT)


def backgrounds(incomplete: str) -> list[str]:
    """Words and styles; files cannot be offered beside them."""
    return starting_with(incomplete, {*style_names(), OFF, BLUR})


def image_backgrounds(incomplete: str) -> list[str]:
    return starting_with(incomplete, {*style_names(), OFF, BLUR, CLEAR})


def devices(incomplete: str) -> list[str]:
    return starting_with(incomplete, DEVICES)


def encoders(incomplete: str) -> list[str]:
    return starting_with(incomplete, ENCODERS)


def codecs(incomplete: str) -> list[str]:
    return starting_with(incomplete, CODECS)


def style_actions(incomplete: str) -> list[str]:
    return starting_with(incomplete, STYLE_ACTIONS)


def pipes(incomplete: str) -> list[str]:
    return starting_with(incomplete, PIPES)


def pixel_formats(incomplete: str) -> list[str]:
    return starting_with(incomplete, PIXEL_FORMATS)


def cameras(incomplete: str) -> list[str]:
    """The sources that have a name on every machine; cameras themselves would have to be searched for."""
    return starting_with(incomplete, ("0", "screen", "test"))
