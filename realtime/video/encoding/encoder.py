"""Encoder: what libavcodec's encoder of one name takes, and its options for a quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

DEFAULT_QUALITY: Final = 18
WORST_QUALITY: Final = 51

_EVEN_SIZES_ONLY: Final = frozenset({"libx264", "libx265"})
"""Encoders that refuse odd sizes in 4:2:0; the others encode the next even size and crop."""

Options = dict[str, str]

CENTRED: Final[Options] = {"chroma_sample_location": "center"}
"""For H.264 and HEVC: the colour of four pixels is the one in their middle, where swscale puts it. Without it, readers
that heed the place look for it at their left edge."""


@dataclass(frozen=True)
class Encoder:
    """An encoder of libavcodec.

    Attributes:
        name: its name in libavcodec.
        kind: the hardware that it needs, or software.
        template: its options, with placeholders for the quality on the encoder's own scale.
        pixels: the pixel formats in which it takes opaque frames, those with alpha, and both with 16 bits; "": not at
            all, and for opaque frames the usual ones of video. Empty: it takes opaque frames only.
    """

    name: str
    codec: str
    kind: str
    template: Options
    pixels: tuple[str, ...] = ()

    @property
    def holds_alpha(self) -> bool:
        return bool(self._pixels(1))

    @property
    def holds_16_bits(self) -> bool:
        return bool(self._pixels(2))

    def _pixels(self, at: int) -> str:
        return self.pixels[at] if at < len(self.pixels) else ""

    def pixel_format(self, size_wh: Sequence[int], *, alpha: bool = False, deep: bool = False) -> str:
        """The pixel format in which it takes frames of that size (width, height).

        Raises:
            ValueError: it takes none with alpha, or of 16 bits.
        """
        found = self._pixels(alpha + 2 * deep)
        if not found and (alpha or deep):
            raise ValueError(f"{self.name} takes no frames {'with alpha' if alpha else 'of 16 bits'}")
        if found:
            return found
        if self.kind != "software":
            return "nv12"
        odd = any(side % 2 for side in size_wh)
        return "yuv444p" if odd and self.name in _EVEN_SIZES_ONLY else "yuv420p"

    def options(self, quality: int, pixels: str = "") -> Options:
        """The encoder's options for a quality of 0 (best) to 51 (worst), as in H.264.

        Args:
            pixels: the pixel format; libvpx refuses to look ahead in frames with alpha.
        """
        percent = round(100 - quality * 99 / WORST_QUALITY)
        # At 0, x264 encodes losslessly, which few players show; SVT-AV1 and Quick Sync take 0 for "not given".
        q = max(quality, 1)
        scales = {"q": q, "q63": min(round(q * 4 / 3), 63), "percent": percent, "apple": 118 * percent}
        scales["webp"] = webp_quality(quality)
        scales["jpeg"] = 118 * (2 + max(quality - DEFAULT_QUALITY, 0) // 2)
        opaque = {"auto-alt-ref": "0"} if pixels.startswith("yuva") and self.codec == "vp9" else {}
        return {name: value.format(**scales) for name, value in self.template.items()} | opaque


def webp_quality(quality: int) -> int:
    """0 (best) to 51 (smallest) on WebP's scale, of which the upper end looks as good: 100, by default 91, to 22."""
    return 100 - quality * quality // 33
