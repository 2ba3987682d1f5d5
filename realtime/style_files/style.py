"""Styles: ONNX files that carry their own identity, and where they are found.

The contract, version 1 (docs/architecture.md): input `frame` and output `stylized`, uint8 [batch, height, width, 3]
BGR, perhaps an input `canvas_offset`, int64 [2], with the identity in the model's metadata under `nst.` keys.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

from nstcam.media.kinds import PICTURES, foreign_kind, picture_kind
from nstcam.media.shown import escaped
from nstcam.media.style_names import name_from
from nstcam.realtime.errors import StyleError
from nstcam.realtime.style_files.contract import (
    CANVAS_INPUT,
    CONTRACT_VERSION,
    INPUT_NAME,
    LONGEST_PREVIEW,
    METADATA_PREFIX,
    OUTPUT_NAME,
)
from nstcam.realtime.style_files.cpu_session import cpu_session
from nstcam.realtime.style_files.hidden import hidden_names

if TYPE_CHECKING:
    import onnxruntime

    from nstcam.realtime.palette.painting import Painting
    from nstcam.realtime.style_files.foreign import Foreign

BUNDLED_STYLES: Final = Path(__file__).parents[1] / "styles"
ORDER: Final = (
    "starry", "comic", "neon", "woodcut", "cafe", "glass", "wave", "cubist",
    "pop", "scream", "kandinsky", "delaunay", "pencil", "fauve", "dots", "tahiti",
)  # fmt: skip
"""The bundled styles as lists and digits have them: a live session begins with the first, and the next ones show how
different styles can be."""
FIRST: Final = ORDER[0]
_LONGEST_TEXT: Final = 1000
_MOST_MACS: Final = 1e12
INT8_SUFFIX: Final = ".int8.onnx"
"""NAME.int8.onnx beside NAME.onnx is the same style in 8-bit integers, which CPUs run several times faster."""


_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Style:
    """A style file and what it says of itself."""

    path: Path
    name: str
    title: str = ""
    artist: str = ""
    year: str = ""
    licence: str = ""
    network: str = ""
    precision: str = ""
    """What the graph computes in: float32, float16 or int8; frames are always uint8."""
    int8_path: Path | None = None
    """The file with the same style in 8 bits, for CPUs; None if there is none."""
    macs_per_pixel: float | None = None
    """Multiply-accumulates of its convolutions per pixel of the frame, without borders; None if the file has none."""
    has_canvas: bool = False
    """Whether its strokes are fixed to a canvas that can be moved along with the scene."""
    painting: Painting | None = None
    """The picture that gives it its colours; `path` is then the bundled style that gives it its strokes, unless the
    style has been `learnt`."""
    learnt: bool = False
    """Whether the file at `path` was trained from `painting`, in its colours (realtime/learning)."""
    foreign: Foreign | None = None
    """How another program's model is run as a style; `path` is that model, as it is."""
    preview: str = field(default="", repr=False)
    """A picture of what it paints, in base64 and not checked yet (style_preview.py); "" if the file has none."""

    @property
    def is_local(self) -> bool:
        """Each pixel depends on its surroundings only: large pictures can be painted in tiles (picture/tiles.py)."""
        return self.network == "lite"

    @property
    def bundled(self) -> bool:
        return self.path.parent == BUNDLED_STYLES and self.painting is None

    @property
    def label(self) -> str:
        """Title and artist as far as known, else the name."""
        return ", ".join(part for part in (self.title, self.artist) if part) or self.name


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
    """A style in the picture's colours, with the strokes of the bundled style that comes nearest (realtime/palette).

    Raises:
        StyleError: the picture cannot be read, or is smaller than 32x32.
    """
    from nstcam.realtime.palette.painting import read_painting  # loads OpenCV

    painting = read_painting(path)
    strokes = _with_int8(read_style(BUNDLED_STYLES / f"{painting.strokes}.onnx"))
    title = " ".join(escaped(path.stem).replace("_", " ").replace("-", " ").split())
    return replace(
        strokes, name=name_from(path), title=title, artist="", year="", licence="", painting=painting, preview=""
    )


def _how_to_make_one(path: Path) -> str | None:
    """What makes a style of a training's checkpoint, or of a picture that is not there; None if it is neither."""
    if not path.is_file():
        missing = "not found; `nstcam styles` lists what there is, and a picture file is a style as well"
        return missing if path.suffix.lower() in PICTURES else None
    if path.suffix.lower() == ".pt":
        return f"is a checkpoint, not a style; make a style of it: nst-export {quote(str(path))}"
    return None


def read_style(path: Path, *, foreign: bool = False) -> Style:
    """Reads the identity of a style file and checks that it keeps the contract.

    Args:
        foreign: whether another program's model of one picture in, one out is taken for a style as well.

    Raises:
        StyleError: missing, damaged, or a model that is not a style of nstcam.
    """
    if not path.is_file():
        raise StyleError(f"style file {path} not found; `nstcam styles` lists what there is")
    try:
        session = cpu_session(path, threads=1, optimized=False)
    except Exception as error:  # ONNX Runtime's errors share no type of their own
        raise StyleError(f"{path} is not an ONNX model or is damaged ({type(error).__name__})") from error
    try:
        return _identity(path, session, foreign=foreign)
    except StyleError:
        raise
    except UnicodeDecodeError as error:
        raise StyleError(f"{path} has names or metadata that are not UTF-8; export it again") from error
    except Exception as error:  # such as a model without inputs
        raise StyleError(f"{path} breaks the contract ({type(error).__name__}); export it again") from error


def _with_int8(style: Style) -> Style:
    companion = style.path.with_name(style.path.stem + INT8_SUFFIX)
    return replace(style, int8_path=companion) if companion.is_file() else style


def _float_companion(int8_path: Path) -> Path:
    return int8_path.with_name(int8_path.name.removesuffix(INT8_SUFFIX) + ".onnx")


def _identity(path: Path, session: onnxruntime.InferenceSession, *, foreign: bool) -> Style:
    metadata = session.get_modelmeta().custom_metadata_map
    version = metadata.get(METADATA_PREFIX + "contract")
    if version is None and foreign:
        from nstcam.realtime.style_files.foreign import examined

        title = escaped(path.stem)
        return Style(path, name_from(path), title, network="foreign", foreign=examined(path, session))
    if version is None:
        shape = session.get_inputs()[0]
        raise StyleError(
            f"{path} is an ONNX model but not an nstcam style (its input is {shape.name}, {shape.type}); "
            f"nst-export --import {quote(str(path))} makes one of it"
        )
    if version != CONTRACT_VERSION:
        raise StyleError(
            f"{path} is a style of contract {version}, but this nstcam supports {CONTRACT_VERSION}; upgrade nstcam"
        )
    inputs, outputs = ({v.name: (v.type, v.shape) for v in vs} for vs in (session.get_inputs(), session.get_outputs()))
    canvas = inputs.pop(CANVAS_INPUT, None)
    if canvas not in (None, ("tensor(int64)", [2])):
        raise StyleError(f"{path} breaks the contract: its {CANVAS_INPUT} is {canvas}, not int64 [2]; export it again")
    for what, name, values in (("input", INPUT_NAME, inputs), ("output", OUTPUT_NAME, outputs)):
        got = {key: (kind, len(shape)) for key, (kind, shape) in values.items()}
        if got != {name: ("tensor(uint8)", 4)}:
            raise StyleError(
                f"{path} breaks the contract: its {what} is {got}, not {name} uint8 with 4 axes; export it again"
            )

    def value(key: str) -> str:
        text = str(metadata.get(METADATA_PREFIX + key, ""))
        if len(text) > _LONGEST_TEXT:
            raise StyleError(
                f"{path} breaks the contract: its {key} has {len(text)} letters, at most {_LONGEST_TEXT} are allowed; "
                "export it again"
            )
        return escaped(text)

    preview = str(metadata.get(METADATA_PREFIX + "preview", ""))
    if not str(metadata.get(METADATA_PREFIX + "name", "")).isprintable():
        raise StyleError(f"{path} breaks the contract: its name has control characters; export it again")
    return Style(
        path=path,
        name=value("name") or escaped(path.stem),
        title=value("title"),
        artist=value("artist"),
        year=value("year"),
        licence=value("licence"),
        network=value("network"),
        precision=value("precision"),
        macs_per_pixel=_number(value("macs_per_pixel")),
        has_canvas=canvas is not None,
        preview=preview if len(preview) <= LONGEST_PREVIEW else "",
    )


def _number(text: str) -> float | None:
    """A positive number; None if it is not one, or so large that sums with it would overflow."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < _MOST_MACS else None
