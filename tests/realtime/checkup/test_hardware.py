"""Tests what nstcam doctor measures, on a clock that moves by itself."""

import itertools
import time

import numpy as np
import pytest

from nstcam.realtime.capture.cameras import CameraInfo
from nstcam.realtime.checkup import hardware
from nstcam.realtime.engine.devices import CPU, DEVICES
from nstcam.realtime.errors import SourceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.video.encoding.encoder import Encoder
from nstcam.realtime.video.encoding.encoders import CODECS, ENCODERS
from tests.support.fakes.live import FakeStylizer, PlainCapture, frame_of, style_of


@pytest.fixture
def _ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock moves it by 30 ms."""
    ticks = itertools.count(100)
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks) * 0.03)


@pytest.mark.usefixtures("_ticking")
def test_milliseconds_are_those_of_one_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Frame] = []

    class Watching(FakeStylizer):
        def __init__(self, style: Style, device: str) -> None:
            super().__init__()

        def stylize(self, frame: Frame, *_: object) -> Frame:
            seen.append(frame)
            return frame

    monkeypatch.setattr(hardware, "Stylizer", Watching)
    monkeypatch.setattr(hardware, "DEVICES", {"cpu": CPU})
    monkeypatch.setattr(hardware, "list_styles", lambda **_: [style_of("one")])
    (finding,) = hardware.devices()
    assert (finding.state, finding.text) == ("ok", "10.0 ms a frame of 640x480 in style one")
    assert [frame.shape for frame in seen] == [(480, 640, 3)] * 3
    assert not any(np.array_equal(a, b) for a, b in itertools.combinations(seen, 2)), "it might be stuck on its first"
    software = next(encoder for encoder in ENCODERS if encoder.name == "libx264")
    assert hardware.encode(software) == pytest.approx(3.0)


def test_without_a_style_no_device_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "list_styles", lambda **_: [])
    assert list(hardware.devices()) == []


@pytest.mark.parametrize(("levels", "state"), [(4, "ok"), (5, "fault")])
def test_a_device_may_be_four_levels_from_the_cpu(monkeypatch: pytest.MonkeyPatch, levels: int, state: str) -> None:
    monkeypatch.setattr(hardware, "Stylizer", lambda _, device: FakeStylizer(100 + levels * (device == "coreml")))
    monkeypatch.setattr(hardware, "DEVICES", {name: DEVICES[name] for name in ("cpu", "coreml")})
    monkeypatch.setattr(hardware, "missing", lambda _: None)
    assert [finding.state for finding in hardware.devices()] == ["ok", state]


@pytest.mark.parametrize("works", [True, False])
def test_encoders_are_told_by_codec(monkeypatch: pytest.MonkeyPatch, *, works: bool) -> None:
    def encode(_: Encoder) -> float:
        if not works:
            raise ValueError("not built in")
        return 2.5

    monkeypatch.setattr(hardware, "encode", encode)
    for codec, finding in zip(CODECS, hardware.encoders(), strict=True):
        names = [encoder.name for encoder in ENCODERS if encoder.codec == codec]
        if works:
            assert (finding.state, finding.text) == ("ok", ", ".join(f"{name} 2.5 ms" for name in names))
        else:
            assert finding.state == ("fault" if codec == "h264" else "hint")
            assert finding.text == f"no encoder works; not available: {', '.join(names)}"


class Camera(PlainCapture):
    def __init__(self, *, works: bool) -> None:
        self.works = works

    def read(self) -> tuple[bool, Frame]:
        return self.works, frame_of(0)


def test_a_camera_is_tried_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: dict[int, Camera] = {1: Camera(works=True), 2: Camera(works=False)}
    monkeypatch.setattr(hardware, "open_camera", opened.__getitem__)
    assert hardware.try_camera(1).endswith(" fps")
    with pytest.raises(SourceError, match="no frames came"):
        hardware.try_camera(2)
    assert all(camera.released for camera in opened.values())
    for found, expected in (([], [("camera", "hint")]), ([CameraInfo(1, "a")], [('camera 1 "a"', "ok")])):
        monkeypatch.setattr(hardware, "list_cameras", lambda found=found: found)
        assert [(one.what, one.state) for one in hardware.cameras(hardware.try_camera)] == expected
