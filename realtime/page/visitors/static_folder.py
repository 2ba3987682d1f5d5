"""A folder that any web server can host and in which the visitor's own browser paints: nothing leaves their machine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Final

import cv2

from nstcam.media.own_files import create
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.frame import Frame
from nstcam.realtime.page.contents import HOW_TO_GET_RUNTIME, own_file
from nstcam.realtime.page.visitors.stills import still
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import Stylizing

FILES: Final = {
    "index.html": "alone.html", "page.css": "page.css", "icon.svg": "icon.svg", "alone.js": "alone.js",
    "painter.js": "painter.js", "camera.js": "camera.js", "tiles.js": "tiles.js", "view.js": "view.js",
}  # fmt: skip
RUNTIME: Final = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
"""What is needed of the folder dist/ of the npm package onnxruntime-web."""
GPU_RUNTIME: Final = (
    "ort.webgpu.min.mjs", "ort-wasm-simd-threaded.asyncify.mjs", "ort-wasm-simd-threaded.asyncify.wasm",
)  # fmt: skip
"""What is needed of it for graphics cards; if it is not there, the CPU paints."""


def check_runtime(runtime: Path) -> None:
    """Raises NstError unless the folder has the files of RUNTIME."""
    missing = [name for name in RUNTIME if not (runtime / name).is_file()]
    if missing:
        raise NstError(f"{runtime} has no {missing[0]}; get it with {HOW_TO_GET_RUNTIME}")


def write_static(
    target: Path,
    runtime: Path,
    styles: Sequence[Style],
    opened: Callable[[Style], AbstractContextManager[Stylizing]],
) -> int:
    """Writes the folder: the page, the styles' files with a picture of each, and the runtime.

    Args:
        target: a folder that does not exist yet, or is empty.
        runtime: the folder dist/ of the npm package onnxruntime-web.
        styles: those made of a picture are left out: their colours are put into a style as it is opened.
        opened: opens a style whose file has no picture, to paint it.

    Returns:
        How many styles there are.

    Raises:
        NstError: the runtime is not there, no style is left, or the folder cannot be written.
    """
    check_runtime(runtime)
    kept = [style for style in styles if style.painting is None]
    if not kept:
        raise NstError("no style is left for the folder: pictures as styles need nstcam itself")
    try:
        if target.exists() and any(target.iterdir()):
            raise SinkError(f"{target} is not empty; give a folder that does not exist yet")
        for folder in (target, target / "styles", target / "runtime"):
            folder.mkdir(parents=folder == target, exist_ok=folder == target)
        for name, source in FILES.items():
            _write(target / name, own_file(source))
        for name in (*RUNTIME, *(name for name in GPU_RUNTIME if (runtime / name).is_file())):
            shutil.copyfile(runtime / name, target / "runtime" / name)
        listed = []
        for number, style in enumerate(kept, 1):
            jpeg = cv2.imencode(".jpg", still(style, partial(_painted, style, opened)), (cv2.IMWRITE_JPEG_QUALITY, 80))[
                1
            ]
            _write(target / "styles" / f"{number}.jpg", jpeg.tobytes())
            shutil.copyfile(style.int8_path or style.path, target / "styles" / f"{number}.onnx")
            shutil.copyfile(style.path, target / "styles" / f"{number}.gpu.onnx")  # they have no 8-bit arithmetic
            listed.append({"name": style.name, "title": style.label})
        _write(target / "styles.json", json.dumps(listed, indent=1).encode())
    except OSError as error:
        raise SinkError(f"cannot write {target} ({error.strerror}); choose another folder") from error
    return len(kept)


def _painted(style: Style, opened: Callable[[Style], AbstractContextManager[Stylizing]], frame: Frame) -> Frame:
    with opened(style) as stylizer:
        return stylizer.stylize(frame)


def _write(path: Path, data: bytes) -> None:
    with create(path) as file:
        file.write(data)
