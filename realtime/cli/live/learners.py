"""What opens learners of pictures for a live session: chosen before all else is imported, since they take longest."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from nstcam.realtime.cli.live.options import LiveOptions
from nstcam.realtime.learning.early import Early
from nstcam.realtime.learning.learner import Learner
from nstcam.realtime.style_files.library import is_picture


def learners_of(options: LiveOptions, opened: ExitStack) -> Callable[..., Learner]:
    """What opens learners. If a picture will be learnt at once, its process loads PyTorch from now on.

    Args:
        opened: ends that process if nothing was learnt.
    """
    if not options.learn or not any(is_picture(Path(name)) for name in (*options.styles, *options.only)):
        return Learner
    early = Early()
    opened.callback(early.close)
    return early
