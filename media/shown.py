"""What is shown of text from outside: no password of an address, no control characters.

Names of files, cameras and styles may hold any character. A terminal obeys some of them: it could be made to hide
text, to rename its window or to run what it pastes.
"""

from __future__ import annotations

import logging
import re
from typing import Final

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 with ESC and the ends of lines, DEL, C1, separators of lines, overrides of the direction of writing, and the
surrogates that stand for bytes of a file name that are not UTF-8."""
_ADDRESS: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]+):[/\\]+")  # two letters at least: C:\ is a drive
_LOGIN: Final = re.compile(r"(?![A-Za-z]:[/\\])[^/\\@]+:.*@", re.DOTALL)
_HOST: Final = re.compile(r"(\[[\w:.%]*\]|[^:\[\]=]*)(:\d*)?")
_SECRET: Final = re.compile(r"[=:]|%3[ad]|%40", re.IGNORECASE)
_IN_TEXT: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[/\\]+[^\s\"]+")
_HIDDEN: Final = "..."


def shown(text: str) -> str:
    """Text on one line, fit for a terminal, a window or a log: control characters as escapes like \\x1b, addresses in
    it as `redacted` gives them."""
    return escaped(_IN_TEXT.sub(_redacted_token, text))


class ShownFormatter(logging.Formatter):
    """Log lines without passwords and control characters."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        return shown(super().formatMessage(record))


def escaped(text: str) -> str:
    """Text with control characters as escapes like \\x1b and \\u202e."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def counted(count: int, what: str) -> str:
    """A number of things whose plural ends in s, like "1 frame" and "2 frames"."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def is_address(name: str) -> bool:
    """Whether it is a URL, even one whose slashes a Path has merged; no path of a file is, not C:/clip.mp4 either."""
    return _ADDRESS.match(name) is not None


def redacted(name: str) -> str:
    """The name of a source without user, password and whatever else may be one; a path of a file unchanged.

    Passwords are typed as they are, with / ? # and @ in them, so an @ counts wherever it stands: where it is not clear
    which part of an address is the host, only the scheme is left. Of the path, what comes before the first part with a
    value (user=..&password=.., ;pw=..) is shown; the query never is. A secret that is a plain part of the path, like
    /live/KEY, cannot be told from other parts.
    """
    found = _ADDRESS.match(name)
    if found is None:
        return f"{_HIDDEN}@{_place(name.rpartition('@')[2])}" if _LOGIN.match(name) else name
    rest = name[found.end() :]
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    before, _, after = rest.rpartition("@")
    if "@" not in rest[len(authority) :]:
        place = _place(after)
    elif "@" not in authority and not _HOST.fullmatch(authority) and "=" not in before:
        place = _place(after)  # admin:pa is not a host and port, so the password goes on up to the @
    else:
        place = _HIDDEN
    return f"{found[1]}://{place}"


def _place(text: str) -> str:
    """Host, port and path of what follows the password, up to what may be secret."""
    host, *folders = re.split(r"[?#;&]", text, maxsplit=1)[0].replace("\\", "/").split("/")
    if not _HOST.fullmatch(host):
        return _HIDDEN
    secret = next((index for index, folder in enumerate(folders) if _SECRET.search(folder)), None)
    return "/".join([host, *(folders if secret is None else [*folders[:secret], _HIDDEN])])


def _redacted_token(found: re.Match[str]) -> str:
    token = found[0].rstrip(";,.:!?)'")  # the sentence around it
    return redacted(token) + found[0][len(token) :]
