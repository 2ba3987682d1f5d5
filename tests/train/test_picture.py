import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from nstcam.train.errors import TrainError
from nstcam.train.picture import read_rgb, shrink_to, to_picture, to_tensor, write_picture


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


@pytest.mark.parametrize(
    ("hw", "shrunk"),
    [((60, 90), (40, 60)), ((90, 60), (60, 40)), ((40, 90), (40, 90)), ((30, 90), (30, 90)), ((60, 61), (40, 41))],
)
def test_pictures_are_scaled_down_only(hw: tuple[int, int], shrunk: tuple[int, int]) -> None:
    picture = np.zeros((*hw, 3), np.uint8)
    assert shrink_to(picture, 40).shape[:2] == shrunk
    assert (shrink_to(picture, 40) is picture) == (hw == shrunk)


def test_levels_are_rounded_and_clipped() -> None:
    image = torch.tensor([-0.1, 0.49 / 255, 0.51 / 255, 1.1]).view(1, 1, 1, 4).expand(1, 3, 1, 4)
    assert to_picture(image)[0, :, 0].tolist() == [0, 0, 1, 255]
    assert to_tensor(np.array([[[0, 51, 255]]], np.uint8), torch.device("cpu")).flatten().tolist() == pytest.approx(
        [0, 0.2, 1]
    )


def test_a_picture_that_its_format_cannot_hold_is_told(tmp_path: Path) -> None:
    for name, shape in (("a.webp", (1, 16384, 3)), ("a.nothing", (8, 8, 3))):
        with pytest.raises(TrainError, match=rf"{name} cannot be written: .*cannot hold {shape[1]}x{shape[0]} px; use"):
            write_picture(tmp_path / name, np.zeros(shape, np.uint8))
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    for name, flag in (("a.jpg", 1), ("a.JPEG", 1), ("a.webp", 64)):  # OpenCV's flags of the quality
        write_picture(tmp_path / name, noise)
        expected = cv2.imencode(Path(name).suffix.lower(), noise[..., ::-1], [flag, 95])[1]
        assert (tmp_path / name).read_bytes() == expected.tobytes()
