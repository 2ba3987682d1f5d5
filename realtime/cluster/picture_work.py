"""Pictures on their way to a worker and back, as plain values and the bytes of their files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nstcam.realtime.cluster.hearing import heard
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import SourceError, refused_by_system
from nstcam.realtime.picture.convert import Behind, stylize_image
from nstcam.realtime.picture.file import SUFFIXES
from nstcam.realtime.video.painting import People


@dataclass(frozen=True, kw_only=True)
class PictureSettings:
    """As `stylize_image` takes them."""

    strength: float = 1.0
    keep_colors: bool = False
    brighten: bool = False
    stroke_scale: float = 1.0


def pictures_work(pictures: Sequence[tuple[Path, Path]], settings: PictureSettings) -> dict[str, Any]:
    """What a worker needs to paint these pictures.

    Args:
        pictures: source and target of each.

    Raises:
        SourceError: one of them cannot be read.
    """
    found = []
    for source, target in pictures:
        try:
            found.append((str(source), target.suffix.lower(), source.read_bytes()))
        except OSError as error:
            raise SourceError(refused_by_system(error)) from error
    return {
        "pictures": found,
        "strength": settings.strength,
        "keep_colors": settings.keep_colors,
        "brighten": settings.brighten,
        "stroke_scale": settings.stroke_scale,
    }


def painted_pictures(
    work: dict[str, Any], folder: Path, stylizer: Stylizer, people: People, told: Callable[[int], None]
) -> tuple[list[bytes | str], list[str]]:
    """Paints the pictures of `pictures_work`.

    Args:
        folder: for their files, for a moment.
        told: called with how many are done.

    Returns:
        For each picture the bytes of the painted file, or the text that tells what is wrong with the picture; and
        warnings for the user.

    Raises:
        SinkError, OSError: this machine cannot write.
    """
    behind = people.behind
    second = None if behind is None else Behind(behind, isinstance(behind, Stylizer) and behind.style.is_local)
    made: list[bytes | str] = []
    warnings: list[str] = []
    for name, suffix, data in work["pictures"]:
        source = folder / f"picture{_suffix_of(name)}"
        target = folder / f"painted{suffix if suffix in SUFFIXES else SUFFIXES[0]}"
        try:
            source.write_bytes(data)
            with heard() as lines:
                stylize_image(
                    source, target, stylizer,
                    local=stylizer.style.is_local, strength=work["strength"], keep_colors=work["keep_colors"],
                    brighten=work["brighten"], stroke_scale=work["stroke_scale"], scene=people.scene,
                    behind=second, overwrite=True,
                )  # fmt: skip
            warnings += [line.replace(str(source), name) for line in lines]
            made.append(target.read_bytes())
        except SourceError as error:
            made.append(str(error).replace(str(source), name))
        finally:
            source.unlink(missing_ok=True)
            target.unlink(missing_ok=True)
        told(len(made))
    return made, warnings


def _suffix_of(name: str) -> str:
    """The suffix of the source, which readers of pictures may look at, if it is nothing but that."""
    suffix = Path(name).suffix
    return suffix if suffix[1:].isalnum() else ""
