"""Opens the page of a live session, and the browser for it."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING

from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.errors import SinkError

if TYPE_CHECKING:
    from nstcam.realtime.page.live_page import LivePage

MISSING = "the page needs a package; pip install 'nstcam[page]'"


def live_page(host: str, port: int, *, browser: bool, notices: Notices) -> LivePage:
    """Serves the page of a live session.

    Raises:
        SinkError: aiohttp is missing, or the port cannot be opened.
        NstError: NSTCAM_PAGE_TOKEN is no token.
    """
    from nstcam.realtime.page.access import is_loopback, new_token

    try:
        from nstcam.realtime.page.live_page import LivePage
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("nstcam"):
            raise
        raise SinkError(MISSING) from error
    page = LivePage(host, port, new_token())
    notices.add(f"the page is at {page.access.address()}", secret=True)
    notices.add(f"for OBS and other programs: {page.access.address('/stream.mjpg')}", secret=True)
    if not is_loopback(host):
        notices.add(
            "the page is open to the network; what is sent is not encrypted, and whoever reads it has the token"
        )
    if browser:
        open_browser(page.access.address())
    return page


def open_browser(address: str) -> None:
    """Shows an address in the user's browser, if there is a screen: elsewhere it would be a browser in the terminal."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    threading.Thread(target=webbrowser.open, args=(address,), name="browser", daemon=True).start()
