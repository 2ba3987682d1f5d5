"""Tests that people in files are told apart the same way wherever the work was interrupted or divided."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.tools.stand_in import Negative
from nstcam.realtime.frame import Frame
from nstcam.realtime.people.mask_segments import SegmentedMasks
from nstcam.realtime.people.network import sighting
from nstcam.realtime.people.scene import Scene
from nstcam.realtime.people.words import BACKGROUND, BLUR, PERSON, STYLE
from nstcam.realtime.stylizing import UNMOVED, Offset
from nstcam.realtime.video.contact_sheet import contact_sheet
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import People, VideoSettings
from nstcam.realtime.video.parts import join_parts, stylize_part
from nstcam.realtime.video.pipeline import Progress
from nstcam.realtime.video.prepared import Stopped
from tests.support.fakes.live import FakeStylizer
from tests.support.media.clips import packets, write_clip
from tests.support.media.people import astronaut, noisy

SETTINGS = VideoSettings(styles="negative", segment_frames=10, scene="paint person, background off")
PEOPLE = People(Scene(PERSON))


@pytest.mark.parametrize("segment", [1, 3])
def test_any_segment_can_be_the_first(segment: int) -> None:
    frames = [noisy(astronaut(96, 128), seed, 8) for seed in range(40)]
    found = [sighting(frame) for frame in frames]
    whole, later = SegmentedMasks(10), SegmentedMasks(10)
    masks = [whole.take(n, frame, found[n], n / 30) for n, frame in enumerate(frames)]
    begin = segment * 10 - later.overlap
    again = [later.take(n, frames[n], found[n], n / 30) for n in range(begin, 40)]
    assert later.overlap == 5
    for index in range(segment * 10, 40):
        assert np.array_equal(masks[index].mask, again[index - begin].mask)
        assert masks[index].present == again[index - begin].present
    assert not np.array_equal(masks[begin].mask, again[0].mask)  # the past matters


def clip_of(folder: Path) -> Path:
    return write_clip(folder / "clip.mp4", frames=27, grain=8, picture=astronaut(96, 128))


@pytest.mark.parametrize("steady", [0, 0.7])
def test_joined_parts_are_the_single_run(tmp_path: Path, steady: float) -> None:
    clip, settings = clip_of(tmp_path), replace(SETTINGS, steady=steady)
    stylize_video(clip, tmp_path / "whole.mp4", Negative(), settings, people=PEOPLE)
    stylize_video(clip, tmp_path / "plain.mp4", Negative(), replace(settings, scene=None))
    parts = [tmp_path / f"{number}.nstpart" for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        stylize_part(clip, part, Negative(), settings, part=number, parts=2, people=PEOPLE)
    join_parts(clip, tmp_path / "joined.mp4", parts)
    assert packets(tmp_path / "joined.mp4") == packets(tmp_path / "whole.mp4")
    assert packets(tmp_path / "joined.mp4") != packets(tmp_path / "plain.mp4")


def test_an_interrupted_run_ends_as_a_whole_one(tmp_path: Path) -> None:
    clip, people = clip_of(tmp_path), People(Scene(BACKGROUND, STYLE), FakeStylizer(77))
    settings = replace(SETTINGS, steady=0.5)
    stylize_video(clip, tmp_path / "whole.mp4", Negative(), settings, people=people)
    written: list[Progress] = []
    with pytest.raises(Stopped):
        stylize_video(
            clip, tmp_path / "out.mp4", Negative(), settings, people=people,
            progress=written.append, stop=lambda: len(written) >= 14,
        )  # fmt: skip
    report = stylize_video(clip, tmp_path / "out.mp4", Negative(), settings, people=people, resume=True)
    assert report.resumed_at == 10
    assert packets(tmp_path / "out.mp4") == packets(tmp_path / "whole.mp4")


def test_a_contact_sheet_shows_the_scene_too(tmp_path: Path) -> None:
    clip = clip_of(tmp_path)
    contact_sheet(clip, tmp_path / "plain.png", Negative(), SETTINGS, frames=1)
    contact_sheet(clip, tmp_path / "person.png", Negative(), SETTINGS, frames=1, people=PEOPLE)
    assert (tmp_path / "plain.png").read_bytes() != (tmp_path / "person.png").read_bytes()


class Never(FakeStylizer):
    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
        raise AssertionError("nothing of it would be seen")


def test_a_video_of_people_before_another_picture_costs_no_style(tmp_path: Path) -> None:
    scene = Scene(BACKGROUND, BLUR)
    report = stylize_video(clip_of(tmp_path), tmp_path / "out.mp4", Never(), SETTINGS, people=People(scene))
    assert report.frames == 27
