"""Finds the operators of bundled and exported styles that do not run on the device, and tries to record CUDA graphs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.gpu.record import Record
from benchmarks.gpu.setting import Setting
from benchmarks.gpu.styles import styles_at_hand
from nstcam.realtime.engine import devices, half
from nstcam.realtime.engine.sessions import SessionRefused, open_session
from nstcam.realtime.style_files.style import BUNDLED_STYLES

SIZE_WH: Final = 1280, 720


class Form(NamedTuple):
    """How a session is opened."""

    title: str
    fixed: bool
    graph: bool


FORMS: Final = (Form("graph", True, True), Form("fixed size", True, False), Form("any size", False, False))
"""With "any size", ONNX Runtime computes shapes anew for each frame; it does so on the CPU by design."""


def measure(setting: Setting, record: Record) -> bool:
    """Returns: whether all sessions open and those of a fixed size run on the device entirely."""
    bundled = [p for p in sorted(BUNDLED_STYLES.glob("*.onnx")) if not p.name.endswith(".int8.onnx")]
    good, found = True, {}
    for path in [*styles_at_hand(setting), *bundled]:
        for name, model in models(path, setting):
            rows: dict[str, dict[str, Any]] = {}
            for form in FORMS:
                rows[form.title] = row = of_session(model, form, setting)
                good &= fits(row, form)
                record.say(f"{name:28} {form.title:12} {line_of(row)}")
            found[name] = rows
            record.keep(styles=found)
    return good


def models(path: Path, setting: Setting) -> list[tuple[str, Path | bytes]]:
    """Name and model of the file and, if nstcam runs it in half precision on this device, of that form too."""
    in_half = half.half_for(path, devices.DEVICES[setting.device])
    return [(path.name, path), *([(f"{path.name} in half", in_half)] if in_half is not None else [])]


def of_session(model: Path | bytes, form: Form, setting: Setting) -> dict[str, Any]:
    """How many operators run on the device, and which run elsewhere; or why the session was refused."""
    device, (width, height) = devices.DEVICES[setting.device], setting.size(SIZE_WH)
    try:
        session = open_session(
            model, device, size_hw=(height, width) if form.fixed else None, graph=form.graph and device.cuda_tensors
        )
    except SessionRefused as error:
        return {"refused": str(error)}
    return counted(session, device.provider)


def counted(session: Any, provider: str) -> dict[str, Any]:
    elsewhere: Counter[str] = Counter()
    here = 0
    for part in session.get_provider_graph_assignment_info():
        for node in part.get_nodes():
            if part.ep_name == provider:
                here += 1
            else:
                elsewhere[node.op_type] += 1
    return {"on_device": here, "elsewhere": dict(elsewhere)}


def fits(row: dict[str, Any], form: Form) -> bool:
    return "refused" not in row and not (form.fixed and row["elsewhere"])


def line_of(row: dict[str, Any]) -> str:
    if "refused" in row:
        return f"REFUSED {row['refused']}"
    left = ", ".join(f"{count} {kind}" for kind, count in row["elsewhere"].items())
    return f"{row['on_device']} operators on the device, {f'elsewhere: {left}' if left else 'none elsewhere'}"
