"""What the tiles of styles show where there is no live picture: the style's preview."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.style_files.style_preview import decoded_preview, photograph

Painted = TypeVar("Painted")


def still(style: Style, paint: Callable[[Frame], Painted]) -> Frame | Painted:
    """The preview in the style's file; if there is none, the photograph of previews as `paint` paints it."""
    preview = decoded_preview(style.preview)
    return paint(photograph()) if preview is None else preview
