"""Checkpoint files that PyTorch would open, but that no training writes."""

from __future__ import annotations

import zipfile
from pathlib import Path


def write_compressed(source: Path, target: Path) -> None:
    """Writes the members of a checkpoint to another file, compressed: it would take more memory than it has bytes."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
