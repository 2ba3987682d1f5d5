"""Tests how a stylizer shares threads among frames, which file and precision it takes, and what it is known by."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.engine import availability, devices, half, stylizer
from nstcam.realtime.engine.sessions import SessionRefused
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import DeviceError
from nstcam.realtime.style_files.style import Style, read_style
from tests.support.fakes.cuda import FakeSession


@pytest.fixture
def style(tmp_path: Path) -> Style:
    """Paints 255 - frame."""
    return read_style(write_negative_style(tmp_path / "n.onnx", {"nst.precision": "float32"}))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What sessions are opened with; every device is there."""
    found: list[dict[str, Any]] = []

    def open_fake(model: Path | bytes, device: devices.Device, **options: Any) -> FakeSession:
        found.append({"model": model, "device": device, **options})
        return FakeSession()

    monkeypatch.setattr(stylizer, "open_session", open_fake)
    monkeypatch.setattr(stylizer, "usable_cores", lambda: 6)
    monkeypatch.setattr(availability, "missing", lambda _: None)
    return found


@pytest.mark.parametrize(
    ("device", "threads", "asked", "at_once", "each"),
    [
        ("cpu", None, 1, 1, 0), ("cpu", None, 2, 2, 3), ("cpu", None, 4, 4, 1), ("cpu", None, 7, 6, 1),
        ("cpu", 5, 1, 1, 5), ("cpu", 5, 2, 2, 2), ("cpu", 5, 3, 3, 1), ("cpu", 1, 2, 1, 1),
        ("directml", None, 1, 1, 0), ("directml", None, 2, 2, 3), ("directml", 1, 2, 2, 1),
        ("directml", None, 8, 8, 1), ("directml", 8, 3, 3, 2),
    ],
)  # fmt: skip
def test_threads_are_shared_and_every_frame_has_one(
    style: Style, opened: list[dict[str, Any]],
    device: str, threads: int | None, asked: int, at_once: int, each: int,
) -> None:  # fmt: skip
    made = Stylizer(style, device, threads, asked)
    assert made.at_once == at_once
    assert [options["threads"] for options in opened] == [each]
    assert (opened[0]["size_hw"], opened[0]["graph"]) == (None, False)


def test_one_frame_at_a_time_unless_more_are_asked_for(style: Style, opened: list[dict[str, Any]]) -> None:
    assert Stylizer(style, "cpu", 4).at_once == 1


def test_a_device_without_sessions_of_any_size_is_tried_on_a_small_one(
    style: Style, opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stylizer, "model_of", lambda _, path: path)
    Stylizer(style, "coreml")
    assert [options["size_hw"] for options in opened] == [(64, 64)]
    opened.clear()
    fitted = SimpleNamespace(size_for=lambda height, width: (height + 1, width + 2))
    Stylizer(replace(style, foreign=fitted), "coreml")  # type: ignore[arg-type]
    assert [options["size_hw"] for options in opened] == [(65, 66)]


def test_the_file_in_8_bits_is_for_cpus(style: Style, opened: list[dict[str, Any]], tmp_path: Path) -> None:
    small = tmp_path / "small.onnx"
    small.write_bytes(style.path.read_bytes())
    for device, path, precision in (("cpu", small, "int8"), ("directml", style.path, "float32")):
        made = Stylizer(replace(style, int8_path=small), device)
        assert (made.path, made.precision) == (path, precision)


@pytest.mark.parametrize(("refused", "precision", "models"), [(False, "float16", 1), (True, "float32", 2)])
def test_half_precision_is_taken_where_it_runs(
    style: Style, opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch,
    refused: bool, precision: str, models: int,
) -> None:  # fmt: skip
    def open_some(model: Path | bytes, device: devices.Device, **options: Any) -> Any:
        opened.append({"model": model, "device": device, **options})
        if refused and model == b"half":
            raise SessionRefused("no kernels for float16")
        return FakeSession()

    monkeypatch.setattr(stylizer, "open_session", open_some)
    monkeypatch.setattr(half, "half_for", lambda *_: b"half")
    assert Stylizer(style, "directml").precision == precision
    assert len(opened) == models
    assert opened[0]["model"] == b"half"


def test_a_failure_names_the_height_and_width_of_the_frame(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise RuntimeError("out of memory\nand more")

    made = Stylizer(style, "cpu")
    for lane in made._lanes:
        monkeypatch.setattr(lane, "stylize", fails)
        monkeypatch.setattr(lane, "prepare", fails)
    for act in (lambda: made.stylize(np.zeros((37, 53, 3), np.uint8)), lambda: made.warm_up(37, 53)):
        with pytest.raises(DeviceError) as caught:
            act()
        assert str(caught.value) == "CPU failed on a 53x37 frame in style n: out of memory"


def test_closing_closes_each_lane_once(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[object] = []
    monkeypatch.setattr("nstcam.realtime.engine.host_lane.HostLane.close", lambda lane: closed.append(lane))
    with Stylizer(style, "cpu", 2, at_once=2) as made:
        assert closed == []
    made.close()
    assert len(closed) == len(set(map(id, closed))) == 2


def test_a_style_is_known_by_12_digits_of_its_file_and_a_picture_by_its_contents(style: Style) -> None:
    data = style.path.read_bytes()
    assert Stylizer(style, "cpu").identity == f"n {hashlib.sha256(data).hexdigest()[:12]}"
    made = Stylizer(style, "cpu")
    made.style = replace(style, painting=SimpleNamespace(digest="abc"))  # type: ignore[arg-type]
    assert made.identity == f"picture {hashlib.sha256(data + b'abc').hexdigest()[:12]}"


def test_it_says_why_it_is_on_the_cpu_and_whose_model_it_runs(style: Style, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(devices, "candidates", lambda _: [devices.CUDA, devices.WEBGPU, devices.CPU])
    monkeypatch.setattr(availability, "missing", lambda d: None if d is devices.CPU else f"no {d.title}")
    made = Stylizer(style, tell=told.append)
    assert (made.notice, told) == ("running on the CPU (no CUDA; no WebGPU)", [made.notice])
    monkeypatch.setattr(devices, "candidates", lambda _: [devices.CPU])
    monkeypatch.setattr(stylizer, "model_of", lambda _, path: path)
    foreign = SimpleNamespace(size_for=lambda height, width: (height, width))
    made = Stylizer(replace(style, foreign=foreign), tell=told.append)  # type: ignore[arg-type]
    assert made.notice is None, "the CPU was the first choice"
    assert told[1:] == [
        "n.onnx is another program's model, licence unknown; nst-export --import makes a style of it, with credits"
    ]
