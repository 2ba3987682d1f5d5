"""What works on this machine, proven by running it, each finding with its cure."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from typing import Final

import numpy as np

from realtime.errors import NstError

TRIAL_HW: Final = (480, 640)
TRIALS: Final = 3
AGREES: Final = 4.0
"""Mean levels by which a device may differ from the CPU."""

_OPENCVS: Final = (
    "opencv-python",
    "opencv-contrib-python",
    "opencv-python-headless",
    "opencv-contrib-python-headless",
)


@dataclass(frozen=True)
class Finding:
    what: str
    state: str
    """ok, hint (works without) or fault."""
    text: str
    cure: str = ""


def examine(*, check_camera: Callable[[int], str]) -> list[Finding]:
    """All findings; takes some seconds. `check_camera` opens a camera and tells what it gives."""
    installed = {(found.name or "").lower() for found in distributions()}
    findings = [*clashes(installed), display(sys.platform, os.environ)]
    findings += [*devices(), *cameras(check_camera), encoder(), virtual_camera()]
    return findings


def clashes(installed: Collection[str]) -> list[Finding]:
    """Wheels that overwrite each other's files."""
    runtimes = sorted({"onnxruntime", "onnxruntime-gpu"} & set(installed))
    opencvs = sorted(set(_OPENCVS) & set(installed))
    return [
        _one_of("onnxruntime", runtimes, "onnxruntime-gpu" if "onnxruntime-gpu" in runtimes else "onnxruntime"),
        _one_of("opencv", opencvs, "opencv-python"),
    ]


def _one_of(what: str, found: list[str], keep: str) -> Finding:
    if len(found) == 1:
        return Finding(what, "ok", found[0])
    text = f"{' and '.join(found)} overwrite each other" if found else "not installed by pip"
    cure = f"pip uninstall -y {' '.join(found)}; pip install {keep}" if found else ""
    return Finding(what, "fault" if found else "hint", text, cure)


def display(platform: str, environment: Mapping[str, str]) -> Finding:
    from realtime.sinks import check_display

    try:
        check_display(platform, environment)
    except NstError as error:
        return Finding("window", "hint", str(error))
    return Finding("window", "ok", "a display is there")


def devices() -> list[Finding]:
    """Runs a style on each device, and compares what comes out with the CPU."""
    from realtime.style import list_styles
    from realtime.stylizer import Stylizer

    styles = list_styles()
    if not styles:
        return [Finding("styles", "fault", "no styles found", "pip install --force-reinstall nstcam")]
    frame = np.random.default_rng(0).integers(0, 255, (*TRIAL_HW, 3), np.uint8)
    findings, reference = [], None
    for device in ("cpu", "cuda"):
        try:
            stylizer = Stylizer(styles[0], device)
            painted = stylizer.stylize(frame)
            began = time.perf_counter()
            for _ in range(TRIALS):
                stylizer.stylize(frame)
            ms = 1000 * (time.perf_counter() - began) / TRIALS
            stylizer.close()
        except NstError as error:
            findings.append(Finding(device, "fault" if device == "cpu" else "hint", str(error)))
            continue
        reference = painted if reference is None else reference
        apart = float(np.abs(painted.astype(np.int16) - reference).mean())
        text = f"{ms:.0f} ms a frame of {TRIAL_HW[1]}x{TRIAL_HW[0]} in style {styles[0].name}"
        wrong = apart > AGREES
        text += f", but {apart:.1f} levels from the CPU's picture" if wrong else ""
        findings.append(Finding(device, "fault" if wrong else "ok", text, "use --device cpu" if wrong else ""))
    return findings


def cameras(check_camera: Callable[[int], str]) -> list[Finding]:
    from realtime.cameras import list_cameras

    findings = []
    try:
        found = list_cameras()
    except NstError as error:
        return [Finding("camera", "hint", str(error))]
    for camera in found:
        name = f'camera {camera.index} "{camera.name}"'
        try:
            findings.append(Finding(name, "ok", check_camera(camera.index)))
        except NstError as error:
            findings.append(Finding(name, "fault", str(error)))
    return findings or [Finding("camera", "hint", "none found", "plug one in, or use --camera test")]


def encoder() -> Finding:
    """Encodes a frame."""
    import av
    from av.video.stream import VideoStream

    try:
        with av.open(os.devnull, "w", format="null") as out:
            stream = out.add_stream("libx264", rate=30)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), "bgr24")))
            out.mux(stream.encode(None))
    except (av.FFmpegError, ValueError) as error:
        return Finding("encoder", "fault", f"H.264 cannot be written ({error})", "pip install --force-reinstall av")
    return Finding("encoder", "ok", "H.264 by libx264")


def virtual_camera() -> Finding:
    from realtime.virtualcam import VirtualCamera

    if importlib.util.find_spec("pyvirtualcam") is None:
        return Finding("virtual camera", "hint", "package not installed", "pip install 'nstcam[virtualcam]'")
    camera = VirtualCamera()
    try:
        text = camera.toggle()
    except NstError as error:
        return Finding("virtual camera", "hint", str(error))
    camera.close()
    return Finding("virtual camera", "ok", text)
