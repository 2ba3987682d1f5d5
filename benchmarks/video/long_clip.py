"""Makes long clips of tiny frames, with flashes in the picture and clicks in the sound at the same moments.

    python -m benchmarks.video.long_clip FILE SECONDS [RATE]

It runs as a separate program, so that making a clip leaves no memory behind in the process that is measured.
"""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

SIZE_WH: Final = (64, 48)
EVERY: Final = 10
"""Seconds between flashes."""
SAMPLES_A_SECOND: Final = 16_000
CLICK: Final = 160
"""The length of a click in samples."""


def make_long_clip(path: Path, seconds: float, rate: Fraction = Fraction(30000, 1001)) -> Path:
    """Writes the clip in a process of its own."""
    subprocess.run([sys.executable, "-m", "benchmarks.video.long_clip", str(path), str(seconds), str(rate)], check=True)
    return path


def write(path: Path, seconds: float, rate: Fraction, sound_codec: str | None = "aac") -> None:
    """Writes H.264 and sound, interleaved as cameras do it. Without a sample rate there is no sound."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "30", "g": "250"})
        sound = None if sound_codec is None else out.add_stream(sound_codec, rate=SAMPLES_A_SECOND, layout="mono")
        assert isinstance(video, VideoStream)
        assert sound is None or isinstance(sound, AudioStream)
        video.width, video.height, video.pix_fmt = *SIZE_WH, "yuv420p"
        video.codec_context.time_base = 1 / rate
        heard = 0
        for index in range(round(seconds * rate)):
            frame = av.VideoFrame.from_ndarray(picture(index, rate), "gray8").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, 1 / rate
            out.mux(video.encode(frame))
            until = round((index + 1) / rate * SAMPLES_A_SECOND)
            if sound is not None:
                out.mux(sound.encode(clicks(heard, until, rate)))
            heard = until
        out.mux(video.encode(None))
        if sound is not None:
            out.mux(sound.encode(None))


def flashes(index: int, rate: Fraction) -> bool:
    """Whether frame `index` is the first at or after a multiple of EVERY."""
    return index / rate // EVERY > (index - 1) / rate // EVERY


def picture(index: int, rate: Fraction) -> NDArray[np.uint8]:
    """A dark grey frame with a bar that moves; a white one for a flash."""
    frame = np.full((SIZE_WH[1], SIZE_WH[0]), 235 if flashes(index, rate) else 40, np.uint8)
    frame[:, index % SIZE_WH[0]] = 90
    return frame


def clicks(first: int, last: int, rate: Fraction) -> av.AudioFrame:
    """The samples from `first` up to, but not including, `last`: a click begins with each flash."""
    samples = np.zeros(last - first, np.int16)
    index = int(first / SAMPLES_A_SECOND * rate + Fraction(1, 2))
    if flashes(index, rate):
        samples[:CLICK] = 20_000
    frame = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
    frame.sample_rate, frame.pts, frame.time_base = SAMPLES_A_SECOND, first, Fraction(1, SAMPLES_A_SECOND)
    return frame


if __name__ == "__main__":
    write(Path(sys.argv[1]), float(sys.argv[2]), Fraction(sys.argv[3] if len(sys.argv) > 3 else "30000/1001"))
