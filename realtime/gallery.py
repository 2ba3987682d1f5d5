"""The styles of a live session: which one is shown, and opening the others without holding up the picture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from realtime.errors import NstError
from realtime.frame import Frame
from realtime.style import Style


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


class Gallery:
    """Ordered styles, one of them shown. Keys arrive on one thread, frames on another."""

    def __init__(self, styles: Sequence[Style], open_stylizer: Callable[[Style], Stylizing]) -> None:
        """Opens the first style; the others are opened when they are selected, and kept.

        Args:
            styles: at least one.
            open_stylizer: called here, later in a thread of the gallery.

        Raises:
            NstError: the first style cannot be opened.
        """
        self.styles = tuple(styles)
        self._open_stylizer = open_stylizer
        self._lock = threading.Lock()
        self._opened = {0: open_stylizer(self.styles[0])}
        self._current = self._wanted = 0
        self._bypass = False
        self._failed: set[int] = set()
        self._messages: list[str] = []
        self._size_hw: tuple[int, int] | None = None
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
            return self.styles[self._wanted] if self._wanted != self._current else None

    @property
    def bypass(self) -> bool:
        return self._bypass

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
            if index in self._opened:
                self._current = index
            elif self._opener is None and not self._closed:
                self._opener = threading.Thread(target=self._open_wanted, name="open style")
                self._opener.start()

    def step(self, by: int) -> None:
        """Selects the next (1) or previous (-1) style, around the end; those that failed to open are left out."""
        with self._lock:
            index = self._wanted
            for _ in self.styles:
                index = (index + by) % len(self.styles)
                if index not in self._failed:
                    break
        self.select(index)

    def toggle_bypass(self) -> None:
        self._bypass = not self._bypass

    def prepare(self, height: int, width: int) -> None:
        """Frames of this size follow: warms the current style, and those opened later before they are shown."""
        if self._size_hw != (height, width):
            self._size_hw = height, width
            self._opened[self._current].warm_up(height, width)

    def stylize(self, frame: Frame) -> Stylized:
        """The frame in the current style; under bypass the same object."""
        with self._lock:
            index, bypass = self._current, self._bypass
        if bypass:
            return Stylized(frame, None)
        return Stylized(self._opened[index].stylize(frame), self.styles[index])

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

    def _open_wanted(self) -> None:
        while (index := self._next_to_open()) is not None:
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
                    self._failed.discard(index)
                    self._opened[index] = stylizer

    def _next_to_open(self) -> int | None:
        """The wanted style unless it is open, which then is shown; the user may have gone on while one opened."""
        with self._lock:
            if self._wanted in self._opened or self._closed:
                if self._wanted in self._opened:
                    self._current = self._wanted
                self._opener = None
                return None
            return self._wanted

    def _open_warm(self, style: Style) -> Stylizing:
        stylizer = self._open_stylizer(style)
        try:
            if self._size_hw:
                stylizer.warm_up(*self._size_hw)
        except Exception:
            stylizer.close()
            raise
        return stylizer
