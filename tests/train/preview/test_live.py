"""Tests nst-train --preview: the window, the exchange with it, and that the training does not depend on it."""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from benchmarks.tools.desktop import Desktop, missing_programs
from benchmarks.tools.waiting import until
from nstcam.train.errors import TrainError
from nstcam.train.network.networks import LiteNet, TransformerNet
from nstcam.train.picture import write_picture
from nstcam.train.preview import live
from nstcam.train.preview.live import SHARE, LivePreview
from nstcam.train.preview.window import Clip, PreviewError, Show, Still, fit, open_source, with_caption
from nstcam.train.progress import Step
from tests.support.media.clips import write_clip
from tests.support.models.tiny import TINY_LITE, random_checkpoint

STEP: Final = Step(120, 0.25, 2.5, 1.0, 1.5, 0.1, 0.0, 90.0)
CAPTION: Final = "step 120   1.5 min   loss 2.50   25%"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    write_picture(path, np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8))
    return path


@pytest.fixture
def network() -> TransformerNet | LiteNet:
    return random_checkpoint(TINY_LITE).build()


class TestSources:
    def test_photos_are_shown_as_they_are(self, photo: Path) -> None:
        source = open_source(str(photo))
        assert isinstance(source, Still)
        assert source.frame().shape == (48, 64, 3)

    def test_clips_go_on_with_the_clock_and_begin_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        now = 100.0
        monkeypatch.setattr("nstcam.train.preview.window.time.monotonic", lambda: now)
        clip = open_source(str(write_clip(tmp_path / "clip.mp4", frames=12, noise=True)))
        assert isinstance(clip, Clip)
        first = clip.frame().copy()
        assert np.array_equal(clip.frame(), first), "no time has passed"
        now += 0.2
        assert not np.array_equal(clip.frame(), first)
        for _ in range(10):
            now += 10
            assert clip.frame().shape == first.shape

    def test_what_is_no_picture_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "text.mp4").write_text("no video")
        with pytest.raises(PreviewError, match=r"text\.mp4 is neither a picture nor a video"):
            open_source(str(tmp_path / "text.mp4"))
        with pytest.raises(PreviewError, match="not found; give camera, a photo or a clip"):
            open_source(str(tmp_path / "nothing.mp4"))

    def test_large_frames_are_scaled_down(self) -> None:
        assert fit(np.zeros((1080, 1920, 3), np.uint8)).shape == (360, 640, 3)
        assert fit(np.zeros((48, 64, 3), np.uint8)).shape == (48, 64, 3)


def test_the_caption_stands_below_the_picture() -> None:
    picture = np.full((48, 64, 3), 200, np.uint8)
    shown = with_caption(picture, CAPTION)
    assert np.array_equal(shown[:48], picture)
    assert shown[48:].max() > 150, "there is writing"
    assert shown[48:, -6:].max() < 60, "which fits"


def test_the_window_answers_and_shows(photo: Path) -> None:
    asked, answers = os.pipe(), os.pipe()
    asked_from, asked_to = os.fdopen(asked[0], "rb"), os.fdopen(asked[1], "wb")
    answers_from, answers_to = os.fdopen(answers[0], "rb"), os.fdopen(answers[1], "wb")
    source = open_source(str(photo))
    show = Show(source, asked_from, answers_to)
    pickle.dump(None, asked_to)
    asked_to.flush()
    assert np.array_equal(pickle.load(answers_from), source.frame()[..., ::-1]), "RGB"
    painted = np.zeros((48, 64, 3), np.uint8)
    painted[..., 0] = 255
    pickle.dump((painted, CAPTION), asked_to)
    asked_to.close()
    until(lambda: show.ended)
    assert show.changed
    assert (show.picture[:48] == (0, 0, 255)).all(), "red, in BGR"
    for end in (asked_from, answers_from, answers_to):
        end.close()


STAND_IN: Final = """
import pickle, sys
import numpy as np
answers = sys.stdout.buffer
def say(x): pickle.dump(x, answers); answers.flush()
say(None)
for number in range(2):
    assert pickle.load(sys.stdin.buffer) is None
    say(np.full((48, 64, 3), 100, np.uint8))
    picture, caption = pickle.load(sys.stdin.buffer)
    open(sys.argv[2], "a").write(f"{picture.shape} {caption}\\n")
"""


def test_training_goes_on_when_the_window_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: LiteNet
) -> None:
    monkeypatch.setattr(live, "PROGRAM", ("-c", STAND_IN))
    log = tmp_path / "log"
    with LivePreview("title", str(log)) as preview:

        def both_painted() -> bool:
            preview.watch(network, STEP)
            return log.exists() and len(log.read_text().splitlines()) == 2

        until(both_painted)
        until(lambda: not preview.open)
        for _ in range(3):
            preview.watch(network, STEP)
    assert log.read_text().splitlines() == [f"(48, 64, 3) {CAPTION}"] * 2


def test_painting_takes_a_small_share_of_the_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(live, "PROGRAM", ("-c", STAND_IN))
    now = 0.0

    def slow(*_: object) -> np.ndarray:
        nonlocal now
        now += 3.0
        return np.zeros((48, 64, 3), np.uint8)

    monkeypatch.setattr(live, "stylize", slow)
    with LivePreview("title", str(tmp_path / "log")) as preview:
        until(lambda: preview.waits)
        monkeypatch.setattr("nstcam.train.preview.live.time.monotonic", lambda: now)
        preview.watch(random_checkpoint(TINY_LITE).build(), STEP)
        assert preview.due == pytest.approx(3 + 3 / SHARE)
        monkeypatch.undo()


@pytest.mark.parametrize("painted", [False, True], ids=["a frame waits", "the next is due in an hour"])
def test_closing_ends_the_conversation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, network: LiteNet, painted: bool
) -> None:
    """Or a thread that wakes while Python ends could abort it."""
    monkeypatch.setattr(live, "PROGRAM", ("-c", STAND_IN))
    monkeypatch.setattr(live, "SHARE", 1e-9)
    threads = set(threading.enumerate())
    preview = LivePreview("title", str(tmp_path / "log"))
    until(lambda: preview.waits)
    if painted:
        preview.watch(network, STEP)
        until((tmp_path / "log").exists)
    preview.close()
    assert set(threading.enumerate()) <= threads


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
@pytest.mark.parametrize("display", [None, ":987"])
def test_without_a_screen_it_is_one_line(photo: Path, monkeypatch: pytest.MonkeyPatch, display: str | None) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", display)
    else:
        monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(TrainError, match="--preview: no window could be opened"):
        LivePreview("title", str(photo))


@pytest.mark.display
class TestWindow:
    @pytest.fixture
    def desktop(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
        if missing_programs():
            pytest.skip(f"not installed: {' '.join(missing_programs())}")
        desktop = Desktop(tmp_path)
        monkeypatch.setenv("DISPLAY", desktop.environment["DISPLAY"])
        yield desktop
        desktop.close()

    def test_it_shows_what_was_learnt_until_q(self, desktop: Desktop, photo: Path, network: LiteNet) -> None:
        with LivePreview("nst-train: tiny", str(photo)) as preview:

            def window() -> str:
                return desktop.do("search", "--onlyvisible", "--name", "^nst-train: tiny$")

            until(lambda: window() != "")
            before = desktop.picture()

            def painted() -> bool:
                preview.watch(network, STEP)
                time.sleep(0.1)
                return not np.array_equal(desktop.picture(), before)

            until(painted)
            until(lambda: desktop.do("getwindowfocus") == window())
            desktop.press("q")
            until(lambda: not preview.open)
            preview.watch(network, STEP)

    def test_bad_sources_are_one_line(self, desktop: Desktop, tmp_path: Path) -> None:
        with pytest.raises(TrainError, match=r"--preview .*nothing\.mp4 not found; give camera, a photo or a clip$"):
            LivePreview("title", str(tmp_path / "nothing.mp4"))
        write_picture(tmp_path / "dot.png", np.zeros((20, 40, 3), np.uint8))
        with pytest.raises(TrainError, match=r"dot\.png is 40x20; at least 32x32 are needed$"):
            LivePreview("title", str(tmp_path / "dot.png"))
