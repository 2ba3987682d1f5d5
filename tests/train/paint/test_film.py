from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from nstcam.train.errors import TrainError
from nstcam.train.paint.film import Film
from nstcam.train.picture import Picture
from tests.support.media.clips import look


def filled(film: Film, count: int) -> None:
    for i in range(count):
        film.add(i, np.full((30, 40, 3), (20 * i, 0, 0), np.uint8))  # the coarse level is smaller


def test_an_mp4_has_every_frame_and_holds_the_last(tmp_path: Path) -> None:
    film = Film(tmp_path / "out.mp4", tmp_path / "frames", 61, 81)
    filled(film, 10)
    film.write()
    with av.open(str(tmp_path / "out.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 10 + 50
    assert frames[0].shape == (60, 80, 3), "even sides, as H.264 wants"
    assert frames[-1][..., 0].mean() == pytest.approx(180, abs=4)
    assert frames[2][..., 0].mean() == pytest.approx(40, abs=4)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["frames", "out.mp4"]


@pytest.mark.parametrize("level", [64, 128, 255])
def test_greys_keep_their_level(tmp_path: Path, level: int) -> None:
    film = Film(tmp_path / "out.mp4", tmp_path / "frames", 48, 64)
    film.add(0, np.full((48, 64, 3), level, np.uint8))
    film.write()
    assert np.unique(look(tmp_path / "out.mp4").first).tolist() == [level]


def test_a_gif_ends_with_the_last_frame(tmp_path: Path) -> None:
    film = Film(tmp_path / "out.gif", tmp_path / "frames", 600, 800)
    filled(film, 10)
    film.write()
    ok, animation = cv2.imreadanimation(str(tmp_path / "out.gif"))
    assert ok
    assert len(animation.frames) == 3 + 1
    assert animation.frames[0].shape[:2] == (240, 320)
    assert animation.frames[-1][..., 2].mean() == pytest.approx(180, abs=8), "red, in BGR"
    assert animation.durations[-1] == 2000


def test_frames_of_a_run_that_goes_on_follow_the_earlier_ones(tmp_path: Path) -> None:
    filled(Film(tmp_path / "out.gif", tmp_path / "frames", 30, 40), 4)
    again = Film(tmp_path / "out.gif", tmp_path / "frames", 30, 40)
    again.add(3, np.zeros((30, 40, 3), np.uint8))
    again.add(4, np.zeros((30, 40, 3), np.uint8))
    assert len(list((tmp_path / "frames").iterdir())) == 5


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"out\.avi: its name must end in \.mp4 or \.gif"):
        Film(tmp_path / "out.avi", tmp_path / "frames", 30, 40)


@pytest.mark.parametrize(
    ("name", "finished_wh", "film_wh"),
    [
        ("a.mp4", (1440, 1000), (720, 500)), ("a.MP4", (1000, 1440), (500, 720)), ("a.mp4", (720, 101), (720, 100)),
        ("a.mp4", (101, 77), (100, 76)), ("a.gif", (640, 480), (320, 240)), ("a.mp4", (5000, 1), (720, 2)),
    ],
)  # fmt: skip
def test_a_film_has_even_sides_and_is_not_larger_than_it_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, finished_wh: tuple[int, int], film_wh: tuple[int, int]
) -> None:
    asked: list[tuple[tuple[int, int], int]] = []

    def resize(picture: Picture, size_wh: tuple[int, int], *, interpolation: int) -> Picture:
        asked.append((size_wh, interpolation))
        return np.zeros((size_wh[1], size_wh[0], 3), np.uint8)

    monkeypatch.setattr(cv2, "resize", resize)
    film = Film(tmp_path / name, tmp_path / "frames", finished_wh[1], finished_wh[0])
    for number, width in enumerate((film_wh[0] - 1, film_wh[0], film_wh[0] + 1)):
        film.add(number, np.zeros((8, width, 3), np.uint8))
    assert asked == [(film_wh, method) for method in (cv2.INTER_CUBIC, cv2.INTER_CUBIC, cv2.INTER_AREA)]
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == ["000000.jpg", "000001.jpg", "000002.jpg"]
