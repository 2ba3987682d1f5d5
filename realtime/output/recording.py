"""Recording: what is shown, as a video file whose times are those of the camera.

Frames are written to NAME.part.mkv, which plays up to its last half second whatever happens to the program; a clean end
makes NAME of it without encoding again. A part file that is there already may be all that is left of an earlier
recording: if anything is in it, it is never written to nor removed.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from nstcam.realtime.errors import SinkError
from nstcam.realtime.filelock import lock_file
from nstcam.realtime.frame import Frame, letterbox
from nstcam.realtime.partfile import part_file

SUFFIXES: Final = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
_TICKS: Final = Fraction(1, 1000)
_WAITING: Final = 30
"""Frames that may wait for the encoder; further ones are left out, and counted."""
_ENCODER: Final = {"preset": "veryfast", "crf": "20", "tune": "zerolatency", "g": "60"}
_EARLY: Final = {"cluster_time_limit": "500", "flush_packets": "1"}
"""Puts frames on disk at least twice a second."""


class Recording:
    """One file in the making; encodes in a thread of its own. Closed by `close`.

    Attributes:
        left_out: frames that came faster than they could be encoded.
    """

    def __init__(self, target: Path, *, overwrite: bool = False, source: Path | None = None) -> None:
        """`source` is what the camera plays, where that is a file.

        Raises:
            SinkError: `target` cannot be written: bad suffix, no folder, there already, the source itself.
        """
        check_target(target, overwrite=overwrite, source=source)
        self.target = target
        self.part = part_of(target)
        self.left_out = 0
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
        """Appends a frame that was captured at that time; its size is that of the first, or it is letterboxed.

        Raises:
            SinkError: an earlier frame could not be written, e.g. the disk is full.
        """
        if self._error:
            raise self._error
        try:
            self._frames.put_nowait((frame, captured))
        except queue.Full:
            self.left_out += 1

    def close(self) -> bool:
        """Waits for the encoder, then makes the file; False, and no file, where no frame came.

        Raises:
            SinkError: it could not be written; the part file stays, if anything is in it.
        """
        self._frames.put(None)
        self._thread.join()
        with self._lock:
            try:
                with self._errors():
                    self._output.close()
            except SinkError as error:
                self._error = self._error or error  # the first tells the cause
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
        """An empty part file of nobody is what a kill before the first frame left: it is used again."""
        taken = SinkError(
            f"{self.part} is there already, of a recording that runs or was interrupted; "
            "move it away (it plays as it is) or choose another name"
        )
        try:
            self.part.touch()
            # On Windows a lock would keep the encoder, too, from writing.
            lock = ExitStack() if sys.platform == "win32" else lock_file(self.part)
        except BlockingIOError as error:
            raise taken from error
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
        first = 0.0
        waiting = iter(self._frames.get, None)
        try:
            with self._errors():
                for frame, captured in waiting:
                    if stream is None:
                        stream, first = _add_stream(self._output, frame), captured
                    pts = round((captured - first) / _TICKS)
                    if self._times:
                        pts = max(pts, self._times[-1] + 1)  # times must rise
                    self._times.append(pts)
                    self._output.mux(stream.encode(_yuv(frame, stream, pts)))
                if stream is not None:
                    self._output.mux(stream.encode(None))
        except SinkError as error:  # told by the next write, or by close
            self._error = error
            for _ in waiting:  # until the end, or close would wait for a place for ever
                pass

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Whatever fails as SinkError: what nobody foresaw must not end the thread that empties the queue."""
        try:
            yield
        except SinkError:
            raise
        except (av.FFmpegError, OSError) as error:
            raise self._failed(error.strerror or str(error), "check the free space") from error
        except Exception as error:
            raise self._failed(f"{type(error).__name__}: {error}", "nstcam doctor tries out the encoders") from error

    def _failed(self, reason: str, cure: str) -> SinkError:
        kept = f"; what came before is in {self.part.name}" if self._part_size() else ""
        return SinkError(f"cannot write {self.target} ({reason}); {cure}{kept}")

    def _part_size(self) -> int:
        try:
            return self.part.stat().st_size
        except OSError:
            return 0


def part_of(target: Path) -> Path:
    """The file that is written until a clean end makes `target` of it."""
    return target.with_name(f"{target.stem}.part.mkv")


def check_target(target: Path, *, overwrite: bool, source: Path | None = None) -> None:
    """Raises SinkError for what can be told before any frame."""
    if target.is_dir():
        raise SinkError(f"cannot record to {target}: it is a folder; give the name of a file in it")
    if target.suffix.lower() not in SUFFIXES:
        raise SinkError(f"cannot record to {target}: its name must end in one of {', '.join(SUFFIXES)}")
    if not target.parent.is_dir():
        raise SinkError(f"cannot record to {target}: there is no folder {target.parent}; create it first")
    for path in (target, part_of(target)):
        if source is not None and source.exists() and path.exists() and path.samefile(source):
            raise SinkError(f"cannot record to {target}: {path} is what the camera plays; choose another name")
    if target.exists() and not overwrite:
        raise SinkError(f"{target} exists already; choose another name or add --overwrite")


def remux(source: Path, target: Path, form: str) -> None:
    """Copies the packets of `source` into a file of another format."""
    options = {"movflags": "+faststart"} if form in ("mp4", "mov") else {}
    with (
        av.open(str(source.absolute())) as given,
        av.open(str(target.absolute()), "w", format=form, container_options=options) as out,
    ):
        (stream,) = given.streams.video
        copy = out.add_stream_from_template(stream)
        for packet in given.demux(stream):
            if packet.size:
                if packet.dts is None:  # Matroska has no decoding times; without B-frames they are the same
                    packet.dts = packet.pts
                packet.stream = copy
                out.mux(packet)


def _add_stream(output: OutputContainer, frame: Frame) -> VideoStream:
    stream = output.add_stream("libx264", rate=30, options=dict(_ENCODER))
    assert isinstance(stream, VideoStream)
    height, width = frame.shape[:2]
    stream.width, stream.height, stream.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
    stream.codec_context.time_base = stream.time_base = _TICKS
    stream.codec_context.color_range, stream.codec_context.colorspace = ColorRange.MPEG, Colorspace.ITU709
    return stream


def _yuv(frame: Frame, stream: VideoStream, pts: int) -> av.VideoFrame:
    size_wh = stream.width, stream.height
    height, width = frame.shape[:2]
    if (width // 2 * 2, height // 2 * 2) == size_wh:
        frame = frame[: size_wh[1], : size_wh[0]]  # H.264 in 4:2:0 has even sizes only
    else:
        frame = letterbox(frame, size_wh)
    yuv = av.VideoFrame.from_ndarray(frame.copy(), "bgr24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
    yuv.pts, yuv.time_base = pts, _TICKS
    return yuv
