"""The text that `nstcam bench` prints."""

from __future__ import annotations

from nstcam.realtime.checkup.bench import HOLDS_FPS, Bench
from nstcam.realtime.checkup.limit import Limit
from nstcam.realtime.engine.devices import CPU


def report(result: Bench) -> str:
    """The result as lines of text."""
    width, height = result.size_wh
    painted = "" if result.painting_wh == result.size_wh else ", painted at {}x{}".format(*result.painting_wh)
    threads = f", {result.threads} threads" if result.threads else ""
    way = "" if result.device == CPU.title else f", {result.way}"  # the CPU has only one way
    way += "".join(f", {name}={value}" for name, value in result.options.items())
    lines = [
        f"style {result.style} ({result.network or 'network unknown'}, {result.precision or 'precision unknown'}) on "
        f"{result.device}{threads}, {width}x{height}{painted}{way}",
        f"{'':<10}{'median':>10}{'95 %':>10}",
    ]
    lines += [f"{s.name:<10}{s.median_ms:7.1f} ms{s.p95_ms:7.1f} ms" for s in (*result.stages, result.ms)]
    lines += [f"{s.name:<10}{s.median_ms:7.1f} ms{s.p95_ms:7.1f} ms  when it is on" for s in result.when_on]
    lines.append(
        f"{result.fps:.1f} frames a second; {100 * result.host_share:.0f} % of the time is spent outside the network"
    )
    lines.append(limit_line(result.limit))
    size = f"up to {result.holds_wh[0]}x{result.holds_wh[1]}" if result.holds_wh else "at none of the sizes tried"
    lines.append(f"this machine holds {HOLDS_FPS:.0f} frames a second {size}")
    return "\n".join(lines)


def limit_line(limit: Limit) -> str:
    """The limit as one line of text."""
    rate = "unknown" if limit.mac_rate is None else f"{limit.mac_rate / 1e9:.0f} billion a second"
    copying = f"copies of {limit.copy_rate / 1e9:.1f} GB a second"
    if limit.macs is None:
        return (
            f"limit: unknown, the style file does not state its work; this machine: matrix products {rate}, {copying}"
        )
    work = f"{limit.macs / 1e9:.1f} billion multiply-accumulates a frame"
    if limit.compute_ms is None or limit.share is None:
        return f"limit: unknown; {work}, {copying}"
    return (
        f"limit: {limit.compute_ms:.1f} ms ({work}, measured {rate}); the network reaches {100 * limit.share:.0f} % of "
        f"it; the frame in and out: {limit.copy_ms:.2f} ms ({copying})"
    )
