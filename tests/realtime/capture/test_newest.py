"""Tests the slot that keeps only the newest frame, between two threads."""

from __future__ import annotations

import threading

import pytest

from nstcam.realtime.capture.newest import Newest


def test_what_is_not_taken_is_replaced() -> None:
    slot: Newest[int] = Newest()
    slot.put(1)
    slot.put(2)
    assert slot.take() == 2
    with pytest.raises(TimeoutError):
        slot.take(0.01)


def test_the_last_item_outlives_the_end_and_the_end_repeats() -> None:
    slot: Newest[int] = Newest()
    slot.put(1)
    slot.close()
    slot.put(2)
    assert [slot.take(), slot.take(), slot.take()] == [1, None, None]


def test_an_error_comes_after_the_last_item_every_time() -> None:
    slot: Newest[int] = Newest()
    slot.put(1)
    slot.close(OSError("gone"))
    slot.close(OSError("later ones do not count"))
    assert slot.take() == 1
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            slot.take()


def test_an_end_without_an_error_keeps_none() -> None:
    slot: Newest[int] = Newest()
    slot.close()
    slot.close(OSError("too late"))
    assert slot.take() is None


def test_who_waits_is_woken() -> None:
    slot: Newest[int] = Newest()
    threading.Timer(0.05, slot.put, [3]).start()
    assert slot.take(20) == 3
    threading.Timer(0.05, slot.close).start()
    assert slot.take(20) is None
