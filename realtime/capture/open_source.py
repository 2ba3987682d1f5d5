"""Opens the live source that a user named with --camera."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from nstcam.media.kinds import PICTURES
from nstcam.media.shown import redacted
from nstcam.realtime.capture.cameras import described, find_camera, list_cameras
from nstcam.realtime.capture.clip import read_file, read_pictures
from nstcam.realtime.capture.clip_sound import ClipClock
from nstcam.realtime.capture.modes import Mode, ask, negotiated
from nstcam.realtime.capture.network import read_url
from nstcam.realtime.capture.opencv import Capture, open_camera, read_camera
from nstcam.realtime.capture.player import Player
from nstcam.realtime.capture.reconnect import Reconnecting
from nstcam.realtime.capture.screen import FPS, SPEC, is_screen, parse_screen, read_screen
from nstcam.realtime.capture.sources import Source, ThreadedSource
from nstcam.realtime.capture.tape import Tape
from nstcam.realtime.capture.test_pattern import PATTERN_FPS, PATTERN_WH, TestPattern
from nstcam.realtime.errors import SourceError
from nstcam.realtime.files import is_folder
from nstcam.realtime.frame import Frame
from nstcam.realtime.numbered import numbered

TEST_SPEC: Final = "test"
OPEN_WITHIN: Final = 15.0
"""Seconds that a camera may take to deliver its first frame."""
MOST_DIGITS: Final = 9
"""The most digits that the number of a camera may have."""
LOST_AFTER: Final = 3.0
"""Seconds without a frame, after which a camera counts as lost."""


def open_source(
    spec: str,
    mode: Mode = Mode(),  # noqa: B008
    tell: Callable[[str], None] = lambda _: None,
    *,
    loop: bool = False,
    hold: bool = False,
    tape: Tape | None = None,
) -> Source:
    """A live source for what a user typed: a camera's number, name or device path, a URL, a video or picture file,
    numbered pictures (frames/%05d.png), a folder of pictures, `screen` or `test`.

    A camera is opened in a thread, so errors may come only with the first frame. A camera starts at once, a video file
    when its first frame is taken.

    Args:
        mode: what to ask a camera for; other sources ignore it, except that the screen and pictures take a rate, and
            the test pattern a rate and a size.
        tell: takes a line about what the camera really delivers, if it was asked for something.
        loop: play a clip again whenever it ends; it changes nothing for sources without an end.
        hold: keep the last frame of a clip that has ended; the source is a Player, which can play it again.
        tape: gets the sound of a video file, in step with its frames.

    Raises:
        SourceError: here or from the iteration; the text never contains the credentials of a URL.
    """
    if spec.startswith("file://"):
        spec = url2pathname(urlsplit(spec).path)
    path = Path(spec)
    if spec == TEST_SPEC:
        _tell_ignored(spec, replace(mode, size_wh=None, fps=None), tell)
        return TestPattern(mode.size_wh or PATTERN_WH, mode.fps or PATTERN_FPS)
    if spec.isdecimal():
        if len(spec) > MOST_DIGITS:
            raise SourceError(
                f"camera {spec[:MOST_DIGITS]}... does not exist; give the number that nstcam cameras lists"
            )
        return _camera(f"camera {int(spec)}", lambda: ask_for(open_camera(int(spec)), mode, tell))
    if is_screen(spec):
        part = parse_screen(spec)
        _tell_ignored(spec, replace(mode, fps=None), tell)
        return ThreadedSource("screen", lambda stop: read_screen(part, stop, mode.fps or FPS))
    if "://" in spec:
        _tell_ignored(spec, mode, tell)
        return Player(lambda: Reconnecting(lambda: _stream(spec)), loop=loop, hold=hold)
    held = hold and not loop
    if are_pictures(path):
        _tell_ignored(spec, replace(mode, fps=None), tell)
        return Player(lambda: _clip(path.name, partial(read_pictures, path, mode.fps), held), loop=loop, hold=hold)
    if path.is_file():
        _tell_ignored(spec, mode, tell)
        return Player(lambda: _clip(path.name, partial(read_file, path, tape=tape), held), loop=loop, hold=hold)
    if path.exists():
        return _camera(f"camera {redacted(spec)}", lambda: ask_for(open_camera(spec), mode, tell))
    looks_like_file = path.suffix or "/" in spec
    there = [] if looks_like_file else list_cameras()
    named = find_camera(spec, there)
    if named is not None:
        return _camera(f'camera "{named.name}"', lambda: ask_for(open_camera(named.index), mode, tell))
    raise SourceError(
        f"camera or file {redacted(spec)} not found; "
        f"give a camera's number or name, a video or picture file, a URL, {SPEC} or {TEST_SPEC}"
        + (f"; cameras found: {described(there)}" if there else "")
    )


def _tell_ignored(spec: str, mode: Mode, tell: Callable[[str], None]) -> None:
    """Tells which options of `mode` only a camera would take."""
    given = {"--size": mode.size_wh, "--fps": mode.fps, "--format": mode.format != Mode.format}
    options = [option for option, value in given.items() if value]
    if options:
        tell(f"{redacted(spec)} is not a local camera, so it ignores {', '.join(options)}")


def ask_for(capture: Capture, mode: Mode, tell: Callable[[str], None]) -> Capture:
    """Asks the camera for `mode` and tells what came of it; returns `capture`."""
    if mode != Mode():
        ask(capture, mode)
        tell(negotiated(capture, mode))
    return capture


def _camera(name: str, open_capture: Callable[[], Capture]) -> Source:
    return Reconnecting(lambda: _connection(name, open_capture))


def _clip(name: str, read: Callable[..., Iterator[Frame]], held: bool) -> Source:
    """What `read` yields, by a clock of its own. A last frame that is held is delivered over and over at once, so that
    changes of style show."""
    clock = ClipClock(to_the_end=not held)
    # Frames that are decoded late still belong to the sound of their own time.
    return ThreadedSource(
        name, partial(read, clock=clock), at_once=False, taken_at=lambda: clock.due or time.monotonic()
    )


def are_pictures(path: Path) -> bool:
    """Whether a path means a folder, or numbered pictures like frames/%05d.png.

    Raises:
        SourceError: it has more than one place for a number.
    """
    return is_folder(path) or (numbered(path) is not None and path.suffix.lower() in PICTURES)


def _stream(url: str) -> ThreadedSource:
    """A network camera, or a clip at an address; which of them shows once it is open."""
    source = ThreadedSource(
        redacted(url),
        lambda stop: read_url(url, stop, source.be_patient),
        open_within=OPEN_WITHIN,
        lost_after=LOST_AFTER,
        at_once=False,
        cure="check the camera and the network",
    )
    return source


def _connection(name: str, open_capture: Callable[[], Capture]) -> ThreadedSource:
    """Opens the camera in the source's thread; on macOS, the first time on the main thread.

    macOS asks for permission only there (opencv #16427). Once permission is given, the camera can be opened in any
    thread, and the painting thread can reconnect as on other systems.
    """
    if sys.platform == "darwin" and threading.current_thread() is threading.main_thread():
        capture = open_capture()
        return _threaded(name, lambda stop: read_camera(capture, stop))
    return _threaded(name, lambda stop: read_camera(open_capture(), stop))


def _threaded(name: str, read: Callable[[threading.Event], Iterator[Frame]]) -> ThreadedSource:
    return ThreadedSource(name, read, open_within=OPEN_WITHIN, lost_after=LOST_AFTER)
