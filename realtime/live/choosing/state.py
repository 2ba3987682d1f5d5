"""Where a gallery stands: which of its styles are open, which one or mixture is shown or fades in, and what to say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from nstcam.realtime.live.choosing.mixture import Choice, Fade, Recipe
from nstcam.realtime.live.choosing.open_styles import OpenStyles
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import Stylizing


class GalleryState:
    """The state that a gallery and its arrivals share, from several threads: what reads or changes it holds `lock`.

    Attributes:
        lock: may be taken again by the thread that holds it.
        styles: in order, at least one.
        opened: those of them that are open.
        choice: which of them is shown, which are wanted.
        fade: from what was shown before.
    """

    def __init__(
        self, styles: Sequence[Style], open_stylizer: Callable[[Style], Stylizing], first: int, fade: Fade
    ) -> None:
        """Opens and shows style `first`.

        Raises:
            NstError: it cannot be opened.
        """
        self.lock = threading.RLock()
        self.styles = tuple(styles)
        self.fade = fade
        self._messages: list[str] = []
        self.opened = OpenStyles(open_stylizer, self.say)
        self.opened.add(first, self.opened.open(self.styles[first]))
        self.choice = Choice(len(self.styles), first, first)

    def say(self, message: str) -> None:
        """Adds a message for the user."""
        with self.lock:
            self._messages.append(message)

    def take_messages(self) -> list[str]:
        """The messages for the user since the last call."""
        with self.lock:
            messages, self._messages = self._messages, []
            return messages

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Fades from what was shown before to what is shown after the changes made within."""
        with self.lock:
            before, shown = self.target(), self.recipe()
            yield
            self.choice.show_wanted(self.opened)
            if self.target() != before:
                self.fade.begin(shown or before)

    def rename(self, index: int, style: Style) -> None:
        """Has that style be known as another, of which the files say the same."""
        with self.lock:
            self.styles = (*self.styles[:index], style, *self.styles[index + 1 :])

    def recipe(self) -> Recipe:
        """What the next frame is painted with, by keys."""
        return () if self.choice.bypass else self.fade.towards(self.target())

    def target(self) -> Recipe:
        """The recipe at the end of a fade, by keys."""
        return tuple((self.opened.key_of(index), weight) for index, weight in self.choice.target(self.opened))

    def missing(self) -> int | None:
        """The style to open next; None if nothing is missing."""
        wishes, done = self.choice.wishes(), {*self.opened, *self.choice.failed}
        return next((index for index in wishes if index not in done), None)
