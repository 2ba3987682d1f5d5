"""When decoded frames are shown, where their container does not say, or says wrong."""

from __future__ import annotations

from collections.abc import Iterator

from av.video.frame import VideoFrame


def with_display_times(frames: Iterator[VideoFrame], *, guessed: bool) -> Iterator[VideoFrame]:
    """The frames, with times of decoding for `pts` where those are nearer to the truth.

    It is the rule of libavcodec (guess_correct_pts): what has gone back more often is wrong. The time of decoding that
    comes with a frame is that of the packet that set it free, so they are in order of display. The last frames have
    none, for no packet sets them free: each follows the one before it.

    Args:
        guessed: the container has times of decoding only, like AVI, and libavformat has guessed those of display. With
            B-frames they go back and forth; so they are not used, not even until that is noticed.
    """
    wrong_pts, wrong_dts = int(guessed), 0
    last_pts: int | None = None
    last_dts: int | None = None
    follows: int | None = None
    for frame in frames:
        pts, dts = frame.pts, frame.dts
        wrong_dts += dts is not None and last_dts is not None and dts <= last_dts
        wrong_pts += pts is not None and last_pts is not None and pts <= last_pts
        last_dts = pts if dts is None else dts
        last_pts = dts if pts is None else pts
        if pts is None or wrong_pts > wrong_dts:
            frame.pts = follows if dts is None and pts is not None else dts
        follows = None if frame.pts is None else frame.pts + (frame.duration or 0)
        yield frame
