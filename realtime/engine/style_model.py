"""The model that a style runs: its file as it is, or what is made of the file in memory."""

from __future__ import annotations

from pathlib import Path

from nstcam.realtime.style_files.foreign_graph import wrapped
from nstcam.realtime.style_files.style import Style


def model_of(style: Style, path: Path) -> Path | bytes:
    """A model that follows the contract, but for the sizes of frames that other programs' models take.

    Args:
        path: the style's file, or the one with the same style in 8 bits.

    Returns:
        The path if the file is that model. Otherwise the model: a bundled style with the network of a picture in place
        of its own, or another program's model with our ports around it.

    Raises:
        StyleError: the file is not what the style says.
        OSError: it cannot be read.
    """
    if style.painting is not None and not style.learnt:
        return style.painting.inscribed(path.read_bytes())
    if style.foreign is not None:
        return wrapped(path, path.read_bytes(), style.foreign.ports, style.foreign.white)
    return path
