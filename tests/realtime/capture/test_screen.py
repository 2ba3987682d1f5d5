import itertools
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nstcam.realtime.capture.open_source import open_source
from nstcam.realtime.capture.screen import Region, ScreenSpec, is_screen, parse_screen, read_screen
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame
from tests.support.fakes.screen import FakeMSS, FakeScreenShotError, install_fake_mss


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    install_fake_mss(monkeypatch)


def first(spec: str) -> Frame:
    return next(iter(read_screen(parse_screen(spec), threading.Event())))


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("screen", ScreenSpec(1)),
        ("screen:1", ScreenSpec(1)),
        ("screen:2", ScreenSpec(2)),
        ("screen:64x48+10+20", ScreenSpec(region=Region(10, 20, 64, 48))),
    ],
)
def test_parts_of_the_screen_by_text(text: str, spec: ScreenSpec) -> None:
    assert is_screen(text)
    assert parse_screen(text) == spec


@pytest.mark.parametrize("text", ["screen:0", "screen:left", "screen:64x48", "screen:64x48-1+2", "screen:8x8+0+0"])
def test_other_text_is_one_line(text: str) -> None:
    with pytest.raises(SourceError, match=text.replace("+", "[+]")):
        open_source(text)


@pytest.mark.parametrize("text", ["screen:" + "9" * 5000, "screen:64x48+1+" + "9" * 5000])
def test_numbers_beyond_all_screens_are_one_line(text: str) -> None:
    with pytest.raises(SourceError, match=r"^screen:.{93} is not a part of the screen"):
        open_source(text)


def test_names_that_begin_alike_are_no_screen() -> None:
    assert not is_screen("screencast.mp4")


@pytest.mark.usefixtures("library")
class TestFrames:
    def test_of_a_monitor(self) -> None:
        frame = first("screen:2")
        assert frame.shape == (80, 100, 3)
        assert frame.flags.c_contiguous
        assert frame[5, 6].tolist() == [206, 5, 7]

    def test_of_a_region(self) -> None:
        frame = first("screen:64x48+10+20")
        assert frame.shape == (48, 64, 3)
        assert frame[0, 0].tolist() == [10, 20, 7]

    def test_of_a_region_that_touches_the_far_corner(self) -> None:
        assert first("screen:64x48+236+52")[-1, -1].tolist() == [299 % 256, 99, 7]

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("screen:3", "there is no monitor 3; choose 1 to 2"),
            ("screen:64x48+237+52", "64x48[+]237[+]52 is not within the desktop"),
            ("screen:64x48+236+53", "64x48[+]236[+]53 is not within the desktop"),
            ("screen:200x90+150+0", "the region 200x90[+]150[+]0 is not within the desktop of 300x100"),
        ],
    )
    def test_of_what_is_not_there(self, text: str, says: str) -> None:
        with pytest.raises(SourceError, match=says):
            first(text)

    def test_come_at_the_asked_rate(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [0.0]

        class Stop(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                now[0] += max(timeout or 0.0, 0.0)
                return False

        monkeypatch.setattr("nstcam.realtime.capture.screen.time.monotonic", lambda: now[0])
        times = []
        for _ in itertools.islice(read_screen(ScreenSpec(), Stop(), fps=50), 5):
            times.append(now[0])
            now[0] += 0.1 if len(times) == 3 else 0.005  # what reading and painting take
        assert times == pytest.approx([0.0, 0.02, 0.04, 0.14, 0.16]), "a late frame is not made up for"

    def test_a_screen_that_cannot_be_read_is_one_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(FakeMSS, "error", FakeScreenShotError("no\ndisplay"))
        with pytest.raises(SourceError, match=r"the screen cannot be read \(no display\); "):
            first("screen")


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mss", None)
    with pytest.raises(SourceError, match=r"pip install 'nstcam\[screen\]'"):
        list(open_source("screen"))


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An X server of 320x240; gives the file that its pixels lie in."""
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "320x240x24", "-nolisten", "tcp", "-fbdir", tmp_path],
        pass_fds=[write_end], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        monkeypatch.setenv("DISPLAY", f":{int(answer.readline())}")
    yield tmp_path / "Xvfb_screen0"
    server.terminate()
    server.wait(60)


def pixels_of(framebuffer: Path) -> Frame:
    """The desktop, to be written to; its fourth channel is not shown.

    In the X Window Dump format (XWDFile.h): numbers of 32 bits, big end first, then the colour map, then the pixels.
    """
    head = np.fromfile(framebuffer, ">u4", 25)
    size, width, height, row, colours = (int(head[place]) for place in (0, 4, 5, 12, 19))
    assert row == 4 * width
    return np.memmap(framebuffer, np.uint8, "r+", size + 12 * colours, (height, width, 4))


@pytest.mark.display
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
def test_a_region_of_a_real_screen(desktop: Path) -> None:
    pytest.importorskip("mss")
    pixels = pixels_of(desktop)
    pixels[:100, :100, :3], pixels[:100, 100:200, :3] = (250, 30, 20), (10, 240, 40)
    source = open_source("screen:120x64+40+16")
    frame = next(iter(source)).frame
    source.close()
    expected = np.empty((64, 120, 3), np.uint8)
    expected[:, :60], expected[:, 60:] = (250, 30, 20), (10, 240, 40)
    assert np.array_equal(frame, expected)
