"""Measures latency: the time from taking a frame to its being on the screen, stage by stage.

    python -m benchmarks.latency [--seconds 10] [--size 640x480] [--fps 30] [--all] [--json FILE] [STYLE ...]

A camera draws the number of each frame into it as black and white squares. The app's own live loop runs, with a window
on a display of its own if Xvfb is installed. The window reads the number back from the picture it shows and looks up
when that frame was taken. Where a style paints over the squares, as the bundled ones do, the number is passed alongside
the picture.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np

from benchmarks.tools.desktop import Desktop, missing_programs
from benchmarks.tools.numbered import NumberCamera, read_number
from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.capture.sources import Captured, ThreadedSource
from nstcam.realtime.display.window import Pointer, Preview, Window
from nstcam.realtime.effects import blend
from nstcam.realtime.effects.follow import Follower
from nstcam.realtime.effects.look import Look
from nstcam.realtime.effects.steady import DEFAULT, Steady
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.live import preview
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.loop import run
from nstcam.realtime.live.painter import Painted, Painter
from nstcam.realtime.live.session import Session
from nstcam.realtime.style_files.library import find_style, list_styles
from nstcam.realtime.style_files.style import Style, read_style

STAGES: Final = (
    "waits for painter", "follow", "stylize", "steady", "colours", "strength",
    "waits for window", "draw", "show", "end to end",
)  # fmt: skip


class Times:
    """Milliseconds spent in each stage, one value per call."""

    def __init__(self) -> None:
        self.painted_at: dict[int, float] = {}
        self.ms: dict[str, list[float]] = defaultdict(list)

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.ms[stage].append(1000 * (time.perf_counter() - began))

        return wrapped


class Teller:
    """An output that records which frame is about to be shown."""

    on = True

    def __init__(self) -> None:
        self.told: float | None = None
        self.at = 0.0

    def write(self, frame: Frame, seconds: float) -> None:  # noqa: ARG002 (an Output)
        self.told, self.at = seconds, time.monotonic()

    def toggle(self) -> str:
        return ""

    def close(self) -> str:
        return ""


class ReadingWindow:
    """A preview that reads the numbers in the frames it shows."""

    def __init__(self, camera: NumberCamera, times: Times, window: Preview | None) -> None:
        self._camera, self._times, self._window = camera, times, window
        self.teller = Teller()
        self.pointer, self.closed = Pointer(), False
        self.read_back = self.shown = 0

    def show(self, frame: Frame) -> None:
        if self.teller.told is None:
            return
        began = time.monotonic()
        if self._window:
            self._window.show(frame)
            self._window.poll()
        now = time.monotonic()
        number = self._camera.number_at(self.teller.told)
        read = read_number(frame)
        if read is not None:
            self.read_back += 1
            number = read
        self.shown += 1
        self._times.ms["show"].append(1000 * (now - began))
        self._times.ms["end to end"].append(1000 * (now - self._camera.taken[number]))
        self._times.ms["waits for window"].append(1000 * (self.teller.at - self._times.painted_at[number]))
        self.teller.told = None

    def poll(self) -> int:
        return -1

    def take_wheel(self) -> int:
        return 0

    def take_click(self) -> Pointer | None:
        return None

    def toggle_fullscreen(self) -> None: ...

    def close(self) -> None:
        if self._window:
            self._window.close()


@contextmanager
def measured(times: Times) -> Iterator[None]:
    """Times the steps of the live loop."""
    paint = Painter.paint

    def timed_paint(self: Painter, captured: Captured) -> Painted:
        times.ms["waits for painter"].append(1000 * (time.monotonic() - captured.time))
        painted = paint(self, captured)
        times.painted_at[captured.number] = time.monotonic()
        return painted

    with (
        patch.object(Painter, "paint", timed_paint),
        patch.object(Follower, "follow", times.timed("follow", Follower.follow)),
        patch.object(Gallery, "stylize", times.timed("stylize", Gallery.stylize)),
        patch.object(Steady, "smooth", times.timed("steady", Steady.smooth)),
        patch("nstcam.realtime.effects.blend.in_colors_of", times.timed("colours", blend.in_colors_of)),
        patch("nstcam.realtime.effects.blend.mix", times.timed("strength", blend.mix)),
        patch("nstcam.realtime.live.presenter.picture", times.timed("draw", preview.picture)),
    ):
        yield


def figures(ms: list[float]) -> dict[str, float]:
    return {"median": round(float(np.median(ms)), 2), "p95": round(float(np.percentile(ms, 95)), 2)}


def measure(style: Style | None, window: Preview | None, arguments: argparse.Namespace) -> dict[str, Any]:
    """Runs one session; a style of None shows the camera unpainted."""
    width, height = (int(side) for side in arguments.size.split("x"))
    gallery = Gallery([style or list_styles()[0]], lambda style: Stylizer(style, arguments.device))
    if style is None:
        gallery.toggle_bypass()
    gallery.prepare((height, width))
    times = Times()
    camera = NumberCamera((width, height), arguments.fps, arguments.seconds)
    screen = ReadingWindow(camera, times, window)
    look = Look(strength=0.9, keep_colors=True, steady=DEFAULT) if arguments.all else Look(steady=DEFAULT)
    with measured(times):
        source = ThreadedSource("numbers", camera.read)
        session = Session(gallery, look=look, virtual_camera=screen.teller)
        reading = run(source, session, screen, output_size=(width, height))
    device = gallery.device
    gallery.close()
    return {
        "style": style.name if style else "original",
        "device": device,
        "fps": round(reading.mean_fps, 1),
        "frames": screen.shown,
        "read back": screen.read_back,
        "dropped": reading.dropped,
        "ms": {stage: figures(times.ms[stage]) for stage in STAGES if times.ms[stage]},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("styles", nargs="*", metavar="STYLE", help="default: the bundled ones")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--fps", type=float, default=30)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--all", action="store_true", help="with strength and original colours too")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    chosen = [find_style(name) for name in arguments.styles] or list_styles()
    results = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        desktop = None if missing_programs() else Desktop(folder)
        if desktop:
            stack.callback(desktop.close)
            os.environ["DISPLAY"] = desktop.environment["DISPLAY"]
        print(f"{arguments.size}, camera of {arguments.fps:g} fps, {'in a window' if desktop else 'nothing shown'}; ms")
        print(f"{'':20}{'fps':>6}{'read':>6}" + "".join(f"{stage:>18}" for stage in STAGES))
        negative = read_style(write_negative_style(folder / "negative.onnx"))
        for style in (None, negative, *chosen):
            result = measure(style, Window() if desktop else None, arguments)
            results.append(result)
            cells = (result["ms"].get(stage) for stage in STAGES)
            row = "".join(f"{cell['median']:9.1f} /{cell['p95']:7.1f}" if cell else f"{'-':>18}" for cell in cells)
            read = f"{100 * result['read back'] / result['frames']:.0f}%"
            print(f"{result['style']:20}{result['fps']:6.1f}{read:>6}{row}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
