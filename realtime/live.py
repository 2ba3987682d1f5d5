"""run(): the live dataflow.

    Source --newest frame--> fit_within --> Gallery --newest--> HUD --> Preview
             worker thread ..........................|  main thread ......  | keys

While a frame is on the screen the next one is stylized. Nothing queues: both hand-overs hold one frame, the newest.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import cv2

from realtime import hud
from realtime.errors import NstError, SourceError
from realtime.frame import SMALLEST_SIDE, Frame, fit_within
from realtime.gallery import Gallery
from realtime.hotkeys import Action, Press, help_rows, press_of
from realtime.meter import Meter, Reading
from realtime.sinks import Preview, save_snapshot
from realtime.sources import Captured, Newest, Source
from realtime.style import Style

MESSAGE_SECONDS: Final = 4.0
_POLL_SECONDS: Final = 0.02
"""How long a key may wait while no frame comes."""


class Painted(NamedTuple):
    """A frame on its way to the screen."""

    frame: Frame
    style: Style | None
    """None: the original."""
    captured: Captured
    ms: float
    """Of stylizing."""


@dataclass
class Session:
    """What keys change, besides the gallery."""

    gallery: Gallery
    snapshots: Path
    """Folder they are saved in."""
    last: Painted | None = None
    help: bool = False
    quit: bool = False
    message: str = ""
    message_until: float = field(default=0.0)

    def say(self, message: str) -> None:
        self.message, self.message_until = message, time.monotonic() + MESSAGE_SECONDS

    def press(self, press: Press) -> None:
        match press.action:
            case Action.STYLE:
                self.gallery.select(int(press.key) - 1)
            case Action.NEXT:
                self.gallery.step(1)
            case Action.PREVIOUS:
                self.gallery.step(-1)
            case Action.ORIGINAL:
                self.gallery.toggle_bypass()
            case Action.SNAPSHOT:
                self._snapshot()
            case Action.HELP:
                self.help = not self.help
            case Action.QUIT:
                self.quit = True

    def _snapshot(self) -> None:
        if self.last is None:
            return
        name = self.last.style.name if self.last.style else "original"
        try:
            self.say(f"saved {save_snapshot(self.last.frame, name, self.snapshots).name}")
        except NstError as error:  # a full disk must not end the show
            self.say(str(error))


def run(
    source: Source,
    gallery: Gallery,
    preview: Preview | None,
    *,
    work_size: tuple[int, int],
    mirror: bool = False,
    frames: int | None = None,
    snapshots: Path = Path(),
    tick: Callable[[Reading, str], None] = lambda *_: None,
    stop: Callable[[], bool] = lambda: False,
) -> Reading:
    """Shows frames until the source ends, the user quits, `frames` are shown or `stop` is true.

    Args:
        preview: None runs without a window: no keys, no HUD.
        work_size: (width, height) that frames are scaled down to fit in.
        mirror: flips the preview left to right; snapshots stay as the camera sees.
        tick: called after each frame with the figures and the device.

    Raises:
        NstError: the source failed or a frame could not be stylized.
    """
    session, meter = Session(gallery, snapshots), Meter()
    session.say("h shows the keys")
    painted: Newest[Painted] = Newest()
    worker = threading.Thread(target=_paint, args=(source, gallery, work_size, painted), name="paint", daemon=True)
    worker.start()
    try:
        while not (session.quit or stop() or (preview and preview.closed)):
            try:
                latest = painted.take(_POLL_SECONDS)
            except TimeoutError:
                latest = session.last if preview and session.help else None
            else:
                if latest is None:
                    break
                session.last = latest
                number, taken = latest.captured.number, latest.captured.time
                meter.record(now=time.monotonic(), captured=taken, number=number, ms=latest.ms)
                tick(meter.reading(), gallery.device)
            for message in gallery.take_messages():
                session.say(message)
            if preview is not None:
                if latest is not None:
                    preview.show(_preview(latest, session, meter.reading(), mirror))
                press = press_of(preview.poll())
                if press is not None:
                    session.press(press)
            if frames is not None and meter.reading().frames >= frames:
                break
    finally:
        painted.close()
        source.close()
        worker.join(timeout=5.0)
        if preview is not None:
            preview.close()
    return meter.reading()


def _paint(source: Source, gallery: Gallery, work_size: tuple[int, int], painted: Newest[Painted]) -> None:
    try:
        for captured in source:
            frame = fit_within(captured.frame, work_size)
            height, width = frame.shape[:2]
            if min(height, width) < SMALLEST_SIDE:
                raise SourceError(
                    f"{source.name} gives frames of {width}x{height} at this work size; "
                    f"styles need at least {SMALLEST_SIDE}x{SMALLEST_SIDE}"
                )
            gallery.prepare(height, width)
            began = time.monotonic()
            stylized, style = gallery.stylize(frame)
            painted.put(Painted(stylized, style, captured, 1000 * (time.monotonic() - began)))
    except Exception as error:  # carried over to the main thread
        painted.close(error)
    painted.close()


def _preview(painted: Painted, session: Session, reading: Reading, mirror: bool) -> Frame:
    """The frame as the window shows it: a copy, with the status on it."""
    frame: Frame = cv2.flip(painted.frame, 1) if mirror else painted.frame.copy()  # type: ignore[assignment]
    message = session.message if time.monotonic() < session.message_until else ""
    if session.gallery.opening and not message:
        message = f"opening {session.gallery.opening.label} ..."
    rows = help_rows() if session.help else ()
    label = painted.style.label if painted.style else "original"
    hud.draw(frame, hud.Status(label, session.gallery.device, reading, message or "", rows))
    return frame
