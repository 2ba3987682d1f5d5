"""The page's end in the live loop: carries out what the page asks for, and tells it what is going on."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Final, Protocol

from nstcam.realtime.frame import Frame
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.page.state import Changes, state_of
from nstcam.realtime.page.tiles import Tiles
from nstcam.realtime.style_files.style_preview import decoded_preview

MOST_WAITING: Final = 100
"""Wishes that wait for the next frame; more are refused."""

Wish = Callable[[Session, Reading], str]
"""What the page asks for, carried out on the thread of the live loop; returns an answer of one line."""


class Audience(Protocol):
    """Whoever is told; each method takes a value for the thread of the server and never blocks."""

    watching: int
    """How many pages are open."""

    def tell_state(self, state: str) -> None: ...
    def tell_frame(self, frame: Frame) -> None: ...
    def tell_tile(self, index: int, picture: Frame) -> None: ...


class PageRemote:
    """A Remote of the live loop."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._wishes: queue.Queue[tuple[Wish, Callable[[str], None]]] = queue.Queue(MOST_WAITING)
        self._changes = Changes(audience.tell_state)
        self._tiles = Tiles(audience.tell_tile)
        self._frame: Frame | None = None

    def ask(self, wish: Wish, answered: Callable[[str], None]) -> bool:
        """Has a wish carried out between two frames; False if too many wait. From any thread."""
        try:
            self._wishes.put_nowait((wish, answered))
        except queue.Full:
            return False
        return True

    def obey(self, session: Session, reading: Reading) -> None:
        """Carries out the wishes that have come since the last call, and tells what has changed."""
        for _ in range(self._wishes.qsize()):
            wish, answered = self._wishes.get()
            answered(wish(session, reading))
        last = session.last
        if last is not None and last.frame is not self._frame:
            self._frame = last.frame
            self._audience.tell_frame(last.frame)
        watched = self._audience.watching > 0
        styles = session.gallery.styles
        if watched and len(self._tiles.versions) < len(styles):
            self._tiles.begin_with([decoded_preview(style.preview) for style in styles])
        cells = last.cells if last is not None else {}
        tiles = self._tiles.wanted(len(styles), cells, watched=watched)
        if tiles != session.tiles:
            session.tiles = tiles
            session.follow_picker()
        if watched:
            self._changes.look(state_of(session, reading, self._tiles.versions))
