"""Tests that a live session of a minute neither leaks nor works while idle; benchmarks/endurance.py runs an hour."""

import sys
from pathlib import Path

import pytest

from benchmarks.endurance import ARGUMENTS, endure, rest
from benchmarks.tools.desktop import App, write_still

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


def test_memory_threads_and_files_stay_where_they_are(tmp_path: Path) -> None:
    app = App(None, tmp_path, ["--camera", "test", *ARGUMENTS])
    try:
        samples = list(endure(app, 40, every=5, tour_every=15))
    finally:
        said = app.close()
    assert "Traceback" not in said
    first, last = samples[0], samples[-1]
    assert last.threads <= first.threads
    assert last.files <= first.files
    kept_mb = (last.frames - first.frames) * 160 * 120 * 3 / 1e6
    assert kept_mb > 20, "enough frames to tell"
    assert last.rss_mb - first.rss_mb < 20, "caches fill up at first; a frame kept each time is more"


def test_a_still_picture_costs_little(tmp_path: Path) -> None:
    """The bound is wide, for machines that are slow or busy; stylizing every frame would take a core or more."""
    still = write_still(tmp_path / "still.mkv", seconds=60)
    app = App(None, tmp_path, ["--camera", str(still), "--device", "cpu"])
    try:
        assert rest(app, 8) < 0.3
    finally:
        app.close()
