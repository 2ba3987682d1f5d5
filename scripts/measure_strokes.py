"""Measures what the bundled styles paint, for pictures as styles: python scripts/measure_strokes.py

Writes realtime/palette/bundled.json. To be run again whenever a bundled style changes.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

from nstcam.realtime.engine.style import ORDER, find_style
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.bundled import FILE, as_plain, measured
from nstcam.train.picture import PHOTOS, read_rgb, shrink_to

SIDE: Final = 400
"""Pixels of the photographs' shorter side."""


def photographs() -> list[Frame]:
    """The bundled photographs, BGR."""
    return [shrink_to(read_rgb(path), SIDE)[..., ::-1].copy() for path in sorted(PHOTOS.glob("*.jpg"))]


def digest_of(style_file: Path) -> str:
    """Tells whether a style has changed since it was measured."""
    return hashlib.sha256(style_file.read_bytes()).hexdigest()[:12]


def main(target: Path = FILE) -> None:
    photos = photographs()
    found = {}
    for name in ORDER:
        with Stylizer(find_style(name), device="cpu") as stylizer:
            paints = as_plain(measured([stylizer.stylize(photo) for photo in photos]))
            found[name] = {"file": digest_of(stylizer.path), "paints": paints}
    lines = (f'"{name}": {json.dumps(values)}' for name, values in found.items())
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
