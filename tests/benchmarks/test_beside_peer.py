"""Tests the sheet beside the peer with a style that inverts and a peer that leaves frames as they are."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality import beside_peer
from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.frame import Frame
from nstcam.train.picture import read_rgb
from tests.support.models.bundled import bundle_instead


class _Peer:
    def __init__(self, _python: Path, threads: int) -> None:
        self.closed, self.threads = False, threads

    def painter(self, _number: int) -> object:
        def paint(frame: Frame) -> Frame:
            return frame

        return paint

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    style = write_negative_style(tmp_path / "styles" / "negative.onnx")
    bundle_instead(monkeypatch, style.parent)
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "none"))
    monkeypatch.setattr(beside_peer, "PEER_STYLES", 3)
    monkeypatch.setattr(beside_peer, "Peer", _Peer)
    monkeypatch.setattr(beside_peer, "install", lambda environment: environment)


@pytest.mark.usefixtures("quick")
def test_rows_are_pictures_then_ours_then_the_peers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "sheet.webp"
    assert beside_peer.main([str(sheet), "--peer", str(tmp_path), "--size", "128x96"]) == 0
    told = capsys.readouterr()
    assert told.err.split("\n")[:4] == ["negative", "peer 0", "peer 1", "peer 2"]
    assert "written to" in told.out
    drawn = read_rgb(sheet).astype(int)
    height, width = drawn.shape[0] // 2, drawn.shape[1] // 3
    cell = np.s_[30:100, 160:260]  # of the second picture, below its caption
    photo, inverted = drawn[:height, :width][cell], drawn[height:, :width][cell]
    assert np.abs(photo + inverted - 255).mean() < 12
    assert np.abs(photo - drawn[:height, width : 2 * width][cell]).mean() < 12, "the peer's row"


@pytest.mark.usefixtures("quick")
def test_a_size_that_is_none_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        beside_peer.main([str(tmp_path / "a.jpg"), "--peer", str(tmp_path), "--size", "HD"])
    assert "--size HD: write WIDTHxHEIGHT, like 1280x720" in capsys.readouterr().err
