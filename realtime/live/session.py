"""Session: what keys, the mouse and commands can change. For the main thread only; the worker only reads `look`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from nstcam.media.shown import shown
from nstcam.realtime.display.compare import Compare
from nstcam.realtime.display.window import Pointer
from nstcam.realtime.effects import steady
from nstcam.realtime.effects.look import STEP, Look
from nstcam.realtime.errors import NstError
from nstcam.realtime.live import work_size
from nstcam.realtime.live.digits import Digits
from nstcam.realtime.live.gallery import Gallery
from nstcam.realtime.live.hotkeys import ESCAPE, Action, Press
from nstcam.realtime.live.painter import Painted
from nstcam.realtime.live.picker import Picker, Shown
from nstcam.realtime.live.work_size import Pace
from nstcam.realtime.output.snapshot import save_snapshot
from nstcam.realtime.output.switch import Output

MESSAGE_SECONDS: Final = 4.0
"""How long a message stays in the window."""


@dataclass
class Session:
    """The state of a live session, and the actions that change it."""

    gallery: Gallery
    snapshots: Path = Path()
    """Folder that snapshots are saved in."""
    look: Look = field(default_factory=Look)
    mirror: bool = False
    recorder: Output | None = None
    virtual_camera: Output | None = None
    last: Painted | None = None
    """The frame shown last; None before the first."""
    compare: Compare = Compare.OFF
    hud: bool = True
    """Whether the strip of figures is shown."""
    clean: bool = False
    """Whether nothing at all is drawn on the picture but what a key asks for: help, and pictures to choose from."""
    help: bool = False
    quit: bool = False
    fullscreen: bool = False
    toggle_fullscreen: Callable[[], None] = lambda: None
    save: Callable[[Session], str] | None = None
    """Saves settings for the next start; returns a message for the user, or raises NstError."""
    target_fps: float = work_size.DEFAULT_FPS
    """The rate that the working size follows when it is asked to follow one."""
    steady_on: float = steady.DEFAULT
    """The steadiness that key t returns to."""
    pace: Pace | None = None
    """Follows that rate; None if the working size is fixed."""
    digits: Digits = field(default_factory=Digits)
    picker: Picker = field(init=False)
    message: str = ""
    message_until: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.picker = Picker(len(self.gallery.styles))

    def say(self, message: str) -> None:
        """Shows a message in the window for a while; "" shows none."""
        if message:
            message = shown(message)
            self.message, self.message_until = message, time.monotonic() + MESSAGE_SECONDS

    def outputs(self) -> list[Output]:
        """The outputs that there are, on or off."""
        return [output for output in (self.recorder, self.virtual_camera) if output is not None]

    def press(self, press: Press) -> None:
        """Carries out what a key asks for. What the last one said is over."""
        self.message = ""
        if not press.key.isdigit():
            self.digits.forget()
        match press.action:
            case Action.STYLE:
                self.pick(self.digits.number(int(press.key), len(self.gallery.styles)) - 1)
            case Action.NEXT:
                self._step(1)
            case Action.PREVIOUS:
                self._step(-1)
            case Action.RIGHT:
                self._arrow(1)
            case Action.LEFT:
                self._arrow(-1)
            case Action.ORIGINAL:
                number = self.digits.number(0, len(self.gallery.styles)) if press.key == "0" else 0
                self.pick(number - 1) if number else self.gallery.toggle_bypass()
            case Action.WEAKER:
                self.set_strength(self.look.stronger(-STEP).strength)
            case Action.STRONGER:
                self.set_strength(self.look.stronger(STEP).strength)
            case Action.BLEND:
                self._blend()
            case Action.COMPARE:
                self.compare = self.compare.following
                self.say(self.compare.value)
            case Action.PICKER:
                self.picker.cycle()
            case Action.KEEP_COLORS:
                self.look = replace(self.look, keep_colors=not self.look.keep_colors)
                self.say("original colours" if self.look.keep_colors else "colours of the painting")
            case Action.STEADY:
                before = self.look.steady
                self.look = replace(self.look, steady=0.0 if before else self.steady_on)
                self.steady_on = before or self.steady_on
                self.say(f"steadiness {self.look.steady:g}" if self.look.steady else "steadiness off")
            case Action.SMALLER:
                self.resize(1)
            case Action.LARGER:
                self.resize(-1)
            case Action.MIRROR:
                self.mirror = not self.mirror
                self.say("mirrored" if self.mirror else "not mirrored")
            case Action.FULLSCREEN:
                self.fullscreen = not self.fullscreen
                self.toggle_fullscreen()
            case Action.SNAPSHOT:
                self.snapshot()
            case Action.RECORD:
                self._switch(self.recorder, "recording is not available")
            case Action.VIRTUAL_CAMERA:
                self._switch(self.virtual_camera, "the virtual camera is not available")
            case Action.HUD:
                self.hud, self.clean = not self.hud and not self.clean, self.hud
            case Action.SAVE:
                self.save_settings()
            case Action.HELP:
                self.help = not self.help
            case Action.QUIT if press.key == ESCAPE and (self.help or self.picker.shown is not Shown.OFF):
                self.help = False
                self.picker.close()
            case Action.QUIT:
                self.quit = True
        self.follow_picker()

    def pick(self, index: int) -> None:
        """Shows that style and closes the grid; the strip stays open for a while."""
        self.gallery.select(index)
        self.picker.use()
        if self.picker.shown is Shown.GRID:
            self.picker.close()
        self.follow_picker()

    def click(self, pointer: Pointer) -> None:
        """Picks the style whose picture is under the mouse; beside the pictures, closes the strip."""
        style = self.picker.style_at(pointer)
        if style is not None:
            self.pick(style)
        elif self.picker.shown is Shown.STRIP:
            self.picker.close()
            self.follow_picker()

    def point(self, pointer: Pointer) -> None:
        """The mouse has moved. It opens nothing on a clean picture."""
        if not self.clean or self.picker.shown is not Shown.OFF:
            self.picker.point(pointer)
        self.follow_picker()

    def scroll(self, notches: int) -> None:
        """The wheel was turned, down if positive."""
        self.picker.scroll(notches)
        self.follow_picker()

    def follow_picker(self) -> None:
        """Has those small pictures painted that the picker shows; while it shows any, all styles are opened."""
        self.picker.follow(self.gallery.wanted)
        cells = self.picker.styles
        if cells != self.look.cells or self.picker.across != self.look.across:
            if bool(cells) != bool(self.look.cells):
                self.gallery.want_all(bool(cells))
            self.look = replace(self.look, cells=cells, across=self.picker.across)

    def set_strength(self, strength: float) -> None:
        """Sets the strength of the style, 0..1, and says it."""
        self.look = self.look.with_strength(strength)
        self.say(f"strength {100 * self.look.strength:.0f} %")

    def follow_rate(self, fps: float | None = None) -> Pace:
        """From now on the working size follows `fps`, by default the rate that was followed last."""
        self.target_fps = fps or self.target_fps
        if self.pace is None or self.pace.target_fps != self.target_fps:
            self.pace = Pace(self.target_fps)
        return self.pace

    def keep_pace(self, painted: Painted) -> None:
        """Adapts the working size to the rate that is followed, if one is, after a frame that was stylized."""
        if self.pace is None:
            return
        size = self.pace.record(painted.ms, self.look.size, painted.sizes)
        if size != self.look.size:
            self.look = replace(self.look, size=size)
            self.say(f"working size {self._size_text(size)} for {self.pace.target_fps:g} fps")

    def resize_within(self, size_wh: tuple[int, int]) -> bool:
        """Chooses the largest working size that fits into (width, height). False if none is that small."""
        width, height = size_wh
        fitting = [index for index, (h, w) in enumerate(self.work_sizes()) if w <= width and h <= height]
        if not fitting:
            return False
        self.pace = None
        self.look = replace(self.look, size=fitting[0])
        self.say(f"working size {self._size_text(fitting[0])}")
        return True

    def work_sizes(self) -> list[tuple[int, int]]:
        """Working sizes (height, width), the largest first; none before the first frame."""
        if self.last is None:
            return []
        height, width = self.last.original.shape[:2]
        return work_size.work_sizes((height, width), (width, height))

    def _size_text(self, index: int) -> str:
        height, width = self.work_sizes()[index]
        return f"{width}x{height}"

    def resize(self, by: int) -> None:
        """Goes `by` working sizes down, or up if negative; no rate is followed from then on."""
        if self.last is None:
            return
        self.pace = None
        smallest = len(self.work_sizes()) - 1
        before = min(self.look.size, smallest)  # it may have been chosen for larger frames, which have more sizes
        index = min(max(before + by, 0), smallest)
        if index == before:
            self.say("largest working size (--work-size sets it)" if by < 0 else "smallest working size")
        else:
            self.say(f"working size {self._size_text(index)}")
        self.look = replace(self.look, size=index)

    def snapshot(self) -> bool:
        """Saves the frame shown last, without the status, and says where; False if that failed, and says why."""
        last = self.last
        if last is None:
            self.say("no frame yet")
            return False
        name, title = (last.style.name, last.style.label) if last.style else ("original", "original")

        def save() -> str:
            return f"saved {save_snapshot(last.frame, name, self.snapshots, title).name}"

        return self._try(save)

    def save_settings(self) -> bool:
        """Saves the settings and says where; False if that failed, and says why."""
        save = self.save
        if save is None:
            self.say("settings cannot be saved in this session")
            return False
        return self._try(lambda: save(self))

    def switch(self, output: Output) -> bool:
        """Switches an output on, or off, and says so; False if that failed, and says why."""
        return self._try(output.toggle)

    def _try(self, act: Callable[[], str]) -> bool:
        """Says what `act` returns, or why it failed: a full disk or a missing driver must not end the show."""
        try:
            self.say(act())
        except NstError as error:
            self.say(str(error))
            return False
        return True

    def _step(self, by: int) -> None:
        self.gallery.step(by)
        self.picker.use()

    def _arrow(self, direction: int) -> None:
        if self.gallery.mix is None or self.picker.shown is not Shown.OFF:
            self._step(direction)
            return
        self.gallery.move_mix(direction * STEP)
        self.say(self.gallery.title)

    def _blend(self) -> None:
        self.gallery.toggle_mix()
        partner = self.gallery.partner
        self.say(f"blend with {partner.name}: arrows move the mix" if partner else "blend off")

    def _switch(self, output: Output | None, without: str) -> None:
        if output is None:
            self.say(without)
        else:
            self.switch(output)
