"""Stylizers for commands: opened on the asked-for device, with their notices for the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nstcam.realtime.cli.terminal import Notices

if TYPE_CHECKING:
    from nstcam.realtime.engine.style import Style
    from nstcam.realtime.engine.stylizer import Stylizer


def stylizer_opener(
    device: str, threads: int | None, notices: Notices, at_once: int = 1
) -> Callable[[Style], Stylizer]:
    from nstcam.realtime.engine.stylizer import Stylizer

    def open_stylizer(style: Style) -> Stylizer:
        stylizer = Stylizer(style, device, threads, at_once)
        notices.add(stylizer.notice)
        return stylizer

    return open_stylizer


def open_style(name: str, device: str, threads: int | None, notices: Notices, at_once: int = 1) -> Stylizer:
    from nstcam.realtime.engine.style import find_style

    return stylizer_opener(device, threads, notices, at_once)(find_style(name))
