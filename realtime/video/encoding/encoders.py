"""Video codecs and their encoders: hardware where it really works, software where it does not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
from av.codec.codec import UnknownCodecError
from av.codec.context import Flags
from av.codec.hwaccel import HWAccel
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.encoding.encoder import CENTRED, WORST_QUALITY, Encoder, Options
from nstcam.realtime.video.encoding.priority import usual_priority

_NVENC: Final = {"rc": "constqp", "qp": "{q}", "preset": "p5"}
_QSV: Final = {"global_quality": "{q}"}
_AMF: Final = {"rc": "cqp", "qp_i": "{q}", "qp_p": "{q}"}
_APPLE: Final = {"flags": "+qscale", "global_quality": "{apple}"}
# x264's macroblock tree is not deterministic (core 165 with AVX-512, even on one thread): 30 to 100 % of the runs of a
# 96x64 clip differed, some at 560x96, none of 1700 without it. With it, a resumed run would not equal an uninterrupted
# one. The price: files 7 to 10 % larger at equal SSIM, on three stylized clips of 4 s at up to 640x480.
_X264: Final = {"crf": "{q}", "preset": "fast", "x264-params": "mbtree=0", **CENTRED}
_X265: Final = {"crf": "{q}", "preset": "fast", "x265-params": "log-level=none", **CENTRED}
_VAAPI: Final = {"rc_mode": "CQP", "global_quality": "{q}"}
_VPX: Final = {"crf": "{q63}", "deadline": "good", "cpu-used": "4", "row-mt": "1"}
_PNG: Final = {"compression_level": "3", "pred": "up"}
_WINDOWS: Final = {"rate_control": "quality", "quality": "{percent}"}

ENCODERS: Final = (
    *(Encoder(f"{codec}_nvenc", codec, "nvenc", _NVENC) for codec in ("h264", "hevc", "av1")),
    *(Encoder(f"{codec}_qsv", codec, "qsv", _QSV) for codec in ("h264", "hevc", "av1")),
    *(Encoder(f"{codec}_amf", codec, "amf", _AMF) for codec in ("h264", "hevc", "av1")),
    *(Encoder(f"{codec}_vaapi", codec, "vaapi", _VAAPI) for codec in ("h264", "hevc", "av1")),
    *(Encoder(f"{codec}_videotoolbox", codec, "videotoolbox", _APPLE) for codec in ("h264", "hevc")),
    *(Encoder(f"{codec}_mf", codec, "mediafoundation", _WINDOWS) for codec in ("h264", "hevc")),
    Encoder("libx264", "h264", "software", _X264),
    Encoder("libx265", "hevc", "software", _X265),
    Encoder("libsvtav1", "av1", "software", {"crf": "{q63}", "preset": "8"}),
    Encoder("libvpx-vp9", "vp9", "software", _VPX, ("", "yuva420p")),
    Encoder("prores_ks", "prores", "software", {"vendor": "apl0"}, ("yuv422p10le", "yuva444p10le")),
    Encoder("qtrle", "qtrle", "software", {}, ("rgb24", "argb")),
)
"""Encoders, for each codec in order of preference. PyAV's wheels lack vaapi; builds on a system's FFmpeg have it."""

PICTURE_ENCODERS: Final = (
    Encoder(
        "png", "png", "software", {"compression_level": "3", "pred": "up"}, ("rgb24", "rgba", "rgb48be", "rgba64be")
    ),
    Encoder("tiff", "tiff", "software", {"compression_algo": "deflate"}, ("rgb24", "rgba", "rgb48le", "rgba64le")),
    Encoder("mjpeg", "mjpeg", "software", {"flags": "+qscale", "global_quality": "{jpeg}"}, ("yuvj444p",)),
    Encoder("libwebp", "webp", "software", {"quality": "{webp}"}, ("bgra", "bgra")),
    Encoder("bmp", "bmp", "software", {}, ("bgr24",)),
)
"""Encoders whose packets are whole picture files."""

KINDS: Final = ("auto", *dict.fromkeys(encoder.kind for encoder in ENCODERS))
CODECS: Final = tuple(dict.fromkeys(encoder.codec for encoder in ENCODERS))
SQUARE_PIXELS: Final = frozenset({"vp9", "av1", *(encoder.codec for encoder in PICTURE_ENCODERS)})
"""Codecs that cannot store a pixel aspect. Matroska and WebM could, but PyAV gives no access to theirs."""


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """Everything that decides how frames become packets: packets of two encoders with one Encoding fit together.

    Colours are BT.709 in limited range.

    Attributes:
        codec: one of CODECS.
        encoder: its name in libavcodec, like libx264.
        options: of that encoder.
        pix_fmt: pixel format of libavutil, like yuv420p.
        size_wh: (width, height) in pixels.
        rate: mean frames per second.
        time_base: seconds per tick.
        pixel_aspect: width divided by height of a pixel.
    """

    codec: str
    encoder: str
    options: Options
    pix_fmt: str
    size_wh: tuple[int, int]
    rate: Fraction
    time_base: Fraction
    pixel_aspect: Fraction

    @property
    def is_rgb(self) -> bool:
        return not self.pix_fmt.startswith(("yuv", "nv12"))

    @property
    def has_alpha(self) -> bool:
        return self.pix_fmt.startswith(("yuva", "rgba", "argb")) or self.pix_fmt == "bgra"

    @property
    def is_deep(self) -> bool:
        return self.pix_fmt.startswith(("rgb48", "rgba64"))

    def configure(self, context: VideoCodecContext) -> None:
        """Sets all parameters, on an encoder or on the stream of an output file."""
        context.width, context.height = self.size_wh
        context.pix_fmt = self.pix_fmt
        context.framerate, context.time_base = self.rate, self.time_base
        context.sample_aspect_ratio = self.pixel_aspect
        if not self.is_rgb:  # in RGB, and in pictures, sRGB is taken for granted
            context.color_range = ColorRange.JPEG if self.pix_fmt.startswith("yuvj") else ColorRange.MPEG
        if not self.is_rgb and not self.pix_fmt.startswith("yuvj"):
            context.colorspace = Colorspace.ITU709
            context.color_primaries = ColorPrimaries.BT709
            context.color_trc = ColorTrc.BT709
        context.options = dict(self.options)

    def open(self) -> VideoCodecContext:
        """A new encoder, for one segment.

        Raises:
            av.FFmpegError: it does not work here.
        """
        os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 prints its settings to stderr; this leaves only errors
        context = av.CodecContext.create(self.encoder, "w", acceleration(self.encoder))
        assert isinstance(context, VideoCodecContext)
        self.configure(context)
        context.flags |= Flags.global_header  # parameter sets go into the file's header
        with usual_priority():
            context.open()
        return context

    def as_json(self) -> dict[str, Any]:
        """JSON values for the journal; encoding_from in nstcam.realtime.video.journal reads them."""
        return {
            **vars(self),
            "size_wh": list(self.size_wh),
            **{name: str(getattr(self, name)) for name in ("rate", "time_base", "pixel_aspect")},
        }


def acceleration(encoder: str) -> HWAccel | None:
    """The hwaccel argument for PyAV: VAAPI needs frames in the graphics chip's memory, and PyAV 18 uploads them."""
    return HWAccel("vaapi") if encoder.endswith("_vaapi") else None


def encoders_for(codec: str, kind: str) -> list[Encoder]:
    """The encoders to try for a codec, in order of preference; whether they work on this machine is another question.

    Raises:
        SinkError: there is no encoder of that kind for that codec.
    """
    of_codec = [encoder for encoder in (*ENCODERS, *PICTURE_ENCODERS) if encoder.codec == codec]
    found = [encoder for encoder in of_codec if kind in ("auto", encoder.kind)]
    if not found:
        kinds = ", ".join(["auto", *(encoder.kind for encoder in of_codec)])
        raise SinkError(f"there is no {kind} encoder for {codec}; choose one of {kinds}")
    return found


def choose_encoding(
    codec: str,
    kind: str,
    quality: int,
    *,
    size_wh: tuple[int, int],
    rate: Fraction,
    time_base: Fraction,
    pixel_aspect: Fraction,
    alpha: bool = False,
    deep: bool = False,
) -> Encoding:
    """The first encoder of that codec and kind that works at this size, which is tested by encoding one frame.

    Args:
        codec: one of CODECS.
        kind: one of KINDS; auto tries hardware before software.
        quality: 0 (best) to 51 (worst), as in H.264.
        size_wh, rate, time_base, pixel_aspect: as in Encoding.
        alpha, deep: for frames with alpha, and of 16 bits; encoders that take none are passed over.

    Raises:
        SinkError: a value is unknown or out of range, or no such encoder works.
    """
    if not 0 <= quality <= WORST_QUALITY:
        raise SinkError(f"quality {quality} is out of range; give 0 (best) to {WORST_QUALITY} (smallest)")
    failures = []
    for encoder in encoders_for(codec, kind):
        try:
            pixels = encoder.pixel_format(size_wh, alpha=alpha, deep=deep)
        except ValueError as error:
            failures.append(f"{encoder.name}: {error}")
            continue
        encoding = Encoding(
            codec=codec, encoder=encoder.name, options=encoder.options(quality, pixels), pix_fmt=pixels,
            size_wh=size_wh, rate=rate, time_base=time_base, pixel_aspect=pixel_aspect,
        )  # fmt: skip
        reason = _fails(encoding, encoder)
        if reason is None:
            return encoding
        failures.append(f"{encoder.name}: {reason}")
    raise SinkError(f"no {kind} encoder for {codec} works here ({'; '.join(failures)}); try --encoder auto")


def holds_alpha(codec: str) -> bool:
    """Whether any encoder of that codec keeps what is transparent."""
    return any(encoder.holds_alpha for encoder in encoders_for(codec, "auto"))


def holds_16_bits(codec: str) -> bool:
    """Whether any encoder of that codec takes 16 bits per channel."""
    return any(encoder.holds_16_bits for encoder in encoders_for(codec, "auto"))


def _fails(encoding: Encoding, encoder: Encoder) -> str | None:
    """Why the encoder does not work, or None if it does.

    That libavcodec lists an encoder says nothing: it also needs the driver and the chip.
    """
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
    except (
        av.FFmpegError,
        ValueError,
        NotImplementedError,
    ) as error:  # the last two: PyAV cannot set it up
        return getattr(error, "strerror", None) or str(error)
    return None if packets else "it produced no packets"
