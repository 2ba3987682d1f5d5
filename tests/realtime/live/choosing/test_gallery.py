"""Tests which style is shown, and what is said about it."""

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.errors import StyleError
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.stylizing import Slower
from tests.support.fakes.live import FakeStylizer, StylizerFactory, frame_of, style_of

NAMES = ("one", "two", "three")


def make(slow: str = "", broken: str = "") -> tuple[Gallery, StylizerFactory]:
    factory = StylizerFactory(NAMES, slow, broken)
    return Gallery([style_of(n) for n in NAMES], factory, fade=0), factory


def value(gallery: Gallery) -> int:
    return int(gallery.stylize(frame_of(0)).frame[0, 0, 0])


def test_starts_with_the_first_and_opens_no_other() -> None:
    gallery, factory = make()
    assert value(gallery) == 1
    assert list(factory.stylizers) == ["one"]
    gallery.close()


def test_next_and_previous_go_around() -> None:
    gallery, _ = make()
    gallery.step(-1)
    until(lambda: gallery.current.name == "three")
    gallery.step(1)
    until(lambda: gallery.current.name == "one")
    gallery.close()


def test_a_first_style_that_fails_is_an_error() -> None:
    with pytest.raises(StyleError, match="no such luck"):
        make(broken="one")


def test_bypass_gives_the_very_frame() -> None:
    gallery, _ = make()
    gallery.toggle_bypass()
    frame = frame_of(9)
    stylized = gallery.stylize(frame)
    assert stylized.frame is frame
    assert stylized.style is None
    gallery.select(0)
    assert value(gallery) == 1, "choosing a style ends bypass"
    gallery.close()


def test_a_style_whose_frames_are_slower_than_they_could_be_is_told_once() -> None:
    gallery, factory = make()
    two = factory.stylizers["two"] = FakeStylizer(2)
    two.slower_once_warm = Slower("Pad runs on the CPU", "export it anew")
    gallery.prepare((48, 64))
    assert (gallery.take_messages(), gallery.slower) == ([], False)
    gallery.select(1)
    until(lambda: gallery.current.name == "two")
    assert gallery.take_messages() == ["two is slower: Pad runs on the CPU; export it anew"]
    assert gallery.slower, "and the badge of the device says it as long as the style is shown"
    gallery.prepare((96, 128))
    assert gallery.take_messages() == []
    gallery.close()


def test_a_digit_beyond_the_list_is_said() -> None:
    gallery, _ = make()
    gallery.select(8)
    assert gallery.take_messages() == ["there is no style 9; there are 3"]
    gallery.close()


def test_closing_frees_all_and_ends_what_opens() -> None:
    gallery, factory = make(slow="two")
    gallery.select(1)
    factory.open.set()
    gallery.close()
    assert all(stylizer.closed for stylizer in factory.stylizers.values())
