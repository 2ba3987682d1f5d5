"""Tests the command line of nstcam video --cluster, without a cluster."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nstcam.realtime.cli import app
from tests.support.commands import outcome
from tests.support.media.clips import write_clip


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--workers", "2"), "--workers is for --cluster; add --cluster local or the address of a Ray cluster"),
        (("--cluster", "local", "--segment", "1/2"), "leave out --segment"),
        (("--cluster", "local", "--preview", "4"), "leave out --preview"),
        (("--cluster", "local", "--fps", "25"), "leave out --fps"),
    ],
)
def test_contradictions_are_told(
    words: tuple[str, ...], line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, error = outcome(app.main, ("nstcam", "video", "a.mp4", "b.mp4", *words), monkeypatch, capsys)
    assert code == 2
    assert line in error


def test_without_ray_one_line_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "a.mp4")
    code, _, error = outcome(app.main, ("nstcam", "video", "a.mp4", "b.mp4", "--cluster", "local"), monkeypatch, capsys)
    assert code == 1
    assert error.splitlines() == ["nstcam: --cluster needs Ray, which is not installed: pip install 'nstcam[cluster]'"]
    assert {path.name for path in tmp_path.iterdir()} == {"a.mp4"}


def test_ray_is_imported_only_for_a_cluster() -> None:
    modules = "nstcam.realtime.cli.app, nstcam.realtime.cli.video.convert_files, nstcam.realtime.cluster.film"
    code = f"import sys, {modules}; print('ray' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
