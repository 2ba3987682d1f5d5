"""Measures what the bundled styles paint, so that a picture finds the one whose strokes come nearest.

For maintainers: python -m nstcam.export.evaluate.bundled_strokes measures all of them anew and writes
realtime/palette/bundled.json. scripts/bundle.py does so for the styles that it bundles.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.bundled import FILE, as_plain, measured
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.library import ORDER
from nstcam.realtime.style_files.style import BUNDLED_STYLES, read_style
from nstcam.train.picture import PHOTOS, read_rgb, shrink_to

SIDE: Final = 400
"""Pixels of the photographs' shorter side."""


def photographs() -> list[Frame]:
    """The bundled photographs, BGR."""
    return [shrink_to(read_rgb(path), SIDE)[..., ::-1].copy() for path in sorted(PHOTOS.glob("*.jpg"))]


def digest_of(style_file: Path) -> str:
    """Tells whether a style has changed since it was measured."""
    return hashlib.sha256(style_file.read_bytes()).hexdigest()[:12]


def measured_style(name: str, photos: list[Frame]) -> dict[str, Any]:
    """The entry of a bundled style in the table, from its 8-bit file, ready for JSON."""
    path = BUNDLED_STYLES / f"{name}{INT8_SUFFIX}"
    with Stylizer(read_style(path), device="cpu") as stylizer:
        return {"file": digest_of(path), "paints": as_plain(measured([stylizer.stylize(photo) for photo in photos]))}


def measure(names: Collection[str] = ORDER, target: Path = FILE) -> None:
    """Writes the table with these bundled styles measured anew, and the others as they are in it."""
    known, photos = json.loads(FILE.read_text("utf-8")), photographs()
    entries = {
        name: measured_style(name, photos) if name in names or name not in known else known[name] for name in ORDER
    }
    lines = (f'"{name}": {json.dumps(entry)}' for name, entry in entries.items())
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    measure()
