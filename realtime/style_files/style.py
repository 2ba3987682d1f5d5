"""A style: an ONNX file that carries its own identity.

The contract, version 1 (docs/architecture.md): input `frame` and output `stylized`, uint8 [batch, height, width, 3]
BGR, perhaps an input `canvas_offset`, int64 [2], with the identity in the model's metadata under `nst.` keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

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

if TYPE_CHECKING:
    import onnxruntime

    from nstcam.realtime.palette.painting import Painting
    from nstcam.realtime.style_files.foreign import Foreign

BUNDLED_STYLES: Final = Path(__file__).parents[1] / "styles"
_LONGEST_TEXT: Final = 1000
_MOST_MACS: Final = 1e12


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
    """The picture that it paints like; `path` is then a bundled style, whose file takes the picture's network, unless
    the style has been `learnt`."""
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
