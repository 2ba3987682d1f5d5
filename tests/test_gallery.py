import time
from collections.abc import Callable

import pytest

from realtime.errors import StyleError
from realtime.gallery import Gallery
from tests.fakes import Shop, frame_of, style_of

NAMES = ("one", "two", "three")


def make(slow: str = "", broken: str = "") -> tuple[Gallery, Shop]:
    shop = Shop(NAMES, slow, broken)
    return Gallery([style_of(n) for n in NAMES], shop), shop


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.005)


def value(gallery: Gallery) -> int:
    return int(gallery.stylize(frame_of(0)).frame[0, 0, 0])


def test_starts_with_the_first_and_opens_no_other() -> None:
    gallery, shop = make()
    assert value(gallery) == 1
    assert list(shop.stylizers) == ["one"]
    gallery.close()


def test_the_old_style_stays_until_the_new_one_is_open_and_warm() -> None:
    gallery, shop = make(slow="two")
    gallery.prepare(48, 64)
    began = time.monotonic()
    gallery.select(1)
    assert time.monotonic() - began < 0.5, "selecting must not wait"
    assert gallery.opening is not None
    assert gallery.opening.name == "two"
    assert value(gallery) == 1
    shop.open.set()
    wait_for(lambda: gallery.current.name == "two")
    assert shop.stylizers["two"].warmed == [(48, 64)]
    assert value(gallery) == 2
    gallery.close()


def test_who_goes_on_while_one_opens_gets_the_last_wish() -> None:
    gallery, shop = make(slow="two")
    gallery.select(1)
    gallery.select(2)
    shop.open.set()
    wait_for(lambda: gallery.current.name == "three")
    gallery.close()


def test_next_and_previous_go_around() -> None:
    gallery, _ = make()
    gallery.step(-1)
    wait_for(lambda: gallery.current.name == "three")
    gallery.step(1)
    wait_for(lambda: gallery.current.name == "one")
    gallery.close()


def test_a_style_that_fails_leaves_the_old_and_says_why() -> None:
    gallery, _ = make(broken="two")
    gallery.select(1)
    messages: list[str] = []

    def any_message() -> bool:
        messages.extend(gallery.take_messages())
        return bool(messages)

    wait_for(any_message)
    assert messages == ["style two cannot be shown: no such luck"]
    assert value(gallery) == 1
    gallery.step(1)
    wait_for(lambda: gallery.current.name == "three")
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


def test_a_digit_beyond_the_list_is_said() -> None:
    gallery, _ = make()
    gallery.select(8)
    assert gallery.take_messages() == ["there is no style 9; there are 3"]
    gallery.close()


def test_closing_frees_all_and_ends_what_opens() -> None:
    gallery, shop = make(slow="two")
    gallery.select(1)
    shop.open.set()
    gallery.close()
    assert all(stylizer.closed for stylizer in shop.stylizers.values())
