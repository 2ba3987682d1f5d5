"""Tests benchmarks.gpu as a command: one line without a GPU, and time limits that keep steps apart."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.gpu import __main__ as gpu
from benchmarks.gpu import refusals, steps
from benchmarks.gpu.record import Record, read_values
from benchmarks.gpu.setting import Setting, add_options, setting_from
from benchmarks.gpu.steps import BY_NAME, WRONG_CODE, Step, run_step

ROOT = Path(__file__).parents[2]


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.engine.availability.missing", lambda _: "no NVIDIA driver found")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


@pytest.mark.usefixtures("no_gpu")
class TestWithoutGpu:
    def test_one_line_says_what_is_missing(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        assert gpu.main(["--folder", str(tmp_path / "x")]) == 1
        assert capsys.readouterr().err == "benchmarks.gpu: no GPU to measure on: no NVIDIA driver found\n"
        assert not (tmp_path / "x").exists()

    def test_training_needs_no_onnxruntime_but_pytorch(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert gpu.main(["training-built-in"]) == 1
        assert "sees no CUDA GPU" in capsys.readouterr().err

    @pytest.mark.parametrize("device", ["cpu", "coreml"])
    def test_another_device_is_none_of_nvidias(self, device: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert gpu.main(["smoke", "--device", device]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert f"--device {device} is not an NVIDIA device" in line

    def test_a_rehearsal_on_the_cpu_refuses_nothing(self) -> None:
        rehearsal = Setting(device="cpu", rehearse=True)
        assert [refusals.refusal(step, rehearsal) for step in BY_NAME.values()] == [None] * len(BY_NAME)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["smock"], "there is no step smock; choose from versions, smoke"),
        (["--frames", "0"], "0 is not a number of frames from 1 to 100000"),
        (["--photos", "/nowhere"], "/nowhere does not exist"),
        (["training-photos"], "step training-photos needs --photos FOLDER"),
        (["--device", "toaster"], "toaster"),
    ],
)
def test_a_wrong_command_line_is_told(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        gpu.main(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "refusal", lambda *_: None)
    (tmp_path / "file").touch()
    assert gpu.main(["--folder", str(tmp_path / "file" / "x")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "cannot be written" in line
    assert "give another --folder" in line


def test_the_setting_reaches_the_process_of_a_step(tmp_path: Path) -> None:
    full = Setting("tensorrt", tmp_path, tmp_path, tmp_path, tmp_path, 7, rehearse=True)
    for setting in (Setting(), full):
        parser = argparse.ArgumentParser()
        add_options(parser)
        assert setting_from(parser.parse_args(setting.arguments())) == setting
    assert Setting().painting.is_file()
    assert Setting().size((1920, 1080)) == (1920, 1080)
    assert full.size((1920, 1080)) != (1920, 1080)


def python(code: str) -> Callable[[Step, Setting], list[str]]:
    """Instead of the process of a step."""
    return lambda _step, _setting: [sys.executable, "-c", code]


class TestOneStep:
    step = Step("smoke", 20, "smoke")

    @pytest.mark.parametrize(
        ("code", "status", "reason"),
        [
            ("print('fine')", "ok", ""),
            (f"raise SystemExit({WRONG_CODE})", "wrong", ""),
            ("print('a'); raise ValueError('no such thing')", "failed", "ValueError: no such thing"),
            ("import os; os.abort()", "failed", "exit code -6"),
        ],
    )
    def test_how_it_ended(self, tmp_path: Path, code: str, status: str, reason: str) -> None:
        outcome = run_step(self.step, Setting(folder=tmp_path), python(code))
        assert (outcome.status, outcome.reason) == (status, reason)

    @pytest.mark.slow
    def test_out_of_time_it_keeps_what_it_found_and_leaves_no_process(self, tmp_path: Path) -> None:
        """Nor one that it started: a training has workers."""
        code = (
            "import pathlib, subprocess, sys, time\n"
            "worker = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
            f"pathlib.Path({str(tmp_path / 'worker')!r}).write_text(str(worker.pid))\n"
            f"pathlib.Path({str(tmp_path / 'smoke.json')!r}).write_text('{{\"found\": 1}}')\n"
            "time.sleep(60)"
        )
        began = time.monotonic()
        outcome = run_step(replace(self.step, seconds=4), Setting(folder=tmp_path), python(code))
        assert time.monotonic() - began < 30
        assert (outcome.status, outcome.reason) == ("out of time", "ended after 4 s")
        assert outcome.as_json()["found"] == 1
        worker = int((tmp_path / "worker").read_text())
        for _ in range(100):
            if not alive(worker):
                break
            time.sleep(0.05)
        assert not alive(worker)

    def test_values_of_an_earlier_run_are_not_this_ones(self, tmp_path: Path) -> None:
        (tmp_path / "smoke.json").write_text('{"found": 1}')
        assert run_step(self.step, Setting(folder=tmp_path), python("")).values == {}

    def test_a_rehearsal_may_take_longer(self, tmp_path: Path) -> None:
        short = replace(self.step, seconds=0.5)
        slow = python("import time; time.sleep(0.8)")
        assert run_step(short, Setting(folder=tmp_path), slow).status == "out of time"
        assert run_step(short, Setting(folder=tmp_path, rehearse=True), slow).status == "ok"


def alive(process: int) -> bool:
    """Linux: a killed one that nobody has waited for counts as gone."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_the_next_step_runs_whatever_became_of_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = {"versions": "raise SystemExit(1)", "smoke": "import os; os.abort()", "sweep": "print('fine')"}
    monkeypatch.setattr(steps, "child_command", lambda step, _: [sys.executable, "-c", codes[step.name]])
    monkeypatch.setattr(gpu, "refusal", lambda step, _: "no cuDNN" if step.name == "placement" else None)
    assert gpu.main(["versions", "smoke", "placement", "sweep", "--folder", str(tmp_path)]) == 1
    result = json.loads((tmp_path / "benchmark_gpu.json").read_text())
    found = {name: values["status"] for name, values in result["steps"].items()}
    assert found == {"versions": "failed", "smoke": "failed", "placement": "not run", "sweep": "ok"}
    told = capsys.readouterr().out
    assert "== placement: not run, 0 s: no cuDNN" in told
    assert "fine" in told
    assert (tmp_path / "benchmark_gpu.md").read_text().strip() in told
    assert gpu.main(["sweep", "--folder", str(tmp_path)]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM")
def test_a_run_that_is_ended_takes_its_step_along(tmp_path: Path) -> None:
    code = (
        "import sys; from benchmarks.gpu import __main__ as gpu, steps\n"
        f'write = "import os, pathlib, time; pathlib.Path({str(tmp_path / "step")!r}).write_text(str(os.getpid())); "\n'
        "steps.child_command = lambda *_: [sys.executable, '-c', write + 'time.sleep(60)']\n"
        f"sys.exit(gpu.main(['versions', '--folder', {str(tmp_path)!r}]))"
    )
    run = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    end = time.monotonic() + 30
    while not ((tmp_path / "step").exists() and (tmp_path / "step").read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    run.terminate()
    assert run.wait(60) == 143
    assert not alive(int((tmp_path / "step").read_text()))


def test_half_written_values_are_none(tmp_path: Path) -> None:
    record = Record(tmp_path / "x.json")
    record.keep(a=1)
    record.keep(b=Path("p"))
    assert read_values(tmp_path / "x.json") == {"a": 1, "b": "p"}
    (tmp_path / "x.json").write_text('{"a": 1, "b"')
    assert read_values(tmp_path / "x.json") == {}
    assert read_values(tmp_path / "nothing.json") == {}


def test_it_starts_where_there_is_no_pyav() -> None:
    """The machines that lend GPUs may have none. Every step can be loaded there."""
    code = (
        "import sys, importlib; sys.modules['av'] = None\n"
        "from benchmarks.gpu.steps import STEPS\n"
        "import benchmarks.gpu.__main__, benchmarks.gpu.child\n"
        "for step in STEPS: importlib.import_module(f'benchmarks.gpu.{step.module}').measure\n"
        "import nstcam.train.fit.loop, nstcam.train.fit.warm_start, nstcam.export.convert.exporter\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
