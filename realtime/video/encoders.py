"""Video codecs and the encoders that make them: hardware where it really works, software where it does not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Self

import av
import numpy as np
from av.codec.codec import UnknownCodecError
from av.codec.context import Flags
from av.codec.hwaccel import HWAccel
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from nstcam.realtime.errors import SinkError

DEFAULT_QUALITY: Final = 18
WORST_QUALITY: Final = 51

Options = dict[str, str]


@dataclass(frozen=True)
class Encoder:
    """An encoder of libavcodec. `template` is its options, with quality in the encoder's own scale to fill in."""

    name: str
    codec: str
    kind: str
    template: Options

    def options(self, quality: int) -> Options:
        """`quality` is 0..51 as in H.264."""
        percent = round(100 - quality * 99 / WORST_QUALITY)
        # Not 0: x264 then codes without loss, which few players show, and SVT-AV1 and Quick Sync take it for not told.
        q = max(quality, 1)
        scales = {"q": q, "q63": min(round(q * 4 / 3), 63), "percent": percent, "apple": 118 * percent}
        return {name: value.format(**scales) for name, value in self.template.items()}


_NVENC: Final = {"rc": "constqp", "qp": "{q}", "preset": "p5"}
_QSV: Final = {"global_quality": "{q}"}
_AMF: Final = {"rc": "cqp", "qp_i": "{q}", "qp_p": "{q}"}
_APPLE: Final = {"flags": "+qscale", "global_quality": "{apple}"}
# x264's macroblock tree is not deterministic (core 165 with AVX-512, even on one thread): 30 to 100 % of the runs of a
# 96x64 clip differ, some at 560x96, none in 1700 without it. An interrupted run would not end as a whole one does. The
# price: files 7 to 10 % larger at equal SSIM, on three stylized clips of 4 s at up to 640x480.
_X264: Final = {"crf": "{q}", "preset": "fast", "x264-params": "mbtree=0"}
_VAAPI: Final = {"rc_mode": "CQP", "global_quality": "{q}"}
_VPX: Final = {"crf": "{q63}", "deadline": "good", "cpu-used": "4", "row-mt": "1"}
_WINDOWS: Final = {"rate_control": "quality", "quality": "{percent}"}

ENCODERS: Final = (
    *(Encoder(f"{codec}_nvenc", codec, "nvenc", _NVENC) for codec in ("h264", "hevc", "av1")),
    *(Encoder(f"{codec}_qsv", codec, "qsv", _QSV) for codec in ("h264", "hevc", "av1")),
    *(Encoder(f"{codec}_amf", codec, "amf", _AMF) for codec in ("h264", "hevc", "av1")),
    *(Encoder(f"{codec}_vaapi", codec, "vaapi", _VAAPI) for codec in ("h264", "hevc", "av1")),
    *(Encoder(f"{codec}_videotoolbox", codec, "videotoolbox", _APPLE) for codec in ("h264", "hevc")),
    *(Encoder(f"{codec}_mf", codec, "mediafoundation", _WINDOWS) for codec in ("h264", "hevc")),
    Encoder("libx264", "h264", "software", _X264),
    Encoder("libx265", "hevc", "software", {"crf": "{q}", "preset": "fast", "x265-params": "log-level=none"}),
    Encoder("libsvtav1", "av1", "software", {"crf": "{q63}", "preset": "8"}),
    Encoder("libvpx-vp9", "vp9", "software", _VPX),
)
"""In order of preference for each codec. PyAV's wheels have no vaapi; builds against the system's FFmpeg do."""

KINDS: Final = ("auto", *dict.fromkeys(encoder.kind for encoder in ENCODERS))
CODECS: Final = tuple(dict.fromkeys(encoder.codec for encoder in ENCODERS))
SQUARE_PIXELS: Final = frozenset({"vp9", "av1"})
"""Codecs that hold no pixel aspect; Matroska and WebM do, but PyAV has no way to tell them."""
_EVEN_SIZES_ONLY: Final = frozenset({"libx264", "libx265"})
"""In 4:2:0; the others code odd sizes and crop."""


@dataclass(frozen=True)
class Encoding:
    """All that decides how frames become packets: two encoders of one Encoding write packets that go together.

    Pixels are BT.709 in limited range.
    """

    codec: str
    encoder: str
    options: Options
    pix_fmt: str
    size_wh: tuple[int, int]
    rate: Fraction
    time_base: Fraction
    pixel_aspect: Fraction

    def configure(self, context: VideoCodecContext) -> None:
        context.width, context.height = self.size_wh
        context.pix_fmt = self.pix_fmt
        context.framerate, context.time_base = self.rate, self.time_base
        context.sample_aspect_ratio = self.pixel_aspect
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        context.options = dict(self.options)

    def open(self) -> VideoCodecContext:
        """An encoder for a stretch of frames of its own. Raises av.FFmpegError."""
        os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 prints its settings to stderr, errors only from here
        context = av.CodecContext.create(self.encoder, "w", acceleration(self.encoder))
        assert isinstance(context, VideoCodecContext)
        self.configure(context)
        context.flags |= Flags.global_header  # parameter sets for the header of the file
        return context

    def as_json(self) -> dict[str, Any]:
        return {
            **vars(self),
            "size_wh": list(self.size_wh),
            **{name: str(getattr(self, name)) for name in ("rate", "time_base", "pixel_aspect")},
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        fractions = {name: Fraction(values[name]) for name in ("rate", "time_base", "pixel_aspect")}
        return cls(**{**values, **fractions, "size_wh": tuple(values["size_wh"])})


def acceleration(encoder: str) -> HWAccel | None:
    """For PyAV: VAAPI takes frames from the memory of the graphics chip only, where PyAV 18 puts them."""
    return HWAccel("vaapi") if encoder.endswith("_vaapi") else None


def choose_encoding(
    codec: str,
    kind: str,
    quality: int,
    size_wh: tuple[int, int],
    rate: Fraction,
    time_base: Fraction,
    pixel_aspect: Fraction,
) -> Encoding:
    """The first encoder of that codec and kind that proves to work at this size, by encoding a frame.

    Args:
        kind: one of KINDS; auto tries hardware before software.
        quality: 0 is best, 51 is worst.

    Raises:
        SinkError: an unknown value, or none works.
    """
    if not 0 <= quality <= WORST_QUALITY:
        raise SinkError(f"quality {quality} is out of range; give 0 (best) to {WORST_QUALITY} (smallest)")
    candidates = [e for e in ENCODERS if e.codec == codec and kind in ("auto", e.kind)]
    if not candidates:
        kinds = ", ".join(["auto", *(e.kind for e in ENCODERS if e.codec == codec)])
        raise SinkError(f"there is no {kind} encoder for {codec}; choose from {kinds}")
    failures = []
    for encoder in candidates:
        encoding = Encoding(
            codec,
            encoder.name,
            encoder.options(quality),
            _pixel_format(encoder, size_wh),
            size_wh,
            rate,
            time_base,
            pixel_aspect,
        )
        reason = _fails(encoding, encoder)
        if reason is None:
            return encoding
        failures.append(f"{encoder.name}: {reason}")
    raise SinkError(f"no {kind} encoder for {codec} works here ({'; '.join(failures)}); try --encoder auto")


def _pixel_format(encoder: Encoder, size_wh: Sequence[int]) -> str:
    if encoder.kind != "software":
        return "nv12"
    odd = any(side % 2 for side in size_wh)
    return "yuv444p" if odd and encoder.name in _EVEN_SIZES_ONLY else "yuv420p"


def _fails(encoding: Encoding, encoder: Encoder) -> str | None:
    """Why it does not work, else None. Being listed by libavcodec says nothing: it needs the driver and the chip."""
    if encoder.kind != "software" and any(side % 2 for side in encoding.size_wh):
        return "even sizes only"
    width, height = encoding.size_wh
    try:
        context = encoding.open()
        grey = av.VideoFrame.from_ndarray(np.full((height, width, 3), 128, np.uint8), "bgr24")
        frame = grey.reformat(format=encoding.pix_fmt)
        frame.pts, frame.time_base = 0, encoding.time_base
        packets = [*context.encode(frame), *context.encode(None)]
    except UnknownCodecError:
        return "not in this build of FFmpeg"
    except (av.FFmpegError, ValueError, NotImplementedError) as error:  # the latter two: PyAV cannot set it up
        return getattr(error, "strerror", None) or str(error)
    return None if packets else "it gave no packets"
