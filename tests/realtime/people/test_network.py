"""Tests the networks that find people, on a photograph and on a wall."""

from __future__ import annotations

import numpy as np
import pytest

from nstcam.realtime.people.network import NETS, sighting
from tests.support.people import astronaut, wall


@pytest.mark.parametrize(
    ("hw", "network_hw"),
    [((240, 320), (144, 256)), ((240, 427), (144, 256)), ((240, 240), (256, 256)), ((320, 240), (256, 256))],
)
def test_the_person_is_found_and_the_wall_is_not(hw: tuple[int, int], network_hw: tuple[int, int]) -> None:
    small, likely = sighting(astronaut(*hw))
    assert small.shape == (*network_hw, 3)
    assert likely.shape == network_hw
    assert likely.dtype == np.float32
    assert 0 <= likely.min() <= likely.max() <= 1
    rows, columns = network_hw
    assert likely[rows // 2 :, columns // 2].mean() > 0.9, "her chest"
    assert likely[: rows // 8, : columns // 16].mean() < 0.05, "the flag in the corner"
    assert sighting(wall(*hw)).likely.max() < 0.3


def test_both_files_are_small_and_have_their_licence_beside_them() -> None:
    for name in ("wide", "square"):
        assert (NETS / f"{name}.onnx").stat().st_size < 250_000
    assert "Apache License" in (NETS / "LICENSE").read_text(encoding="utf-8")
    assert "selfie_segmentation" in (NETS / "NOTICE.md").read_text(encoding="utf-8")
