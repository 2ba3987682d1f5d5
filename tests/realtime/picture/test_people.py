"""Tests people and background in pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nstcam.realtime.errors import SourceError
from nstcam.realtime.people.scene import Scene
from nstcam.realtime.people.words import BACKGROUND, BLUR, CLEAR, PERSON, STYLE
from nstcam.realtime.picture.convert import Behind, stylize_image
from tests.support.fakes.live import FakeStylizer
from tests.support.media.people import astronaut, wall
from tests.support.media.picture_files import load, save

CORNER, CHEST = (4, 4), (200, 160)


def made(tmp_path: Path, scene: Scene, suffix: str = ".png", **how: Any) -> NDArray[np.uint8 | np.uint16]:
    """The astronaut in a style that paints 90, in that scene."""
    source, target = save(tmp_path / "in.png", astronaut()), tmp_path / f"out{suffix}"
    stylize_image(source, target, FakeStylizer(90), scene=scene, overwrite=True, **how)
    return load(target)


def test_people_and_background_are_told_apart(tmp_path: Path) -> None:
    person = made(tmp_path, Scene(PERSON))
    assert (person[CORNER] == astronaut()[CORNER]).all()
    assert (person[CHEST] == 90).all()
    room = made(tmp_path, Scene(BACKGROUND, STYLE), behind=Behind(FakeStylizer(180)))
    assert (room[CORNER] == 180).all()
    assert (room[CHEST] == astronaut()[CHEST]).all()


def test_a_person_before_another_picture_costs_no_style(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("nothing of it would be seen")

    monkeypatch.setattr(FakeStylizer, "stylize", never)
    shown = made(tmp_path, Scene(BACKGROUND, BLUR))
    assert (shown[CHEST] == astronaut()[CHEST]).all()
    assert (shown[CORNER] != astronaut()[CORNER]).any()


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_a_person_is_cut_out(tmp_path: Path, suffix: str) -> None:
    cut = made(tmp_path, Scene(background=CLEAR), suffix)
    assert cut.shape == (240, 320, 4)
    assert (cut[CORNER][3], cut[CHEST][3]) == (0, 255)
    assert np.allclose(cut[CHEST][:3], 90, atol=3)


def test_what_was_transparent_stays_so(tmp_path: Path) -> None:
    alpha = np.full((240, 320), 40000, np.uint16)
    source = save(tmp_path / "in.png", np.dstack((astronaut().astype(np.uint16) * 257, alpha)))
    stylize_image(source, tmp_path / "out.png", FakeStylizer(90), scene=Scene(background=CLEAR))
    cut = load(tmp_path / "out.png", np.uint16)
    assert (cut[CORNER][3], cut[CHEST][3]) == (0, 40000)


def test_sixteen_bits_stay_behind_the_person(tmp_path: Path) -> None:
    deep = astronaut().astype(np.uint16) * 256 + 77
    source = save(tmp_path / "in.png", deep)
    stylize_image(source, tmp_path / "out.png", FakeStylizer(90), scene=Scene(PERSON))
    out = load(tmp_path / "out.png", np.uint16)
    assert (out[CORNER] == deep[CORNER]).all()
    assert (out[CHEST] == 90 * 257).all()


def test_where_nobody_is_all_is_painted_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = save(tmp_path / "in.png", wall())
    stylize_image(source, tmp_path / "out.png", FakeStylizer(90), scene=Scene(PERSON))
    assert (load(tmp_path / "out.png") == 90).all()
    assert caplog.messages == [f"nobody was found in {source}"]
    with pytest.raises(SourceError, match=r"nobody was found in .*in\.png; leave out --background transparent"):
        stylize_image(source, tmp_path / "cut.png", FakeStylizer(90), scene=Scene(background=CLEAR))
    assert not (tmp_path / "cut.png").exists()
