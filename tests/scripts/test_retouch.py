"""Tests scripts.retouch: what the scaled colours are, and that a style's files are written with them."""

import argparse
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from nstcam.train.network.checkpoint import load_checkpoint
from scripts import retouch
from scripts.retouch import GREY, adjust, evened, gain, pictures, scaled_colours
from tests.support.models.tiny import TINY_LITE, random_checkpoint

WEIGHTS = torch.tensor(GREY, dtype=torch.float64)


def test_lightness_and_distance_from_grey_are_scaled_apart() -> None:
    mean, colour = torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.9, 0.2, 0.1], dtype=torch.float64)
    matrix, offset = scaled_colours(mean, 1.2, 0.5)
    mapped = matrix @ colour + offset
    middle = WEIGHTS @ mean.double()
    assert WEIGHTS @ mapped - middle == pytest.approx(1.2 * (WEIGHTS @ colour - middle).item())
    assert torch.allclose(mapped - WEIGHTS @ mapped, 0.5 * (colour - WEIGHTS @ colour))


def test_grey_stays_grey_and_one_changes_nothing() -> None:
    mean = torch.tensor([0.6, 0.4, 0.2])
    matrix, offset = scaled_colours(mean, 1.1, 1.3)
    grey = matrix @ torch.full((3,), 0.8, dtype=torch.float64) + offset
    assert torch.allclose(grey, grey.mean().expand(3))
    matrix, offset = scaled_colours(mean, 1, 1)
    assert torch.allclose(matrix, torch.eye(3, dtype=torch.float64))
    assert torch.allclose(offset, torch.zeros(3, dtype=torch.float64))


def test_even_cells_have_no_chequerboard() -> None:
    checkpoint = random_checkpoint(TINY_LITE)
    checkpoint.weights["up2.bias"] = torch.tensor([0.5, 0.4] * 24)
    after = evened(checkpoint)
    changed = [name for name, value in checkpoint.weights.items() if not torch.equal(value, after.weights[name])]
    assert changed == ["up2.weight", "up2.bias"]
    with torch.no_grad():
        painted = [F.pixel_unshuffle(each.build().eval()(pictures()[0]), 4) for each in (checkpoint, after)]
    woven, even = (cells[..., :100, :100].mean((0, 2, 3)).view(3, 16).std(1).mean() for cells in painted)
    assert even < 0.05 * woven


def test_the_files_are_written_with_the_scaled_colours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warm, styles = tmp_path / "warm", tmp_path / "styles"
    warm.mkdir()
    styles.mkdir()
    before = random_checkpoint(TINY_LITE)
    before.save(warm / "wave.pt")
    monkeypatch.setattr(retouch, "WARM_STARTS", warm)
    bundled = []

    def bundle(run: Path, *folders: object) -> str:
        bundled.append((load_checkpoint(run / "checkpoint.pt"), folders[1:]))
        return "wave"

    monkeypatch.setattr(retouch, "bundle", bundle)
    adjust("wave", 1.0, 1.2, styles=styles, warm=warm)
    ((after, folders),) = bundled
    assert folders == (styles, warm)
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        old, new = (point.build().eval()(picture)[0].double().flatten(1) for point in (before, after))
    assert torch.allclose(WEIGHTS @ new, WEIGHTS @ old, atol=1e-5), "lightness stays"
    assert torch.allclose(new - WEIGHTS @ new, 1.2 * (old - WEIGHTS @ old), atol=1e-5)


@pytest.mark.parametrize("text", ["0.5", "2", "nan"])
def test_gains_are_bounded(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=text):
        gain(text)
