"""Exports the styles to measure with, so that they come from this version: both presets in both precisions."""

from __future__ import annotations

from pathlib import Path

from benchmarks.gpu.record import Record
from benchmarks.gpu.setting import Setting
from nstcam.realtime.style_files.style import BUNDLED_STYLES, Style, read_style


def measure(setting: Setting, record: Record) -> bool:
    setting.styles.mkdir(parents=True, exist_ok=True)
    made = make_styles(setting.styles, setting.johnson)
    record.keep(johnson="trained" if setting.johnson else "random weights", styles=sorted(made))
    record.say(" ".join(f"{name}.onnx" for name in sorted(made)))
    return True


def make_styles(folder: Path, johnson: Path | None) -> dict[str, Style]:
    """Exports johnson and lite in float16, and both again in float32 as johnson-float32 and lite-float32.

    The weights of lite are those of the bundled style starry.

    Args:
        johnson: a checkpoint of that preset; None for random weights.

    Returns:
        The styles by name.
    """
    import torch

    from nstcam.export.convert.exporter import Precision, export_style
    from nstcam.train.fit.warm_start import find_warm_start
    from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity, load_checkpoint
    from nstcam.train.network.networks import PRESETS, build_network

    if johnson is not None:
        slow = load_checkpoint(johnson)
    else:
        torch.manual_seed(0)
        preset = PRESETS["johnson"]
        slow = Checkpoint(preset, build_network(preset).state_dict(), StyleIdentity("johnson"), 0, {})
    fast = load_checkpoint(find_warm_start("starry"))
    wanted: tuple[tuple[str, Checkpoint, Precision], ...] = (
        ("johnson", slow, "float16"),
        ("johnson-float32", slow, "float32"),
        ("lite", fast, "float16"),
        ("lite-float32", fast, "float32"),
    )
    made = {}
    for name, checkpoint, precision in wanted:
        export_style(checkpoint, folder / f"{name}.onnx", precision, check=False)
        made[name] = read_style(folder / f"{name}.onnx")
    return made


def styles_at_hand(setting: Setting) -> list[Path]:
    """The exported styles; a bundled one if step styles has not exported any."""
    return sorted(setting.styles.glob("*.onnx")) or [BUNDLED_STYLES / "starry.onnx"]
