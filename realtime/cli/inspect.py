"""nstcam cameras, microphones, midi and doctor: what there is on this machine, and what works.

OpenCV and ONNX Runtime are imported only when a command needs them.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from nstcam.media.shown import shown
from nstcam.realtime.cli.options.common import JsonOption
from nstcam.realtime.cli.running.opencv_settings import quiet_opencv
from nstcam.realtime.cli.styles import styles


def register(app: typer.Typer) -> None:
    app.command()(styles)
    app.command()(cameras)
    app.command()(microphones)
    app.command()(midi)
    app.command()(doctor)


def cameras(
    measure: Annotated[
        bool, typer.Option("--measure", help="Open each camera in each of its modes and measure the frames.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the cameras of this machine and their modes."""
    quiet_opencv()
    from nstcam.realtime.capture.cameras import list_cameras
    from nstcam.realtime.capture.mode_trials import driver_modes, listing, record, to_try, try_out
    from nstcam.realtime.capture.opencv import open_camera

    records = []
    for camera in list_cameras():
        listed, trials = driver_modes(camera), []
        if not as_json:
            print("\n    ".join([f"{camera.index}  {camera.name}", *listing(listed)]), flush=True)
        for trial in try_out(to_try(listed) if measure else [], partial(open_camera, camera.index)):
            trials.append(trial)
            if not as_json:
                print(f"    {'works' if trial.works else 'fails'}  {trial.line}", flush=True)
        records.append(record(camera, listed, trials))
    if as_json:
        print(json.dumps(records, indent=1))
    elif not records:
        print("no camera found; nstcam --camera test needs none", file=sys.stderr)


def microphones(as_json: JsonOption = False) -> None:
    """List the microphones of this machine; --microphone takes a number or part of a name."""
    from dataclasses import asdict

    from nstcam.realtime.capture.microphone import list_microphones

    found = list_microphones()
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=1))
        return
    for one in found:
        usual = "  (default)" if one.is_default else ""
        print(f"{one.index}  {shown(one.name)}{usual}")
    if not found:
        print("no microphone found; recordings of a camera are silent", file=sys.stderr)


def midi(
    name: Annotated[str | None, typer.Argument(help="Input, or part of its name. Default: the first.")] = None,
    controls: Annotated[Path | None, typer.Option(metavar="FILE", help="Table of what the controls do.")] = None,
) -> None:
    """Show what a MIDI input sends, how controls.toml names it, and the command it gives; Ctrl-C ends it."""
    from queue import SimpleQueue

    from nstcam.realtime.live.control.controls import controls_path, load_controls
    from nstcam.realtime.live.control.midi import ANY, Midi, Translator, described, list_inputs

    heard: SimpleQueue[object] = SimpleQueue()
    translator = Translator(load_controls(controls), lambda _: None)
    for found in list_inputs():
        print(shown(found))
    port = Midi(name or ANY, heard.put)
    print(f"listening to {shown(port.name)}; the table is {shown(str(controls or controls_path()))}", flush=True)
    try:
        while True:
            message = heard.get()
            print(shown(described(message, translator.line(message))), flush=True)
    finally:
        port.close()


def doctor(as_json: JsonOption = False) -> None:
    """Test what works on this machine; exits with 1 if something is broken."""
    quiet_opencv()
    from dataclasses import asdict

    from nstcam.realtime.checkup.doctor import examine

    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            cure = f"; {finding.cure}" if finding.cure else ""
            print(shown(f"{finding.state:<6}{finding.what}: {finding.text}{cure}"), flush=True)
    if as_json:
        print(
            json.dumps([{key: shown(text) for key, text in asdict(finding).items()} for finding in findings], indent=1)
        )
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)
