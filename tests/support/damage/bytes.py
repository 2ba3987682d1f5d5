"""Damages files of any format: flipped bits, cuts, extreme numbers in fields, JSON values of other types."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

_HEADER: Final = 600
"""Bytes at both ends, in which half the damage falls: that is where headers and tables are."""
_EXTREMES: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 62, -1)


def damage(data: bytes, dice: random.Random, marks: Sequence[bytes] = ()) -> tuple[str, bytes]:
    """Returns the damaged data and a description of the damage.

    Args:
        marks: names of the format's fields, as the file has them in front of the values.
    """
    ways = [_flip, _flip, _cut, _extreme, _extreme, _moved]
    found = [mark for mark in marks if mark in data]
    if found:
        ways += [_field] * 4
    return dice.choice(ways)(data, dice, found)


def _place(data: bytes, dice: random.Random) -> int:
    edge = min(_HEADER, len(data))
    return dice.choice([dice.randrange(len(data)), dice.randrange(edge), len(data) - 1 - dice.randrange(edge)])


def _flip(data: bytes, dice: random.Random, marks: Sequence[bytes]) -> tuple[str, bytes]:
    out, count = bytearray(data), dice.choice((1, 2, 8, 30))
    for _ in range(count):
        out[_place(data, dice)] ^= 1 << dice.randrange(8) if dice.random() < 0.5 else dice.randrange(1, 256)
    return f"{count} bytes flipped", bytes(out)


def _cut(data: bytes, dice: random.Random, marks: Sequence[bytes]) -> tuple[str, bytes]:
    length = dice.choice([dice.randrange(len(data)), dice.randrange(min(_HEADER, len(data))), len(data) - 1])
    return f"cut to {length} of {len(data)} bytes", data[:length]


def _extreme(data: bytes, dice: random.Random, marks: Sequence[bytes]) -> tuple[str, bytes]:
    return _written(data, _place(data, dice), dice)


def _moved(data: bytes, dice: random.Random, marks: Sequence[bytes]) -> tuple[str, bytes]:
    """Removes, repeats or zeroes a stretch of the data."""
    at, length = _place(data, dice), dice.choice((1, 4, 16, 100, 1000))
    piece = data[at : at + length]
    kind, middle = dice.choice((("missing", b""), ("doubled", piece * 2), ("zero", bytes(len(piece)))))
    return f"{len(piece)} bytes at {at} {kind}", data[:at] + middle + data[at + length :]


def _field(data: bytes, dice: random.Random, marks: Sequence[bytes]) -> tuple[str, bytes]:
    mark = dice.choice(marks)
    at = -1
    for _ in range(dice.randint(1, data.count(mark))):
        at = data.find(mark, at + 1)
    what, out = _written(data, at + len(mark) + dice.choice((0, 1, 2, 4, 8, 12, 16, 20, 24, 28, 32)), dice)
    return f"{mark!r}: {what}", out


def _written(data: bytes, at: int, dice: random.Random) -> tuple[str, bytes]:
    size, value = dice.choice((1, 2, 4, 4, 8)), dice.choice(_EXTREMES)
    order = "big" if dice.random() < 0.5 else "little"
    number = (value % (1 << 8 * size)).to_bytes(size, "big" if order == "big" else "little")
    out = data[:at] + number + data[at + size :]
    return f"{value:#x} in {size} bytes at {at}", out[: len(data)]


ODD: Final[Sequence[Any]] = (
    None, True, 0, -1, 1, 7, 2**31, 2**62, 10**30, 1e308, -0.5, float("nan"), float("inf"), "", "x", "0", "-1", "1/0",
    "1/20000000", "../../letter.txt", "\x1b[31mred\x1b[0m\r", "\ud800", "x" * 100_000, [], [0], [1] * 100_000, {},
    {"x": {"y": [None]}}, [[[[]]]],
)  # fmt: skip
"""Values of other types and ranges than any field expects."""


def odd_value(content: Any, dice: random.Random, odd: Sequence[Any] = ODD) -> tuple[str, Any]:
    """Copies nested dictionaries and lists with one odd, missing or additional value; also returns a description."""
    if dice.random() < 0.03:
        value = dice.choice(odd)
        return f"all of it {_short(value)}", value
    places = list(_places(content))
    path = dice.choice(places)
    value = dice.choice(odd)
    copy = _copied(content)
    holder = copy
    for key in path[:-1]:
        holder = holder[key]
    name = ".".join(map(str, path))
    change = dice.random()
    if change < 0.1 and isinstance(holder, dict):
        del holder[path[-1]]
        return f"{name} missing", copy
    if change < 0.15 and isinstance(holder, dict):
        holder["of_tomorrow"] = value
        return f"a strange field beside {name}", copy
    holder[path[-1]] = value
    return f"{name} {_short(value)}", copy


def _short(value: Any) -> str:
    return ascii(value) if len(ascii(value)) < 40 else f"{ascii(value)[:30]}..."


def _places(content: Any) -> list[tuple[Any, ...]]:
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    found: list[tuple[Any, ...]] = []
    for key, value in pairs:
        found += [(key,), *((key, *rest) for rest in _places(value))]
    return found


def _copied(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _copied(value) for key, value in content.items()}
    return [_copied(value) for value in content] if isinstance(content, list) else content
