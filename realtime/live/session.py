"""Session: what keys, the mouse and commands can change. For the main thread only; the worker only reads `look`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from nstcam.media.shown import shown
from nstcam.realtime.display.compare import Compare
from nstcam.realtime.display.picker import SIDE
from nstcam.realtime.effects import steady
from nstcam.realtime.effects.look import Look
from nstcam.realtime.errors import NstError
from nstcam.realtime.live.choosing.digits import Digits
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.choosing.newcomer import MOST_NEWCOMERS, newcomer_of
from nstcam.realtime.live.choosing.picker import Picker, Shown
from nstcam.realtime.live.lessons import Lessons
from nstcam.realtime.live.pace import Pace
from nstcam.realtime.live.painter import Painted
from nstcam.realtime.output.snapshot import save_snapshot
from nstcam.realtime.output.stream import Stream
from nstcam.realtime.output.switch import Output
from nstcam.realtime.people.scene import Backdrop
from nstcam.realtime.people.words import BLUR, OFF, STYLE

MESSAGE_SECONDS: Final = 4.0
"""Seconds that a message stays in the window."""


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
    stream: Stream | None = None
    """Sends the picture to the address that was given; None if none was."""
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
    target_fps: float | None = None
    """The rate that the painting's size holds, in frames per second. 0: its size is fixed; None: on a CPU, the camera's
    rate up to FASTEST_DEFAULT, on other devices fixed."""
    steady_on: float = steady.DEFAULT
    """The steadiness that key t returns to."""
    backdrop: Backdrop | None = None
    """The picture that may stand behind people."""
    backdrop_path: Path | None = None
    """Where that picture is."""
    behind_on: tuple[str, int | None] = BLUR, None
    """The background that key d returns to: its kind, and the index of its style."""
    passing: set[Path] = field(default_factory=set)
    """Files that are gone when the session ends, so that no setting may name them."""
    pace: Pace = field(default_factory=Pace)
    digits: Digits = field(default_factory=Digits)
    picker: Picker = field(init=False)
    lessons: Lessons = field(init=False)
    """The pictures that are learnt."""
    tiles: tuple[int, ...] = ()
    """Styles whose small pictures are shown somewhere else than in the window."""
    ended: bool = False
    """Whether the clip has ended and its last frame stays."""
    play_again: Callable[[], None] = lambda: None
    """Plays a clip that has ended from its beginning."""
    message: str = ""
    message_until: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.picker = Picker(len(self.gallery.styles))
        self.lessons = Lessons(self.gallery)

    def say(self, message: str) -> None:
        """Shows a message in the window for a while; "" shows none."""
        if message:
            message = shown(message)
            self.message, self.message_until = message, time.monotonic() + MESSAGE_SECONDS

    def outputs(self) -> list[Output]:
        """The outputs that there are, on or off."""
        return [output for output in (self.recorder, self.virtual_camera, self.stream) if output is not None]

    def pick(self, index: int) -> None:
        """Shows that style and closes the grid; the strip stays open for a while."""
        self.gallery.select(index)
        self.picker.use()
        if self.picker.shown is Shown.GRID:
            self.picker.close()
        self.follow_picker()

    def invite(self, path: Path) -> bool:
        """Makes a style of a file, a picture or a model, adds it to the list and shows it, all in the background; False
        if there are too many, and says so."""
        newcomer = newcomer_of(path)
        done = self.gallery.invite(newcomer)
        self.say(
            f"opening {newcomer.name} ..."
            if done
            else f"{MOST_NEWCOMERS} files are styles already, the most in one session"
        )
        return done

    def follow_picker(self) -> None:
        """Has those small pictures painted that are shown; while there are any, all styles are opened."""
        self.picker.count = len(self.gallery.styles)
        self.picker.follow(self.gallery.wanted)
        cells = tuple(dict.fromkeys((*self.picker.styles, *self.tiles)))
        across = SIDE if self.tiles and self.picker.shown is Shown.OFF else self.picker.across
        if cells != self.look.cells or across != self.look.across:
            if bool(cells) != bool(self.look.cells):
                self.gallery.want_all(bool(cells))
            self.look = replace(self.look, cells=cells, across=across)

    def set_strength(self, strength: float) -> None:
        """Sets the strength of the style, 0..1, and says it."""
        self.look = self.look.with_strength(strength)
        self.say(f"strength {100 * self.look.strength:.0f} %")

    def set_paint(self, paint: str) -> None:
        """Sets what is painted, one of PAINT, and says it."""
        self.look = replace(self.look, paint=paint)
        self.say(f"paint {paint}")

    def set_background(self, kind: str, index: int | None = None) -> None:
        """Sets what stands behind people, and says it.

        Args:
            kind: one of people/words.py; PICTURE needs a `backdrop`.
            index: of the style, for STYLE.
        """
        if kind != OFF:
            self.behind_on = kind, index
        self.look = replace(self.look, background=kind, behind=index)
        self.gallery.want_also(index)
        cost = ", which costs a second network" if kind == STYLE else ""
        self.say(f"background {self.background_name}{cost}")

    @property
    def background_name(self) -> str:
        """The word of the background, or the name of its style."""
        index = self.look.behind
        return self.look.background if index is None else self.gallery.styles[index].name

    def set_mirror(self, mirror: bool) -> None:
        """Whether the preview is as in a mirror; says it."""
        self.mirror = mirror
        self.say("mirrored" if mirror else "not mirrored")

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

    def learn(self, wanted: bool) -> bool:
        """Learns the picture that is shown, or ends that, and says so; False if that failed, and says why."""
        return self._try(self.lessons.start if wanted else self.lessons.stop)

    def keep(self) -> bool:
        """Keeps what was learnt as a style, and says where; False if that failed, and says why."""
        return self._try(self.lessons.keep)

    def follow_lessons(self) -> str:
        """Has the newest of what is learnt be shown. Returns what it says, "" for nothing."""
        said = ""

        def follow() -> str:
            nonlocal said
            said = self.lessons.follow()
            return said

        return said if self._try(follow) else self.message

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
