from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from nstcam.export.cli import nst_export
from nstcam.export.convert import exporter, fold
from nstcam.export.convert.exporter import export_style
from nstcam.export.convert.frame_cells import FrameSize, reflected_frame
from nstcam.export.convert.graph import GraphBuilder
from nstcam.export.convert.networks import build_graph, macs_per_pixel
from nstcam.export.convert.parity import Parity, stylize_with
from nstcam.export.errors import ExportError
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import read_style
from nstcam.realtime.style_files.style_preview import decoded_preview
from nstcam.realtime.stylizing import Offset
from nstcam.train.network.networks import PRESETS, LiteNet, NetworkConfig, TransformerNet, build_network
from tests.support.models.tiny import JOHNSON_ON_CANVAS, TINY_JOHNSON, TINY_LITE, random_checkpoint, random_network


def test_sub_pixel_convolution_equals_resize_and_convolution() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(5, 3, 3, padding=1)
    x = torch.randn(2, 5, 7, 9)
    weight, bias = fold.sub_pixel(fold.kernel(conv))
    with torch.no_grad():
        expected = conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        assert torch.allclose(F.pixel_shuffle(F.conv2d(x, weight, bias, padding=1), 2), expected, atol=1e-5)


def test_sub_pixel_convolution_of_a_reflected_map_repeats_the_edge() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(5, 3, 3)
    x = torch.randn(2, 5, 7, 9)
    weight, bias = fold.sub_pixel(fold.kernel(conv))
    with torch.no_grad():
        expected = conv(F.pad(F.interpolate(x, scale_factor=2.0, mode="nearest"), (1, 1, 1, 1), mode="reflect"))
        merged = F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), weight, bias)
        assert torch.allclose(F.pixel_shuffle(merged, 2), expected, atol=1e-5)


def test_multiplications_are_counted_as_they_run() -> None:
    johnson = build_network(PRESETS["johnson"])
    assert macs_per_pixel(johnson) * 640 * 480 == pytest.approx(47.27e9, rel=0.001)
    lite = random_checkpoint(PRESETS["lite"]).build()
    assert macs_per_pixel(lite) == ((48 * 32 + 8 * 32 + 10 * 32 * 32) * 9 + (32 * 64 + 64 * 48) * 4) / 16
    lite.weaken_patches(0)
    assert macs_per_pixel(lite) == ((48 * 32 + 4 * 32 + 10 * 32 * 32) * 9 + (32 * 64 + 64 * 48) * 4) / 16


@pytest.mark.parametrize(
    "config", [TINY_LITE, TINY_JOHNSON, JOHNSON_ON_CANVAS], ids=["lite", "johnson", "johnson on canvas"]
)
@pytest.mark.parametrize(("precision", "most"), [("float32", 1), ("float16", 8)])
def test_exported_styles_paint_what_was_trained(
    tmp_path: Path, config: NetworkConfig, precision: str, most: int
) -> None:
    checkpoint = random_checkpoint(config)
    done = export_style(checkpoint, tmp_path / "x.onnx", precision)  # type: ignore[arg-type]
    assert done.parity is not None
    assert done.parity.largest <= most
    stored = {
        (len(w.dims) > 1, w.data_type)
        for w in onnx.load(tmp_path / "x.onnx").graph.initializer
        if w.name.startswith("w_")
    }
    others = onnx.TensorProto.FLOAT if precision == "float32" else onnx.TensorProto.FLOAT16
    assert stored == {(True, onnx.TensorProto.FLOAT16), (False, others)}, "kernels in half precision"


@pytest.mark.parametrize("border", [0, 4])
@pytest.mark.parametrize("size_hw", [(32, 32), (33, 35), (34, 47), (35, 33), (48, 64)])
def test_a_frame_is_reflected_as_by_padding(size_hw: tuple[int, int], border: int) -> None:
    g = GraphBuilder()
    reflected = reflected_frame(g, FrameSize.of_input(g), border)
    g.op("Identity", reflected, output="stylized")
    session = onnxruntime.InferenceSession(g.model().SerializeToString(), providers=["CPUExecutionProvider"])
    frames = np.random.default_rng(0).integers(0, 256, (2, *size_hw, 3), dtype=np.uint8)
    sides = [(border, border + -length % 4) for length in size_hw]
    expected = np.pad(frames, ((0, 0), *sides, (0, 0)), "reflect")
    assert np.array_equal(session.run(None, {"frame": frames})[0], expected)


def test_frames_in_a_batch_do_not_mix(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (2, 40, 60, 3), dtype=np.uint8)
    network = random_network(TINY_LITE)
    assert isinstance(network, LiteNet)
    session = onnxruntime.InferenceSession(build_graph(network).SerializeToString(), providers=["CPUExecutionProvider"])
    (stylized,) = session.run(None, {"frame": frames, "canvas_offset": np.array([2, -5])})
    for frame, out in zip(frames, stylized, strict=True):
        assert np.abs(out.astype(int) - stylize_with(network, frame, Offset(2, -5))).max() <= 1


def test_saturated_output_is_clipped_not_wrapped(tmp_path: Path) -> None:
    checkpoint = random_checkpoint()
    checkpoint.weights["up2.bias"] = torch.tensor([5.0, -5.0, 0.5]).repeat_interleave(16)
    style = export_style(checkpoint, tmp_path / "x.onnx").path
    out = Stylizer(read_style(style), "cpu").stylize(np.full((32, 32, 3), 128, np.uint8))
    assert (out[..., 2] == 255).all(), "red"
    assert (out[..., 1] == 0).all(), "green"


@pytest.mark.parametrize("size", [(32, 32), (33, 35), (47, 130)])
def test_any_size_is_kept(tmp_path: Path, size: tuple[int, int]) -> None:
    for config in (TINY_LITE, TINY_JOHNSON):
        style = export_style(random_checkpoint(config), tmp_path / f"{config.kind}.onnx", check=False).path
        assert Stylizer(read_style(style), "cpu").stylize(np.zeros((*size, 3), np.uint8)).shape == (*size, 3)


def test_identity_travels_into_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path))
    export_style(random_checkpoint(name="mine"), tmp_path / "mine.onnx")
    style = find_style("mine")
    assert (style.name, style.title, style.artist, style.year, style.licence, style.network, style.precision) == (
        "mine", "Tiny", "Nobody", "2026", "MIT", "lite", "float32",
    )  # fmt: skip
    assert not style.bundled


def test_what_the_training_was_not_told_can_be_said_at_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path))
    random_checkpoint(name="mine").save(tmp_path / "checkpoint.pt")
    words = ("nst-export", str(tmp_path / "checkpoint.pt"), "--title", "Die Welle", "--year", "", "--no-check")
    monkeypatch.setattr("sys.argv", list(words))
    with pytest.raises(SystemExit) as done:
        nst_export.main()
    assert not done.value.code
    assert decoded_preview(find_style("mine").preview) is not None
    assert read_style(tmp_path / "mine.int8.onnx").preview == "", "that of the float file counts"
    for style in (find_style("mine"), read_style(tmp_path / "mine.int8.onnx")):
        assert (style.title, style.artist, style.year, style.licence) == ("Die Welle", "Nobody", "", "MIT")


def test_the_preview_is_of_the_weights(tmp_path: Path) -> None:
    checkpoint = random_checkpoint()
    previews = list[Frame]()
    for bias in (5.0, -5.0):
        checkpoint.weights["up2.bias"] = torch.full((48,), bias)
        done = export_style(checkpoint, tmp_path / "x.onnx", check=False)
        assert done.bytes == done.path.stat().st_size
        preview = decoded_preview(read_style(done.path).preview)
        assert preview is not None
        previews.append(preview)
    assert [int(preview.mean().round()) for preview in previews] == [255, 0]


def test_a_graph_that_differs_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(network: TransformerNet | LiteNet, float_type: type) -> onnx.ModelProto:
        assert isinstance(network, LiteNet)
        with torch.no_grad():
            bias = network.up2.bias
            assert bias is not None
            bias.add_(0.1)
        return build_graph(network, float_type)

    monkeypatch.setattr("nstcam.export.convert.exporter.build_graph", wrong)
    target = tmp_path / "x.onnx"
    target.write_text("the old style")
    with pytest.raises(ExportError, match="differs from the trained network by up to"):
        export_style(random_checkpoint(), target)
    assert target.read_text() == "the old style"
    assert [p.name for p in tmp_path.iterdir()] == ["x.onnx"], "nothing left behind"


@pytest.mark.parametrize(("mean", "tone", "allowed"), [(12.0, 4.0, True), (12.1, 0.0, False), (0.0, 4.1, False)])
def test_in_8_bits_means_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mean: float, tone: float, allowed: bool
) -> None:
    monkeypatch.setattr(exporter, "compare", lambda *_, **__: Parity(200, mean, tone))
    target = tmp_path / "x.int8.onnx"
    if allowed:
        export_style(random_checkpoint(), target, "int8")
    else:
        with pytest.raises(
            ExportError, match=rf"by {mean} levels of 255 on average, {tone} in tone \(allowed 12 and 4\)"
        ):
            export_style(random_checkpoint(), target, "int8")
    assert target.exists() is allowed


def test_an_unwritable_target_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot be written"):
        export_style(random_checkpoint(), tmp_path / "file" / "x.onnx")


@pytest.mark.parametrize("words", [("--output", "x.txt"), ("--name", "../x"), ("--canvas", "2"), ("--nonsense",)])
def test_a_wrong_command_line_is_one_line_and_exits_with_2(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["nst-export", "missing.pt", *words])
    with pytest.raises(SystemExit) as done:
        nst_export.main()
    assert done.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("nst-export: ")
    assert error.count("\n") == 1
