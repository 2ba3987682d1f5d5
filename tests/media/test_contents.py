"""Tests how long a picture file may be."""

from pathlib import Path

import pytest

from nstcam.media.contents import picture_bytes
from nstcam.media.pixels import PictureError


def test_a_file_may_have_8_bytes_per_pixel_and_64_mib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", "1")
    path, most = tmp_path / "a", 8_000_000 + (64 << 20)
    path.touch()
    assert len(picture_bytes(path)) == 0
    with path.open("r+b") as file:  # holes, which take no space on the disk
        file.truncate(most)
    assert len(picture_bytes(path)) == most
    with path.open("r+b") as file:
        file.truncate(most + 1)
    with pytest.raises(PictureError, match=r"is 75,108,865 bytes long, .* at most 75,108,864; make it smaller"):
        picture_bytes(path)
