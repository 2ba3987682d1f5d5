from __future__ import annotations

import threading

import pytest

from nstcam.realtime.errors import StyleError
from nstcam.realtime.live.waiting import waiting_card, while_polled
from tests.support.fakes.live import FakeWindow


def test_the_card_has_words_on_a_dark_ground_or_is_black() -> None:
    card = waiting_card((320, 240), "opening camera 0 ...")
    assert card.shape == (480, 640, 3), "as large as the pictures that follow"
    assert (card.max(), int(card[0, 0, 0])) == (255, 50)
    assert waiting_card((320, 240), "").max() == 0


def test_the_window_draws_itself_while_something_is_opened() -> None:
    polled = threading.Event()

    class Watched(FakeWindow):
        def poll(self) -> int:
            polled.set()
            return -1

    assert while_polled(Watched(), lambda: polled.wait(60))


def test_errors_are_those_of_the_work() -> None:
    def fail() -> None:
        raise StyleError("no such luck")

    for window in (FakeWindow(), None):
        with pytest.raises(StyleError, match="no such luck"):
            while_polled(window, fail)
    assert while_polled(None, lambda: 7) == 7
