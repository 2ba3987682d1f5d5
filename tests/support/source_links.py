"""Links the source folders under the names they are imported by, for tools that do not see an editable installation.

An editable installation maps nstcam.realtime to realtime/ with an import hook, which mypy does not run. mypy finds the
links instead: pyproject.toml names their folder as mypy_path.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LINKS: Final = ROOT / "build" / "source" / "nstcam"


def link_sources() -> None:
    """Makes build/source/nstcam/PACKAGE for each package: a link, or a copy if the system allows no links (Windows)."""
    LINKS.mkdir(parents=True, exist_ok=True)
    for folder in ("realtime", "export", "train", "media"):
        link = LINKS / folder
        if link.is_symlink():
            continue
        shutil.rmtree(link, ignore_errors=True)  # a copy of an earlier run
        try:
            link.symlink_to(ROOT / folder, target_is_directory=True)
        except OSError:
            shutil.copytree(ROOT / folder, link)
