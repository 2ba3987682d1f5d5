"""A picture file's bytes and what they decode to, or an error that names the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nstcam.media.contents import picture_bytes
from nstcam.media.decode import decode_picture
from nstcam.media.pixels import Picture, PictureError
from nstcam.realtime.errors import NstError
from nstcam.realtime.quiet_codecs import quiet_codecs


def decoded_file(path: Path, failure: type[NstError]) -> tuple[Picture, NDArray[np.uint8]]:
    """The picture, upright, and the bytes of its file, (bytes,).

    Args:
        failure: what is raised if the file cannot be read, is too large, or is not a picture.
    """
    try:
        data = picture_bytes(path)
        with quiet_codecs():
            return decode_picture(data), data
    except FileNotFoundError as error:
        raise failure(f"{path} not found; check the path") from error
    except OSError as error:
        raise failure(f"{path} cannot be read ({error.strerror}); check its permissions") from error
    except PictureError as error:
        raise failure(f"{path} {error}") from error
