from pathlib import Path

import numpy as np
import pytest

from nstcam.realtime.capture.player import Player
from nstcam.realtime.display.compare import Compare
from nstcam.realtime.effects.look import Look
from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.loop import run
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from tests.support.fakes.live import FakeOutput, FakeWindow, ListSource, StylizerFactory, frame_of, style_of
from tests.support.fakes.session import make_gallery

SIZE = (640, 480)


def test_frames_go_through_the_style_to_the_window() -> None:
    gallery, _ = make_gallery()
    window = FakeWindow()
    reading = run(ListSource([frame_of(50, 240, 320)] * 5, pace=0.03), Session(gallery), window, output_size=SIZE)
    assert 1 <= reading.frames == len(window.shown) <= 5
    assert (window.shown[0][:100] == 1).all(), "the picture above the status strip is the style's"
    assert (window.shown[0][-10:] != 1).any(), "the strip is drawn"
    assert window.was_closed


def test_large_frames_are_fitted_into_the_output_size() -> None:
    gallery, factory = make_gallery()
    window = FakeWindow()
    run(ListSource([frame_of(0, 400, 600)], pace=0.02), Session(gallery), window, output_size=(300, 300))
    assert window.shown[0].shape == (600, 900, 3), "a whole multiple, so that what is written can be read"
    assert factory.stylizers["one"].warmed[0] == (200, 300)
    assert (80, 120) in factory.stylizers["one"].warmed, "the smaller sizes are warm as well"


def test_keys_choose_styles_and_quit() -> None:
    gallery, _ = make_gallery()
    window = FakeWindow(keys=["2", *[-1] * 40, "q"])
    reading = run(ListSource([frame_of(50, 240, 320)] * 500, pace=0.02), Session(gallery), window, output_size=SIZE)
    assert window.shown[0][0, 0, 0] == 1
    assert window.shown[-1][0, 0, 0] == 2
    assert reading.frames < 400


def test_a_slow_style_does_not_hold_up_the_picture() -> None:
    gallery, factory = make_gallery(slow="two")
    window = FakeWindow(keys=["2"], shut_after=10)
    run(ListSource([frame_of(50, 240, 320)] * 500, pace=0.01), Session(gallery), window, output_size=SIZE)
    assert len(window.shown) == 10, "frames went on while the style was opening"
    assert all(frame[0, 0, 0] == 1 for frame in window.shown)
    factory.open.set()
    gallery.close()


def test_space_shows_the_original() -> None:
    gallery, _ = make_gallery()
    window = FakeWindow(keys=[" "], shut_after=8)
    run(ListSource([frame_of(50, 240, 320)] * 500, pace=0.02), Session(gallery), window, output_size=SIZE)
    assert window.shown[-1][0, 0, 0] == 50


def test_closing_the_window_ends() -> None:
    gallery, _ = make_gallery()
    source = ListSource([frame_of(50, 240, 320)] * 5000, pace=0.01)
    reading = run(source, Session(gallery), FakeWindow(shut_after=3), output_size=SIZE)
    assert reading.frames < 100
    assert source.closed


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


def test_frames_too_small_for_styles_are_one_clear_error() -> None:
    gallery, _ = make_gallery()
    with pytest.raises(SourceError, match="list gives frames of 31x20 at this size; styles need at least 32x32"):
        run(ListSource([frame_of(1, 40, 62)]), Session(gallery), None, output_size=(31, 31))


def test_without_a_window_frames_are_counted() -> None:
    gallery, _ = make_gallery()
    ticks: list[tuple[int, str]] = []
    reading = run(
        ListSource([frame_of(50, 240, 320)] * 100, pace=0.01), Session(gallery), None,
        output_size=SIZE, frames=3, tick=lambda r, device: ticks.append((r.frames, device)),
    )  # fmt: skip
    assert reading.frames == 3
    assert ticks == [(1, "FAKE"), (2, "FAKE"), (3, "FAKE")]


def test_a_source_that_fails_is_an_error_after_its_last_frame() -> None:
    gallery, _ = make_gallery()
    window = FakeWindow()
    with pytest.raises(SourceError, match="unplugged"):
        run(ListSource([frame_of(1)], 0.02, SourceError("unplugged")), Session(gallery), window, output_size=SIZE)
    assert len(window.shown) == 1
    assert window.was_closed


def test_the_original_is_no_reason_for_a_larger_painting() -> None:
    seen: list[int] = []

    class Watching:
        def obey(self, session: Session, reading: Reading) -> None:
            seen.append(session.look.coarser)

    gallery, _ = make_gallery()
    gallery.toggle_bypass()
    frames = [frame_of(n % 250) for n in range(150)]
    session = Session(gallery, look=Look(coarser=1), target_fps=15)
    run(ListSource(frames, 0.002), session, output_size=SIZE, frames=90, remote=Watching())
    assert set(seen) == {1}


def test_full_screen_is_kept_for_those_who_save_settings_without_a_window() -> None:
    asked: list[bool] = []

    class Watching:
        def obey(self, session: Session, reading: Reading) -> None:
            asked.append(session.fullscreen)

    gallery, _ = make_gallery()
    run(ListSource([frame_of(50)]), Session(gallery, fullscreen=True), output_size=SIZE, remote=Watching())
    assert all(asked)
    assert asked


def test_the_preview_begins_as_asked() -> None:
    gallery, _ = make_gallery()
    window = FakeWindow(keys="w")
    saved: list[Session] = []

    def save(session: Session) -> str:
        saved.append(session)
        return "saved"

    frames = [frame_of(50, 240, 320)] * 50
    session = Session(gallery, compare=Compare.SIDES, hud=False, fullscreen=True, save=save)
    run(ListSource(frames, pace=0.02), session, window, output_size=SIZE, frames=10)
    assert window.fullscreen
    assert [(session.compare, session.hud, session.fullscreen) for session in saved] == [(Compare.SIDES, False, True)]
    assert (window.shown[-1][:, 310] != window.shown[-1][:, 330]).any(), "original and painted side by side"


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
