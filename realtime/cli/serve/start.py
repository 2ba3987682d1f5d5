"""nstcam serve at work: opens the styles and the port, and waits for the end."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Final

import cv2

from nstcam.media.shown import counted, shown
from nstcam.realtime.cli.running.interrupt import stop_on_interrupt
from nstcam.realtime.cli.running.open_page import MISSING, open_browser
from nstcam.realtime.cli.running.opening import stylizer_opener
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.cli.serve.options import ServeOptions
from nstcam.realtime.effects.strokes import painting_hw, ratio_for
from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.restore import choose_styles
from nstcam.realtime.page.access import is_loopback, new_token
from nstcam.realtime.page.own_certificate import own_certificate
from nstcam.realtime.page.visitors.static_folder import write_static

USUAL_HW: Final = ((480, 640), (640, 480), (360, 640), (640, 360))
"""(height, width) of frames: of a computer's camera, of a phone that is held upright, and of both where they are only
16:9. Styles are warm for them."""
NO_CAMERA: Final = (
    "browsers of other machines give their camera to https:// addresses only: add --certificate auto, "
    "or --certificate FILE --key FILE; without it nothing is encrypted either"
)


def write_folder(options: ServeOptions, target: Path) -> None:
    """Writes the folder for a web server.

    Raises:
        NstError: the runtime is not there, or the folder cannot be written.
    """
    notices = Notices()
    styles, first = choose_styles(options.styles, options.only, None, notices.add)
    opener = stylizer_opener(options.device, options.threads, notices)
    ordered = [styles[first], *(style for style in styles if style is not styles[first])]
    written = write_static(target, options.runtime, ordered, lambda style: closing(opener(style)))
    for name, why in written.left_out.items():
        notices.add(f"left out: {name} {why}")
    notices.tell()
    to_try = f"python -m http.server --bind 127.0.0.1 --directory {target}"
    print(shown(f"{target}: {written.styles} styles; to try it: {to_try}"))


def start(options: ServeOptions) -> None:
    """Serves until a signal asks for the end.

    Raises:
        NstError: something asked for cannot be opened.
    """
    try:
        from nstcam.realtime.page.server import tls_context
        from nstcam.realtime.page.visitors.visitors_page import VisitorsPage
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("nstcam"):
            raise
        raise SinkError(MISSING) from error
    # Visitors' frames are small: OpenCV's threads would spend more processor time on waiting than they save.
    cv2.setNumThreads(1)
    token, notices = new_token(), Notices()
    tls = None
    if options.own_certificate:
        made = own_certificate(options.host)
        tls = made.context
        notices.add(f"browsers will warn of a certificate that they do not know; its SHA-256 is {made.fingerprint}")
    elif options.certificate is not None and options.key is not None:
        tls = tls_context(str(options.certificate), str(options.key))
    styles, first = choose_styles(options.styles, options.only, None, notices.add)
    gallery = Gallery(styles, stylizer_opener(options.device, options.threads, notices), first=first)
    try:
        gallery.prepare(*(painting_hw(frame_hw, ratio_for(frame_hw, 1.0)) for frame_hw in USUAL_HW))
        page = VisitorsPage(gallery, options.host, options.port, token, most=options.visitors, tls=tls)
        try:
            gallery.want_all(True)
            if not is_loopback(options.host) and tls is None:
                notices.add(NO_CAMERA)
            notices.add(f"visitors come to {page.access.address()}", secret=True)
            with stop_on_interrupt(end_stuck=False) as stop:
                notices.tell()
                if options.browser:
                    open_browser(page.access.address())
                while not stop():
                    time.sleep(0.1)
                    for message in gallery.take_messages():
                        notices.add(message)
                    notices.tell()
        finally:
            page.close()
        print(f"{counted(page.painted, 'frame')} painted on {gallery.device}")
    finally:
        gallery.close()
