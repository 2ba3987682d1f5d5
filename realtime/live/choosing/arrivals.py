"""Styles that are opened while the picture goes on: new ones, better ones, those asked for, and those kept ready."""

from __future__ import annotations

from collections import deque
from functools import partial

from nstcam.realtime.errors import NstError
from nstcam.realtime.live.choosing.newcomer import MOST_NEWCOMERS, Newcomer, joined
from nstcam.realtime.live.choosing.opener import Opener, Task
from nstcam.realtime.live.choosing.state import GalleryState
from nstcam.realtime.style_files.style import Style


class Arrivals:
    """Opens one style after the other in a thread of its own, the most urgent first."""

    def __init__(self, state: GalleryState, ready_bytes: float) -> None:
        """Opens nothing yet.

        Args:
            state: gets what is opened.
            ready_bytes: see Gallery.
        """
        self._state = state
        self._lock, self._choice, self._opened = state.lock, state.choice, state.opened
        self._ready_bytes = ready_bytes
        self._begun_with = len(state.styles)
        self._newcomers: deque[Newcomer] = deque()
        """Styles that are not in the list yet, and whose files are still to be read."""
        self._renewed: dict[int, Style] = {}
        """By index: what is to take the place of a style."""
        self._at_idle = True
        self._opener = Opener(self._lock, self._task)

    def look(self) -> None:
        """To be called, with the lock held, when other styles may be wanted than before."""
        self._opener.look()

    def invite(self, newcomer: Newcomer) -> bool:
        """Has a style join the list and be shown; False if MOST_NEWCOMERS have joined already."""
        with self._lock:
            if len(self._newcomers) + len(self._state.styles) - self._begun_with >= MOST_NEWCOMERS:
                return False
            self._newcomers.append(newcomer)
            self.look()
        return True

    def renew(self, index: int, style: Style) -> None:
        """Has a style take the place of that one."""
        with self._lock:
            self._renewed[index] = style
            self.look()

    def keep_ready(self, device: str) -> None:
        """Has other styles opened at idle, as many as the memory allows; says so if that is not all.

        Args:
            device: name of the device that they take memory of.
        """
        if not self._ready_bytes:
            return
        spare = max(int(self._ready_bytes / self._opened.bytes_each(device)), 1)
        with self._lock:
            if spare < len(self._state.styles) and spare != self._choice.spare:
                limit = f"{self._ready_bytes / 1e6:g} MB; NSTCAM_STYLE_MEMORY sets it"
                self._state.say(f"{spare} of {len(self._state.styles)} styles are kept ready in {limit}")
            self._choice.spare = spare
            self.look()

    def open_at_idle(self, wanted: bool) -> None:
        """Whether those that nobody asked for are opened as well."""
        with self._lock:
            self._at_idle = wanted
            self.look()

    def close(self) -> None:
        """Opens no more. A style that is being opened gets CLOSING_SECONDS to finish: it may never do so."""
        self._opener.close()

    def _task(self) -> Task | None:
        """What is to be opened next: what joins the list, what takes a place in it, what is asked for, and at last what
        is kept ready. To be called with the lock held."""
        if self._newcomers:
            return Task(self._admit)
        if self._renewed:
            return Task(self._renew)
        missing = self._state.missing()
        if missing is not None:
            return Task(partial(self._open, missing))
        spare = self._choice.at_idle(self._opened) if self._at_idle else None
        return None if spare is None else Task(partial(self._open, spare), at_idle=True)

    def _admit(self) -> None:
        """Reads the next style that is to join the list."""
        newcomer = self._newcomers[0]
        try:
            style = newcomer.read()
        except Exception as error:  # of any kind: the picture goes on
            self._state.say(str(error) if isinstance(error, NstError) else f"{newcomer.name}: {error!r}")
        else:
            with self._state.changing():
                self._state.styles, index = joined(self._state.styles, style)
                self._choice.count = len(self._state.styles)
                self._choice.select(index)
        self._newcomers.popleft()

    def _renew(self) -> None:
        """Opens a style that takes the place of another."""
        with self._lock:
            index, style = self._renewed.popitem()
        if index not in self._opened:
            self._state.rename(index, style)
            return
        try:
            stylizer = self._opened.open(style)
        except Exception as error:  # of any kind: the old style stays and the picture goes on
            self._state.say(f"what was learnt of {style.name} cannot be shown: {_reason(error)}")
            return
        with self._state.changing():
            self._opened.take_place(index, stylizer)
            self._state.rename(index, style)

    def _open(self, index: int) -> None:
        try:
            stylizer = self._opened.open(self._state.styles[index])
        except Exception as error:  # of any kind: the old style stays and the picture goes on
            with self._lock:
                self._choice.fail(index)
                self._state.say(f"style {self._state.styles[index].name} cannot be shown: {_reason(error)}")
        else:
            with self._state.changing():
                self._opened.add(index, stylizer)


def _reason(error: Exception) -> str:
    """What went wrong, in words for the user; of an error that is not ours, its kind as well."""
    return str(error) if isinstance(error, NstError) else repr(error)
