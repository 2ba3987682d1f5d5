"""The files of the page, as they are in the package."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

HOW_TO_GET_RUNTIME: Final = "npm pack onnxruntime-web && tar xzf onnxruntime-web-*.tgz, then --runtime package/dist"
"""ONNX Runtime for browsers is 14 to 41 MB and not part of nstcam; nothing is downloaded unasked."""


def own_file(name: str) -> bytes:
    """The contents of a file in realtime/page/files/."""
    return files("nstcam.realtime.page").joinpath("files", name).read_bytes()
