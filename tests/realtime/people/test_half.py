"""Tests masks made at half a frame's size."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.realtime.people.half import enlarged, halved, seen_at_half
from nstcam.realtime.people.masks import Masks
from nstcam.realtime.people.network import sighting
from tests.support.media.people import astronaut


@pytest.mark.parametrize("hw", [(480, 640), (1080, 1920), (640, 512)])
def test_the_network_sees_the_same_in_a_frame_and_in_its_half(hw: tuple[int, int]) -> None:
    frame = astronaut(*hw)
    half = halved(frame)
    assert half.shape == (hw[0] // 2, hw[1] // 2, 3)
    assert np.array_equal(sighting(half).likely, sighting(frame).likely)


@pytest.mark.parametrize("hw", [(240, 320), (481, 640), (480, 641), (640, 480)])
def test_small_frames_and_those_with_odd_sides_stay_as_they_are(hw: tuple[int, int]) -> None:
    frame = astronaut(*hw)
    assert halved(frame) is frame
    mask = frame[..., 0]
    assert enlarged(mask, hw) is mask


def test_the_mask_is_as_good_as_one_of_the_whole_frame() -> None:
    frame = astronaut(480, 640)
    whole = Masks().take(frame, sighting(frame), 0).mask
    mask = seen_at_half(Masks(), frame, sighting, 0).mask
    assert mask.shape == whole.shape
    assert ((mask > 127) != (whole > 127)).mean() < 0.003
    assert np.abs(mask.astype(int) - whole).mean() < 1


def test_edges_lie_where_they_did() -> None:
    mask = np.zeros((8, 16), np.uint8)
    mask[:, 8:] = 255
    twice = enlarged(mask, (16, 32))
    assert (twice[:, :15] == 0).all()
    assert (twice[:, 17:] == 255).all()
    assert int(twice[0, 15]) + int(twice[0, 16]) == 255, "the edge itself is between these"
