"""Tests what an encoder is told for a quality, on its own scale, and in which pixel formats it takes frames."""

from __future__ import annotations

import pytest

from nstcam.realtime.video.encoding.encoder import CENTRED, Encoder, webp_quality
from nstcam.realtime.video.encoding.encoders import (
    CODECS,
    ENCODERS,
    KINDS,
    PICTURE_ENCODERS,
    holds_16_bits,
    holds_alpha,
)  # fmt: skip

SCALES = {name: f"{{{name}}}" for name in ("q", "q63", "percent", "apple", "webp", "jpeg")}
BY_NAME = {encoder.name: encoder for encoder in (*ENCODERS, *PICTURE_ENCODERS)}


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        (0, (1, 1, 100, 11_800, 100, 236)),
        (1, (1, 1, 98, 118 * 98, 100, 236)),
        (2, (2, 3, 96, 118 * 96, 100, 236)),
        (18, (18, 24, 65, 118 * 65, 91, 236)),
        (19, (19, 25, 63, 118 * 63, 90, 236)),
        (20, (20, 27, 61, 118 * 61, 88, 354)),
        (46, (46, 61, 11, 118 * 11, 36, 118 * 16)),
        (47, (47, 63, 9, 118 * 9, 34, 118 * 16)),
        (51, (51, 63, 1, 118, 22, 118 * 18)),
    ],
)
def test_one_quality_on_the_scales_of_all_encoders(quality: int, expected: tuple[int, ...]) -> None:
    """0 is the best and 51 the smallest: x264's own scale without its 0, AV1's and VP9's 0..63, 100..1 per cent, of
    which VideoToolbox takes the 118-fold, WebP's 100..22, and JPEG's quantizer of 2 and more, also times 118."""
    told = Encoder("any", "any", "software", SCALES).options(quality)
    assert tuple(int(told[name]) for name in SCALES) == expected


def test_webp_has_every_quality_from_100_to_22_in_order() -> None:
    scale = [webp_quality(quality) for quality in range(52)]
    assert (scale[0], scale[5], scale[6], scale[18], scale[51]) == (100, 100, 99, 91, 22)
    assert scale == sorted(scale, reverse=True)


def test_software_encoders_are_told_what_makes_their_files_the_same_each_time_and_playable() -> None:
    assert CENTRED == {"chroma_sample_location": "center"}
    assert BY_NAME["libx264"].options(20) == {"crf": "20", "preset": "fast", "x264-params": "mbtree=0", **CENTRED}
    assert BY_NAME["libx265"].options(20) == {"crf": "20", "preset": "fast", "x265-params": "log-level=none", **CENTRED}
    assert BY_NAME["libsvtav1"].options(20) == {"crf": "27", "preset": "8"}
    plain = {"crf": "27", "deadline": "good", "cpu-used": "4", "row-mt": "1"}
    assert BY_NAME["libvpx-vp9"].options(20) == BY_NAME["libvpx-vp9"].options(20, "yuv420p") == plain
    assert BY_NAME["libvpx-vp9"].options(20, "yuva420p") == {**plain, "auto-alt-ref": "0"}
    assert "auto-alt-ref" not in BY_NAME["prores_ks"].options(20, "yuva444p10le")


@pytest.mark.parametrize(
    ("name", "size_wh", "expected"),
    [
        ("libx264", (64, 48), "yuv420p"), ("libx264", (65, 48), "yuv444p"), ("libx265", (64, 49), "yuv444p"),
        ("libsvtav1", (65, 49), "yuv420p"), ("h264_nvenc", (64, 48), "nv12"), ("libvpx-vp9", (65, 49), "yuv420p"),
        ("prores_ks", (64, 48), "yuv422p10le"), ("mjpeg", (65, 49), "yuvj444p"), ("png", (65, 49), "rgb24"),
    ],
)  # fmt: skip
def test_opaque_frames_have_the_usual_format_or_colours_of_full_size_where_odd_ones_are_refused(
    name: str, size_wh: tuple[int, int], expected: str
) -> None:
    assert BY_NAME[name].pixel_format(size_wh) == expected


def test_alpha_and_16_bits_have_formats_of_their_own_or_are_refused() -> None:
    size = (64, 48)
    assert BY_NAME["libvpx-vp9"].pixel_format(size, alpha=True) == "yuva420p"
    assert BY_NAME["png"].pixel_format(size, deep=True) == "rgb48be"
    assert BY_NAME["png"].pixel_format(size, alpha=True, deep=True) == "rgba64be"
    with pytest.raises(ValueError, match=r"^libx264 takes no frames with alpha$"):
        BY_NAME["libx264"].pixel_format(size, alpha=True)
    with pytest.raises(ValueError, match=r"^qtrle takes no frames of 16 bits$"):
        BY_NAME["qtrle"].pixel_format(size, deep=True)
    three = Encoder("any", "any", "software", {}, ("bgr24", "", "bgr48le"))
    assert (three.holds_alpha, three.holds_16_bits, three.pixel_format(size, deep=True)) == (False, True, "bgr48le")
    assert {codec for codec in CODECS if holds_alpha(codec)} == {"vp9", "prores", "qtrle"}
    pictures = [encoder.codec for encoder in PICTURE_ENCODERS]
    assert [codec for codec in pictures if holds_alpha(codec)] == ["png", "tiff", "webp"]
    assert [codec for codec in (*CODECS, *pictures) if holds_16_bits(codec)] == ["png", "tiff"]


def test_hardware_is_tried_before_software() -> None:
    assert KINDS[0] == "auto"
    assert KINDS[-1] == "software"
    assert CODECS == ("h264", "hevc", "av1", "vp9", "prores", "qtrle")
    for codec in CODECS:
        kinds = [encoder.kind for encoder in ENCODERS if encoder.codec == codec]
        assert kinds.index("software") == len(kinds) - 1
