"""Finds out what works on this machine by trying it; each finding says what to do about a fault."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import distributions
from typing import Final

from nstcam.realtime.checkup.finding import Finding
from nstcam.realtime.errors import NstError

_RUNTIMES: Final = re.compile(r"onnxruntime(-.+)?")
_OPENCVS: Final = re.compile(r"opencv(-contrib)?-python(-headless)?")
_DEBIAN: Final = {"libGL.so.1": "libgl1", "libgthread-2.0.so.0": "libglib2.0-0", "libEGL.so.1": "libegl1"}
_WINDOW: Final = "import cv2; cv2.namedWindow('nstcam doctor'); cv2.waitKey(1); cv2.destroyAllWindows()"
_WINDOW_SECONDS: Final = 20


def examine() -> Iterator[Finding]:
    """Yields all findings as they are made; takes a few seconds, longer with cameras."""
    installed = {(found.name or "").lower().replace("_", "-") for found in distributions()}
    yield from clashes(installed)
    broken = [finding for finding in (library("onnxruntime"), library("cv2"), library("av")) if finding]
    yield from broken
    if broken:
        return  # the other checks need these libraries
    from nstcam.realtime.checkup import hardware
    from nstcam.realtime.engine.availability import missing_driver

    yield from runtime(installed, missing_driver())
    yield settings()
    yield window(sys.platform, os.environ)
    yield from hardware.styles()
    yield from hardware.devices()
    yield from hardware.encoders()
    yield from hardware.cameras(hardware.try_camera)
    yield virtual_camera()


def clashes(installed: Collection[str]) -> list[Finding]:
    """Whether wheels are installed that overwrite each other's files."""
    runtimes = sorted(name for name in installed if _RUNTIMES.fullmatch(name))
    opencvs = sorted(name for name in installed if _OPENCVS.fullmatch(name))
    keep = next((name for name in ("onnxruntime-gpu", *reversed(runtimes)) if name in runtimes), "onnxruntime")
    return [_one_of("onnxruntime wheel", runtimes, keep), _one_of("opencv wheel", opencvs, "opencv-python")]


def _one_of(what: str, found: list[str], keep: str) -> Finding:
    if len(found) == 1:
        return Finding(what, "ok", found[0])
    text = f"{' and '.join(found)} overwrite each other" if found else "not installed by pip"
    cure = f"pip uninstall -y {' '.join(found)}; pip install {keep}" if found else ""
    return Finding(what, "fault" if found else "hint", text, cure)


def runtime(installed: Collection[str], no_card: str | None) -> list[Finding]:
    """Which of the two usual builds of ONNX Runtime is installed, and whether it suits this machine.

    Args:
        no_card: why no NVIDIA card can be used; None if one can.
    """
    found = {"onnxruntime", "onnxruntime-gpu"}.intersection(installed)
    if len(found) != 1:
        return []  # `clashes` has told of both; or it is a build for another device
    name = found.pop()
    if name == "onnxruntime-gpu" and no_card:
        text = f"{name}, which is for NVIDIA cards and works without one; {no_card}"
        cure = f"without its CUDA code: pip uninstall -y {name} && pip install onnxruntime"
    elif name == "onnxruntime" and not no_card:
        text = f"{name}, which has no CUDA, but there is an NVIDIA card"
        cure = f"pip uninstall -y {name} && pip install 'nstcam[cuda]'"
    else:
        return [Finding("runtime", "ok", f"{name}, which fits this machine")]
    return [Finding("runtime", "hint", text, cure)]


def library(name: str) -> Finding | None:
    """A fault if the library cannot be imported or is incomplete; otherwise None."""
    reinstall = f"pip install --force-reinstall {'opencv-python' if name == 'cv2' else name}"
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        text, cure = " ".join(str(error).split()), reinstall
        missing = re.match(r"(lib\S+\.so\S*):", text)
        if missing:
            cure = f"Debian, Ubuntu: sudo apt install {_DEBIAN.get(missing[1], f'the package of {missing[1]}')}"
        if name == "cv2" and missing:
            cure += "; without a screen: pip uninstall -y opencv-python; pip install opencv-python-headless"
        return Finding(name, "fault", f"cannot be loaded ({text})", cure)
    needed = {"onnxruntime": "InferenceSession", "cv2": "VideoCapture", "av": "open"}[name]
    if not hasattr(module, needed):  # left over when a wheel with the same files was uninstalled
        return Finding(name, "fault", f"is installed incompletely: it has no {needed}", reinstall)
    return None


def settings() -> Finding:
    """Whether the saved settings can be read."""
    from nstcam.realtime.live.settings import SettingsError, load, settings_path

    path = settings_path()
    try:
        load(path)
    except SettingsError as error:
        return Finding("settings", "hint", str(error))
    return Finding("settings", "ok", str(path) if path.exists() else "none saved")


def window(platform: str, environment: Mapping[str, str]) -> Finding:
    """Whether a window opens; tried in a process of its own, because Qt aborts the process on failure."""
    from nstcam.realtime.display.window import check_display

    try:
        check_display(platform, environment)
    except NstError as error:
        return Finding("window", "hint", str(error))
    command, seconds = [sys.executable, "-c", _WINDOW], _WINDOW_SECONDS
    try:
        tried = subprocess.run(command, env=dict(environment), capture_output=True, timeout=seconds, text=True)
    except subprocess.TimeoutExpired:
        return Finding("window", "fault", f"no window opened within {_WINDOW_SECONDS} s", "use --no-window")
    if tried.returncode:
        reason = next((line for line in tried.stderr.splitlines() if line.strip()), f"exit code {tried.returncode}")
        return Finding("window", "fault", f"no window can be opened ({reason.strip()[:200]})", "use --no-window")
    return Finding("window", "ok", "opens")


def virtual_camera() -> Finding:
    """Whether a virtual camera can be started."""
    from nstcam.realtime.output.virtual_camera import VirtualCamera

    if importlib.util.find_spec("pyvirtualcam") is None:
        return Finding("virtual camera", "hint", "package not installed", "pip install 'nstcam[virtualcam]'")
    camera = VirtualCamera()
    try:
        text = camera.toggle()
    except NstError as error:
        return Finding("virtual camera", "hint", str(error))
    camera.close()
    return Finding("virtual camera", "ok", text.partition(";")[0])
