"""The window while there is nothing to show yet: a card, and a window that draws itself while others work."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np

from nstcam.realtime.capture.reconnect import card
from nstcam.realtime.display.window import Preview
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.preview import enlarged

_POLL_SECONDS: Final = 0.02
_GREY: Final = 200
CARD_WH: Final = 640, 480
"""(width, height) of the card as long as the size of the frames is unknown."""

T = TypeVar("T")


def waiting_card(size_wh: tuple[int, int], text: str) -> Frame:
    """A dark card with a line of text, or black without one, as large as pictures of that size are shown."""
    width, height = size_wh
    plain = enlarged(np.full((height, width, 3), _GREY if text else 0, np.uint8))
    return card(plain, text) if text else plain


def while_polled(preview: Preview | None, work: Callable[[], T]) -> T:
    """Returns what `work` returns, or raises what it raises. With a window it runs in a thread of its own, and the
    window goes on drawing itself; otherwise it would show whatever was there before."""
    if preview is None:
        return work()
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # raised again below
            errors.append(error)

    worker = threading.Thread(target=run, name="open", daemon=True)
    worker.start()
    while worker.is_alive():
        preview.poll()
        worker.join(_POLL_SECONDS)
    if errors:
        raise errors[0]
    return results[0]
