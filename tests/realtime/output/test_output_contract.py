"""Tests the contract that every output of live frames keeps: recordings, the virtual camera, streams, snapshots."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame
from nstcam.realtime.output.recorder import Recorder
from nstcam.realtime.output.snapshot import save_snapshot
from nstcam.realtime.output.stream import Stream
from nstcam.realtime.output.stream_address import destination_of
from nstcam.realtime.output.switch import Output
from nstcam.realtime.output.virtual_camera import VirtualCamera
from tests.support.fakes.live import frame_of
from tests.support.fakes.virtual_camera import FakeCamera, install_fake_pyvirtualcam, opened
from tests.support.media.clips import look, quadrants
from tests.support.network.stream_server import StreamServer, pictures


@dataclass
class Kind:
    """How to make an output that is off, one that cannot be switched on, and how to break one that is on."""

    make: Callable[[], Output]
    make_impossible: Callable[[], Output]
    break_: Callable[[Output], None]
    arrived: Callable[[], int]
    """Frames that came out at its end, once it is closed."""


def recorder(folder: Path, _: pytest.MonkeyPatch) -> Kind:
    return Kind(
        lambda: Recorder(None, folder),
        lambda: Recorder(None, folder / "nowhere"),
        lambda output: output.write(frame_of(1, 1, 1), 0.5),  # too small for any encoder
        lambda: sum(len(look(path).times) for path in folder.glob("*.mp4")),
    )


def virtual_camera(_: Path, monkeypatch: pytest.MonkeyPatch) -> Kind:
    install_fake_pyvirtualcam(monkeypatch)
    return Kind(
        lambda: VirtualCamera(size_wh=(160, 90)),
        lambda: VirtualCamera("absent"),
        lambda _: monkeypatch.setattr(FakeCamera, "device", "gone"),
        lambda: sum(len(camera.frames) for camera in opened),
    )


def stream(_: Path, monkeypatch: pytest.MonkeyPatch) -> Kind:
    server = StreamServer()

    def impossible() -> Output:
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        return Stream(destination_of(server.url))

    def arrived() -> int:
        assert server.ended.acquire(timeout=60)
        server.close()
        return len(pictures(bytes(server.taken[0])))

    return Kind(
        lambda: Stream(destination_of(server.url)),
        impossible,
        lambda output: output.write(frame_of(1, 1, 1), 0.5),
        arrived,
    )


@pytest.fixture(params=[recorder, virtual_camera, stream], ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kind:
    made: Kind = request.param(tmp_path, monkeypatch)
    return made


def test_the_switch_tells_what_it_did(kind: Kind) -> None:
    output = kind.make()
    assert not output.on
    for on in (True, False, True):
        said = output.toggle()
        assert output.on is on
        assert said.strip()
        assert "\n" not in said
    output.close()
    assert not output.on


def test_frames_count_while_it_is_on_and_only_then(kind: Kind) -> None:
    output = kind.make()
    output.write(quadrants(), 0.0)
    output.toggle()
    for number in range(3):
        output.write(quadrants(), 1 + number / 30)
    output.close()
    output.write(quadrants(), 2.0)
    assert kind.arrived() == 3


def test_frames_of_any_size_are_taken_and_left_as_they_were(kind: Kind) -> None:
    output = kind.make()
    output.toggle()
    frames = [frame_of(90, *size) for size in ((48, 64), (47, 65), (200, 33))]
    for number, frame in enumerate(frames):
        output.write(frame, number / 30)
    output.close()
    assert kind.arrived() == 3
    assert all((frame == 90).all() for frame in frames)


def test_closed_twice_it_says_nothing_and_leaves_no_thread(kind: Kind) -> None:
    threads = set(threading.enumerate())
    output = kind.make()
    assert output.close() == "", "it never was on"
    output.toggle()
    output.write(quadrants(), 0.0)
    assert output.close().strip()
    assert output.close() == ""
    assert set(threading.enumerate()) <= threads


def test_what_cannot_be_switched_on_is_one_line_and_stays_off(kind: Kind) -> None:
    output = kind.make_impossible()
    with pytest.raises(SinkError) as caught:
        output.toggle()
    assert "\n" not in str(caught.value)
    assert ";" in str(caught.value), "what happened; what to do"
    assert not output.on
    output.write(quadrants(), 0.0)
    assert output.close() == ""


def test_what_fails_on_the_way_is_one_line_and_off_from_then_on(kind: Kind) -> None:
    output = kind.make()
    output.toggle()
    failures: list[SinkError] = []

    def fails() -> bool:
        try:
            output.write(quadrants(), 1.0)
        except SinkError as error:
            failures.append(error)
        return bool(failures)

    kind.break_(output)
    until(fails)
    assert "\n" not in str(failures[0])
    assert ";" in str(failures[0])
    assert not output.on
    output.write(quadrants(), 2.0)
    assert output.close() == ""


@pytest.mark.parametrize("picture", [quadrants(), frame_of(90, 47, 65), frame_of(90, 1, 1)])
def test_a_snapshot_leaves_the_frame_and_earlier_files_alone(tmp_path: Path, picture: Frame) -> None:
    before = picture.copy()
    paths = [save_snapshot(picture, "wave", tmp_path) for _ in range(3)]
    assert (picture == before).all()
    assert len(set(paths)) == 3
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_a_snapshot_that_cannot_be_saved_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SinkError) as caught:
        save_snapshot(quadrants(), "wave", tmp_path / "nowhere")
    assert "\n" not in str(caught.value)
    assert ";" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
