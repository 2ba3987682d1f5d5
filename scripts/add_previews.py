"""Puts a picture of what each bundled style paints into its file: python -m scripts.add_previews [STYLE...]

Whatever else the files hold stays as it is. nst-export and scripts/bundle.py do so for the files that they write; this
is for when the previews themselves change.
"""

from __future__ import annotations

import sys

from nstcam.realtime.files import part_file
from nstcam.realtime.style_files.library import ORDER
from nstcam.realtime.style_files.style import BUNDLED_STYLES
from nstcam.realtime.style_files.style_preview import with_preview


def main(names: list[str]) -> None:
    for name in names or ORDER:
        path = BUNDLED_STYLES / f"{name}.onnx"
        before = path.read_bytes()
        with part_file(path) as part:
            part.write_bytes(with_preview(before, path))
        print(f"{path.name}: {len(before)} -> {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
