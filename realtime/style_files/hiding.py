"""Leaving bundled styles out of lists, and putting them back."""

from __future__ import annotations

from collections.abc import Sequence

from nstcam.realtime.errors import StyleError
from nstcam.realtime.style_files.hidden import hidden_names, hide
from nstcam.realtime.style_files.library import list_styles, user_styles
from nstcam.realtime.style_files.style import Style


def hide_styles(styles: Sequence[Style]) -> None:
    """Leaves bundled styles out of lists from now on; they can still be used by name.

    Raises:
        StyleError: one is not bundled, or none would be left.
        SinkError: the user's folder cannot be written.
    """
    for style in styles:
        if not style.bundled:
            raise StyleError(f"{style.path} is not bundled with nstcam; nstcam styles remove {style.name} removes it")
    names = hidden_names(user_styles()) | {style.name for style in styles}
    if all(style.name in names and style.bundled for style in list_styles()):
        raise StyleError("no style would be left to show; leave out one of these names")
    hide(user_styles(), names)


def unhide_styles(names: Sequence[str]) -> None:
    """Puts bundled styles that were hidden back into lists.

    Raises:
        StyleError: one is not hidden.
        SinkError: the user's folder cannot be written.
    """
    hidden = hidden_names(user_styles())
    for name in names:
        if name not in hidden:
            raise StyleError(f"style {name} is not hidden; hidden are: {', '.join(sorted(hidden)) or 'none'}")
    hide(user_styles(), hidden - set(names))
