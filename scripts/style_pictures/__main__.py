"""Draws pictures to train graphic styles from: ink comic, woodcut, stained glass, pop poster, pencil, neon.

    python -m scripts.style_pictures FOLDER [--only NAME...] [--seed N]

Each is FOLDER/NAME.png of 1024 x 768. The same seed gives the same picture on the same machine. All are CC0: drawn from
shapes, or from photographs in train/photos that are CC0 or public domain.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.style_pictures.comic import comic
from scripts.style_pictures.fields import Field
from scripts.style_pictures.glass import glass
from scripts.style_pictures.neon import neon
from scripts.style_pictures.pencil import pencil
from scripts.style_pictures.pop import pop
from scripts.style_pictures.woodcut import woodcut

WIDTH: Final = 1024
HEIGHT: Final = 768
PICTURES: Final[dict[str, Callable[[int, int, np.random.Generator], Field]]] = {
    "comic": comic,
    "woodcut": woodcut,
    "glass": glass,
    "pop": pop,
    "pencil": pencil,
    "neon": neon,
}


def draw(name: str, seed: int = 1) -> NDArray[np.uint8]:
    """The picture: HEIGHT x WIDTH x 3, RGB."""
    picture = PICTURES[name](WIDTH, HEIGHT, np.random.default_rng(seed))
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(
        "style_pictures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", choices=PICTURES, default=list(PICTURES))
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.seed < 0:
        parser.error(f"--seed {asked.seed}: must be 0 or more")
    try:
        asked.folder.mkdir(parents=True, exist_ok=True)
        for name in asked.only:
            path = asked.folder / f"{name}.png"
            _, png = cv2.imencode(".png", cv2.cvtColor(draw(name, asked.seed), cv2.COLOR_RGB2BGR))
            path.write_bytes(png.tobytes())
            print(path, flush=True)
    except OSError as error:
        parser.exit(1, f"{asked.folder}: cannot be written ({error.strerror}); choose another folder\n")


if __name__ == "__main__":
    main()
