from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch.nn import functional as F

from nstcam.export.convert.exporter import build_model, export_style
from nstcam.export.convert.lite import LEVELS, TorchArithmetic, paint
from nstcam.export.convert.parity import check_frames, stylize_with
from nstcam.export.convert.quantize import build_int8_graph
from nstcam.export.convert.ranges import best_range, calibration_pictures, measure
from nstcam.export.errors import ExportError
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.frame import Frame
from nstcam.realtime.palette.eight_bits import LARGEST_WEIGHT, Range
from nstcam.realtime.style_files.style import read_style
from nstcam.train.errors import UsageError
from nstcam.train.network.canvas import CELL
from nstcam.train.network.networks import LiteNet, reflect_border
from nstcam.train.picture import PHOTOS
from tests.support.models.tiny import TINY_JOHNSON, TINY_LITE, random_checkpoint, random_network


def tiny(canvas_channels: int = TINY_LITE.canvas_channels) -> LiteNet:
    network = random_network(replace(TINY_LITE, canvas_channels=canvas_channels))
    assert isinstance(network, LiteNet)
    return network


def run(model: onnx.ModelProto, frames: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (stylized,) = session.run(None, {"frame": frames, "canvas_offset": np.zeros(2, np.int64)})
    return np.asarray(stylized)


@pytest.mark.parametrize("canvas_channels", [0, 4])
def test_the_walk_is_the_network(canvas_channels: int) -> None:
    network = tiny(canvas_channels)
    levels = torch.randint(256, (1, 3, 40, 52), generator=torch.Generator().manual_seed(0)).float()
    cells = F.pixel_unshuffle(reflect_border(levels) - 128, CELL).reshape(1, 3, 16, 12, 15).flip(1)
    with torch.no_grad():
        walked = paint(network, cells.transpose(1, 2).flatten(1, 2), TorchArithmetic(10, 13))
        expected = network(levels / 255) * 255
    bgr = walked.reshape(1, 16, 3, 10, 13).transpose(1, 2).flatten(1, 2)
    assert torch.allclose(F.pixel_shuffle(bgr, CELL).flip(1), expected, atol=0.02)


def test_eight_bits_paint_what_was_trained(tmp_path: Path) -> None:
    done = export_style(random_checkpoint(), tmp_path / "x.int8.onnx", "int8")
    assert done.parity is not None
    assert done.parity.mean < 3
    assert done.parity.tone < 1
    assert read_style(done.path).precision == "int8"


def test_no_value_of_the_graph_is_a_float() -> None:
    model = onnx.shape_inference.infer_shapes(build_int8_graph(tiny()))
    kinds, of_the_frame = set(), {"frame"}
    for node in model.graph.node:  # what does not see the frame is folded when the file is opened
        if of_the_frame & set(node.input):
            of_the_frame |= set(node.output)
            kinds.add(node.op_type)
    assert not kinds & {"Cast", "Conv", "Relu", "DequantizeLinear", "QuantizeLinear", "Clip", "Round"}, kinds
    convolutions = [node for node in model.graph.node if node.op_type == "QLinearConv"]
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in model.graph.initializer}
    assert len(convolutions) == 1 + 1 + 2 * 2 + 2  # stem, canvas, two blocks, two resizes
    for node in convolutions:
        weights = constants[node.input[3]]
        assert weights.dtype == np.int8
        assert np.abs(weights.astype(int)).max() == LARGEST_WEIGHT, "each kernel uses its 7 bits"


def test_pairs_of_products_fit_in_16_bits_on_cpus_without_vnni() -> None:
    assert 255 * LARGEST_WEIGHT * 2 < 2**15


@pytest.mark.parametrize("size", [(32, 32), (33, 35), (47, 130)])
def test_any_size_and_batch(size: tuple[int, int]) -> None:
    network = tiny()
    frames = np.random.default_rng(0).integers(0, 256, (2, *size, 3), dtype=np.uint8)
    stylized = run(build_int8_graph(network), frames)
    assert stylized.shape == frames.shape
    for frame, out in zip(frames, stylized, strict=True):
        assert np.abs(out.astype(int) - stylize_with(network, frame)).mean() < 3


def test_output_beyond_the_ends_saturates() -> None:
    checkpoint = random_checkpoint()
    checkpoint.weights["up2.bias"] = torch.tensor([5.0, -5.0, 0.5]).repeat_interleave(16)
    out = run(build_model(checkpoint, "int8"), np.full((1, 32, 32, 3), 128, np.uint8))[0]
    assert (out[..., 2] == 255).all(), "red"
    assert (out[..., 1] == 0).all(), "green"


def test_a_style_that_eight_bits_spoil_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoiled(network: LiteNet) -> onnx.ModelProto:
        return build_int8_graph(network, measure(network) | {LEVELS: Range(1.0, 40)})

    monkeypatch.setattr("nstcam.export.convert.exporter.build_int8_graph", spoiled)
    with pytest.raises(ExportError, match=r"in 8 bits .* in tone .*; use --precision float32"):
        export_style(random_checkpoint(), tmp_path / "x.int8.onnx", "int8")
    assert not list(tmp_path.iterdir())


def test_johnson_stays_in_floats(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--precision int8 is for preset lite, not johnson"):
        export_style(random_checkpoint(TINY_JOHNSON), tmp_path / "x.onnx", "int8")


def test_the_cpu_takes_the_8_bit_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nstcam.realtime.style_files.library import find_style

    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path))
    for file, precision in (("x.onnx", "float32"), ("x.int8.onnx", "int8")):
        export_style(random_checkpoint(name="x"), tmp_path / file, precision)  # type: ignore[arg-type]
    frame: Frame = check_frames(any_size=False)[0]
    by_name = Stylizer(find_style("x"), "cpu")
    assert by_name.path == tmp_path / "x.int8.onnx"
    assert np.array_equal(by_name.stylize(frame), Stylizer(read_style(tmp_path / "x.int8.onnx"), "cpu").stylize(frame))


def test_ranges_are_measured_in_dark_bright_and_noisy_pictures_too() -> None:
    pictures = calibration_pictures()
    count = len(list(PHOTOS.glob("*.jpg")))
    photos, dark = pictures[:count], pictures[count : count + 3]
    bright, noisy = pictures[count + 3 : count + 6], pictures[count + 6 :]
    assert len(noisy) == count - 6 > 0
    for photo, picture in zip(photos[:3], dark, strict=True):
        assert picture.mean() == pytest.approx(0.3 * photo.mean(), abs=1)
    for photo, picture in zip(photos[3:6], bright, strict=True):
        assert 255 - picture.mean() == pytest.approx(0.4 * (255 - photo.mean()), abs=1)
    for photo, picture in zip(photos[6:], noisy, strict=True):
        assert 8 < (picture.astype(float) - photo).std() < 13  # 12 where nothing is clipped


def test_ranges_by_hand() -> None:
    assert Range(0.5, 10).to_bytes(np.array([-99, -5, 0, 1, 999], np.float32)).tolist() == [0, 0, 10, 12, 255]
    assert Range(0.5, 10).error(np.array([0.25, 1.0], np.float32)) == pytest.approx(0.25**2 / 2)


def test_a_range_of_rectified_values_starts_at_zero() -> None:
    found = best_range(np.linspace(0, 5.1, 1000, dtype=np.float32))
    assert found.zero == 0
    assert found.scale == pytest.approx(5.1 / 255, rel=0.05)


def test_a_range_gives_up_a_rare_outlier_for_the_many() -> None:
    values = np.append(np.linspace(-4, 4, 200_000), 6).astype(np.float32)
    found = best_range(values)
    assert found.scale * (255 - found.zero) < 5, "6 is cut"
    assert found.error(values) < Range(10 / 255, 102).error(values)


def test_a_map_that_is_always_zero_has_a_range() -> None:
    assert best_range(np.zeros(10, np.float32)).to_bytes(np.zeros(3, np.float32)).tolist() == [0, 0, 0]
