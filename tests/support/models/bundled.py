"""Other bundled styles than those of the package."""

from __future__ import annotations

from pathlib import Path

import pytest


def bundle_instead(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """For one test, the bundled styles are those of a folder, which need not exist."""
    for module in ("library", "style"):
        monkeypatch.setattr(f"nstcam.realtime.style_files.{module}.BUNDLED_STYLES", folder)
