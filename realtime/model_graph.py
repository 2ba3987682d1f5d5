"""Reads the graph of an ONNX file, its nodes and constants, without a package that reads ONNX (onnx.proto)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.protobuf import BYTES, VARINT, Damaged, Field, Walk

_GRAPH: Final = 7
"""Field of ModelProto."""
_NODE, _INITIALIZER, _ATTRIBUTE = 1, 5, 5
"""Fields of GraphProto, and of NodeProto."""
_TYPES: Final[Mapping[int, str]] = {1: "<f4", 2: "u1", 3: "i1", 6: "<i4", 7: "<i8", 10: "<f2"}
"""NumPy's types by TensorProto.DataType, as far as our files have them."""


class Node(NamedTuple):
    """An operator of the graph."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    integers: Mapping[str, tuple[int, ...]]
    """Its attributes that are whole numbers, one or several; others are left out."""
    texts: Mapping[str, bytes]
    """Its attributes that are texts."""


class Constant(NamedTuple):
    """A tensor that is part of the file."""

    values: NDArray[Any]
    place: Field
    """Its bytes in the file."""


class Graph(NamedTuple):
    """What a file computes."""

    nodes: Sequence[Node]
    """In the order of the file, in which each comes after those whose results it takes."""
    constants: Mapping[str, Constant]
    """By name: those with raw bytes of a type that our files have."""


def read_graph(model: bytes | bytearray) -> Graph:
    """The graph of an ONNX file.

    Raises:
        protobuf.Damaged: it is not a model, or a constant has more or fewer bytes than its shape says.
    """
    return _Model(bytearray(model)).graph()


class _Model(Walk):
    """Goes through the messages of a model."""

    def graph(self) -> Graph:
        nodes: list[Node] = []
        constants: dict[str, Constant] = {}
        try:
            for graph in self.fields(0, len(self._data)):
                if (graph.number, graph.kind) != (_GRAPH, BYTES):
                    continue
                for part in self.fields(graph.start, graph.end):
                    if (part.number, part.kind) == (_NODE, BYTES):
                        nodes.append(self._node(part))
                    elif (part.number, part.kind) == (_INITIALIZER, BYTES):
                        constants |= self._constant(part)
        except UnicodeDecodeError as error:
            raise Damaged(f"a name is not UTF-8: {error}") from error
        return Graph(nodes, constants)

    def _node(self, node: Field) -> Node:
        found: dict[int, list[str]] = {1: [], 2: [], 4: []}
        integers: dict[str, tuple[int, ...]] = {}
        texts: dict[str, bytes] = {}
        for part in self.fields(node.start, node.end):
            if part.kind != BYTES:
                continue
            if part.number in found:
                found[part.number].append(self.text(part).decode())
            elif part.number == _ATTRIBUTE:
                name, numbers, text = self._attribute(part)
                if numbers:
                    integers[name] = numbers
                if text is not None:
                    texts[name] = text
        return Node("".join(found[4]), tuple(found[1]), tuple(found[2]), integers, texts)

    def _attribute(self, attribute: Field) -> tuple[str, tuple[int, ...], bytes | None]:
        """Its name, its whole numbers and its text."""
        name, numbers, text = "", list[int](), None
        for part in self.fields(attribute.start, attribute.end):
            if (part.number, part.kind) == (1, BYTES):
                name = self.text(part).decode()
            elif part.number in (3, 8):  # i, ints
                numbers += self._numbers(part)
            elif (part.number, part.kind) == (4, BYTES):  # s
                text = self.text(part)
        return name, tuple(numbers), text

    def _constant(self, tensor: Field) -> dict[str, Constant]:
        """The tensor by its name; nothing if it has a type that is not ours, or no raw bytes."""
        shape: list[int] = []
        kind, name, place = 0, "", None
        for part in self.fields(tensor.start, tensor.end):
            if part.number == 1:
                shape += self._numbers(part)
            elif (part.number, part.kind) == (2, VARINT):
                kind = self.number(part)
            elif (part.number, part.kind) == (8, BYTES):
                name = self.text(part).decode()
            elif (part.number, part.kind) == (9, BYTES):
                place = part
        if kind not in _TYPES or place is None:
            return {}
        flat = self.text(place)
        if min(shape, default=0) < 0 or math.prod(shape) * np.dtype(_TYPES[kind]).itemsize != len(flat):
            raise Damaged(f"constant {name} of shape {shape} has {len(flat)} bytes")
        return {name: Constant(np.frombuffer(flat, _TYPES[kind]).reshape(shape), place)}

    def _numbers(self, part: Field) -> list[int]:
        """The whole numbers of a field, signed: one, or many that are packed, as protobuf 3 writes them."""
        if part.kind not in (VARINT, BYTES):
            raise Damaged(f"wire type {part.kind} at byte {part.start} where numbers should be")
        found, at = [], part.start
        while at < part.end:
            number, at = self._varint(at, part.end)
            found.append(number - (1 << 64) if number >> 63 else number)
        return found
