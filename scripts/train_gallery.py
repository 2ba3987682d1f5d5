"""Trains the styles of the gallery from scratch, one after the other: an hour or more each.

The styles in the package are the result of several trainings each, which docs/research/training.md lists.

    python -m scripts.train_gallery PAINTINGS PHOTOS [--runs FOLDER] [--only NAME...] [-- OPTIONS OF nst-train]

Prints each command before running it. Existing runs continue where they stopped and finished ones are skipped, so the
script can be interrupted at any time. `python -m scripts.bundle RUN` makes a run part of the package.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Bundled:
    """A style of the gallery, with the options of its training that differ from the defaults."""

    name: str
    title: str
    artist: str
    year: str
    picture: str = ""
    """The painting's file name without its suffix; empty if it is the style's name."""
    options: str = ""
    """Separated by spaces."""
    licence: str = "public domain"
    suffix: str = ".jpg"
    """The suffix of the painting's file."""

    @property
    def stem(self) -> str:
        """The painting's file name without its suffix."""
        return self.picture or self.name


def drawn(name: str, title: str, options: str = "") -> Bundled:
    """A style whose picture `python -m scripts.style_pictures` draws."""
    return Bundled(name, title, "nstcam", "2026", options=options, licence="CC0-1.0", suffix=".png")


GALLERY: Final = (
    Bundled("starry", "The Starry Night", "Vincent van Gogh", "1889", options="--style-size 768 --style-strength 1.3"),
    drawn("comic", "Comic"),
    drawn("neon", "Neon", "--calm 0.4"),
    drawn("woodcut", "Woodcut"),
    Bundled(
        "cafe",
        "The Night Café",
        "Vincent van Gogh",
        "1888",
        "nightcafe",
        options="--style-size 768 --style-strength 1.2 --calm 0.3",
    ),
    drawn("glass", "Stained Glass", "--calm 0.8"),
    # A woodblock print: bare paper stays bare.
    Bundled("wave", "The Great Wave off Kanagawa", "Katsushika Hokusai", "c. 1831", options="--calm 0.5"),
    Bundled(
        "cubist",
        "Contrast of Forms",
        "Fernand Léger",
        "1913",
        "leger",
        options="--style-size 800 --style-strength 1.2 --calm 0.6",
    ),
    drawn("pop", "Pop Art"),
    Bundled("scream", "The Scream", "Edvard Munch", "1893", options="--style-size 768 --style-strength 1.2 --calm 0.3"),
    Bundled(
        "kandinsky",
        "Composition VII",
        "Wassily Kandinsky",
        "1913",
        "composition7",
        options="--style-size 768 --style-strength 1.2 --calm 0.3",
    ),
    Bundled("delaunay", "Portrait of Jean Metzinger", "Robert Delaunay", "1906"),
    drawn("pencil", "Pencil"),
    Bundled("fauve", "Woman with a Hat", "Henri Matisse", "1905", "hat"),
    Bundled("dots", "River in Saint-Clair", "attributed to Théo van Rysselberghe", "c. 1900", "saintclair"),
    Bundled(
        "tahiti",
        "Three Tahitian Women",
        "Paul Gauguin",
        "1896",
        "gauguin",
        options="--style-strength 1.2 --calm 0.4",
    ),
)


FROM_NOTHING: Final = ("--init", "none", "--steps", "4000")
"""Without it each would start from the bundled style of the same painting."""


def command(style: Bundled, paintings: Path, photos: Path, run: Path, more: list[str]) -> list[str]:
    """The nst-train command that trains the style, or continues its run."""
    if (run / "checkpoint.pt").exists():
        return [sys.executable, "-m", "nstcam.train.cli.nst_train", "--resume", "--run", str(run)]
    words = {"name": style.name, "title": style.title, "artist": style.artist, "year": style.year}
    identity = [part for key, value in words.items() for part in (f"--{key}", value)]
    painting = paintings / f"{style.stem}{style.suffix}"
    inputs = ["--style", str(painting), "--content", str(photos), "--run", str(run)]
    return [
        sys.executable, "-m", "nstcam.train.cli.nst_train", *inputs, *identity, "--licence", style.licence,
        *FROM_NOTHING, *style.options.split(), *more,
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--only", nargs="+", choices=[style.name for style in GALLERY])
    known = sys.argv[1:]
    split = known.index("--") if "--" in known else len(known)
    asked = parser.parse_args(known[:split])
    for style in GALLERY:
        if asked.only and style.name not in asked.only:
            continue
        call = command(style, asked.paintings, asked.photos, asked.runs / style.name, known[split + 1 :])
        print(shlex.join(call), flush=True)
        if code := subprocess.run(call).returncode:
            sys.exit(code)


if __name__ == "__main__":
    main()
