"""A film of the picture forming: frames are kept as files, and become one video or GIF at the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from nstcam.media.own_files import create_anew
from nstcam.train.errors import TrainError, UsageError
from nstcam.train.files import part_of
from nstcam.train.picture import Picture, read_rgb, write_picture

SUFFIXES: Final = (".mp4", ".gif")
_LONGER_SIDE: Final = {".mp4": 720, ".gif": 320}
_FPS: Final = 25
_GIF_EVERY: Final = 3
"""GIFs show every third frame: they grow large, and their times are whole hundredths of a second."""
_HOLD: Final = 2
"""Seconds for which the last frame is shown."""


class Film:
    """The frames of one film, kept in `folder`.

    Raises:
        TrainError: the suffix of `target` is unknown, or PyAV is missing.
    """

    def __init__(self, target: Path, folder: Path, height: int, width: int) -> None:
        """Args: height, width: those of the finished picture. Smaller frames are enlarged to the same film size."""
        check_film(target)
        self._target, self._folder = target, folder
        scale = min(_LONGER_SIDE[target.suffix.lower()] / max(height, width), 1)
        self._size_wh = (max(round(width * scale / 2) * 2, 2), max(round(height * scale / 2) * 2, 2))  # H.264: even
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, number: int, picture: Picture) -> None:
        """Writes frame `number`. A resumed run writes the frames since its last save again."""
        method = cv2.INTER_AREA if picture.shape[1] > self._size_wh[0] else cv2.INTER_CUBIC
        frame = cv2.resize(picture, self._size_wh, interpolation=method).astype(np.uint8)
        write_picture(self._folder / f"{number:06}.jpg", frame)

    def write(self) -> None:
        """Writes the film and replaces the target with it.

        Raises:
            TrainError: it cannot be written.
        """
        frames = sorted(self._folder.glob("[0-9]*.jpg"))
        part = part_of(self._target)
        try:
            create_anew(part).close()
            if self._target.suffix.lower() == ".gif":
                _write_gif(frames, part)
            else:
                _write_mp4(frames, part, self._size_wh)
            part.replace(self._target)
        except OSError as error:  # PyAV's errors among them
            raise TrainError(f"{self._target} cannot be written ({error.strerror}); choose another folder") from error
        finally:
            part.unlink(missing_ok=True)


def check_film(target: Path) -> None:
    """Refuses before hours of painting what would fail at their end.

    Raises:
        UsageError: the suffix is unknown.
        TrainError: PyAV is missing.
    """
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--film {target}: its name must end in {' or '.join(SUFFIXES)}")
    if target.suffix.lower() == ".mp4":
        try:
            import av  # noqa: F401
        except ImportError as error:
            raise TrainError(f"--film {target} needs PyAV ({error}): pip install av, or write a .gif") from error


def _write_mp4(frames: Sequence[Path], target: Path, size_wh: tuple[int, int]) -> None:
    import av
    from av.video.reformatter import ColorRange, Colorspace, Interpolation

    # Without all three flags, grey 128 comes back as 125.
    exact = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=_FPS, options={"crf": "20"})
        stream.width, stream.height = size_wh
        stream.pix_fmt = "yuv420p"
        stream.codec_context.color_range, stream.codec_context.colorspace = ColorRange.MPEG, Colorspace.ITU709
        for path in [*frames, *[frames[-1]] * (_HOLD * _FPS)]:
            yuv = av.VideoFrame.from_ndarray(_read_bgr(path), format="bgr24").reformat(
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation=exact,
            )
            container.mux(stream.encode(yuv))
        container.mux(stream.encode())


def _write_gif(frames: Sequence[Path], target: Path) -> None:
    shown = [*frames[:-1:_GIF_EVERY], *frames[-1:]]
    animation = cv2.Animation()
    animation.frames = [np.dstack([f, np.full(f.shape[:2], 255, np.uint8)]) for f in map(_read_bgr, shown)]
    animation.durations = [1000 * _GIF_EVERY // _FPS] * (len(shown) - 1) + [1000 * _HOLD]
    ok, data = cv2.imencodeanimation(".gif", animation)  # OpenCV cannot open every path that Windows allows
    if not ok:
        raise OSError(0, "the GIF encoder failed")
    target.write_bytes(data.tobytes())


def _read_bgr(path: Path) -> Picture:
    return np.ascontiguousarray(read_rgb(path)[..., ::-1])
