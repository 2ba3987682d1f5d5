"""The styles there are: the bundled ones, the user's own, and any picture or model file that is named."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from shlex import quote
from typing import Final

from nstcam.media.kinds import PICTURES, foreign_kind, picture_kind
from nstcam.media.shown import escaped
from nstcam.media.style_names import name_from
from nstcam.realtime.errors import StyleError
from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.hidden import hidden_names
from nstcam.realtime.style_files.style import BUNDLED_STYLES, Style, read_style

ORDER: Final = (
    "starry", "comic", "neon", "woodcut", "cafe", "glass", "wave", "cubist",
    "pop", "scream", "kandinsky", "delaunay", "pencil", "fauve", "dots", "tahiti",
)  # fmt: skip
"""The bundled styles as lists and digits have them: a live session begins with the first, and the next ones show how
different styles can be."""
FIRST: Final = ORDER[0]
CONTAINER: Final = ORDER[0]
"""The bundled style whose file takes the network of a picture; any of network lite would do."""

_log = logging.getLogger(__name__)


def user_styles() -> Path:
    """The folder of the user's own styles; NSTCAM_STYLES in the environment moves it. May not exist."""
    override = os.environ.get("NSTCAM_STYLES")
    if override:
        return Path(override)
    import platformdirs

    return platformdirs.user_data_path("nstcam", appauthor=False) / "styles"


def list_styles(skipped: Callable[[StyleError], None] | None = None) -> list[Style]:
    """All readable styles in a fixed order: the bundled ones as in ORDER, then the user's own by name.

    Those of the user hide bundled ones of the same name, as `nstcam styles hide` does (hidden.py).

    Args:
        skipped: called for each file that is not a style; by default it is a line in the log.
    """
    found: dict[str, Style] = {}
    hidden = hidden_names(user_styles())
    for folder in (user_styles(), BUNDLED_STYLES):
        for path in sorted(folder.glob("[!.]*.onnx")):
            if path.name.endswith(INT8_SUFFIX) and _float_companion(path).is_file():
                continue
            try:
                style = _with_int8(read_style(path))
            except StyleError as error:
                if skipped is None:
                    _log.warning("%s; it is left out", error)
                else:
                    skipped(error)
                continue
            if not (style.bundled and style.name in hidden):
                found.setdefault(style.name, style)
    place = {name: number for number, name in enumerate(ORDER)}
    return sorted(
        found.values(),
        key=lambda style: (not style.bundled, place.get(style.name, len(ORDER)) if style.bundled else 0, style.name),
    )


def find_style(name_or_path: str) -> Style:
    """A style by the path of its file, which is then the only one used, or by its name; or one made of a picture.

    Raises:
        StyleError: nothing of that name; the text suggests the nearest, or lists all. Or the file is neither a style
            nor a picture that can be read.
    """
    path = Path(name_or_path)
    if path.suffix.lower() != ".onnx":
        if is_picture(path):
            return style_of_picture(path)
        if cure := _how_to_make_one(path):
            raise StyleError(f"{path} {cure}")
    if path.suffix.lower() == ".onnx" or path.is_file():
        return read_style(path, foreign=True)
    for folder in (user_styles(), BUNDLED_STYLES):
        for file in (folder / f"{name_or_path}.onnx", folder / f"{name_or_path}{INT8_SUFFIX}"):
            if file.is_file():
                return _with_int8(read_style(file))
    styles = list_styles(skipped=lambda _: None)  # what is not asked for is not complained about
    for style in styles:  # a file may be called otherwise than its style
        if style.name == name_or_path:
            return style
    names = [style.name for style in styles]
    near = get_close_matches(name_or_path, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"available: {', '.join(names) or 'none'}"
    raise StyleError(f"style {name_or_path} not found; {hint}")


def is_picture(path: Path) -> bool:
    """Whether it is a file that is a picture, or claims to be one, or one that has to be converted first."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(64)
    except (OSError, ValueError):
        return False
    return picture_kind(head) is not None or foreign_kind(head) is not None or path.suffix.lower() in PICTURES


def is_model(path: Path) -> bool:
    """Whether it is a file that claims to be a style, or another program's model."""
    try:
        return path.suffix.lower() == ".onnx" and path.is_file()
    except (OSError, ValueError):
        return False


def style_of_picture(path: Path) -> Style:
    """A style that paints as the picture is painted, in the file of a bundled one (realtime/palette).

    Raises:
        StyleError: the picture cannot be read, or is smaller than 32x32.
    """
    from nstcam.realtime.palette.painting import read_painting  # loads OpenCV

    container = _with_int8(read_style(BUNDLED_STYLES / f"{CONTAINER}.onnx"))
    painting = read_painting(path, container.path)
    title = " ".join(escaped(path.stem).replace("_", " ").replace("-", " ").split())
    return replace(
        container, name=name_from(path), title=title, artist="", year="", licence="", painting=painting, preview=""
    )


def _how_to_make_one(path: Path) -> str | None:
    """What makes a style of a training's checkpoint, or of a picture that is not there; None if it is neither."""
    if not path.is_file():
        missing = "not found; `nstcam styles` lists what there is, and a picture file is a style as well"
        return missing if path.suffix.lower() in PICTURES else None
    if path.suffix.lower() == ".pt":
        return f"is a checkpoint, not a style; make a style of it: nst-export {quote(str(path))}"
    return None


def _with_int8(style: Style) -> Style:
    companion = style.path.with_name(style.path.stem + INT8_SUFFIX)
    return replace(style, int8_path=companion) if companion.is_file() else style


def _float_companion(int8_path: Path) -> Path:
    return int8_path.with_name(int8_path.name.removesuffix(INT8_SUFFIX) + ".onnx")
