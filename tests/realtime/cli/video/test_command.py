"""Tests nstcam video as a user runs it: many files, cuts, timelines, reports."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorTrc

from nstcam.realtime.effects.steady import DEFAULT
from nstcam.realtime.frame import Frame
from nstcam.realtime.video.contact_sheet import CELL_WIDTH, GAP
from tests.support.commands import run_nstcam_here as run
from tests.support.media.clips import corner_names, look, quadrants, write_clip


def frames(path: Path) -> list[Frame]:
    with av.open(str(path)) as container:
        return [f.to_ndarray(format="bgr24").astype(np.uint8) for f in container.decode(video=0)]


def test_one_bad_file_does_not_stop_the_others(home: Path) -> None:
    for name in ("a.mp4", "c.mkv"):
        write_clip(home / "in" / name, frames=4)
    (home / "in" / "b.mp4").write_text("no video")
    (home / "in" / "notes.txt").write_text("not asked for")
    (home / "in" / "._a.mp4").write_text("macOS leaves these on memory cards")
    write_clip(home / "in" / "d.AVI", frames=4)
    done = run(home, "video", "in", "--output-dir", "out", "--style", "negative")
    assert done.returncode == 1
    assert {path.name for path in (home / "out").iterdir()} == {"a.mp4", "c.mkv", "d.mp4"}
    assert corner_names(255 - look(home / "out" / "c.mkv").first) == "rgbw"
    assert "in/b.mp4 is not a video" in done.stderr
    assert "3 of 5 done, 1 failed, 1 ignored (1 TXT)" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_folder_stands_for_all_that_can_be_opened(home: Path) -> None:
    """Whatever is left out is counted by kind, in the report for programs too."""
    write_clip(home / "in" / "a.mp4", frames=4)
    write_clip(home / "in" / "c.mp4", frames=4).rename(home / "in" / "c.insv")
    raw = b"YUV4MPEG2 W64 H48 F25:1 Ip A1:1 C420\n" + 4 * (b"FRAME\n" + bytes(64 * 72))
    for name in ("a.y4m", "d.y4m"):
        (home / "in" / name).write_bytes(raw)
    (home / "in" / "sub").mkdir()
    for name in ("e.heic", "f.HEIC", "g.jpg", "sub/h.mp4", ".hidden"):
        (home / "in" / name).write_bytes(b"x")
    done = run(home, "video", "in", "-o", "in/out", "--style", "copy", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (home / "in" / "out").iterdir()} == {"a.mp4", "a.y4m.mp4", "c.mp4", "d.mp4"}
    assert done.stdout.splitlines()[-1] == "4 of 7 done, 3 ignored (2 HEIC, 1 JPG), 1 sub-folder not entered"
    done = run(home, "video", "in", "-o", "again", "--style", "copy", "--device", "cpu", "--json")
    records = json.loads(done.stdout)
    assert [record["status"] for record in records] == ["done"] * 4 + ["ignored"] * 3
    assert records[-1] == {"source": "in/g.jpg", "target": None, "status": "ignored", "kind": "JPG"}


def test_the_report_for_programs(home: Path) -> None:
    write_clip(home / "in" / "a.mp4", frames=4, audio="aac")
    (home / "in" / "b.mp4").write_text("no video")
    done = run(home, "video", "in/a.mp4", "in/b.mp4", "-o", "out", "--style", "negative", "--json")
    good, bad = json.loads(done.stdout)
    assert done.returncode == 1
    assert (good["status"], good["frames"], good["audio_copied"], good["size_wh"]) == ("done", 4, 1, [64, 48])
    assert good["encoder"].endswith("264") or "_" in good["encoder"]
    assert (bad["status"], bad["source"]) == ("failed", "in/b.mp4")
    assert "not a video" in bad["error"]


def test_resume_skips_what_is_done(home: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_clip(home / "in" / name, frames=4)
    assert run(home, "video", "in/a.mp4", "-o", "out", "--style", "negative").returncode == 0
    before = (home / "out" / "a.mp4").stat().st_mtime_ns
    done = run(home, "video", "in", "-o", "out", "--style", "negative", "--resume")
    assert (done.returncode, "out/a.mp4 exists already" in done.stdout) == (0, True), done.stderr
    assert (home / "out" / "a.mp4").stat().st_mtime_ns == before
    assert (home / "out" / "b.mp4").exists()


def test_cut_codec_and_styles_over_time(home: Path) -> None:
    grey = np.full((48, 64, 3), 50, np.uint8)
    write_clip(home / "clip.mp4", frames=40, picture=grey, rate=Fraction(10))
    done = run(
        home, "video", "clip.mp4", "out.mp4", "--style", "0:copy", "--style", "1:negative", "--fade", "0.5",
        "--from", "0:01", "--to", "3", "--codec", "hevc", "--encoder", "software", "--quality", "10", "--no-brighten",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "encoded by libx265" in done.stdout
    levels = [frame.mean() for frame in frames(home / "out.mp4")]
    assert len(levels) == 20
    assert max(levels[:10]) < 55
    assert np.all(np.diff(levels[10:16]) > 20)  # the cross-fade
    assert min(levels[16:]) > 200


def test_strength_and_colours(home: Path) -> None:
    write_clip(home / "clip.mp4", frames=2)
    for name, option in (("a.mp4", "--strength=0"), ("b.mp4", "--keep-colors")):
        assert run(home, "video", "clip.mp4", name, "--style", "negative", option).returncode == 0
    assert corner_names(frames(home / "a.mp4")[0]) == "rgbw"
    cr = [cv2.cvtColor(f, cv2.COLOR_BGR2YCrCb)[30:44, 4:12, 2].mean() for f in (quadrants(), frames(home / "b.mp4")[0])]
    assert cr[1] > 150  # blue stays bluish though it got bright
    assert cr[0] > 200


def test_a_preview_warns_once_and_shows_pixels_as_wide_as_players_do(home: Path) -> None:
    with av.open(str(home / "hdr.mkv"), "w") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        stream.codec_context.color_trc = ColorTrc.SMPTE2084
        for _ in range(8):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(quadrants(), "bgr24")))
        out.mux(stream.encode(None))
    done = run(home, "video", "hdr.mkv", "sheet.png", "--style", "negative", "--preview", "4")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("is HDR video") == 1
    sheet = cv2.imread(str(home / "sheet.png"))
    assert sheet is not None
    assert sheet.shape[:2] == (2 * 180 + 3 * GAP, 2 * CELL_WIDTH + 3 * GAP)  # 480 * 48 / 128


def test_a_preview_is_a_contact_sheet(home: Path) -> None:
    write_clip(home / "clip.mp4", frames=30)
    done = run(home, "video", "clip.mp4", "sheet.png", "--style", "negative", "--preview", "6")
    assert done.returncode == 0, done.stderr
    sheet = cv2.imread(str(home / "sheet.png"))
    assert sheet is not None
    assert sheet.shape == (2 * (360 + 8) + 8, 3 * (480 + 8) + 8, 3)
    cells = [sheet[8 + r * 368 :, 8 + c * 488 :][:360, :480].astype(np.uint8) for r in (0, 1) for c in (0, 1, 2)]
    assert {corner_names(255 - cell[60:]) for cell in cells} == {"rgbw"}
    means = [cell.mean() for cell in cells]
    assert means == sorted(means)  # the clip gets darker, its negative brighter: frames across it, in order
    assert len(set(means)) == 6


def test_parts_are_joined(home: Path) -> None:
    write_clip(home / "clip.mp4", frames=250, audio="aac")
    for number in ("1", "2"):
        done = run(home, "video", "clip.mp4", f"{number}.nstpart", "--style", "negative", "--segment", f"{number}/2")
        assert done.returncode == 0, done.stderr
        assert f"frames, part {number} of 2" in done.stdout
    done = run(home, "join", "clip.mp4", "out.mp4", "2.nstpart", "1.nstpart")
    assert (done.returncode, done.stderr) == (0, "")
    seen = look(home / "out.mp4")
    assert (len(seen.times), seen.codecs) == (250, ["h264", "aac"])
    assert corner_names(255 - seen.first) == "rgbw"


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (["in/none.mp4", "out.mp4"], "in/none.mp4 not found", 1),
        (["in/a.mp4", "in/a.mkv", "-o", "in/a.mp4"], "cannot make the folder", 1),
        (["empty", "-o", "out"], "holds no file with a known suffix", 1),
        (["in/a.mp4", "other/a.mp4", "-o", "out"], "would both become", 1),
    ],
)
def test_what_cannot_be_done_is_said(home: Path, arguments: list[str], says: str, code: int) -> None:
    write_clip(home / "in" / "a.mp4", frames=2)
    (home / "empty").mkdir()
    done = run(home, "video", "--style", "negative", *arguments)
    said = " ".join(done.stderr.replace("│", " ").split())
    assert (done.returncode, says in said) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert not list(home.rglob("*.nstcam"))


def test_steadiness_unless_told_is_that_of_the_live_app(home: Path) -> None:
    write_clip(home / "a.mp4", frames=6)
    options = ("--style", "negative", "--device", "cpu", "--encoder", "software")
    for name, words in (("default.mp4", ()), ("told.mp4", ("--steady", str(DEFAULT))), ("off.mp4", ("--steady", "0"))):
        assert run(home, "video", "a.mp4", name, *options, *words).returncode == 0
    assert (home / "default.mp4").read_bytes() == (home / "told.mp4").read_bytes()
    assert (home / "default.mp4").read_bytes() != (home / "off.mp4").read_bytes()
