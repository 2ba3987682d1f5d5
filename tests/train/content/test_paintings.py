"""Tests reading paintings of all kinds."""

import base64
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.train.content.paintings import check_side, read_on_white
from nstcam.train.errors import TrainError

RED_CMYK_JPEG = zlib.decompress(
    base64.b64decode(
        "eNr7f+P/OwY+x5T8pFSGFAYQ+H+bwZlBWkhEXERQWlxMXE5GWkHDSVtDVVUj0MrWwCkhNDUlPjQ2OqtiZmNW4YTi6NjWrW0T5i1evXZ1esOek7uWHZ+5YvWS"
        "/wcYRDgYNBg0WJwFGXwFGSIFGbwFGf4fYRBlYGRkQAVsQGERAXRRhv+3GPhYnBl8GSIZvBkY7BmW+SwLOcCAHfD/vwkAek8vfA=="
    )
)
"""40x40, which OpenCV cannot write."""


def test_kinds_of_pictures(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "cmyk.jpg").write_bytes(RED_CMYK_JPEG)
    assert read_on_white(tmp_path / "cmyk.jpg")[20, 20].tolist() == pytest.approx([255, 0, 0], abs=4)
    deep = np.full((40, 40, 3), (0, 0x8080, 0xFFFF), np.uint16)
    cv2.imwrite(str(tmp_path / "16.png"), deep)
    assert read_on_white(tmp_path / "16.png")[20, 20].tolist() == [255, 128, 0]
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((40, 40), 70, np.uint8))
    assert read_on_white(tmp_path / "grey.png")[20, 20].tolist() == [70, 70, 70]
    assert not caplog.records


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_transparency_becomes_white(tmp_path: Path, caplog: pytest.LogCaptureFixture, depth: type) -> None:
    most = np.iinfo(depth).max
    bgra: np.ndarray = np.zeros((40, 40, 4), depth)
    bgra[:20, :, 3] = most
    cv2.imwrite(str(tmp_path / "alpha.png"), bgra)
    rgb = read_on_white(tmp_path / "alpha.png")
    assert (rgb[0, 0].tolist(), rgb[39, 0].tolist()) == ([0, 0, 0], [255, 255, 255])
    assert "the transparent parts of" in caplog.text


@pytest.mark.parametrize(("height", "width"), [(31, 40), (40, 31)])
def test_a_picture_too_small_for_the_loss_network_is_told(height: int, width: int) -> None:
    check_side(Path("a.png"), np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(TrainError, match=rf"^a.png is {width}x{height}; at least 32x32 pixels are needed$"):
        check_side(Path("a.png"), np.zeros((height, width, 3), np.uint8))
