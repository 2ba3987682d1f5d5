from collections.abc import Sequence
from dataclasses import replace

import pytest

from nstcam.realtime.display import hud
from nstcam.realtime.display.picker import Cell
from nstcam.realtime.display.window import Pointer
from nstcam.realtime.live.preview import enlarged, picture
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.style_files.style_preview import preview_of
from tests.support.fakes.live import FakeOutput, frame_of


@pytest.mark.parametrize(
    ("hw", "expected"),
    [((480, 640), (480, 640)), ((96, 128), (480, 640)), ((77, 640), (231, 1920)), ((40, 2000), (40, 2000))],
)
def test_small_pictures_are_enlarged_but_not_beyond_screens(hw: tuple[int, int], expected: tuple[int, int]) -> None:
    assert enlarged(frame_of(90, *hw)).shape[:2] == expected


def test_the_strip_shows_which_outputs_are_on(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[bool, bool]] = []
    monkeypatch.setattr(hud, "draw", lambda _, status: drawn.append((status.recording, status.sending)))

    def show() -> None:
        assert session.last is not None
        picture(session.last, session, Reading(), Pointer())

    recorder, camera = FakeOutput(), FakeOutput()
    for session.recorder, session.virtual_camera in ((None, None), (recorder, None), (None, camera)):
        show()
    recorder.on = camera.on = True
    for session.recorder, session.virtual_camera in ((None, None), (recorder, None), (None, camera)):
        show()
    assert drawn == [(False, False)] * 4 + [(True, False), (False, True)]


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("plain", [False, True])
def test_pictures_of_a_camera_are_mirrored_but_no_cards(
    session: Session, monkeypatch: pytest.MonkeyPatch, mirror: bool, plain: bool
) -> None:
    assert session.last is not None
    frame = frame_of(0, 480, 640)
    frame[:, :320] = 200
    captured = replace(session.last.captured, plain=plain)
    painted = session.last._replace(original=frame, frame=frame, captured=captured)
    monkeypatch.setattr(hud, "draw", lambda *_: None)
    session.mirror = mirror
    shown = picture(painted, session, Reading(), Pointer())
    assert shown[240, 10, 0] == (0 if mirror and not plain else 200)


@pytest.mark.parametrize("presses", [1, 2], ids=["strip", "grid"])
def test_styles_show_their_previews_until_they_are_painted(
    session: Session, monkeypatch: pytest.MonkeyPatch, presses: int
) -> None:
    monkeypatch.setattr(hud, "draw", lambda *_: None)
    session.mirror = True
    grey = preview_of(frame_of(200, 240, 320))
    for index in (1, 2):
        session.gallery.rename(index, replace(session.gallery.styles[index], preview=grey))
    for _ in range(presses):
        session.picker.cycle()
    drawn: list[Sequence[Cell]] = []
    monkeypatch.setattr(session.picker, "drawn", lambda cells, _: drawn.append(cells))
    assert session.last is not None
    frame = frame_of(90, 480, 640)
    painted = session.last._replace(original=frame, frame=frame, cells={2: frame_of(10, 160, 213)})
    shown = picture(painted, session, Reading(), Pointer())
    middles = [(cell.top + cell.height // 2, cell.left + cell.width // 2) for cell in drawn[0]]
    assert [int(shown[at][0]) for at in middles] == pytest.approx([30, 200, 10], abs=2)


def test_nothing_at_all_is_drawn_on_a_clean_picture(session: Session) -> None:
    assert session.last is not None
    frame = frame_of(90, 480, 640)
    painted = session.last._replace(original=frame, frame=frame)
    recorder = session.recorder = FakeOutput()
    recorder.on = True
    session.say("saved something")
    session.gallery.select(2)
    session.hud, session.clean = False, True
    assert (picture(painted, session, Reading(), Pointer(0.5, 0.99)) == 90).all()
    session.help = True
    assert (picture(painted, session, Reading(), Pointer())[:, :300] != 90).any(), "a key asked for it"
    session.help, session.clean = False, False
    assert (picture(painted, session, Reading(), Pointer()) != 90).any()
