"""Splits a stream into command lines, and tells what is not a command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, AnyStr, Final

LONGEST: Final = 1000
"""The most characters in a line, or bytes on a port."""
TOO_LONG: Final = f"error the line has more than {LONGEST} characters and was ignored"
_HTTP: Final = re.compile(rb" HTTP/\d|^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PRI) ")


def lines(stream: IO[AnyStr], end: AnyStr) -> Iterator[AnyStr | None]:
    """Yields the lines of a stream. One that is too long is None, as soon as that is known; all of it is discarded: its
    rest, up to the end of the line, must not be obeyed.

    Args:
        end: the character that ends a line.
    """
    while line := stream.readline(LONGEST + 1):
        if len(line) <= LONGEST or line.endswith(end):
            yield line
            continue
        yield None
        while rest := stream.readline(LONGEST):
            if rest.endswith(end):
                break


def is_binary(first: bytes) -> bool:
    """Whether the first bytes of a connection are not text. TLS begins with 0x16, and a line end would be long in
    coming."""
    return bool(first) and ((first[0] < 0x20 and first[0] not in b"\t\r\n") or first[0] in (0x7F, *range(0x80, 0xC0)))


def is_http(line: bytes) -> bool:
    """Whether a line is the first of a request. A web page can make the browser post anything to a local port, and must
    not give commands."""
    return _HTTP.search(line) is not None
