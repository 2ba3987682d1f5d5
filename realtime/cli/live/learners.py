"""What opens learners of pictures for a live session. Their process takes longest, so it begins before all else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from nstcam.realtime.cli.live.options import LiveOptions
from nstcam.realtime.learning.early import Early
from nstcam.realtime.learning.learner import Learner
from nstcam.realtime.style_files.library import is_picture


def begun_for(arguments: Sequence[str]) -> Early | None:
    """If a command line looks as if a picture will be learnt at once, a process that loads PyTorch from now on.

    Understanding the whole command line takes a fifth of a second, and what it names is imported after that.
    """
    if "--learn" not in arguments or not arguments[0].startswith("-"):  # what begins with a word is another command
        return None
    return Early() if _any_picture(word.rpartition("=")[2] for word in arguments) else None


def learners_of(options: LiveOptions, early: Early | None) -> Callable[..., Learner]:
    """What opens learners: the process that has begun, unless no picture will be learnt at once, which ends it."""
    if early is None:
        return Learner
    if options.learn and _any_picture((*options.styles, *options.only)):
        return early
    early.close()
    return Learner


def _any_picture(names: Iterable[str]) -> bool:
    return any(is_picture(Path(name)) for name in names)
