"""The styles of a live session: which are shown, mixed and faded, and opening others without holding up the picture."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from realtime.blend import mix
from realtime.errors import NstError
from realtime.frame import Frame
from realtime.recipe import Fade, Recipe, weighted
from realtime.style import Style

FADE_SECONDS: Final = 0.3


class Stylizing(Protocol):
    """What a gallery needs of realtime.stylizer.Stylizer."""

    device: str

    def stylize(self, frame: Frame) -> Frame: ...

    def warm_up(self, height: int, width: int) -> None: ...

    def close(self) -> None: ...


class Stylized(NamedTuple):
    frame: Frame
    style: Style | None
    """None: the original."""
    recipe: Recipe = ()
    """Frames of equal recipes differ by what the camera saw only."""


class Gallery:
    """Ordered styles, one of them or a mixture of two shown. Keys arrive on one thread, frames on another."""

    def __init__(
        self,
        styles: Sequence[Style],
        open_stylizer: Callable[[Style], Stylizing],
        *,
        first: int = 0,
        fade: float = FADE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Opens style `first`; the others are opened when they are selected, and kept.

        Args:
            styles: at least one.
            open_stylizer: called here, later in a thread of the gallery.
            fade: seconds from one style to the next.

        Raises:
            NstError: that style cannot be opened.
        """
        self.styles = tuple(styles)
        self._open_stylizer, self._fade = open_stylizer, Fade(fade, clock)
        self._lock = threading.RLock()
        self._opened = {first: open_stylizer(self.styles[first])}
        self._current = self._wanted = first
        self._mix: float | None = None
        self._mixed_in: int | None = None
        self._bypass = False
        self._all_wanted = False
        self._failed: set[int] = set()
        self._messages: list[str] = []
        self._sizes_hw: tuple[tuple[int, int], ...] = ()
        self._opener: threading.Thread | None = None
        self._closed = False

    @property
    def current(self) -> Style:
        """The style that is shown, or would be without bypass."""
        return self.styles[self._current]

    @property
    def opening(self) -> Style | None:
        """The style that is asked for and not ready yet."""
        with self._lock:
            index = self._missing()
            return self.styles[index] if index is not None else None

    @property
    def bypass(self) -> bool:
        return self._bypass

    @property
    def mix(self) -> float | None:
        """The share of the next style in a mixture; None without."""
        return self._mix

    @property
    def partner(self) -> Style | None:
        """The style that is mixed in."""
        with self._lock:
            index = self._partner() if self._mix is not None else None
            return self.styles[index] if index is not None else None

    @property
    def title(self) -> str:
        """What is shown, for people."""
        if self._bypass:
            return "original"
        partner = self.partner
        return (
            f"{self.current.label} + {100 * (self._mix or 0):.0f} % {partner.label}" if partner else self.current.label
        )

    @property
    def device(self) -> str:
        """What the current style runs on."""
        return self._opened[self._current].device

    def take_messages(self) -> list[str]:
        """What the user should read, once."""
        with self._lock:
            messages, self._messages = self._messages, []
            return messages

    def select(self, index: int) -> None:
        """Shows that style, as soon as it is open and warm; until then the old one stays. Ends bypass."""
        with self._lock:
            if not 0 <= index < len(self.styles):
                self._messages.append(f"there is no style {index + 1}; there are {len(self.styles)}")
                return
            self._bypass = False
            self._wanted = index
            self._failed.discard(index)
            self._settle()

    def step(self, by: int) -> None:
        """Selects the next (1) or previous (-1) style, around the end; those that failed to open are left out."""
        with self._lock:
            self.select(self._neighbour(self._wanted, by))

    def toggle_bypass(self) -> None:
        self._bypass = not self._bypass

    def toggle_mix(self) -> None:
        """Mixes the next style in by half, or ends that."""
        with self._lock:
            if self._mix is None and self._partner() is None:
                self._messages.append("there is no other style to mix in")
                return
            before = self._target()
            self._mix, self._mixed_in = (0.5 if self._mix is None else None), None
            self._bypass = False
            self._settle(before)

    def blend(self, index: int, share: float) -> None:
        """Mixes that style in by `share`, 0..1, as soon as it is open and warm."""
        with self._lock:
            before = self._target()
            self._mix, self._mixed_in = share, index
            self._bypass = False
            self._failed.discard(index)
            self._settle(before)

    def move_mix(self, by: float) -> None:
        """More (or less) of the style that is mixed in."""
        with self._lock:
            if self._mix is not None:
                self._mix = round(min(max(self._mix + by, 0.0), 1.0), 3)

    def want_all(self, wanted: bool) -> None:
        """Opens every style, one after the other, for `stylize_each`."""
        with self._lock:
            self._all_wanted = wanted
            self._settle()

    def prepare(self, *sizes_hw: tuple[int, int]) -> None:
        """Frames of these sizes (height, width) follow: warms what is shown, and what is opened later before it is."""
        if self._sizes_hw != sizes_hw:
            self._sizes_hw = sizes_hw
            for size_hw in sizes_hw:
                self._opened[self._current].warm_up(*size_hw)

    def stylize(self, frame: Frame) -> Stylized:
        """The frame in the current style, mixture or fade; under bypass the same object."""
        with self._lock:
            recipe, style = self._recipe(), self.current
        if not recipe:
            return Stylized(frame, None)
        painted, total = frame, 0.0
        for index, weight in recipe:
            total += weight
            painted = mix(painted, self._opened[index].stylize(frame), weight / total)
        return Stylized(painted, style, recipe)

    def recipe(self) -> Recipe:
        """Of a frame that would be stylized now."""
        with self._lock:
            return self._recipe()

    def stylize_one(self, index: int, frame: Frame) -> Frame | None:
        """The frame in that style whatever is shown; None while the style is not open."""
        stylizer = self._opened.get(index)
        return stylizer.stylize(frame) if stylizer else None

    def close(self) -> None:
        """Frees all styles; call it when no frame is being stylized any more."""
        with self._lock:
            self._closed = True
            opener = self._opener
        if opener:
            opener.join()
        for stylizer in self._opened.values():
            stylizer.close()
        self._opened.clear()

    def _neighbour(self, index: int, by: int) -> int:
        for _ in self.styles:
            index = (index + by) % len(self.styles)
            if index not in self._failed:
                break
        return index

    def _partner(self) -> int | None:
        """The style that is mixed in, or would be: the one asked for, else the next."""
        if self._mixed_in not in (None, self._current, *self._failed):
            return self._mixed_in
        index = self._neighbour(self._current, 1)
        return index if index != self._current else None

    def _target(self) -> Recipe:
        """What is shown once the fade is over."""
        partner = self._partner() if self._mix is not None else None
        if partner is None or partner not in self._opened:
            return ((self._current, 1.0),)
        return weighted({self._current: 1 - (self._mix or 0.0), partner: self._mix or 0.0})

    def _recipe(self) -> Recipe:
        if self._bypass:
            return ()
        return self._fade.towards(self._target())

    def _settle(self, before: Recipe | None = None) -> None:
        """Shows what is asked for and ready, has the rest opened. The lock is held."""
        before = before or self._target()
        shown = self._recipe() or before
        if self._wanted in self._opened:
            self._current = self._wanted
        self._begin_fade(before, shown)
        if self._missing() is not None and self._opener is None and not self._closed:
            self._opener = threading.Thread(target=self._open_missing, name="open style")
            self._opener.start()

    def _begin_fade(self, before: Recipe, shown: Recipe) -> None:
        if self._target() != before:
            self._fade.begin(shown)

    def _missing(self) -> int | None:
        """The style to open next. The lock is held."""
        wishes = [self._wanted]
        if self._mix is not None and (partner := self._partner()) is not None:
            wishes.append(partner)
        if self._all_wanted:
            wishes += range(len(self.styles))
        return next((index for index in wishes if index not in self._opened and index not in self._failed), None)

    def _open_missing(self) -> None:
        while True:
            with self._lock:
                index = None if self._closed else self._missing()
                if index is None:
                    self._opener = None
                    return
            try:
                stylizer = self._open_warm(self.styles[index])
            except Exception as error:  # whatever it is: the old style stays and the picture goes on
                reason = str(error) if isinstance(error, NstError) else repr(error)
                with self._lock:
                    self._failed.add(index)
                    self._messages.append(f"style {self.styles[index].name} cannot be shown: {reason}")
                    if self._wanted == index:
                        self._wanted = self._current
            else:
                with self._lock:
                    before, shown = self._target(), self._recipe()
                    self._opened[index] = stylizer
                    if self._wanted in self._opened:
                        self._current = self._wanted
                    self._begin_fade(before, shown or before)

    def _open_warm(self, style: Style) -> Stylizing:
        stylizer = self._open_stylizer(style)
        try:
            for size_hw in self._sizes_hw:
                stylizer.warm_up(*size_hw)
        except Exception:
            stylizer.close()
            raise
        return stylizer
