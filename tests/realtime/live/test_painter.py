import time
from dataclasses import replace
from itertools import count, pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.effects.look import Look
from nstcam.realtime.frame import Frame, resize
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.painter import Painter
from nstcam.realtime.stylizing import UNMOVED, Offset
from tests.support.fakes.live import FakeStylizer, frame_of, style_of
from tests.support.media.clips import texture


class Counting(FakeStylizer):
    """Paints 255 - frame and remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Frame] = []
        self.offsets: list[Offset] = []

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        self.seen.append(frame)
        self.offsets.append(canvas_offset)
        return super().stylize(frame)


def make(look: Look | None = None, output_size: tuple[int, int] = (640, 480)) -> tuple[Painter, Counting, list[Look]]:
    stylizer, looks = Counting(), [look or Look()]
    gallery = Gallery([style_of("one")], lambda _: stylizer)
    return Painter(gallery, output_size, lambda: looks[0], "test"), stylizer, looks


def captured(frame: Frame) -> Captured:
    return Captured(frame, time.monotonic(), 0)


def test_strength_mixes_the_original_in() -> None:
    painter, _, looks = make(Look(strength=0.5))
    assert (np.abs(painter.paint(captured(frame_of(55))).frame.astype(int) - 128) <= 1).all()
    looks[0] = Look(strength=0)
    assert (painter.paint(captured(frame_of(55))).frame == 55).all()


def test_a_dark_frame_is_painted_brighter_and_shown_as_it_is() -> None:
    painter, stylizer, looks = make(Look(brighten=True, cells=(0,), across=5))
    frame = frame_of(50)
    painted = painter.paint(captured(frame))
    assert (stylizer.seen[0] > 80).all()
    assert (painted.frame < 175).all()
    assert (painted.original == 50).all()
    assert (painted.cells[0] < 175).all(), "the pictures to choose from are as light"
    looks[0] = Look(brighten=True, strength=0)
    assert (painter.paint(captured(frame)).frame == 50).all()
    looks[0] = Look(brighten=False)
    assert (painter.paint(captured(frame)).frame == 205).all(), "the change is seen at once"


def test_words_for_people_are_not_painted() -> None:
    painter, stylizer, looks = make(Look(steady=0.7))
    painter.paint(captured(frame_of(50)))
    looks[0] = Look(steady=0.7, cells=(0,), across=5)
    words = painter.paint(Captured(frame_of(12), time.monotonic(), 1, plain=True))
    assert (words.frame == 12).all()
    assert (words.style, words.cells) == (None, {})
    looks[0] = Look(steady=0.7)
    assert (painter.paint(captured(frame_of(50))).frame == 205).all(), "and the next frame is as ever"
    assert len(stylizer.seen) == 2


def test_the_network_rests_while_nothing_changes() -> None:
    painter, stylizer, _ = make()
    frames = [painter.paint(captured(frame_of(50))) for _ in range(5)]
    assert len(stylizer.seen) == 1
    assert [frame.fresh for frame in frames] == [True, False, False, False, False]
    assert (frames[-1].frame == 205).all()
    spot = frame_of(50)
    spot[20:24, 20:24] += 3
    assert painter.paint(captured(spot)).fresh, "the slightest thing that is no rounding is painted"


def test_everything_rests_once_the_picture_has_settled() -> None:
    """Steadiness first follows to the end, where nothing changes any more."""
    painter, stylizer, looks = make(Look(steady=0.8))
    painter.paint(captured(frame_of(50)))
    frames = [painter.paint(captured(frame_of(54))) for _ in range(60)]
    assert len(stylizer.seen) == 2
    assert np.abs(frames[-1].frame.astype(int) - 201).max() <= 2, "what was painted last"
    assert frames[-1].frame is frames[-2].frame
    assert frames[-1].captured is not frames[-2].captured, "it has its own time"
    looks[0] = Look(steady=0.8, strength=0.5)
    assert np.abs(painter.paint(captured(frame_of(54))).frame.astype(int) - 127).max() <= 2, "a turned knob counts"
    looks[0] = Look()
    assert (painter.paint(captured(frame_of(54))).frame == 201).all()
    assert painter.paint(captured(frame_of(90))).fresh


def test_slow_changes_add_up() -> None:
    """Light that rises by a third of a level a frame never differs from the frame before."""
    painter, _, _ = make()
    for step in range(30):
        frame = frame_of(50)
        frame[::3, :] += np.uint8(step // 3)
        frame[1::3, :] += np.uint8((step + 1) // 3)
        frame[2::3, :] += np.uint8((step + 2) // 3)
        shown = painter.paint(captured(frame)).frame
    assert abs(float(shown.mean()) - (255 - float(frame.mean()))) < 1.5


@pytest.mark.parametrize(
    ("look", "painting_hw"),
    [
        (Look(), (240, 320)),
        (Look(coarser=2), (160, 214)),
        (Look(stroke_scale=3.3), (120, 160)),
        (Look(stroke_scale=3.3, coarser=1), (96, 128)),
        (Look(coarser=9), (96, 128)),
    ],
)
def test_the_painting_may_be_smaller_but_never_what_is_put_out(look: Look, painting_hw: tuple[int, int]) -> None:
    painter, stylizer, _ = make(look, output_size=(320, 240))
    painted = painter.paint(captured(frame_of(50, 480, 640)))
    assert stylizer.seen[-1].shape == (*painting_hw, 3)
    assert painted.size_hw == painted.sizes_hw[min(look.coarser, 4)] == painting_hw
    assert painted.frame.shape == painted.original.shape == (240, 320, 3)
    assert (painted.frame == 205).all()


def test_the_original_is_as_sharp_as_the_camera_whatever_the_strokes() -> None:
    painter, _, _ = make(Look(stroke_scale=3.3, steady=0.8))
    gallery = painter._gallery
    assert isinstance(gallery, Gallery)
    gallery.toggle_bypass()
    frame = texture(240, 320)
    assert painter.paint(captured(frame)).frame is frame


def test_what_is_enlarged_is_steadied_at_its_full_size() -> None:
    """The camera's noise comes back with the detail."""
    rng, clean, shown = np.random.default_rng(0), texture(240, 320), []
    painter, _, looks = make(Look(stroke_scale=3.3))
    for steady in (0.0, 0.8):
        looks[0] = Look(stroke_scale=3.3, steady=steady)
        for _ in range(8):
            noisy = np.clip(clean + rng.normal(0, 4, clean.shape), 0, 255).astype(np.uint8)
            shown.append(painter.paint(captured(noisy)).frame.astype(float))
    steps = [np.abs(after - before).mean() for before, after in pairwise(shown)]
    assert np.mean(steps[11:]) < np.mean(steps[:7]) / 3


def test_another_style_is_not_smoothed_into_the_old() -> None:
    gallery = Gallery(
        [style_of("one"), style_of("two")], lambda s: FakeStylizer(10 if s.name == "one" else 200), fade=0
    )
    painter = Painter(gallery, (640, 480), lambda: Look(steady=0.9), "test")
    painter.paint(captured(frame_of(50)))
    gallery.select(1)
    until(lambda: gallery.current.name == "two")
    assert (painter.paint(captured(frame_of(50))).frame == 200).all()
    gallery.close()


def test_cells_are_small_pictures_of_the_styles_that_are_wanted_and_open() -> None:
    gallery = Gallery([style_of("one"), style_of("two")], lambda s: FakeStylizer(10 if s.name == "one" else 200))
    looks = [Look()]
    painter = Painter(gallery, (640, 480), lambda: looks[0], "test")
    frame = frame_of(50, 240, 320)
    assert painter.paint(captured(frame)).cells == {}
    looks[0] = Look(cells=(0, 1), across=3)
    until(lambda: painter.paint(captured(frame)).cells)
    cells = painter.paint(captured(frame)).cells
    assert (list(cells), cells[0].shape) == ([0], (80, 106, 3))
    gallery.want_all(True)
    until(lambda: 1 in painter.paint(captured(frame)).cells)
    assert [int(cell[0, 0, 0]) for cell in painter.paint(captured(frame)).cells.values()] == [10, 200]
    gallery.close()


def test_cells_look_as_the_large_picture_would() -> None:
    scene = texture(240, 320)
    for look in (Look(strength=0.3), Look(keep_colors=True), Look(strength=0.0)):
        painter, *_ = make(replace(look, cells=(0,), across=3))
        until(lambda painter=painter: painter.paint(captured(scene)).cells)  # type: ignore[misc]
        painted = painter.paint(captured(scene))
        assert np.abs(resize(painted.frame, (106, 80)).astype(float) - painted.cells[0]).mean() < 2


def test_a_camera_that_changes_its_size_is_painted_in_its_new_size() -> None:
    painter, *_ = make(Look(steady=0.8, cells=(0,), across=3))
    for height, width in ((240, 320), (180, 320), (200, 200)):
        for _ in range(2):
            painted = painter.paint(captured(texture(height, width)))
        assert painted.frame.shape == painted.original.shape == (height, width, 3)
        assert painted.size_hw == (height, width)
        assert np.abs(painted.frame.astype(int) - (255 - texture(height, width))).max() <= 2, "nothing of the old size"


def panned(frames: int) -> list[Frame]:
    scene = texture(120, 400)
    return [np.ascontiguousarray(scene[:, 200 - 4 * i : 360 - 4 * i]) for i in range(frames)]


def follow(look: Look, *, has_canvas: bool = True) -> list[tuple[int, Offset]]:
    """Width and offset of everything that a pan makes the style paint."""
    stylizer = Counting()
    gallery = Gallery([replace(style_of("one"), has_canvas=has_canvas)], lambda _: stylizer)
    painter = Painter(gallery, (640, 480), lambda: look, "test")
    for frame in panned(12):
        painter.paint(captured(frame))
    return [(frame.shape[1], offset) for frame, offset in zip(stylizer.seen, stylizer.offsets, strict=True)]


def test_the_canvas_goes_with_the_scene() -> None:
    offsets = [offset for _, offset in follow(Look())]
    assert [offset.columns for offset in offsets] == pytest.approx(range(0, 48, 4), abs=1)
    assert {offset.rows for offset in offsets} == {0}
    assert set(follow(Look(follow=False))) == {(160, UNMOVED)}
    assert set(follow(Look(), has_canvas=False)) == {(160, UNMOVED)}


def test_times_of_stylizing_and_of_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes between each two looks at the clock: the rest is before and after stylizing."""
    clock = SimpleNamespace(monotonic=count(start=10.0).__next__)
    monkeypatch.setattr("nstcam.realtime.live.painter.time", clock)
    painter, _, looks = make()
    painted = painter.paint(Captured(frame_of(55), 0.0, 0))
    assert (painted.ms, painted.rest_ms, painted.fresh) == (1000, 2000, True)
    looks[0] = Look(strength=0.5)
    painted = painter.paint(Captured(frame_of(55), 0.0, 1))
    assert (painted.ms, painted.rest_ms, painted.fresh) == (1000, 0, False), "the painting is used again"
    painted = painter.paint(Captured(frame_of(55), 0.0, 2, plain=True))
    assert (painted.style, painted.fresh) == (None, True)
