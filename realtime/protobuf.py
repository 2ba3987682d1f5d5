"""Where the fields of an ONNX file are, so that single values in it can be changed without a package that reads ONNX.

The file is parsed field by field as protobuf encodes it (https://protobuf.dev/programming-guides/encoding; onnx.proto
defines the messages). The parser does not recurse and rejects any length that exceeds the enclosing message.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

MOST_FIELDS: Final = 1 << 18
"""Fields read before a file is rejected, 100 times as many as ours have: a crafted file cannot keep us busy."""
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types."""
_SIZES: Final = {FIXED64: 8, FIXED32: 4}
_LONGEST_VARINT: Final = 10


class Field(NamedTuple):
    """One field of a message."""

    number: int
    kind: int
    """Wire type."""
    start: int
    end: int
    """The payload is data[start:end]: a varint's own bytes, otherwise the bytes after the length."""


class Damaged(Exception):  # noqa: N818 (caught by our callers; users see a StyleError)
    """The bytes do not encode a message; the text says where."""


class Walk:
    """Parses the protobuf messages of a model."""

    def __init__(self, data: bytearray) -> None:
        self._data, self._left = data, MOST_FIELDS

    def text(self, field: Field) -> bytes:
        """The payload of a field."""
        return bytes(self._data[field.start : field.end])

    def between(self, start: int, end: int) -> bytes:
        """The bytes from one position to another."""
        return bytes(self._data[start:end])

    def number(self, field: Field) -> int:
        """The value of a varint."""
        return self._varint(field.start, field.end)[0]

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """Yields the fields of the message in data[start:end].

        Raises:
            Damaged: it is not a message.
        """
        while start < end:
            self._left -= 1
            if self._left < 0:
                raise Damaged(f"more than {MOST_FIELDS} fields up to byte {start}")
            key, start = self._varint(start, end)
            number, kind = key >> 3, key & 7
            if kind == VARINT:
                _, stop = self._varint(start, end)
            elif kind == BYTES:
                length, start = self._varint(start, end)
                stop = start + length
            elif kind in _SIZES:
                stop = start + _SIZES[kind]
            else:
                raise Damaged(f"wire type {kind} at byte {start}")
            if number == 0:
                raise Damaged(f"field 0 at byte {start}")
            if stop > end:
                raise Damaged(f"field {number} at byte {start} ends beyond its message")
            yield Field(number, kind, start, stop)
            start = stop

    def _varint(self, start: int, end: int) -> tuple[int, int]:
        """Reads a varint: its value, and the position after it."""
        value = 0
        for place in range(start, min(end, start + _LONGEST_VARINT)):
            value |= (self._data[place] & 0x7F) << 7 * (place - start)
            if self._data[place] < 0x80:
                return value, place + 1
        raise Damaged(f"a number without an end at byte {start}")


def field(number: int, payload: bytes) -> bytes:
    """A field with a length: text, bytes or a message."""
    return varint(number << 3 | BYTES) + varint(len(payload)) + payload


def varint(value: int) -> bytes:
    """A number of 0 or more as protobuf writes it."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
