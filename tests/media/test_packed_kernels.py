"""Tests that packed kernels come back bit for bit, and that damaged files are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nstcam.media.packed_kernels import kernel_names, read_kernels, write_kernels

BUNDLED = Path(__file__).parents[2] / "train" / "weights" / "vgg16_features_fp16.npz"


def some_kernel(outputs: int, inputs: int) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """Any bits but infinities and numbers that are none, with the last four zero."""
    random = np.random.default_rng(outputs)
    bits = random.integers(0, 0x7C0, (outputs, inputs, 3, 3), np.uint16) << 4
    bits |= random.integers(0, 2, bits.shape, np.uint16) << 15
    return bits.view(np.float16), random.normal(size=outputs).astype(np.float32)


@pytest.fixture
def packed(tmp_path: Path) -> dict[str, Any]:
    """The arrays of a file with one kernel of 3 x 5 x 9 = 135 numbers."""
    write_kernels(tmp_path / "one.npz", {"a": some_kernel(3, 5)})
    return dict(np.load(tmp_path / "one.npz"))


def test_what_is_packed_comes_back_bit_for_bit(tmp_path: Path) -> None:
    path, kernels = tmp_path / "packed", {"a": some_kernel(3, 5), "b": some_kernel(4, 2)}  # odd and even in number
    kernels["a"][0].flat[0] = -0.0
    write_kernels(path, kernels)
    assert kernel_names(path) == ["a", "b"]
    read = read_kernels(path, ["b", "a"])
    assert list(read) == ["b", "a"]
    for name, arrays in kernels.items():
        for got, packed in zip(read[name], arrays, strict=True):
            expected = np.asarray(packed, np.float32)
            assert got.dtype == np.float32
            assert got.shape == expected.shape
            assert got.tobytes() == expected.tobytes()


def test_bits_lie_where_the_notice_says(tmp_path: Path) -> None:
    weight = np.zeros((1, 1, 3, 3), np.uint16)
    weight.flat[:3] = 0xB870, 0x3C50, 0x01F0
    write_kernels(tmp_path / "one.npz", {"a": (weight.view(np.float16), np.zeros(1))})
    with np.load(tmp_path / "one.npz") as arrays:
        assert arrays["a.weight.high"].ravel().tolist() == [0xB8, 0x3C, 0x01, 0, 0, 0, 0, 0, 0]
        assert arrays["a.weight.low"].tolist() == [0x75, 0xF0, 0, 0, 0]


def test_the_bundled_file() -> None:
    names = kernel_names(BUNDLED)
    assert (names[0], names[-1], len(names)) == ("conv1_1", "conv4_3", 10)
    kernels = read_kernels(BUNDLED, ["conv1_1", "conv3_1"])
    assert [weight.shape for weight, _ in kernels.values()] == [(64, 3, 3, 3), (256, 128, 3, 3)]
    assert [bias.shape for _, bias in kernels.values()] == [(64,), (256,)]
    weight, _ = kernels["conv3_1"]
    assert 0.005 < weight.std() < 0.05


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_plain_arrays_of_any_float_type(kind: type[np.floating[Any]], tmp_path: Path) -> None:
    weight, bias = some_kernel(3, 5)
    arrays: dict[str, Any] = {"a.weight": weight.astype(kind), "a.bias": bias.astype(kind)}
    np.savez(tmp_path / "plain.npz", **arrays)
    assert kernel_names(tmp_path / "plain.npz") == ["a"]
    read = read_kernels(tmp_path / "plain.npz", ["a"])["a"]
    assert np.array_equal(read[0], weight)
    assert np.array_equal(read[1], bias.astype(kind))
    assert {array.dtype for array in read} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("key", "damaged"),
    [
        ("a.weight.low", np.zeros(67, np.uint8)), ("a.weight.low", np.zeros(69, np.uint8)),
        ("a.weight.low", np.zeros((1, 68), np.uint8)), ("a.weight.low", np.zeros(68, np.uint16)),
        ("a.weight.high", np.zeros((3, 5, 3, 3), np.float16)), ("a.weight.high", np.zeros(135, np.uint8)),
        ("a.weight.high", np.zeros((3, 3, 3, 5), np.uint8)), ("a.weight.high", np.zeros((5, 3, 3, 3), np.uint8)),
        ("a.bias", np.zeros(4, np.float32)), ("a.bias", np.zeros((), np.float32)), ("a.bias", np.zeros(3, np.int32)),
        ("a.bias", np.array([None, None, None])),
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit_are_refused(packed: dict[str, Any], key: str, damaged: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "damaged.npz", **{**packed, key: damaged})
    with pytest.raises(ValueError, match=r"a\.weight|a\.bias|Object arrays"):
        read_kernels(tmp_path / "damaged.npz", ["a"])


@pytest.mark.parametrize("key", ["a.weight.low", "a.bias"])
def test_a_missing_array_is_named(packed: dict[str, Any], key: str, tmp_path: Path) -> None:
    del packed[key]
    np.savez(tmp_path / "part.npz", **packed)
    with pytest.raises(KeyError, match=f"'{key}'"):
        read_kernels(tmp_path / "part.npz", ["a"])
    with pytest.raises(KeyError, match=r"'b\.weight'"):
        read_kernels(tmp_path / "part.npz", ["b"])


def test_files_that_are_damaged_or_something_else_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "one.npz"
    write_kernels(path, {"a": some_kernel(3, 5)})
    whole = path.read_bytes()
    one = tmp_path / "one.npy"
    np.save(one, np.zeros(3))
    middle = len(whole) // 4
    for data in (
        b"",
        b"PK",
        b"garbage",
        whole[:middle],
        whole[:middle] + bytes(9) + whole[middle + 9 :],
        one.read_bytes(),
    ):
        path.write_bytes(data)
        with pytest.raises(ValueError, match=r".") as told:
            read_kernels(path, ["a"])
        assert type(told.value) is ValueError
    with pytest.raises(FileNotFoundError):
        read_kernels(tmp_path / "missing.npz", ["a"])


def test_what_would_lose_bits_is_not_packed(tmp_path: Path) -> None:
    weight = np.full((2, 1, 3, 3), 1 + 1 / 128)
    for kernel in (weight, weight * 0 + 1 / 3, weight[0], weight[..., :2]):
        with pytest.raises(ValueError, match=r"a\.weight"):
            write_kernels(tmp_path / "one.npz", {"a": (kernel, np.zeros(2))})
    assert list(tmp_path.iterdir()) == []
