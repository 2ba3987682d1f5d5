"""The live loop: how frames get from the source to the window.

    Source --newest frame--> Painter (Gallery, Steady) --newest--> outputs, Preview <-- HUD
             worker thread ...................................|  main thread ......  | keys

While a frame is on screen the next one is being stylized. Nothing queues: each hand-over holds one frame, the newest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol

from nstcam.realtime.capture.newest import Newest
from nstcam.realtime.capture.sources import Source
from nstcam.realtime.display.window import Preview
from nstcam.realtime.live.choosing.opener import CLOSING_SECONDS
from nstcam.realtime.live.painter import Painted, Painter
from nstcam.realtime.live.presenter import Presenter
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading

_POLL_SECONDS: Final = 0.01
"""How long a key may have to wait while no frame comes."""


class Remote(Protocol):
    """A source of commands from outside the window."""

    def obey(self, session: Session, reading: Reading) -> None:
        """Carries out the commands that have come since the last call."""


def run(
    source: Source,
    session: Session,
    preview: Preview | None = None,
    *,
    output_size: tuple[int, int],
    frames: int | None = None,
    remote: Remote | None = None,
    tick: Callable[[Reading, str], None] = lambda *_: None,
    tell: Callable[[str], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Reading:
    """Shows frames until the source ends, the user quits, `frames` have been shown or `stop` returns true.

    Closes the source, the preview, the session's outputs and its lessons, but not its gallery.

    Args:
        session: how the show begins, and what keys and commands change from then on.
        preview: the window; None runs without one: no keys, nothing drawn.
        output_size: (width, height) that frames are scaled down to fit into.
        tick: called after each frame with the figures and the name of the device.
        tell: takes lines for the terminal: why an output had to stop, and what outputs say when they are closed,
            "" for nothing.

    Raises:
        NstError: the source failed, a frame could not be stylized or an output could not be finished.
    """
    show = Presenter(session, preview, source.name, tick, tell)
    painted: Newest[Painted] = Newest()
    painter = Painter(session.gallery, output_size, lambda: session.look, source.name, session.backdrop)
    worker = threading.Thread(target=_paint, args=(source, painter, painted), name="paint", daemon=True)
    worker.start()
    try:
        while not (session.quit or stop() or (preview and preview.closed)):
            try:
                latest = painted.take(_POLL_SECONDS)
            except TimeoutError:
                latest = None
                show.keep_alive()
            else:
                if latest is None:
                    break
                show.take(latest)
            for message in session.gallery.take_messages():
                session.say(message)
            if session.stream is not None:
                for message in session.stream.take_messages():
                    session.say(message)
                    tell(message)
            said = session.follow_lessons()
            if said and preview is None:  # nobody would see it
                tell(said)
            if remote is not None:
                remote.obey(session, show.reading())
            show.refresh(latest)
            if frames is not None and show.reading().frames >= frames:
                break
    finally:
        painted.close()
        source.close()
        worker.join(CLOSING_SECONDS)
        if worker.is_alive():
            tell("ended without the last frame, which was not finished")
        if preview is not None:
            preview.close()
        for output in session.outputs():
            tell(output.close())
        session.lessons.close()
    return show.reading()


def _paint(source: Source, painter: Painter, painted: Newest[Painted]) -> None:
    try:
        for captured in source:
            painted.put(painter.paint(captured))
    except Exception as error:  # raised again on the main thread, by take()
        painted.close(error)
    painted.close()
