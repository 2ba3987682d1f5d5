"""What earlier versions saved paints the same picture today, and goes on; what later ones did is told."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nstcam.train.errors import TrainError
from nstcam.train.fit import loop as fit_module
from nstcam.train.fit.config import config_from
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.fit.run import Inputs, Job, resumed_job, save_inputs
from nstcam.train.network.canvas import CANVAS_SIZE, CELL
from nstcam.train.network.checkpoint import load_checkpoint
from nstcam.train.network.networks import LiteNet, NetworkConfig, reflect, reflect_border
from tests.support.rounding import apart, rounding
from tests.support.short_training import PAINTING, SHORT, Runner


@pytest.fixture
def run() -> Runner:
    return Runner()


def test_a_run_of_a_version_without_a_choice_goes_on_as_it_began(tmp_path: Path, run: Runner) -> None:
    run(tmp_path, replace(SHORT, optimizer="adam", patches=1.0), stop_at=3)
    checkpoint = load_checkpoint(tmp_path / CHECKPOINT_NAME)
    for choice in ("optimizer", "patches", "lattice_weight", "repetition_weight"):
        del checkpoint.training[choice]
    config = config_from(checkpoint.training)
    assert (config.optimizer, config.patches) == ("adam", 1)
    assert (config.lattice_weight, config.repetition_weight) == (0, 0)
    assert run(tmp_path, config, resume=checkpoint).step == 8


def test_a_checkpoint_that_carries_its_canvas_goes_on_on_todays(tmp_path: Path, run: Runner) -> None:
    """As they once did: a tile of 128 cells, its coarse channels as weak as the training wanted them."""
    checkpoint = run(tmp_path, replace(SHORT, steps=4), stop_at=2)
    assert checkpoint.state is not None
    for weights in (checkpoint.weights, checkpoint.state["weights"]):
        noise = torch.randn(1, 4, 128, 128)
        noise /= noise.std((2, 3), keepdim=True, correction=0)
        weights["canvas"] = (noise * weights.pop("canvas_strength")[:, None, None] * 0.5).half()
    checkpoint.save(tmp_path / "old.pt")
    old = load_checkpoint(tmp_path / "old.pt")
    assert old.weights["canvas_strength"].tolist() == [0.5, 0.5, 0, 0]
    assert old.build().canvas.shape == (1, 4, *CANVAS_SIZE)
    assert run(tmp_path, replace(SHORT, steps=4), resume=old).step == 4


class EndingInResizeConvolutions(LiteNet):
    """Preset lite as it once was."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config)
        head = config.width // 2
        self.up1 = torch.nn.Conv2d(config.width, head, 3, bias=False)
        self.up1_norm = torch.nn.BatchNorm2d(head)
        self.up2 = torch.nn.Conv2d(head, 3, 3)

    def forward(self, image: Tensor, canvas_offset: tuple[float, float] = (0.0, 0.0)) -> Tensor:
        cells = F.pixel_unshuffle(reflect_border(image) - 128 / 255, CELL)
        x = self.painted_on(self.stem_norm(self.stem(cells)), canvas_offset)
        x = reflect(self.blocks(F.relu(x)), 2)
        x = F.relu(self.up1_norm(self.up1(F.interpolate(x, scale_factor=2.0, mode="nearest"))))
        rgb: Tensor = self.up2(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return rgb[..., 5 : 5 + image.shape[2], 5 : 5 + image.shape[3]]


@pytest.mark.parametrize("optimizer", ["soap", "adam"])
def test_a_run_of_resize_convolutions_goes_on(
    tmp_path: Path, run: Runner, monkeypatch: pytest.MonkeyPatch, optimizer: Literal["soap", "adam"]
) -> None:
    """With the same picture, and but for these with what the optimizer knew."""
    config = replace(SHORT, steps=6, optimizer=optimizer)
    with monkeypatch.context() as then:
        then.setattr(fit_module, "build_network", EndingInResizeConvolutions)
        before = run(tmp_path, config, stop_at=4)
    tied = EndingInResizeConvolutions(config.network)
    tied.load_state_dict(before.weights)
    loaded = load_checkpoint(tmp_path / CHECKPOINT_NAME)
    image = torch.rand(1, 3, 43, 50)
    with torch.no_grad():
        assert apart(loaded.build()(image), tied.eval()(image)) < rounding(8 * 9 * config.network.width)
    assert loaded.state is not None
    known = len(loaded.state["optimizer"]["state"])
    assert known == len(list(tied.parameters())) - 5, "all but the last two convolutions and the norm between them"
    after = run(tmp_path, config, resume=loaded)
    assert after.step == 6
    assert after.state is not None
    assert len(after.state["optimizer"]["state"]) == known + 5


def test_what_a_later_version_saved_is_told(tmp_path: Path, run: Runner) -> None:
    checkpoint = run(tmp_path, stop_at=2)
    later = replace(checkpoint, training={**checkpoint.training, "glitter": 1.0})
    later.save(tmp_path / CHECKPOINT_NAME)
    save_inputs(Job(tmp_path, SHORT, later.identity, PAINTING, Inputs((), "vgg16", None)))
    with pytest.raises(TrainError, match=r"was begun by a newer nstcam \(.*glitter.*\); update this one"):
        resumed_job(tmp_path)
    saved = torch.load(tmp_path / CHECKPOINT_NAME)
    torch.save({**saved, "network": {**saved["network"], "glitter": 1}}, tmp_path / "x.pt")
    with pytest.raises(TrainError, match=r"x\.pt was written by a newer nstcam \(.*glitter.*\); update this one"):
        load_checkpoint(tmp_path / "x.pt")
