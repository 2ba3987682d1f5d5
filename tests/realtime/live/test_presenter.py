"""Tests what the main thread does with frames: it reads keys meanwhile, and ends the recording with the clip."""

from pathlib import Path

import numpy as np
import pytest

from nstcam.realtime.capture.player import Player
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.loop import run
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from tests.support.fakes.live import FakeOutput, FakeWindow, ListSource, StylizerFactory, frame_of, style_of
from tests.support.fakes.session import make_gallery

SIZE = (640, 480)


def test_a_snapshot_has_no_status_on_it_and_is_not_mirrored(tmp_path: Path) -> None:
    import cv2

    gallery, _ = make_gallery()
    frame = frame_of(0, 240, 320)
    frame[:, :10] = 200
    gallery.toggle_bypass()
    window = FakeWindow(keys=["s"], shut_after=4)
    run(ListSource([frame] * 100, pace=0.02), Session(gallery, tmp_path, mirror=True), window, output_size=SIZE)
    (path,) = tmp_path.glob("*.png")
    assert np.array_equal(np.asarray(cv2.imread(str(path))), frame)
    assert window.shown[0][0, -1, 0] == 200, "the preview is mirrored"


def test_a_snapshot_that_fails_is_said_and_the_show_goes_on(tmp_path: Path) -> None:
    gallery, _ = make_gallery()
    window = FakeWindow(keys=["s"], shut_after=6)
    frames = [frame_of(0, 240, 320)] * 100
    reading = run(ListSource(frames, pace=0.02), Session(gallery, tmp_path / "missing"), window, output_size=SIZE)
    assert reading.frames >= 5, "a key may have had one of the six pictures drawn again"


def test_keys_are_obeyed_that_come_while_a_frame_is_written_and_drawn() -> None:
    """The window remembers one key, as OpenCV does, and two come with each frame: while it is written and while it is
    drawn."""

    class Forgetful(FakeWindow):
        last = -1

        def type(self) -> None:
            if self.keys:
                self.last = ord(str(self.keys.pop(0)))

        def show(self, frame: Frame) -> None:
            super().show(frame)
            self.type()

        def poll(self) -> int:
            key, self.last = self.last, -1
            return key

    class Typing(FakeOutput):
        on = True

        def write(self, frame: Frame, seconds: float) -> None:
            window.type()

    names = tuple(f"s{number}" for number in range(9))
    gallery = Gallery([style_of(name) for name in names], StylizerFactory(names))
    window, session = Forgetful(keys="[" * 9), Session(gallery)
    session.recorder = Typing()
    run(ListSource([frame_of(50)] * 200, pace=0.005), session, window, output_size=SIZE, frames=12)
    assert window.keys == []
    assert session.look.strength == pytest.approx(0.1)


def test_a_clip_that_ends_stays_in_the_window_ends_its_recording_and_is_played_again_with_space() -> None:
    class Recording(FakeOutput):
        def close(self) -> str:
            if not self.on:
                return ""
            self.on = False
            return "saved out.mp4"

    recorder, told, messages = Recording(), list[str](), list[str]()
    recorder.on = True
    player = Player(lambda: ListSource([frame_of(9, 240, 320), frame_of(50, 240, 320)], pace=0.05), hold=True)

    class Watching:
        def obey(self, session: Session, reading: Reading) -> None:
            if session.message not in messages:
                messages.append(session.message)
            if session.ended and not recorder.on and " " not in window.keys and len(plays) < 2:
                plays.append(len(recorder.frames))
                window.keys.append(" ")

    plays: list[int] = []
    window = FakeWindow()
    gallery, _ = make_gallery()
    gallery.toggle_bypass()
    session = Session(gallery, recorder=recorder, play_again=player.again)
    run(
        player, session, window, output_size=SIZE, remote=Watching(), tell=told.append,
        stop=lambda: len(plays) == 2 and session.ended and len(window.shown) > 40,
    )  # fmt: skip
    assert told == ["saved out.mp4", ""]
    assert "saved out.mp4; ended, space plays again" in messages
    values = [int(frame[0, 0, 0]) for frame in window.shown]
    assert values[-1] == 50
    assert 9 in values[values.index(50) :], "it was played again"
    assert session.gallery.bypass, "space did not switch to the style"


def test_a_recording_that_cannot_be_finished_does_not_end_the_show() -> None:
    class Broken(FakeOutput):
        def close(self) -> str:
            if not self.on:
                return ""
            self.on = False
            raise SinkError("disk full; free some space")

    recorder, told = Broken(), list[str]()
    recorder.on = True
    player = Player(lambda: ListSource([frame_of(9)] * 2), hold=True)
    gallery, _ = make_gallery()
    run(player, Session(gallery, recorder=recorder), FakeWindow(shut_after=9), output_size=SIZE, tell=told.append)
    assert told == ["disk full; free some space", ""]
