"""Tests numbers and fields as protobuf encodes them, and what is refused."""

from __future__ import annotations

import pytest

from nstcam.realtime import protobuf
from nstcam.realtime.protobuf import Damaged, Walk, field, varint


def fields(data: bytes, start: int = 0, end: int | None = None) -> list[tuple[int, ...]]:
    return [tuple(each) for each in Walk(bytearray(data)).fields(start, len(data) if end is None else end)]


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\1"), (150, b"\x96\1"), (16383, b"\xff\x7f"), (16384, b"\x80\x80\1")],
)
def test_numbers_in_groups_of_seven_bits(value: int, encoded: bytes) -> None:
    assert varint(value) == encoded
    walk = Walk(bytearray(b"\x08" + encoded))
    (found,) = walk.fields(0, 1 + len(encoded))
    assert walk.number(found) == value
    assert walk.text(found) == walk.between(1, 1 + len(encoded)) == encoded
    assert field(3, bytes(value % 1000)) == b"\x1a" + varint(value % 1000) + bytes(value % 1000)


def test_fields_of_each_wire_type() -> None:
    data = b"\x08\x96\1" + b"\x11" + bytes(8) + field(20, b"abc") + b"\x25" + bytes(4)
    assert fields(data) == [(1, 0, 1, 3), (2, 1, 4, 12), (20, 2, 15, 18), (4, 5, 19, 23)]
    assert fields(data, 3, 12) == [(2, 1, 4, 12)]
    assert fields(field(1, b"")) == [(1, 2, 2, 2)]
    assert fields(b"") == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x0a\4abc", "field 1 at byte 2 ends beyond its message"), (b"\x09" + bytes(7), "field 1 at byte 1 ends"),
        (b"\x25\0\0\0", "field 4 at byte 1 ends"), (b"\x0b", "wire type 3 at byte 1"),
        (b"\x08\1\x0e", "wire type 6 at byte 3"),
        (b"\x02\0", "field 0 at byte 2"), (b"\x08\x80", "a number without an end at byte 1"),
        (b"\x80", "end at byte 0"),
        (b"\x08" + b"\x80" * 10 + b"\1", "a number without an end at byte 1"),
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused_with_its_place(data: bytes, says: str) -> None:
    with pytest.raises(Damaged, match=says):
        fields(data)


def test_the_longest_number_has_ten_bytes() -> None:
    assert fields(b"\x08" + b"\xff" * 9 + b"\1") == [(1, 0, 1, 11)]


def test_as_many_fields_as_allowed_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protobuf, "MOST_FIELDS", 3)
    assert len(fields(b"\x08\1" * 3)) == 3
    with pytest.raises(Damaged, match=r"^more than 3 fields up to byte 6$"):
        fields(b"\x08\1" * 4)
