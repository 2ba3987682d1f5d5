"""The times of the frames that are written: from 0 on, strictly rising, without the jumps of a broken clock."""

from __future__ import annotations

from fractions import Fraction

from nstcam.realtime.video.reading.timestamps import DEFAULT_RATE, LONGEST_GAP, MILLISECONDS, SET_BACK


class FrameTimes:
    """Turns the times of decoded frames, in stored ticks, into those of the output, in ticks of `time_base`.

    Attributes:
        jumped: whether the clock jumped before the last frame, which then follows without a gap.
        end: when the last frame ends.
    """

    def __init__(self, stored_base: Fraction, time_base: Fraction, rate: Fraction, offset: Fraction) -> None:
        """Begins before the first frame.

        Args:
            stored_base, time_base: seconds per tick of the file, and of the output.
            rate: mean frames per second.
            offset: seconds to subtract from all times of the file.
        """
        self._stored_base, self._time_base, self._rate, self._offset = stored_base, time_base, rate, offset
        self._next = self._shift = self.end = 0
        self.jumped = False

    def following(self, stored: int | None, lasts: int) -> tuple[int, int]:
        """Time and duration of the next frame, both in ticks of the output; no time is that of an earlier frame.

        Args:
            stored: its time in the file; None if it has none.
            lasts: its duration in stored ticks, 0 if that is unknown.
        """
        time_base = self._time_base
        duration = max(self._ticks(lasts), 0) or max(round(1 / self._rate / time_base), 1)
        if duration * time_base > LONGEST_GAP:
            duration = round(1 / DEFAULT_RATE / time_base)
        # Muxers require times that strictly rise; broken files repeat some or have none.
        pts = self.end if stored is None else self._since_start(stored) + self._shift
        self.jumped = (pts - self.end) * time_base > LONGEST_GAP or (self._next - pts) * time_base > SET_BACK
        if self.jumped:
            self._shift, pts = self._shift + self.end - pts, self.end
        pts = max(pts, self._next)
        self._next, self.end = pts + 1, pts + duration
        return pts, duration

    def _ticks(self, stored: int) -> int:
        return round(stored * self._stored_base / self._time_base)

    def _since_start(self, stored: int) -> int:
        pts = self._ticks(stored - round(self._offset / self._stored_base))
        if self._stored_base != MILLISECONDS:
            return pts
        # Matroska rounds times to milliseconds; at a constant rate the exact times are known.
        exact = round(round(pts * self._time_base * self._rate) / self._rate / self._time_base)
        return exact if abs(exact - pts) * self._time_base <= MILLISECONDS else pts
