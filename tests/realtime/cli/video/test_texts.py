"""Tests the parsing of nstcam video, image and join, and exit code 2 for wrong command lines."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest
import typer

from nstcam.realtime.cli import app
from nstcam.realtime.cli.video.command import video
from nstcam.realtime.cli.video.texts import (
    parse_bytes,
    parse_cut,
    parse_part,
    parse_styles,
    parse_time,
    with_sheet_named,
)
from nstcam.realtime.video.encoding.encoder import DEFAULT_QUALITY

KINDS = "auto, nvenc, qsv, amf, vaapi, videotoolbox, mediafoundation, software"
VIDEOS = ".mp4, .m4v, .mov, .mkv, .webm"


def run(*arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["nstcam", *arguments])
        with pytest.raises(SystemExit) as ended:
            app.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("video a.mp4", "1 path given; give IN OUT, or any number of inputs and --output-dir FOLDER"),
        ("video a.mp4 b.mp4 c.mp4", "3 paths given; give IN OUT, or any number of inputs and --output-dir FOLDER"),
        ("video a.mp4 o.txt", f"cannot write o.txt: its name must end in one of {VIDEOS}"),
        ("video a.mp4 o.mp4 --preview 4", "cannot write o.mp4: its name must end in one of .png, "),
        ("video a.mp4 o.mp4 --segment 1/2", "cannot write o.mp4: its name must end in .nstpart"),
        ("video a.mp4 o.nstpart --segment 3/2", "--segment 3/2 is not a part; write I/N with I from 1 to N, like 2/3"),
        ("video a.mp4 o.nstpart --segment 0/2", "--segment 0/2 is not a part"),
        ("video a.mp4 o.nstpart --segment=", "--segment  is not a part"),
        ("video f/%05d.png o.nstpart --segment 1/2", "--segment takes a video file, no pictures; give each machine a"),
        ("video . o.nstpart --segment 1/2", "--segment takes a video file, no pictures; give each machine a folder of"),
        ("video a.mp4 -o out --segment 1/2", "--segment takes one IN and one OUT.nstpart"),
        ("video a.mp4 o.png --preview 2 --segment 1/2", "--segment takes one IN and one OUT.nstpart"),
        ("video a.mp4 o.mp4 --url http://host/a.mp4", "--url takes an address, which - stands for: nstcam video - OUT"),
        ("video - o.mp4 --url a.mp4", "--url takes an address, which - stands for"),
        ("video - o.mp4 --url http://host/a.mp4 --resume", "--resume needs files"),
        ("video a.mp4 o.mp4 --codec divx", "--codec divx is unknown; choose one of h264, hevc, av1, vp9"),
        ("video a.mp4 -o out --codec divx", "--codec divx is unknown"),
        ("video a.mp4 o.webm --codec h264", "cannot write h264 to o.webm: .webm files hold vp9, av1; choose one"),
        ("video a.mp4 o.mp4 --encoder gpu", f"--encoder gpu is unknown; choose one of {KINDS}"),
        ("video a.mp4 -o out --encoder gpu", "--encoder gpu is unknown"),
        ("video a.mp4 o.webm --encoder amf", "there is no amf encoder for vp9; choose one of auto, software"),
        ("video a.mp4 o.nstpart --segment 1/2 --codec vp9 --encoder amf", "there is no amf encoder for vp9"),
        ("video a.mp4 -o out --codec vp9 --encoder amf", "there is no amf encoder for vp9"),
        ("video a.mp4 o.mp4 --from 1h", "1h is not a time; write seconds or hh:mm:ss, like 4.5 or 1:02:03"),
        ("video a.mp4 o.mp4 --from=", "is not a time"),
        ("video a.mp4 o.mp4 --to 99999999999", "99999999999 is not a time"),
        ("video a.mp4 o.mp4 --from 0:05 --to 2", "--to 2 is not after --from 0:05; give a later time to --to"),
        ("video a.mp4 o.mp4 --to 0", "--to 0 is not after --from 0; give a later time to --to"),
        ("video a.mp4 o.mp4 --style 2:wave --style 1:starry", "the times of --style are 2, 1 and must increase"),
        ("video a.mp4 o.mp4 --style wave --style starry", "the times of --style are 0, 0 and must increase"),
        ("video a.mp4 o.mp4 --stroke-scale 11", "should be less than or equal to 10"),
        ("video a.mp4 o.mp4 --stroke-scale=", "--stroke-scale"),
        ("image a.png o.png --stroke-scale 0", "should be greater than or equal to 0.1"),
        ("video a.mp4 o.mp4 --quality 60", "--quality"),
        ("video a.mp4 o.mp4 --strength nan", "--strength"),
        ("video a.mp4 o.mp4 --steady nan", "--steady"),
        ("video a.mp4 o.mp4 --fade inf", "inf is not a finite number"),
        ("video a.mp4 o.mp4 --preview 0", "--preview"),
        ("image a.png", "1 path given; give IN OUT"),
        ("image a.png o.gif", "cannot write o.gif: its name must end in one of .png, .jpg"),
        ("image a.png o.png --strength 2", "--strength"),
        ("join a.mp4 o.txt 1.nstpart", f"cannot write o.txt: its name must end in one of {VIDEOS}"),
        ("join a.mp4 o.mp4", "PART"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.mp4").touch()
    code, err = run(*line.split(" ")), capsys.readouterr().err
    assert (code, says in err, err.count("\n")) == (2, True, 1), err
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("video none.mp4 o.mp4", "none.mp4 not found; check the path"),
        ("video empty.mp4 o.mp4", "empty.mp4 is empty (0 bytes); get the file again"),
        ("image none.png o.png", "none.png not found; check the path"),
        ("image empty.png o.png", "empty.png is empty (0 bytes); get the file again"),
        ("join none.mp4 o.mp4 1.nstpart", "none.mp4 not found; check the path"),
        ("join empty.mp4 o.mp4 1.nstpart", "1.nstpart not found; check the path"),
    ],
)
def test_a_missing_or_broken_file_is_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("empty.mp4", "empty.png"):
        (tmp_path / name).touch()
    options = [] if line.startswith("join") else ["--device", "cpu", "--threads", "1"]
    assert (run(*line.split(), *options), capsys.readouterr().err) == (1, f"nstcam: {says}\n")


def test_values_are_read() -> None:
    assert [parse_time(t) for t in ("4.5", "1:30", "1:02:03.5")] == [4.5, 90, 3723.5]
    assert parse_part("2/3") == (2, 3)
    assert parse_cut(None, None) == (0, None)
    assert parse_cut("1:00", "61.5") == (60, 61.5)
    assert parse_styles(["starry"]) == ((0, "starry"),)
    assert parse_styles(["0:starry", "1:30:wave"]) == ((0, "starry"), (90, "wave"))
    assert parse_styles([r"C:\styles\x.onnx"]) == ((0, r"C:\styles\x.onnx"),)
    for wrong in ("", "a", "1:2:3:4", "-1", "٣"):
        with pytest.raises(typer.BadParameter):
            parse_time(wrong)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("7", 7), ("7B", 7), ("500kB", 500_000), ("8MB", 8_000_000), ("8mb", 8_000_000), ("2 G", 2 * 10**9),
        ("1kiB", 1024), ("2MiB", 2 << 20), ("1.5 GiB", 3 << 29), ("0.000001MB", 1), ("999999999999", 999_999_999_999),
    ],
)  # fmt: skip
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "MB", "0", "0.5", "0kB", "-1", "8TB", "1.2345678MB", "1" * 13, "8 MB 2", "٣"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        parse_bytes(text)
    assert caught.value.message == f"--max-size {text} is not a size; write bytes, or 500kB or 8MB"


def test_the_borders_of_times_parts_and_cuts() -> None:
    assert parse_time("10000000") == parse_time("2777:46:40") == 10_000_000
    with pytest.raises(typer.BadParameter, match="is not a time"):
        parse_time("10000000.1")
    assert (parse_part("1/1"), parse_part("999999/999999")) == ((1, 1), (999_999, 999_999))
    for wrong in ("1/1000000", "3/2", "0/1", "1", "1/", "a/b"):
        with pytest.raises(typer.BadParameter, match=f"^--segment {wrong} is not a part; write I/N with I from 1 to N"):
            parse_part(wrong)
    assert parse_cut("1", "1.001") == (1, 1.001)
    for begin, end, told in (("1", "1", "--to 1 is not after --from 1;"), (None, "0", "--to 0 is not after --from 0;")):
        with pytest.raises(typer.BadParameter, match=f"^{told} give a later time to --to$"):
            parse_cut(begin, end)


def test_without_a_name_it_is_called_like_the_photo() -> None:
    assert with_sheet_named([Path("a/me.png")], None) == (Path("a/me.png"), Path("a/me-styles.jpg"))
    for paths, folder in (([Path("a.png"), Path("b.png")], None), ([Path("a.png")], Path("out"))):
        assert with_sheet_named(paths, folder) == tuple(paths)


def test_the_default_quality_is_that_of_the_library() -> None:
    assert inspect.signature(video).parameters["quality"].default == DEFAULT_QUALITY
