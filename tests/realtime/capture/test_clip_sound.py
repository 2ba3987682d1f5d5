"""Tests when frames and sound of a clip are due, on a clock that stands still while nobody waits."""

from __future__ import annotations

import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.packet import Packet
from av.stream import Stream

from nstcam.realtime.capture.clip_sound import ClipClock, has_sound, lay_sound
from nstcam.realtime.capture.tape import RATE, Samples, Tape
from tests.support.media.clips import write_clip


class Still(threading.Event):
    """An event of which each wait moves the clock on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, now: float) -> None:
        super().__init__()
        self.now, self.waits = now, list[float]()
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        self.now += timeout
        return self.is_set()


@pytest.mark.parametrize(
    ("seconds", "now", "waited", "slower"),
    [(2, 100, 2, 0), (2, 101.75, 0.25, 0), (2, 102.5, 0, 0), (2, 103, 0, 0), (2, 103.25, 0, 1.25)],
)
def test_a_frame_is_waited_for_and_one_more_than_a_second_late_sets_the_clip_back(
    monkeypatch: pytest.MonkeyPatch, seconds: float, now: float, waited: float, slower: float
) -> None:
    stop, clock = Still(monkeypatch, 100), ClipClock()
    assert clock.to_the_end
    clock.begin()
    assert (clock.start, clock.due) == (100, 100)
    stop.now = now
    clock.wait(seconds, stop)
    assert stop.waits == [waited]
    assert (clock.start, clock.due) == (100 + slower, 102 + slower)


class Notes(Tape):
    """Notes what is laid, and the time when it is."""

    def __init__(self, clock: Still, ends_after: int = 1000) -> None:
        super().__init__()
        self.clock, self.ends_after = clock, ends_after
        self.blocks: list[tuple[float, int, float]] = []
        self.cuts: list[float] = []
        self.paused = 0

    def add(self, at: float, block: Samples) -> None:
        self.blocks.append((at, block.shape[1], self.clock.now))
        if len(self.blocks) == self.ends_after:
            self.clock.set()

    def cut(self, at: float) -> None:
        self.cuts.append(at)

    def pause(self) -> None:
        self.paused += 1


def test_sound_is_laid_block_by_block_a_fifth_of_a_second_before_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = write_clip(tmp_path / "a.mkv", frames=30, rate=Fraction(10), audio="flac")
    stop, clock = Still(monkeypatch, 997.0), ClipClock()
    clock.start = 1000.0
    tape = Notes(stop)
    lay_sound(clip, clock, tape, stop)
    begins, counts, laid = (np.array(column) for column in zip(*tape.blocks, strict=True))
    assert begins[0] == pytest.approx(1000, abs=0.002)
    np.testing.assert_allclose(np.diff(begins), counts[:-1] / RATE, atol=0.002)
    assert counts.sum() / RATE == pytest.approx(3, abs=0.02)
    np.testing.assert_allclose(laid, begins - 0.2, atol=1e-6)
    assert stop.waits[:3] == pytest.approx([1, 1, 0.8], abs=0.01)
    assert (tape.cuts, tape.paused) == ([1000], 1)


def test_sound_ends_with_its_clip_and_a_file_without_any_pauses_the_tape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = write_clip(tmp_path / "a.mkv", frames=30, rate=Fraction(10), audio="flac")
    stop = Still(monkeypatch, 2000.0)
    tape = Notes(stop, ends_after=3)
    lay_sound(clip, ClipClock(), tape, stop)
    assert (len(tape.blocks), tape.paused, stop.waits) == (3, 1, [])
    stop = Still(monkeypatch, 0.0)
    stop.set()
    tape = Notes(stop)
    clock = ClipClock()
    clock.start = 50
    lay_sound(clip, clock, tape, stop)
    assert (tape.blocks, tape.paused) == ([], 1)
    silent = write_clip(tmp_path / "b.mkv", frames=3)
    for path in (silent, tmp_path / "none.mkv"):
        tape = Notes(stop)
        lay_sound(path, ClipClock(), tape, stop)
        assert (tape.blocks, tape.paused) == ([], 1)
        assert not has_sound(path)
    assert has_sound(clip)


def test_subtitles_are_no_sound(tmp_path: Path) -> None:
    with av.open(str(write_clip(tmp_path / "clip.mkv"))) as plain, av.open(str(tmp_path / "film.mkv"), "w") as out:
        pictures, words = out.add_stream_from_template(plain.streams.video[0]), out.add_mux_stream("subrip")
        for packet in plain.demux(video=0):
            if packet.size:
                packet.stream = pictures
                out.mux(packet)
        line: Packet[Stream] = Packet(b"one")
        line.stream, line.time_base, line.pts, line.dts, line.duration = words, Fraction(1, 1000), 0, 0, 300
        out.mux(line)
    assert not has_sound(tmp_path / "film.mkv")
