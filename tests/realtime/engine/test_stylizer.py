import gc
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.engine import stylizer
from nstcam.realtime.engine.host_lane import HostLane
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import DeviceError, StyleError
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.style import Style, read_style
from nstcam.realtime.stylizing import Offset
from tests.support.fakes.cuda import FakeSession


@pytest.fixture
def style(tmp_path: Path) -> Style:
    """Paints 255 - frame."""
    return read_style(write_negative_style(tmp_path / "n.onnx"))


def noise(seed: int, height: int = 37, width: int = 53) -> Frame:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


class TestOnTheCpu:
    def test_paints_and_keeps_the_size(self, style: Style) -> None:
        stylizer = Stylizer(style, "cpu")
        assert np.array_equal(stylizer.stylize(noise(0)), 255 - noise(0))
        assert stylizer.device == "CPU"
        assert stylizer.notice is None

    def test_a_style_is_known_by_its_name_and_its_file(self, style: Style) -> None:
        before = Stylizer(style, "cpu").identity
        assert re.fullmatch(rf"{style.name} [0-9a-f]{{12}}", before)
        style.path.write_bytes(style.path.read_bytes() + b"\x1a\x00")  # an empty field; the model is the same
        assert Stylizer(style, "cpu").identity != before

    @pytest.mark.parametrize(
        "frame", [np.zeros((40, 40, 3), np.float32), np.zeros((40, 40), np.uint8), np.zeros((31, 40, 3), np.uint8)]
    )
    def test_what_is_no_frame_is_refused(self, style: Style, frame: Frame) -> None:
        with pytest.raises(ValueError, match=r"frame is .* expected"):
            Stylizer(style, "cpu").stylize(frame)

    def test_sizes_that_styles_cannot_paint_are_refused_before_the_first_frame(self, style: Style) -> None:
        with pytest.raises(ValueError, match="at least 32x32"):
            Stylizer(style, "cpu").warm_up(16, 640)

    def test_frames_belong_to_whoever_got_them(self, style: Style) -> None:
        stylizer = Stylizer(style, "cpu")
        painted = [stylizer.stylize(noise(seed)) for seed in range(5)]
        gc.collect()
        painted += [stylizer.stylize(noise(seed)) for seed in range(5, 8)]
        for seed, frame in enumerate(painted):
            assert np.array_equal(frame, 255 - noise(seed))

    def test_a_steady_loop_gives_the_same_memory_again(self, style: Style) -> None:
        stylizer = Stylizer(style, "cpu")
        addresses = {stylizer.stylize(noise(seed)).ctypes.data for seed in range(10)}
        assert len(addresses) <= 2

    def test_a_style_that_answers_in_another_size_is_an_error(self, tmp_path: Path) -> None:
        """Not a frame with what was in the memory before."""
        from onnx import helper

        from tests.support.models.tiny import write_model

        nodes = [helper.make_node("Concat", ["frame", "frame"], ["stylized"], axis=1)]
        path = write_model(tmp_path / "tall.onnx", nodes, metadata={"nst.contract": "1", "nst.name": "tall"})
        with pytest.raises(DeviceError, match="CPU failed on a 53x37 frame in style tall: "):
            Stylizer(read_style(path), "cpu").stylize(noise(0))

    def test_a_file_that_is_no_model_any_more(self, style: Style) -> None:
        style.path.write_bytes(b"damaged")
        with pytest.raises(StyleError, match=r"n\.onnx cannot be opened as a model on the CPU"):
            Stylizer(style, "cpu")

    @pytest.mark.parametrize(
        ("threads", "asked", "at_once", "each"),
        [(1, 2, 1, 1), (2, 2, 2, 1), (4, 2, 2, 2), (8, 1, 1, 8), (None, 1, 1, 0)],
    )
    def test_frames_at_once_share_the_threads(
        self, style: Style, monkeypatch: pytest.MonkeyPatch, threads: int | None, asked: int, at_once: int, each: int
    ) -> None:
        given: list[int] = []

        def open_fake(*_: object, **options: int) -> FakeSession:
            given.append(options["threads"])
            return FakeSession()

        monkeypatch.setattr(stylizer, "open_session", open_fake)
        assert Stylizer(style, "cpu", threads, asked).at_once == at_once
        assert given == [each]

    def test_two_at_once(self, style: Style) -> None:
        stylizer = Stylizer(style, "cpu", 2, at_once=2)
        stylizer.warm_up(37, 53)
        with ThreadPoolExecutor(4) as threads:  # more threads than frames at once have to wait for each other
            painted = list(threads.map(stylizer.stylize, [noise(seed) for seed in range(12)]))
        for seed, frame in enumerate(painted):
            assert np.array_equal(frame, 255 - noise(seed))

    def test_as_many_as_asked_for_are_at_work_at_once(self, style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
        both = threading.Barrier(2)

        def meet(_lane: HostLane, frame: Frame, _offset: Offset) -> Frame:
            both.wait(60)
            return frame

        monkeypatch.setattr(HostLane, "stylize", meet)
        stylizer = Stylizer(style, "cpu", 2, at_once=2)
        with ThreadPoolExecutor(2) as threads:
            assert len(list(threads.map(stylizer.stylize, [noise(0), noise(1)]))) == 2
