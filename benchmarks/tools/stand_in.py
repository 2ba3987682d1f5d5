"""Stand-ins for a Stylizer, for benchmarks in which the style itself is not measured, and for tests."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from onnx import TensorProto, helper, save

from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import UNMOVED, Offset, Slower


class StandIn:
    """Everything a Stylizer has except `stylize`."""

    device = "none"
    precision = "float32"
    at_once = 1
    slower: Slower | None = None

    def warm_up(self, height: int, width: int) -> None:
        pass

    def close(self) -> None:
        pass


class Negative(StandIn):
    """Paints the negative of the frame, at hardly any cost.

    Args:
        wait: seconds to wait before each frame.

    Attributes:
        calls: how many frames were painted.
    """

    def __init__(self, wait: float = 0.0) -> None:
        self.calls = 0
        self._wait = wait

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:  # noqa: ARG002 (it has no canvas)
        self.calls += 1
        time.sleep(self._wait)
        return 255 - frame


def write_negative_style(path: Path, metadata: Mapping[str, str] | None = None) -> Path:
    """Writes a style file that paints the negative of the frame; creates its folder. Returns `path`.

    Args:
        metadata: of the file, in addition to its contract and name.
    """
    frame, stylized = (
        helper.make_tensor_value_info(name, TensorProto.UINT8, ["batch", "height", "width", 3])
        for name in ("frame", "stylized")
    )
    graph = helper.make_graph([helper.make_node("BitwiseNot", ["frame"], ["stylized"])], "style", [frame], [stylized])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, {"nst.contract": "1", "nst.name": path.stem, **(metadata or {})})
    path.parent.mkdir(parents=True, exist_ok=True)
    save(model, str(path))
    return path
