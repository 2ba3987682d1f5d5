from pathlib import Path

import pytest

from nstcam.realtime.output.recorder import Recorder
from tests.support.fakes.live import frame_of


def test_the_key_starts_and_ends_files(tmp_path: Path) -> None:
    recorder = Recorder(None, tmp_path)
    assert not recorder.on
    assert recorder.toggle().startswith("recording nstcam-2")
    assert recorder.on
    recorder.write(frame_of(100), 0.0)
    assert recorder.toggle().startswith("saved nstcam-2")
    assert not recorder.on


def test_names_with_the_time_are_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda _: "now")
    first = Recorder(None, tmp_path)
    assert first.toggle() == "recording nstcam-now.mp4"
    first.close()
    (tmp_path / "nstcam-now.mp4").write_text("precious")
    (tmp_path / "nstcam-now-2.part.mkv").write_text("precious")
    recorder = Recorder(None, tmp_path)
    assert recorder.toggle() == "recording nstcam-now-3.mp4"
    recorder.write(frame_of(100), 0.0)
    recorder.close()
    assert [p.name for p in sorted(tmp_path.iterdir()) if p.read_bytes() != b"precious"] == ["nstcam-now-3.mp4"]


def test_what_got_no_frame_is_not_called_saved(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "out.mp4", tmp_path)
    assert recorder.toggle() == "nothing recorded: no frame came, so out.mp4 was not made"
    assert recorder.missing
    assert list(tmp_path.iterdir()) == []


def test_whether_the_file_that_was_asked_for_is_made(tmp_path: Path) -> None:
    assert not Recorder(None, tmp_path).missing
    recorder = Recorder(tmp_path / "out.mp4", tmp_path)
    recorder.write(frame_of(100), 0.0)
    assert recorder.missing, "not yet"
    recorder.toggle()
    assert not recorder.missing
    recorder.toggle()
    recorder.write(frame_of(100), 0.0)
    recorder.close()
    assert not recorder.missing, "later ones do not count"
