"""Live nstcam at work: opens what the options ask for, runs the live loop, prints a summary.

Imports OpenCV, PyAV and ONNX Runtime; cli/live/command.py imports it once the command line has been parsed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import typer

from nstcam.media.shown import counted, shown
from nstcam.realtime.capture.player import Player
from nstcam.realtime.capture.tape import Tape
from nstcam.realtime.cli.live.inputs import control_of, instruments, microphone_on, source_of
from nstcam.realtime.cli.live.options import LiveOptions
from nstcam.realtime.cli.live.outputs import plays_sound, recorder_of, stream_of, virtual_camera_of
from nstcam.realtime.cli.options.common import parse_size
from nstcam.realtime.cli.options.scene import Behind, parse_background, scene_of, style_behind
from nstcam.realtime.cli.running.interrupt import stop_on_interrupt
from nstcam.realtime.cli.running.opening import stylizer_opener
from nstcam.realtime.cli.running.terminal import Notices, StatusLine
from nstcam.realtime.display.compare import Compare
from nstcam.realtime.display.window import Window
from nstcam.realtime.effects.look import Look
from nstcam.realtime.errors import NstError
from nstcam.realtime.learning.learner import Learner
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.control.inbox import Together
from nstcam.realtime.live.lessons import Lessons
from nstcam.realtime.live.loop import run
from nstcam.realtime.live.restore import choose_styles, is_camera, naming_saved_camera, saved_settings, settings_of
from nstcam.realtime.live.session import Session
from nstcam.realtime.live.settings import Settings, save, settings_path
from nstcam.realtime.live.waiting import CARD_WH, waiting_card, while_polled
from nstcam.realtime.meter import Reading
from nstcam.realtime.people.scene import Scene
from nstcam.realtime.people.words import OFF, PICTURE, STYLE
from nstcam.realtime.style_files.style import Style


def start(options: LiveOptions, open_learner: Callable[..., Learner] = Learner) -> None:
    """Runs a live session to its end.

    Args:
        open_learner: opens what learns pictures.

    Raises:
        NstError: something asked for cannot be opened, or fails later on.
        typer.Exit: with 1 if the recording asked for was not made; the reason was printed when it happened.
    """
    notices, ready = Notices(), memory_for_styles(os.environ)
    saved = saved_settings(notices.add) if options.use_settings else Settings()
    settings = saved.for_camera(options.camera).changed(**options.changes)
    saved_camera = settings.camera if options.camera is None and settings.camera != Settings().camera else None
    figures = StatusLine() if not options.window and sys.stderr.isatty() else None
    with ExitStack() as opened:
        styles, first = choose_styles(options.styles, options.only, saved.style, notices.add)
        asked = options.changes.get("background") is not None
        behind, scene = scene_behind(settings, styles, asked=asked, notices=notices)
        control = control_of(options, notices)
        preview = Window() if options.window else None
        if preview is not None:
            preview.show(waiting_card(CARD_WH, "" if settings.clean else "opening ..."))
        tape = Tape()
        listens = microphone_on(options.microphone, tape, notices, opened)
        with naming_saved_camera(saved_camera):
            source = source_of(settings, options, notices.add, None if listens else tape)
        open_stylizer = stylizer_opener(options.device, options.threads, notices)
        gallery = while_polled(preview, lambda: Gallery(styles, open_stylizer, first=first, ready_bytes=ready))
        opened.callback(gallery.close)
        opened.callback(control.close)
        remote = Together([control, *instruments(options, notices, opened)])
        session = _session(settings, gallery)
        session.backdrop = scene.backdrop
        session.lessons = Lessons(gallery, always=options.learn, open_learner=open_learner)
        if behind.kind == PICTURE:
            session.backdrop_path = Path(behind.name)
        if behind.kind != OFF:
            index = None
            if behind.kind == STYLE:
                index = [style.name for style in gallery.styles].index(behind.name)
                notices.add(f"the background is painted as {behind.name}, which costs a second network")
            session.set_background(behind.kind, index)
        session.save = _saver(settings, saved)
        if isinstance(source, Player):
            session.play_again = source.again
        elif options.loop:
            notices.add(f"--loop repeats clips; {source.name} has no end, so it changes nothing")
        session.virtual_camera = virtual_camera_of(options.virtual_camera, notices)
        sound = tape if listens or plays_sound(settings.camera) else None
        session.recorder = recorder = recorder_of(options, settings.camera, sound)
        session.stream = stream = stream_of(options, sound, os.environ, notices)

        def tick(reading: Reading, device: str) -> None:
            notices.tell(figures)
            if figures:
                figures.show(reading, device)

        if figures:
            opened.callback(figures.clear)
        clear = figures.clear if figures else (lambda: None)
        # The loop does not wait for a style that never finishes, but its recording may take long to be completed.
        with naming_saved_camera(saved_camera), stop_on_interrupt(clear=clear, end_stuck=False) as stop:
            reading = run(
                source, session, preview,
                output_size=parse_size(settings.output_size), frames=options.frames, remote=remote,
                tick=tick, tell=notices.add, stop=stop,
            )  # fmt: skip
        device = gallery.device
    notices.tell()
    print(
        f"{counted(reading.frames, 'frame')}, {reading.mean_fps:.1f} fps, {reading.mean_ms:.0f} ms a frame "
        f"on {device}, "
        f"{reading.dropped} dropped"
    )
    if recorder.missing or (stream is not None and stream.failed):
        raise typer.Exit(1)


def memory_for_styles(environment: Mapping[str, str]) -> float:
    """Bytes for styles that are kept ready: NSTCAM_STYLE_MEMORY in MB, or 1000 MB.

    Raises:
        NstError: the variable is not a number from 0 to 1000000.
    """
    text = environment.get("NSTCAM_STYLE_MEMORY") or "1000"
    try:
        megabytes = float(text)
    except ValueError:
        megabytes = -1.0
    if not 0 <= megabytes <= 1e6:
        raise NstError(f"NSTCAM_STYLE_MEMORY={shown(text[:40])} is not a number of megabytes from 0 to 1000000")
    return megabytes * 1e6


def _session(settings: Settings, gallery: Gallery) -> Session:
    look = Look(
        settings.strength, settings.keep_colors, settings.steady, settings.follow,
        brighten=settings.brighten, stroke_scale=settings.stroke_scale, paint=settings.paint,
    )  # fmt: skip
    return Session(
        gallery,
        look=look,
        mirror=is_camera(settings.camera) if settings.mirror is None else settings.mirror,
        compare=Compare[settings.compare.upper()],
        hud=settings.hud and not settings.clean,
        clean=settings.clean,
        fullscreen=settings.fullscreen,
        target_fps=settings.target_fps,
    )


def scene_behind(settings: Settings, styles: list[Style], *, asked: bool, notices: Notices) -> tuple[Behind, Scene]:
    """What stands behind people. A style is added to the list if it is not there. What was saved and is no longer there
    is a notice, what was asked for now an error."""
    try:
        behind = parse_background(settings.background)
        if behind.kind == STYLE and behind.name not in [style.name for style in styles]:
            style = style_behind(behind.name)
            behind = Behind(STYLE, style.name)
            if style.name not in [other.name for other in styles]:
                styles.append(style)
        return behind, scene_of(settings.paint, behind)
    except (NstError, typer.BadParameter) as error:
        if asked:
            raise
        notices.add(f"the saved background cannot be used ({error}); the room is shown instead")
        return Behind(OFF), scene_of(settings.paint, Behind(OFF))


def _saver(asked: Settings, saved: Settings) -> Callable[[Session], str]:
    def save_session(session: Session) -> str:
        path = settings_path()
        save(settings_of(session, asked, saved), path)
        return f"settings saved in {path}"

    return save_session
