"""Computes the references of rho for bundled styles, by L-BFGS on the loss of each style, from a few photographs.

    python -m benchmarks.quality.make_references --paintings FOLDER [--style NAME]... PHOTOGRAPH...

FOLDER holds the paintings, named as in scripts/train_gallery.py or like the styles; the size of the painting comes
from the style files. References that are already in benchmarks/results/references.json are not computed again, and
each new one is saved as soon as it is done. One takes minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from nstcam.export.errors import ExportError
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.photographs import check_size
from nstcam.export.evaluate.references import EVALUATIONS, complete_references
from nstcam.realtime.errors import NstError
from nstcam.realtime.picture.file import SUFFIXES
from nstcam.realtime.style_files.library import list_styles
from nstcam.realtime.style_files.style import Style
from nstcam.train.errors import TrainError
from nstcam.train.loss.vgg import VggFeatures, load_vgg
from scripts.train_gallery import GALLERY

REFERENCES: Final = Path(__file__).parents[1] / "results" / "references.json"
SIZE: Final = "192"
"""Shorter side in pixels: half of what strokes are trained for, and a third of the minutes of 256."""


def bundled_styles(names: Sequence[str] | None = None) -> list[Style]:
    """The bundled styles of these names, or all if there are none.

    Raises:
        ExportError: no bundled style has such a name.
    """
    styles = {style.name: style for style in list_styles() if style.bundled}
    unknown = [name for name in names or () if name not in styles]
    if unknown:
        raise ExportError(f"no bundled style {', '.join(unknown)}; choose from {', '.join(styles)}")
    return [style for name, style in styles.items() if not names or name in names]


def painting_of(style: str, folder: Path) -> Path | None:
    """The picture in `folder` that the style was trained on; None if it is not there."""
    stem = next((bundled.stem for bundled in GALLERY if bundled.name == style), style)
    return next((p for p in sorted(folder.glob(f"{stem}.*")) if p.suffix.lower() in SUFFIXES), None)


def make_references(
    file: Path,
    folder: Path,
    photographs: Sequence[Path],
    sizes: Sequence[str],
    styles: Sequence[Style],
    loss_network: VggFeatures,
    evaluations: int = EVALUATIONS,
) -> int:
    """Computes the references that are missing. Returns: how many there are in the end.

    Raises:
        ExportError: a painting or photograph is missing, or the file cannot be written. Checked before any work.
    """
    for photograph in photographs:
        if not photograph.is_file():
            raise ExportError(f"photograph {photograph} not found")
    paintings = {style.name: painting_of(style.name, folder) for style in styles}
    missing = [name for name, painting in paintings.items() if painting is None]
    if missing:
        raise ExportError(f"no painting of {', '.join(missing)} in {folder}; name it {missing[0]}.jpg, or give --style")
    count = 0
    for style in styles:
        painting, settings = paintings[style.name], LossSettings.of_style(style.path)
        assert painting is not None
        print(f"{style.name}: {painting.name} at {settings.style_size} px, S = {settings.style_strength:g}", flush=True)
        known = complete_references(file, painting, photographs, sizes, settings, loss_network, evaluations)
        count = len(known)
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path, nargs="+", metavar="PHOTOGRAPH")
    parser.add_argument("--paintings", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--style", action="append", metavar="NAME", help="a bundled style; repeatable; default: all")
    parser.add_argument("--size", action="append", help=f"shorter side or WIDTHxHEIGHT; repeatable; default: {SIZE}")
    parser.add_argument("--output", type=Path, default=REFERENCES)
    options = parser.parse_args(arguments)
    try:
        sizes = [check_size(size) for size in options.size or [SIZE]]
        styles = bundled_styles(options.style)
        count = make_references(options.output, options.paintings, options.photographs, sizes, styles, load_vgg())
    except (ExportError, TrainError, NstError) as error:
        print(f"benchmarks.quality.make_references: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "benchmarks.quality.make_references: interrupted; run the same command again to continue", file=sys.stderr
        )
        return 130
    print(f"{count} references in {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
