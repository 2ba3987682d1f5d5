"""Sound in recordings: a clap, which is a flash and a beep, has both at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from nstcam.realtime.capture.clip_sound import has_sound
from nstcam.realtime.capture.open_source import open_source
from nstcam.realtime.capture.tape import RATE, Samples, Tape
from nstcam.realtime.output.recorder import Recorder
from nstcam.realtime.output.recording import Recording
from nstcam.realtime.output.sound_track import SoundTrack
from tests.support.fakes.live import frame_of
from tests.support.media.clips import look, write_clip

BEEP = np.sin(np.arange(4800) * 0.3).astype(np.float32)


def heard(path: Path) -> list[float]:
    """Seconds at which beeps begin in a file."""
    begins: list[float] = []
    quiet_since = -1.0
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            sound = np.asarray(frame.to_ndarray()[0])
            at = float((frame.pts or 0) * (frame.time_base or 0))
            for place in np.flatnonzero(abs(sound) > 0.2):
                if at + place / frame.sample_rate - quiet_since > 0.2:
                    begins.append(at + place / frame.sample_rate)
                quiet_since = at + place / frame.sample_rate
    return begins


def seen(path: Path) -> list[float]:
    """Seconds of white frames in a file."""
    with av.open(str(path)) as container:
        return [
            float((frame.pts or 0) * (frame.time_base or 0))
            for frame in container.decode(video=0)
            if frame.to_ndarray(format="gray").mean() > 128
        ]


def beeping(at: float, count: int) -> Samples:
    """`count` samples of silence with a beep that begins `at` seconds after the first."""
    sound = np.zeros((2, count), np.float32)
    sound[:, round(at * RATE) : round(at * RATE) + len(BEEP)] = BEEP
    return sound


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.mov"])
def test_a_flash_and_a_beep_are_recorded_together(tmp_path: Path, name: str) -> None:
    tape = Tape()
    tape.add(999.0, beeping(2.0, 4 * RATE))
    recording = Recording(tmp_path / name, sound=tape)
    for number in range(25):  # no more than may wait for the encoder
        recording.write(frame_of(255 if number == 10 else 0), 1000 + number / 10)
    assert recording.close()
    (flash,), (beep,) = seen(tmp_path / name), heard(tmp_path / name)
    assert flash == pytest.approx(1.0, abs=0.002)
    assert beep == pytest.approx(1.0, abs=0.002)
    about = look(tmp_path / name)
    assert about.codecs == ["h264", "aac"]
    assert about.audio_span[1] == pytest.approx(2.4, abs=0.1)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.slow
def test_a_clap_after_ten_minutes_is_in_time_whatever_the_microphones_clock(tmp_path: Path) -> None:
    """A sound card whose clock is off by 300 parts in a million, and whose driver knows times to 2 ms."""
    tape, rng, wrong, clap = Tape(), np.random.default_rng(1), 300e-6, 600.0
    path, block, begin = tmp_path / "out.mka", RATE // 10, 5000.0
    with av.open(str(path), "w", format="matroska") as out:
        track = SoundTrack(out, tape, begin)
        for number in range(6030):
            at = number * 0.1 * (1 + wrong)
            lasts = 0.1 * (1 + wrong)
            sound = np.zeros((2, block), np.float32)
            if at <= clap < at + lasts:
                sound = beeping((clap - at) / lasts * 0.1, block + len(BEEP))[:, :block]
            tape.add(begin + at + rng.uniform(-0.002, 0.002), sound)
            track.follow(begin + at)
        track.finish(begin + 602)
    (beep,) = heard(path)
    assert abs(beep - clap) < 0.04
    assert abs(beep - clap) < 0.02, "better than was promised"


def test_a_silent_microphone_does_not_hold_up_the_file(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "out.mp4", sound=Tape())
    for number in range(28):
        recording.write(frame_of(8 * number), 1000 + number / 2)
    for _ in range(500):
        if recording.part.stat().st_size > 2000:
            break
        time.sleep(0.01)
    assert recording.part.stat().st_size > 2000, "written although no sound came"
    assert recording.close()
    about = look(tmp_path / "out.mp4")
    assert about.codecs == ["h264", "aac"]
    assert about.audio_span[1] == pytest.approx(float(about.times[-1]), abs=0.1)


def write_clap(path: Path, *, rate: int = 44100, flash: int = 20, frames: int = 40, start: float = 0.0) -> Path:
    """A clip at 20 fps with a white frame and, at its time, a beep."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=20, options={"preset": "ultrafast"})
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = out.add_stream("aac", rate=rate, layout="mono")
        assert isinstance(audio, AudioStream)
        tone = np.zeros((1, rate * frames // 20), np.float32)
        at = round((flash / 20 - start) * rate)
        tone[0, at : at + rate // 10] = np.sin(np.arange(rate // 10) * 0.3)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(frame_of(255 if number == flash else 0), "bgr24").reformat(
                format="yuv420p"
            )
            frame.pts, frame.time_base = number, Fraction(1, 20)
            out.mux(video.encode(frame))
        sound = av.AudioFrame.from_ndarray(tone, "fltp", "mono")
        sound.sample_rate, sound.pts, sound.time_base = rate, round(start * rate), Fraction(1, rate)
        out.mux(audio.encode(sound))
        out.mux(video.encode(None))
        out.mux(audio.encode(None))
    return path


def recorded(source_path: Path, target: Path, frames: int, *, loop: bool = False, slow: float = 0.0) -> None:
    tape = Tape()
    recording = Recording(target, sound=tape)
    with closing(open_source(str(source_path), loop=loop, tape=tape)) as source:
        for count, captured in enumerate(source, 1):
            recording.write(captured.frame, captured.time)
            time.sleep(slow)
            if count == frames:
                break
    assert recording.close()


@pytest.mark.parametrize("start", [0.0, 0.5])
def test_a_clip_is_recorded_with_its_own_sound_in_time(tmp_path: Path, start: float) -> None:
    """The source has another rate and one channel, and in one case its sound begins after its picture."""
    recorded(write_clap(tmp_path / "clip.mp4", start=start), tmp_path / "out.mp4", 100)
    (flash,), (beep,) = seen(tmp_path / "out.mp4"), heard(tmp_path / "out.mp4")
    assert flash == pytest.approx(1.0, abs=0.2)  # frames may be dropped, the first among them
    assert beep - flash == pytest.approx(0, abs=0.02)


def test_each_round_of_a_loop_has_its_sound(tmp_path: Path) -> None:
    clip = write_clap(tmp_path / "clip.mp4", frames=16, flash=6)
    recorded(clip, tmp_path / "out.mp4", 40, loop=True)
    flashes, beeps = seen(tmp_path / "out.mp4"), heard(tmp_path / "out.mp4")
    assert len(beeps) >= 2
    assert all(min(abs(beep - flash) for beep in beeps) < 0.03 for flash in flashes)


def test_what_has_no_sound_is_recorded_without(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    assert has_sound(write_clap(tmp_path / "clap.mp4"))
    assert not has_sound(write_clip(tmp_path / "silent.mp4", frames=3))
    assert not has_sound(tmp_path / "text.mp4")
    assert not has_sound(tmp_path / "missing.mp4")
    recorded(tmp_path / "silent.mp4", tmp_path / "out.mp4", 3)
    assert heard(tmp_path / "out.mp4") == []


def test_later_recordings_have_sound_as_well(tmp_path: Path) -> None:
    tape = Tape()
    tape.add(0.0, beeping(1.0, 3 * RATE))
    recorder = Recorder(None, tmp_path, sound=tape)
    recorder.toggle()
    for number in range(20):
        recorder.write(frame_of(9), 0.5 + number / 20)
    recorder.toggle()
    (path,) = tmp_path.glob("*.mp4")
    assert heard(path) == [pytest.approx(0.5, abs=0.003)]


def test_the_threads_that_lay_sound_end_with_their_clip(tmp_path: Path) -> None:
    recorded(write_clap(tmp_path / "clip.mp4", frames=200), tmp_path / "out.mp4", 2)

    def running() -> Iterator[threading.Thread]:
        return (thread for thread in threading.enumerate() if thread.name.startswith("sound of"))

    for thread in running():
        thread.join(60)
    assert not list(running())
