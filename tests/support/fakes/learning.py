"""A stand-in for the process that learns a painting: it hands over a bundled style, or fails, as it is told to."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from nstcam.realtime.style_files.library import style_of_picture
from nstcam.realtime.style_files.style import BUNDLED_STYLES, Style

_BEGIN: Final = f"""
import json, os, pathlib, shutil, sys, time
job = json.loads(sys.stdin.readline())
folder = pathlib.Path(job["folder"])
def tell(**event): print(json.dumps(event), flush=True)
def hand_over(number, steps, seconds):
    part = folder / ".part"
    part.mkdir()
    for suffix in (".onnx", ".int8.onnx"):
        shutil.copyfile(pathlib.Path({str(BUNDLED_STYLES)!r}) / f"wave{{suffix}}", part / f"{{job['name']}}{{suffix}}")
    (part / "start.pt").write_text("a checkpoint")
    part.rename(folder / str(number))
    tell(net=number, steps=steps, seconds=seconds)
"""


def process(script: str) -> tuple[str, ...]:
    """A command for Learner; in the script, `job`, `folder`, `tell` and `hand_over` are known."""
    return sys.executable, "-c", _BEGIN + script


LEARNS: Final = process("tell(steps=3, seconds=1.5); hand_over(1, 4, 2.5); sys.stdin.read()")
"""Hands over one network and goes on."""
ENDS: Final = process("hand_over(1, 4, 2.5); hand_over(2, 8, 5.0); tell(finished=True)")
FAILS: Final = process("tell(failed='there is not enough memory')")


def picture(folder: Path, name: str = "kiss.png") -> Path:
    """A small picture file."""
    path = folder / name
    cv2.imwrite(str(path), np.random.default_rng(3).integers(0, 255, (48, 64, 3), np.uint8))
    return path


def painted(folder: Path, name: str = "kiss") -> Style:
    """A style that is made of a picture."""
    return replace(style_of_picture(picture(folder, f"{name}.png")), name=name)
