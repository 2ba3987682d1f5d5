import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nstcam.train.loss.vgg import load_vgg
from nstcam.train.paint import memory
from nstcam.train.paint.memory import available_bytes, largest_size, needed_bytes
from nstcam.train.paint.optimize import Method
from nstcam.train.paint.pyramid import PaintConfig
from tests.support.models.tiny import random_loss_network

CONFIG = PaintConfig(size=2048)


def test_tiles_bound_what_features_take() -> None:
    """Beyond the tile, four times the pixels add four times the pictures, and nothing for the loss network."""
    vgg = load_vgg()
    needs = [needed_bytes(768, 1024, replace(CONFIG, size=size), vgg) for size in (2048, 4096, 8192)]
    assert needs[2] - needs[1] == pytest.approx(4 * (needs[1] - needs[0]), rel=0.1)
    assert needed_bytes(768, 1024, replace(CONFIG, tile=4096), vgg) > 2 * needs[0]


def test_what_makes_a_picture_cheaper() -> None:
    vgg = load_vgg()
    need = needed_bytes(768, 1024, CONFIG, vgg)
    assert needed_bytes(768, 1024, replace(CONFIG, method=Method(optimizer="adam")), vgg) < need
    assert needed_bytes(768, 1024, replace(CONFIG, tile=320), vgg) < need
    assert needed_bytes(768, 1024, CONFIG, random_loss_network()) < need, "4 channels instead of 512"


def test_the_largest_size_that_fits() -> None:
    vgg = load_vgg()
    most = needed_bytes(768, 1024, replace(CONFIG, size=1280), vgg)
    found = largest_size(768, 1024, CONFIG, vgg, most)
    assert found is not None
    assert found >= 1280
    assert needed_bytes(768, 1024, replace(CONFIG, size=found), vgg) <= most
    assert needed_bytes(768, 1024, replace(CONFIG, size=found + 64), vgg) > most
    assert largest_size(768, 1024, CONFIG, vgg, 1e6) is None


def test_the_largest_size_is_found_beyond_one_that_needs_more() -> None:
    """At 896 px the work is in tiles, at 640 in one piece."""
    vgg = load_vgg()
    in_tiles, whole = (needed_bytes(768, 1024, replace(CONFIG, size=size), vgg) for size in (896, 640))
    assert in_tiles < whole
    assert largest_size(768, 1024, CONFIG, vgg, in_tiles) == 896


def test_files_in_the_cache_of_a_container_are_not_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "GROUP", tmp_path)
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text("MemTotal: 32000000 kB\nMemAvailable:   16000000 kB\n")
    (tmp_path / "memory.max").write_text("4000000000\n")
    (tmp_path / "memory.current").write_text("3990000000\n")
    (tmp_path / "memory.stat").write_text(
        "anon 900000000\nfile 3000000000\nshmem 10000000\ninactive_file 2500000000\nactive_file 490000000\n"
    )
    assert available_bytes(torch.device("cpu")) == 3_000_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert available_bytes(torch.device("cpu")) == 16_000_000 * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_available_memory_is_plausible() -> None:
    available = available_bytes(torch.device("cpu"))
    assert available is not None
    assert 10e6 < available < 100e12
