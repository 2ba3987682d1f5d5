"""Tests that nstcam and nst-train see the same picture in the same file."""

from __future__ import annotations

import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from av.stream import Disposition

from nstcam.media.pixels import as_8_bits
from nstcam.realtime.picture.file import read_picture
from nstcam.realtime.video.reading.reader import VideoReader
from nstcam.train.content.clip import Clip, upright
from nstcam.train.content.paintings import read_on_white
from nstcam.train.picture import read_rgb
from tests.support.media.clips import quadrants, write_tracks

HALF = np.full((48, 64), 128, np.uint8)
DEEP = quadrants()[..., ::-1].astype(np.uint16) * 257


def write_all(folder: Path) -> list[Path]:
    rgb = quadrants()[..., ::-1]
    tifffile.imwrite(folder / "half.tif", np.dstack([rgb, HALF]), photometric="rgb", extrasamples=["unassalpha"])
    tifffile.imwrite(folder / "planes.tif", np.moveaxis(DEEP, -1, 0), photometric="rgb", planarconfig="separate")
    tifffile.imwrite(folder / "negative.tif", DEEP[..., 0], photometric="miniswhite")
    tifffile.imwrite(folder / "grey.tif", np.dstack([rgb[..., 0], HALF]), photometric="minisblack", extrasamples=[2])
    (folder / "deep.ppm").write_bytes(b"P6\n64 48\n1023\n" + (DEEP // 64).astype(">u2").tobytes())
    deep = cv2.imencode(".avif", DEEP[..., ::-1] // 64, [cv2.IMWRITE_AVIF_DEPTH, 10])[1]
    (folder / "deep.avif").write_bytes(deep.tobytes())
    cv2.imwrite(str(folder / "deep.png"), np.dstack([DEEP[..., ::-1], HALF.astype(np.uint16) * 257]))
    cv2.imwrite(str(folder / "photo.jpg"), quadrants())
    return sorted(folder.iterdir())


def test_painting_and_training_read_the_same_pixels(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for path in write_all(tmp_path):
        painted = read_picture(path)
        bgr = as_8_bits(painted.pixels)
        assert np.array_equal(read_rgb(path)[..., ::-1], bgr), path
        share = 1.0 if painted.alpha is None else as_8_bits(painted.alpha)[..., None] / 255
        expected = bgr * share + 255 * (1 - share)
        assert np.abs(read_on_white(path)[..., ::-1] - expected).max() <= 0.51, path
        assert bgr.max() > 200, path


def test_a_clear_level_of_grey_becomes_white_in_training(tmp_path: Path) -> None:
    """It was trained on as black, where nstcam image kept it clear."""
    grey = np.zeros((48, 64), np.uint8)
    grey[:, :32] = 90
    png = cv2.imencode(".png", grey)[1].tobytes()
    at = png.index(b"IDAT") - 4
    body = b"tRNS\0\0"
    chunk = b"\0\0\0\2" + body + zlib.crc32(body).to_bytes(4, "big")
    (tmp_path / "sign.png").write_bytes(png[:at] + chunk + png[at:])
    rgb = read_on_white(tmp_path / "sign.png")
    assert (rgb[0, 0].tolist(), rgb[0, 63].tolist()) == ([90] * 3, [255] * 3)


def test_of_several_tracks_training_reads_the_one_that_is_painted(tmp_path: Path) -> None:
    """It took the first, which may be a cover that is not declared as one, or not the one that players show."""
    plain, default = Disposition(0), Disposition.default
    small, large = (64, 48), (96, 64)
    for clip in (
        write_tracks(tmp_path / "a.mkv", [("libx264", large, 2, plain), ("libx264", small, 3, default)]),
        write_tracks(tmp_path / "b.ts", [("libx264", small, 2, plain), ("libx264", large, 3, plain)]),
        write_tracks(tmp_path / "c.mp4", [("mjpeg", large, 1, default), ("libx264", small, 3, default)]),
    ):
        with VideoReader(clip) as reader, Clip(clip) as trained_on:
            painted = [timed.frame.shape for timed in reader]
            assert [upright(frame).shape for frame in trained_on] == painted
            assert len(painted) == 3, "not the first track"
