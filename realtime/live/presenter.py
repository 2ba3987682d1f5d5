"""Presenter: hands painted frames to the outputs and to the window, and tells what is waited for."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from nstcam.realtime.display.compare import Compare
from nstcam.realtime.display.window import Pointer, Preview
from nstcam.realtime.engine.at_work import longest
from nstcam.realtime.errors import NstError
from nstcam.realtime.live import keys, mouse
from nstcam.realtime.live.hotkeys import Press, press_of
from nstcam.realtime.live.painter import Painted
from nstcam.realtime.live.painting_size import keep_pace
from nstcam.realtime.live.preview import picture
from nstcam.realtime.live.session import Session
from nstcam.realtime.live.waiting import CARD_WH, waiting_card
from nstcam.realtime.meter import Meter, Reading
from nstcam.realtime.output.switch import Output

OPENING_SECONDS: Final = 1.5
"""How long the window waits for a first frame before it says what it is waiting for."""
ENDED: Final = "ended, space plays again"
_REPEAT_SECONDS: Final = 0.2
"""How long virtual camera and stream may be silent before they get the last frame again: silence is taken for a lost
camera."""


class Presenter:
    """The main thread's side of the loop: hands painted frames to the outputs and the preview, and reads keys."""

    def __init__(
        self,
        session: Session,
        preview: Preview | None,
        source_name: str,
        tick: Callable[[Reading, str], None],
        tell: Callable[[str], None],
    ) -> None:
        self._session, self._preview, self._source_name = session, preview, source_name
        self._tick, self._tell = tick, tell
        self._meter = Meter()
        self._keys: deque[Press] = deque()
        self._pointer, self._key_pressed = Pointer(), False
        self._offered: tuple[int, ...] = ()
        """The styles that the preview offered when it was drawn last, and which of them was marked."""
        self._fed = time.monotonic()
        """When the outputs or the window were last given something."""
        if preview is not None:
            session.toggle_fullscreen = preview.toggle_fullscreen
            if session.fullscreen:
                preview.toggle_fullscreen()

    def reading(self) -> Reading:
        return self._meter.reading()

    def take(self, painted: Painted) -> None:
        """Sends a new frame to the outputs and counts it."""
        session, captured = self._session, painted.captured
        session.last = painted
        self._notice_end(captured.ended)
        for output in session.outputs():
            self._write(output, painted, captured.time)
        self.poll()
        self._fed = time.monotonic()
        self._meter.record(now=time.monotonic(), captured=captured.time, number=captured.number, ms=painted.ms)
        # Reused frames, the original and fades say nothing about how long the style takes.
        if painted.fresh and painted.style and not session.gallery.fading:
            keep_pace(session, painted, self._meter.reading().capture_fps)
        self._tick(self.reading(), session.gallery.device)

    def _notice_end(self, ended: bool) -> None:
        """A recording ends with the clip; what is held afterwards could only make it longer."""
        session = self._session
        if ended and not session.ended:
            saved = self._end_recording()
            session.say(f"{saved}; {ENDED}" if saved else ENDED)
        elif ended and time.monotonic() >= session.message_until:
            session.say(ENDED)
        elif session.ended and not ended and session.message.endswith(ENDED):
            session.message_until = 0.0
        session.ended = ended

    def _end_recording(self) -> str:
        """Ends a recording that was on, and returns what there is to say about it; "" if none was on."""
        recorder = self._session.recorder
        if recorder is None or not recorder.on:
            return ""
        try:
            saved = recorder.close()
        except NstError as error:
            saved = str(error)
        self._tell(saved)
        return saved

    def keep_alive(self) -> None:
        """While no frame comes, the window says what it is waiting for; virtual camera and stream get the last frame
        again."""
        session, silent = self._session, time.monotonic() - self._fed
        if session.last is None:
            if self._preview is None or silent <= OPENING_SECONDS:
                return
            work = longest()
            waiting = f"opening {self._source_name} ..." if work is None else f"first frame in style {work.style} ..."
            self._preview.show(waiting_card(CARD_WH, "" if session.clean else waiting))
        elif silent > _REPEAT_SECONDS and (session.virtual_camera is not None or session.stream is not None):
            for output in (session.virtual_camera, session.stream):
                if output is not None:
                    self._write(output, session.last, time.monotonic())
        else:
            return
        self._fed = time.monotonic()

    def refresh(self, latest: Painted | None) -> None:
        """Draws the preview if anything in it has changed, then carries out what keys and clicks ask for.

        Args:
            latest: the frame that has just been taken; None if no new one came.
        """
        session, preview = self._session, self._preview
        if preview is None:
            return
        moved = preview.pointer != self._pointer
        self._pointer = preview.pointer
        if moved:
            mouse.point(session, self._pointer)
        notches = preview.take_wheel()
        if notches:
            mouse.scroll(session, notches)
        session.follow_picker()
        line_moved = moved and session.compare is Compare.WIPE
        offered = session.look.cells and (*session.look.cells, session.gallery.wanted)
        looks_otherwise = offered != self._offered
        drawn = latest or (session.last if self._key_pressed or line_moved or looks_otherwise else None)
        if drawn is not None:
            self._offered = offered
            shown = picture(drawn, session, self.reading(), self._pointer)
            self.poll()
            preview.show(shown)
        self.poll()
        click = preview.take_click()
        if click is not None:
            mouse.click(session, click)
        self._key_pressed = bool(self._keys)
        while self._keys:
            keys.obey(session, self._keys.popleft())

    def poll(self) -> None:
        """Takes the key that was pressed since the last call. OpenCV remembers only one, so this has to be called
        between all steps that take time."""
        press = press_of(self._preview.poll()) if self._preview is not None else None
        if press is not None:
            self._keys.append(press)

    def _write(self, output: Output, painted: Painted, seconds: float) -> None:
        """A full disk or a lost virtual camera must not end the show: the window and the terminal say what failed."""
        if not output.on:
            return
        try:
            output.write(painted.frame, seconds)
        except NstError as error:
            self._session.say(str(error))
            self._tell(str(error))
