"""Tests putting a better style in the place of one while the picture goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks.tools.waiting import until
from nstcam.realtime.errors import StyleError
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.style_files.style import Style
from tests.support.fakes.live import FakeStylizer, frame_of, style_of

PAINTS = {"one.onnx": 10, "two.onnx": 20, "better.onnx": 110, "best.onnx": 210}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Opened:
    """Opens styles that paint what their file says, and remembers them."""

    def __init__(self) -> None:
        self.by_file: dict[str, FakeStylizer] = {}

    def __call__(self, style: Style) -> FakeStylizer:
        if style.path.name == "broken.onnx":
            raise StyleError("no such luck")
        return self.by_file.setdefault(style.path.name, FakeStylizer(PAINTS[style.path.name]))


def make(fade: float = 0.0) -> tuple[Gallery, Opened, Clock]:
    opened, clock = Opened(), Clock()
    return Gallery([style_of("one"), style_of("two")], opened, fade=fade, clock=clock), opened, clock


def better(file: str = "better", of: str = "one") -> Style:
    return replace(style_of(of), path=Path(f"{file}.onnx"))


def value(gallery: Gallery) -> int:
    return int(gallery.stylize(frame_of(0)).frame[0, 0, 0])


def test_the_old_one_fades_into_the_better_one_and_is_closed_then() -> None:
    gallery, opened, clock = make(fade=1.0)
    gallery.prepare((48, 64))
    before = gallery.recipe()
    gallery.renew(0, better())
    until(lambda: gallery.current.path.name == "better.onnx")
    assert opened.by_file["better.onnx"].warmed == [(48, 64)]
    assert value(gallery) == 10, "the fade begins with the old one"
    assert gallery.fading
    clock.now = 0.5
    assert value(gallery) == 60
    assert not opened.by_file["one.onnx"].closed
    clock.now = 1.0
    assert value(gallery) == 110
    assert opened.by_file["one.onnx"].closed
    assert gallery.recipe() != before, "a still picture must be painted again"
    assert gallery.recipe() == gallery.recipe_of(0)
    gallery.close()
    assert opened.by_file["better.onnx"].closed


def test_one_after_the_other_during_a_fade() -> None:
    gallery, opened, clock = make(fade=1.0)
    gallery.renew(0, better())
    until(lambda: gallery.current.path.name == "better.onnx")
    clock.now = 0.5
    gallery.renew(0, better("best"))
    until(lambda: gallery.current.path.name == "best.onnx")
    assert value(gallery) == 60
    clock.now = 1.0
    assert value(gallery) == 135
    clock.now = 1.5
    assert value(gallery) == 210
    assert [name for name, each in opened.by_file.items() if each.closed] == ["one.onnx", "better.onnx"]
    gallery.close()


def test_in_a_blend_its_share_stays() -> None:
    gallery, _, _ = make()
    gallery.blend(1, 0.5)
    until(lambda: value(gallery) == 15)
    gallery.renew(0, better())
    until(lambda: value(gallery) == 65)
    gallery.close()


def test_the_original_is_shown_on_and_afterwards_the_better_one() -> None:
    gallery, opened, clock = make(fade=1.0)
    gallery.toggle_bypass()
    gallery.renew(0, better())
    until(lambda: gallery.current.path.name == "better.onnx")
    assert value(gallery) == 0
    gallery.toggle_bypass()
    assert value(gallery) == 10
    clock.now = 2.0
    assert value(gallery) == 110
    assert opened.by_file["one.onnx"].closed
    gallery.close()


def test_one_that_is_not_open_is_opened_as_the_better_one() -> None:
    gallery, opened, _ = make()
    gallery.renew(1, better(of="two"))
    until(lambda: gallery.styles[1].path.name == "better.onnx")
    gallery.select(1)
    until(lambda: value(gallery) == 110)
    assert "two.onnx" not in opened.by_file
    gallery.close()


def test_one_that_cannot_be_opened_leaves_the_old_one_and_a_message() -> None:
    gallery, _, _ = make()
    gallery.renew(0, better("broken"))
    said: list[str] = []

    def any_message() -> bool:
        said.extend(gallery.take_messages())
        return bool(said)

    until(any_message)
    assert said == ["what was learnt of one cannot be shown: no such luck"]
    assert value(gallery) == 10
    gallery.close()
