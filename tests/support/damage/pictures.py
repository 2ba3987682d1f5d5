"""Damaged picture files, through nstcam image, nst-train and nst-paint."""

from __future__ import annotations

import random
import zlib
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tests.support.damage.bytes import damage
from tests.support.damage.case import SENTINEL, Case, Kind
from tests.support.damage.training import make_trainings_small, paint, train
from tests.support.media.clips import texture

_TIFF_TAGS: Final = tuple(
    tag.to_bytes(2, "little") + kind.to_bytes(2, "little")
    for tag in (256, 257, 258, 259, 262, 273, 277, 278, 279, 282, 284, 317, 320, 338, 339)
    for kind in (3, 4, 5)
)
FIELDS: Final[dict[str, tuple[bytes, ...]]] = {
    "png": (b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"IDAT", b"eXIf"),
    "jpg": (b"\xff\xc0\x00\x11", b"\xff\xdb", b"\xff\xc4", b"\xff\xda", b"\xff\xe0", b"JFIF"),
    "webp": (b"RIFF", b"WEBP", b"VP8 ", b"VP8L", b"VP8X", b"\x9d\x01\x2a"),
    "bmp": (b"BM", b"\x28\x00\x00\x00", b"\x6c\x00\x00\x00"),
    "gif": (b"GIF89a", b"\x21\xf9\x04", b"\x2c\x00\x00"),
    "avif": (b"ispe", b"iloc", b"infe", b"ipco", b"ipma", b"av1C", b"pixi", b"meta", b"mdat", b"pitm"),
    "jp2": (b"ihdr", b"jp2c", b"\xff\x4f\xff\x51", b"\xff\x52", b"\xff\x5c", b"colr"),
    "tif": _TIFF_TAGS, "rgba.tif": _TIFF_TAGS, "deep.tif": _TIFF_TAGS, "grey.tif": _TIFF_TAGS, "tiles.tif": _TIFF_TAGS,
}  # fmt: skip
_TEXT: Final = ("ppm", "pgm", "deep.ppm")
_HEADS: Final = (
    b"P6\n64 48\n65536\n", b"P6\n-64 48\n255\n", b"P6\n99999999 99999999\n255\n", b"P5\n64 0\n255\n", b"P6 64 48 0\n",
    b"P6\n# \x1b[31m\n64 48\n255\n", b"P6\n64 48\n", b"P3\n64 48\n255\n1 2 x ", b"P4\n4000000000 2\n",
    b"P7\nWIDTH 64\n",
    b"P6\n64 48\n3\n", b"P6\n64 48\n1023\n", b"P9\n64 48\n255\n", b"P6\n2147483647 1\n255\n", b"Pf\n64 48\n-1.0\n",
)  # fmt: skip


def _prepare(folder: Path) -> None:
    import tifffile

    from benchmarks.tools.stand_in import write_negative_style

    write_negative_style(folder / "negative.onnx")
    bgr = texture(48, 64)
    alpha = np.dstack([bgr, np.full((48, 64), 128, np.uint8)])
    deep = bgr.astype(np.uint16) * 257
    for suffix, pixels in (("png", bgr), ("rgba.png", alpha), ("deep.png", deep), ("grey.png", bgr[..., 0])):
        cv2.imwrite(str(folder / f"a.{suffix}"), pixels)
    for suffix, pixels in (("jpg", bgr), ("webp", bgr), ("rgba.webp", alpha), ("bmp", bgr), ("ppm", bgr)):
        cv2.imwrite(str(folder / f"a.{suffix}"), pixels)
    for suffix, pixels in (("pgm", bgr[..., 0]), ("deep.ppm", deep), ("gif", bgr), ("avif", bgr), ("jp2", bgr)):
        cv2.imwrite(str(folder / f"a.{suffix}"), pixels)
    tifffile.imwrite(folder / "a.tif", bgr, photometric="rgb", compression="zlib")
    tifffile.imwrite(folder / "a.rgba.tif", alpha, photometric="rgb", extrasamples=["assocalpha"])
    tifffile.imwrite(folder / "a.deep.tif", np.moveaxis(deep, -1, 0), photometric="rgb", planarconfig="separate")
    tifffile.imwrite(folder / "a.grey.tif", deep[..., 0], photometric="miniswhite")
    tifffile.imwrite(folder / "a.tiles.tif", np.tile(bgr, (2, 2, 1)), photometric="rgb", tile=(16, 16))


def png_with_right_sums(data: bytes) -> bytes:
    """The PNG with correct checksums, so that these do not reveal damage in its chunks."""
    out, at = bytearray(data), 8
    while at + 12 <= len(out):
        length = int.from_bytes(out[at : at + 4], "big")
        end = at + 8 + length
        if end + 4 > len(out):
            break
        out[end : end + 4] = zlib.crc32(out[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(out)


def _damaged(name: str, data: bytes, dice: random.Random) -> tuple[str, bytes]:
    if name in _TEXT and dice.random() < 0.6:
        head = dice.choice(_HEADS)
        return f"head {head!r}", head + data[len(data) - 48 * 64 * 3 :]
    what, out = damage(data, dice, FIELDS.get(name, ()) or FIELDS.get(name.rpartition(".")[2], ()))
    if name.endswith("png") and dice.random() < 0.7:
        return f"{what}, right sums", png_with_right_sums(out)
    return what, out


def _make(wholes: Path, number: int, dice: random.Random) -> Case:
    names = sorted(path.name.partition(".")[2] for path in wholes.glob("a.*"))
    name, way = names[number % len(names)], number // len(names) % 6
    what, data = _damaged(name, (wholes / f"a.{name}").read_bytes(), dice)
    picture = f"a.{name}"
    files = {picture: data, SENTINEL: b"mine\n"}
    if way == 4:
        return Case(f"{name}: trained on, {what}", files, train(picture), ("runs",))
    if way == 5:
        files["b.png"] = (wholes / "a.png").read_bytes()
        return Case(f"{name}: painted after, {what}", files, paint("b.png", picture, "out.png"), ("out.png",))
    target = dice.choice(("out.png", "out.png", "out.tif", "out.jpg", "out.webp"))
    command = ("nstcam", "image", picture, target, "--style", "negative.onnx", "--device", "cpu", "--threads", "1")
    files["negative.onnx"] = (wholes / "negative.onnx").read_bytes()
    return Case(f"{name}: {what}", files, command, (target,))


def _ready() -> None:
    from nstcam.realtime.cli.video import convert_files

    assert convert_files
    make_trainings_small()


PICTURES: Final = Kind("pictures", 324, _prepare, _make, _ready)
