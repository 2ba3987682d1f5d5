"""Tests files from strangers, by each way into nst-train, nst-paint and nst-eval."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nstcam.train.content.clip import Clip, upright
from nstcam.train.content.paintings import read_painting
from nstcam.train.content.sources import FileSource
from nstcam.train.content.video_frames import pack_video
from nstcam.train.errors import TrainError
from nstcam.train.picture import read_rgb
from nstcam.train.preview.window import PreviewError, open_source
from tests.support.media.clips import corner_names, opencv_first, write_clip
from tests.support.network import strangers
from tests.support.network.strangers import LEADING_ELSEWHERE, headers, listening, png, refuses_large_clips


def preview(path: Path) -> None:
    open_source(str(path))


def content(path: Path) -> None:
    pack_video(path, 4)


REFUSALS = (TrainError, PreviewError)


@pytest.mark.parametrize("make", LEADING_ELSEWHERE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("way_in", [content, preview])
def test_no_clip_leads_to_another_file(
    tmp_path: Path, make: Callable[[Path], Path], way_in: Callable[[Path], None]
) -> None:
    path = make(tmp_path)
    if path.suffix == ".png" and way_in is preview:
        way_in(path)  # as the picture that it is
        return
    with pytest.raises(REFUSALS, match="set NSTCAM_PLAYLISTS=1 to"):
        way_in(path)


@pytest.mark.parametrize("way_in", [content, preview])
def test_no_clip_leads_to_a_host(tmp_path: Path, way_in: Callable[[Path], None]) -> None:
    with listening() as (address, asked):
        with pytest.raises(REFUSALS):
            way_in(strangers.hls(tmp_path, address))
        assert asked == []


@pytest.mark.parametrize("way_in", [read_rgb, read_painting, preview])
@pytest.mark.parametrize("suffix", headers(8, 8))
def test_a_picture_that_is_too_large_is_refused(tmp_path: Path, suffix: str, way_in: Callable[[Path], object]) -> None:
    path = tmp_path / f"bomb.{suffix}"
    path.write_bytes(headers(16383, 16383)[suffix])
    if way_in is preview and suffix.rpartition(".")[2] not in ("png", "jpg", "webp", "bmp", "tif"):
        pytest.skip("taken for a clip")
    with pytest.raises(REFUSALS, match=r"is 16383x16383, 268\.4 megapixels, and the limit for a picture is 200"):
        way_in(path)


@pytest.mark.parametrize("way_in", [content, preview])
def test_a_clip_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way_in: Callable[[Path], None]
) -> None:
    refuses_large_clips(way_in, tmp_path, monkeypatch, REFUSALS)


def test_a_limit_that_is_no_number_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", "many")
    (tmp_path / "a.png").write_bytes(png(64, 48))
    clip = write_clip(tmp_path / "clip.mp4", frames=2)
    for attempt in (
        lambda: read_rgb(tmp_path / "a.png"), lambda: preview(tmp_path / "a.png"), lambda: content(clip)
    ):  # fmt: skip
        with pytest.raises(REFUSALS, match="NSTCAM_MAX_MEGAPIXELS=many is not a number above 0"):
            attempt()


def test_an_address_in_place_of_a_file_is_told_as_one() -> None:
    for attempt in (read_rgb, lambda path: FileSource([path])):
        with pytest.raises(TrainError) as told:
            attempt(Path("http://user:s3cret@host/a.jpg"))
        assert str(told.value) == "http://host/... is an address, not a file; download it first"


@pytest.mark.parametrize(
    "matrix", [None, (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30), (0, -65536, 0, 65536, 0, 0, 0, 0, 1 << 30)]
)
def test_clips_are_turned_upright(tmp_path: Path, matrix: tuple[int, ...] | None) -> None:
    path = write_clip(tmp_path / "clip.mp4", matrix=matrix)
    with Clip(path) as clip:
        frames = list(clip)
    assert len(frames) == clip.told == 12
    assert round(clip.rate, 2) == 29.97
    shown = upright(frames[0])
    assert shown.shape == opencv_first(path).shape
    assert corner_names(shown) == corner_names(opencv_first(path))
    assert np.abs(shown.astype(int) - opencv_first(path)).mean() < 4
