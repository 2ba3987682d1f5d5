"""Tries bundled styles on the GPU: whether they open, how frames are transferred, whether the pictures are right."""

from __future__ import annotations

import time
from contextlib import closing
from statistics import median
from typing import Any, Final

import numpy as np
import onnxruntime

from benchmarks.gpu.record import Record
from benchmarks.gpu.setting import Setting
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.style import BUNDLED_STYLES, Style, read_style
from nstcam.realtime.stylizing import Offset

STYLES: Final = "starry", "wave"
SIZE_WH: Final = 640, 480
PICTURES: Final = 3
"""How many different frames are compared; a session that returned its first picture again would pass with one frame."""
FITS: Final = 1.0
"""The mean difference from the CPU's picture that is accepted, in levels of 255. Half precision stays below it; a wrong
picture differs by tens of levels."""
_SECONDS: Final = 3.0


def measure(setting: Setting, record: Record) -> bool:
    """Returns: whether all pictures agree with the CPU's."""
    good, found = True, {}
    for name in STYLES:
        try:
            values = of_style(read_style(BUNDLED_STYLES / f"{name}.onnx"), setting, record)
        except NstError as error:
            values = {"error": str(error), "pictures": []}
            record.say(f"{name}: {error}")
        found[name] = values
        record.keep(styles=found)
        good &= len(values["pictures"]) == PICTURES and all(apart["mean"] < FITS for apart in values["pictures"])
    return good


def of_style(style: Style, setting: Setting, record: Record) -> dict[str, Any]:
    width, height = setting.size(SIZE_WH)
    began = time.perf_counter()
    with closing(Stylizer(style, setting.device)) as stylizer:
        opened = time.perf_counter()
        stylizer.warm_up(height, width)
        warm = time.perf_counter()
        values: dict[str, Any] = {
            "device": stylizer.device,
            "precision": stylizer.precision,
            "opening_s": opened - began,
            "warming_s": warm - opened,
            "way": str(stylizer.taken(height, width)),
            "pictures": [],
        }
        record.say(
            f"{style.name} on {stylizer.device} in {stylizer.precision}: opened in {opened - began:.1f} s, "
            f"warm in {warm - opened:.1f} s, way: {values['way']}"
        )
        reference = onnxruntime.InferenceSession(style.path, providers=["CPUExecutionProvider"])
        for number in range(PICTURES):
            frame, offset = TestPattern((width, height)).draw(float(number)), Offset(8 * number, 4 * number)
            apart = levels_apart(stylizer.stylize(frame, offset), plainly(reference, style, frame, offset))
            values["pictures"].append(apart)
            record.say(
                f"  picture {number}: {apart['mean']:.3f} levels from the CPU's, at most {apart['most']:.0f}"
                f"{'' if apart['mean'] < FITS else '  WRONG'}"
            )
        values["ms"] = frame_ms(stylizer, frame)
    record.say(f"  {values['ms']:.2f} ms a frame of {width}x{height}, from host memory to host memory")
    return values


def plainly(session: Any, style: Style, frame: Frame, offset: Offset) -> Frame:
    """The picture that ONNX Runtime alone produces, as a reference for nstcam's."""
    feed = {"frame": frame[None]} | ({"canvas_offset": np.array(offset, np.int64)} if style.has_canvas else {})
    painted: Frame = session.run(None, feed)[0][0]
    return painted


def levels_apart(one: Frame, other: Frame) -> dict[str, float]:
    """The mean and the largest difference of two pictures, in levels of 255."""
    apart = np.abs(one.astype(np.int16) - other)
    return {"mean": float(apart.mean()), "most": float(apart.max())}


def frame_ms(stylizer: Stylizer, frame: Frame) -> float:
    """The median of the milliseconds of a hundred frames, or of fewer if they take longer than a few seconds."""
    times: list[float] = []
    end = time.perf_counter() + _SECONDS
    while len(times) < 5 or (len(times) < 100 and time.perf_counter() < end):
        began = time.perf_counter()
        stylizer.stylize(frame)
        times.append(1000 * (time.perf_counter() - began))
    return median(times)
