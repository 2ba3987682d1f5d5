"""Tests how large a picture and a frame of a video may be, on both sides of the limit, and what is told beyond it."""

from __future__ import annotations

import pytest

from nstcam.media.size_limit import decoder_options, most_pixels, too_large


@pytest.fixture(autouse=True)
def _no_limit_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NSTCAM_MAX_MEGAPIXELS", raising=False)


def test_200_megapixels_for_a_picture_and_20_for_each_of_ten_frames() -> None:
    assert (most_pixels(), most_pixels(10)) == (200_000_000, 20_000_000)
    assert decoder_options() == {"max_pixels": "20000000"}


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1000001", "many"])
def test_what_is_no_limit_is_told(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", value)
    with pytest.raises(ValueError, match=rf"^NSTCAM_MAX_MEGAPIXELS={value} is not a number above 0; give megapixels"):
        most_pixels()


def test_the_largest_and_smallest_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, pixels in (("1e6", 10**12), ("0.000001", 1), ("", 200_000_000)):
        monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", text)
        assert most_pixels() == pixels


def test_the_limit_itself_is_allowed_and_a_pixel_more_is_not() -> None:
    assert too_large((20_000, 10_000)) is None
    assert too_large((5000, 4000), frames=10) is None
    assert too_large((200_000_001, 1)) == (
        "is 200000001x1, 200.0 megapixels, and the limit for a picture is 200; "
        "make it smaller, or set NSTCAM_MAX_MEGAPIXELS=201 if there is the memory"
    )
    assert too_large((5000, 4002), frames=10) == (
        "is 5000x4002, 20.0 megapixels, and the limit for a video is 20; "
        "make it smaller, or set NSTCAM_MAX_MEGAPIXELS=201 if there is the memory"
    )
