"""Tests the preview's window with an OpenCV that only remembers what it was asked for."""

from __future__ import annotations

import io
import os
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import cv2
import numpy as np
import pytest

from nstcam.train.picture import write_picture
from nstcam.train.preview.window import PreviewError, fit, open_source, run, with_caption
from tests.support.opencv_calls import opencv_calls


@pytest.fixture
def asked() -> Iterator[BinaryIO]:
    """A pipe that says nothing until it is closed."""
    read, write = os.pipe()
    before = threading.enumerate()
    with os.fdopen(read, "rb") as reading:
        yield reading
        os.close(write)
        for talking in {*threading.enumerate()} - {*before}:  # which reads from it
            talking.join(20)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Keys and visibilities are taken from lists; the last of them stays."""
    calls = opencv_calls(monkeypatch, "namedWindow", "resizeWindow", "imshow")
    seen = SimpleNamespace(calls=calls, keys=[-1], visible=[1.0])

    def of(values: list[Any]) -> Any:
        return values.pop(0) if len(values) > 1 else values[0]

    monkeypatch.setattr(cv2, "waitKey", lambda milliseconds: (seen.calls.append(milliseconds), of(seen.keys))[1])
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: of(seen.visible))
    return seen


def photo(folder: Path, height: int, width: int) -> str:
    write_picture(folder / "photo.png", np.full((height, width, 3), 9, np.uint8))
    return str(folder / "photo.png")


@pytest.mark.parametrize(
    ("keys", "visible", "looks"),
    [([-1], [0, 0, 1, 1, 0], 5), ([-1, 0x100000 | ord("q")], [1], 2), ([27], [1], 1), ([ord("x"), -1], [1, 0], 2)],
)
def test_it_shows_a_picture_once_until_it_is_closed(
    tmp_path: Path, screen: Any, asked: BinaryIO, keys: list[int], visible: list[float], looks: int
) -> None:
    screen.keys, screen.visible = keys, visible
    answers = io.BytesIO()
    run("title", photo(tmp_path, 96, 128), asked, answers)
    assert answers.getvalue() == pickle.dumps(None)
    names = [call if isinstance(call, int) else call[0] for call in screen.calls]
    assert names == ["namedWindow", "resizeWindow", "imshow", *[50] * looks]
    assert screen.calls[1] == ("resizeWindow", 128, 96 + 26)


def test_it_ends_with_the_training(tmp_path: Path, screen: Any) -> None:
    run("title", photo(tmp_path, 32, 32), io.BytesIO(), io.BytesIO())
    assert ("resizeWindow", 32, 58) in screen.calls


@pytest.mark.parametrize(("height", "width"), [(31, 64), (64, 31)])
def test_a_picture_too_small_for_networks_is_told(
    tmp_path: Path, screen: Any, asked: BinaryIO, height: int, width: int
) -> None:
    name = photo(tmp_path, height, width)
    with pytest.raises(PreviewError, match=f"{name} is {width}x{height}; at least 32x32 are needed"):
        run("title", name, asked, io.BytesIO())
    assert len(screen.calls) == 1


@pytest.mark.parametrize(
    ("hw", "fitted"),
    [((480, 640), (480, 640)), ((481, 640), (480, 639)), ((480, 641), (479, 640)), ((40, 6400), (32, 640)),
     ((4800, 40), (480, 32)), ((960, 640), (480, 320)), ((20, 30), (20, 30))],
)  # fmt: skip
def test_frames_are_scaled_down_to_640x480(hw: tuple[int, int], fitted: tuple[int, int]) -> None:
    assert fit(np.zeros((*hw, 3), np.uint8)).shape[:2] == fitted


@pytest.mark.parametrize(("width", "words"), [(400, "short"), (200, "a long text " * 6)])
def test_the_caption_is_as_large_as_fits(monkeypatch: pytest.MonkeyPatch, width: int, words: str) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(cv2, "putText", lambda *values: drawn.append(values[1:]))
    picture = with_caption(np.full((40, width, 3), 200, np.uint8), words)
    scale = 0.5 * min((width - 16) / cv2.getTextSize(words, 0, 0.5, 1)[0][0], 1)
    assert drawn == [(words, (8, 18), 0, scale, (230, 230, 230), 1, cv2.LINE_AA)]
    assert (picture[:40] == 200).all()
    assert (picture[40:] == 24).all()
    assert picture.shape == (66, width, 3)


class Capture:
    def __init__(self, index: int) -> None:
        assert index == 0
        self.frames = iter([(True, np.full((4, 4, 3), n, np.uint8)) for n in (1, 2)])

    def read(self) -> tuple[bool, Any]:
        return next(self.frames)

    def grab(self) -> bool:
        return False

    def retrieve(self) -> tuple[bool, Any]:
        return next(self.frames, (False, None))


def test_the_camera_gives_its_newest_picture_and_the_last_one_when_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "VideoCapture", Capture)
    camera = open_source("camera")
    assert [int(camera.frame()[0, 0, 0]) for _ in range(3)] == [2, 2, 2]
    monkeypatch.setattr(Capture, "read", lambda _: (False, None))
    with pytest.raises(PreviewError, match="camera 0 gives no picture; give a clip or a photo instead"):
        open_source("camera")
