"""Draws docs/demo.mp4: a moving crop over the bundled portrait of Eileen Collins (NASA, public domain), with a tune.

Run from the repository's root: python -m scripts.make_demo PORTRAIT
PORTRAIT is skimage.data.astronaut() as a file (512x512).
"""

from __future__ import annotations

import sys
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

FPS, SECONDS, SIZE_WH = 24, 5, (480, 360)
RATE = 44100


def view(photo: NDArray[np.uint8], time: float) -> NDArray[np.uint8]:
    """The crop at `time` in 0..1: from the whole figure to the face and across to the rocket."""
    keys = np.array([[0.0, 256, 215, 400], [0.35, 240, 190, 380], [0.7, 200, 130, 230], [1.0, 330, 150, 280]])
    smooth = time * time * (3 - 2 * time)
    x, y, width = (np.interp(smooth, keys[:, 0], keys[:, i]) for i in (1, 2, 3))
    scale = SIZE_WH[0] / width
    height = width * SIZE_WH[1] / SIZE_WH[0]
    x, y = np.clip(x, width / 2, 512 - width / 2), np.clip(y, height / 2, 512 - height / 2)
    shift = [[scale, 0, SIZE_WH[0] / 2 - scale * x], [0, scale, SIZE_WH[1] / 2 - scale * y]]
    warped = cv2.warpAffine(photo, np.array(shift, np.float32), SIZE_WH, flags=cv2.INTER_CUBIC)
    return np.asarray(warped, np.uint8)


def tune() -> NDArray[np.float32]:
    """A plucked arpeggio, (1, samples)."""
    time = np.arange(RATE * SECONDS) / RATE
    sound = np.zeros_like(time)
    for i, semitones in enumerate((0, 4, 7, 12, 7, 4, 5, 9, 12, 17, 12, 9, 7, 11, 14, 19, 14, 11, 12, 7)):
        since = np.maximum(time - i * 0.25, 0)
        pitch = 220 * 2 ** (semitones / 12)
        sound += (
            (time >= i * 0.25) * np.exp(-4 * since) * np.sin(2 * np.pi * pitch * since + 0.3 * np.sin(pitch * since))
        )
    return (0.25 * sound * np.clip((SECONDS - time) * 4, 0, 1)).astype(np.float32)[None]


def main(portrait: str) -> None:
    photo = cv2.imread(portrait)
    if photo is None:
        raise SystemExit(f"{portrait} is not a picture")
    with av.open("docs/demo.mp4", "w", options={"movflags": "faststart"}) as out:
        video = out.add_stream("libx264", FPS, options={"crf": "21", "preset": "veryslow"})
        video.width, video.height = SIZE_WH
        video.pix_fmt = "yuv420p"
        audio = out.add_stream("aac", RATE, layout="mono", bit_rate=64000)
        for i in range(FPS * SECONDS):
            frame = av.VideoFrame.from_ndarray(view(np.asarray(photo, np.uint8), i / (FPS * SECONDS - 1)), "bgr24")
            frame.pts, frame.time_base = i, Fraction(1, FPS)
            out.mux(video.encode(frame))
        out.mux(video.encode())
        samples = tune()
        for start in range(0, samples.shape[1], 1024):
            chunk = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[:, start : start + 1024]), "fltp", "mono")
            chunk.sample_rate, chunk.pts, chunk.time_base = RATE, start, Fraction(1, RATE)
            out.mux(audio.encode(chunk))
        out.mux(audio.encode())


if __name__ == "__main__":
    main(sys.argv[1])
