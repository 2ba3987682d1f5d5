"""The folder that tests of nstcam video and image work in."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.tools.stand_in import write_negative_style
from tests.support.models.tiny import write_copy_style


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With the styles negative and copy, and an empty folder `in`."""
    write_negative_style(tmp_path / "styles" / "negative.onnx")
    write_copy_style(tmp_path / "styles" / "copy.onnx", "copy")
    (tmp_path / "in").mkdir()
    return tmp_path
