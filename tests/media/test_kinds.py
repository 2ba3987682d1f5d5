"""Tests what a file is taken for by its first bytes, each beside one that differs in a byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from nstcam.media.brands import brands, is_avif
from nstcam.media.kinds import (
    PICTURES,
    VIDEOS,
    begins_like_video,
    counted_kinds,
    foreign_kind,
    is_heic_still,
    kind_by_name,
    picture_kind,
)


def boxes(major: bytes, *others: bytes) -> bytes:
    return (16 + 4 * len(others)).to_bytes(4) + b"ftyp" + major + b"none" + b"".join(others)


HEADS = {
    b"\xff\xd8\xff\xe0": ("JPEG", None, False), b"\xff\xd8\xfe\xe0": (None, None, False),
    b"P7\nWIDTH": ("PNM", None, False), b"P1 8": ("PNM", None, False), b"P8\n": (None, None, False),
    b"P0\n": (None, None, False), b"P6x": (None, None, False),
    b"RIFFabcdWEBPVP8 ": ("WebP", None, False), b"FORMabcdWEBPVP8 ": (None, None, False),
    b"RIFFabcdAVI LIST": (None, None, True), b"FORMabcdAVI LIST": (None, None, False),
    b"RIFFabcdWAVEfmt ": (None, None, False),
    boxes(b"avif"): ("AVIF", None, False), boxes(b"mif1", b"heic", b"avis"): ("AVIF", None, False),
    boxes(b"heic"): (None, "HEIC", False), boxes(b"none", b"isom", b"msf1"): (None, "HEIC", False),
    boxes(b"isom", b"mp42"): (None, None, True), boxes(b"crx ", b"isom"): (None, None, False),
    b"\0\0\0\x14moovheic": (None, None, False), b"8BPS\0\1": (None, "Photoshop", False),
    b"\0\0\0\x0cJXL \r\n": (None, "JPEG XL", False), b"\x1aE\xdf\xa3": (None, None, True), b"": (None, None, False),
}  # fmt: skip
"""First bytes -> the picture it is, the picture of a kind that cannot be read, whether it is a video."""


@pytest.mark.parametrize("head", HEADS)
def test_each_kind_is_known_by_its_first_bytes(head: bytes) -> None:
    assert (picture_kind(head), foreign_kind(head), begins_like_video(head)) == HEADS[head]


def test_a_heic_still_has_no_brand_of_a_sequence() -> None:
    assert is_heic_still(boxes(b"heic", b"mif1"))
    assert not is_heic_still(boxes(b"heic", b"msf1"))
    assert not is_heic_still(boxes(b"isom"))


def test_brands_are_read_as_far_as_the_box_and_the_head_go() -> None:
    head = boxes(b"isom", b"iso2", b"avc1", b"mp41")
    assert brands(head + b"avif") == [b"isom", b"iso2", b"avc1", b"mp41"]
    assert brands(head[:27]) == [b"isom", b"iso2", b"avc1"]
    assert brands(head[:23]) == [b"isom", b"iso2"]
    assert brands(boxes(b"isom")) == [b"isom"]
    assert not is_avif(b"\0\0\0\x10free" + boxes(b"avif")[8:])


def test_kinds_are_counted_the_most_frequent_first_then_by_name() -> None:
    files = [Path(name) for name in ("a.HEIC", "b.heif", "c.txt", "d", "e.txt", "f.doc", "g.TXT")]
    assert counted_kinds(files) == "3 TXT, 2 HEIC, 1 DOC, 1 without a suffix"
    assert kind_by_name(Path("x.tar.gz")) == "GZ"


def test_suffixes_of_each_group_are_known() -> None:
    assert {".avif", ".png", ".pnm", ".ras", ".tiff", ".webp"} <= PICTURES
    assert {".264", ".apng", ".gif", ".gxf", ".m4v", ".mkv", ".ogm", ".ogv", ".y4m"} <= VIDEOS
    assert {".gif"} == PICTURES & VIDEOS
