"""Stream: the painted picture sent to a service or a media server, with sound that belongs to it.

Frames are encoded in a thread of their own and go through a pipe to a program of its own (stream_sender.py), which
connects. A network that is too slow fills the pipe, then the few places for waiting frames, and from then on frames are
left out: the picture in the window waits for none of this.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Final

import av
from av.container import OutputContainer
from av.video.frame import PictureType
from av.video.stream import VideoStream

from nstcam.media.shown import counted
from nstcam.realtime.errors import SinkError
from nstcam.realtime.frame import Frame
from nstcam.realtime.output.picture_track import TICKS, add_picture_track, yuv_of
from nstcam.realtime.output.sender import Sender
from nstcam.realtime.output.sound_track import Silence, Sound, SoundTrack
from nstcam.realtime.output.stream_address import Destination

_WAITING: Final = 6
"""How many frames may wait for the encoder: more would be seen late instead of not at all."""
_PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before the connection is tried again; the last one repeats."""
_SETTLED: Final = 30.0
"""Seconds after which a connection counts as good: the next pause is the first again."""
_STUCK: Final = 10.0
"""Seconds without an answer, or without room for a frame, after which the connection counts as lost."""
_ENDING: Final = 3.0
"""Seconds that the end of a stream may take before it is cut off."""
_LOOKING: Final = 0.2
"""Seconds between two looks at whether the stream has been closed, while no frame comes."""
_KEY_TICKS: Final = 2000
"""Services ask for a key frame every two seconds."""
_KILOBITS_PER_PIXEL: Final = 0.0045
"""Per second: 4100 kbit/s at 1280x720, the middle of what services advise; strokes need more than films do."""
_FEWEST, _MOST = 600, 6000
"""Kilobits per second unless asked for otherwise; services refuse more."""


def bitrate_for(height: int, width: int) -> int:
    """Kilobits per second of video of that size."""
    return min(max(round(height * width * _KILOBITS_PER_PIXEL), _FEWEST), _MOST)


class Stream:
    """An Output that sends frames to an address, and connects again whenever the connection is lost.

    Attributes:
        failed: whether it had to give up, as it was last switched on.
    """

    def __init__(
        self,
        destination: Destination,
        *,
        sound: Sound | None = None,
        kilobits: int | None = None,
        pauses: tuple[float, ...] = _PAUSES,
    ) -> None:
        """Starts switched off.

        Args:
            sound: has the sound of the frames, by the clock of the frames; None sends silence where it is needed.
            kilobits: most kilobits of video per second; None: by its size.
            pauses: seconds before each new attempt to connect; the last one repeats.
        """
        self._destination, self._kilobits, self._pauses = destination, kilobits, pauses
        self._sound = sound if sound is not None or not destination.needs_sound else Silence()
        self._frames: queue.Queue[tuple[Frame, float]] = queue.Queue(_WAITING)
        self._messages: deque[str] = deque()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._sender: Sender | None = None
        self._taken = 0.0
        self._error: SinkError | None = None
        self._left_out = 0
        self.failed = False

    @property
    def on(self) -> bool:
        return self._thread is not None

    def toggle(self) -> str:
        if self.on:
            return self.close()
        self._error, self.failed, self._left_out = None, False, 0
        self._closing.clear()
        self._clear()
        self._taken = time.monotonic()
        self._sender = self._connect()
        self._thread = threading.Thread(target=self._run, args=(self._sender,), name="stream", daemon=True)
        self._thread.start()
        return f"connecting to {self._destination.name} ..."

    def write(self, frame: Frame, seconds: float) -> None:
        """Sends a frame, or leaves it out if the network is too slow; one of another size gets black bars.

        Args:
            seconds: when the frame was captured; of time.monotonic() if there is sound.

        Raises:
            SinkError: no further attempt can help; the stream is off then.
        """
        if not self.on:
            return
        if self._error is not None:
            error = self._error
            self.close()
            self.failed = True
            raise error
        try:
            self._frames.put_nowait((frame, seconds))
        except queue.Full:
            sender = self._sender
            assert sender is not None
            self._left_out += sender.connected and not sender.gone
            if time.monotonic() - self._taken > _STUCK:
                sender.end("no answer")

    def take_messages(self) -> list[str]:
        """What has happened to the connection since the last call."""
        return [self._messages.popleft() for _ in range(len(self._messages))]

    def close(self) -> str:
        thread, self._thread = self._thread, None
        if thread is None:
            return ""
        self._closing.set()
        thread.join(_ENDING)
        if thread.is_alive():
            if self._sender is not None:
                self._sender.end("cut off")
            thread.join(_ENDING)
        late = f"; {counted(self._left_out, 'frame')} left out: the network was too slow" if self._left_out else ""
        return f"no longer streaming to {self._destination.name}{late}"

    def _connect(self) -> Sender:
        """
        Raises:
            SinkError: the program that connects cannot be started.
        """
        try:
            return Sender(self._destination, self._messages.append)
        except OSError as error:
            raise SinkError(
                f"cannot stream to {self._destination.name}: {sys.executable} cannot be started ({error.strerror}); "
                "reinstall nstcam"
            ) from error

    def _run(self, sender: Sender) -> None:
        attempt, name = 0, self._destination.name
        while not self._closing.is_set():
            began = time.monotonic()
            try:
                with sender:
                    self._send(sender)
            except Exception as error:
                if not sender.gone:  # an encoder that fails will fail again
                    reason = getattr(error, "strerror", None) or type(error).__name__
                    self._error = SinkError(f"cannot stream to {name} ({reason}); nstcam doctor tests the encoders")
                    return
            if sender.missing:
                self._error = SinkError(
                    f"cannot stream to {name}: this PyAV was built without {name.partition(':')[0]}://; use rtmp:// or "
                    "udp://, or build PyAV with an FFmpeg that has it (pip install av --no-binary av)"
                )
                return
            attempt = 0 if time.monotonic() - began > _SETTLED else attempt
            pause = self._pauses[min(attempt, len(self._pauses) - 1)]
            attempt += 1
            what = "is lost" if sender.connected else "cannot be reached"
            if not self._closing.is_set():
                self._messages.append(f"{name} {what} ({sender.reason}); trying again in {pause:g} s")
            if self._closing.wait(pause):
                return
            self._clear()
            try:
                sender = self._connect()
            except SinkError as error:
                self._error = error
                return
            self._taken, self._sender = time.monotonic(), sender

    def _send(self, sender: Sender) -> None:
        """Encodes frames until the stream is closed.

        Raises:
            OSError: the sender does not take any more, or the encoder has failed.
        """
        stream: VideoStream | None = None
        track: SoundTrack | None = None
        first, pts, key = 0.0, -1, 0
        # Written packet by packet: flush_packets.
        with av.open(sender, "w", format="nut", container_options={"flush_packets": "1"}) as out:
            while (waiting := self._next()) is not None:
                frame, seconds = waiting
                if stream is None:
                    first = seconds
                    stream, track = self._tracks(out, frame, first)
                pts = max(round((seconds - first) / TICKS), pts + 1)  # times must rise
                picture = yuv_of(frame, stream, pts)
                if pts - key >= _KEY_TICKS:
                    picture.pict_type, key = PictureType.I, pts
                out.mux(stream.encode(picture))
                if track is not None:
                    track.follow(seconds)
            if stream is not None:
                out.mux(stream.encode(None))
            if track is not None:
                track.finish(first + float(pts * TICKS))

    def _tracks(self, out: OutputContainer, frame: Frame, first: float) -> tuple[VideoStream, SoundTrack | None]:
        kilobits = self._kilobits or bitrate_for(*frame.shape[:2])
        options = {
            "preset": "veryfast", "tune": "zerolatency", "crf": "23",
            "maxrate": f"{kilobits}k", "bufsize": f"{kilobits}k", "g": "600", "forced-idr": "1", "sc_threshold": "0",
            "x264-params": "force-cfr=1",  # frames that were left out must not make the others larger
        }  # fmt: skip
        stream = add_picture_track(out, frame, options)
        return stream, SoundTrack(out, self._sound, first) if self._sound is not None else None

    def _next(self) -> tuple[Frame, float] | None:
        """Waits for a frame; None if there will be no more."""
        while True:
            try:
                waiting = self._frames.get(timeout=_LOOKING)
            except queue.Empty:
                if self._closing.is_set():
                    return None
            else:
                self._taken = time.monotonic()
                return waiting

    def _clear(self) -> None:
        """Forgets the frames that wait: they are old."""
        with suppress(queue.Empty):
            for _ in range(_WAITING):
                self._frames.get_nowait()
