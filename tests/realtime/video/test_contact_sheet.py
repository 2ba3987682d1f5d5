"""Tests contact sheets of clips that are short or small or do not state their length."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.realtime.video.contact_sheet import contact_sheet
from nstcam.realtime.video.painting import DEFAULT_SETTINGS
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.timeline import Timeline
from tests.support.fakes.live import CopyStylizer, FakeStylizer
from tests.support.media.clips import quadrants, write_clip


def test_a_clip_of_one_frame_is_shown(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=1)
    for name, frames in (("one.png", 1), ("nine.png", 9)):
        assert contact_sheet(clip, tmp_path / name, CopyStylizer(), DEFAULT_SETTINGS, frames=frames) == 1
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "nine.png").read_bytes()


def test_no_picture_is_shown_twice(tmp_path: Path) -> None:
    short = write_clip(tmp_path / "short.mp4", frames=5)
    assert (
        contact_sheet(short, tmp_path / "short.png", CopyStylizer(), DEFAULT_SETTINGS, frames=20) == 4
    )  # none before it
    still = write_clip(tmp_path / "still.mp4", rate=Fraction(25), pts=[0, 1, 2, 60, 61, 62])
    assert contact_sheet(still, tmp_path / "still.png", CopyStylizer(), DEFAULT_SETTINGS, frames=9) == 1


def test_frames_are_painted_at_the_size_that_the_stroke_scale_asks_for(tmp_path: Path) -> None:
    clip, stylizer = write_clip(tmp_path / "clip.mp4", frames=2, picture=quadrants(96, 160)), CopyStylizer()
    contact_sheet(clip, tmp_path / "a.png", stylizer, replace(DEFAULT_SETTINGS, stroke_scale=8.3), frames=2)
    assert set(stylizer.sizes_wh) == {(80, 48)}


@pytest.fixture
def labels(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr("nstcam.realtime.video.contact_sheet.label", lambda _, text: texts.append(text))
    return texts


@pytest.mark.parametrize(
    ("hundredths", "text"),
    [(5996, "0:01:00.0"), (5994, "0:00:59.9"), (6104, "0:01:01.0"), (366_124, "1:01:01.2"), (359_998, "1:00:00.0")],
)
def test_each_frame_bears_its_time_in_the_video(tmp_path: Path, labels: list[str], hundredths: int, text: str) -> None:
    """In tenths of a second, rounded, also where that makes a minute or an hour full."""
    clip = write_clip(tmp_path / "a.mkv", pts=[0, hundredths], time_base=Fraction(1, 100), rate=Fraction(100))
    settings = replace(DEFAULT_SETTINGS, start=hundredths / 100 - 0.005)
    contact_sheet(clip, tmp_path / "a.png", CopyStylizer(), settings, frames=1)
    assert labels == [text]


@pytest.mark.parametrize(
    ("name", "frames", "columns", "rows"),
    [
        ("a.mp4", 1, 1, 1),
        ("a.mp4", 2, 2, 1),
        ("a.h264", 3, 2, 2),
        ("a.mp4", 4, 2, 2),
        ("a.mp4", 5, 3, 2),
        ("a.mp4", 7, 3, 3),
    ],
)
def test_frames_lie_row_by_row_in_about_a_square(
    tmp_path: Path, labels: list[str], name: str, frames: int, columns: int, rows: int
) -> None:
    """Cells of 480 pixels with 8 of dark grey around them, each frame from the middle of its share of the time, and
    in square pixels; also where no header tells the length."""
    clip = write_clip(
        tmp_path / name, frames=70, rate=Fraction(10), picture=np.full((40, 64, 3), 250, np.uint8),
        aspect=Fraction(2),
    )  # fmt: skip
    assert contact_sheet(clip, tmp_path / "a.png", CopyStylizer(), DEFAULT_SETTINGS, frames=frames) == frames
    sheet = cv2.imread(str(tmp_path / "a.png"))
    assert sheet is not None
    height = 480 * 40 // 128
    assert sheet.shape == (8 + rows * (height + 8), 8 + columns * 488, 3)
    numbers = []
    for index in range(rows * columns):
        top, left = 8 + index // columns * (height + 8), 8 + index % columns * 488
        cell = sheet[top : top + height, left : left + 480, 0]
        assert np.ptp(cell.astype(int)) <= 2
        if index < frames:
            numbers.append(256 * (1 - cell.mean() / 250))
        sheet[top : top + height, left : left + 480] = 24
    assert (sheet == 24).all()
    assert numbers == pytest.approx([-(-70 * (index + 0.5) // frames) for index in range(frames)], abs=3)
    assert len(labels) == frames


def test_a_cut_is_shown_in_the_styles_of_its_own_time(tmp_path: Path, labels: list[str]) -> None:
    """Also where no header tells the length."""
    clip = write_clip(tmp_path / "a.h264", frames=70, rate=Fraction(25))
    styles = Timeline([(0, FakeStylizer(60)), (1, FakeStylizer(200))], fade=0)
    settings = replace(DEFAULT_SETTINGS, start=0.8)
    assert contact_sheet(clip, tmp_path / "a.png", styles, settings, frames=2) == 2
    sheet = cv2.imread(str(tmp_path / "a.png"))
    assert sheet is not None
    assert [int(sheet[100, x, 0]) for x in (200, 700)] == [60, 200]
    assert labels == ["0:00:01.3", "0:00:02.3"]


def test_it_can_be_stopped(tmp_path: Path) -> None:
    clip, stylizer = write_clip(tmp_path / "clip.mp4"), CopyStylizer()
    with pytest.raises(Stopped, match=r"stopped after 2 of 4 frames; .*a\.png was not written"):
        contact_sheet(
            clip, tmp_path / "a.png", stylizer, DEFAULT_SETTINGS, frames=4, stop=lambda: len(stylizer.sizes_wh) == 2
        )
    assert not (tmp_path / "a.png").exists()
