"""Stand-ins for a Stylizer, for benchmarks in which the style itself is not measured."""

from __future__ import annotations

from pathlib import Path

from onnx import TensorProto, helper, save

from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import UNMOVED, Offset


class StandIn:
    """Everything a Stylizer has except `stylize`."""

    device = "none"
    at_once = 1
    slower = None

    def warm_up(self, height: int, width: int) -> None:
        pass

    def close(self) -> None:
        pass


class Negative(StandIn):
    """Paints the negative of the frame, at hardly any cost."""

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame:  # noqa: ARG002 (it has no canvas)
        return 255 - frame


def write_negative_style(path: Path) -> Path:
    """A style file that paints the negative of the frame."""
    frame, stylized = (
        helper.make_tensor_value_info(name, TensorProto.UINT8, ["batch", "height", "width", 3])
        for name in ("frame", "stylized")
    )
    graph = helper.make_graph([helper.make_node("BitwiseNot", ["frame"], ["stylized"])], "style", [frame], [stylized])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, {"nst.contract": "1", "nst.name": path.stem})
    save(model, str(path))
    return path
