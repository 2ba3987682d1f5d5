import errno
import os
import re
import sys
import threading
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from nstcam.realtime.capture.tape import RATE, Tape
from nstcam.realtime.errors import SinkError
from nstcam.realtime.output.picture_track import yuv_of
from nstcam.realtime.output.recording import Recording
from tests.support.fakes.live import frame_of
from tests.support.media.clips import look, quadrants
from tests.support.media.pipes import frames_of
from tests.support.media.symmetric import aside, symmetric

TIMES = [0.0, 0.033, 0.067, 0.5, 0.55, 1.3, 2.0]


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.mov"])
def test_frames_have_the_times_of_their_capture(tmp_path: Path, name: str) -> None:
    recording = Recording(tmp_path / name)
    for at in TIMES:
        recording.write(quadrants(), 1000 + at)
    recording.close()
    seen = look(tmp_path / name)
    assert [float(t) for t in seen.times] == pytest.approx(TIMES, abs=0.0015)
    assert seen.size_wh == (64, 48)
    assert [p.name for p in tmp_path.iterdir()] == [name], "no part file is left"
    data = (tmp_path / name).read_bytes()
    assert name == "out.mkv" or data.index(b"moov") < data.index(b"mdat"), "it plays while it loads"


def test_times_rise_where_those_of_the_camera_do_not(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "out.mkv")
    for at in (5.0, 5.0, 4.0, 5.002, 5.5):
        recording.write(quadrants(), at)
    recording.close()
    assert [round(float(at), 3) for at in look(tmp_path / "out.mkv").times] == [0, 0.001, 0.002, 0.003, 0.5]


def test_sound_ends_a_thirtieth_of_a_second_after_the_last_picture(tmp_path: Path) -> None:
    tape = Tape()
    tape.add(10.0, np.full((2, 3 * RATE), 0.5, np.float32))
    recording = Recording(tmp_path / "out.mkv", sound=tape)
    for at in (10.5, 11.5):
        recording.write(quadrants(), at)
    recording.close()
    assert look(tmp_path / "out.mkv").audio_span[1] == pytest.approx(1 + 1 / 30, abs=0.022), "to a packet of AAC"


def test_colours_are_those_that_were_shown(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "out.mp4")
    recording.write(quadrants(), 0)
    recording.close()
    first = look(tmp_path / "out.mp4").first
    for y, x in ((8, 8), (8, 50), (40, 8), (40, 50)):
        assert abs(first[y, x].astype(int) - quadrants()[y, x]).max() < 12


def test_colours_lie_on_their_pixels(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "out.mp4")
    recording.write(symmetric(), 0)
    recording.close()
    assert aside(frames_of(tmp_path / "out.mp4")[0]) < 24, "half a pixel aside is 80"


@pytest.mark.parametrize("level", [0, 64, 128, 200, 255])
def test_greys_keep_their_level(tmp_path: Path, level: int) -> None:
    recording = Recording(tmp_path / "out.mp4")
    recording.write(frame_of(level), 0)
    recording.close()
    assert np.unique(look(tmp_path / "out.mp4").first).tolist() == [level]


def test_odd_and_changing_sizes(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "out.mp4")
    recording.write(frame_of(100, 47, 65), 0)
    recording.write(frame_of(100, 96, 64), 0.1)
    recording.close()
    seen = look(tmp_path / "out.mp4")
    assert seen.size_wh == (64, 46)
    assert len(seen.times) == 2


def test_nothing_written_leaves_nothing(tmp_path: Path) -> None:
    assert not Recording(tmp_path / "out.mp4").close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("out.avi", "must end in"),
        ("no/out.mp4", "folder .*no does not exist; create it first"),
        ("there.mp4", "--overwrite"),
        (".", "it is a folder; give the name of a file in it"),
    ],
)
def test_what_cannot_be_written_is_said_at_once(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "there.mp4").write_text("precious")
    with pytest.raises(SinkError, match=says):
        Recording(tmp_path / name)
    assert (tmp_path / "there.mp4").read_text() == "precious"


def test_what_an_interrupted_recording_left_is_not_touched(tmp_path: Path) -> None:
    left = tmp_path / "out.part.mkv"
    left.write_text("precious")
    with pytest.raises(
        SinkError, match=r"out\.part\.mkv belongs to a recording that is running or was interrupted; move it away"
    ):
        Recording(tmp_path / "out.mp4", overwrite=True)
    assert left.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == ["out.part.mkv"]


def test_a_kill_before_the_first_frame_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "out.part.mkv").touch()
    recording = Recording(tmp_path / "out.mp4")
    recording.write(quadrants(), 0)
    assert recording.close()
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_or_pipe_in_place_of_the_part_file_is_refused(tmp_path: Path) -> None:
    part, elsewhere = tmp_path / "out.part.mkv", tmp_path / "elsewhere"
    elsewhere.touch()
    for leads_to in (elsewhere, tmp_path / "nowhere", None):
        if leads_to:
            part.symlink_to(leads_to)
        else:
            os.mkfifo(part)
        kind = "a symbolic link" if leads_to else "not a regular file"
        with pytest.raises(SinkError, match=rf"cannot record to .*out\.part\.mkv is {kind}; move it away"):
            Recording(tmp_path / "out.mp4")
        part.unlink()
    assert {path.name for path in tmp_path.iterdir()} == {"elsewhere"}
    assert elsewhere.read_bytes() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="open files are not locked there")
def test_a_recording_that_waits_for_its_first_frame_keeps_its_name(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "out.mp4")
    with pytest.raises(SinkError, match="belongs to a recording that is running"):
        Recording(tmp_path / "out.mp4")
    recording.write(quadrants(), 0)
    assert recording.close()
    assert len(look(tmp_path / "out.mp4").times) == 1


@pytest.mark.parametrize("source", ["clip.mp4", "clip.part.mkv"])
def test_the_source_is_not_recorded_over(tmp_path: Path, source: str) -> None:
    (tmp_path / source).write_text("precious")
    with pytest.raises(SinkError, match=f"{source} is playing as the camera"):
        Recording(tmp_path / "clip.mp4", overwrite=True, source=tmp_path / source)
    assert (tmp_path / source).read_text() == "precious"
    Recording(tmp_path / "another.mp4", source=tmp_path / source).close()


def test_what_the_system_refuses_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"cannot record to .*; choose another name or folder"):
        Recording(tmp_path / f"{'x' * 249}.mp4")


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").mkdir()
    with pytest.raises(SinkError, match="it is a folder"):
        Recording(tmp_path / "out.mp4", overwrite=True)


class Failing:
    """A file of a PyAV without the encoder, or on a full disk; none of them can be ended."""

    def __init__(self, output: Any, fails: str) -> None:
        self.output, self.fails = output, fails

    def add_stream(self, *arguments: Any, **options: Any) -> object:
        if self.fails == "encoder":
            raise ValueError("libx264")  # UnknownCodecError is one, and no error of FFmpeg's
        return self.output.add_stream(*arguments, **options)

    def mux(self, packets: Any) -> None:
        if self.fails == "disk":
            raise OSError(errno.ENOSPC, "No space left on device")
        self.output.mux(packets)

    def close(self) -> None:
        self.output.close()
        raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize(
    ("fails", "says", "left"),
    [
        ("encoder", r"\(ValueError: libx264\); nstcam doctor", []),
        ("disk", "No space", []),
        ("end", r"\(Input/output error\); check the free space; what came before is in out.part.mkv", ["out.part.mkv"]),
    ],
)
def test_a_recording_that_fails_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str, says: str, left: list[str]
) -> None:
    open_file = av.open
    monkeypatch.setattr(av, "open", lambda *given, **options: Failing(open_file(*given, **options), fails))
    recording, errors = Recording(tmp_path / "out.mp4"), []
    recording.write(quadrants(), 0)

    def close() -> None:
        try:
            recording.close()
        except SinkError as error:
            errors.append(str(error))

    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(60)
    assert not closing.is_alive()
    assert re.search(says, errors[0])
    assert [path.name for path in tmp_path.iterdir()] == left, "what came before"


def test_what_comes_too_fast_is_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, free = threading.Event(), threading.Event()

    def convert(*given: Any) -> av.VideoFrame:
        begun.set()
        assert free.wait(60)
        return yuv_of(*given)

    monkeypatch.setattr("nstcam.realtime.output.recording.yuv_of", convert)
    recording = Recording(tmp_path / "out.mkv")
    recording.write(quadrants(), 0)
    assert begun.wait(60)
    for at in range(1, 33):
        recording.write(quadrants(), at)
    assert recording.left_out == 2
    free.set()
    recording.close()
    assert len(look(tmp_path / "out.mkv").times) == 31, "thirty may wait"
