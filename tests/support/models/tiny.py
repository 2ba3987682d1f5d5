"""Hand-made ONNX models of a few hundred bytes, and tiny networks, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from onnx import NodeProto, TensorProto, helper, numpy_helper, save
from torch import nn

from nstcam.train.loss.vgg import CAFFE, Pooling, VggFeatures
from nstcam.train.network.canvas import OnCanvas
from nstcam.train.network.checkpoint import Checkpoint, StyleIdentity
from nstcam.train.network.networks import LiteNet, NetworkConfig, build_network

TINY_LITE: Final = NetworkConfig("lite", width=16, dilations=(1, 2), canvas_channels=4)
TINY_JOHNSON: Final = NetworkConfig("johnson", width=4, dilations=(1,))
JOHNSON_ON_CANVAS: Final = NetworkConfig("johnson", width=4, dilations=(1,), canvas_channels=4)


def write_endless_style(path: Path) -> Path:
    """A style in the contract that never finishes a frame: it inverts it 2^62 times."""
    going = helper.make_tensor_value_info("going", TensorProto.BOOL, [])
    shape = ("batch", "height", "width", 3)
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["on"]), helper.make_node("BitwiseNot", ["picture"], ["inverse"])],
        "step",
        [
            helper.make_tensor_value_info("number", TensorProto.INT64, []),
            going,
            helper.make_tensor_value_info("picture", TensorProto.UINT8, shape),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("inverse", TensorProto.UINT8, shape),
        ],
    )
    steps = helper.make_tensor("steps", TensorProto.INT64, [], [2**62])
    nodes = [
        helper.make_node("Constant", [], ["steps"], value=steps),
        helper.make_node("Constant", [], ["true"], value=helper.make_tensor("true", TensorProto.BOOL, [], [True])),
        helper.make_node("Loop", ["steps", "true", "frame"], ["stylized"], body=body),
    ]
    return write_model(path, nodes, metadata={"nst.contract": "1", "nst.name": path.stem})


def write_model(
    path: Path,
    nodes: Sequence[NodeProto],
    kind: int = TensorProto.UINT8,
    shape: Sequence[str | int] = ("batch", "height", "width", 3),
    ports: tuple[str, str] = ("frame", "stylized"),
    metadata: Mapping[str, str] | None = None,
) -> Path:
    values = [helper.make_tensor_value_info(name, kind, shape) for name in ports]
    graph = helper.make_graph(list(nodes), "test", values[:1], values[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, dict(metadata or {}))
    path.parent.mkdir(parents=True, exist_ok=True)
    save(model, str(path))
    return path


def write_copy_style(path: Path, name: str, **credits: str) -> Path:
    """Writes a style that paints what it is given; `credits` are more of its metadata, without their prefix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nodes = [helper.make_node("Identity", ["frame"], ["stylized"])]
    metadata = {"nst.contract": "1", "nst.name": name, **{f"nst.{key}": text for key, text in credits.items()}}
    return write_model(path, nodes, metadata=metadata)


def random_network(config: NetworkConfig, seed: int = 0) -> nn.Module:
    """A network as if trained: no parameter or statistic is at a default that would hide a missing fold."""
    torch.manual_seed(seed)
    network = build_network(config)
    if isinstance(network, LiteNet):
        for norm in network.norms():
            assert norm.running_mean is not None
            assert norm.running_var is not None
            norm.running_mean.normal_(0, 0.3)
            norm.running_var.uniform_(0.5, 2)
    if isinstance(network, OnCanvas) and network.canvas_conv is not None:
        nn.init.normal_(network.canvas_conv.weight, 0, 0.1)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d | nn.InstanceNorm2d) and module.weight is not None:
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    return network.eval()


def random_loss_network(pooling: Pooling = "max") -> VggFeatures:
    """VGG-16's layers to relu4_3 with 4 random channels each: fast, and losses on it can be minimised too."""
    torch.manual_seed(0)
    convs, channels = {}, 3
    for name in ("1_1", "1_2", "2_1", "2_2", "3_1", "3_2", "3_3", "4_1", "4_2", "4_3"):
        convs[f"conv{name}"] = (torch.randn(4, channels, 3, 3) / (9 * channels) ** 0.5, torch.zeros(4))
        channels = 4
    return VggFeatures(convs, CAFFE, pooling)


def random_checkpoint(config: NetworkConfig = TINY_LITE, name: str = "tiny") -> Checkpoint:
    identity = StyleIdentity(name, "Tiny", "Nobody", "2026", "MIT")
    return Checkpoint(config, random_network(config).state_dict(), identity, 7, {"seed": 0})


def write_zoo_model(
    path: Path, white: float, size: int | str = 224, channels: int = 3, opset: int = 9, only: bool = False
) -> Path:
    """Like the model zoo's: half the size and back by Upsample; it paints the negative of red, and keeps the rest.

    Args:
        only: whether it works at its own size alone, because a shape in it is a constant.
    """
    kernel = np.zeros((3, channels, 1, 1), np.float32)
    for channel in range(3):
        kernel[channel, channel % channels] = -1 if channel == 0 else 1
    weights = [
        numpy_helper.from_array(kernel, "kernel"),
        numpy_helper.from_array(np.array([white, 0, 0], np.float32), "bias"),
        numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales"),
    ]
    nodes = [
        helper.make_node("AveragePool", ["input1"], ["small"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["small", "kernel", "bias"], ["painted"]),
        helper.make_node("Upsample", ["painted", "scales"], ["output1"], mode="nearest"),
    ]
    if only:
        weights.append(numpy_helper.from_array(np.array([1, 3, size, size], np.int64), "shape"))
        nodes[2].output[0] = "large"
        nodes.append(helper.make_node("Reshape", ["large", "shape"], ["output1"]))
    ports = [
        helper.make_tensor_value_info("input1", TensorProto.FLOAT, [1, channels, size, size]),
        helper.make_tensor_value_info("output1", TensorProto.FLOAT, [1, 3, size, size]),
    ]
    inputs = [ports[0], *(helper.make_tensor_value_info(w.name, w.data_type, w.dims) for w in weights)]
    graph = helper.make_graph(nodes, "zoo", inputs, ports[1:], weights)  # weights are inputs too, as in older files
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=4), str(path))
    return path


def write_clashing_model(path: Path, opset: int = 17) -> Path:
    """A model that paints the negative, whose ports have the names of ours the other way round, and for whose `Pow`
    there is no way back to an older opset."""
    weights = [
        numpy_helper.from_array(np.array(value, np.float32), name) for name, value in (("one", 1), ("white", 255))
    ]
    nodes = [
        helper.make_node("Pow", ["stylized", "one"], ["same"]),
        helper.make_node("Sub", ["white", "same"], ["frame"]),
    ]
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, "height", "width"])
        for name in ("stylized", "frame")
    ]
    graph = helper.make_graph(nodes, "clash", ports[:1], ports[1:], weights)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), str(path))
    return path
