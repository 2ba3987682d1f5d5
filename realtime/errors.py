"""Errors that users see. Each text is complete: what happened, with the value, and what to do.

NstError              any of these; the command line prints it as one line and exits with 1
├── StyleError        a style is missing, damaged, or breaks the contract
├── DeviceError       the device asked for cannot run styles on this machine
├── SourceError       a camera, video or picture cannot be opened or read
└── SinkError         a window, file or virtual camera cannot take frames
"""

from __future__ import annotations


class NstError(Exception):
    """Something that the user can mend; the text says how."""


class StyleError(NstError):
    """A style is missing, damaged, or breaks the contract."""


class DeviceError(NstError):
    """The device asked for cannot run styles on this machine."""


class SourceError(NstError):
    """A camera, video or picture cannot be opened or read."""


class SinkError(NstError):
    """A window, file or virtual camera cannot take frames."""


def refused_by_system(error: OSError) -> str:
    """One line for an error of the system that no other code has explained."""
    where = "" if error.filename is None else f" at {error.filename}"
    return f"system error{where}: {error.strerror or error}; check the path, its permissions and the free space"
