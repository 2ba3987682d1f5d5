"""The least time that the hardware needs for a frame, and how close the network comes to it."""

from __future__ import annotations

from dataclasses import dataclass

from nstcam.realtime.checkup import roofline
from nstcam.realtime.engine.devices import CPU, DEVICES, Device
from nstcam.realtime.style_files.style import Style


@dataclass(frozen=True)
class Limit:
    """The least time the hardware needs for a frame; a value is None where it is not known.

    Attributes:
        macs: multiply-accumulates of the network's convolutions in one frame.
        mac_rate: multiply-accumulates per second, measured with matrix products in the style's precision.
        copy_rate: bytes read and written per second in host memory, measured.
        compute_ms: `macs` divided by `mac_rate`, in milliseconds.
        copy_ms: milliseconds to read and write the frame once at `copy_rate`.
        share: the larger of `compute_ms` and `copy_ms` divided by the measured time of stylizing; at 1 the network
            runs as fast as the hardware can.
    """

    macs: float | None
    mac_rate: float | None
    copy_rate: float
    compute_ms: float | None
    copy_ms: float
    share: float | None


def limit_of(
    style: Style,
    device: str,
    size_wh: tuple[int, int],
    threads: int | None,
    stylize_ms: float,
    precision: str | None = None,
) -> Limit:
    """Measures the least time the hardware needs for a frame of `size_wh`, and compares it with `stylize_ms`.

    Args:
        device: title of the device.
        precision: the precision the session computes in; by default that of the style's file for the device.
    """
    pixels = size_wh[0] * size_wh[1]
    macs = None if style.macs_per_pixel is None else style.macs_per_pixel * pixels
    rate = roofline.matrix_rate(row_of(device), precision or precision_in_use(style, device) or "float32", threads or 0)
    copying = roofline.copy_rate(threads or 1)
    compute_ms = None if macs is None or rate is None else 1000 * macs / rate
    copy_ms = 1000 * 2 * 3 * pixels / copying
    share = None if compute_ms is None else max(compute_ms, copy_ms) / stylize_ms
    return Limit(macs, rate, copying, compute_ms, copy_ms, share)


def row_of(device: str) -> Device:
    """The device with that title; CPU if there is none."""
    return next((row for row in DEVICES.values() if row.title == device), CPU)


def precision_in_use(style: Style, device: str) -> str:
    """The precision of the style's file for that device; a GPU may still compute in float16."""
    return "int8" if device == CPU.title and style.int8_path else style.precision
