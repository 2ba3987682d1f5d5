"""An invisible screen with a window manager, a keyboard and a mouse: Xvfb, openbox and xdotool.

Benchmarks and tests run the app on it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.video.stream import VideoStream

from benchmarks.tools.waiting import until
from nstcam.realtime.capture.test_pattern import TestPattern
from nstcam.realtime.frame import Frame

PROGRAMS: Final = ("Xvfb", "openbox", "xdotool")

_ROWS: Final = (("1234567890-=", 10), ("qwertyuiop[]", 24), ("asdfghjkl;", 38), ("zxcvbnm,./", 52))
_OTHERS: Final = {" ": 65, "Escape": 9, "Left": 113, "Right": 114, "Up": 111, "Down": 116, "pad+": 86, "pad-": 82}
KEYCODES: Final = {cap: first + place for caps, first in _ROWS for place, cap in enumerate(caps)} | _OTHERS
"""Key caps of a US keyboard -> X11 keycodes of evdev, which stay the same in every layout."""


def missing_programs() -> list[str]:
    return [program for program in PROGRAMS if shutil.which(program) is None]


class Desktop:
    """A display of its own. Call close() at the end."""

    def __init__(self, folder: Path, size_wh: tuple[int, int] = (1000, 800)) -> None:
        """Starts the display. The picture of the screen and the log are written into `folder`."""
        self._screen = folder / "Xvfb_screen0"
        self._log = (folder / "desktop.log").open("w")
        number, announce = os.pipe()
        geometry = f"{size_wh[0]}x{size_wh[1]}x24"
        self._programs = [
            subprocess.Popen(
                ["Xvfb", "-displayfd", str(announce), "-screen", "0", geometry, "-fbdir", str(folder), "-noreset"],
                pass_fds=[announce],
                stderr=self._log,
            )
        ]
        os.close(announce)
        with os.fdopen(number) as announced:
            display = announced.readline().strip()
        assert display, "Xvfb did not start"
        self.environment = {**os.environ, "DISPLAY": f":{display}", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        for name in ("WAYLAND_DISPLAY", "NSTCAM_SETTINGS"):  # key w must not write to the user's own settings
            self.environment.pop(name, None)
        self._programs.append(
            subprocess.Popen(["openbox", "--sm-disable"], env=self.environment, stdout=self._log, stderr=self._log)
        )
        until(lambda: self.do("get_desktop") != "")  # it manages windows

    def close(self) -> None:
        for program in reversed(self._programs):
            program.terminate()
            program.wait(10)
        self._log.close()

    def do(self, *words: str) -> str:
        """Runs xdotool with these arguments. Returns what it prints, or "" if it fails."""
        done = subprocess.run(
            ["xdotool", *words], env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def layout(self, name: str) -> None:
        subprocess.run(["setxkbmap", "-layout", name], env=self.environment, check=True, timeout=60)

    def press(self, cap: str) -> None:
        """Presses the key with that cap on a US keyboard, or the keys joined by +, like alt+F4."""
        # Three digits: a single one would pass for the name of a key.
        self.do("key", f"{KEYCODES[cap]:03}" if cap in KEYCODES else cap)

    def picture(self) -> Frame:
        """The whole screen, out of the X Window Dump that Xvfb keeps up to date."""
        data = self._screen.read_bytes()
        header = np.frombuffer(data, ">u4", 25)
        start, width, height, stride, colours = (int(header[i]) for i in (0, 4, 5, 12, 19))
        pixels = np.frombuffer(data, np.uint8, stride * height, start + 12 * colours)
        return np.ascontiguousarray(pixels.reshape(height, stride // 4, 4)[:, :width, :3])


class App:
    """nstcam, in a window of a desktop or without one. Call close() at the end."""

    def __init__(self, desktop: Desktop | None, folder: Path, arguments: Sequence[str]) -> None:
        """Starts it in `folder`, where it saves snapshots and recordings."""
        self.folder, self.has_window = folder, desktop is not None
        self._desktop = desktop
        self._said = ""
        self._geometry, self._place = "", (0, 0, 0, 0)
        window = [] if desktop else ["--no-window"]
        command = [sys.executable, "-m", "nstcam.realtime.cli.app", "--control", "0", *window, *arguments]
        environment = {
            **(desktop.environment if desktop else os.environ),
        }
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        assert found, line + self.process.stderr.read()
        self._port = int(found[1])
        if desktop is not None:
            until(lambda: self.window != "")
            until(lambda: desktop.do("getwindowfocus") == self.window)

    @property
    def desktop(self) -> Desktop:
        assert self._desktop is not None, "it runs without a window"
        return self._desktop

    @property
    def window(self) -> str:
        """xdotool's number of the window; "" while there is none."""
        return self.desktop.do("search", "--onlyvisible", "--name", "^nstcam$")

    def tell(self, line: str) -> str:
        with socket.create_connection(("127.0.0.1", self._port), timeout=60) as client:
            client.sendall(f"{line}\n".encode())
            return client.makefile().readline()

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.tell("status"))
        return status

    def press(self, *caps: str) -> None:
        for cap in caps:
            self.desktop.press(cap)
            time.sleep(0.1)  # OpenCV's windows remember one key, the last since they were asked

    def point(self, x: float, y: float) -> None:
        """Moves the mouse to a place in the window, given as shares (0..1) of its width and height."""
        _, _, width, height = self.place()
        self.desktop.do("mousemove", "--window", self.window, str(round(x * width)), str(round(y * height)))

    def place(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of the area inside the window's frame."""
        words = self.desktop.do("getwindowgeometry", "--shell", self.window)
        if words != self._geometry:
            # xdotool counts the window's frame twice; where the mouse lands does not lie.
            mouse = self.desktop.do("mousemove", "--window", self.window, "0", "0", "getmouselocation")
            x, y, *_ = (int(number) for number in re.findall(r"\d+", mouse))
            size = {name: int(value) for name, _, value in (line.partition("=") for line in words.splitlines())}
            self._geometry, self._place = words, (x, y, size["WIDTH"], size["HEIGHT"])
        return self._place

    def picture(self) -> Frame:
        """The area inside the window's frame."""
        left, top, width, height = self.place()
        return self.desktop.picture()[top : top + height, left : left + width]

    def close(self) -> str:
        """Ends the app if it still runs. Returns what it wrote to stdout and stderr."""
        if self.process.poll() is None:
            self.process.terminate()
        if not self._said:
            self._said = "".join(self.process.communicate(timeout=30))
        return self._said


def write_still(path: Path, picture: Frame | None = None, seconds: int = 60, fps: int = 10) -> Path:
    """A lossless video of one picture (by default 320x240): a camera in front of a still scene."""
    picture = TestPattern((320, 240)).draw(0) if picture is None else picture
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264rgb", rate=fps, options={"preset": "ultrafast", "qp": "0", "g": "1"})
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = "bgr24"
        (encoded,) = stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")) + stream.encode(None)
        data = bytes(encoded)
        for number in range(seconds * fps):  # the same packet again and again
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, fps), True
            packet.pts = packet.dts = number
            out.mux(packet)
    return path
