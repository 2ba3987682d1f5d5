"""Tests that decoded frames are as players show them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from nstcam.realtime.frame import Frame
from nstcam.realtime.video.reading.upright import Upright
from tests.support.media.clips import corner_names, quadrants, write_clip

PATH = Path("a.mp4")
ONE = 1 << 16


def decoded(frame: Frame) -> VideoFrame:
    return av.VideoFrame.from_ndarray(frame, "bgr24")


def stored(folder: Path, matrix: list[int]) -> VideoFrame:
    """A frame from a file with that display matrix: a b u c d v x y w."""
    clip = write_clip(folder / "clip.mp4", frames=1, matrix=matrix)
    with av.open(str(clip)) as container:
        return next(container.decode(video=0))


@pytest.mark.parametrize(
    ("a", "b", "c", "d", "corners", "turned"),
    [
        (1, 0, 0, 1, "rgbw", False),
        (-1, 0, 0, 1, "grwb", False),
        (1, 0, 0, -1, "bwrg", False),
        (-1, 0, 0, -1, "wbgr", False),
        (0, 1, -1, 0, "brwg", True),
        (0, -1, 1, 0, "gwrb", True),
        (0, 1, 1, 0, "rbgw", True),
        (0, -1, -1, 0, "wgbr", True),
    ],
)
def test_all_turns_and_mirrors(tmp_path: Path, a: int, b: int, c: int, d: int, corners: str, turned: bool) -> None:
    frame = stored(tmp_path, [a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30])
    upright = Upright(PATH, frame)
    assert (upright.turned, upright.size_wh) == (turned, (48, 64) if turned else (64, 48))
    assert corner_names(upright.frame(frame)) == corners


@pytest.mark.parametrize(
    ("wide", "size_wh"),
    [
        (Fraction(1), (64, 48)),
        (Fraction(4, 3), (86, 48)),  # 85.3: the side that grows is even
        (Fraction(3, 4), (64, 64)),
        (Fraction(5, 4), (80, 48)),
    ],
)
def test_pixels_become_square_and_no_side_gets_smaller(wide: Fraction, size_wh: tuple[int, int]) -> None:
    upright = Upright(PATH, decoded(quadrants()), wide)
    assert upright.size_wh == size_wh
    frame = upright.frame(decoded(quadrants()))
    assert frame.shape == (size_wh[1], size_wh[0], 3)
    assert corner_names(frame) == "rgbw"


def test_only_pixels_that_are_not_square_are_told(caplog: pytest.LogCaptureFixture) -> None:
    Upright(PATH, decoded(quadrants()))
    assert caplog.messages == []
    Upright(PATH, decoded(quadrants()), Fraction(3, 4))
    assert caplog.messages == ["a.mp4 has pixels that are not square; it is scaled to 64x64, so that they are"]


def test_another_size_on_the_way_is_letterboxed_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    upright = Upright(PATH, decoded(quadrants()))
    assert np.array_equal(upright.frame(decoded(quadrants())), quadrants())
    for _ in range(2):
        square = upright.frame(decoded(np.full((96, 96, 3), 90, np.uint8)))
    assert square.shape == (48, 64, 3)
    assert (square[:, 10:54] == 90).all()
    assert (square[:, :8] == 0).all()
    assert caplog.messages == ["a.mp4 changes size to 96x96 partway through; those frames are letterboxed to 64x48"]


@pytest.mark.parametrize(("height", "width", "matrix"), [(48, 64, 6), (718, 1280, 6), (720, 1280, 1), (1280, 718, 6)])
def test_colours_that_are_not_told_are_those_of_the_size(height: int, width: int, matrix: int) -> None:
    """BT.709 from 720 lines on, BT.601 below, as players take them."""
    frames = []
    for told in (2, matrix):
        yuv = av.VideoFrame(width, height, "yuv444p")
        for plane, level in zip(yuv.planes, (120, 90, 200), strict=True):
            plane.update(bytes([level]) * plane.buffer_size)
        yuv.colorspace = told
        frames.append(Upright(PATH, yuv).frame(yuv))
    assert np.array_equal(frames[0], frames[1])
    yuv.colorspace = 7 - matrix
    assert not np.array_equal(Upright(PATH, yuv).frame(yuv), frames[0])


def test_an_unknown_matrix_is_told_once_and_taken_as_usual(caplog: pytest.LogCaptureFixture) -> None:
    yuv = av.VideoFrame(64, 48, "yuv444p")
    for plane in yuv.planes:
        plane.update(bytes([120]) * plane.buffer_size)
    yuv.colorspace = 2
    usual = Upright(PATH, yuv).frame(yuv)
    yuv.colorspace = 12
    upright = Upright(PATH, yuv)
    assert np.array_equal(upright.frame(yuv), usual)
    assert caplog.messages == ["a.mp4: unknown colour matrix 12; the usual one is assumed"]


@pytest.mark.parametrize("form", ["bgra", "yuva444p12le", "yuva420p"])
def test_what_is_transparent_is_black(form: str, caplog: pytest.LogCaptureFixture) -> None:
    """Its hidden colour is not shown; half of it is half as bright."""
    pixels = np.full((48, 64, 4), (255, 0, 255, 255), np.uint8)
    pixels[:, :16, 3], pixels[:, 16:32, 3] = 0, 128
    frame = av.VideoFrame.from_ndarray(pixels, "bgra").reformat(format=form)
    shown = Upright(PATH, frame).frame(frame)
    assert shown[:, :14].max() == 0
    assert np.abs(shown[:, 18:30].astype(int) - (128, 0, 128)).max() <= 4
    assert np.abs(shown[:, 36:].astype(int) - (255, 0, 255)).max() <= 6
    assert caplog.messages == ["a.mp4 has transparent pixels, which are shown on black"]


@pytest.mark.parametrize("form", ["bgra", "yuva420p"])
def test_alpha_that_hides_nothing_is_not_told(form: str, caplog: pytest.LogCaptureFixture) -> None:
    pixels = np.full((48, 64, 4), (255, 0, 255, 255), np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, "bgra").reformat(format=form)
    assert np.abs(Upright(PATH, frame).frame(frame).astype(int) - (255, 0, 255)).max() <= 6
    assert not caplog.messages


@pytest.mark.parametrize("transfer", [16, 18])
def test_what_is_transparent_in_hdr_is_black(transfer: int) -> None:
    shown = {}
    for form in ("yuv444p10le", "yuva444p10le"):
        frame = av.VideoFrame(64, 48, form)
        for plane, level in zip(frame.planes, (500, 400, 600, 0), strict=False):
            samples = np.full((48, plane.line_size // 2), level, np.uint16)
            if level == 0:
                samples[:, 32:] = 1023
            plane.update(samples.tobytes())
        frame.color_trc, frame.colorspace = transfer, 9
        shown[form] = Upright(PATH, frame).frame(frame)
    assert shown["yuva444p10le"][:, :32].max() == 0
    assert shown["yuv444p10le"].max() > 50
    assert np.array_equal(shown["yuva444p10le"][:, 32:], shown["yuv444p10le"][:, 32:])


@pytest.mark.parametrize(("code", "known"), [(code, code in (1, 2, 4, 5, 6, 7, 9)) for code in (1, *range(2, 12))])
def test_matrices_that_can_be_converted_from_are_taken_as_they_are(
    code: int, known: bool, caplog: pytest.LogCaptureFixture
) -> None:
    yuv = av.VideoFrame(64, 48, "yuv444p")
    for plane, level in zip(yuv.planes, (120, 90, 200), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    yuv.colorspace = code
    Upright(PATH, yuv).frame(yuv)
    assert (caplog.messages == []) == known
    assert yuv.colorspace == (6 if code == 2 or not known else code)


def test_pixels_that_are_not_square_are_so_after_turning_as_well(tmp_path: Path) -> None:
    frame = stored(tmp_path, [0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30])
    upright = Upright(PATH, frame, Fraction(4, 3))
    assert (upright.turned, upright.size_wh) == (True, (48, 86))
    assert corner_names(upright.frame(frame)) == "brwg"


@pytest.mark.parametrize(("height", "width"), [(48, 64), (48, 96), (96, 64)])
def test_colours_and_alpha_are_kept_apart_and_sized_alike(
    height: int, width: int, caplog: pytest.LogCaptureFixture
) -> None:
    pixels = np.full((height, width, 4), (200, 100, 50, 255), np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, "bgra")
    upright = Upright(PATH, av.VideoFrame.from_ndarray(pixels[:48, :64].copy(), "bgra"))
    assert (upright.has_alpha, upright.is_transparent) == (True, False)
    assert upright.with_alpha(frame)[1] is None
    pixels[:, : width // 2, 3] = 40
    frame = av.VideoFrame.from_ndarray(pixels, "bgra")
    assert Upright(PATH, frame).is_transparent
    colours, alpha = upright.with_alpha(frame)
    assert alpha is not None
    assert (colours.shape, alpha.shape) == ((48, 64, 3), (48, 64))
    middle = colours[24, 30].tolist(), int(alpha[24, 30]), int(alpha[24, 34])
    assert middle == ([200, 100, 50], 40, 255)
    changes = f"a.mp4 changes size to {width}x{height} partway through; those frames are letterboxed to 64x48"
    assert caplog.messages == ([] if (height, width) == (48, 64) else [changes])
    assert not Upright(PATH, decoded(quadrants())).has_alpha
    assert upright.with_alpha(decoded(quadrants()))[1] is None


def test_what_is_seen_through_is_the_matte_told_once(caplog: pytest.LogCaptureFixture) -> None:
    frame = av.VideoFrame.from_ndarray(np.full((48, 64, 4), (200, 100, 50, 0), np.uint8), "bgra")
    upright = Upright(PATH, frame, matte=(1, 2, 3))
    for _ in range(2):
        assert (upright.frame(frame) == (1, 2, 3)).all()
    assert caplog.messages == ["a.mp4 has transparent pixels, which are shown on #030201"]


@pytest.mark.parametrize(("transfer", "is_hdr"), [(1, False), (16, True), (18, True)])
def test_hdr_is_told(transfer: int, is_hdr: bool, caplog: pytest.LogCaptureFixture) -> None:
    frame = av.VideoFrame(64, 48, "yuv444p10le")
    frame.color_trc = transfer
    Upright(PATH, frame)
    told = "a.mp4 is HDR video; it is tone-mapped to ordinary video (SDR, BT.709)"
    assert caplog.messages == ([told] if is_hdr else [])
