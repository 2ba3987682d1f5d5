"""The sound of a clip that plays live, laid on a tape in step with its frames."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer

from nstcam.realtime.capture.tape import RATE, Samples, Tape
from nstcam.realtime.errors import SourceError
from nstcam.realtime.video.reading.streams import chosen_tracks, open_video, origin

_AHEAD: Final = 0.2
"""Seconds by which sound is laid on the tape before its time."""
_MOST_LATE: Final = 1.0
"""Seconds that frames may lag because decoding is slow; beyond that, the clip is taken to play slower."""


class ClipClock:
    """When the frames and the sound of a clip are due."""

    def __init__(self, *, to_the_end: bool = True) -> None:
        """Not begun yet.

        Args:
            to_the_end: whether the clip ends when its last frame has stayed for its time, not when that is shown.
        """
        self.to_the_end = to_the_end
        self.start = 0.0
        """The time.monotonic() at which the clip began, or would have begun if it had never been late."""
        self.due = 0.0
        """The time.monotonic() at which the last frame was due."""

    def begin(self) -> None:
        """Begins the clip now."""
        self.start = self.due = time.monotonic()

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Waits for the frame of that time of the clip, in seconds."""
        self.due = self.start + seconds
        late = time.monotonic() - self.due
        if late > _MOST_LATE:
            self.start += late
            self.due += late
        stop.wait(max(0.0, -late))


def lay_sound(path: Path, clock: ClipClock, tape: Tape, stop: threading.Event) -> None:
    """Lays the sound of a clip on the tape, a little ahead of its frames, until it ends or `stop` is set. A file
    without sound, or with one that cannot be decoded, leaves the tape silent.

    Args:
        clock: of the frames, which may be set back on the way.
    """
    tape.cut(clock.start)
    try:
        with open_video(path) as container:
            for seconds, block in _blocks(container, path):
                while (early := clock.start + seconds - _AHEAD - time.monotonic()) > 0:
                    if stop.wait(min(early, 1.0)):
                        return
                tape.add(clock.start + seconds, block)
                if stop.is_set():
                    return
    except (SourceError, av.FFmpegError, OSError):
        pass
    finally:
        tape.pause()


def has_sound(path: Path) -> bool:
    """Whether a file is a video with a sound that can be decoded."""
    try:
        with open_video(path) as container:
            return _track(container, path) is not None
    except (SourceError, av.FFmpegError, OSError):
        return False


def _track(container: InputContainer, path: Path) -> AudioStream | None:
    """The audio track that goes with the video: the one marked as default, otherwise the first; None if there is
    none."""
    choice = chosen_tracks(container, path=path)
    usable = [
        stream
        for stream in choice.others
        if isinstance(stream, AudioStream)
        and stream.codec_context is not None
        and stream.index not in choice.custom_orders  # reading such a layout crashes PyAV
    ]
    marked = [stream for stream in usable if stream.disposition & av.stream.Disposition.default]
    return next(iter(marked or usable), None)


def _blocks(container: InputContainer, path: Path) -> Iterator[tuple[float, Samples]]:
    """The sound as blocks, each with its time in the clip, in seconds."""
    stream = _track(container, path)
    if stream is None:
        return
    begin = origin(container)
    to_stereo = av.AudioResampler("fltp", "stereo", RATE)
    next_at = Fraction(0)
    for packet in container.demux(stream):
        try:
            frames = stream.decode(packet)
        except av.FFmpegError:  # damaged
            continue
        for frame in frames:
            if frame.pts is not None and frame.time_base is not None:
                next_at = frame.pts * frame.time_base - begin
            frame.pts = None  # the resampler would look for a rising clock
            at = next_at
            for block in to_stereo.resample(frame):
                samples = np.asarray(block.to_ndarray(), np.float32)
                yield float(at), samples
                at += Fraction(samples.shape[1], RATE)
            next_at = at
