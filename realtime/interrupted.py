"""Whether the user has asked the program to end: for those that wait for others and are not asked to stop."""

from __future__ import annotations

import threading
from typing import Final

asked_to_end: Final = threading.Event()
"""Set by the first Ctrl-C, SIGTERM or closed terminal while `stop_on_interrupt` is in force."""
