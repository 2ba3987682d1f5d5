"""Tests how far a style is from its network: on which frames, and what is told."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nstcam.export.convert.parity import OFFSET, Parity, check_frames, compare, stylize_with
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import Offset
from nstcam.train.picture import PHOTOS, read_rgb
from tests.support.models.tiny import TINY_JOHNSON, TINY_LITE, random_network


def test_a_portrait_a_texture_noise_and_a_size_that_no_cells_fit() -> None:
    shapes = [(240, 320, 3), (96, 100, 3), (64, 96, 3), (61, 97, 3)]
    assert [frame.shape for frame in check_frames(True)] == shapes
    assert [frame.shape for frame in check_frames(False)] == shapes[:3]
    assert [frame.shape for frame in check_frames(True, quick=True)] == shapes[1:]
    texture, noise, odd = check_frames(True, quick=True)
    assert np.array_equal(texture, read_rgb(PHOTOS / "coffee.jpg")[40:136, 60:160, ::-1])
    assert np.array_equal(odd, texture[:61, :97])
    assert (noise.min(), noise.max()) == (0, 255)


@pytest.mark.parametrize("config", [TINY_LITE, TINY_JOHNSON])
def test_differences_are_of_all_frames_and_of_the_mean_colour_of_the_worst(config: Any) -> None:
    network: Any = random_network(replace(config, canvas_channels=0))
    asked: list[Offset] = []
    tones: list[float] = []

    def stylize(frame: Frame, offset: Offset) -> Frame:
        asked.append(offset)
        painted = stylize_with(network, frame, offset).astype(int)
        before = painted.copy()
        if len(asked) == 2:  # noise, 64x96
            painted[:32, :, 2] += np.where(painted[:32, :, 2] < 200, 4, -4)
            painted[0, 0, 0] += 9 if painted[0, 0, 0] < 200 else -9
        tones.append(np.abs((painted - before).mean((0, 1))).max())
        return painted.astype(np.uint8)

    changed: Any = SimpleNamespace(stylize=stylize)
    found = compare(network, changed, quick=True)
    frames = check_frames(config is TINY_LITE, quick=True)
    assert asked == [OFFSET] * len(frames)
    assert found.largest == 9
    assert found.mean == pytest.approx((32 * 96 * 4 + 9) / sum(frame.size for frame in frames), rel=1e-6)
    assert found.tone == pytest.approx(max(tones))
    assert max(tones) > 0.5
    same: Any = SimpleNamespace(stylize=lambda frame, offset: stylize_with(network, frame, offset))
    assert compare(network, same, quick=True) == Parity(0, 0, 0)
