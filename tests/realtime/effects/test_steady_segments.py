"""Tests that steadiness in files is the same wherever the work was interrupted or divided."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.tools.stand_in import Negative
from nstcam.realtime.effects.blend import mix
from nstcam.realtime.effects.steady import Steady
from nstcam.realtime.effects.steady_segments import SegmentedSteady
from nstcam.realtime.frame import Frame
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.parts import join_parts, stylize_part
from nstcam.realtime.video.pipeline import Progress
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.timeline import Timeline
from tests.support.media.clips import NTSC, packets, write_clip

SETTINGS = VideoSettings(styles="negative", segment_frames=10, steady=0.7)
SHAPE = (48, 64, 3)


def grainy(count: int) -> list[Frame]:
    dice = np.random.default_rng(3)
    return [np.clip(120 + dice.normal(0, 4, SHAPE), 0, 255).astype(np.uint8) for _ in range(count)]


def flicker(frames: list[Frame]) -> float:
    return float(np.mean([np.abs(b.astype(int) - a).mean() for a, b in pairwise(frames)]))


def test_grain_is_calmed_and_nothing_jumps_where_segments_meet() -> None:
    smoother, sources = SegmentedSteady(0.7, 20), grainy(100)
    shown = [smoother.smooth(index, source, 255 - source, "negative") for index, source in enumerate(sources)]
    assert flicker(shown[10:]) < 0.4 * flicker(sources[10:])
    steps = [np.abs(b.astype(int) - a).mean() for a, b in pairwise(shown)]
    at_joins, elsewhere = [steps[at - 1] for at in range(20, 100, 20)], np.delete(steps[10:], range(9, 89, 20))
    assert max(at_joins) < 1.2 * max(elsewhere)


@pytest.mark.parametrize("segment", [1, 2, 4])
def test_any_segment_can_be_the_first(segment: int) -> None:
    sources = grainy(60)
    whole, later = SegmentedSteady(0.7, 12), SegmentedSteady(0.7, 12)
    shown = [whole.smooth(index, source, 255 - source, "a") for index, source in enumerate(sources)]
    begin = segment * 12 - later.overlap
    again = [later.smooth(begin + n, source, 255 - source, "a") for n, source in enumerate(sources[begin:])]
    assert later.overlap == 6
    for index in range(segment * 12, 60):
        assert np.array_equal(shown[index], again[index - begin])
    assert not np.array_equal(shown[begin], again[0])  # the past matters


def test_another_style_starts_anew() -> None:
    smoother, still = SegmentedSteady(0.7, 100), np.full(SHAPE, 90, np.uint8)
    for index in range(10):
        smoother.smooth(index, still, np.full(SHAPE, 10, np.uint8), "dark")
    bright = np.full(SHAPE, 200, np.uint8)
    assert smoother.smooth(10, still, bright, "bright") is bright


def test_off_touches_nothing() -> None:
    smoother, frame = SegmentedSteady(0, 10), grainy(1)[0]
    assert smoother.overlap == 0
    assert smoother.smooth(0, frame, frame, "a") is frame


def clip_of(folder: Path) -> Path:
    return write_clip(folder / "clip.mp4", frames=47, grain=6, rate=NTSC, audio="aac")


def test_an_interrupted_run_ends_as_a_whole_one(tmp_path: Path) -> None:
    clip = clip_of(tmp_path)
    timeline = Timeline([(0, Negative()), (0.8, Negative())], fade=0.3)  # a style changes in the third segment
    stylize_video(clip, tmp_path / "whole.mp4", timeline, SETTINGS)
    stylize_video(clip, tmp_path / "plain.mp4", timeline, replace(SETTINGS, steady=0))
    target = tmp_path / "out.mp4"
    for frames in (14, 15, 19):  # of each run, more than a segment and less than two
        written: list[Progress] = []

        def enough(written: list[Progress] = written, frames: int = frames) -> bool:
            return len(written) >= frames

        with pytest.raises(Stopped):
            stylize_video(
                clip, target, timeline, SETTINGS, resume=True,
                progress=written.append, stop=enough,
            )  # fmt: skip
    report = stylize_video(clip, target, timeline, SETTINGS, resume=True)
    assert report.resumed_at == 30
    assert packets(target) == packets(tmp_path / "whole.mp4")
    assert packets(target) != packets(tmp_path / "plain.mp4")


@pytest.mark.parametrize("count", [2, 3])
def test_joined_parts_are_the_single_run(tmp_path: Path, count: int) -> None:
    clip = clip_of(tmp_path)
    stylize_video(clip, tmp_path / "whole.mp4", Negative(), SETTINGS)
    parts = [tmp_path / f"{number}.nstpart" for number in range(1, count + 1)]
    frames = [
        stylize_part(clip, part, Negative(), SETTINGS, part=number, parts=count) for number, part in enumerate(parts, 1)
    ]
    assert sum(frames) == 47
    join_parts(clip, tmp_path / "joined.mp4", parts)
    assert packets(tmp_path / "joined.mp4") == packets(tmp_path / "whole.mp4")


@pytest.mark.parametrize(
    ("amount", "segment_frames", "overlap"),
    [(0.7, 1, 0), (0.7, 2, 1), (0.7, 11, 5), (0.7, 60, 30), (0.7, 62, 30), (0.01, 10, 5), (1, 10, 5), (0, 10, 0)],
)
def test_half_a_segment_overlaps_and_thirty_frames_at_most(amount: float, segment_frames: int, overlap: int) -> None:
    assert SegmentedSteady(amount, segment_frames).overlap == overlap


def test_each_segment_has_a_past_of_its_own_which_fades_in_before_it_begins() -> None:
    length, overlap, sources = 5, 2, grainy(17)
    smoother = SegmentedSteady(0.7, length)
    own = []  # by segment, what a smoother that starts `overlap` frames before it shows of each frame
    for begin in range(0, 20, length):
        alone, first = Steady(), max(begin - overlap, 0)
        own.append({i: alone.smooth(sources[i], 255 - sources[i], 0.7) for i in range(first, min(begin + length, 17))})
    for index, source in enumerate(sources):
        segment, place = divmod(index, length)
        shown = smoother.smooth(index, source, 255 - source, "a")
        share = max(place - 2, 0) / 3  # of frames 3 and 4: 1/3 and 2/3
        following = own[segment + 1][index] if share else own[segment][index]
        assert np.array_equal(shown, mix(own[segment][index], following, share)), index
