"""Writes realtime/checkup/probes/*.onnx, which measure the speed of a machine: python -m scripts.make_probes

Each is one matrix product of any size. They are made here because realtime does not depend on the onnx package.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import onnx
from onnx import TensorProto, helper

FOLDER: Final = Path(__file__).parents[1] / "realtime" / "checkup" / "probes"
PROBES: Final = {
    "float32": ("MatMul", TensorProto.FLOAT, TensorProto.FLOAT, TensorProto.FLOAT),
    "float16": ("MatMul", TensorProto.FLOAT16, TensorProto.FLOAT16, TensorProto.FLOAT16),
    "int8": ("MatMulInteger", TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32),
}


def probe(operator: str, left: int, right: int, product: int) -> onnx.ModelProto:
    graph = helper.make_graph(
        [helper.make_node(operator, ["left", "right"], ["product"])],
        "probe",
        [
            helper.make_tensor_value_info("left", left, ["m", "k"]),
            helper.make_tensor_value_info("right", right, ["k", "n"]),
        ],
        [helper.make_tensor_value_info("product", product, ["m", "n"])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, kinds in PROBES.items():
        path = FOLDER / f"{name}.onnx"
        onnx.save(probe(*kinds), str(path))
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
