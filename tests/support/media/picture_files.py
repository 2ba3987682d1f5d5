"""Picture files for tests, written and read without nstcam."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def save(path: Path, picture: NDArray[np.uint8 | np.uint16], exif: bytes | None = None) -> Path:
    if exif is None:
        assert cv2.imwrite(str(path), picture)
        return path
    data = cv2.imencodeWithMetadata(path.suffix, picture, [cv2.IMAGE_METADATA_EXIF], [np.frombuffer(exif, np.uint8)])[1]
    path.write_bytes(data.tobytes())
    return path


def load(path: Path, kind: type[np.uint8 | np.uint16] = np.uint8) -> NDArray[np.uint8 | np.uint16]:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.dtype == kind
    return picture.astype(kind, copy=False)
