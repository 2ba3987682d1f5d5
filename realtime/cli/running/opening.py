"""Opens styles for commands, on the device asked for, and passes their notices on to the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nstcam.realtime.cli.running.terminal import Notices

if TYPE_CHECKING:
    from nstcam.realtime.engine.stylizer import Stylizer
    from nstcam.realtime.style_files.style import Style


def stylizer_opener(
    device: str, threads: int | None, notices: Notices, at_once: int = 1
) -> Callable[[Style], Stylizer]:
    """Returns a function that opens a style. `at_once` threads may then stylize at the same time."""
    from nstcam.realtime.engine.stylizer import Stylizer

    def open_stylizer(style: Style) -> Stylizer:
        return Stylizer(style, device, threads, at_once, notices.add)

    return open_stylizer


def open_style(
    name: str,
    device: str,
    threads: int | None,
    notices: Notices,
    at_once: int = 1,
    prepare: Callable[[Style], Style] = lambda style: style,
) -> Stylizer:
    """Opens the style of that name or file, or what `prepare` makes of it.

    Raises:
        NstError: there is no such style, or the device cannot run it.
    """
    from nstcam.realtime.style_files.library import find_style

    return stylizer_opener(device, threads, notices, at_once)(prepare(find_style(name)))
