"""Recording: the painted picture as a video file with the timestamps of the camera, and sound that belongs to it.

Frames are written to NAME.part.mkv, which can be played up to its last half second whatever happens to the program. A
clean end turns it into NAME, without encoding again. A part file that exists already may be all that is left of an
earlier recording: unless it is empty, it is neither overwritten nor removed.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import av
from av.video.stream import VideoStream

from nstcam.media.address import as_address
from nstcam.media.own_files import NotOursError, open_own
from nstcam.realtime.capture.tape import Tape
from nstcam.realtime.errors import SinkError
from nstcam.realtime.files import lock_file, part_file
from nstcam.realtime.frame import Frame
from nstcam.realtime.output.picture_track import TICKS, add_picture_track, yuv_of
from nstcam.realtime.output.sound_track import SoundTrack

SUFFIXES: Final = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
_WAITING: Final = 30
"""The most frames that wait for the encoder; any more are left out and counted."""
_ENCODER: Final = {"preset": "veryfast", "crf": "20", "tune": "zerolatency", "g": "60"}
_LAST_SECONDS: Final = 1 / 30
"""How long sound goes on after the last frame."""
_EARLY: Final = {"cluster_time_limit": "500", "flush_packets": "1"}
"""Writes frames to disk at least twice a second."""


class Recording:
    """One file in the making, encoded in a thread of its own. To be closed.

    Attributes:
        target: the file that a clean end makes.
        part: the file that is written until then.
        left_out: how many frames came faster than they could be encoded.
    """

    def __init__(
        self, target: Path, *, overwrite: bool = False, source: Path | None = None, sound: Tape | None = None
    ) -> None:
        """Creates the part file.

        Args:
            source: the file that plays as the camera, if one does: it must not be overwritten.
            sound: has the sound of the frames, by the same clock; None makes a silent film.

        Raises:
            SinkError: `target` cannot be written: wrong suffix, missing folder, existing file, or the source itself.
        """
        check_target(target, overwrite=overwrite, source=source)
        self.target = target
        self.part = part_of(target)
        self.left_out = 0
        self._sound = sound
        self._frames: queue.Queue[tuple[Frame, float] | None] = queue.Queue(_WAITING)
        self._error: SinkError | None = None
        self._times: list[int] = []
        self._lock = self._create_part()
        with self._errors():
            # Absolute: FFmpeg takes 12:30.mp4 for a URL.
            self._output = av.open(str(self.part.absolute()), "w", format="matroska", container_options=_EARLY)
        self._thread = threading.Thread(target=self._encode, name="record", daemon=True)
        self._thread.start()

    def write(self, frame: Frame, captured: float) -> None:
        """Appends a frame; one of another size than the first gets black bars.

        Args:
            captured: when the frame was captured, in seconds; of time.monotonic() if there is sound.

        Raises:
            SinkError: an earlier frame could not be written, for example because the disk is full.
        """
        if self._error:
            raise self._error
        try:
            self._frames.put_nowait((frame, captured))
        except queue.Full:
            self.left_out += 1

    def close(self) -> bool:
        """Waits for the encoder, then makes the file. False if no frame came, and there is no file.

        Raises:
            SinkError: the file could not be written; the part file stays unless it is empty.
        """
        self._frames.put(None)
        self._thread.join()
        with self._lock:
            try:
                with self._errors():
                    self._output.close()
            except SinkError as error:
                self._error = self._error or error  # the first error names the cause
            if self._error:
                if not self._part_size():
                    self.part.unlink(missing_ok=True)
                raise self._error
            if not self._times:
                self.part.unlink(missing_ok=True)
                return False
            with self._errors(), part_file(self.target) as complete:
                remux(self.part, complete, SUFFIXES[self.target.suffix.lower()])
            self.part.unlink(missing_ok=True)
            return True

    def _create_part(self) -> ExitStack:
        """Creates the part file and locks it. An empty, unlocked one, left by a kill before the first frame, is used
        again."""
        taken = SinkError(
            f"{self.part} belongs to a recording that is running or was interrupted; "
            "move it away (it can be played as it is) or choose another name"
        )
        try:
            if sys.platform == "win32":  # a lock would keep the encoder from writing as well
                os.close(open_own(self.part, os.O_WRONLY | os.O_CREAT))
                lock = ExitStack()
            else:
                lock = lock_file(self.part)
        except BlockingIOError as error:
            raise taken from error
        except NotOursError as error:
            raise SinkError(f"cannot record to {self.target}: {error}; move it away or choose another name") from error
        except OSError as error:
            raise SinkError(
                f"cannot record to {self.target} ({error.strerror}); choose another name or folder"
            ) from error
        if self._part_size():
            lock.close()
            raise taken
        return lock

    def _encode(self) -> None:
        stream: VideoStream | None = None
        track: SoundTrack | None = None
        first = captured = 0.0
        waiting = iter(self._frames.get, None)
        try:
            with self._errors():
                for frame, captured in waiting:
                    if stream is None:
                        stream, first = add_picture_track(self._output, frame, _ENCODER), captured
                        track = SoundTrack(self._output, self._sound, first) if self._sound else None
                    pts = round((captured - first) / TICKS)
                    if self._times:
                        pts = max(pts, self._times[-1] + 1)  # times must rise
                    self._times.append(pts)
                    self._output.mux(stream.encode(yuv_of(frame, stream, pts)))
                    if track is not None:
                        track.follow(captured)
                if track is not None:
                    track.finish(captured + _LAST_SECONDS)
                if stream is not None:
                    self._output.mux(stream.encode(None))
        except SinkError as error:  # raised by the next write, or by close
            self._error = error
            for _ in waiting:  # empties the queue, or close would wait for a place in it for ever
                pass

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raises any error as SinkError: even an unforeseen one must not end the thread that empties the queue."""
        try:
            yield
        except SinkError:
            raise
        except (av.FFmpegError, OSError) as error:
            raise self._failed(error.strerror or str(error), "check the free space") from error
        except Exception as error:
            raise self._failed(f"{type(error).__name__}: {error}", "nstcam doctor tests the encoders") from error

    def _failed(self, reason: str, cure: str) -> SinkError:
        kept = f"; what came before is in {self.part.name}" if self._part_size() else ""
        return SinkError(f"cannot write {self.target} ({reason}); {cure}{kept}")

    def _part_size(self) -> int:
        try:
            return self.part.stat().st_size
        except OSError:
            return 0


def part_of(target: Path) -> Path:
    """The part file of `target`: written first, and turned into `target` by a clean end."""
    return target.with_name(f"{target.stem}.part.mkv")


def check_suffix(target: Path) -> None:
    """Raises SinkError unless the name of `target` ends in one of SUFFIXES."""
    if target.is_dir():
        raise SinkError(f"cannot record to {target}: it is a folder; give the name of a file in it")
    if target.suffix.lower() not in SUFFIXES:
        raise SinkError(f"cannot record to {target}: its name must end in one of {', '.join(SUFFIXES)}")


def check_target(target: Path, *, overwrite: bool, source: Path | None = None) -> None:
    """Raises SinkError if `target` cannot be recorded to, as far as can be known before any frame."""
    check_suffix(target)
    if not target.parent.is_dir():
        if address := as_address(target):
            raise SinkError(f"{address}; give the name of a file to record to")
        raise SinkError(f"cannot record to {target}: the folder {target.parent} does not exist; create it first")
    for path in (target, part_of(target)):
        if source is not None and source.exists() and path.exists() and path.samefile(source):
            raise SinkError(f"cannot record to {target}: {path} is playing as the camera; choose another name")
    if target.exists() and not overwrite:
        raise SinkError(f"{target} exists already; choose another name or add --overwrite")


def remux(source: Path, target: Path, form: str) -> None:
    """Copies the packets of `source` into `target`, in the container format `form` of FFmpeg."""
    options = {"movflags": "+faststart"} if form in ("mp4", "mov") else {}
    with (
        av.open(str(source.absolute()), format="matroska") as given,
        av.open(str(target.absolute()), "w", format=form, container_options=options) as out,
    ):
        copies = {stream: out.add_stream_from_template(stream) for stream in given.streams}
        for packet in given.demux():
            if packet.size:
                if packet.dts is None:  # Matroska has no decoding times; without B-frames they equal the display times
                    packet.dts = packet.pts
                packet.stream = copies[packet.stream]
                out.mux(packet)
