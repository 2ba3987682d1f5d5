"""Tests picture files as styles: every kind of file gives a style or one clear line."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import StyleError
from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.encoder import STYLE_SIZE
from nstcam.realtime.palette.painting import read_painting, shrunk
from nstcam.realtime.style_files.library import CONTAINER, find_style, list_styles
from nstcam.realtime.style_files.style import BUNDLED_STYLES, Style
from nstcam.train.picture import PHOTOS, read_rgb

CONTAINER_FILE = BUNDLED_STYLES / f"{CONTAINER}.onnx"


def field(height: int = 120, width: int = 160, seed: int = 0) -> Frame:
    """A picture of coarse patches in ochre and blue, BGR."""
    rng = np.random.default_rng(seed)
    choice = rng.integers(0, 2, (max(height // 10, 1), max(width // 10, 1), 1))
    colours = np.where(choice, (30, 120, 190), (150, 80, 30)).astype(np.uint8)
    grown = cv2.resize(colours, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(np.clip(grown + rng.normal(0, 8, grown.shape), 0, 255), np.uint8)


def scene() -> Frame:
    return read_rgb(PHOTOS / "chelsea.jpg")[..., ::-1][:240, :320].copy()


def painted(style: Style) -> Frame:
    with Stylizer(style, device="cpu", threads=1) as stylizer:
        return stylizer.stylize(scene())


def test_a_picture_is_a_style_in_a_bundled_ones_file_with_its_colours(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "The_Blue Field.png"), field())
    style = find_style(str(tmp_path / "The_Blue Field.png"))
    assert (style.name, style.title, style.label) == ("the-blue-field", "The Blue Field", "The Blue Field")
    assert style.painting is not None
    base = find_style(CONTAINER)
    assert (style.path, style.int8_path, style.has_canvas, style.is_local) == (base.path, base.int8_path, True, True)
    assert (style.artist, style.year, style.bundled) == ("", "", False)
    assert style not in list_styles()
    before, after = np.abs(painted(base).mean((0, 1)) - field().mean((0, 1))), painted(style).mean((0, 1))
    assert np.abs(after - field().mean((0, 1))).max() < 35
    assert np.abs(after - field().mean((0, 1))).sum() < before.sum()


def test_the_contents_decide_and_neither_name_nor_place(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), field())
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b").write_bytes((tmp_path / "a.png").read_bytes())
    cv2.imwrite(str(tmp_path / "c.png"), 255 - field())
    names = (tmp_path / "a.png", tmp_path / "elsewhere" / "b", tmp_path / "c.png")
    identities = []
    for path in names:
        with Stylizer(find_style(str(path)), device="cpu", threads=1) as stylizer:
            identities.append(stylizer.identity)
    assert identities[0] == identities[1] != identities[2]
    assert [identity.split()[0] for identity in identities] == ["picture"] * 3


def test_transparent_parts_count_as_white(tmp_path: Path) -> None:
    alpha = np.zeros((120, 160), np.uint8)
    cv2.imwrite(str(tmp_path / "clear.png"), np.dstack([field(), alpha]))
    cv2.imwrite(str(tmp_path / "white.png"), np.full_like(field(), 255))
    clear, white = (find_style(str(tmp_path / name)).painting for name in ("clear.png", "white.png"))
    assert clear is not None
    assert white is not None
    assert (clear.shares, clear.colours, clear.ranges) == (white.shares, white.colours, white.ranges)


@pytest.mark.parametrize(
    "pixels",
    [
        np.repeat(field()[..., :1], 3, axis=2),
        np.full((64, 64, 3), 128, np.uint8),
        np.zeros((32, 32, 3), np.uint8),
        field(33, 3000),
        (field().astype(np.uint16) * 257),
        scene(),
    ],
    ids=["grey", "even", "black, tiny", "a strip", "16 bits", "the frame itself"],
)
def test_odd_pictures_still_show_the_scene(tmp_path: Path, pixels: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / "odd.png"), pixels)
    seen = painted(find_style(str(tmp_path / "odd.png")))
    grey = cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY).astype(float)
    assert grey.std() > 8
    scene_grey = cv2.cvtColor(scene(), cv2.COLOR_BGR2GRAY).astype(float)
    cells = [cv2.resize(each, (20, 15), interpolation=cv2.INTER_AREA).ravel() for each in (grey, scene_grey)]
    assert np.asarray(np.corrcoef(cells))[0, 1] > 0.5


def test_a_grey_picture_makes_greys(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), field()[..., 0])
    seen = painted(find_style(str(tmp_path / "grey.png"))).astype(int)
    assert np.abs(seen.max(2) - seen.min(2)).mean() < 4


def test_separated_inks_are_read(tmp_path: Path) -> None:
    inks = np.random.default_rng(0).integers(0, 255, (64, 64, 4), np.uint8)
    tifffile.imwrite(tmp_path / "inks.tif", inks, photometric="separated", planarconfig="contig")
    assert find_style(str(tmp_path / "inks.tif")).painting is not None


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.jpg", b"", r"empty\.jpg is empty \(0 bytes\)"),
        ("broken.jpg", b"\xff\xd8\xff\xe0", r"broken\.jpg is .*(damaged|cannot be read)"),
        ("broken", b"\x89PNG\r\n\x1a\n", r"broken is .*(damaged|cannot be read)"),
        ("words.png", b"just words", r"words\.png is not a picture"),
        (
            "phone.heic",
            b"\0\0\0\x18ftypheic\0\0\0\0heicmif1",
            "is a HEIC file, which needs a package: pip install",
        ),
        ("sheet", b"%PDF-1.7", "is a PDF file, which cannot be read"),
    ],
)
def test_what_cannot_be_read_gets_one_line(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StyleError, match=says) as caught:
        find_style(str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_a_picture_of_a_few_pixels_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "dot.png"), np.zeros((1, 1, 3), np.uint8))
    with pytest.raises(StyleError, match=r"dot\.png is 1x1; a picture needs at least 32x32 to be a style"):
        find_style(str(tmp_path / "dot.png"))


def test_a_picture_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", "0.01")
    cv2.imwrite(str(tmp_path / "large.png"), field())
    with pytest.raises(StyleError, match=r"large\.png is 160x120, .*NSTCAM_MAX_MEGAPIXELS"):
        find_style(str(tmp_path / "large.png"))


def test_of_an_animation_the_first_frame_counts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    animation = cv2.Animation()
    animation.frames, animation.durations = [field(), 255 - field()], [100, 100]
    assert cv2.imwriteanimation(str(tmp_path / "moving.png"), animation)
    cv2.imwrite(str(tmp_path / "still.png"), field())
    moving, still = (find_style(str(tmp_path / name)).painting for name in ("moving.png", "still.png"))
    assert moving is not None
    assert still is not None
    np.testing.assert_allclose(moving.colours.offset, still.colours.offset, atol=1)
    assert "moving.png is an animation; its first frame is the style" in caplog.text


def test_large_pictures_are_measured_at_one_size_and_small_ones_at_their_own() -> None:
    assert shrunk(np.zeros((2000, 3000, 3), np.uint8)).shape == (STYLE_SIZE, STYLE_SIZE * 3 // 2, 3)
    assert shrunk(np.zeros((50, 60, 3), np.uint8)).shape == (50, 60, 3)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(512, 900, (512, 900)), (513, 513, (512, 512)), (900, 512, (900, 512)), (513, 1026, (512, 1024)),
     (1024, 1281, (512, 640)), (1025, 5000, (512, 2498))],
)  # fmt: skip
def test_the_shorter_side_is_512_pixels_at_most(height: int, width: int, expected: tuple[int, int]) -> None:
    assert shrunk(np.zeros((height, width, 3), np.uint8)).shape == (*expected, 3)


@pytest.mark.parametrize(("size", "refused"), [((31, 40), True), ((40, 31), True), ((32, 40), False)])
def test_a_picture_needs_32_pixels(tmp_path: Path, size: tuple[int, int], refused: bool) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8))
    if refused:
        with pytest.raises(StyleError, match=rf"a\.png is {size[1]}x{size[0]}; a picture needs at least 32x32 to be"):
            read_painting(tmp_path / "a.png", CONTAINER_FILE)
    else:
        assert read_painting(tmp_path / "a.png", CONTAINER_FILE).path == tmp_path / "a.png"
