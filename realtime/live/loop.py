"""run(): the live dataflow.

    Source --newest frame--> Painter (Gallery, Steady) --newest--> outputs, Preview <-- HUD
             worker thread ...................................|  main thread ......  | keys

While a frame is on the screen the next one is stylized. Nothing queues: both hand-overs hold one frame, the newest.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from nstcam.realtime.capture.newest import Newest
from nstcam.realtime.capture.reconnect import card
from nstcam.realtime.capture.sources import Source
from nstcam.realtime.display.compare import Compare
from nstcam.realtime.display.sinks import Pointer, Preview
from nstcam.realtime.effects.look import Look
from nstcam.realtime.errors import NstError
from nstcam.realtime.live.gallery import Gallery
from nstcam.realtime.live.hotkeys import Action, Press, press_of
from nstcam.realtime.live.painter import Painted, Painter
from nstcam.realtime.live.preview import enlarged, picture
from nstcam.realtime.live.session import Session
from nstcam.realtime.live.work_size import Pace
from nstcam.realtime.meter import Meter, Reading
from nstcam.realtime.output.switch import Output

_POLL_SECONDS: Final = 0.02
"""How long a key may wait while no frame comes."""
_OPENING_SECONDS: Final = 1.5
"""Without a first frame, after which the window says what it waits for."""
_REPEAT_SECONDS: Final = 0.2
"""After which the virtual camera gets the last frame again: programs that watch take silence for a lost camera."""


class Remote(Protocol):
    """Commands from elsewhere than the window."""

    def obey(self, session: Session, reading: Reading) -> None:
        """Carries out what came since the last call."""


def run(
    source: Source,
    gallery: Gallery,
    preview: Preview | None,
    *,
    work_size: tuple[int, int],
    look: Look | None = None,
    mirror: bool = False,
    compare: Compare = Compare.OFF,
    hud: bool = True,
    fullscreen: bool = False,
    target_fps: float | None = None,
    frames: int | None = None,
    snapshots: Path = Path(),
    recorder: Output | None = None,
    virtual_camera: Output | None = None,
    remote: Remote | None = None,
    save: Callable[[Session], str] | None = None,
    tick: Callable[[Reading, str], None] = lambda *_: None,
    tell: Callable[[str], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Reading:
    """Shows frames until the source ends, the user quits, `frames` are shown or `stop` is true.

    Args:
        preview: None runs without a window: no keys, no HUD.
        work_size: (width, height) that frames are scaled down to fit in.
        look: settings to begin with.
        mirror: flips the preview left to right; snapshots and other outputs stay as the camera sees.
        compare, hud, fullscreen: how the preview begins.
        target_fps: the working size follows this rate.
        save: saves settings for the next start, for key w.
        tick: called after each frame with the figures and the device.
        tell: takes what outputs say when they are closed, "" for nothing, and why one could not go on.

    Raises:
        NstError: the source failed, a frame could not be stylized or an output could not be finished.
    """
    session = Session(gallery, snapshots, look or Look(), mirror, recorder, virtual_camera)
    session.compare, session.hud, session.save = compare, hud, save
    if preview is not None:
        session.toggle_fullscreen = preview.toggle_fullscreen
    if fullscreen:  # without a window it is kept for those who save settings
        session.press(Press(Action.FULLSCREEN, ""))
    meter = Meter()
    if target_fps:
        session.target_fps, session.pace = target_fps, Pace(target_fps)
    session.say("h shows the keys")
    painted: Newest[Painted] = Newest()
    painter = Painter(gallery, work_size, lambda: session.look, source.name)
    worker = threading.Thread(target=_paint, args=(source, painter, painted), name="paint", daemon=True)
    worker.start()
    pointer, pressed, acted = Pointer(), False, time.monotonic()
    try:
        while not (session.quit or stop() or (preview and preview.closed)):
            try:
                latest = painted.take(_POLL_SECONDS)
            except TimeoutError:
                latest = None
                if _meanwhile(session, preview, source.name, work_size, time.monotonic() - acted, tell):
                    acted = time.monotonic()
            else:
                if latest is None:
                    break
                session.last = latest
                number, taken = latest.captured.number, latest.captured.time
                for output in session.outputs():
                    write(output, latest, session, tell)
                acted = time.monotonic()
                meter.record(now=time.monotonic(), captured=taken, number=number, ms=latest.ms)
                if latest.fresh and latest.style and not gallery.fading:  # others do not tell what the style takes
                    session.keep_pace(latest)
                tick(meter.reading(), gallery.device)
            for message in gallery.take_messages():
                session.say(message)
            if remote is not None:
                remote.obey(session, meter.reading())
            if preview is not None:
                moved = session.compare is Compare.WIPE and preview.pointer != pointer
                drawn = latest or (session.last if pressed or moved else None)
                if drawn is not None:
                    pointer = preview.pointer
                    preview.show(picture(drawn, session, meter.reading(), pointer))
                press = press_of(preview.poll())
                click = preview.take_click()
                if click is not None:
                    session.click(click)
                pressed = press is not None
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
        for output in session.outputs():
            tell(output.close())
    return meter.reading()


def write(output: Output, painted: Painted, session: Session, tell: Callable[[str], None]) -> None:
    """A full disk or a virtual camera that goes away must not end the show; it is said in the window and told, since
    not every show has a window."""
    if not output.on:
        return
    try:
        output.write(painted.frame, painted.captured.time)
    except NstError as error:
        session.say(str(error))
        tell(str(error))


def _meanwhile(
    session: Session,
    preview: Preview | None,
    name: str,
    work_size: tuple[int, int],
    silent: float,
    tell: Callable[[str], None],
) -> bool:
    """Something for those who watch while no frame comes, since `silent` seconds; whether it was time for it."""
    if session.last is None:
        if preview is not None and silent > _OPENING_SECONDS:
            empty = np.full((work_size[1], work_size[0], 3), 200, np.uint8)
            preview.show(card(enlarged(empty), f"opening {name} ..."))
            return True
    elif session.virtual_camera is not None and silent > _REPEAT_SECONDS:
        write(session.virtual_camera, session.last, session, tell)
        return True
    return False


def _paint(source: Source, painter: Painter, painted: Newest[Painted]) -> None:
    try:
        for captured in source:
            painted.put(painter.paint(captured))
    except Exception as error:  # carried over to the main thread
        painted.close(error)
    painted.close()
