"""Writes the results as a Markdown table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from benchmarks.tools.machine import title

Values = Mapping[str, Any]


def table(result: Values) -> str:
    """Args: result: the content of benchmark_gpu.json; steps may be missing or have ended early."""
    steps = result["steps"]
    gpu = steps.get("versions", {}).get("gpu") or "GPU unknown"
    lines = [f"{title(result['machine'])}; {gpu}, {result['machine']['device']}"]
    if result["machine"]["rehearsal"]:
        lines.append("A rehearsal: the figures mean nothing.")
    lines += ["", "| step | | seconds | result |", "|---|---|---|---|"]
    for name, values in steps.items():
        found = _FOUND.get(name.partition("-")[0], _nothing)
        said = "; ".join(part for part in (values.get("reason", ""), found(values)) if part)
        lines.append(f"| {name} | {values['status']} | {values['seconds']:.0f} | {cell(said)} |")
    return "\n".join(lines)


def cell(text: str) -> str:
    """The text with everything replaced that would end a table's cell or row."""
    return " ".join(text.replace("|", "/").split())


def _nothing(_: Values) -> str:
    return ""


def _smoke(values: Values) -> str:
    return "; ".join(f"{name}: {_smoke_of(style)}" for name, style in values.get("styles", {}).items())


def _smoke_of(style: Values) -> str:
    if "error" in style:
        return str(style["error"])
    worst = max((apart["mean"] for apart in style["pictures"]), default=float("nan"))
    return f"{style['way']}, at most {worst:.2f} levels from the CPU"


def _placement(values: Values) -> str:
    styles = values.get("styles", {})
    clean = [name for name, rows in styles.items() if rows["graph"].get("elsewhere") == {}]
    others = [name for name in styles if name not in clean]
    return f"{len(clean)} of {len(styles)} entirely on the device{'; not ' + ', '.join(others) if others else ''}"


def _sweep(values: Values) -> str:
    best: dict[tuple[str, str], Values] = {}
    for row in values.get("cases", []):
        key = row["style"], "x".join(map(str, row["size_wh"]))
        if "ms" in row and row["ms"] < best.get(key, row | {"ms": float("inf")})["ms"]:
            best[key] = row
    return "; ".join(
        f"{style} {size}: {row['ms']:.2f} ms (nhwc {row['prefer_nhwc']}, fused bias {row['fuse_conv_bias']}, "
        f"graph {row['enable_cuda_graph']})"
        for (style, size), row in best.items()
    )


def _speed(values: Values) -> str:
    parts = [
        f"{name} {'x'.join(map(str, row['size_wh']))}: {1000 / row['live_ms']:.0f} fps live "
        f"(target {row['target_fps']:.0f}), {row['device_ms']:.2f} ms on the device, "
        f"the host adds {100 * row['overhead']:.0f} %"
        for name, row in values.get("cases", {}).items()
    ]
    apart = values.get("float16")
    return "; ".join(parts + ([f"float16 {apart['mean']:.2f} levels from float32"] if apart else []))


def _kernels(values: Values) -> str:
    return "; ".join(f"{row['name'][:40]} {row['share']:.0%}" for row in values.get("kernels", [])[:3])


def _training(values: Values) -> str:
    if "steps_a_second" not in values:
        return ""
    return (
        f"{values['preset']}, {values['content']}, batch {values['batch']} of {values['crop']} px: "
        f"{values['steps_a_second']:.1f} steps a second"
    )


_FOUND: Final[Mapping[str, Callable[[Values], str]]] = {
    "versions": lambda values: values.get("missing") or "",
    "smoke": _smoke,
    "placement": _placement,
    "sweep": _sweep,
    "speed": _speed,
    "kernels": _kernels,
    "training": _training,
}
"""What to say of a step's values, by the first word of the step's name."""
