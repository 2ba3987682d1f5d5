"""Tests that levels of any depth are scaled to the whole range, and that unreadable kinds are named."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest

from nstcam.media.decode import decode_picture
from nstcam.media.kinds import is_heic_still
from nstcam.media.pixels import PictureError, on_black, on_white


def netpbm(magic: str, most: int, level: int) -> bytes:
    shape = (32, 40, 3) if magic in ("P3", "P6") else (32, 40)
    levels = np.full(shape, level)
    head = f"{magic}\n# made by hand\n40 32\n{most}\n".encode()
    if magic in ("P2", "P3"):
        return head + " ".join(map(str, levels.ravel())).encode() + b"\n"
    return head + levels.astype(">u2" if most > 255 else "u1").tobytes()


def pam(kind: str, depth: int, most: int, level: int) -> bytes:
    head = f"P7\nWIDTH 40\nHEIGHT 32\nDEPTH {depth}\nMAXVAL {most}\nTUPLTYPE {kind}\nENDHDR\n".encode()
    return head + np.full((32, 40, depth), level).astype(">u2" if most > 255 else "u1").tobytes()


@pytest.mark.parametrize("magic", ["P2", "P3", "P5", "P6"])
@pytest.mark.parametrize("most", [1, 15, 100, 255, 256, 1023, 4095, 65535])
def test_pgm_and_ppm_of_any_highest_level(magic: str, most: int) -> None:
    for level in (0, most // 2, most):
        pixels = decode_picture(np.frombuffer(netpbm(magic, most, level), np.uint8)).pixels
        white = 255 if most < 256 else 65535
        assert np.iinfo(pixels.dtype).max == white
        assert np.abs(pixels.astype(int) - round(level / most * white)).max() <= 1


@pytest.mark.parametrize("most", [1, 100, 255, 1023])
@pytest.mark.parametrize(("kind", "depth"), [("BLACKANDWHITE", 1), ("GRAYSCALE", 1), ("RGB", 3), ("RGB_ALPHA", 4)])
def test_pam_of_any_highest_level(kind: str, depth: int, most: int) -> None:
    picture = decode_picture(np.frombuffer(pam(kind, depth, most, most), np.uint8))
    assert (picture.pixels == np.iinfo(picture.pixels.dtype).max).all()
    assert (picture.alpha is None) == (depth < 4)


def test_bitmaps_stay_as_they_are() -> None:
    for data in (b"P1\n40 32\n" + b"0 " * 40 * 32, b"P4\n40 32\n" + bytes(5 * 32)):
        assert (decode_picture(np.frombuffer(data, np.uint8)).pixels == 255).all()


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_jpeg_2000_of_any_depth(bits: int) -> None:
    """OpenCV writes 16 bits; how many the file says it has is changed in its two headers. Levels are stored less half
    of their range."""
    levels = np.full((32, 40), 2**15 + 2 ** (bits - 1) - 1, np.uint16)
    done, data = cv2.imencode(".jp2", levels, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])
    assert done
    file = bytearray(data.tobytes())
    size = file.find(b"\xff\x4f\xff\x51")
    assert file[size + 42] == 15
    file[size + 42] = bits - 1
    header = file.find(b"ihdr")
    file[header + 14] = bits - 1
    pixels = decode_picture(np.frombuffer(bytes(file), np.uint8)).pixels
    assert pixels.min() > 65535 * 0.99


def test_deep_jpeg_2000_in_ycc_is_refused() -> None:
    """OpenCV makes green of white."""
    levels = np.full((32, 40, 3), 9999, np.uint16)
    file = cv2.imencode(".jp2", levels)[1].tobytes()
    assert (decode_picture(np.frombuffer(file, np.uint8)).pixels > 9000).all()
    rgb, ycc = (b"colr\1\0\0" + struct.pack(">I", space) for space in (16, 18))
    assert rgb in file
    with pytest.raises(PictureError, match="JPEG 2000 of more than 8 bits in YCbCr"):
        decode_picture(np.frombuffer(file.replace(rgb, ycc), np.uint8))


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"heic", 0, b"mif1", b"heic"), "is a HEIC file.*JPEG first"),
        (struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"mif1", 0, b"mif1", b"heix"), "is a HEIC file.*Most Compatible"),
        (b"\xff\x0a\xfa", "is a JPEG XL file, which cannot be read; save it as PNG"),
        (struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"mp41"), "is a video, not a picture; .* use nstcam video"),
        (b"YUV4MPEG2 W64", "is a video"),
        (b"RIFF\0\0\0\0AVI LIST", "is a video"),
        (b"8BPS\0\1", "is a Photoshop file"),
        (b"", r"is empty \(0 bytes\)"),
        (b"text", "is not a picture that can be read, or is damaged; give a PNG"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_called_by_its_name(head: bytes, says: str) -> None:
    with pytest.raises(PictureError, match=says):
        decode_picture(np.frombuffer(head.ljust(200, b"\1") if head else b"", np.uint8))


def test_an_animation_is_known_by_its_mark() -> None:
    still = cv2.imencode(".png", np.zeros((32, 40, 3), np.uint8))[1].tobytes()
    mark = struct.pack(">I4sII", 8, b"acTL", 1, 0)
    mark += struct.pack(">I", zlib.crc32(mark[4:]))
    moving = still[:33] + mark + still[33:]  # after IHDR
    assert not decode_picture(np.frombuffer(still, np.uint8)).animated
    assert decode_picture(np.frombuffer(moving, np.uint8)).animated


@pytest.mark.parametrize(
    ("brand", "others", "still"),
    [
        (b"heic", b"mif1heic", True),
        (b"hevc", b"msf1hevc", False),
        (b"mif1", b"heicmsf1", False),
        (b"isom", b"mp42", False),
    ],
)
def test_a_heic_photograph_is_no_sequence(brand: bytes, others: bytes, still: bool) -> None:
    head = struct.pack(">I4s4sI", 16 + len(others), b"ftyp", brand, 0) + others
    assert is_heic_still(head.ljust(64, b"\0")) is still


def test_what_is_clear_is_white_on_white_paper_and_black_before_a_black_wall() -> None:
    colours = np.full((32, 40, 3), (0, 100, 200), np.uint8)
    alpha = np.zeros((32, 40), np.uint8)
    alpha[:, 10:20], alpha[:, 20:] = 51, 255
    assert on_white(colours, alpha)[0, ::10].tolist() == [[255] * 3, [204, 224, 244], [0, 100, 200], [0, 100, 200]]
    assert on_black(colours, alpha)[0, ::10].tolist() == [[0] * 3, [0, 20, 40], [0, 100, 200], [0, 100, 200]]
