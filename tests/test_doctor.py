import json
import subprocess
import sys
from pathlib import Path

import pytest

from realtime import doctor
from realtime.cameras import CameraInfo
from realtime.errors import DeviceError, SourceError


@pytest.mark.parametrize(
    ("installed", "states"),
    [
        (["onnxruntime-gpu", "opencv-python"], ["ok", "ok"]),
        (["onnxruntime", "onnxruntime-gpu", "opencv-python"], ["fault", "ok"]),
        (["onnxruntime", "opencv-python", "opencv-python-headless"], ["ok", "fault"]),
        ([], ["hint", "hint"]),
    ],
)
def test_wheels_that_clash_are_found(installed: list[str], states: list[str]) -> None:
    findings = doctor.clashes(installed)
    assert [finding.state for finding in findings] == states
    assert all(finding.cure.startswith("pip uninstall") for finding in findings if finding.state == "fault")


def test_each_camera_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(index: int) -> str:
        if index:
            raise SourceError("busy; close the other program")
        return "640x480 MJPG 30.0 fps"

    monkeypatch.setattr("realtime.cameras.list_cameras", lambda: [CameraInfo(0, "good"), CameraInfo(2, "bad")])
    good, bad = doctor.cameras(check)
    assert (good.state, good.text) == ("ok", "640x480 MJPG 30.0 fps")
    assert (bad.state, bad.what) == ("fault", 'camera 2 "bad"')


def test_a_device_that_fails_is_a_hint_unless_it_is_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise DeviceError("does not work")

    monkeypatch.setattr("realtime.stylizer.Stylizer", broken)
    assert [(finding.what, finding.state) for finding in doctor.devices()] == [("cpu", "fault"), ("cuda", "hint")]


def test_the_command_proves_the_cpu_and_the_encoder() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "realtime.cli", "doctor", "--json"],
        cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False,
    )  # fmt: skip
    findings = {finding["what"]: finding for finding in json.loads(done.stdout)}
    assert findings["cpu"]["state"] == "ok"
    assert "ms a frame" in findings["cpu"]["text"]
    assert findings["encoder"]["state"] == "ok"
    assert done.returncode == (1 if any(f["state"] == "fault" for f in findings.values()) else 0)
