import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nstcam.realtime.capture.cameras import CameraInfo
from nstcam.realtime.checkup import doctor, hardware
from nstcam.realtime.engine.devices import DEVICES
from nstcam.realtime.errors import DeviceError, SourceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import UNMOVED, Offset, Slower
from nstcam.realtime.video.encoding.encoder import Encoder
from nstcam.realtime.video.encoding.encoders import CODECS
from tests.support.fakes.live import FakeStylizer, style_of


@pytest.mark.parametrize(
    ("installed", "states"),
    [
        (["onnxruntime-gpu", "opencv-python"], ["ok", "ok"]),
        (["onnxruntime", "onnxruntime-gpu", "opencv-python"], ["fault", "ok"]),
        (["onnxruntime-directml", "onnxruntime", "opencv-contrib-python"], ["fault", "ok"]),
        (["onnxruntime", "opencv-python", "opencv-python-headless"], ["ok", "fault"]),
        ([], ["hint", "hint"]),
    ],
)
def test_wheels_that_clash_are_found(installed: list[str], states: list[str]) -> None:
    findings = doctor.clashes([*installed, "numpy"])
    assert [finding.state for finding in findings] == states
    assert all(finding.cure.startswith("pip uninstall") for finding in findings if finding.state == "fault")


def test_the_build_for_the_gpu_is_kept() -> None:
    runtime, _ = doctor.clashes(["onnxruntime", "onnxruntime-gpu"])
    assert runtime.cure == "pip uninstall -y onnxruntime onnxruntime-gpu; pip install onnxruntime-gpu"


def run_doctor(before: str = "") -> tuple[int, dict[str, dict[str, str]], str]:
    """`before` is a folder of modules that take the place of installed ones."""
    root = str(Path(__file__).parents[3])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in (before, os.environ.get("PYTHONPATH")) if path),
    }
    command = [sys.executable, "-m", "nstcam.realtime.cli.app", "doctor", "--json"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, {finding["what"]: finding for finding in json.loads(done.stdout)}, done.stderr


def test_opencv_without_its_libraries_is_told_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file: No such file or directory')"
    )
    (tmp_path / "nameless-1.dist-info").mkdir()
    code, findings, error = run_doctor(str(tmp_path))
    assert (code, error) == (1, "")
    assert "onnxruntime" in findings["onnxruntime wheel"]["text"]
    assert findings["cv2"]["state"] == "fault"
    assert "sudo apt install libgl1; without a screen: " in findings["cv2"]["cure"]


def test_a_library_that_is_installed_by_halves_is_told(tmp_path: Path) -> None:
    (tmp_path / "onnxruntime").mkdir()
    (tmp_path / "onnxruntime" / "__init__.py").write_text("")
    code, findings, _ = run_doctor(str(tmp_path))
    assert code == 1
    assert findings["onnxruntime"]["text"] == "is installed incompletely: it has no InferenceSession"


def test_each_camera_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def try_camera(index: int) -> str:
        if index:
            raise SourceError("busy; close the other program")
        return "640x480 MJPG 30.0 fps"

    monkeypatch.setattr(hardware, "list_cameras", lambda: [CameraInfo(0, "good"), CameraInfo(2, "bad")])
    good, bad = hardware.cameras(try_camera)
    assert (good.state, good.text) == ("ok", "640x480 MJPG 30.0 fps")
    assert (bad.state, bad.what) == ("fault", 'camera 2 "bad"')


def test_the_first_camera_is_tried_where_names_need_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> list[CameraInfo]:
        raise SourceError("names of cameras need a package")

    monkeypatch.setattr(hardware, "list_cameras", fail)
    found = [(finding.what, finding.state) for finding in hardware.cameras(lambda _: "30 fps")]
    assert found == [("cameras", "hint"), ("camera 0", "ok")]


class TestDevices:
    def test_only_the_cpu_must_work(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object) -> None:
            raise DeviceError("does not work")

        monkeypatch.setattr(hardware, "Stylizer", broken)
        found = [(finding.what, finding.state) for finding in hardware.devices()]
        assert found[:2] == [("cpu", "fault"), ("cuda", "hint")]

    def test_a_device_that_paints_another_picture_is_a_fault(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Painting(FakeStylizer):
            def __init__(self, style: Style, device: str) -> None:
                super().__init__()
                self.wrong, self.frozen = 50 if device == "directml" else 0, device == "openvino"

            def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:
                self.first = getattr(self, "first", frame)
                return (self.first if self.frozen else frame) // 2 + self.wrong

        monkeypatch.setattr(hardware, "Stylizer", Painting)
        here = [DEVICES[name] for name in ("cpu", "tensorrt", "directml", "coreml", "openvino")]
        monkeypatch.setattr(hardware, "missing", lambda device: None if device in here else "not here")
        found = {finding.what: finding for finding in hardware.devices()}
        expected = ["cpu", "cuda", "tensorrt", "directml", "coreml", "openvino"]
        assert list(found) == expected, "what the build has not is not listed"
        assert found["tensorrt"].state == "hint"
        assert [found[name].state for name in ("coreml", "directml", "openvino")] == ["ok", "fault", "fault"]
        assert "50.00 levels from the CPU's picture" in found["directml"].text
        assert found["directml"].cure == "use --device cpu"
        assert " ms a frame of 640x480 in style " in found["coreml"].text
        assert ", way: fixed size, 0.00 levels" in found["coreml"].text, "its size is warmed up"
        assert "way" not in found["cpu"].text, "there is one only"

    def test_styles_that_are_slower_than_they_could_be_are_hints_with_a_cure(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Painting(FakeStylizer):
            def __init__(self, style: Style, device: str) -> None:
                super().__init__()
                if style.name == "broken" and device == "cuda":
                    raise DeviceError("CUDA cannot run it")
                if style.name != "good" and device == "cuda":
                    self.slower_once_warm = Slower("Pad runs on the CPU", "export it again")

        def find(*names: str) -> dict[str, tuple[str, str, str]]:
            monkeypatch.setattr(hardware, "list_styles", lambda **_: [style_of(name) for name in names])
            return {finding.what: (finding.state, finding.text, finding.cure) for finding in hardware.devices()}

        monkeypatch.setattr(hardware, "Stylizer", Painting)
        monkeypatch.setattr(hardware, "missing", lambda _: "not here")
        monkeypatch.setattr(hardware, "DEVICES", {name: DEVICES[name] for name in ("cpu", "cuda")})
        found = find("good", "old", "broken")
        assert found["cuda"][0] == "ok"
        assert found["cuda, style old"] == ("hint", "Pad runs on the CPU", "export it again")
        assert found["cuda, style broken"] == ("hint", "CUDA cannot run it", "")
        assert list(found) == ["cpu", "cuda", "cuda, style old", "cuda, style broken"]
        state, text, cure = find("old")["cuda"]
        assert (state, cure) == ("hint", "export it again")
        assert text.endswith("; Pad runs on the CPU")


class TestEncoders:
    def test_each_is_tried(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def encode(encoder: Encoder) -> float:
            if encoder.name not in ("libx264", "h264_qsv", "libvpx-vp9"):
                raise ValueError("not built in")
            return 2.5

        monkeypatch.setattr(hardware, "encode", encode)
        found = {finding.what: finding for finding in hardware.encoders()}
        assert list(found) == [f"encoder {codec}" for codec in CODECS]
        assert "h264_qsv 2.5 ms, libx264 2.5 ms; not available: h264_nvenc" in found["encoder h264"].text
        assert [found[f"encoder {codec}"].state for codec in ("h264", "hevc", "vp9")] == ["ok", "hint", "ok"]

    def test_recordings_need_libx264(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def encode(encoder: Encoder) -> float:
            if encoder.name == "libx264":
                raise ValueError("not built in")
            return 2.5

        monkeypatch.setattr(hardware, "encode", encode)
        assert next(hardware.encoders()).state == "fault"


def test_files_that_are_no_styles_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_text("no model")
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path))
    good, broken = hardware.styles()
    assert "starry" in good.text
    assert (broken.what, broken.state) == ("style broken.onnx", "hint")
    monkeypatch.setattr(hardware, "list_styles", lambda **_: [])
    assert next(hardware.styles()).state == "fault"


@pytest.mark.skipif(sys.platform != "linux", reason="only Qt under X11 ends the program")
def test_a_window_that_ends_the_program_is_a_fault() -> None:
    environment = {**os.environ, "DISPLAY": ":4711", "QT_QPA_PLATFORM": "xcb"}
    finding = doctor.window("win32", environment)  # as if it were known to have a display
    assert finding.state == "fault", finding
    assert finding.cure == "use --no-window"


def test_broken_settings_are_a_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NSTCAM_SETTINGS", str(tmp_path / "s.toml"))
    assert doctor.settings().text == "none saved"
    (tmp_path / "s.toml").write_text("strength = 9")
    assert doctor.settings().state == "hint"


def test_the_command_proves_the_cpu_and_the_encoders() -> None:
    code, findings, _ = run_doctor()
    assert findings["cpu"]["state"] == "ok"
    assert "ms a frame" in findings["cpu"]["text"]
    assert findings["encoder h264"]["state"] == "ok"
    assert code == (1 if any(f["state"] == "fault" for f in findings.values()) else 0)


@pytest.mark.parametrize(
    ("installed", "no_card", "state", "told"),
    [
        ({"onnxruntime-gpu", "numpy"}, "no NVIDIA driver found", "hint", "pip install onnxruntime"),
        ({"onnxruntime-gpu"}, None, "ok", ""),
        ({"onnxruntime"}, "no NVIDIA driver found", "ok", ""),
        ({"onnxruntime"}, None, "hint", "pip install 'nstcam[cuda]'"),
    ],
)
def test_the_runtime_is_named_and_whether_it_fits(
    installed: set[str], no_card: str | None, state: str, told: str
) -> None:
    (finding,) = doctor.runtime(installed, no_card)
    name = next(each for each in installed if each.startswith("onnxruntime"))
    assert (finding.what, finding.state) == ("runtime", state)
    assert finding.text.startswith(f"{name}, which ")
    assert finding.cure.endswith(told)
    assert ("no NVIDIA driver found" in finding.text) == (state == "hint" and no_card is not None)


def test_other_builds_and_clashes_are_left_to_others() -> None:
    assert doctor.runtime({"onnxruntime-directml"}, None) == []
    assert doctor.runtime({"onnxruntime", "onnxruntime-gpu"}, None) == []
