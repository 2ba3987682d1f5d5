"""Tests a camera that comes back, and the card that is shown meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import closing

import numpy as np
import pytest

from nstcam.realtime.capture.reconnect import Reconnecting, card
from nstcam.realtime.errors import SourceError
from tests.support.fakes.live import ListSource, frame_of

LOST = SourceError("lost; plug it in again")


@pytest.mark.parametrize(("height", "width"), [(480, 640), (240, 640), (120, 1000), (96, 128)])
def test_the_card_is_the_last_picture_dark_with_a_line_in_its_middle(height: int, width: int) -> None:
    shown = card(frame_of(200, height, width), "camera 0 lost, reconnecting ...")
    assert shown.shape == (height, width, 3)
    assert (shown[: height // 8] == 50).all()
    rows, columns = np.nonzero(shown[..., 0] > 60)
    assert abs((columns.min() + columns.max()) / 2 - width / 2) <= max(0.04 * width, 3)
    assert columns.max() - columns.min() <= 0.95 * width
    assert abs(rows.mean() - height / 2) <= height / 10
    assert shown.max() > 120


def test_letters_grow_with_the_picture() -> None:
    heights = []
    for size in (240, 480):
        rows, _ = np.nonzero(card(frame_of(0, size, 4 * size), "lost")[..., 0] > 60)
        heights.append(rows.max() - rows.min() + 1)
    assert heights[1] == pytest.approx(2 * heights[0], abs=4)


def opened(sources: Sequence[ListSource]) -> Reconnecting:
    following = iter(sources)
    return Reconnecting(lambda: next(following), pauses=(0.0,))


def test_numbers_go_on_over_a_gap_which_counts_as_one_frame() -> None:
    sources = [ListSource([frame_of(1)] * 3, error=LOST), ListSource([frame_of(2)] * 2, error=LOST), ListSource([])]
    with closing(opened([*sources, *(ListSource([]) for _ in range(9))])) as source:
        seen = list(itertools.islice(source, 7))
    assert [captured.number for captured in seen] == list(range(1, 8))
    assert [captured.plain for captured in seen] == [False, False, False, True, False, False, True]
    assert sources[0].closed
    assert sources[1].closed


def test_a_camera_that_never_worked_is_not_waited_for() -> None:
    with closing(opened([ListSource([], error=LOST)])) as source, pytest.raises(SourceError, match="plug it in"):
        list(source)
    with closing(opened([ListSource([])])) as source:
        assert list(source) == []
