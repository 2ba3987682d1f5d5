"""What can go wrong, as a user sees it. Each text is complete: what happened, with the value, and what to do.

NstError              any of these; the command line prints it as one line and exits with 1
├── StyleError        a style is missing, damaged, or not in the contract
├── DeviceError       the asked-for device cannot run styles here
├── SourceError       a camera, video or picture cannot be opened or read
└── SinkError         a window, file or virtual camera cannot take frames
"""

from __future__ import annotations


class NstError(Exception):
    """Something a user can mend; the text says how."""


class StyleError(NstError):
    """A style is missing, damaged, or not in the contract."""


class DeviceError(NstError):
    """The asked-for device cannot run styles here."""


class SourceError(NstError):
    """A camera, video or picture cannot be opened or read."""


class SinkError(NstError):
    """A window, file or virtual camera cannot take frames."""


def refused_by_system(error: OSError) -> str:
    """A line for what the system refused where nobody knew better."""
    what = "to go on" if error.filename is None else error.filename
    return f"the system refuses {what} ({error.strerror or error}); check the path, its permissions and the free space"
