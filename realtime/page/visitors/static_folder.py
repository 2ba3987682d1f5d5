"""A folder that any web server can host and in which the visitor's own browser paints: nothing leaves their machine."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import cv2

from nstcam.media.own_files import create
from nstcam.realtime.engine.style_model import model_of
from nstcam.realtime.errors import NstError, SinkError
from nstcam.realtime.frame import Frame
from nstcam.realtime.page.contents import HOW_TO_GET_RUNTIME, own_file
from nstcam.realtime.page.kernel.lite_file import LiteFiles, NotLite, lite_files
from nstcam.realtime.page.visitors.stills import still
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import Stylizing

_log = logging.getLogger(__name__)

FILES: Final = {
    "index.html": "alone.html", "page.css": "page.css", "icon.svg": "icon.svg", "alone.js": "alone.js",
    "painter.js": "painter.js", "kernel.js": "kernel.js", "runtime.js": "runtime.js", "lite.wasm": "lite.wasm",
    "camera.js": "camera.js", "pace.js": "pace.js", "tiles.js": "tiles.js", "view.js": "view.js",
}  # fmt: skip
RUNTIME: Final = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
"""What is needed of the folder dist/ of the npm package onnxruntime-web."""
GPU_RUNTIME: Final = (
    "ort.webgpu.min.mjs", "ort-wasm-simd-threaded.asyncify.mjs", "ort-wasm-simd-threaded.asyncify.wasm",
)  # fmt: skip
"""What is needed of it for graphics cards; if it is not there, the CPU paints."""


class Written(NamedTuple):
    """What a folder has become."""

    styles: int
    left_out: Mapping[str, str]
    """Why styles are not in it, by their names; ends the sentence that begins with the name."""


def check_runtime(runtime: Path) -> None:
    """Raises NstError unless the folder has the files of RUNTIME."""
    missing = [name for name in RUNTIME if not (runtime / name).is_file()]
    if missing:
        raise NstError(f"{runtime} has no {missing[0]}; get it with {HOW_TO_GET_RUNTIME}")


def write_static(
    target: Path,
    runtime: Path | None,
    styles: Sequence[Style],
    opened: Callable[[Style], AbstractContextManager[Stylizing]],
) -> Written:
    """Writes the folder: the page, and the styles' files with a picture of each.

    Styles of network lite in 8 bits are painted by the kernel of realtime/page/kernel/, on the CPU.

    Args:
        target: a folder that does not exist yet, or is empty.
        runtime: the folder dist/ of the npm package onnxruntime-web, which paints all styles on graphics cards, and
            those of other networks; None to do without.
        opened: opens a style whose file has no picture, to paint it.

    Raises:
        NstError: the runtime is not there, no style is left, or the folder cannot be written.
    """
    if runtime is not None:
        check_runtime(runtime)
    kept, left_out = list[tuple[Style, LiteFiles | None]](), dict[str, str]()
    for style in styles:
        kernel = _for_kernel(style)
        if style.foreign is not None and style.foreign.only_hw is not None:
            left_out[style.name] = "takes pictures of one size only"
        elif runtime is None and kernel is None:
            left_out[style.name] = f"needs ONNX Runtime in the browser; get it with {HOW_TO_GET_RUNTIME}"
        else:
            kept.append((style, kernel))
    if not kept:
        raise NstError("no style is left for the folder: " + " ".join(next(iter(left_out.items()))))
    try:
        if target.exists() and any(target.iterdir()):
            raise SinkError(f"{target} is not empty; give a folder that does not exist yet")
        for folder in (target, target / "styles"):
            folder.mkdir(parents=folder == target, exist_ok=folder == target)
        for name, source in FILES.items():
            _write(target / name, own_file(source))
        for_gpu = runtime is not None and _copy_runtime(runtime, target / "runtime")
        canvases = dict[bytes, str]()
        listed = []
        for number, (style, kernel) in enumerate(kept, 1):
            picture = still(style, partial(_painted, style, opened))
            jpeg = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 80))[1]
            _write(target / "styles" / f"{number}.jpg", jpeg.tobytes())
            files = _write_style(target, number, style, kernel, canvases)
            if for_gpu:
                files["webgpu"] = f"styles/{number}.gpu.onnx"  # graphics cards have no 8-bit arithmetic
                _write(target / files["webgpu"], _model(style, style.path))
            listed.append({"name": style.name, "title": style.label, "files": files})
        _write(target / "styles.json", json.dumps(listed, indent=1).encode())
    except OSError as error:
        raise SinkError(f"cannot write {target} ({error.strerror}); choose another folder") from error
    return Written(len(kept), left_out)


def _for_kernel(style: Style) -> LiteFiles | None:
    """The style's numbers for the kernel; None if the kernel cannot paint it."""
    if style.int8_path is None:
        return None
    try:
        return lite_files(_model(style, style.int8_path))
    except NotLite as error:
        _log.info("%s is left to ONNX Runtime: %s", style.name, error)
        return None
    except OSError as error:
        raise NstError(f"{style.int8_path} cannot be read: {error.strerror}") from error


def _model(style: Style, path: Path) -> bytes:
    made = model_of(style, path)
    return made if isinstance(made, bytes) else made.read_bytes()


def _copy_runtime(runtime: Path, target: Path) -> bool:
    """Copies ONNX Runtime. Returns whether it can use graphics cards."""
    target.mkdir()
    for_gpu = all((runtime / name).is_file() for name in GPU_RUNTIME)
    for name in (*RUNTIME, *(GPU_RUNTIME if for_gpu else ())):
        shutil.copyfile(runtime / name, target / name)
    return for_gpu


def _write_style(
    target: Path, number: int, style: Style, kernel: LiteFiles | None, canvases: dict[bytes, str]
) -> dict[str, str]:
    """Writes the files that the CPU needs. Returns their paths in the folder by what the page calls them.

    Args:
        canvases: those that are written already; most styles share one.
    """
    if kernel is None:
        files = {"wasm": f"styles/{number}.onnx"}
        _write(target / files["wasm"], _model(style, style.int8_path or style.path))
        return files
    files = {"lite": f"styles/{number}.lite"}
    _write(target / files["lite"], kernel.style)
    if kernel.noise:
        if kernel.noise not in canvases:
            canvases[kernel.noise] = f"styles/canvas{len(canvases) + 1}.bin"
            _write(target / canvases[kernel.noise], kernel.noise)
        files["noise"] = canvases[kernel.noise]
    return files


def _painted(style: Style, opened: Callable[[Style], AbstractContextManager[Stylizing]], frame: Frame) -> Frame:
    with opened(style) as stylizer:
        return stylizer.stylize(frame)


def _write(path: Path, data: bytes) -> None:
    with create(path) as file:
        file.write(data)
