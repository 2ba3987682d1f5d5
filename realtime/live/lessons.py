"""Lessons: pictures that are learnt while they are shown, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from nstcam.realtime.errors import NstError
from nstcam.realtime.learning.kept import keep
from nstcam.realtime.learning.learner import Learner
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.style_files.style import Style

NO_PICTURE: Final = "only a picture can be learnt: nstcam --style painting.jpg"


class Lessons:
    """Starts and ends the learning of pictures, and has the gallery show what was learnt. For the main thread only."""

    def __init__(
        self, gallery: Gallery, *, always: bool = False, open_learner: Callable[..., Learner] = Learner
    ) -> None:
        """Nothing is learnt yet.

        Args:
            always: whether each picture is learnt when it is shown first.
            open_learner: a Learner, or what stands in for it.
        """
        self._gallery, self._always, self._open = gallery, always, open_learner
        self._learner: Learner | None = None
        """The one that learns now."""
        self._learners: list[Learner] = []
        """All, whose files may be opened again."""
        self._shown: Style | None = None
        """What the gallery was given last of the one that learns now."""
        self._hurried = False
        self._tried: set[str] = set()
        """Digests of the pictures that have been learnt, or begun."""

    @property
    def learning(self) -> Learner | None:
        """The one that learns now; None if none does."""
        return self._learner

    @property
    def line(self) -> str:
        """What the strip says of it; "" if nothing is learnt."""
        learner = self._learner
        if learner is None:
            return ""
        return f"learning {learner.style.name} {learner.seconds:.0f} s: l stops, e keeps"

    def follow(self) -> str:
        """Takes what was learnt since the last call; returns a message for the user, "" for none."""
        said = self._follow()
        learner = self._learner
        hurried = learner is not None and learner.newest is None  # somebody waits for the first network
        if hurried != self._hurried:
            self._hurried = hurried
            self._gallery.open_at_idle(not hurried)
        return said

    def _follow(self) -> str:
        """Does what `follow` says."""
        if self._always and self._learner is None and not self._gallery.bypass:
            style = self._gallery.current
            if style.painting is not None and not style.learnt and style.painting.digest not in self._tried:
                return self.start()
        learner = self._learner
        if learner is None:
            return ""
        running, newest = learner.running, learner.newest  # in this order: the last one comes before the end
        if newest is not None and newest is not self._shown:
            if self._shown is not None:
                learner.forget_before(self._shown)
            self._shown = newest
            index = self._index(newest)
            if index is not None:
                self._gallery.renew(index, newest)
        if running:
            return ""
        self._learner, name = None, learner.style.name
        if learner.failure is None:
            return f"{name} is learnt: e keeps it as a style"
        stays = "stays as it was" if newest is None else "stays as learnt so far"
        return f"{name} cannot be learnt, and {stays}: {learner.failure}"

    def start(self) -> str:
        """Learns the picture that is shown; returns a message for the user.

        Raises:
            NstError: no picture is shown, or the process cannot be started.
        """
        style = self._gallery.current
        painting = style.painting
        if painting is None or self._gallery.bypass:
            raise NstError(NO_PICTURE)
        if self._learner is not None:
            if self._learner.style.name == style.name:
                return self.line
            self.stop()
        self._tried.add(painting.digest)
        self._learner = self._open(style, after=style if style.learnt else None)
        self._learners.append(self._learner)
        self._shown = None
        return f"learning {style.name} ..."

    def stop(self) -> str:
        """Ends the learning; what has been learnt stays. Returns a message for the user.

        Raises:
            NstError: nothing is learnt.
        """
        learner = self._learner
        if learner is None:
            raise NstError("nothing is being learnt")
        learner.stop()
        self._learner = None
        after = f"after {learner.seconds:.0f} s; e keeps it as a style" if learner.newest else "before it was shown"
        return f"{learner.style.name}: stopped {after}"

    def keep(self) -> str:
        """Ends the learning of the picture that is shown and installs what was learnt as a style of the user's.

        Raises:
            NstError: nothing was learnt of what is shown, or the style cannot be installed.
        """
        style = self._gallery.current
        if not style.learnt:
            raise NstError("nothing was learnt of what is shown; key l learns a picture")
        if self._learner is not None and self._learner.style.name == style.name:
            self.stop()
        kept = keep(style)
        index = self._index(style)
        if index is not None:
            self._gallery.rename(index, replace(kept, name=style.name))
        return f"kept as style {kept.name} in {kept.path.parent}"

    def close(self) -> None:
        """Ends all and removes what was not kept."""
        for learner in self._learners:
            learner.close()

    def _index(self, style: Style) -> int | None:
        """Where the picture of that style is in the gallery."""
        digest = style.painting.digest if style.painting is not None else None
        for index, there in enumerate(self._gallery.styles):
            if there.painting is not None and there.painting.digest == digest:
                return index
        return None
