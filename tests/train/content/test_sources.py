import gc
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from nstcam.media.kinds import HEIC_CURE
from nstcam.train.content import video_frames
from nstcam.train.content.clip import Clip
from nstcam.train.content.sources import BuiltInSource, FileSource
from nstcam.train.content.video_frames import frames_per_video, pack_video, unpack
from nstcam.train.errors import TrainError
from nstcam.train.fit import batches
from nstcam.train.paint.film import Film
from nstcam.train.picture import Picture, write_picture
from nstcam.train.preview.window import open_source
from tests.support.media.clips import texture, write_clip
from tests.support.training.short import SHORT


def save_picture(path: Path, colour_bgr: tuple[int, int, int], size_wh: tuple[int, int] = (64, 48)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((size_wh[1], size_wh[0], 3), colour_bgr, np.uint8))
    return path


def save_video(path: Path, frames: int) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (64, 48))
    for i in range(frames):
        writer.write(np.full((48, 64, 3), (0, 0, 10 * i), np.uint8))
    writer.release()
    return path


def test_folders_of_any_depth_and_videos_are_found(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.png", (255, 0, 0))
    save_picture(tmp_path / "deep" / "er" / "b.jpg", (0, 255, 0))
    clip = save_video(tmp_path / "clip.mp4", 10)
    (tmp_path / "notes.txt").write_text("not content")
    source = FileSource([tmp_path])
    assert len(source) == 2 + 10
    assert len(FileSource([tmp_path / "deep", clip])) == 1 + 10


def test_a_folder_that_may_not_be_listed_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_picture(tmp_path / "a.png", (255, 0, 0))

    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", refuse)
    with pytest.raises(TrainError, match=r"cannot be listed \(.*Permission denied.*\); check its permissions"):
        FileSource([tmp_path])


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """There OpenCV's own opening of picture files takes a path for one in the system's code page."""

    def closed(name: str, *_: object) -> None:
        raise AssertionError(f"{name} cannot be opened by OpenCV on Windows")

    for function in ("imread", "haveImageReader", "imwriteanimation"):
        monkeypatch.setattr(cv2, function, closed)


def test_names_that_opencv_cannot_open_on_windows_are_read(tmp_path: Path, windows: None) -> None:
    folder = tmp_path / "Олексій"
    pixels = np.zeros((40, 60, 3), np.uint8)
    for suffix in (".jpg", ".png", ".webp", ".bmp", ".tif"):
        write_picture(folder / f"фото{suffix}", pixels)
    assert len(FileSource([folder])) == 5
    assert open_source(str(folder / "фото.jpg")).frame().shape == (40, 60, 3)
    for suffix in (".gif", ".mp4"):
        film = Film(folder / f"фільм{suffix}", folder / "frames", 40, 60)
        film.add(1, pixels)
        film.write()
        assert (folder / f"фільм{suffix}").stat().st_size > 0


def test_corrupt_files_are_skipped_with_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save_picture(tmp_path / "good.png", (1, 2, 3))
    for name in ("a.jpg", "b.jpg", "c.mp4"):
        (tmp_path / name).write_bytes(b"no picture at all")
    with caplog.at_level(logging.WARNING):
        source = FileSource([tmp_path])
    assert len(source) == 1
    assert [r.getMessage() for r in caplog.records] == [
        f"3 of 4 content files are not used: 3 cannot be read (the first: {tmp_path / 'a.jpg'})"
    ]


def test_every_file_that_is_not_used_is_counted_by_kind(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save_picture(tmp_path / "good.png", (1, 2, 3))
    (tmp_path / "deep.ppm").write_bytes(b"P6\n64 48\n1023\n" + np.full((48, 64, 3), 1023, ">u2").tobytes())
    (tmp_path / "broken.jpg").write_bytes(b"no picture at all")
    (tmp_path / "._good.png").write_bytes(b"macOS leaves these on memory cards")
    for name in ("a.heic", "B.HEIF", "sub/c.heic", "notes.txt", "README"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    with caplog.at_level(logging.WARNING):
        source = FileSource([tmp_path])
    assert [r.getMessage() for r in caplog.records] == [
        f"6 of 8 content files are not used: 1 cannot be read (the first: {tmp_path / 'broken.jpg'}), 5 of other kinds "
        f"(3 HEIC, 1 TXT, 1 without a suffix); {HEIC_CURE}"
    ]
    rng = np.random.default_rng(0)
    assert {tuple(source.picture(rng, 32)[0, 0].tolist()) for _ in range(20)} == {(3, 2, 1), (255, 255, 255)}


def test_heic_is_spoken_of_only_where_there_is_some(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save_picture(tmp_path / "good.png", (1, 2, 3))
    (tmp_path / "notes.txt").write_bytes(b"x")
    with caplog.at_level(logging.WARNING):
        FileSource([tmp_path])
    assert caplog.messages == ["1 of 2 content files are not used: 1 of other kinds (1 TXT)"]


def test_videos_of_any_suffix_are_used(tmp_path: Path) -> None:
    clip = save_video(tmp_path / "clip.mp4", 6)
    clip.rename(tmp_path / "clip.insv")
    (tmp_path / "raw.y4m").write_bytes(b"YUV4MPEG2 W64 H48 F25:1 Ip A1:1 C420\n" + 4 * (b"FRAME\n" + bytes(64 * 72)))
    assert len(FileSource([tmp_path])) == 6 + 4


def test_a_folder_of_heic_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(b"x")
    with pytest.raises(TrainError, match=r"no readable picture or video under .*: 1 of other kinds \(1 HEIC\)"):
        FileSource([tmp_path])


def test_a_damaged_picture_is_replaced_by_another(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    good = save_picture(tmp_path / "good.png", (1, 2, 3))
    (tmp_path / "damaged.png").write_bytes(good.read_bytes()[:30])  # a true signature, nothing behind it
    source = FileSource([tmp_path])
    rng = np.random.default_rng(0)
    assert all((source.picture(rng, 32)[0, 0] == (3, 2, 1)).all() for _ in range(10))
    assert "damaged.png" in caplog.text


@pytest.mark.parametrize("make", ["missing", "empty"])
def test_no_content_is_one_clear_error(tmp_path: Path, make: str) -> None:
    folder = tmp_path / make
    if make == "empty":
        folder.mkdir()
    with pytest.raises(TrainError, match=make):
        FileSource([folder])


def test_video_frames_are_spread_over_the_clip(tmp_path: Path) -> None:
    frames = pack_video(save_video(tmp_path / "clip.mp4", 20), most=5)
    reds = [int(unpack(f)[..., 0].mean()) for f in frames]
    assert reds == pytest.approx([0, 40, 80, 120, 160], abs=6)


def test_all_of_a_clip_is_used_whatever_its_length(tmp_path: Path) -> None:
    frames = pack_video(save_video(tmp_path / "clip.mp4", 19), most=10)
    reds = [int(unpack(f)[..., 0].mean()) for f in frames]
    assert len(frames) == 10
    assert reds[-1] == pytest.approx(180, abs=6), "the last but one"
    assert max(np.diff(reds)) < 26


def test_a_clip_that_does_not_tell_its_length_is_used_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = save_video(tmp_path / "clip.mp4", 25)

    class Untold(Clip):
        """Answers as FFmpeg does for what a browser recorded."""

        def __init__(self, path: Path) -> None:
            super().__init__(path)
            self.told = 0

    monkeypatch.setattr(video_frames, "Clip", Untold)
    reds = [int(unpack(f)[..., 0].mean()) for f in pack_video(clip, most=8)]
    assert reds == pytest.approx([0, 40, 80, 120, 160, 200, 240], abs=6)


def test_frames_take_little_memory(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", picture=texture(360, 640), frames=20, pan=3)
    frames = pack_video(clip, most=64)
    assert len(frames) == 20
    decoded = unpack(frames[0])
    assert decoded.shape == (360, 640, 3)
    assert sum(frame.nbytes for frame in frames) < 20 * decoded.nbytes / 3


def test_many_videos_share_one_budget_of_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [frames_per_video(count) for count in (1, 32, 64, 512, 10_000)] == [64, 64, 32, 4, 4]
    monkeypatch.setattr(video_frames, "MOST_FRAMES", 18)
    for name in "abc":
        save_video(tmp_path / f"{name}.mp4", 10)
    assert len(FileSource([tmp_path])) == 18


@pytest.mark.parametrize("workers", [0, 1])
def test_damaged_content_is_one_line_from_other_processes_too(
    tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = save_picture(tmp_path / "a.png", (1, 2, 3))
    good.write_bytes(good.read_bytes()[:30])
    monkeypatch.setattr(batches, "worker_count", lambda *_: workers)
    gc.collect()  # or a forked process may collect what other tests left, and wait for threads that it does not have
    with pytest.raises(TrainError) as told:
        next(batches.training_batches(SHORT, FileSource([tmp_path]), 0, torch.device("cpu")))
    assert str(told.value) == "20 content files in a row are damaged or too large; check the content folder"


def test_three_of_ten_built_in_pictures_are_photographs_and_scenes_take_coloured_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[int] = []

    class Scenes:
        def __init__(self, palettes: list[Picture]) -> None:
            assert len(palettes) == 4, "astronaut, cat, coffee and rocket; others are grey"

        def scene(self, size: int, rng: np.random.Generator) -> Picture:
            drawn.append(size)
            return np.zeros((1, 1, 3), np.uint8)

    monkeypatch.setattr("nstcam.train.content.sources.SceneMaker", Scenes)
    source, rng = BuiltInSource(), np.random.default_rng(0)
    photos = {picture.shape for _ in range(1000) if (picture := source.picture(rng, 100)).size > 3}
    assert 650 < len(drawn) < 750
    assert (min(drawn), max(drawn)) == (100, 149), "up to half as large again"
    assert len(photos) > 3
