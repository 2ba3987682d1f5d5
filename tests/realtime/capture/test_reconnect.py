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


class Skipping(ListSource):
    """Frames with those numbers, then the camera is lost."""

    def __init__(self, *numbers: int) -> None:
        super().__init__([frame_of(7)] * len(numbers), error=lost())
        self.numbers = numbers

    def __iter__(self) -> Iterator[Captured]:
        for captured, number in zip(self.frames, self.numbers, strict=True):
            yield Captured(captured, 0.0, number)
        raise lost()


def test_missed_frames_are_counted_and_each_card_and_each_new_connection_is_one_more() -> None:
    source = Reconnecting(Unplugged(Skipping(0, 1, 5), Skipping(0, 2), Skipping(0), Skipping(0)), pauses=(0.0,))
    frames = iter(source)
    seen = [next(frames) for _ in range(11)]
    assert [captured.number for captured in seen] == [1, 2, 6, 7, 8, 10, 11, 12, 13, 14, 15]
    assert [captured.plain for captured in seen] == [index in (3, 6, 8, 10) for index in range(11)]
    source.close()


@pytest.mark.parametrize(
    ("pauses", "waited"), [((), [0.5, 1, 2, 5, 5, 5]), ((1.0, 3.0), [1, 3, 3, 3, 3, 3]), ((4.0,), [4] * 6)]
)
def test_pauses_grow_while_the_camera_is_away_and_begin_anew_once_it_was_back(
    monkeypatch: pytest.MonkeyPatch, pauses: tuple[float, ...], waited: list[float]
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(threading.Event, "wait", lambda _, seconds: slept.append(seconds))
    away = [ListSource([], error=lost()) for _ in range(5)]
    source = Reconnecting(Unplugged(Skipping(0), *away, Skipping(0), Skipping(0)), pauses)
    frames = iter(source)
    for _ in range(10):
        next(frames)
    assert slept == [*waited, waited[0]]
    source.close()


@pytest.mark.parametrize(("height", "width", "share"), [(240, 320, 0.9), (480, 320, 0.9), (48, 640, None)])
def test_the_letters_of_the_card_lie_in_the_middle_and_fit(height: int, width: int, share: float | None) -> None:
    lit = card(frame_of(0, height, width), "camera 0 lost, reconnecting ...")[:, :, 0] > 100
    columns, rows = np.flatnonzero(lit.any(0)), np.flatnonzero(lit.any(1))
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(width / 2, abs=0.04 * width)
    assert rows[-1] == pytest.approx(height / 2, abs=6)
    if share is None:
        assert np.ptp(rows) < height / 4, "no higher than the picture has room for"
    else:
        assert np.ptp(columns) == pytest.approx(share * width, abs=0.06 * width)
