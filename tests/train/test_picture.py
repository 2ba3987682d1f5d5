import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.train.errors import TrainError
from nstcam.train.picture import read_rgb


def test_pictures_are_rgb(tmp_path: Path) -> None:
    red = tmp_path / "red.png"
    assert cv2.imwrite(str(red), np.full((48, 64, 3), (0, 0, 255), np.uint8))
    assert (read_rgb(red)[0, 0] == (255, 0, 0)).all()


@pytest.mark.parametrize(("content", "says"), [(b"", r"is empty \(0 bytes\)"), (b"text", "is not a picture")])
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    with pytest.raises(TrainError, match=rf"x\.jpg {says}"):
        read_rgb(path)


def png_of_size(width: int, height: int) -> bytes:
    """A picture file that has nothing but its header."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", b""), (b"IEND", b""))
    parts = (struct.pack(">I", len(d)) + kind + d + struct.pack(">I", zlib.crc32(kind + d)) for kind, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_tiff_of_floats_is_refused_in_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "floats.tif"
    assert cv2.imwrite(str(path), np.zeros((40, 40, 3), np.float32))
    with pytest.raises(
        TrainError, match=r"floats\.tif holds float32 values; save it with 8 or 16 bits per channel first$"
    ):
        read_rgb(path)
    assert capfd.readouterr().err == "", "OpenCV's own words"


def test_a_picture_beyond_opencvs_limit_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", "5000")
    (tmp_path / "big.png").write_bytes(png_of_size(40_000, 40_000))
    with pytest.raises(TrainError) as told:
        read_rgb(tmp_path / "big.png")
    assert str(told.value) == (
        f"{tmp_path / 'big.png'} cannot be read as a picture: OpenCV refuses it, as it does beyond 1,073,741,824 "
        "pixels; make it smaller"
    )
