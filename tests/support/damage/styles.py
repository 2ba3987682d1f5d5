"""Damaged style files, through nstcam image, video, styles and doctor."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

from tests.support.damage.bytes import damage
from tests.support.damage.case import SENTINEL, Case, Kind

_PLACEHOLDER: Final = "PLACEHOLDER-OF-SOME-LENGTH"
_NOT_TEXT: Final = (
    b"\xff\xfe\xfd\x80\x81", b"\xc3\x28", b"\xed\xa0\x80", b"\x1b[31m\r\x07", b"\x00\x00", b"\xf0\x9f\x98",
    b"\xe2\x80\xae",
)  # fmt: skip
_ODD_TEXT: Final = (
    "", "0", "2", "1.0", "-1", "nan", "inf", "1e999", "none", "../../letter", "/etc/passwd", "a/b", "a\nb",
    "\x1b]0;x\x07", "x" * 1_000_000, "\u202e", "{" * 100_000, "[" * 100_000, '{"a": 1e999}', "float16", "int8",
    "lite", "johnson", "NaN",
)  # fmt: skip
_KEYS: Final = ("contract", "name", "title", "artist", "year", "licence", "network", "precision", "macs_per_pixel",
                "training", "canvas", "canvas_patches")  # fmt: skip
_DIMENSIONS: Final[tuple[tuple[Any, ...], ...]] = (
    (), (3,), ("batch", "height", "width", 4), ("batch", "height", "width"), (1, 32, 32, 3), (1, 0, 0, 3),
    (-1, -1, -1, 3),
    ("batch", 3, "height", "width"), (2**40, "height", "width", 3), ("height", "height", "height", "height"),
    ("batch", "height", "width", 3, 1), ("batch", "height", "width", "channels"), (1, 2**31, 2**31, 3),
)  # fmt: skip


def _prepare(folder: Path) -> None:
    import cv2

    from benchmarks.tools.stand_in import write_negative_style
    from nstcam.export.convert.exporter import export_style
    from tests.support.damage.containers import write_whole
    from tests.support.media.clips import texture
    from tests.support.models.tiny import JOHNSON_ON_CANVAS, TINY_LITE, random_checkpoint

    write_negative_style(folder / "negative.onnx", {"nst.title": "Negative", "nst.network": "lite"})
    export_style(random_checkpoint(TINY_LITE, "lite"), folder / "lite.onnx", check=False)
    export_style(random_checkpoint(TINY_LITE, "lite"), folder / "lite.int8.onnx", "int8", check=False)
    export_style(random_checkpoint(JOHNSON_ON_CANVAS, "johnson"), folder / "johnson.onnx", check=False)
    cv2.imwrite(str(folder / "photo.png"), texture(64, 96))
    write_whole(folder / "clip.mp4", "mp4", "libx264", None, frames=4)


def _odd_metadata(model: Any, dice: random.Random) -> tuple[str, bytes]:
    values = {entry.key: entry for entry in model.metadata_props}
    key = f"nst.{dice.choice(_KEYS)}"
    entry = values.get(key) or model.metadata_props.add()
    entry.key = key
    if dice.random() < 0.35:
        entry.value, raw = _PLACEHOLDER, dice.choice(_NOT_TEXT)
        return f"metadata {key} {raw!r}", model.SerializeToString().replace(_PLACEHOLDER.encode(), _padded(raw))
    if dice.random() < 0.1:
        entry.key, raw = _PLACEHOLDER, dice.choice(_NOT_TEXT)
        return f"metadata key {raw!r}", model.SerializeToString().replace(_PLACEHOLDER.encode(), _padded(raw))
    entry.value = dice.choice(_ODD_TEXT)
    return f"metadata {key} {entry.value[:30]!r}", model.SerializeToString()


def _padded(raw: bytes) -> bytes:
    return raw + b"x" * (len(_PLACEHOLDER) - len(raw))


def _odd_ports(model: Any, dice: random.Random) -> tuple[str, bytes]:
    from onnx import TensorProto, helper

    ports = dice.choice((model.graph.input, model.graph.output))
    port = dice.choice(ports)
    way = dice.randrange(5)
    if way == 0:
        raw, name = dice.choice(_NOT_TEXT), port.name
        data = model.SerializeToString()  # nodes contain the name too: replace it everywhere, at the same length
        new = (raw + b"x" * len(name))[: len(name)]
        return f"{name} is called {new!r}", data.replace(name.encode(), new)
    if way == 1:
        kind = dice.choice((TensorProto.FLOAT, TensorProto.STRING, TensorProto.BOOL, TensorProto.COMPLEX64, 77))
        port.type.tensor_type.elem_type = kind
        return f"{port.name} of type {kind}", model.SerializeToString()
    if way == 2:
        shape = dice.choice(_DIMENSIONS)
        port.CopyFrom(helper.make_tensor_value_info(port.name, TensorProto.UINT8, shape))
        return f"{port.name} of shape {shape}", model.SerializeToString()
    if way == 3:
        ports.add().CopyFrom(helper.make_tensor_value_info("another", TensorProto.UINT8, ["n"]))
        return "one port more", model.SerializeToString()
    del ports[:]
    return "no ports", model.SerializeToString()


def _odd_graph(model: Any, dice: random.Random) -> tuple[str, bytes]:
    from onnx import TensorProto, helper

    graph = model.graph
    way = dice.randrange(5)
    if way == 0 and graph.initializer:
        weights = dice.choice(graph.initializer)
        weights.data_location = TensorProto.EXTERNAL
        where = dice.choice((SENTINEL, f"../around/{SENTINEL}", "/etc/passwd", "/dev/zero", "missing", "\x1b[31m"))
        for key, value in (("location", where), ("offset", "0"), ("length", str(2 ** dice.choice((2, 31, 62))))):
            entry = weights.external_data.add()
            entry.key, entry.value = key, value
        weights.ClearField("raw_data")
        return f"{weights.name} is in {where!r}", model.SerializeToString()
    if way == 1 and graph.initializer:
        weights = dice.choice(graph.initializer)
        del weights.dims[:]
        weights.dims.extend(dice.choice(([2**40], [-1], [2**31, 2**31], [0], [1, 1, 1], [2**62, 2])))
        return f"{weights.name} of shape {list(weights.dims)}", model.SerializeToString()
    if way == 2:
        node = dice.choice(graph.node)
        what = f"{node.op_type} {node.name}"
        graph.node.remove(node)
        return f"without {what}", model.SerializeToString()
    if way == 3:
        node = dice.choice(graph.node)
        node.attribute.append(helper.make_attribute(dice.choice(("pads", "dilations", "strides", "x")), [2**40] * 4))
        return f"{node.op_type} with a strange attribute", model.SerializeToString()
    node = dice.choice(graph.node)
    node.op_type, node.domain = dice.choice(
        (("Nothing", ""), ("Conv", ""), ("Loop", ""), ("Evil", "com.evil"), ("If", ""))
    )
    return f"another operator {node.op_type}", model.SerializeToString()


def _make(wholes: Path, number: int, dice: random.Random) -> Case:
    import onnx

    base = ("negative", "lite", "johnson", "lite.int8")[number % 4]
    data = (wholes / f"{base}.onnx").read_bytes()
    way = number // 4 % 4
    if way == 0:
        what, data = damage(
            data, dice, (b"frame", b"stylized", b"nst.contract", b"nst.name", b"\x3a", b"raw_data", b"Conv")
        )
    else:
        what, data = (_odd_metadata, _odd_ports, _odd_graph)[way - 1](onnx.load_from_string(data), dice)
    how = ("bytes", "metadata", "ports", "graph")[way]
    files = {"styles/odd.onnx": data, "styles/good.onnx": (wholes / "negative.onnx").read_bytes(), SENTINEL: b"mine\n"}
    where = {"NSTCAM_STYLES": "styles"}
    run, device = number // 16 % 4, ("--device", "cpu", "--threads", "1")
    if run == 0:
        return Case(f"{how}: listed, {base}, {what}", files, ("nstcam", "styles"), environment=where, said="Negative")
    if run == 1:
        files["clip.mp4"] = (wholes / "clip.mp4").read_bytes()
        words = ("nstcam", "video", "clip.mp4", "out.mp4", "--style", "odd", "--encoder", "software", *device)
        return Case(f"{how}: video, {base}, {what}", files, words, ("out.mp4",), where)
    files["photo.png"] = (wholes / "photo.png").read_bytes()
    style = "styles/odd.onnx" if run == 2 else "odd"
    painted = ("nstcam", "image", "photo.png", "out.png", "--style", style, *device)
    return Case(f"{how}: image, {base}, {what}", files, painted, ("out.png",), where)


def _ready() -> None:
    import onnx

    from nstcam.realtime.cli.video import convert_files

    assert convert_files
    assert onnx


STYLES: Final = Kind("styles", 256, _prepare, _make, _ready)
