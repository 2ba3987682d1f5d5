"""Tests which devices get a style in half precision, and what they paint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.export.convert.exporter import export_style
from nstcam.realtime.engine import availability, devices, stylizer
from nstcam.realtime.engine.devices import Device
from nstcam.realtime.engine.half import half_for
from nstcam.realtime.engine.host_lane import HostLane
from nstcam.realtime.engine.sessions import SessionRefused, open_session
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import DeviceError, StyleError
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.library import CONTAINER, find_style
from nstcam.realtime.style_files.style import Style, read_style
from nstcam.train.picture import PHOTOS, read_rgb
from tests.support.models.tiny import random_checkpoint

ALLOWED = 2
"""Levels of 255."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_style(random_checkpoint(), tmp_path_factory.mktemp("styles") / "tiny.onnx", check=False).path


def portrait() -> Frame:
    pixels = cv2.resize(read_rgb(PHOTOS / "astronaut.jpg")[..., ::-1], (160, 120), interpolation=cv2.INTER_AREA)
    return np.asarray(pixels, np.uint8)


@pytest.mark.parametrize(
    ("asked", "in_float16"),
    [
        (None, {"CUDA", "TensorRT", "TensorRT-RTX", "DirectML", "CoreML"}),
        ("auto", {"CUDA", "TensorRT", "TensorRT-RTX", "DirectML", "CoreML"}),
        ("float32", set()),
        ("float16", {device.title for device in devices.DEVICES.values()} - {"CPU"}),
    ],
)
def test_which_devices_get_it(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, asked: str | None, in_float16: set[str]
) -> None:
    if asked is not None:
        monkeypatch.setenv("NSTCAM_PRECISION", asked)
    got = {device.title for device in devices.DEVICES.values() if half_for(tiny, device) is not None}
    assert got == in_float16


def test_a_precision_that_there_is_not_is_an_error_on_every_device(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_PRECISION", "bfloat16")
    for device in ("auto", "cpu"):
        with pytest.raises(
            DeviceError, match=r"^NSTCAM_PRECISION=bfloat16 is not a precision; set it to auto, float32"
        ):
            Stylizer(read_style(tiny), device)


class TestStylizer:
    """Here the CPU takes the place of a GPU."""

    @pytest.fixture
    def opened(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
        """Device and precision of every session that was opened."""
        seen: list[tuple[str, str]] = []

        def open_here(model: Path | bytes, device: Device, **_: Any) -> Any:
            session = open_session(model, devices.CPU)
            seen.append((device.title, session.get_modelmeta().custom_metadata_map["nst.precision"]))
            return session

        monkeypatch.setattr(stylizer, "open_session", open_here)
        monkeypatch.setattr(availability, "missing", lambda _: None)
        monkeypatch.setattr(stylizer, "CudaLane", lambda open_: HostLane(open_()))
        return seen

    def test_a_gpu_gets_half_precision_and_the_cpu_does_not(self, tiny: Path, opened: list[tuple[str, str]]) -> None:
        style = read_style(tiny)
        assert Stylizer(style, "cuda").precision == "float16"
        assert Stylizer(style, "cpu").precision == "float32"
        assert opened == [("CUDA", "float16"), ("CPU", "float32")]

    def test_it_paints_the_same(self, tiny: Path, opened: list[tuple[str, str]]) -> None:
        style, frame = read_style(tiny), portrait()
        apart = Stylizer(style, "cuda").stylize(frame).astype(int) - Stylizer(style, "cpu").stylize(frame)
        assert 0 < np.abs(apart).max() <= ALLOWED

    def test_a_picture_as_a_style_reaches_a_gpu_in_half_precision_and_paints_the_same(
        self, tmp_path: Path, opened: list[tuple[str, str]]
    ) -> None:
        cv2.imwrite(str(tmp_path / "reds.png"), np.random.default_rng(0).integers(0, 200, (64, 64, 3)) // (4, 4, 1))
        style, frame = find_style(str(tmp_path / "reds.png")), portrait()
        on_gpu, on_cpu = Stylizer(style, "cuda"), Stylizer(replace(style, int8_path=None), "cpu")
        assert opened == [("CUDA", "float16"), ("CPU", "float32")]
        painted = on_gpu.stylize(frame)
        assert np.abs(painted.astype(int) - on_cpu.stylize(frame)).max() <= ALLOWED
        plain = Stylizer(find_style(CONTAINER), "cuda").stylize(frame)
        assert np.abs(painted.astype(int) - plain).mean() > 10

    def test_a_gpu_that_refuses_it_gets_float32(
        self, tiny: Path, opened: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        willing: Callable[..., Any] = vars(stylizer)["open_session"]

        def refuse(model: Path | bytes, *arguments: Any, **options: Any) -> Any:
            if isinstance(model, bytes):
                raise SessionRefused("no kernels")
            return willing(model, *arguments, **options)

        monkeypatch.setattr(stylizer, "open_session", refuse)
        assert Stylizer(read_style(tiny), "cuda").precision == "float32"
        assert opened == [("CUDA", "float32")]

    def test_a_file_that_was_damaged_since_is_one_clear_error(self, tmp_path: Path, opened: list[object]) -> None:
        style = read_style(export_style(random_checkpoint(), tmp_path / "x.onnx", check=False).path)
        style.path.write_bytes(b"damaged")
        with pytest.raises(StyleError, match=r"x\.onnx is not an ONNX model or is damaged"):
            Stylizer(style, "cuda")

    def test_eight_bits_are_told(self) -> None:
        style = find_style("starry")
        assert Stylizer(style, "cpu").precision == "int8"
        assert Stylizer(read_style(style.path), "cpu").precision == "float32"

    def test_a_file_that_does_not_tell(self, tmp_path: Path) -> None:
        path = write_negative_style(tmp_path / "n.onnx")
        assert Stylizer(Style(path, "n"), "cpu").precision == ""
