"""Files and pipes with the program ffmpeg on the other side, compared frame by frame."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import helper

from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.painting import VideoSettings
from tests.support.fakes.live import CopyStylizer
from tests.support.models.tiny import write_model

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg")
WIDTH, HEIGHT, FRAMES, RATE = 160, 120, 5, "10"
_DRAWN: Final = f"testsrc2=s={WIDTH}x{HEIGHT}:r={RATE}:d=0.5"
_CLEAR: Final = f"color=c=magenta:s={WIDTH}x{HEIGHT}:r={RATE}:d=0.5,format=rgba,geq=r=X:g=2*Y:b=40*N:a='255*gte(X,80)'"
_KEEPS_ALL: Final = ("ffv1", "-pix_fmt", "bgr0")

Frames = NDArray[np.uint8]


def ffmpeg(*arguments: object, data: bytes | None = None) -> bytes:
    command = ["ffmpeg", "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def seen(*source: object, data: bytes | None = None) -> Frames:
    """(frames, height, width, 4) BGRA as ffmpeg decodes them."""
    raw = ffmpeg(*source, "-f", "rawvideo", "-pix_fmt", "bgra", "-", data=data)
    return np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip without loss, opaque and partly transparent, and what ffmpeg makes of it in other forms."""
    made = tmp_path_factory.mktemp("made")
    ffmpeg("-f", "lavfi", "-i", _DRAWN, "-c:v", *_KEEPS_ALL, made / "in.mkv")
    ffmpeg("-f", "lavfi", "-i", _CLEAR, "-c:v", "qtrle", made / "clear.mov")
    ffmpeg("-i", made / "in.mkv", made / "%05d.png")
    for name, how in (("in.apng", ()), ("in.gif", ()), ("in.webp", ("-c:v", "libwebp_anim", "-lossless", "1"))):
        ffmpeg("-i", made / "in.mkv", *how, made / name)
    return made


@pytest.mark.parametrize(
    ("name", "codec", "most"),
    [("%05d.png", "", 0), ("out.apng", "", 0), ("out.gif", "", 2),
     *(pytest.param(f"%05d.{kind}", "", 0, marks=pytest.mark.slow) for kind in ("tif", "bmp")),
     ("out.mov", "qtrle", 0), ("%05d.jpg", "", 3), ("out.mp4", "", 4), ("out.webm", "", 4)],
)  # fmt: skip
def test_ffmpeg_reads_what_is_written(tmp_path: Path, folder: Path, name: str, codec: str, most: float) -> None:
    """`most`: levels on average."""
    stylize_video(folder / "in.mkv", tmp_path / name, CopyStylizer(), VideoSettings(codec=codec or None, quality=5))
    written, meant = seen("-i", tmp_path / name), seen("-i", folder / "in.mkv")
    assert len(written) == FRAMES
    assert np.abs(written[..., :3].astype(int) - meant[..., :3]).mean() <= most


@pytest.mark.parametrize(
    ("name", "codec", "most"), [("%05d.png", "", 0), ("out.apng", "", 0), ("out.mov", "qtrle", 0), ("out.mov", "", 1)]
)
def test_ffmpeg_sees_what_is_transparent(tmp_path: Path, folder: Path, name: str, codec: str, most: int) -> None:
    stylize_video(folder / "clear.mov", tmp_path / name, CopyStylizer(), VideoSettings(codec=codec or None))
    written, meant = seen("-i", tmp_path / name), seen("-i", folder / "clear.mov")
    assert (written[..., 3] == meant[..., 3]).all()
    assert (np.abs(written.astype(int) - meant)[:, :, 80:].max()) <= most


@pytest.mark.parametrize("name", ["%05d.png", "in.apng", "in.gif", "in.webp"])
def test_what_ffmpeg_writes_is_read(tmp_path: Path, folder: Path, name: str) -> None:
    settings = VideoSettings(fps=RATE if "%" in name else None)
    stylize_video(folder / name, tmp_path / "%05d.png", CopyStylizer(), settings)
    meant = folder / ("in.mkv" if name == "in.webp" else name)  # older ffmpegs do not read animated WebP
    written = seen("-i", tmp_path / "%05d.png")
    assert len(written) == FRAMES
    assert (written == seen("-i", meant)).all()


@pytest.mark.slow  # the command is started anew for each
@pytest.mark.parametrize("kind", ["nut", "matroska", "rawvideo", "y4m"])
def test_ffmpeg_stands_on_both_sides_of_a_pipe(tmp_path: Path, folder: Path, kind: str) -> None:
    nodes = [helper.make_node("Identity", ["frame"], ["stylized"])]
    write_model(tmp_path / "same.onnx", nodes, metadata={"nst.contract": "1", "nst.name": "same"})
    command = [sys.executable, "-m", "nstcam.realtime.cli.app", "video", "-", "-", "--style", tmp_path / "same.onnx"]
    command += ["--device", "cpu", "--steady", "0", "--no-follow", "--pipe", kind]
    size, raw = f"{WIDTH}x{HEIGHT}", ("-f", "rawvideo", "-pix_fmt", "bgr24")
    into: tuple[str, ...] = ("-f", kind, "-c:v", "ffv1", "-pix_fmt", "bgr0")
    back: tuple[str, ...] = ("-f", kind)
    if kind == "rawvideo":
        into, back = raw, ("-f", "rawvideo", "-pixel_format", "bgr24", "-video_size", size, "-framerate", RATE)
        command += ["--pixel-format", "bgr24", "--size", size, "--fps", RATE]
    elif kind == "y4m":
        into = back = ("-f", "yuv4mpegpipe")
        into, command = (*into, "-pix_fmt", "yuv444p"), [*command, "--pixel-format", "yuv444p"]
    given = ffmpeg("-i", folder / "in.mkv", *into, "-")
    done = subprocess.run(list(map(str, command)), input=given, capture_output=True, check=True)
    written = seen(*back, "-i", "-", data=done.stdout)
    meant = seen("-f", "yuv4mpegpipe", "-i", "-", data=given) if kind == "y4m" else seen("-i", folder / "in.mkv")
    assert len(written) == FRAMES
    assert np.abs(written.astype(int) - meant).max() <= (2 if kind == "y4m" else 0)
    assert b"5 frames" in done.stderr
