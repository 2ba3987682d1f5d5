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


@pytest.mark.parametrize("network_wh", [(64, 36), (48, 48)])
@pytest.mark.parametrize(("wider", "taller"), [(0, 0), (2, 0), (0, 2), (-2, 0), (0, -2), (1, 0), (0, 1)])
def test_a_frame_is_halved_from_twice_the_size_of_the_network_on(
    monkeypatch: pytest.MonkeyPatch, network_wh: tuple[int, int], wider: int, taller: int
) -> None:
    monkeypatch.setattr("nstcam.realtime.people.half.network_wh", lambda _: network_wh)
    width, height = 2 * network_wh[0] + wider, 2 * network_wh[1] + taller
    frame = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    half = halved(frame)
    if min(wider, taller) < 0 or wider % 2 or taller % 2:
        assert half is frame
    else:
        means = frame.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3))
        assert half.shape == means.shape
        assert np.abs(half - means).max() <= 0.5


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
