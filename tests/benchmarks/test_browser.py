"""The benchmark of what a browser paints, in short."""

from __future__ import annotations

import shutil

import pytest

from benchmarks.browser import measure


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")
def test_each_round_has_its_figures() -> None:
    found = measure("starry", (56, 40), frames=2, rounds=3, runtime=None)
    assert found["size_wh"] == [56, 40]
    assert "onnxruntime" not in found
    for times in found["own"].values():
        assert len(times) == 3
        assert min(times) > 0


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")
def test_what_goes_wrong_is_told() -> None:
    with pytest.raises(SystemExit, match="a frame of 24x40 pixels cannot be painted"):
        measure("starry", (24, 40), frames=1, rounds=1, runtime=None)
