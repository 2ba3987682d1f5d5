"""Tests styles that are opened while the picture goes on, asked for or not."""

import threading

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.choosing.open_styles import BYTES_PER_STYLE
from tests.support.fakes.live import StylizerFactory, frame_of, style_of

NAMES = ("one", "two", "three")
FIVE = ("one", "two", "three", "four", "five")


def make(slow: str = "", broken: str = "") -> tuple[Gallery, StylizerFactory]:
    factory = StylizerFactory(NAMES, slow, broken)
    return Gallery([style_of(n) for n in NAMES], factory, fade=0), factory


def value(gallery: Gallery) -> int:
    return int(gallery.stylize(frame_of(0)).frame[0, 0, 0])


def test_the_old_style_stays_until_the_new_one_is_open_and_warm() -> None:
    gallery, factory = make(slow="two")
    gallery.prepare((48, 64), (32, 43))
    gallery.select(1)
    assert gallery.opening is not None, "selecting must not wait"
    assert gallery.opening.name == "two"
    assert value(gallery) == 1
    factory.open.set()
    until(lambda: gallery.current.name == "two")
    assert factory.stylizers["two"].warmed == [(48, 64), (32, 43)]
    assert value(gallery) == 2
    gallery.close()


def test_who_goes_on_while_one_opens_gets_the_last_wish() -> None:
    gallery, factory = make(slow="two")
    gallery.select(1)
    gallery.select(2)
    factory.open.set()
    until(lambda: gallery.current.name == "three")
    gallery.close()


def test_a_style_that_fails_leaves_the_old_and_says_why() -> None:
    gallery, _ = make(broken="two")
    gallery.select(1)
    messages: list[str] = []

    def any_message() -> bool:
        messages.extend(gallery.take_messages())
        return bool(messages)

    until(any_message)
    assert messages == ["style two cannot be shown: no such luck"]
    assert value(gallery) == 1
    gallery.step(1)
    until(lambda: gallery.current.name == "three")
    gallery.close()


def test_closing_waits_only_so_long_for_a_style_that_is_being_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.live.choosing.opener.CLOSING_SECONDS", 0.01)
    factory = StylizerFactory(("one", "two"), slow="two")
    gallery = Gallery([style_of("one"), style_of("two")], factory)
    gallery.select(1)
    gallery.close()
    assert factory.stylizers["one"].closed
    assert "two" not in factory.stylizers, "it is still being opened"
    factory.open.set()


def with_room_for(count: float, slow: str = "", broken: str = "") -> tuple[Gallery, StylizerFactory]:
    """A gallery with memory for that many styles."""
    factory = StylizerFactory(FIVE, slow, broken)
    factory.device = "CPU"
    styles = [style_of(name) for name in FIVE]
    return Gallery(styles, factory, fade=0, ready_bytes=count * BYTES_PER_STYLE), factory


def test_after_the_first_frame_the_nearest_are_opened_as_far_as_memory_goes() -> None:
    gallery, factory = with_room_for(3.5)
    assert gallery.ready == 1
    gallery.prepare((48, 64))
    until(lambda: gallery.ready == 3)
    gallery.close()
    assert list(factory.stylizers) == ["one", "two", "five"]
    assert gallery.take_messages() == ["3 of 5 styles are kept ready in 42 MB; NSTCAM_STYLE_MEMORY sets it"]


def test_all_are_opened_silently_if_they_fit() -> None:
    gallery, _ = with_room_for(5)
    gallery.prepare((48, 64))
    until(lambda: gallery.ready == 5)
    assert (gallery.take_messages(), gallery.opening) == ([], None)
    gallery.close()


def test_none_is_while_a_core_is_needed_for_something_else() -> None:
    gallery, factory = with_room_for(5)
    gallery.open_at_idle(False)
    gallery.prepare((48, 64))
    gallery.select(3)
    until(lambda: gallery.current.name == "four")
    assert list(factory.stylizers) == ["one", "four"], "only what is asked for"
    gallery.open_at_idle(True)
    until(lambda: gallery.ready == 5)
    gallery.close()


def test_without_memory_none_is() -> None:
    gallery, _ = with_room_for(0)
    gallery.prepare((48, 64))
    assert gallery.ready == 1
    gallery.close()


def test_what_is_asked_for_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.live.choosing.opener.IDLE_PAUSE", 600.0)
    gallery, factory = with_room_for(5)
    at_idle = threading.Event()

    class Hurry(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            at_idle.set()
            return super().wait(timeout)

    gallery._arrivals._opener._hurry = Hurry()
    gallery.prepare((48, 64))
    assert at_idle.wait(60)
    gallery.select(3)
    until(lambda: gallery.current.name == "four")
    assert list(factory.stylizers) == ["one", "four"]
    gallery.close()


def test_other_devices_need_memory_for_each_size() -> None:
    gallery, factory = with_room_for(5)
    factory.stylizers["one"].device = "CUDA"
    gallery.prepare((1080, 1920))
    assert gallery.take_messages() == ["1 of 5 styles are kept ready in 60 MB; NSTCAM_STYLE_MEMORY sets it"]
    gallery.close()
