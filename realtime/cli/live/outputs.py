"""Where the picture of a live session goes besides the window: the recording, the stream, the virtual camera."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nstcam.realtime.capture.clip_sound import has_sound
from nstcam.realtime.capture.tape import Tape
from nstcam.realtime.cli.live.options import LiveOptions
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.errors import NstError
from nstcam.realtime.output.recorder import Recorder
from nstcam.realtime.output.stream import Stream
from nstcam.realtime.output.stream_address import destination_of
from nstcam.realtime.output.virtual_camera import VirtualCamera


def _clip(camera: str) -> Path | None:
    """The path of the clip that is played; None for a URL, which as a path may be too long for the system."""
    return None if "://" in camera else Path(camera)


def plays_sound(camera: str) -> bool:
    """Whether the source is a clip with sound."""
    clip = _clip(camera)
    return clip is not None and clip.is_file() and has_sound(clip)


def recorder_of(options: LiveOptions, camera: str, sound: Tape | None) -> Recorder:
    """Records from the start if a file was asked for, otherwise once it is switched on."""
    return Recorder(options.record, Path(), overwrite=options.overwrite, source=_clip(camera), sound=sound)


def stream_of(
    options: LiveOptions, sound: Tape | None, environment: Mapping[str, str], notices: Notices
) -> Stream | None:
    """Switched on at once. NSTCAM_STREAM_KEY has the key for those who want it in no list of processes."""
    if options.stream is None:
        return None
    destination = destination_of(options.stream, environment.get("NSTCAM_STREAM_KEY", ""))
    stream = Stream(destination, sound=sound, kilobits=options.stream_bitrate)
    notices.add(stream.toggle())
    return stream


def virtual_camera_of(wanted: str | None, notices: Notices) -> VirtualCamera:
    """Switched on at once if `wanted`. A missing driver is a notice, or an error if the camera is required."""
    camera = VirtualCamera(None if wanted in (None, "auto", "required") else wanted)
    if wanted is not None:
        try:
            notices.add(camera.toggle())
        except NstError as error:
            if wanted == "required":
                raise
            notices.add(str(error))
    return camera
