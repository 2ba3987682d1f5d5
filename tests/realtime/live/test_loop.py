import pytest

from nstcam.realtime.display.compare import Compare
from nstcam.realtime.effects.look import Look
from nstcam.realtime.errors import SourceError
from nstcam.realtime.live.loop import run
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from tests.support.fakes.live import FakeWindow, ListSource, frame_of
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
