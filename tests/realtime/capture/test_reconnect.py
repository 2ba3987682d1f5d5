import threading
from collections.abc import Iterator

import numpy as np
import pytest

from nstcam.realtime.capture.reconnect import Reconnecting, card
from nstcam.realtime.capture.sources import Captured
from nstcam.realtime.errors import SourceError
from tests.support.fakes.live import ListSource, frame_of


class Unplugged:
    """Sources one after the other: each gives its frames, then is lost; the last just goes on."""

    def __init__(self, *sources: ListSource) -> None:
        self.sources = list(sources)

    def __call__(self) -> ListSource:
        return self.sources.pop(0)


def lost() -> SourceError:
    return SourceError("list is lost")


def test_a_lost_camera_shows_a_card_and_comes_back() -> None:
    opened = Unplugged(
        ListSource([frame_of(200)] * 3, error=lost()), ListSource([], error=lost()), ListSource([frame_of(100)] * 2)
    )
    source = Reconnecting(opened, pauses=(0.0,))
    frames: Iterator[Captured] = iter(source)
    seen = [next(frames) for _ in range(7)]
    values = [int(np.median(captured.frame)) for captured in seen]
    assert values == [200, 200, 200, 50, 50, 100, 100]
    numbers = [captured.number for captured in seen]
    assert numbers == sorted(set(numbers)), "numbers rise across connections"
    source.close()


def test_a_camera_that_never_worked_is_an_error() -> None:
    with pytest.raises(SourceError, match="is lost"):
        next(iter(Reconnecting(Unplugged(ListSource([], error=lost())))))


def test_closing_does_not_wait_for_the_pause() -> None:
    source = Reconnecting(Unplugged(ListSource([frame_of(1)], error=lost())), pauses=(3600.0,))
    frames, left = iter(source), list[Captured]()
    next(frames)
    next(frames)
    source.close()
    pausing = threading.Thread(target=lambda: left.extend(frames), daemon=True)
    pausing.start()
    pausing.join(60)
    assert not pausing.is_alive()
    assert left == []


def test_the_card_has_letters_on_a_dark_picture() -> None:
    shown = card(frame_of(200, 240, 320), "camera 0 lost, reconnecting ...")
    assert int(np.median(shown)) == 50
    assert shown.max() > 240
