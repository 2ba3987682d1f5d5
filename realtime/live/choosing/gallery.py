"""Gallery: the styles of a live session. It shows, mixes and fades them, and opens others while the picture goes on."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final, NamedTuple

from nstcam.realtime.effects.blend import mix
from nstcam.realtime.errors import NstError
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.choosing.mixture import Choice, Fade, Recipe
from nstcam.realtime.live.choosing.newcomer import MOST_NEWCOMERS, Newcomer, joined
from nstcam.realtime.live.choosing.open_styles import OpenStyles
from nstcam.realtime.live.choosing.opener import Opener, Task
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import UNMOVED, Offset, Stylizing

FADE_SECONDS: Final = 0.3
"""Duration of a cross-fade from one style to the next."""


class Stylized(NamedTuple):
    """A frame and what it was painted in."""

    frame: Frame
    style: Style | None
    """None for the original."""
    recipe: Recipe = ()
    """Two frames with equal recipes differ only in what the camera saw."""


class Gallery:
    """Styles in order, of which one, or a mixture of two, is shown. Keys arrive on one thread, frames on another."""

    def __init__(
        self,
        styles: Sequence[Style],
        open_stylizer: Callable[[Style], Stylizing],
        *,
        first: int = 0,
        fade: float = FADE_SECONDS,
        ready_bytes: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Opens style `first`. The others are opened when they are selected, or at idle, and stay open.

        Args:
            styles: at least one.
            open_stylizer: called here for the first style, later in a thread of the gallery.
            first: index of the style to begin with.
            fade: seconds from one style to the next.
            ready_bytes: after the first frame other styles are opened as well, the nearest first, as long as all open
                ones take no more memory than this, by estimate.
            clock: seconds, for the fades.

        Raises:
            NstError: the first style cannot be opened.
        """
        self.styles = tuple(styles)
        self._begun_with = len(self.styles)
        self._fade = Fade(fade, clock)
        self._lock = threading.RLock()
        self._opened = OpenStyles(open_stylizer, self._say)
        self._opened.add(first, self._opened.open(self.styles[first]))
        self._renewed: dict[int, Style] = {}
        """By index: what is to take the place of a style."""
        self._choice = Choice(len(self.styles), first, first)
        self._ready_bytes = ready_bytes
        self._messages: list[str] = []
        self._opener = Opener(self._lock, self._task)
        self._newcomers: deque[Newcomer] = deque()
        """Styles that are not in the list yet, and whose files are still to be read."""

    @property
    def current(self) -> Style:
        """The style that is shown, or would be if bypass were off."""
        return self.styles[self._choice.current]

    @property
    def wanted(self) -> int:
        """Index of the style that was asked for last, which is shown as soon as it is ready."""
        return self._choice.wanted

    @property
    def opening(self) -> Style | None:
        """A style that was asked for and is not ready yet; None if all are."""
        with self._lock:
            index = self._missing()
            return self.styles[index] if index is not None else None

    @property
    def bypass(self) -> bool:
        """Whether the original is shown instead of the style."""
        return self._choice.bypass

    @property
    def mix(self) -> float | None:
        """The share of the other style in a mixture, 0..1; None if no style is mixed in."""
        return self._choice.mix

    @property
    def partner(self) -> Style | None:
        """The other style of a mixture; None if no style is mixed in."""
        with self._lock:
            index = self._choice.partner() if self.mix is not None else None
            return self.styles[index] if index is not None else None

    @property
    def fading(self) -> bool:
        """Whether a cross-fade is going on."""
        with self._lock:
            return not self.bypass and self._recipe() != self._target()

    @property
    def title(self) -> str:
        """What is shown, in words for the user."""
        if self.bypass:
            return "original"
        partner, style = self.partner, self.current
        name = f"{self.styles.index(style) + 1} {style.name}"
        if partner:
            return f"{name} + {100 * (self.mix or 0):.0f} % {partner.name}"
        return name if style.label == style.name else f"{name}: {style.label}"

    @property
    def device(self) -> str:
        """Name of the device that the current style runs on."""
        return self._opened[self._choice.current].device

    @property
    def slower(self) -> bool:
        """Whether frames of the current style take a slower way than its device has."""
        return self._opened[self._choice.current].slower is not None

    def take_messages(self) -> list[str]:
        """The messages for the user since the last call."""
        with self._lock:
            messages, self._messages = self._messages, []
            return messages

    def select(self, index: int) -> None:
        """Shows that style as soon as it is open and warm; the old one stays until then. Ends bypass."""
        if not 0 <= index < len(self.styles):
            self._messages.append(f"there is no style {index + 1}; there are {len(self.styles)}")
            return
        with self._changing():
            self._choice.select(index)

    def invite(self, newcomer: Newcomer) -> bool:
        """Adds a style at the end of the list, or finds it there, and shows it as soon as it is open and warm. It is
        read in the thread that opens styles: the picture goes on. False if there are MOST_NEWCOMERS already."""
        with self._changing():
            if len(self._newcomers) + len(self.styles) - self._begun_with >= MOST_NEWCOMERS:
                return False
            self._newcomers.append(newcomer)
        return True

    def renew(self, index: int, style: Style) -> None:
        """Puts a style in the place of that one as soon as it is open and warm, with a fade if that one is shown.

        The old one stays until then. If the other cannot be opened, it stays for good, and a message says so.
        """
        with self._changing():
            self._renewed[index] = style

    def rename(self, index: int, style: Style) -> None:
        """Has that style be known as another, of which the files say the same."""
        with self._lock:
            self.styles = (*self.styles[:index], style, *self.styles[index + 1 :])

    def step(self, by: int) -> None:
        """Selects the next (1) or previous (-1) style, in a circle; styles that could not be opened are skipped."""
        with self._lock:
            self.select(self._choice.neighbour(self._choice.wanted, by))

    def toggle_bypass(self) -> None:
        """Shows the original instead of the style, or the style again."""
        self._choice.bypass = not self._choice.bypass

    def toggle_mix(self) -> None:
        """Mixes in half of the next style, or ends the mixture."""
        with self._lock:
            if self.mix is None and self._choice.neighbour(self._choice.current, 1) == self._choice.current:
                self._messages.append("there is no other style to mix in")
                return
            with self._changing():
                self._choice.blend(None, 0.5 if self.mix is None else None)

    def blend(self, index: int, share: float) -> None:
        """Mixes in a share, 0..1, of that style as soon as it is open and warm."""
        with self._changing():
            self._choice.blend(index, share)

    def move_mix(self, by: float) -> None:
        """Adds `by` to the share of the style that is mixed in, within 0..1."""
        with self._lock:
            if self._choice.mix is not None:
                self._choice.mix = round(min(max(self._choice.mix + by, 0.0), 1.0), 3)

    def want_all(self, wanted: bool) -> None:
        """If `wanted`, opens every style, one after the other, for `stylize_one`."""
        with self._changing():
            self._choice.all_wanted = wanted

    def want_also(self, index: int | None) -> None:
        """Opens that style as well, for `stylize_one`; None: none."""
        with self._changing():
            self._choice.also = index
            if index is not None:
                self._choice.failed.discard(index)

    def prepare(self, *sizes_hw: tuple[int, int]) -> None:
        """Warms the current style for frames of these sizes (height, width), and later styles before they are shown."""
        if self._opened.sizes_hw != sizes_hw:
            self._opened.sizes_hw = sizes_hw
            self._opened.warm(self.current, self._opened[self._choice.current])
            self._keep_ready()

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Stylized:
        """Paints the frame in the current style, mixture or fade; under bypass, returns the frame itself."""
        with self._lock:
            recipe, style = self._recipe(), self.current
            parts = [(self._opened.by_key(key), weight) for key, weight in recipe]
            left = self._opened.take_left(dict(self._fade.towards(self._target())))
        for stylizer in left:
            stylizer.close()
        if not recipe:
            return Stylized(frame, None)
        painted, total = frame, 0.0
        for stylizer, weight in parts:
            total += weight
            painted = mix(painted, stylizer.stylize(frame, canvas_offset), weight / total)
        return Stylized(painted, style, recipe)

    def recipe(self) -> Recipe:
        """The style mixture the next frame will use."""
        with self._lock:
            return self._recipe()

    def recipe_of(self, index: int) -> Recipe:
        """The recipe of that style alone."""
        return ((self._opened.key_of(index), 1.0),)

    def stylize_one(self, index: int, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame | None:
        """Paints the frame in that style, whatever is shown; None if the style is not open."""
        stylizer = self._opened.get(index)
        return stylizer.stylize(frame, canvas_offset) if stylizer else None

    def is_open(self, index: int) -> bool:
        """Whether that style is open and warm."""
        return index in self._opened

    @property
    def ready(self) -> int:
        """How many styles are open and warm, so that they are shown at once."""
        return len(self._opened)

    def close(self) -> None:
        """Frees all styles. To be called when no frame is being stylized any more. A style that is being opened gets
        CLOSING_SECONDS to finish: it may never do so."""
        self._opener.close()
        self._opened.close()

    def _say(self, message: str) -> None:
        with self._lock:
            self._messages.append(message)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Fades from what was shown before to what is shown after the changes made within, and opens the styles that
        this needs."""
        with self._lock:
            before, shown = self._target(), self._recipe()
            yield
            self._choice.show_wanted(self._opened)
            if self._target() != before:
                self._fade.begin(shown or before)
            self._opener.look()

    def _recipe(self) -> Recipe:
        return () if self.bypass else self._fade.towards(self._target())

    def _target(self) -> Recipe:
        """The recipe at the end of a fade, by keys."""
        return tuple((self._opened.key_of(index), weight) for index, weight in self._choice.target(self._opened))

    def _missing(self) -> int | None:
        """The style to open next; None if nothing is missing. To be called with the lock held."""
        wishes, done = self._choice.wishes(), {*self._opened, *self._choice.failed}
        return next((index for index in wishes if index not in done), None)

    def _keep_ready(self) -> None:
        """Has other styles opened at idle, as many as the memory allows; says so if that is not all."""
        if not self._ready_bytes:
            return
        spare = max(int(self._ready_bytes / self._opened.bytes_each(self.device)), 1)
        with self._changing():
            if spare < len(self.styles) and spare != self._choice.spare:
                limit = f"{self._ready_bytes / 1e6:g} MB; NSTCAM_STYLE_MEMORY sets it"
                self._messages.append(f"{spare} of {len(self.styles)} styles are kept ready in {limit}")
            self._choice.spare = spare

    def _task(self) -> Task | None:
        """What is to be opened next: what joins the list, what takes a place in it, what is asked for, and at last what
        is kept ready. To be called with the lock held."""
        if self._newcomers:
            return Task(self._admit)
        if self._renewed:
            return Task(self._renew)
        missing = self._missing()
        if missing is not None:
            return Task(partial(self._open, missing))
        spare = self._choice.at_idle(self._opened)
        return None if spare is None else Task(partial(self._open, spare), at_idle=True)

    def _admit(self) -> None:
        """Reads the next style that is to join the list."""
        newcomer = self._newcomers[0]
        try:
            style = newcomer.read()
        except Exception as error:  # of any kind: the picture goes on
            self._say(str(error) if isinstance(error, NstError) else f"{newcomer.name}: {error!r}")
        else:
            with self._changing():
                self.styles, index = joined(self.styles, style)
                self._choice.count = len(self.styles)
                self._choice.select(index)
        self._newcomers.popleft()

    def _renew(self) -> None:
        """Opens a style that takes the place of another."""
        with self._lock:
            index, style = self._renewed.popitem()
        if index not in self._opened:
            self.rename(index, style)
            return
        try:
            stylizer = self._opened.open(style)
        except Exception as error:  # of any kind: the old style stays and the picture goes on
            self._say(f"what was learnt of {style.name} cannot be shown: {_reason(error)}")
            return
        with self._changing():
            self._opened.take_place(index, stylizer)
            self.rename(index, style)

    def _open(self, index: int) -> None:
        try:
            stylizer = self._opened.open(self.styles[index])
        except Exception as error:  # of any kind: the old style stays and the picture goes on
            with self._lock:
                self._choice.fail(index)
                self._messages.append(f"style {self.styles[index].name} cannot be shown: {_reason(error)}")
        else:
            with self._changing():
                self._opened.add(index, stylizer)


def _reason(error: Exception) -> str:
    """What went wrong, in words for the user; of an error that is not ours, its kind as well."""
    return str(error) if isinstance(error, NstError) else repr(error)
