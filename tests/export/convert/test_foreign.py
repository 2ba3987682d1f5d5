"""Tests other people's networks: what is imported paints what the foreign network paints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from nstcam.export.cli import nst_export
from nstcam.export.convert.foreign import VALUES, import_state_dict
from nstcam.export.convert.networks import build_graph
from nstcam.export.errors import ExportError
from nstcam.realtime.style_files.style import read_style
from nstcam.realtime.style_files.style_preview import decoded_preview
from nstcam.train.network.checkpoint import StyleIdentity
from tests.support.models.tiny import write_zoo_model

NAME = StyleIdentity("mosaic", licence="BSD")


class Conv(nn.Module):
    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, enlarge: int = 0) -> None:
        super().__init__()
        self.enlarge = enlarge
        self.pad = nn.ReflectionPad2d(kernel // 2)
        self.conv2d = nn.Conv2d(inputs, outputs, kernel, stride)

    def forward(self, x: Tensor) -> Tensor:
        if self.enlarge:
            x = nn.functional.interpolate(x, scale_factor=self.enlarge, mode="nearest")
        out: Tensor = self.conv2d(self.pad(x))
        return out


def norm(channels: int) -> nn.InstanceNorm2d:
    return nn.InstanceNorm2d(channels, affine=True)


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.in1 = Conv(channels, channels, 3, 1), norm(channels)
        self.conv2, self.in2 = Conv(channels, channels, 3, 1), norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.in2(self.conv2(torch.relu(self.in1(self.conv1(x))))) + x
        return out


class Foreign(nn.Module):
    """The network as others write it down; its second half is called `last`1 to 3."""

    def __init__(self, last: str, width: int = 8, blocks: int = 2) -> None:
        super().__init__()
        w = width
        self.conv1, self.in1 = Conv(3, w, 9, 1), norm(w)
        self.conv2, self.in2 = Conv(w, 2 * w, 3, 2), norm(2 * w)
        self.conv3, self.in3 = Conv(2 * w, 4 * w, 3, 2), norm(4 * w)
        self.blocks = blocks
        for number in range(1, blocks + 1):
            self.add_module(f"res{number}", Residual(4 * w))
        self.add_module(f"{last}1", Conv(4 * w, 2 * w, 3, 1, 2))
        self.in4 = norm(2 * w)
        self.add_module(f"{last}2", Conv(2 * w, w, 3, 1, 2))
        self.in5 = norm(w)
        self.add_module(f"{last}3", Conv(w, 3, 9, 1))
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        for conv, normed in ((self.conv1, self.in1), (self.conv2, self.in2), (self.conv3, self.in3)):
            x = torch.relu(normed(conv(x)))
        for number in range(1, self.blocks + 1):
            x = self.get_submodule(f"res{number}")(x)
        x = torch.relu(self.in4(self.get_submodule(f"{self.last}1")(x)))
        x = torch.relu(self.in5(self.get_submodule(f"{self.last}2")(x)))
        out: Tensor = self.get_submodule(f"{self.last}3")(x)
        return out


def foreign(last: str, white: str) -> Foreign:
    """A network of random weights that paints pictures of middling brightness in those values."""
    torch.manual_seed(3)
    network = Foreign(last).eval()
    for module in network.modules():
        if isinstance(module, nn.InstanceNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
    final = network.get_submodule(f"{last}3.conv2d")
    assert isinstance(final, nn.Conv2d)
    assert final.bias is not None
    scale, shift = torch.tensor(VALUES[white].scale), torch.tensor(VALUES[white].shift)
    final.weight.data *= 0.3 * scale.view(3, 1, 1, 1)
    final.bias.data = 0.5 * scale + shift
    return network


def painted_by(network: nn.Module, frame: np.ndarray[Any, Any], white: str, *, bgr: bool = False) -> Any:
    """What the foreign network makes of a BGR frame, with its values, as levels of BGR."""
    scale, shift = (torch.tensor(part).view(1, 3, 1, 1) for part in (VALUES[white].scale, VALUES[white].shift))
    image = torch.from_numpy(frame[..., ::-1].copy()).permute(2, 0, 1)[None] / 255
    x = image * scale + shift
    with torch.no_grad():
        y = network(x.flip(1)).flip(1) if bgr else network(x)
    levels = ((y - shift) / scale * 255).clamp(0, 255)
    return levels[0].permute(1, 2, 0).numpy()[..., ::-1]


@pytest.mark.parametrize(
    ("last", "white", "asked", "bgr"),
    [
        ("deconv", "255", "auto", False), ("up", "imagenet", "auto", False), ("deconv", "1", "1", False),
        ("up", "255", "255", True),
    ],
)  # fmt: skip
def test_a_state_dict_paints_what_its_network_paints(
    tmp_path: Path, last: str, white: str, asked: str, bgr: bool
) -> None:
    network = foreign(last, white)
    path = tmp_path / "net.pth"
    torch.save({"state_dict": network.state_dict(), "epoch": 2} if bgr else network.state_dict(), path)
    checkpoint = import_state_dict(path, NAME, asked, bgr=bgr)
    onnx.save(build_graph(checkpoint.build()), str(tmp_path / "graph.onnx"))
    frame = np.random.default_rng(1).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    meant = painted_by(network, frame, white, bgr=bgr)
    assert 20 < meant.std() < 120
    import onnxruntime

    session = onnxruntime.InferenceSession(tmp_path / "graph.onnx", providers=["CPUExecutionProvider"])
    painted = session.run(None, {"frame": frame[None]})[0][0]
    assert np.abs(painted.astype(float) - meant).max() <= 1


def test_older_files_and_those_of_several_gpus_are_read(tmp_path: Path) -> None:
    state = foreign("deconv", "255").state_dict()
    state |= {"in1.running_mean": torch.zeros(8), "in1.num_batches_tracked": torch.tensor(3)}
    plain = import_state_dict(saved(tmp_path / "a.pth", state), NAME)
    torch.save({f"module.{key}": value for key, value in state.items()}, tmp_path / "b.pth")
    torch.save(state, tmp_path / "c.pth", _use_new_zipfile_serialization=False)
    for name in ("b.pth", "c.pth"):
        other = import_state_dict(tmp_path / name, NAME)
        assert all(torch.equal(other.weights[key], plain.weights[key]) for key in plain.weights)


def saved(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


class Evil:
    """Pickled, it would make a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_other_files_are_refused_in_one_line(tmp_path: Path) -> None:
    state = foreign("deconv", "255").state_dict()
    wrong = {**state, "deconv3.conv2d.weight": torch.zeros(3, 8, 3, 3)}
    nan = {**state, "in1.weight": torch.full((8,), torch.nan)}
    few = {key: value for key, value in state.items() if key != "in5.bias"}
    for content, why in (
        (wrong, r"deconv3\.conv2d\.weight is 3x8x3x3, not 3x8x9x9; needed: "),
        (nan, "holds numbers that are not finite"),
        (few, r"in5\.bias is none, not 8"),
        ({"a.weight": torch.zeros(3)}, r"holds another network \(a\.weight, \.\.\.\); needed: "),
        ([1, 2], "holds no state dict"),
        ({"state": Evil(tmp_path / "made")}, "with tensors alone, or is damaged"),
    ):
        with pytest.raises(ExportError, match=why) as refused:
            import_state_dict(saved(tmp_path / "a.pth", content), NAME)
        assert "\n" not in str(refused.value)
    assert not (tmp_path / "made").exists()
    (tmp_path / "a.pth").write_bytes(b"no file of PyTorch")
    with pytest.raises(ExportError, match="is damaged"):
        import_state_dict(tmp_path / "a.pth", NAME)
    with pytest.raises(ExportError, match="not found"):
        import_state_dict(tmp_path / "b.pth", NAME)


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["nst-export", *arguments])
    with pytest.raises(SystemExit) as ended:
        nst_export.main()
    return int(ended.value.code or 0)


def test_the_command_installs_both_kinds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    saved(tmp_path / "My Mosaic.pth", foreign("deconv", "255").state_dict())
    write_zoo_model(tmp_path / "zoo-9.onnx", 255)
    assert command(monkeypatch, "--import", str(tmp_path / "My Mosaic.pth"), "--licence", "BSD-3-Clause") == 0
    assert command(monkeypatch, "--import", str(tmp_path / "zoo-9.onnx")) == 0
    shown = capsys.readouterr()
    assert "try it: nstcam --style My-Mosaic" in shown.out
    assert shown.err.count("its licence is not stated") == 1
    styles = {path.name: read_style(path) for path in (tmp_path / "styles").iterdir()}
    assert all(decoded_preview(style.preview) is not None for style in styles.values())
    assert {name: style.licence for name, style in styles.items()} == {
        "My-Mosaic.onnx": "BSD-3-Clause",
        "zoo-9.onnx": "",
    }
    assert command(monkeypatch, "--import", str(tmp_path / "zoo-9.onnx")) == 1
    assert "exists already; choose another name" in capsys.readouterr().err
    assert command(monkeypatch, "--import", str(tmp_path / "zoo-9.onnx"), "--name", "zoo-9") == 0
    assert command(monkeypatch, "runs/x", "--import", str(tmp_path / "zoo-9.onnx")) == 2
    assert command(monkeypatch, "--values", "255") == 2


@pytest.mark.parametrize(
    ("name", "mean", "deviation"),
    [
        ("255", (0, 0, 0), (1 / 255,) * 3), ("1", (0, 0, 0), (1, 1, 1)),
        ("imagenet", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ],
)  # fmt: skip
def test_values_are_levels_less_the_mean_over_the_deviation(
    name: str, mean: tuple[float, ...], deviation: tuple[float, ...]
) -> None:
    for scale, shift, middle, spread in zip(VALUES[name].scale, VALUES[name].shift, mean, deviation, strict=True):
        assert 0.7 * scale + shift == pytest.approx((0.7 - middle) / spread)
        assert 0.1 * scale + shift == pytest.approx((0.1 - middle) / spread)
