"""Tests the networks that find people, on a photograph and on a wall."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nstcam.realtime.frame import Frame
from nstcam.realtime.people import network
from nstcam.realtime.people.carry import Likely
from nstcam.realtime.people.network import MOVING_RESTS, NETS, RESTS, Sightings, sighting
from tests.support.media.people import astronaut, moved, noisy, wall


@pytest.mark.parametrize(
    ("hw", "network_hw"),
    [((240, 320), (144, 256)), ((240, 427), (144, 256)), ((240, 240), (256, 256)), ((320, 240), (256, 256))],
)
def test_the_person_is_found_and_the_wall_is_not(hw: tuple[int, int], network_hw: tuple[int, int]) -> None:
    places, likely = sighting(astronaut(*hw))
    assert places.shape == (*likely.shape, 3)
    assert likely.shape == (network_hw[0] // 2, network_hw[1] // 2)
    assert likely.dtype == np.float32
    assert 0 <= likely.min() <= likely.max() <= 1
    rows, columns = likely.shape
    assert likely[rows // 2 :, columns // 2].mean() > 0.9, "her chest"
    assert likely[: rows // 8, : columns // 16].mean() < 0.05, "the flag in the corner"
    assert sighting(wall(*hw)).likely.max() < 0.3


def test_both_files_are_small_and_have_their_licence_beside_them() -> None:
    for name in ("wide", "square"):
        assert (NETS / f"{name}.onnx").stat().st_size < 260_000
    assert "Apache License" in (NETS / "LICENSE").read_text(encoding="utf-8")
    assert "selfie_segmentation" in (NETS / "NOTICE.md").read_text(encoding="utf-8")


def test_the_network_rests_for_a_few_frames_while_nothing_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Frame]()

    def likely(small: Frame) -> Likely:
        asked.append(small)
        return np.full((small.shape[0] // 2, small.shape[1] // 2), len(asked), np.float32)

    monkeypatch.setattr(network, "_likely", likely)
    sightings = Sightings()
    still = [noisy(astronaut(480, 640), seed) for seed in range(2 * RESTS + 2)]
    answers = [float(sightings.of(frame).likely[0, 0]) for frame in still]
    assert answers == [1.0] * (RESTS + 1) + [2.0] * (RESTS + 1)
    assert sightings.of(mirrored(still[0])).likely[0, 0] == 3
    assert sightings.of(still[1]).likely[0, 0] == 4, "what changes is looked at in each frame"
    hand = still[2].copy()
    hand[200:260, 300:360] = 255
    found = sightings.of(hand)
    assert found.likely[0, 0] == 5
    assert np.abs(found.places - cv2.resize(hand, (128, 72), interpolation=cv2.INTER_AREA).astype(int)).mean() < 1
    assert sightings.of(astronaut(240, 240)).likely.shape == (128, 128), "another picture"


@pytest.mark.parametrize("right", [1, 6])
def test_the_network_rests_for_fewer_frames_while_the_picture_moves(
    monkeypatch: pytest.MonkeyPatch, right: int
) -> None:
    asked = list[Frame]()

    def likely(small: Frame) -> Likely:
        asked.append(small)
        return np.zeros((small.shape[0] // 2, small.shape[1] // 2), np.float32)

    monkeypatch.setattr(network, "_likely", likely)
    sightings, seen, blurred = Sightings(), list[int](), out_of_focus()
    for number in range(2 * MOVING_RESTS + 2):
        sightings.of(moved(blurred, right * number))
        seen.append(len(asked))
    assert seen == [1] * (MOVING_RESTS + 1) + [2] * (MOVING_RESTS + 1)
    assert MOVING_RESTS < RESTS


@pytest.mark.parametrize("steps", [(2,), (2, 4), (8, 16)])
def test_while_the_network_rests_its_answer_moves_along_with_the_picture(
    monkeypatch: pytest.MonkeyPatch, steps: tuple[int, ...]
) -> None:
    sightings, picture = Sightings(), out_of_focus()
    before = sightings.of(picture).likely
    monkeypatch.setattr(network, "_likely", None)
    for right in steps:
        carried = sightings.of(moved(picture, right)).likely
    way = np.array([[1, 0, right * before.shape[1] / picture.shape[1]], [0, 1, 0]], np.float32)
    along = cv2.warpAffine(before, way, before.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    assert np.abs(carried - along).mean() < 0.5 * np.abs(before - along).mean()


def mirrored(frame: Frame) -> Frame:
    return np.ascontiguousarray(frame[:, ::-1])


def out_of_focus() -> Frame:
    """A picture whose slow motion is easy to follow."""
    return np.asarray(cv2.GaussianBlur(astronaut(480, 640), (0, 0), 5), np.uint8)
