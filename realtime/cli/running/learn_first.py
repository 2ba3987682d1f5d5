"""--learn SECONDS: a picture that is a style is learnt before it paints anything."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import typer

from nstcam.realtime.cli.running.interrupt import INTERRUPTED, stop_on_interrupt
from nstcam.realtime.cli.running.terminal import Notices, progress_of
from nstcam.realtime.engine.cores import usable_cores
from nstcam.realtime.errors import NstError
from nstcam.realtime.learning.learner import Learner
from nstcam.realtime.style_files.style import Style

_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class LearnFirst:
    """Learns pictures for commands.

    Attributes:
        seconds: for how long each is learnt; None: not at all.
        notices: takes a line for each picture that cannot be learnt, and stays as it is.
        opened: closes what was learnt at its end, when no style is opened any more.
    """

    seconds: float | None
    notices: Notices
    opened: ExitStack

    def learnt(self, style: Style) -> Style:
        """What was learnt of the style's picture; the style itself if it is none, or that failed.

        Raises:
            typer.Exit: with 130 after Ctrl-C.
        """
        if self.seconds is None or style.painting is None:
            return style
        try:
            learner = Learner(style, seconds=self.seconds, threads=usable_cores())
        except NstError as error:
            self.notices.add(str(error))
            return style
        self.opened.callback(learner.close)
        with stop_on_interrupt() as stop, progress_of(f"learning {style.name}", self.seconds) as update:
            while not learner.wait(_LOOK_SECONDS):
                update(learner.seconds)
                if stop():
                    raise typer.Exit(INTERRUPTED)
        if learner.failure is not None:
            self.notices.add(f"{style.name} cannot be learnt, and stays as it was: {learner.failure}")
        return learner.newest or style
